//! `simulate`, `fit` and `predict` as they are typed.

#![cfg(feature = "app")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

fn run(directory: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joint-effects"));
    command.current_dir(directory).args(arguments.split(' '));
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output of a command that succeeds.
fn output(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The header, and the rows as numbers where they are some.
fn rows(csv: &str) -> (Vec<&str>, Vec<Vec<f64>>) {
    let mut lines = csv.lines();
    let header = lines.next().unwrap().split(',').collect();
    let number = |field: &str| field.parse().unwrap_or(f64::NAN);
    let rows = lines.map(|line| line.split(',').map(number).collect());
    (header, rows.collect())
}

#[test]
fn structured_is_the_default_and_knows_how_sure_it_is() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    output(
        here,
        "simulate --actions 3 --rows 500 --test-rows 200 --seed 3 -o .",
    );
    let report = output(here, "fit data.csv --outcome y");
    for line in [
        "structured: y of a1, a2, a3",
        "influences",
        "interactions",
        "noise: ",
        "joint effect",
    ] {
        assert!(report.contains(line), "{report}");
    }
    let predicted = output(here, "predict model.json test.csv");
    let (header, rows) = rows(&predicted);
    let added = ["effect", "se", "lower", "upper", "support"];
    assert_eq!(header[5..], added);
    let mut covered = 0;
    for row in &rows {
        let [truth, effect, error, lower, upper] = row[4..9] else {
            panic!("{row:?}")
        };
        assert!(error > 0.0 && lower < effect && effect < upper);
        assert!((upper - lower - 2.0 * 1.96 * error).abs() < 0.01 * error);
        covered += usize::from(lower <= truth && truth <= upper);
    }
    assert!(covered > 120, "{covered} of 200");

    let some = output(here, "predict model.json test.csv --do a2");
    assert_eq!(self::rows(&some).0[5..], added);
}

#[test]
fn other_estimators_have_no_intervals() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    output(here, "simulate --actions 2 --rows 200 --test-rows 5 -o .");
    for estimator in ["observational", "separate", "indicator"] {
        output(
            here,
            &format!("fit data.csv --outcome y --estimator {estimator}"),
        );
        let predicted = output(here, "predict model.json test.csv");
        assert_eq!(rows(&predicted).0[4..], ["effect", "support"]);
    }
}

#[test]
fn few_rows_are_warned_of_and_missing_regimes_refused() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    output(here, "simulate --actions 2 --rows 50 --test-rows 5 -o .");
    let fit = run(here, "fit data.csv --outcome y --degree 2");
    assert!(fit.status.success());
    let warning = "warning: fewer than 100 rows: 50 of obs, 50 of do(a1), 50 of do(a2)\n";
    assert!(
        text(&fit.stderr).ends_with(warning),
        "{}",
        text(&fit.stderr)
    );

    let log = fs::read_to_string(here.join("data.csv")).unwrap();
    let kept: Vec<_> = log
        .lines()
        .filter(|line| !line.starts_with("do(a2)"))
        .collect();
    fs::write(here.join("less.csv"), kept.join("\n")).unwrap();
    let fit = run(here, "fit less.csv --outcome y --degree 2");
    assert_eq!(fit.status.code(), Some(2));
    let error = text(&fit.stderr);
    assert!(
        error.contains("the effect of \"a2\" is not identifiable"),
        "{error}"
    );
}
