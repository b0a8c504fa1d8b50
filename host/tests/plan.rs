//! `plan`: what it expects is what a fit finds.

#![cfg(feature = "app")]

mod program;

use program::{run, succeed};
use std::path::Path;
use tempfile::TempDir;

/// The rows of the printed table: observational rows, single-action rows, standard error.
fn plan(directory: &Path, budget: f64) -> [[f64; 3]; 2] {
    let arguments = format!("plan out/data.csv --outcome y --budget {budget}");
    let printed = succeed(directory, &arguments);
    let row = |name: &str| {
        let line = printed.lines().find(|line| line.trim().starts_with(name));
        let numbers = line.unwrap().split_whitespace().skip(1);
        let numbers: Vec<f64> = numbers.map(|number| number.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    };
    [row("separate"), row("structured")]
}

fn mean_standard_error(directory: &Path) -> f64 {
    succeed(directory, "fit out/data.csv --outcome y");
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
    let found = mean_standard_error(here);
    // The best split is no worse than the even one of the pilot, and not much better.
    assert!(
        structured[2] < 1.05 * found && structured[2] > 0.5 * found,
        "{structured:?} {found}"
    );
    assert!(structured[2] < separate[2]);

    let [_, richer] = plan(here, 32_000.0);
    let ratio = structured[2] / richer[2];
    assert!(ratio > 1.2 && ratio < 2.2, "four times the budget: {ratio}");
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
