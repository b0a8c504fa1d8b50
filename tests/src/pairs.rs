//! Rows in which two actions were set together, and what they are worth to the effect of setting all.

use crate::average::{mean, median};
use crate::simulate::{Simulation, structured};
use joint_effects::app::lab::scm::{Family, Purpose, stream};
use joint_effects::model::Model;
use joint_effects_kernel::Regime;
use std::fmt::Write;

const ACTIONS: usize = 5;
const DEGREE: usize = 3;

/// Rows of a random model of which two actions interact.
pub struct Paired {
    simulation: Simulation,
    /// The two.
    pub pair: (usize, usize),
}

impl Paired {
    /// The term that is added has this standard deviation where the two are independent.
    pub fn draw(seed: u64, strength: f64) -> Self {
        let mut simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let rng = stream(seed, 0, Purpose::Interaction);
        simulation.model = simulation.model.with_interaction(strength, rng).unwrap();
        let [first, second] = simulation.model.interaction().unwrap();
        Self {
            simulation,
            pair: (first, second),
        }
    }

    /// The models of `rows` of observation and of every action set alone: without rows of the pair, and with
    /// as many of these.
    pub fn models(&self, rows: usize) -> [Model; 2] {
        let mut data = self.simulation.training(rows);
        let without = structured(ACTIONS, DEGREE, &data);
        let both = Regime::single(self.pair.0).with(self.pair.1);
        let measured = self.simulation.rows(both, rows, Purpose::Training);
        data.push((both, measured));
        [without, structured(ACTIONS, DEGREE, &data)]
    }

    /// Root mean square error of a model's effect of setting all actions.
    pub fn error(&self, model: &Model) -> f64 {
        let compared = self.simulation.compare(model, 1000);
        let squares = compared
            .iter()
            .map(|(found, truth)| (found.effect - truth).powi(2));
        mean(&squares.collect::<Vec<_>>()).sqrt()
    }
}

/// Errors over models of these seeds, without and with rows of the pair.
pub fn errors(seeds: std::ops::Range<u64>, rows: usize, strength: f64) -> [Vec<f64>; 2] {
    let each = seeds.map(|seed| {
        let paired = Paired::draw(seed, strength);
        let [without, with] = paired.models(rows);
        (paired.error(&without), paired.error(&with))
    });
    let (without, with) = each.unzip();
    [without, with]
}

/// A table of [`errors`] over `models`.
pub fn table(models: u64) -> String {
    let mut table = String::from(
        "| strength | rows a regime | mean error, without | with | median error, without | with |\n\
         |--:|--:|--:|--:|--:|--:|\n",
    );
    for strength in [0.0, 0.1, 0.3, 1.0] {
        for rows in [300, 1000, 10_000] {
            let [without, with] = errors(1000..1000 + models, rows, strength);
            let means = [&without, &with].map(|errors| mean(errors));
            let medians = [&without, &with].map(|errors| median(errors));
            writeln!(
                table,
                "| {strength} | {rows} | {:.4} | {:.4} | {:.4} | {:.4} |",
                means[0], means[1], medians[0], medians[1]
            )
            .unwrap();
        }
    }
    table
}
