//! Counts the instructions of fixed small cases under valgrind, and holds them against budgets.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use joint_effects::write;
use joint_effects_benches::instructions::{Budgets, all};
use std::env;

/// Instructions of fixed small cases
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fails where a count is above its budget
    Check,
    /// Makes the counts of now the budgets
    Accept,
    /// Makes one call or several of a case; what valgrind is told to look at
    Run {
        /// Its place in the list of cases
        index: usize,
        /// How many calls
        calls: usize,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Check => check(),
        Command::Accept => {
            let counts = Budgets::count(&env::current_exe()?)?;
            Ok(write::json(&Budgets::path(), &counts)?)
        }
        Command::Run { index, calls } => {
            let counted = all()
                .into_iter()
                .nth(index)
                .context("there is no such case")?;
            let mut work = counted.work()?;
            (0..calls).for_each(|_| work.call());
            Ok(())
        }
    }
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
            "above the budget: where that is meant, run benches/instructions.sh accept and commit"
        );
    }
    Ok(())
}
