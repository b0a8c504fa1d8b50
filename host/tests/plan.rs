//! `plan`: what it expects is what a fit finds.

#![cfg(feature = "app")]

use crate::program::{run, succeed};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The rows of the printed table: observational rows, single-action rows, standard error.
fn plan(directory: &Path, budget: f64) -> [[f64; 3]; 2] {
    let arguments = format!("plan out/data.csv --outcome y --budget {budget}");
    let printed = succeed(directory, &arguments);
    ["separate", "structured"].map(|name| row(&printed, name).unwrap())
}

/// That of an estimator.
fn row(printed: &str, name: &str) -> Option<[f64; 3]> {
    let mut lines = printed.lines();
    let line = lines.find(|line| line.trim().starts_with(name))?;
    let numbers = line.split_whitespace().skip(1);
    let numbers: Vec<f64> = numbers.map(|number| number.parse().unwrap()).collect();
    Some(numbers.try_into().unwrap())
}

fn mean_standard_error(directory: &Path, log: &str) -> f64 {
    succeed(directory, &format!("fit {log} --outcome y"));
    let predicted = succeed(directory, "predict model.json out/test.csv");
    let mut lines = predicted.lines();
    let column = lines
        .next()
        .unwrap()
        .split(',')
        .position(|name| name == "se");
    let squares: Vec<f64> = lines
        .map(|line| {
            line.split(',')
                .nth(column.unwrap())
                .unwrap()
                .parse::<f64>()
                .unwrap()
                .powi(2)
        })
        .collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

#[test]
fn a_plan_of_the_pilots_own_size_expects_the_pilots_own_error() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    succeed(
        here,
        "simulate --actions 3 --rows 2000 --seed 4 --output out",
    );
    let [separate, structured] = plan(here, 8000.0);
    // Theory: single-action to observational rows as 1 to K − 1.
    assert!(
        (separate[1] / separate[0] - 0.5).abs() < 0.01,
        "{separate:?}"
    );
    for [observational, single, _] in [separate, structured] {
        assert!((observational + 3.0 * single - 8000.0).abs() < 4.0);
    }
    let found = mean_standard_error(here, "out/data.csv");
    // The best split is no worse than the even one of the pilot, and not much better.
    assert!(
        structured[2] < 1.05 * found && structured[2] > 0.5 * found,
        "{structured:?} {found}"
    );
    assert!(structured[2] < separate[2]);

    let [_, richer] = plan(here, 32_000.0);
    let ratio = structured[2] / richer[2];
    // More rows do not make smaller what interactions too small to be found may add.
    assert!(ratio > 1.1 && ratio < 2.2, "four times the budget: {ratio}");
}

/// Weeks that shift the outcome cost what the fit says that they do, and four times the rows in the same weeks lower that
/// error by less than half.
#[test]
fn a_plan_in_blocks_expects_the_error_of_a_fit_in_blocks() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    succeed(
        here,
        "simulate --actions 3 --rows 400 --seed 4 --output out",
    );
    let log = fs::read_to_string(here.join("out/data.csv")).unwrap();
    let (header, rows) = log.split_once('\n').unwrap();
    let mut weeks = format!("{header},week\n");
    for (row, line) in rows.lines().enumerate() {
        let (rest, outcome) = line.rsplit_once(',').unwrap();
        let week = row % 5;
        let shifted = outcome.parse::<f64>().unwrap() + [0.1, -0.2, 0.0, 0.3, -0.2][week];
        weeks += &format!("{rest},{shifted},{week}\n");
    }
    fs::write(here.join("weeks.csv"), weeks).unwrap();
    let expected = |budget: u32| {
        let arguments = format!("plan weeks.csv --outcome y --block week --budget {budget}");
        let printed = succeed(here, &arguments);
        assert!(row(&printed, "separate").is_none());
        assert!(printed.contains("in blocks (\"week\") as the pilot's rows of it are"));
        row(&printed, "structured").unwrap()[2]
    };
    let (own, richer) = (expected(1600), expected(6400));
    let found = mean_standard_error(here, "weeks.csv --block week");
    assert!(own < 1.1 * found && own > 0.7 * found, "{own} {found}");
    assert!(richer < own && richer > 0.55 * own, "{own} {richer}");

    let asked = "next weeks.csv --outcome y --block week --maximise --rows 400";
    assert!(succeed(here, asked).contains("do(a"));
}

#[test]
fn a_budget_too_small_for_a_fit_is_refused() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    succeed(here, "simulate --actions 2 --rows 200 --output out");
    let refused = run(here, "plan out/data.csv --outcome y --budget 20");
    assert_eq!(refused.status.code(), Some(2));
    let message = "error: out/data.csv: a budget of 20: expected at least 30, for 10 rows of every \
                   regime\n";
    assert_eq!(String::from_utf8(refused.stderr).unwrap(), message);
}
