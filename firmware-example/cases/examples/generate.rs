//! Computes on the host what the device must find: `generate table` writes the rows in the device's
//! flash, `generate expected` the numbers of every case. Both to standard output.

use joint_effects_cases::cases::{ALPHA, CASES, Record};
use joint_effects_cases::plant::{self, ACTIONS};
use joint_effects_cases::study::{SCRATCH, Study, joint_effect};
use joint_effects_cases::table::ROWS;
use joint_effects_kernel::sampling;
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

const ROWS_PER_REGIME: usize = 60;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("table") => table(),
        Some("expected") => expected()?,
        _ => return Err("usage: generate table|expected".into()),
    }
    Ok(())
}

fn table() {
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(2026);
    let rows = (ACTIONS + 1) * ROWS_PER_REGIME;
    println!(
        "//! Rows of the plant, by `generate table`: the action that was set, if one was, and the row.\n"
    );
    println!("use crate::plant::Row;\n");
    println!("/// {ROWS_PER_REGIME} rows of every regime.");
    println!("#[rustfmt::skip]");
    println!("pub const ROWS: [(Option<usize>, Row); {rows}] = [");
    for index in 0..rows {
        let action = (index % (ACTIONS + 1)).checked_sub(1);
        let set = action.map(|action| (action, sampling::uniform(&mut rng, -2.0, 2.0)));
        let plant::Row { actions, outcome } = plant::run(&mut rng, set);
        println!("    ({action:?}, Row {{ actions: {actions:?}, outcome: {outcome:?} }}),");
    }
    println!("];");
}

fn expected() -> Result<(), Box<dyn std::error::Error>> {
    println!("//! What the host computed, by `generate expected`.\n");
    println!("/// The bits of every number of every case.");
    println!("#[rustfmt::skip]");
    println!("pub const CASES: [&[u32]; {}] = [", CASES.len());
    for case in &CASES {
        let mut record = Record::new();
        (case.run)(&mut record)?;
        if record.numbers().is_empty() {
            return Err(format!("nothing recorded: {}", case.name).into());
        }
        println!("    // {}", case.name);
        println!("    &[");
        for line in record.numbers().chunks(8) {
            let bits: Vec<_> = line
                .iter()
                .map(|x| format!("{:#010x}", x.to_bits()))
                .collect();
            println!("        {},", bits.join(", "));
        }
        println!("    ],");
    }
    println!("];\n");
    let mut study = Study::<f64>::new()?;
    for (set, row) in &ROWS {
        study.push(*set, &row.actions.map(f64::from), row.outcome.into())?;
    }
    let coefficients = study.fit(ALPHA.into(), &mut [0.0; SCRATCH])?;
    numbers(
        "COEFFICIENTS",
        "The coefficients of the fit of the table",
        &coefficients,
    );
    println!();
    numbers(
        "JOINT_EFFECT",
        "Its joint effect's polynomial",
        &joint_effect(&coefficients)?,
    );
    Ok(())
}

fn numbers(name: &str, what: &str, values: &[f64]) {
    println!("/// {what}, computed in f64 and rounded once.");
    println!("#[rustfmt::skip]");
    println!("pub const {name}: [f32; {}] = [", values.len());
    for line in values.chunks(5) {
        let line: Vec<_> = line
            .iter()
            .map(|&value| format!("{:?}", value as f32))
            .collect();
        println!("    {},", line.join(", "));
    }
    println!("];");
}
