//! Reads what devices send home (standard input; firmware-example/README.md has the format), merges
//! it, and prints the joint effect that the indicator model makes of it, in double precision.

use joint_effects_cases::cases::ALPHA;
use joint_effects_cases::plant::ACTIONS;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials;
use joint_effects_kernel::fit::indicator::{Pattern, System};
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor;
use std::collections::BTreeMap;
use std::io::BufRead;

const TERMS: usize = monomials::count(ACTIONS, 2);

type Owned = Moments<f64, Vec<f64>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut regimes = BTreeMap::<Regime, Owned>::new();
    let mut lines = std::io::stdin().lock().lines();
    while let Some(line) = lines.next() {
        let line = line?;
        let words: Vec<_> = line.split_whitespace().collect();
        let ["moments", regime, count, columns] = words[..] else {
            continue;
        };
        let regime = Regime::from_bits(regime.parse()?);
        let columns = columns.parse()?;
        if columns != TERMS {
            return Err(format!("{columns} columns, expected {TERMS}").into());
        }
        let mut numbers = Vec::new();
        while numbers.len() < buffer_len(columns) {
            let line = lines.next().ok_or("the numbers end too early")??;
            for word in line.split_whitespace() {
                let bits = u32::from_str_radix(word, 16)?;
                numbers.push(f64::from(f32::from_bits(bits)));
            }
        }
        let sent = Owned::from_parts(columns, count.parse()?, numbers)?;
        match regimes.get_mut(&regime) {
            Some(merged) => merged.merge(&sent)?,
            None => drop(regimes.insert(regime, sent)),
        }
    }
    for (regime, moments) in &regimes {
        println!("{regime}: {} rows", moments.count());
    }
    let pattern = Pattern::new(ACTIONS, TERMS, regimes.keys().copied());
    let mut scratch = vec![0.0; pattern.scratch_len()];
    let data = regimes.iter().map(|(&regime, moments)| {
        let moments = Moments::from_parts(TERMS, moments.count(), moments.buffer());
        (regime, moments.expect("the buffer is as long as it was"))
    });
    let mut coefficients = [0.0; (ACTIONS + 1) * TERMS];
    System::assemble(&pattern, data, &mut scratch)?.solve(ALPHA.into(), &mut coefficients)?;
    let mut polynomial = [0.0; TERMS];
    predictor::collapse(&coefficients, Regime::joint(ACTIONS), &mut polynomial)?;
    println!("joint effect: {polynomial:.6?}");
    Ok(())
}
