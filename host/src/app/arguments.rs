//! The command line: flags as they are typed, with the released code's names as aliases.

mod choices;
mod experiments;
mod numbers;
mod tables;

pub(crate) use experiments::{
    Allocation, Compare, Confounding, Convergence, Experiments, Interaction, Merge, Part, Ratio,
    Simulate, Suite, Violated,
};
pub(crate) use tables::{
    Choose, Diagnose, Export, Fit, Format, Log, Moments, Next, Plan, Predict, Rehearse, RowCosts,
    ScaleChoice, Wanted,
};

use crate::VERSION;
use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Predicts what setting several actions at once will do, from data in which one at a time was set.
#[derive(Debug, Parser)]
#[command(name = "joint-effects", version = VERSION)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// No progress and no notes on standard error, only errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Most memory to take, such as 500MB or 2GiB [default: what there is]
    #[arg(long, global = true, value_name = "SIZE")]
    pub(crate) memory: Option<ByteSize>,
}

/// The form of results on standard output.
#[derive(Debug, Args)]
pub(crate) struct Results {
    /// Results as JSON, not as tables
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare all estimators on random structural causal models
    Compare(Compare),
    /// Vary the ratio of single-action to observational rows
    Ratio(Ratio),
    /// Vary the number of rows
    Convergence(Convergence),
    /// Violate additivity by degrees
    Interaction(Interaction),
    /// Give two actions a common hidden cause by degrees
    Confounding(Confounding),
    /// Find the best split of a budget of rows, for different numbers of actions
    Allocation(Allocation),
    /// Put the shards of an experiment together, which were run with --shard
    Merge(Merge),
    /// Run all experiments
    Suite(Suite),
    /// Write the data of one random structural causal model as tables
    Simulate(Simulate),
    /// Fit a table of observational and interventional rows
    Fit(Fit),
    /// Summarise a table as the moments that a fit needs of it
    Moments(Moments),
    /// Tell what a table can and cannot tell: spreads, overlaps, influences, and what to beware of
    Diagnose(Diagnose),
    /// Plan how many rows of each regime to collect, from a pilot
    ///
    /// With --block, the rows of each regime are taken to be in the blocks of the pilot's rows, in the same
    /// proportions.
    Plan(Plan),
    /// Tell which regime to collect more rows of, for the best setting to be known better
    ///
    /// With --block, more rows of a regime are taken to be in the blocks of its rows, in the same proportions.
    Next(Next),
    /// Try the method on a table whose outcomes are drawn anew from known effects
    ///
    /// With --block, rows stay in their blocks, whose shifts are drawn anew too.
    Rehearse(Rehearse),
    /// Choose the setting of all actions that is best by a model
    Choose(Choose),
    /// Predict the effect of setting actions, for the rows of a table
    Predict(Predict),
    /// Write the effect of setting actions as code or bytes for a device
    Export(Export),
    /// Write the completions of a shell to standard output
    Completions(Completions),
    /// Write the pages of the manual
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Directory that gets a page of the program and one of each command
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
}
