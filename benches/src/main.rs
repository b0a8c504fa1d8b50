//! Measures, counts, and writes down what came out.

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Parser, Subcommand};
use joint_effects::write;
use joint_effects_benches::instructions::{Budgets, all};
use joint_effects_benches::results::{Laboratory, measure};
use joint_effects_benches::sections;
use joint_effects_benches::stopwatch::Effort;
use std::env;
use std::path::{Path, PathBuf};
use std::process;

/// Benchmarks of joint-effects and of its peers
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure sections of RESULTS.md
    Results(Results),
    /// Count the instructions of fixed small cases under valgrind
    #[command(subcommand)]
    Instructions(Instructions),
}

#[derive(Args)]
struct Results {
    /// The sections [default: all]
    sections: Vec<String>,
    /// Do everything once and small, into another directory: whether it works
    #[arg(long, value_name = "DIR")]
    trial: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Instructions {
    /// Fail where a count is above its budget
    Check,
    /// Make the counts of now the budgets
    Accept,
    /// Call one case once or several times: what valgrind looks at
    Call {
        /// Its place in the list of cases
        index: usize,
        /// How many calls
        calls: usize,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Results(arguments) => results(&arguments),
        Command::Instructions(Instructions::Check) => check(),
        Command::Instructions(Instructions::Accept) => {
            let counts = Budgets::count(&env::current_exe()?)?;
            Ok(write::json(&Budgets::path(), &counts)?)
        }
        Command::Instructions(Instructions::Call { index, calls }) => {
            let counted = all().into_iter().nth(index);
            let mut work = counted.context("there is no such case")?.work()?;
            (0..calls).for_each(|_| work.call());
            Ok(())
        }
    }
}

fn results(arguments: &Results) -> Result<()> {
    let sections = sections::all();
    let names: Vec<String> = sections.iter().map(|section| section.name.into()).collect();
    let chosen = match arguments.sections.as_slice() {
        [] => &names,
        chosen => chosen,
    };
    if let Some(unknown) = chosen.iter().find(|name| !names.contains(name)) {
        bail!("{unknown}: expected one of {}", names.join(", "));
    }
    let own = env::current_exe()?;
    // Each in a process of its own: Linux counts the memory of whoever starts a program to the peak of that program.
    if chosen.len() > 1 {
        for name in names.iter().filter(|name| chosen.contains(name)) {
            let mut section = process::Command::new(&own);
            section.args(["results", name]);
            if let Some(directory) = &arguments.trial {
                section.arg("--trial").arg(directory);
            }
            ensure!(section.status()?.success(), "section {name} failed");
        }
        return Ok(());
    }
    let program = own.with_file_name("joint-effects");
    let name = program.display();
    ensure!(
        program.is_file(),
        "{name}: not built; benches/run.sh does that"
    );
    let scratch = tempfile::tempdir()?;
    let (effort, directory) = match &arguments.trial {
        Some(directory) => (Effort::TRIAL, directory.as_path()),
        None => (Effort::FULL, Path::new(env!("CARGO_MANIFEST_DIR"))),
    };
    let laboratory = Laboratory {
        effort,
        program,
        own,
        scratch: scratch.path().to_owned(),
    };
    write::directory(directory)?;
    measure(&sections, chosen, &laboratory, directory)
}

fn check() -> Result<()> {
    let budgets = Budgets::read()?;
    let counts = Budgets::count(&env::current_exe()?)?;
    let complaints = budgets.complaints(&counts);
    for complaint in &complaints {
        println!("{complaint}");
    }
    let (all, failed) = (counts.instructions.len(), complaints.len());
    println!("{} passed, {failed} failed", all.saturating_sub(failed));
    if failed > 0 {
        bail!(
            "beyond a budget: where that is meant, run benches/instructions.sh accept and commit"
        );
    }
    Ok(())
}
