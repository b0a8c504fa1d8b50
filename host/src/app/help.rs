//! What `--help` shows: the commands under headings, and an example of each.

use crate::app::arguments::Arguments;
use clap::{Command, CommandFactory};

/// Examples of the commands, under the headings of `--help` and in its order; an example begins with the
/// command's name.
const GROUPS: [(&str, &[&str]); 4] = [
    (
        "From rows to a prediction",
        &[
            "diagnose data.csv --outcome y",
            "fit data.csv --outcome y --output model.json",
            "predict model.json test.csv --output predictions.csv",
            "moments data.csv --outcome y --output data.moments",
            "export model.json --format c --output model.h",
        ],
    ),
    (
        "From a prediction to a decision",
        &[
            "choose model.json --maximise",
            "plan data.csv --outcome y --budget 60000",
            "next data.csv --outcome y --maximise --rows 500",
            "rehearse data.csv --outcome y --repetitions 2",
        ],
    ),
    (
        "Study the method on simulated models",
        &[
            "simulate --actions 3 --rows 2000 --output .",
            "compare --rows 1000 --runs 20",
            "ratio --rows 500 --runs 5 --ratios 0.2,1,5",
            "convergence --runs 5 --totals 1000,10000",
            "interaction --runs 5 --strengths 0,0.2",
            "confounding --runs 5 --correlations 0,0.5",
            "allocation --rows 100 --runs 2",
            "suite --output output/suite",
            "merge shard-1 shard-2 --output output/compare",
        ],
    ),
    (
        "About the program",
        &["completions bash", "man --output man"],
    ),
];

/// Where someone begins who has not used the program yet.
const START: [(&str, &str); 4] = [
    (
        "simulate --actions 3 --output .",
        "a table to try it with: data.csv, test.csv",
    ),
    (
        "diagnose data.csv --outcome y",
        "what a table can and cannot say",
    ),
    (
        "fit data.csv --outcome y",
        "a model, model.json, and a page about it",
    ),
    (
        "predict model.json test.csv",
        "what setting the actions of each row does",
    ),
];

/// The command line with its help.
pub(crate) fn command() -> Command {
    let program = Arguments::command();
    let name = program.get_name().to_string();
    let header = *program.get_styles().get_header();
    let literal = *program.get_styles().get_literal();
    let heading = |text: &str| format!("{header}{text}:{header:#}\n");

    let mut commands = String::new();
    for (title, examples) in GROUPS {
        commands += &heading(title);
        for command in examples.iter().map(|example| name_of(example)) {
            let about = program
                .find_subcommand(command)
                .and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            commands += &format!("  {literal}{command:13}{literal:#}{about}\n");
        }
        commands += "\n";
    }
    let mut start = heading("Where to start");
    for (command, about) in START {
        start += &format!("  {literal}{name} {command:34}{literal:#}{about}\n");
    }
    start += &format!("\n{name} COMMAND --help shows the options of a command, and an example.");

    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{commands}{header}Options:{header:#}\n{{options}}{{after-help}}"
    );
    let examples = GROUPS.iter().flat_map(|(_, examples)| *examples);
    examples.fold(
        program.help_template(template).after_help(start),
        |program, example| {
            program.mut_subcommand(name_of(example), |command| {
                command.after_help(format!("{}  {name} {example}", heading("Example")))
            })
        },
    )
}

/// The command that an example is of.
fn name_of(example: &str) -> &str {
    example.split(' ').next().unwrap_or(example)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a command finds out here that it has no place in the help.
    #[test]
    fn every_command_stands_under_one_heading() {
        let program = Arguments::command();
        let mut commands: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
        let examples = GROUPS.iter().flat_map(|(_, examples)| *examples);
        let mut grouped: Vec<_> = examples.map(|example| name_of(example)).collect();
        commands.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(commands, grouped);
    }

    #[test]
    fn every_example_can_be_typed() {
        let examples = GROUPS.iter().flat_map(|(_, examples)| *examples).copied();
        for line in examples.chain(START.map(|(line, _)| line)) {
            let words = ["joint-effects"].into_iter().chain(line.split(' '));
            command().try_get_matches_from(words).unwrap();
        }
    }
}
