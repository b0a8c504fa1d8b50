//! Measures everything and writes `RESULTS.md`.

use anyhow::{Context, Result, ensure};
use clap::Parser;
use joint_effects_benches::results::{Laboratory, measure};
use joint_effects_benches::sections;
use joint_effects_benches::stopwatch::Effort;
use std::env;
use std::path::{Path, PathBuf};

/// Measures sections of RESULTS.md
#[derive(Parser)]
struct Arguments {
    /// The sections [default: all]
    sections: Vec<String>,
    /// Do everything once and small, into another directory: whether it works
    #[arg(long, value_name = "DIR")]
    trial: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let sections = sections::all();
    let names: Vec<String> = sections
        .iter()
        .map(|section| section.name.to_owned())
        .collect();
    let chosen = if arguments.sections.is_empty() {
        &names
    } else {
        &arguments.sections
    };
    if let Some(unknown) = chosen.iter().find(|name| !names.contains(name)) {
        anyhow::bail!("{unknown}: expected one of {}", names.join(", "));
    }
    let own = env::current_exe()?;
    let scratch = tempfile::tempdir()?;
    let laboratory = Laboratory {
        effort: if arguments.trial.is_some() {
            Effort::TRIAL
        } else {
            Effort::FULL
        },
        program: own.with_file_name("joint-effects"),
        instructions: own.with_file_name("instructions"),
        scratch: scratch.path().to_owned(),
    };
    for program in [&laboratory.program, &laboratory.instructions] {
        let name = program.display();
        ensure!(
            program.is_file(),
            "{name}: not built; benches/run.sh does that"
        );
    }
    let directory = match &arguments.trial {
        Some(directory) => directory.as_path(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")),
    };
    std::fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    measure(&sections, chosen, &laboratory, directory)
}
