//! Fits the indicator model on the core, from rows in flash, and compares with the host's fit in
//! f64.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::cases::ALPHA;
use joint_effects_cases::study::{SCRATCH, Study, joint_effect};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::line::line;
use joint_effects_firmware::{expected, program, stack};
use joint_effects_kernel::error::FitError;

#[entry]
fn main() -> ! {
    let result = fit();
    stack::report();
    match result {
        Ok(error) => program::end(error < 1e-4),
        Err(_) => {
            line().text("the fit failed").print();
            program::end(false)
        }
    }
}

/// The largest error of a coefficient, relative to the largest coefficient.
fn fit() -> Result<f32, FitError> {
    let Ok(mut study) = Study::<f32>::new() else {
        return Err(FitError::NotFinite);
    };
    for (set, row) in &ROWS {
        study.push(*set, &row.actions, row.outcome)?;
    }
    let coefficients = study.fit(ALPHA, &mut [0.0; SCRATCH])?;
    let error = largest_error(&coefficients, &expected::COEFFICIENTS);
    line()
        .count(ROWS.len() as u32)
        .text(" rows, ")
        .count(coefficients.len() as u32)
        .text(" coefficients; largest error relative to the host in f64 ")
        .scientific(error)
        .print();

    let joint = joint_effect(&coefficients)?;
    line()
        .text("joint effect of the actions set to     device      host")
        .print();
    for actions in [[0.0, 0.0, 0.0], [1.0, -1.0, 1.0], [-1.0, 0.5, 1.5]] {
        let mut text = line();
        for (index, &action) in actions.iter().enumerate() {
            text = text.column(9 * index).decimal(action, 1);
        }
        text.column(36)
            .decimal(study.predict(&joint, &actions)?, 5)
            .column(46)
            .decimal(study.predict(&expected::JOINT_EFFECT, &actions)?, 5)
            .print();
    }
    Ok(error)
}

fn largest_error(found: &[f32], expected: &[f32]) -> f32 {
    let largest = |most: f32, value: f32| {
        if value.abs() > most {
            value.abs()
        } else {
            most
        }
    };
    let differences = found.iter().zip(expected).map(|(x, y)| x - y);
    differences.fold(0.0, largest) / expected.iter().copied().fold(0.0, largest)
}
