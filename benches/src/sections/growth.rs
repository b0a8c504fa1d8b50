//! How the cost of a run of `compare` grows.

use crate::experiments::{all_runs, compare, one_run};
use crate::markdown::{Table, figures};
use crate::results::{Laboratory, Section};
use crate::stopwatch::{interleave, median, ratio};
use crate::work::Work;
use anyhow::Result;
use joint_effects::app::lab::experiment::Estimator;
use joint_effects_kernel::features::monomials;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The section.
pub struct Growth;

/// Rows of every regime, actions and degree where they are not what grows.
const ROWS: u64 = 10_000;
const ACTIONS: usize = 5;
const DEGREE: usize = 3;

/// Runs that are shared among threads.
const RUNS: u64 = 16;

/// One run of all estimators.
#[derive(Serialize, Deserialize)]
pub struct Run {
    actions: usize,
    degree: usize,
    rows: u64,
    seconds: f64,
}

/// What grows.
#[derive(Serialize, Deserialize)]
pub struct Data {
    rows: Vec<Run>,
    actions: Vec<Run>,
    degree: Vec<Run>,
    /// Threads, and the seconds from start to end of each round.
    threads: Vec<(usize, Vec<f64>)>,
}

impl Section for Growth {
    type Data = Data;
    const NAME: &str = "growth";
    const TITLE: &str = "How the cost of a run grows";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        let is_trial = laboratory.effort.is_trial();
        let cut = |sizes: &[u64]| sizes[..if is_trial { 1 } else { sizes.len() }].to_vec();
        let rows = if is_trial { 1_000 } else { ROWS };
        let measure = |actions: usize, degree: usize, rows: u64| {
            let experiment = compare(actions, degree, rows, 1, &Estimator::ALL);
            let work = Work::new(1, None, || one_run(&experiment));
            let seconds = interleave(&mut [work], laboratory.effort);
            Run {
                actions,
                degree,
                rows,
                seconds: median(&seconds[0]),
            }
        };
        let sizes = cut(&[1_000, 10_000, 100_000, 1_000_000]);
        let by_rows = sizes.into_iter().map(|rows| measure(ACTIONS, DEGREE, rows));
        let sizes = cut(&[2, 3, 5, 8, 10]);
        let by_actions = sizes.into_iter().map(|k| measure(k as usize, DEGREE, rows));
        let sizes = cut(&[1, 2, 3, 4, 5]);
        let by_degree = sizes
            .into_iter()
            .map(|degree| measure(ACTIONS, degree as usize, rows));
        Ok(Data {
            rows: by_rows.collect(),
            actions: by_actions.collect(),
            degree: by_degree.collect(),
            threads: by_threads(laboratory, rows),
        })
    }

    fn text(data: &Data) -> String {
        let table = |runs: &[Run], what: &str, value: fn(&Run) -> f64| {
            let mut table = Table::new([what, "monomials", "ms a run", "times the one before"]);
            let mut before = None;
            for run in runs {
                let terms = monomials::count(run.actions, run.degree);
                table.row([
                    figures(value(run)),
                    figures(terms as f64),
                    figures(1e3 * run.seconds),
                    before.map_or("–".into(), |before: f64| figures(run.seconds / before)),
                ]);
                before = Some(run.seconds);
            }
            table
        };
        let mut threads = Table::new([
            "threads",
            "seconds from start to end",
            "times as fast as one",
        ]);
        for (count, seconds) in &data.threads {
            threads.row([
                count.to_string(),
                figures(median(seconds)),
                figures(ratio(&data.threads[0].1, seconds)),
            ]);
        }
        format!(
            "One run of all estimators: K = {ACTIONS}, degree {DEGREE}, {} rows of every regime, but \
             for what grows.\n\n{}\n{}\n{}\n{RUNS} runs shared among threads:\n\n{threads}",
            figures(data.actions.first().map_or(f64::NAN, |run| run.rows as f64)),
            table(&data.rows, "rows of a regime", |run| run.rows as f64),
            table(&data.actions, "actions", |run| run.actions as f64),
            table(&data.degree, "degree", |run| run.degree as f64),
        )
    }
}

/// Rounds of wall-clock time on one thread and on two.
fn by_threads(laboratory: &Laboratory, rows: u64) -> Vec<(usize, Vec<f64>)> {
    let experiment = compare(ACTIONS, DEGREE, rows, RUNS, &Estimator::ALL);
    let mut threads = vec![(1, Vec::new()), (2, Vec::new())];
    for _ in 0..laboratory.effort.at_most(7).rounds {
        for (count, seconds) in &mut threads {
            let begun = Instant::now();
            all_runs(&experiment, *count);
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    threads
}
