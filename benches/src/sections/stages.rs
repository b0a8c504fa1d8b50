//! Where the time of one run of `compare` goes.

use crate::cases::Case;
use crate::experiments::{compare, one_run};
use crate::markdown::{Table, figures, percent};
use crate::results::{Laboratory, Section};
use crate::steps::Step;
use crate::stopwatch::{Effort, interleave, median};
use crate::work::Work;
use anyhow::{Result, anyhow};
use joint_effects::app::lab::experiment::Estimator;
use serde::{Deserialize, Serialize};

/// The section.
pub struct Stages;

/// Rows of every regime, and the size of the models: the defaults.
const ROWS: u64 = 10_000;
const CASE: Case = Case::new(5, 3);

/// Seconds of one run, and of parts of it.
#[derive(Serialize, Deserialize)]
pub struct Data {
    rows: u64,
    /// All estimators.
    whole: f64,
    /// No estimator: what they all share.
    shared: f64,
    /// Drawing a row.
    generate: f64,
    /// Its monomials.
    features: f64,
    /// What each estimator adds to what is shared.
    estimators: Vec<(Estimator, f64)>,
}

impl Data {
    /// Rows that are drawn whatever the estimators: observational ones all, of the others those that
    /// are trained on, and the joint ones set aside.
    fn shared_rows(&self) -> f64 {
        let kept = self.rows - self.rows.div_ceil(5);
        (self.rows + CASE.actions as u64 * kept + self.rows.div_ceil(5)) as f64
    }

    /// Rows that an estimator has drawn besides.
    fn own_rows(&self, estimator: Estimator) -> f64 {
        let kept = (self.rows - self.rows.div_ceil(5)) as f64;
        match estimator {
            Estimator::Joint | Estimator::JointAdditive => kept,
            Estimator::PooledReleased => (CASE.actions as f64 + 1.0) * self.rows as f64,
            _ => 0.0,
        }
    }
}

impl Section for Stages {
    type Data = Data;
    const NAME: &str = "stages";
    const TITLE: &str = "Where the time of `compare` goes";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        let is_trial = laboratory.effort.is_trial();
        let rows = if is_trial { 100 } else { ROWS };
        let experiment = |estimators: &[Estimator]| {
            let experiment = compare(CASE.actions, CASE.degree, rows, 1, estimators);
            Work::new(1, None, move || one_run(&experiment))
        };
        let step = |step: Step| {
            let work = step.work(CASE, rows as usize);
            work.map_err(|reason| anyhow!("{}: {reason}", step.name()))
        };
        let mut works = vec![
            experiment(&Estimator::ALL),
            experiment(&[]),
            step(Step::Generate)?,
            step(Step::Features)?,
        ];
        works.extend(Estimator::ALL.map(|estimator| experiment(&[estimator])));
        // Differences need more rounds than ratios.
        let effort = if is_trial {
            laboratory.effort
        } else {
            Effort {
                rounds: 41,
                budget: 30.0,
                ..laboratory.effort
            }
        };
        let seconds = interleave(&mut works, effort);
        let [whole, shared, generate, features] = [0, 1, 2, 3].map(|place| median(&seconds[place]));
        let alone = Estimator::ALL.into_iter().zip(&seconds[4..]);
        let estimators = alone.map(|(estimator, alone)| {
            let more: Vec<f64> = alone.iter().zip(&seconds[1]).map(|(a, b)| a - b).collect();
            (estimator, median(&more))
        });
        let estimators = estimators.collect();
        let by_row = |seconds: f64| seconds / rows as f64;
        Ok(Data {
            rows,
            whole,
            shared,
            generate: by_row(generate),
            features: by_row(features),
            estimators,
        })
    }

    fn text(data: &Data) -> String {
        let mut table = Table::new(["stage", "rows", "ms", "share"]);
        let mut row = |name: &str, rows: f64, seconds: f64| {
            table.row([
                name.into(),
                figures(rows),
                figures(1e3 * seconds),
                percent(seconds / data.whole),
            ]);
        };
        let rows = data.shared_rows();
        let (generate, features) = (rows * data.generate, rows * data.features);
        row("generate", rows, generate);
        row("features", rows, features);
        row(
            "moments, and the model itself",
            rows,
            data.shared - generate - features,
        );
        let each = data.shared / rows;
        let (mut drawn, mut drawing, mut known) = (0.0, 0.0, data.shared);
        for &(estimator, seconds) in &data.estimators {
            let own = data.own_rows(estimator);
            row(
                &format!("{}: fit and score", estimator.name()),
                0.0,
                seconds - own * each,
            );
            known += seconds - own * each;
            // The joint rows are drawn once for both oracles.
            if estimator != Estimator::JointAdditive {
                drawn += own;
                drawing += own * each;
            }
        }
        row("rows of the oracles and of pooled-released", drawn, drawing);
        row("unexplained", 0.0, data.whole - known - drawing);
        row("all", rows + drawn, data.whole);
        format!(
            "One run with K = {k}, degree {degree}, {rows} rows of every regime, on one thread. \
             *generate* and *features* are the rows times the cost of one measured alone; the moments \
             are what a run without estimators takes besides; an estimator's fit and score are what a \
             run with it alone takes more, less the rows that only it draws, at the cost of the others. \
             The structured model's score holds its intervals against the truth at up to 1,000 rows.\n\n\
             {table}",
            k = CASE.actions,
            degree = CASE.degree,
            rows = figures(data.rows as f64),
        )
    }
}
