//! The whole method on one chip: randomise one action at a time on a plant with hidden causes, keep
//! moments and no rows, fit, and predict settings of all actions that were never tried.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::plant::{self, ACTIONS};
use joint_effects_cases::study::{SCRATCH, Study, joint_effect};
use joint_effects_firmware::line::line;
use joint_effects_firmware::{program, stack};
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::sampling;
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

const ROWS_PER_REGIME: u32 = 4000;
const ALPHA: f32 = 0.01;
/// Every action at each of these, all 27 combinations.
const LEVELS: [f32; 3] = [-1.0, 0.0, 1.0];

#[entry]
fn main() -> ! {
    let result = closed_loop();
    stack::report();
    match result {
        // The controller knows what the plant does where the naive model is far off.
        Ok([joint, naive]) => program::end(joint < 0.2 && joint < 0.2 * naive),
        Err(_) => {
            line().text("the fit failed").print();
            program::end(false)
        }
    }
}

/// Root mean square errors of the joint effect and of the naive model.
fn closed_loop() -> Result<[f32; 2], FitError> {
    let Ok(mut study) = Study::<f32>::new() else {
        return Err(FitError::NotFinite);
    };
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
    for _ in 0..ROWS_PER_REGIME {
        for action in [None, Some(0), Some(1), Some(2)] {
            let set = action.map(|action| (action, sampling::uniform(&mut rng, -1.5, 1.5)));
            let row = plant::run(&mut rng, set);
            study.push(action, &row.actions, row.outcome)?;
        }
    }
    line()
        .count(ROWS_PER_REGIME)
        .text(" rows of every regime: the plant left alone, and each of ")
        .count(ACTIONS as u32)
        .text(" actions set on its own")
        .print();
    line()
        .text("kept of them: ")
        .count(size_of::<Study<f32>>() as u32)
        .text(" bytes; scratch of the fit: ")
        .count(size_of::<[f32; SCRATCH]>() as u32)
        .text(" bytes")
        .print();

    let joint = joint_effect(&study.fit(ALPHA, &mut [0.0; SCRATCH])?)?;
    let naive = study.fit_observational(ALPHA)?;
    line()
        .text("all actions set, never tried     truth    predicted  naive")
        .print();
    let mut errors = [0.0; 2];
    for setting in 0..LEVELS.len().pow(ACTIONS as u32) {
        let mut rest = setting;
        let mut actions = [0.0; ACTIONS];
        for action in &mut actions {
            *action = LEVELS.get(rest % LEVELS.len()).copied().unwrap_or_default();
            rest /= LEVELS.len();
        }
        let truth = plant::effect(&actions);
        let predictions = [
            study.predict(&joint, &actions)?,
            study.predict(&naive, &actions)?,
        ];
        for (error, prediction) in errors.iter_mut().zip(predictions) {
            *error += (prediction - truth) * (prediction - truth);
        }
        let mut text = line();
        for (index, &action) in actions.iter().enumerate() {
            text = text.column(9 * index).decimal(action, 1);
        }
        text = text.column(30).decimal(truth, 3);
        for (index, prediction) in predictions.into_iter().enumerate() {
            text = text.column(40 + 10 * index).decimal(prediction, 3);
        }
        text.print();
    }
    let settings = LEVELS.len().pow(ACTIONS as u32) as f32;
    let errors = errors.map(|sum| joint_effects_kernel::Scalar::sqrt(sum / settings));
    line()
        .text("root mean square error: predicted")
        .decimal(errors[0], 3)
        .text(", naive")
        .decimal(errors[1], 3)
        .print();
    Ok(errors)
}
