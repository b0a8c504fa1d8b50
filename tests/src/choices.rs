//! Settings chosen by models of random structural causal models, held against the best there are.

use crate::average::{mean, median};
use crate::log;
use crate::simulate::{Simulation, Truth};
use joint_effects::app::lab::scm::{Family, Purpose};
use joint_effects::decide::choose::{Aim, Choice, Question, choose};
use joint_effects::model::Model;
use joint_effects::model::fit::Estimator;
use joint_effects_kernel::Regime;
use joint_effects_kernel::predict::optimum::{Goal, MANY_BOXES, Permitted, best};
use std::fmt::Write;

const ACTIONS: usize = 5;
const DEGREE: usize = 3;

/// Who chooses, and at which risk.
const CHOOSERS: [(&str, f64); 5] = [
    ("structured", 0.05),
    ("structured, the effect itself", 0.5),
    ("separate", 0.5),
    ("observational", 0.5),
    ("joint oracle", 0.5),
];

/// How one choice did.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The share of the best possible gain over today that is lost.
    pub regret: f64,
    /// Whether the interval of the gain holds the true one, where there is an interval.
    pub held: Option<bool>,
}

/// The greatest or least effect where a model may choose.
fn best_of(truth: &Truth, model: &Model, goal: Goal) -> f64 {
    let joint = Regime::joint(ACTIONS);
    let ranges = (0..ACTIONS).map(|action| model.range(joint, action).unwrap());
    let permitted: Vec<_> = ranges
        .map(|range| Permitted::Between(range.min, range.max))
        .collect();
    let effect = truth.polynomial();
    best(&effect, goal, &permitted, MANY_BOXES, &mut [0.0; ACTIONS])
        .unwrap()
        .value
}

/// The models that choose, all within the ranges to which the actions were set alone.
fn models(simulation: &Simulation, rows: usize) -> Vec<Model> {
    let names: Vec<String> = (0..ACTIONS).map(|action| format!("a{action}")).collect();
    let data = log::read(&log::table(&names, &simulation.training(rows)), DEGREE);
    let structured = log::fit(&data, Estimator::Structured);
    // A fit of the joint rows as if nobody had set anything there: one polynomial of them.
    let joint = simulation.rows(Regime::joint(ACTIONS), rows, Purpose::Training);
    let joint = log::table(&names, &[(Regime::OBSERVATIONAL, joint)]);
    let joint = Model {
        regimes: structured.regimes.clone(),
        seen: structured.seen.clone(),
        ..log::fit(&log::read(&joint, DEGREE), Estimator::Observational)
    };
    vec![
        structured.clone(),
        structured,
        log::fit(&data, Estimator::Separate),
        log::fit(&data, Estimator::Observational),
        joint,
    ]
}

/// The scores of every chooser on the model of a seed, for the greatest and for the least effect.
pub fn scores(seed: u64, rows: usize) -> Vec<[Score; 2]> {
    let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
    let truth = simulation.truth();
    let models = models(&simulation, rows);
    let today: Vec<f64> = (0..ACTIONS)
        .map(|action| models[0].mean(Regime::OBSERVATIONAL, action).unwrap())
        .collect();
    let now = truth.at(&today);
    let aims = [
        (Aim::Maximise, Goal::Greatest, 1.0),
        (Aim::Minimise, Goal::Least, -1.0),
    ];
    let of = |(model, (_, risk)): (&Model, (&str, f64))| {
        aims.map(|(aim, goal, sign)| {
            let question = Question {
                risk,
                ..Question::new(aim)
            };
            let choice: Choice = choose(model, &question).unwrap();
            let gained = sign * (truth.at(&choice.setting) - now);
            let possible = sign * (best_of(&truth, model, goal) - now);
            let interval = choice.gain.and_then(|gain| gain.interval);
            Score {
                regret: (possible - gained) / possible,
                held: interval.map(|[lower, upper]| lower <= gained && gained <= upper),
            }
        })
    };
    models.iter().zip(CHOOSERS).map(of).collect()
}

/// A table of [`scores`] over `models`.
pub fn table(models: u64) -> String {
    let mut table = String::from(
        "| rows of every regime | who chooses | regret, median | mean | worst | intervals of the gain hold |\n\
         |---|---|---|---|---|---|\n",
    );
    for rows in [1_000, 10_000] {
        let all: Vec<_> = (0..models).map(|seed| scores(seed, rows)).collect();
        for (place, (name, _)) in CHOOSERS.into_iter().enumerate() {
            let own: Vec<Score> = all.iter().flat_map(|scores| scores[place]).collect();
            let regrets: Vec<f64> = own.iter().map(|score| score.regret).collect();
            let worst = regrets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let (median, mean) = (median(&regrets), mean(&regrets));
            let known: Vec<bool> = own.iter().filter_map(|score| score.held).collect();
            let held = known.iter().filter(|&&held| held).count() as f64 / known.len() as f64;
            let held = match known.is_empty() {
                true => "none".to_string(),
                false => format!("{held:.3}"),
            };
            writeln!(
                table,
                "| {rows} | {name} | {median:.4} | {mean:.4} | {worst:.3} | {held} |"
            )
            .unwrap();
        }
    }
    table
}
