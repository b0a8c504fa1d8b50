//! Fits models on the core, from rows in flash, and compares them with the host's in f64.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::cases::{ALPHA, SETTINGS, Studies};
use joint_effects_cases::plant::{ACTIONS, tell};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::line::line;
use joint_effects_firmware::{expected, program, stack};
use joint_effects_kernel::Regime;
use joint_effects_kernel::device::{Study, StudyError};

#[entry]
fn main() -> ! {
    static mut STUDIES: Studies = Studies::new();
    let result = fit(STUDIES);
    stack::report();
    match result {
        Ok(errors) => program::end(errors.iter().all(|&error| error < 1e-4)),
        Err(_) => {
            line().text("the fit failed").print();
            program::end(false)
        }
    }
}

/// The largest errors: of the indicator model's coefficients, relative to the largest of them, and of what
/// the structured models predict, in standard errors.
fn fit(Studies { quadratic, cubic }: &mut Studies) -> Result<[f32; 3], StudyError> {
    // The rows as they are, for the penalty to be the host's.
    quadratic.start(ACTIONS, 2, 0)?;
    tell(quadratic, &ROWS, |x| x)?;
    cubic.start(ACTIONS, 3, 50)?;
    tell(cubic, &ROWS, |x| x)?;
    line().count(ROWS.len() as u64).text(" rows").print();

    quadratic.fit_indicator(ALPHA)?;
    let coefficients = quadratic.coefficients()?;
    let of_coefficients = largest_error(coefficients, &expected::COEFFICIENTS);
    line()
        .text("indicator, ")
        .count(coefficients.len() as u64)
        .text(" coefficients: largest error relative to the host in f64 ")
        .scientific(of_coefficients)
        .print();
    let of_quadratic = structured(quadratic, 2, &expected::QUADRATIC)?;
    let of_cubic = structured(cubic, 3, &expected::CUBIC)?;
    Ok([of_coefficients, of_quadratic, of_cubic])
}

/// The largest error of the joint effects that the structured model predicts, and of their standard errors,
/// in standard errors.
fn structured<const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>(
    study: &mut Study<f32, NUMBERS, COLUMNS, REGIMES>,
    degree: u64,
    expected: &[f32],
) -> Result<f32, StudyError> {
    study.fit_structured()?;
    let margin = study.quantile(0.95).ok_or(StudyError::NotFitted)?;
    line()
        .text("structured, degree ")
        .count(degree)
        .column(38)
        .text("device                host in f64")
        .print();
    let mut largest = 0.0;
    for (actions, expected) in SETTINGS.iter().zip(expected.chunks_exact(2)) {
        let prediction = study.predict(Regime::joint(ACTIONS), actions)?;
        let error = prediction.standard_error.ok_or(StudyError::NotFitted)?;
        let mut text = line();
        for (index, &action) in actions.iter().enumerate() {
            text = text.column(9 * index).decimal(action, 1);
        }
        let found = [prediction.effect, error];
        for (index, numbers) in [&found[..], expected].into_iter().enumerate() {
            if let [effect, error] = numbers {
                text = text.column(36 + 22 * index).decimal(*effect, 5);
                text = text.text(" +-").decimal(margin * error, 5);
            }
        }
        text.print();
        for (found, expected) in found.iter().zip(expected) {
            let difference = (found - expected).abs() / error;
            largest = if difference > largest {
                difference
            } else {
                largest
            };
        }
    }
    line()
        .text("largest error in standard errors, degree ")
        .count(degree)
        .text(": ")
        .scientific(largest)
        .print();
    Ok(largest)
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
