//! `compare` beside the same fits by scikit-learn.

use crate::markdown::{Table, figures};
use crate::process::{self, Usage};
use crate::results::{Asked, Laboratory, Section};
use crate::stopwatch::{median, ratio};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;

/// The section.
pub struct Compare;

/// The estimators that the released command's thirteen fits serve.
const RELEASED: &str = "separate,joint,pooled-released";

/// CPU seconds and bytes that one run of the released command took on a machine of this kind.
const RELEASED_SECONDS: f64 = 5.5;
const RELEASED_BYTES: f64 = 195e6;

/// Everything once, in turn.
#[derive(Serialize, Deserialize)]
pub struct Round {
    /// `None` where it cannot be installed.
    scikit_learn: Option<Fits>,
    /// `compare` with defaults, one thread.
    program: Usage,
    /// The same on two threads.
    two_threads: Usage,
    /// One thread, [`RELEASED`] alone.
    released: Usage,
}

/// What the script prints.
#[derive(Serialize, Deserialize)]
pub struct Fits {
    versions: String,
    /// CPU seconds of the fits and predictions of one run.
    cpu: f64,
    /// The most memory, in bytes.
    memory: u64,
}

/// All rounds.
#[derive(Serialize, Deserialize)]
pub struct Data {
    runs: u64,
    rounds: Vec<Round>,
}

impl Data {
    /// One number of every round.
    fn each(&self, number: impl Fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(number).collect()
    }

    /// One number of scikit-learn's, NaN where there is none.
    fn theirs(&self, number: impl Fn(&Fits) -> f64) -> Vec<f64> {
        self.each(|round| round.scikit_learn.as_ref().map_or(f64::NAN, &number))
    }

    fn by_run(&self, number: impl Fn(&Round) -> f64) -> Vec<f64> {
        self.each(|round| number(round) / self.runs as f64)
    }

    /// How many times less CPU the program takes, with defaults and with the released estimators.
    fn factors(&self) -> [f64; 2] {
        let theirs = self.theirs(|fits| fits.cpu);
        [
            ratio(&theirs, &self.by_run(|round| round.program.cpu)),
            ratio(&theirs, &self.by_run(|round| round.released.cpu)),
        ]
    }

    fn threads(&self) -> f64 {
        let one = self.each(|round| round.program.wall);
        ratio(&one, &self.each(|round| round.two_threads.wall))
    }
}

impl Section for Compare {
    type Data = Data;
    const NAME: &str = "compare";
    const TITLE: &str = "`compare` beside scikit-learn";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        let is_trial = laboratory.effort.is_trial();
        let runs = if is_trial { 1 } else { 100 };
        let program = |threads: &str, more: &[&str]| {
            let mut command = Command::new(&laboratory.program);
            command
                .arg("compare")
                .args(["--runs", &runs.to_string(), "--threads", threads]);
            command
                .arg("--output")
                .arg(laboratory.scratch.join("compare"))
                .args(more);
            process::run(&mut command).map(|done| done.usage)
        };
        let round = || {
            Ok(Round {
                scikit_learn: scikit_learn(if is_trial { 100 } else { 10_000 })?,
                program: program("1", &[])?,
                two_threads: program("2", &[])?,
                released: program("1", &["--estimators", RELEASED])?,
            })
        };
        // One more, not kept, which warms the machine up.
        let rounds = laboratory.effort.at_most(5).rounds;
        let all: Result<Vec<_>> = (0..=rounds).map(|_| round()).collect();
        let rounds = all?.split_off(1);
        Ok(Data { runs, rounds })
    }

    fn text(data: &Data) -> String {
        let [defaults, released] = data.factors();
        let mut table = Table::new(["one run", "CPU ms", "peak memory, MB", "scikit-learn ÷ it"]);
        let megabytes = |bytes: Vec<f64>| figures(median(&bytes) / 1e6);
        table.row([
            "13 grid searches by scikit-learn".into(),
            figures(1e3 * median(&data.theirs(|fits| fits.cpu))),
            megabytes(data.theirs(|fits| fits.memory as f64)),
            figures(1.0),
        ]);
        table.row([
            "`compare`, all estimators".into(),
            figures(1e3 * median(&data.by_run(|round| round.program.cpu))),
            megabytes(data.each(|round| round.program.memory as f64)),
            figures(defaults),
        ]);
        table.row([
            format!("`compare --estimators {RELEASED}`"),
            figures(1e3 * median(&data.by_run(|round| round.released.cpu))),
            megabytes(data.each(|round| round.released.memory as f64)),
            figures(released),
        ]);
        let fits = data
            .rounds
            .first()
            .and_then(|round| round.scikit_learn.as_ref());
        let versions = fits.map_or("which could not be installed here", |fits| &fits.versions);
        format!(
            "`sklearn_fits.py` ({versions}, one BLAS thread) makes the fits of one run of the paper's \
             released command: 13 grid searches of `PolynomialFeatures(3)`, `StandardScaler` and \
             `Ridge` over 8 penalties and 3 folds, 7 of 8,000 rows and 6 of 10,000, and their \
             predictions; its rows are drawn and its modules loaded before the clock starts. `compare` \
             draws its rows, fits and scores, {runs} runs a process, its start included. Every number \
             is a median of {rounds} rounds in which each has its turn; CPU is the user's and the \
             system's. The released command itself, which is in no registry, was once measured at {} \
             CPU seconds a run and {} MB.\n\n{table}\nOn two threads `compare` is {} times as fast as \
             on one ({} s and {} s from start to end).",
            figures(RELEASED_SECONDS),
            figures(RELEASED_BYTES / 1e6),
            figures(data.threads()),
            figures(median(&data.each(|round| round.two_threads.wall))),
            figures(median(&data.each(|round| round.program.wall))),
            runs = data.runs,
            rounds = data.rounds.len(),
        )
    }

    fn asked(data: &Data) -> Vec<Asked> {
        let [defaults, _] = data.factors();
        vec![
            Asked::at_least(
                "CPU of scikit-learn's fits ÷ `compare`'s, a run",
                300.0,
                defaults,
            ),
            Asked::at_least(
                "`compare` on two threads, times as fast as on one",
                1.8,
                data.threads(),
            ),
        ]
    }
}

/// `None`, and a line that says so, where it cannot be installed.
fn scikit_learn(rows: usize) -> Result<Option<Fits>> {
    const UNAVAILABLE: i32 = 69;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("sklearn_fits.sh");
    let mut command = Command::new(script);
    let done = process::finish(command.arg(rows.to_string()))?;
    if done.status.code() == Some(UNAVAILABLE) {
        println!(
            "scikit-learn NOT compared: {}",
            done.notes.trim().replace('\n', "; ")
        );
        return Ok(None);
    }
    let fits = serde_json::from_str(&done.successful()?.output);
    fits.map(Some)
        .context("sklearn_fits.sh: expected its measurements")
}
