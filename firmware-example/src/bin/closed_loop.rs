//! The whole method on one chip: randomise one action at a time on a plant with hidden causes, keep
//! moments and no rows, fit, predict settings of all actions that were never tried, with intervals, set the best
//! of them, and watch whether its outcomes are what was predicted.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::cases::Studies;
use joint_effects_cases::plant::{self, ACTIONS, Quadratic};
use joint_effects_firmware::line::line;
use joint_effects_firmware::{program, stack};
use joint_effects_kernel::device::{Alarm, Drift, Names, Prediction, StudyError};
use joint_effects_kernel::predict::artifact::Artifact;
use joint_effects_kernel::predict::optimum::Goal;
use joint_effects_kernel::{Regime, Scalar, sampling};
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

const ROWS_PER_REGIME: u64 = 4000;
/// Rows from which the actions have their units.
const WARM_UP: usize = 100;
/// Every action at each of these, all 27 combinations.
const LEVELS: [f32; 3] = [-1.0, 0.0, 1.0];
/// Boxes of settings that the search for the best one may look at.
const BOXES: usize = 1000;
/// Outcomes of the best setting that are watched.
const WATCHED: u32 = 500;
const NAMES: Names<'static> = Names {
    outcome: "y",
    actions: &["a1", "a2", "a3"],
};
const SETTINGS: usize = LEVELS.len().pow(ACTIONS as u32);

#[entry]
fn main() -> ! {
    static mut STUDIES: Studies = Studies::new();
    let result = closed_loop(STUDIES).and_then(|scores| {
        let controlled = control(&mut STUDIES.quadratic)?;
        Ok((scores, controlled))
    });
    stack::report();
    match result {
        // The controller knows what the plant does, and how sure it is, where the naive model is far off.
        Ok(([quadratic, cubic, naive], controlled)) => {
            let known = |score: &Score| score.error < 0.1 * naive.error && score.held >= 24;
            program::end(known(&quadratic) && known(&cubic) && controlled)
        }
        Err(_) => {
            line().text("the fit failed").print();
            program::end(false)
        }
    }
}

/// How good predictions are.
#[derive(Clone, Copy, Default)]
struct Score {
    /// Root mean square error.
    error: f32,
    /// Settings whose interval holds the truth.
    held: usize,
}

impl Score {
    fn add(&mut self, error: f32, margin: f32) {
        self.error += error * error / SETTINGS as f32;
        self.held += usize::from(error.abs() <= margin);
    }
}

/// Scores of the models of degree 2 and 3, and of what observation alone would predict.
fn closed_loop(Studies { quadratic, cubic }: &mut Studies) -> Result<[Score; 3], StudyError> {
    quadratic.start(ACTIONS, 2, WARM_UP)?;
    cubic.start(ACTIONS, 3, WARM_UP)?;
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
    for _ in 0..ROWS_PER_REGIME {
        for action in [None, Some(0), Some(1), Some(2)] {
            let set = action.map(|action| (action, sampling::uniform(&mut rng, -1.5, 1.5)));
            let row = plant::run(&mut rng, set);
            quadratic.push(plant::regime(action), &row.actions, row.outcome)?;
            cubic.push(plant::regime(action), &row.actions, row.outcome)?;
        }
    }
    line()
        .count(ROWS_PER_REGIME)
        .text(" rows of every regime: the plant left alone, and each of ")
        .count(ACTIONS as u64)
        .text(" actions set on its own")
        .print();
    line()
        .text("bytes of the studies, degree 2: ")
        .count(size_of_val(quadratic) as u64)
        .text(", degree 3: ")
        .count(size_of_val(cubic) as u64)
        .print();

    quadratic.fit_structured()?;
    cubic.fit_structured()?;
    let margins = [quadratic.quantile(0.95), cubic.quantile(0.95)];
    line()
        .text("all actions set, never tried     truth   degree 2          degree 3          naive")
        .print();
    let mut scores = [Score::default(); 3];
    for setting in 0..SETTINGS {
        let mut rest = setting;
        let mut actions = [0.0; ACTIONS];
        for action in &mut actions {
            *action = LEVELS.get(rest % LEVELS.len()).copied().unwrap_or_default();
            rest /= LEVELS.len();
        }
        let truth = plant::effect(&actions);
        let joint = Regime::joint(ACTIONS);
        let naive = quadratic.predict(Regime::OBSERVATIONAL, &actions)?;
        let predictions = [
            quadratic.predict(joint, &actions)?,
            cubic.predict(joint, &actions)?,
        ];
        let mut text = line();
        for (index, &action) in actions.iter().enumerate() {
            text = text.column(9 * index).decimal(action, 1);
        }
        text = text.column(32).decimal(truth, 3);
        let [of_quadratic, of_cubic, of_naive] = &mut scores;
        let with_margins = predictions.into_iter().zip(margins);
        let scored = [of_quadratic, of_cubic].into_iter().zip(with_margins);
        for (index, (score, (prediction, quantile))) in scored.enumerate() {
            let Prediction {
                effect,
                standard_error,
            } = prediction;
            let margin = quantile
                .zip(standard_error)
                .map_or(0.0, |(t, error)| t * error);
            score.add(effect - truth, margin);
            text = text.column(40 + 18 * index).decimal(effect, 3);
            text = text.text(" +-").decimal(margin, 3);
        }
        of_naive.add(naive.effect - truth, 0.0);
        text.column(76).decimal(naive.effect, 3).print();
    }
    for score in &mut scores {
        score.error = score.error.sqrt();
    }
    let [quadratic, cubic, naive] = &scores;
    line()
        .text("root mean square error: degree 2")
        .decimal(quadratic.error, 3)
        .text(", degree 3")
        .decimal(cubic.error, 3)
        .text(", naive")
        .decimal(naive.error, 3)
        .print();
    line()
        .text("intervals that hold the truth: ")
        .count(quadratic.held as u64)
        .text(" and ")
        .count(cubic.held as u64)
        .text(" of ")
        .count(SETTINGS as u64)
        .print();
    Ok(scores)
}

/// Sets all actions to the best setting there is by the model, and watches. Whether it is as good as was
/// predicted, and the alarm is quiet until the plant drifts, and then not.
fn control(study: &mut Quadratic<f32>) -> Result<bool, StudyError> {
    let mut bytes = [0; 512];
    study.write_artifact(NAMES, Regime::joint(ACTIONS), &mut bytes)?;
    let artifact = Artifact::<f32>::read(&bytes)?;
    let mut best = [0.0; ACTIONS];
    let expected = artifact.best(Goal::Greatest, BOXES, &mut best)?.value;
    let truth = plant::effect(&best);
    let mut text = line().text("best setting");
    for &action in &best {
        text = text.text(" ").decimal(action, 2);
    }
    text.text(": expected ")
        .decimal(expected, 3)
        .text(", truth ")
        .decimal(truth, 3)
        .print();

    let mut rng = Xoshiro128PlusPlus::seed_from_u64(2);
    let mut error = || plant::run_with(&mut rng, best.map(Some)).outcome - expected;
    let mut squares = 0.0;
    for _ in 0..WATCHED {
        let error = error();
        squares += error * error / WATCHED as f32;
    }
    let spread = Scalar::sqrt(squares);
    let mut alarm = Alarm::new(0.5, 8.0);
    let quiet = (0..WATCHED).all(|_| alarm.push(error() / spread).is_none());
    let after = (1..WATCHED).find(|_| alarm.push(error() / spread - 1.0) == Some(Drift::Down));
    line()
        .count(WATCHED.into())
        .text(if quiet {
            " outcomes as predicted"
        } else {
            " outcomes raised the alarm"
        })
        .text("; a drift of one standard deviation noticed after ")
        .count(after.unwrap_or(WATCHED).into())
        .print();
    Ok(quiet && (expected - truth).abs() < 0.2 && after.is_some_and(|after| after < 50))
}
