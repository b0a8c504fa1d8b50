//! The program `joint-effects`, and what it needs besides the library: experiments, pictures, reports.
//!
//! # Experiments
//!
//! How far is every estimator from the truth? A random structural causal model ([`lab::scm`]) stands in
//! for the world, since its true effect is known. [`run_experiment`](lab::experiment::run_experiment)
//! trains the estimators on rows of it and scores them on rows in which all actions were set.
//!
//! ```
//! use joint_effects::{run_experiment, sample_polynomial_scm};
//!
//! let (actions, rows, seed) = (5, 1_000, 0);
//! let scm = sample_polynomial_scm(actions, seed)?;
//! for score in run_experiment(&scm, rows, seed)? {
//!     println!(
//!         "{:15} RMSE to outcomes {:.4}, to the true effect {:.4}",
//!         score.estimator.name(), score.rmse, score.excess
//!     );
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Settings`](lab::experiment::Settings) has the degree, the penalty and the estimators;
//! [`experiments`](lab::experiments) has many runs at several points, on several threads, and
//! [`summary`](lab::summary) their averages.

mod arguments;
mod commands;
mod help;
pub mod lab;
mod parallel;
pub mod plot;
pub mod report;

use crate::memory;
use crate::write::WriteError;
use arguments::{Arguments, Command};
use clap::FromArgMatches;
use clap::error::ErrorKind;
use std::io::{self, Write};
use std::process::ExitCode;

/// Exit code of bad input, and of the command line's own errors.
const BAD_INPUT: u8 = 2;

/// Runs the program, and tells the shell how it went.
pub fn main() -> ExitCode {
    let parsed = help::command().try_get_matches();
    let arguments = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    if arguments.quiet {
        commands::be_quiet();
    }
    if let Some(most) = arguments.memory {
        memory::limit(most.as_u64());
    }
    match run(&arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            commands::complain(format_args!("error: {error:#}"));
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Runs a command.
fn run(command: &Command) -> anyhow::Result<()> {
    commands::interrupt::prepare()?;
    match command {
        Command::Compare(arguments) => commands::experiment::compare(arguments),
        Command::Ratio(arguments) => commands::experiment::ratio(arguments),
        Command::Convergence(arguments) => commands::experiment::convergence(arguments),
        Command::Interaction(arguments) => commands::experiment::interaction(arguments),
        Command::Confounding(arguments) => commands::experiment::confounding(arguments),
        Command::Allocation(arguments) => commands::experiment::allocation(arguments),
        Command::Merge(arguments) => commands::experiment::merge(arguments),
        Command::Suite(arguments) => commands::experiment::suite(arguments),
        Command::Simulate(arguments) => commands::simulate::run(arguments),
        Command::Fit(arguments) => commands::fit::run(arguments),
        Command::Moments(arguments) => commands::moments::run(arguments),
        Command::Diagnose(arguments) => commands::diagnose::run(arguments),
        Command::Plan(arguments) => commands::plan::run(arguments),
        Command::Next(arguments) => commands::next::run(arguments),
        Command::Rehearse(arguments) => commands::rehearse::run(arguments),
        Command::Choose(arguments) => commands::choose::run(arguments),
        Command::Predict(arguments) => commands::predict::run(arguments),
        Command::Export(arguments) => commands::export::run(arguments),
        Command::Completions(arguments) => commands::completions::run(arguments),
        Command::Man(arguments) => commands::man::run(arguments),
    }
}

/// Whether whoever reads the results has had enough of them, as `head` has.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = match cause.downcast_ref().map(csv::Error::kind) {
            Some(csv::ErrorKind::Io(error)) => Some(error),
            _ => match cause.downcast_ref() {
                Some(WriteError { cause, .. }) => Some(cause),
                None => cause.downcast_ref(),
            },
        };
        cause.is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Says what is wrong with the command line in one line, as of all bad input; help and the version
/// are no errors.
fn refuse(error: &clap::Error) -> ExitCode {
    let asked_for = !error.use_stderr();
    if asked_for || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return match error.print().and_then(|()| io::stdout().flush()) {
            Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
                commands::complain(format_args!("error: standard output: {cause}"));
                ExitCode::from(BAD_INPUT)
            }
            _ if asked_for => ExitCode::SUCCESS,
            _ => ExitCode::from(BAD_INPUT),
        };
    }
    let message = error.to_string();
    let paragraphs = message.split("\n\n").map(str::trim);
    let said = paragraphs.take_while(|text| !text.starts_with("Usage:"));
    let said = said.filter(|text| !text.starts_with("For more information"));
    let lines = said.map(|text| text.lines().map(str::trim).collect::<Vec<_>>().join(" "));
    commands::complain(lines.collect::<Vec<_>>().join("; "));
    ExitCode::from(BAD_INPUT)
}
