//! Scores of many runs, and what is reported of them: `summary.json`, and a table.

use crate::app::lab::experiment::{Claims, Estimator, Score};
use crate::app::lab::experiments::{Experiment, Finished};
use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// Mean and standard error of the mean of one number over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; 0 for one run.
    pub sem: f64,
}

impl Average {
    /// Of at least one value.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sem = (squares / (n - 1.0).max(1.0) / n).sqrt();
        Self { mean, sem }
    }
}

/// One estimator at one point, over all runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AverageScore {
    /// The values of the experiment's parameters, by name.
    #[serde(flatten)]
    pub parameters: Map<String, Value>,
    /// Whose scores.
    pub estimator: Estimator,
    /// Number of runs.
    pub runs: usize,
    /// RMSE against noisy outcomes, mean over runs.
    pub rmse_mean: f64,
    /// Its standard error.
    pub rmse_sem: f64,
    /// RMSE against the true effect, mean over runs.
    pub excess_mean: f64,
    /// Its standard error.
    pub excess_sem: f64,
    /// RMSE against the true effect, median over runs.
    pub excess_median: f64,
    /// Share of joint rows at which the 95 % interval holds the true effect, mean over runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_mean: Option<f64>,
    /// Share of runs in which the interacting pair was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair_found: Option<f64>,
    /// Pairs found that do not interact, mean over runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_pairs: Option<f64>,
    /// Share of runs in which the data were seen to contradict the assumptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<f64>,
}

impl AverageScore {
    /// A parameter that is a count.
    fn count(&self, name: &str) -> Option<u64> {
        self.parameters.get(name)?.as_u64()
    }
}

/// How many joint rows are worth as much as the rows of an estimator that has none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equivalent {
    /// The estimator.
    pub estimator: Estimator,
    /// The rows it had.
    pub total_rows: u64,
    /// The rows with which `joint` has the same median excess, by interpolation of the logarithms;
    /// `None` outside what was measured.
    pub joint_rows: Option<f64>,
}

/// The best split of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestRatio {
    /// Whose.
    pub estimator: Estimator,
    /// Number of actions, K.
    pub actions: u64,
    /// Rows of a single-action regime to observational rows, where the median excess is least.
    pub ratio: f64,
    /// Where the variance of `separate` is least: 1 / (K − 1).
    pub theory_for_separate: f64,
}

/// `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The command.
    pub experiment: Cow<'static, str>,
    /// What it was asked.
    pub settings: Value,
    /// One row a point and estimator.
    pub rows: Vec<AverageScore>,
    /// How many joint rows are worth as much, after `convergence`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equivalents: Vec<Equivalent>,
    /// The best split for every number of actions, after `allocation`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best_ratios: Vec<BestRatio>,
}

impl Summary {
    /// Of finished runs.
    pub fn new(experiment: &Experiment, finished: &[Finished]) -> Self {
        let rows = summarise(experiment, finished);
        let of = [Estimator::Separate, Estimator::Structured];
        Self {
            experiment: experiment.name.clone(),
            settings: experiment.settings.clone().into(),
            equivalents: of.map(|of| equivalents(&rows, of)).concat(),
            best_ratios: of.map(|of| best_ratios(&rows, of)).concat(),
            rows,
        }
    }

    /// The rows.
    pub fn table(&self) -> Table {
        let parameters = self.rows.first().map(|row| &row.parameters);
        let parameters: Vec<&str> = parameters
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str)
            .collect();
        let structured = self.rows.iter().any(|row| row.coverage_mean.is_some());
        let pairs = self.rows.iter().any(|row| row.pair_found.is_some());
        let noticed = self.rows.iter().any(|row| row.noticed.is_some());
        let mut header = parameters.clone();
        header.extend([
            "estimator",
            "RMSE to outcomes",
            "RMSE to true effect",
            "median",
        ]);
        header.extend(structured.then_some("95% intervals hold"));
        header.extend(pairs.then_some("pair found"));
        header.extend(structured.then_some("false pairs"));
        header.extend(noticed.then_some("noticed"));
        let mut table = Table::new();
        table.load_preset(presets::NOTHING).set_header(header);
        let optional =
            |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
        for row in &self.rows {
            let mut cells: Vec<String> = row.parameters.values().map(Value::to_string).collect();
            cells.extend([
                row.estimator.name().to_string(),
                format!("{:.4} ± {:.4}", row.rmse_mean, row.rmse_sem),
                format!("{:.4} ± {:.4}", row.excess_mean, row.excess_sem),
                format!("{:.4}", row.excess_median),
            ]);
            cells.extend(structured.then(|| optional(row.coverage_mean)));
            cells.extend(pairs.then(|| optional(row.pair_found)));
            cells.extend(structured.then(|| optional(row.false_pairs)));
            cells.extend(noticed.then(|| optional(row.noticed)));
            table.add_row(cells);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            if index != parameters.len() {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }
}

/// Averages over the runs of each point.
fn summarise(experiment: &Experiment, finished: &[Finished]) -> Vec<AverageScore> {
    let mut rows = Vec::new();
    for (index, point) in experiment.points.iter().enumerate() {
        let runs: Vec<_> = finished.iter().filter(|done| done.point == index).collect();
        let names = experiment.parameters.iter().map(|name| name.to_string());
        let values = point.values.iter().map(|&value| number(value));
        let parameters: Map<_, _> = names.zip(values).collect();
        let estimators = runs.first().map_or(0, |run| run.scores.len());
        for position in 0..estimators {
            let scores: Vec<&Score> = runs.iter().map(|run| &run.scores[position]).collect();
            rows.push(average(parameters.clone(), &scores));
        }
    }
    rows
}

/// A number as JSON writes it: without a fraction where it has none.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

fn average(parameters: Map<String, Value>, scores: &[&Score]) -> AverageScore {
    let of = |value: fn(&Score) -> f64| scores.iter().map(|score| value(score)).collect::<Vec<_>>();
    let claimed = |value: fn(&Claims) -> Option<f64>| {
        let claims = scores.iter().filter_map(|score| score.claims.as_ref());
        let values: Option<Vec<f64>> = claims.map(value).collect();
        values
            .filter(|values| !values.is_empty())
            .map(|values| Average::of(&values).mean)
    };
    let rmse = Average::of(&of(|score| score.rmse));
    let mut excess = of(|score| score.excess);
    let average = Average::of(&excess);
    excess.sort_by(f64::total_cmp);
    let middle = excess.len() / 2;
    AverageScore {
        parameters,
        estimator: scores[0].estimator,
        runs: scores.len(),
        rmse_mean: rmse.mean,
        rmse_sem: rmse.sem,
        excess_mean: average.mean,
        excess_sem: average.sem,
        excess_median: (excess[middle] + excess[(excess.len() - 1) / 2]) / 2.0,
        coverage_mean: claimed(|claims| Some(claims.coverage)),
        pair_found: claimed(|claims| claims.pair_found.map(share_of_one)),
        false_pairs: claimed(|claims| Some(claims.false_pairs as f64)),
        noticed: claimed(|claims| claims.noticed.map(share_of_one)),
    }
}

fn share_of_one(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}

/// For every total of rows, the total at which `joint` has the same median excess.
fn equivalents(rows: &[AverageScore], estimator: Estimator) -> Vec<Equivalent> {
    let curve = |of: Estimator| {
        let rows = rows.iter().filter(move |row| row.estimator == of);
        rows.filter_map(|row| Some((row.count("total_rows")?, row.excess_median)))
    };
    let joint = curve(Estimator::Joint).map(|(total, excess)| (total as f64, excess));
    let joint: Vec<_> = joint.collect();
    if joint.is_empty() {
        return Vec::new();
    }
    let interpolate = |excess: f64| {
        joint.windows(2).find_map(|pair| {
            let [(low, worse), (high, better)] = pair else {
                return None;
            };
            let share = (worse / excess).ln() / (worse / better).ln();
            (0.0..=1.0)
                .contains(&share)
                .then(|| low * (high / low).powf(share))
        })
    };
    let equivalents = curve(estimator).map(|(total_rows, excess)| Equivalent {
        estimator,
        total_rows,
        joint_rows: interpolate(excess),
    });
    equivalents.collect()
}

/// For every number of actions, the ratio of the least median excess.
fn best_ratios(rows: &[AverageScore], estimator: Estimator) -> Vec<BestRatio> {
    let mut best = BTreeMap::new();
    for row in rows.iter().filter(|row| row.estimator == estimator) {
        let ratio = row.parameters.get("ratio").and_then(Value::as_f64);
        if let (Some(actions), Some(ratio)) = (row.count("actions"), ratio) {
            let least = best.entry(actions).or_insert((row.excess_median, ratio));
            if row.excess_median < least.0 {
                *least = (row.excess_median, ratio);
            }
        }
    }
    let best = best.into_iter().map(|(actions, (_, ratio))| BestRatio {
        estimator,
        actions,
        ratio,
        theory_for_separate: 1.0 / (actions as f64 - 1.0),
    });
    best.collect()
}

impl Display for Summary {
    /// For people: a table, then what it shows.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.table())?;
        for equivalent in &self.equivalents {
            let name = equivalent.estimator.name();
            let total = equivalent.total_rows;
            match equivalent.joint_rows {
                Some(joint) => write!(
                    out,
                    "\n{name} with {total} rows is as near (median) as joint with {joint:.0}: {:.2} \
                     times the rows",
                    total as f64 / joint
                ),
                None => write!(
                    out,
                    "\n{name} with {total} rows: joint was never as near or far"
                ),
            }?;
        }
        for best in &self.best_ratios {
            write!(
                out,
                "\n{}, K = {}: best at n_single / n_obs = {} (theory for separate: {:.2})",
                best.estimator.name(),
                best.actions,
                best.ratio,
                best.theory_for_separate,
            )?;
        }
        Ok(())
    }
}
