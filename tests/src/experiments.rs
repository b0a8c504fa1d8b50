//! Batches of rows allotted by `next`, held against batches that every regime shares evenly.

use crate::average::{mean, median};
use crate::log;
use crate::simulate::{Rows, Simulation, Truth};
use joint_effects::app::lab::scm::Family;
use joint_effects::decide::choose::{Aim, Question, choose};
use joint_effects::decide::next::next;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::fit::Estimator;
use joint_effects::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_kernel::allocation::Costs;
use joint_effects_kernel::predict::optimum::{Goal, MANY_BOXES, Permitted, best};
use std::fmt::Write;

const ACTIONS: usize = 5;
const REGIMES: usize = ACTIONS + 1;
const DEGREE: usize = 3;

/// Rows of every regime at the start.
const FIRST: usize = 100;

/// Rows of a batch.
const BATCH: usize = 600;

/// Batches after the start.
const BATCHES: usize = 19;

/// Who allots a batch.
#[derive(Clone, Copy, PartialEq)]
enum Allotment {
    /// Every regime gets as many rows.
    Even,
    /// All rows are of the regime that `next` names first.
    Next,
}

/// A log that grows, of one simulation.
struct Growth {
    names: Vec<String>,
    /// More rows than are ever taken, of every regime.
    streams: Vec<(Regime, Rows)>,
    taken: [usize; REGIMES],
    data: Data,
}

impl Growth {
    fn new(simulation: &Simulation) -> Self {
        let names: Vec<String> = (0..ACTIONS).map(|action| format!("a{action}")).collect();
        let first = log::table(&names, &simulation.training(FIRST));
        Self {
            names,
            streams: simulation.training(FIRST + BATCH * BATCHES),
            taken: [FIRST; REGIMES],
            data: log::read(&first, DEGREE),
        }
    }

    fn take(self, batch: [usize; REGIMES]) -> Self {
        let mut taken = self.taken;
        let mut parts = Vec::new();
        let each = self.streams.iter().zip(taken.iter_mut().zip(batch));
        for ((regime, rows), (taken, more)) in each.filter(|(_, (_, more))| *more > 0) {
            let end = *taken + more;
            let part = Rows {
                actions: rows.actions[*taken * ACTIONS..end * ACTIONS].to_vec(),
                outcomes: rows.outcomes[*taken..end].to_vec(),
            };
            parts.push((*regime, part));
            *taken = end;
        }
        let table = log::table(&self.names, &parts);
        let tables = vec![Table::new("table", table.as_bytes()).unwrap()];
        let mut rows = Observations::new(tables, &Columns::new("y")).unwrap();
        Self {
            data: self.data.with_rows(&mut rows, |_| {}).unwrap(),
            taken,
            ..self
        }
    }

    fn allot(&self, allotment: Allotment, question: &Question) -> [usize; REGIMES] {
        if allotment == Allotment::Even {
            return [BATCH / REGIMES; REGIMES];
        }
        let costs = Costs {
            observational: 1.0,
            single: 1.0,
        };
        let next = next(&self.data, question, BATCH as u64, costs).unwrap();
        let best = next.experiments[0].regime;
        let mut batch = [0; REGIMES];
        let place = self.streams.iter().position(|(regime, _)| *regime == best);
        batch[place.unwrap()] = BATCH;
        batch
    }
}

/// The share of the best possible gain over today that is lost at the start and after each batch, with the settings
/// among which is chosen those of the start.
fn regrets(seed: u64, aim: Aim, allotment: Allotment) -> Vec<f64> {
    let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
    let truth = simulation.truth();
    let mut growth = Growth::new(&simulation);
    let first = log::fit(&growth.data, Estimator::Structured);
    let range = |action| first.range(Regime::joint(ACTIONS), action).unwrap();
    let question = Question {
        within: (0..ACTIONS).map(|action| (action, range(action))).collect(),
        risk: 0.5,
        ..Question::new(aim)
    };
    let today: Vec<f64> = (0..ACTIONS)
        .map(|action| first.mean(Regime::OBSERVATIONAL, action).unwrap())
        .collect();
    let (now, possible) = (truth.at(&today), possible(&truth, &question));
    let regret = |growth: &Growth| {
        let model = log::fit(&growth.data, Estimator::Structured);
        let choice = choose(&model, &question).unwrap();
        (possible - truth.at(&choice.setting)) / (possible - now)
    };
    let mut regrets = vec![regret(&growth)];
    for _ in 0..BATCHES {
        let batch = growth.allot(allotment, &question);
        growth = growth.take(batch);
        regrets.push(regret(&growth));
    }
    regrets
}

/// The best true effect within the ranges of a question.
fn possible(truth: &Truth, question: &Question) -> f64 {
    let goal = match question.aim {
        Aim::Minimise => Goal::Least,
        _ => Goal::Greatest,
    };
    let ranges = question.within.iter();
    let permitted: Vec<_> = ranges
        .map(|(_, range)| Permitted::Between(range.min, range.max))
        .collect();
    let mut setting = [0.0; ACTIONS];
    let effect = truth.polynomial();
    let found = best(&effect, goal, &permitted, MANY_BOXES, &mut setting);
    found.unwrap().value
}

/// A table of the regrets over `models`, each asked for the greatest and for the least effect.
pub fn table(models: u64) -> String {
    let aims = [Aim::Maximise, Aim::Minimise];
    let each = |allotment| -> Vec<Vec<f64>> {
        let seeds = (0..models).flat_map(|seed| aims.map(|aim| (seed, aim)));
        seeds
            .map(|(seed, aim)| regrets(seed, aim, allotment))
            .collect()
    };
    let averages = [Allotment::Even, Allotment::Next].map(|allotment| {
        let all = each(allotment);
        let after = |batches: usize| -> Vec<f64> { all.iter().map(|own| own[batches]).collect() };
        let averages = |batches| [mean(&after(batches)), median(&after(batches))];
        (0..=BATCHES).map(averages).collect::<Vec<_>>()
    });
    let [even, next] = averages;
    let rows = |batches: usize| FIRST * REGIMES + batches * BATCH;
    let mut table = String::from(
        "| rows | regret with even batches, mean | median | with `next`, mean | median | rows that `next` needs for that mean | for that median |\n\
         |--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (batches, (one, other)) in even.iter().zip(&next).enumerate() {
        let needed = [0, 1].map(|which| {
            let reached = next.iter().position(|own| own[which] <= one[which]);
            reached.map_or("more".to_string(), |batches| rows(batches).to_string())
        });
        writeln!(
            table,
            "| {} | {:.4} | {:.4} | {:.4} | {:.4} | {} | {} |",
            rows(batches),
            one[0],
            one[1],
            other[0],
            other[1],
            needed[0],
            needed[1]
        )
        .unwrap();
    }
    table
}
