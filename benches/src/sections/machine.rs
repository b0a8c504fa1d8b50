//! The machine, and the most that one of its cores does.

use crate::float::Precision;
use crate::markdown::{Table, figures};
use crate::peak::peak;
use crate::process::first_line;
use crate::results::{Laboratory, Section, processor};
use crate::stopwatch::{interleave, median};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fs;
use std::thread;

/// The section.
pub struct Machine;

/// What the machine is.
#[derive(Serialize, Deserialize)]
pub struct Data {
    processor: String,
    cores: usize,
    memory: String,
    system: String,
    compiler: String,
    /// Those of its vector instructions that matter here.
    flags: Vec<String>,
    /// Operations a second of one core, in each precision.
    peaks: Vec<(Precision, f64)>,
}

const FLAGS: [&str; 6] = ["sse2", "avx", "avx2", "fma", "avx512f", "avx512vl"];

impl Section for Machine {
    type Data = Data;
    const NAME: &str = "machine";
    const TITLE: &str = "The machine";

    fn measure(laboratory: &Laboratory) -> Result<Data> {
        let description = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let known = description.lines().find(|line| line.starts_with("flags"));
        let known: Vec<&str> = known.unwrap_or_default().split_whitespace().collect();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let memory = memory.lines().next().and_then(|line| line.split_once(':'));
        let mut works = Precision::BOTH.map(peak);
        let seconds = interleave(&mut works, laboratory.effort);
        let peaks = Precision::BOTH.into_iter().zip(works).zip(&seconds);
        Ok(Data {
            processor: processor(),
            cores: thread::available_parallelism()?.get(),
            memory: memory.map_or(String::new(), |(_, size)| size.trim().into()),
            system: first_line("uname", &["-srm"]),
            compiler: first_line("rustc", &["--version"]),
            flags: FLAGS
                .iter()
                .filter(|flag| known.contains(flag))
                .map(|&f| f.into())
                .collect(),
            peaks: peaks
                .map(|((precision, work), seconds)| {
                    (
                        precision,
                        work.operations.unwrap_or(f64::NAN) / median(seconds),
                    )
                })
                .collect(),
        })
    }

    fn text(data: &Data) -> String {
        let mut table = Table::new(["", ""]);
        for (name, value) in [
            ("processor", &data.processor),
            ("cores", &data.cores.to_string()),
            ("vector instructions", &data.flags.join(" ")),
            ("memory", &data.memory),
            ("system", &data.system),
            ("compiler", &data.compiler),
        ] {
            table.row([name.into(), value.clone()]);
        }
        for (precision, peak) in &data.peaks {
            let peak = format!("{} GFLOP/s", figures(peak / 1e9));
            table.row([format!("peak of one core, {precision}"), peak]);
        }
        format!(
            "The peak is that of a loop of independent fused multiply–adds in registers, with the \
             instructions that the program chooses on this processor.\n\n{table}"
        )
    }
}
