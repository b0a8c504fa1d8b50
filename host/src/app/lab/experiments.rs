//! The experiments: what each varies, and what it holds.

use crate::app::lab::experiment::{Estimator, RunError, Score, Settings, Sizes};
use crate::app::lab::shards::Shard;
use crate::app::parallel::in_order;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::ops::ControlFlow;

/// Average rows of a regime in the released ratio experiment, and the ratios of single-action to
/// observational rows.
pub const RATIOS: [f64; 12] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 2.0, 5.0, 10.0];

/// Total training rows of the released convergence experiment.
pub const TOTALS: [u64; 9] = [
    1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000,
];

/// Strengths of the interaction experiment: standard deviations of the added term.
pub const STRENGTHS: [f64; 4] = [0.0, 0.05, 0.2, 0.5];

/// Correlations of two hidden causes in the confounding experiment.
pub const CORRELATIONS: [f64; 5] = [0.0, 0.1, 0.2, 0.5, 0.9];

/// Numbers of actions of the allocation experiment.
pub const ALLOCATION_ACTIONS: [usize; 4] = [2, 3, 5, 8];

/// One setting of what an experiment varies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    /// The values of [`Experiment::parameters`].
    pub values: Vec<f64>,
    /// Models and estimators.
    pub settings: Settings,
    /// Rows.
    pub sizes: Sizes,
}

/// Many runs at each of several points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Experiment {
    /// The command.
    pub name: Cow<'static, str>,
    /// The names of what is varied; none where there is one point.
    pub parameters: Vec<Cow<'static, str>>,
    /// What is done.
    pub points: Vec<Point>,
    /// Runs at each point: random models, the same at every point.
    pub runs: u64,
    /// What it was asked, by name.
    pub settings: Map<String, Value>,
    /// Which of the runs are made.
    #[serde(default, skip_serializing_if = "Shard::is_whole")]
    pub shard: Shard,
}

/// The scores of one run at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Index of the point.
    pub point: usize,
    /// Number of the run.
    pub run: u64,
    /// Scores of the estimators.
    pub scores: Vec<Score>,
}

impl Experiment {
    /// All estimators with `rows` rows of every regime.
    pub fn compare(settings: Settings, rows: u64, runs: u64) -> Self {
        let asked = json!({"actions": settings.actions, "rows": rows});
        let points = vec![Point {
            values: Vec::new(),
            settings,
            sizes: Sizes::equal(rows),
        }];
        Self::new("compare", &[], points, runs, asked)
    }

    /// Single-action and observational rows in different ratios, `rows` a regime on average.
    pub fn ratio(settings: Settings, rows: u64, ratios: &[f64], runs: u64) -> Self {
        let points = ratios.iter().map(|&ratio| Point {
            values: vec![ratio],
            sizes: allocate(settings.actions, rows, ratio),
            settings: settings.clone(),
        });
        let asked = json!({"actions": settings.actions, "rows": rows});
        Self::new("ratio", &["ratio"], points.collect(), runs, asked)
    }

    /// More and more rows: `total` in all, the same number jointly.
    pub fn convergence(settings: Settings, totals: &[u64], runs: u64) -> Self {
        let points = totals.iter().map(|&total| {
            let actions = settings.actions as u64;
            let single = total / (actions + 1);
            Point {
                values: vec![total as f64],
                sizes: Sizes {
                    observational: total - actions * single,
                    single,
                    joint: total,
                },
                settings: settings.clone(),
            }
        });
        let asked = json!({"actions": settings.actions});
        Self::new(
            "convergence",
            &["total_rows"],
            points.collect(),
            runs,
            asked,
        )
    }

    /// Additivity violated by a term of different strengths, `rows` a regime.
    pub fn interaction(settings: Settings, rows: u64, strengths: &[f64], runs: u64) -> Self {
        let violated = |strength| Settings {
            interaction: strength,
            ..settings.clone()
        };
        let name = ["interaction", "strength"];
        Self::violated(name, violated, rows, strengths, runs)
    }

    /// Hidden causes of two actions with different correlations, `rows` a regime.
    pub fn confounding(settings: Settings, rows: u64, correlations: &[f64], runs: u64) -> Self {
        let violated = |correlation| Settings {
            confounding: Some(correlation),
            ..settings.clone()
        };
        let name = ["confounding", "correlation"];
        Self::violated(name, violated, rows, correlations, runs)
    }

    /// An assumption violated by degrees, `rows` a regime.
    fn violated(
        [name, parameter]: [&'static str; 2],
        violated: impl Fn(f64) -> Settings,
        rows: u64,
        degrees: &[f64],
        runs: u64,
    ) -> Self {
        let points = degrees.iter().map(|&degree| Point {
            values: vec![degree],
            settings: violated(degree),
            sizes: Sizes::equal(rows),
        });
        let points: Vec<_> = points.collect();
        let asked = json!({"actions": points[0].settings.actions, "rows": rows});
        Self::new(name, &[parameter], points, runs, asked)
    }

    /// A budget of `rows` a regime split in different ratios, for different numbers of actions.
    pub fn allocation(
        settings: Settings,
        rows: u64,
        actions: &[usize],
        ratios: &[f64],
        runs: u64,
    ) -> Self {
        let points = actions.iter().flat_map(|&actions| {
            let settings = Settings {
                actions,
                ..settings.clone()
            };
            ratios.iter().map(move |&ratio| Point {
                values: vec![actions as f64, ratio],
                sizes: allocate(actions, rows, ratio),
                settings: settings.clone(),
            })
        });
        let (parameters, points) = (["actions", "ratio"], points.collect());
        Self::new(
            "allocation",
            &parameters,
            points,
            runs,
            json!({"rows": rows}),
        )
    }

    /// `runs` runs at each of these points; `asked` is beside what all experiments are asked.
    fn new(
        name: &'static str,
        parameters: &[&'static str],
        points: Vec<Point>,
        runs: u64,
        asked: Value,
    ) -> Self {
        let first = &points[0].settings;
        let mut all = json!({
            "scm": first.scm,
            "degree": first.degree,
            "bounded": first.bounded,
            "regularization": first.regularization,
            "seed": first.seed,
            "runs": runs,
        });
        let all = all.as_object_mut().map(std::mem::take);
        let asked = asked.as_object().cloned();
        Self {
            name: name.into(),
            parameters: parameters.iter().map(|&name| name.into()).collect(),
            points,
            runs,
            settings: [all, asked].into_iter().flatten().flatten().collect(),
            shard: Shard::WHOLE,
        }
    }

    /// One of several parts of it.
    pub fn sharded(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// Whether it asks if violations are noticed.
    pub(super) fn asks_what_is_noticed(&self) -> bool {
        let mut points = self.points.iter();
        points.any(|point| point.settings.confounding.is_some())
    }

    /// Whether every point can be run.
    pub fn check(&self) -> Result<(), RunError> {
        let mut points = self.points.iter();
        points.try_for_each(|point| point.settings.check(point.sizes))
    }

    /// The least bytes that runs take, one at a time.
    pub fn memory(&self) -> u64 {
        let points = self.points.iter().map(|point| point.settings.memory());
        points.max().unwrap_or_default()
    }

    /// Training rows of all runs.
    pub fn rows(&self) -> u64 {
        let rows = (0..).zip(&self.points).map(|(place, point)| {
            let [before, with] =
                [place, place + 1].map(|place| self.shard.before(place * self.runs));
            (with - before) * point.rows()
        });
        rows.sum()
    }

    /// The indices of the points and the numbers of their runs, in the order of the results.
    pub fn order(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..self.total_runs()).map(|place| self.place(place))
    }

    fn place(&self, place: u64) -> (usize, u64) {
        let index = self.shard.index(place);
        ((index / self.runs) as usize, index % self.runs)
    }

    /// Number of runs at all points.
    pub fn total_runs(&self) -> u64 {
        self.shard.before(self.points.len() as u64 * self.runs)
    }

    /// Runs everything but the first `finished` runs, on `threads` threads; `visit` gets what is
    /// finished, point by point and run by run.
    pub fn run<E: From<RunError>>(
        &self,
        threads: usize,
        finished: u64,
        mut visit: impl FnMut(Finished) -> Result<(), E>,
    ) -> Result<(), E> {
        let job = |place: u64| -> Result<_, RunError> {
            let (point, run) = self.place(place);
            let Point {
                settings, sizes, ..
            } = &self.points[point];
            let scores = settings.run(*sizes, run)?;
            Ok(Finished { point, run, scores })
        };
        in_order(threads, finished..self.total_runs(), job, |done| {
            visit(done).map(ControlFlow::Continue)
        })
    }
}

impl Point {
    /// Rows of one run.
    pub fn rows(&self) -> u64 {
        let Sizes {
            observational,
            single,
            joint,
        } = self.sizes;
        observational + self.settings.actions as u64 * single + joint
    }
}

/// `rows` rows a regime on average, `ratio` single-action rows to one observational, and as many
/// joint rows.
fn allocate(actions: usize, rows: u64, ratio: f64) -> Sizes {
    let actions = actions as f64;
    let observational = ((actions + 1.0) * rows as f64 / (actions * ratio + 1.0)).floor();
    Sizes {
        observational: observational as u64,
        single: (ratio * observational).floor() as u64,
        joint: rows,
    }
}

/// The estimators of an experiment where none are chosen.
pub fn default_estimators(name: &str) -> Vec<Estimator> {
    use Estimator::*;
    match name {
        "interaction" | "confounding" => {
            vec![Truth, Constant, Separate, Structured, Joint, JointAdditive]
        }
        "allocation" => vec![Separate, Structured],
        "ratio" | "convergence" => vec![
            Truth,
            Constant,
            Observational,
            Pooled,
            Separate,
            Structured,
            Joint,
            JointAdditive,
        ],
        _ => Estimator::ALL.to_vec(),
    }
}
