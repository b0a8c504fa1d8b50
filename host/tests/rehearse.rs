//! The method tried on rows whose outcomes are drawn anew.

#![cfg(feature = "app")]

use joint_effects::decide::rehearse::{Rehearsal, Scenario, Settings, Trial};
use joint_effects::diagnosis::violations::noticed_in_outcomes;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::rows::Rows;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn run(directory: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joint-effects"));
    command.current_dir(directory).args(arguments.split(' '));
    command.output().unwrap()
}

fn output(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A log of a random model.
fn log() -> TempDir {
    let directory = TempDir::new().unwrap();
    output(
        directory.path(),
        "simulate --actions 3 --rows 400 --test-rows 1 --seed 3 -o .",
    );
    directory
}

fn rows(directory: &Path) -> Rows {
    let files = [directory.join("data.csv")];
    let mut observations = Observations::open(&files, &Columns::new("y")).unwrap();
    Rows::read(&mut observations, |_| ()).unwrap()
}

fn trials(rows: &Rows, scenario: Scenario, interaction: f64, count: u64) -> Vec<Trial> {
    let settings = Settings {
        degree: 3,
        seed: 1,
        interaction,
        shared_cause: 0.3,
    };
    let rehearsal = Rehearsal::new(rows, settings).unwrap();
    let trial = |repetition| {
        let noticed = |_: &_, learned: &_| noticed_in_outcomes(learned);
        rehearsal.run(scenario, repetition, noticed).unwrap()
    };
    (0..count).map(trial).collect()
}

fn mean(trials: &[Trial], value: impl Fn(&Trial) -> f64) -> f64 {
    trials.iter().map(value).sum::<f64>() / trials.len() as f64
}

#[test]
fn intervals_hold_where_the_assumptions_do() {
    let directory = log();
    let rows = rows(directory.path());
    let trials = trials(&rows, Scenario::Additive, 0.2, 40);
    let coverage = mean(&trials, |trial| trial.coverage);
    assert!(coverage > 0.88, "{coverage}");
    let ratio = mean(&trials, |trial| trial.error) / mean(&trials, |trial| trial.claimed);
    assert!((0.4..1.6).contains(&ratio), "{ratio}");
    assert!(mean(&trials, |trial| f64::from(u8::from(trial.noticed))) < 0.1);
}

#[test]
fn violations_make_errors_larger() {
    let directory = log();
    let rows = rows(directory.path());
    let error = |scenario, interaction| {
        let trials = trials(&rows, scenario, interaction, 8);
        mean(&trials, |trial| trial.error)
    };
    let additive = error(Scenario::Additive, 0.2);
    let weak = error(Scenario::Interaction, 0.05);
    assert!(additive < weak, "{additive} {weak}");
    // One that is too weak to be found adds to the error what it adds to the effect.
    let weaker = error(Scenario::Interaction, 0.02);
    assert!(weaker < weak, "{weaker} {weak}");
    let shared = error(Scenario::SharedCause, 0.2);
    assert!(additive < shared, "{additive} {shared}");
}

#[test]
fn a_strong_interaction_is_noticed() {
    let directory = log();
    let rows = rows(directory.path());
    let strong = trials(&rows, Scenario::Interaction, 1.0, 8);
    assert!(mean(&strong, |trial| f64::from(u8::from(trial.noticed))) > 0.5);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let directory = log();
    let here = directory.path();
    let rehearse = |flags: &str| {
        output(
            here,
            &format!("rehearse data.csv --outcome y --repetitions 3 --json {flags}"),
        )
    };
    let one = rehearse("--threads 1");
    for flags in ["--threads 1", "--threads 2", "--threads 3", "--output kept"] {
        assert_eq!(rehearse(flags), one, "{flags}");
    }
    assert_ne!(rehearse("--seed 1"), one);
    let kept = here.join("kept/trials.csv");
    let whole = fs::read(&kept).unwrap();
    // Stopped after any line, or within one.
    for len in [0, 10, whole.len() / 2, whole.len() - 1, whole.len()] {
        fs::write(&kept, &whole[..len]).unwrap();
        assert_eq!(rehearse("--output kept --resume"), one, "{len}");
        assert_eq!(fs::read(&kept).unwrap(), whole, "{len}");
    }
    let refused = run(
        here,
        "rehearse data.csv --outcome y --seed 1 --output kept --resume",
    );
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        error.contains("the stopped experiment had seed 0, this one 1"),
        "{error}"
    );
}

/// Rows in blocks are other rows: what was rehearsed without blocks is not gone on with.
#[test]
fn blocks_add_to_the_error_and_to_what_is_kept() {
    let directory = log();
    let here = directory.path();
    let log = fs::read_to_string(here.join("data.csv")).unwrap();
    let (header, rows) = log.split_once('\n').unwrap();
    let mut weeks = format!("{header},week\n");
    for (row, line) in rows.lines().enumerate() {
        let (rest, outcome) = line.rsplit_once(',').unwrap();
        let week = row % 4;
        let shifted = outcome.parse::<f64>().unwrap() + [0.5, -0.6, 0.4, -0.3][week];
        weeks += &format!("{rest},{shifted},{week}\n");
    }
    fs::write(here.join("weeks.csv"), weeks).unwrap();
    let command =
        "rehearse weeks.csv --outcome y --actions a1,a2,a3 --repetitions 3 --output kept --json";
    let error = |flags: &str| {
        let json = output(here, &format!("{command}{flags}"));
        let results: Value = serde_json::from_str(&json).unwrap();
        results["scenarios"][0]["error"].as_f64().unwrap()
    };
    let (without, with) = (error(""), error(" --block week"));
    assert!(with > without, "{with} {without}");
    assert_eq!(error(" --block week --resume"), with);
    let refused = run(here, &format!("{command} --resume"));
    assert!(!refused.status.success());
}

#[test]
fn a_rehearsal_ends_in_time_and_after_whole_repetitions() {
    let directory = log();
    let flags = "rehearse data.csv --outcome y --repetitions 1000000 --seconds 1 --json";
    let results: Value = serde_json::from_str(&output(directory.path(), flags)).unwrap();
    let scenarios = results["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), Scenario::ALL.len());
    let repetitions = &scenarios[0]["repetitions"];
    assert!(repetitions.as_u64().unwrap() < 1_000_000);
    for scenario in scenarios {
        assert_eq!(scenario["repetitions"], *repetitions);
    }
}

/// Where every action rests until it is set, no cause can be shared; where nothing is repeated, nothing tells the noise.
#[test]
fn actions_that_rest_share_no_cause() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let design = "regime,a,b,y\nobs,0,0,1\ndo(a),1,0,2\ndo(b),0,1,4\n";
    fs::write(here.join("once.csv"), design).unwrap();
    let refused = run(here, "rehearse once.csv --outcome y");
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("the noise is not known"), "{error}");

    let mut design = String::from("regime,a,b,y\n");
    for row in 0..8 {
        let noise = 0.1 * f64::from((row * 3) % 8);
        design += &format!(
            "obs,0,0,{}\ndo(a),1,0,{}\ndo(b),0,1,{}\n",
            1.0 + noise,
            2.0 - noise,
            4.0 + noise / 2.0
        );
    }
    fs::write(here.join("repeated.csv"), design).unwrap();
    let table = output(here, "rehearse repeated.csv --outcome y --repetitions 2");
    assert!(
        table.contains("interaction") && !table.contains("shared-cause"),
        "{table}"
    );
}
