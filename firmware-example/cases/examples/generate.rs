//! Computes on the host what the device must find: `generate table` writes the rows in the device's
//! flash, `generate expected` the numbers of every case. Both to standard output.

use joint_effects_cases::cases::{ALPHA, CASES, Record, SETTINGS, Studies};
use joint_effects_cases::plant::{self, ACTIONS, Cubic, Quadratic, tell};
use joint_effects_cases::table::ROWS;
use joint_effects_kernel::device::{Study, StudyError};
use joint_effects_kernel::{Regime, sampling};
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
    let mut studies = Studies::new();
    for case in &CASES {
        let mut record = Record::default();
        (case.run)(&mut record, &mut studies)?;
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
    let mut study: Quadratic<f64> = Study::new();
    study.start(ACTIONS, 2, 0)?;
    tell(&mut study, &ROWS, f64::from)?;
    study.fit_indicator(ALPHA.into())?;
    let coefficients = study.coefficients()?.to_vec();
    numbers(
        "COEFFICIENTS",
        "The coefficients of the indicator model of the table",
        &coefficients,
    );
    predictions("QUADRATIC", 2, &mut study)?;
    let mut study: Cubic<f64> = Study::new();
    study.start(ACTIONS, 3, 0)?;
    tell(&mut study, &ROWS, f64::from)?;
    predictions("CUBIC", 3, &mut study)
}

/// Joint effects that the structured model of a study predicts, each with its standard error.
fn predictions<const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>(
    name: &str,
    degree: usize,
    study: &mut Study<f64, NUMBERS, COLUMNS, REGIMES>,
) -> Result<(), Box<dyn std::error::Error>> {
    study.fit_structured()?;
    let mut values = Vec::new();
    for actions in SETTINGS {
        let prediction = study.predict(Regime::joint(ACTIONS), &actions.map(f64::from))?;
        let error = prediction.standard_error.ok_or(StudyError::NotFitted)?;
        values.extend([prediction.effect, error]);
    }
    println!();
    let what = format!("The structured model of degree {degree}: effects and standard errors");
    numbers(name, &what, &values);
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
