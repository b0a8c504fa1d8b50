//! `convergence` as far as the paper went.

use crate::markdown::{Table, figures};
use crate::process::{self, Usage};
use crate::results::{Asked, Laboratory, Section};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::thread;

/// The section.
pub struct Convergence;

/// Runs of the whole experiment.
const WHOLE: u64 = 100;

/// The part that was measured.
#[derive(Serialize, Deserialize)]
pub struct Data {
    runs: u64,
    threads: usize,
    usage: Usage,
}

impl Section for Convergence {
    type Data = Data;
    const NAME: &str = "convergence";
    const TITLE: &str = "`convergence` to 10,000,000 rows";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        let threads = thread::available_parallelism()?.get();
        let runs = threads as u64;
        let mut command = Command::new(&laboratory.program);
        command.args(["convergence", "--runs", &runs.to_string()]);
        command.args(["--threads", &threads.to_string()]);
        command
            .arg("--output")
            .arg(laboratory.scratch.join("convergence"));
        if laboratory.effort.is_trial() {
            command.args(["--totals", "1000"]);
        }
        let usage = process::run(&mut command)?.usage;
        Ok(Data {
            runs,
            threads,
            usage,
        })
    }

    fn text(data: &Data) -> String {
        let projected = WHOLE as f64 / data.runs as f64;
        let mut table = Table::new(["", "measured", "projected"]);
        let Usage { cpu, wall, memory } = data.usage;
        let runs = [data.runs.to_string(), WHOLE.to_string()];
        let [measured, all] = runs;
        table.row(["runs".into(), measured, all]);
        table.row(["CPU, s".into(), figures(cpu), figures(cpu * projected)]);
        table.row([
            "from start to end, s".into(),
            figures(wall),
            figures(wall * projected),
        ]);
        let megabytes = figures(memory as f64 / 1e6);
        table.row(["peak memory, MB".into(), megabytes.clone(), megabytes]);
        format!(
            "All nine totals from 1,000 to 10,000,000 rows, {} threads. Every run takes as long as \
             another, and none keeps a row, so the whole is the measured part times as many runs, in \
             the same memory.\n\n{table}",
            data.threads
        )
    }

    fn asked(data: &Data) -> Vec<Asked> {
        let megabytes = data.usage.memory as f64 / 1e6;
        vec![Asked::at_most(
            "peak memory of `convergence` to 10⁷ rows, MB",
            64.0,
            megabytes,
        )]
    }
}
