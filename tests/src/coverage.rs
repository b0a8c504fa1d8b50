//! How often the structured model's intervals hold the true effect, of setting all actions and of setting some.

use crate::average::{mean, median};
use crate::simulate::{Simulation, structured};
use joint_effects::app::lab::scm::Family;
use joint_effects::model::Prediction;
use joint_effects_kernel::Regime;
use std::fmt::Write;

const ACTIONS: usize = 5;
const DEGREE: usize = 3;

/// Rows at which each model is scored.
const SCORED: usize = 500;

/// How far a model is off, and how well it knows.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// Root mean square error.
    pub error: f64,
    /// Share of the rows whose 95 % interval holds the effect.
    pub held: f64,
}

impl Score {
    fn of(compared: &[(Prediction, f64)]) -> Self {
        let each = compared.iter().map(|(found, truth)| {
            let interval = found.interval.unwrap();
            let held = (interval.lower..=interval.upper).contains(truth);
            ((found.effect - truth).powi(2), f64::from(u8::from(held)))
        });
        let (squares, held): (Vec<_>, Vec<_>) = each.unzip();
        Self {
            error: mean(&squares).sqrt(),
            held: mean(&held),
        }
    }
}

/// The model of a seed, from so many rows of every regime: its effect of setting all actions, and that of setting two
/// or three of the five, others for other seeds.
pub fn scores(family: Family, seed: u64, rows: usize) -> [Score; 2] {
    let simulation = Simulation::draw(family, ACTIONS, seed);
    let model = structured(ACTIONS, DEGREE, &simulation.training(rows));
    let subsets = (0..1 << ACTIONS).map(Regime::from_bits);
    let halves: Vec<_> = subsets.filter(|set| [2, 3].contains(&set.size())).collect();
    let half = halves[seed as usize % halves.len()];
    [
        Score::of(&simulation.compare(&model, SCORED)),
        Score::of(&simulation.compare_subset(&model, half, SCORED)),
    ]
}

/// Of many models.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// Mean error.
    pub error: f64,
    /// Median error.
    pub median: f64,
    /// Mean share that intervals hold.
    pub held: f64,
    /// The same over the tenth of the models in which it is least.
    pub worst: f64,
}

impl Summary {
    fn of(scores: &[Score]) -> Self {
        let errors: Vec<_> = scores.iter().map(|score| score.error).collect();
        let mut held: Vec<_> = scores.iter().map(|score| score.held).collect();
        held.sort_by(f64::total_cmp);
        Self {
            error: mean(&errors),
            median: median(&errors),
            held: mean(&held),
            worst: mean(&held[..held.len().div_ceil(10)]),
        }
    }
}

/// The [`scores`] of models of these seeds: of setting all actions, and of setting half.
pub fn summaries(family: Family, seeds: std::ops::Range<u64>, rows: usize) -> [Summary; 2] {
    let (joint, half): (Vec<_>, Vec<_>) =
        seeds.map(|seed| scores(family, seed, rows).into()).unzip();
    [Summary::of(&joint), Summary::of(&half)]
}

/// A table of [`summaries`] over `models`, a quarter of them where rows are many.
pub fn table(models: u64) -> String {
    let mut table = String::from(
        "| models | rows a regime | all set: error, mean (median) | intervals hold, mean / worst tenth | half set: error, mean (median) | intervals hold, mean / worst tenth |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    for family in Family::ALL {
        for rows in [300, 1000, 10_000, 200_000] {
            let models = if rows > 10_000 { models / 4 } else { models };
            let summaries = summaries(family, 9000..9000 + models, rows);
            write!(table, "| {} | {rows} |", family.name()).unwrap();
            for Summary {
                error,
                median,
                held,
                worst,
            } in summaries
            {
                write!(
                    table,
                    " {error:.4} ({median:.4}) | {held:.3} / {worst:.2} |"
                )
                .unwrap();
            }
            table.push('\n');
        }
    }
    table
}
