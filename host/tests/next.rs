//! `next`: what more rows of a regime are worth follows the laws of what is expected of them.

#![cfg(feature = "app")]

use crate::program::succeed;
use joint_effects::decide::choose::{Aim, Question};
use joint_effects::decide::next::{Experiment, Next, next};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::{Data, Estimator, Regime, fit};
use joint_effects_kernel::allocation::Costs;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const EVEN: Costs<f64> = Costs {
    observational: 1.0,
    single: 1.0,
};

/// Rows of red − red² + green, with much noise and so many rows of each regime.
fn log(rows: [u32; 3]) -> String {
    let mut log = String::from("regime,red,green,y\n");
    for (regime, rows) in ["obs", "do(red)", "do(green)"].into_iter().zip(rows) {
        for row in 0..rows {
            let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
            let y = red - red * red + green + noise;
            log += &format!("{regime},{red},{green},{y}\n");
        }
    }
    log
}

fn data(rows: [u32; 3]) -> Data {
    let log = log(rows);
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
    Data::read(&mut rows, 2, |_| ()).unwrap()
}

fn of(next: &Next, regime: Regime) -> Experiment {
    let mut experiments = next.experiments.iter();
    *experiments.find(|part| part.regime == regime).unwrap()
}

#[test]
fn no_more_rows_are_worth_nothing() {
    for aim in [Aim::Maximise, Aim::Minimise, Aim::Target(0.3)] {
        let next = next(&data([300, 40, 300]), &Question::new(aim), 0, EVEN).unwrap();
        assert_eq!(next.experiments.len(), 3);
        for experiment in &next.experiments {
            assert!(experiment.value.abs() < 1e-9, "{experiment:?}");
            assert_eq!(
                experiment.value_per_cost(),
                experiment.value / experiment.cost.max(1.0)
            );
            let change = experiment.standard_error / next.standard_error - 1.0;
            assert!(change.abs() < 1e-6, "{experiment:?}");
        }
    }
}

#[test]
fn more_rows_are_worth_more_and_what_costs_more_is_worth_less_per_cost() {
    let data = data([300, 40, 300]);
    let question = Question::new(Aim::Maximise);
    let red = Regime::single(0);
    let all = [50, 500, 5_000].map(|rows| next(&data, &question, rows, EVEN).unwrap());
    let [few, some, many] = all.each_ref().map(|next| of(next, red));
    assert!(0.0 < few.value && few.value < some.value && some.value < many.value);
    assert!(few.standard_error > some.standard_error);
    assert!(some.standard_error > many.standard_error);
    assert_eq!(all[1].experiments[0], some, "red is known least");

    let costly = Costs {
        single: 8.0,
        ..EVEN
    };
    let costly = of(&next(&data, &question, 500, costly).unwrap(), red);
    assert_eq!(costly.value, some.value);
    assert_eq!(costly.cost, 4_000.0);
    assert_eq!(costly.value_per_cost(), some.value_per_cost() / 8.0);
    assert_eq!(
        next(&data, &question, 500, EVEN).unwrap(),
        all[1],
        "always the same"
    );
}

/// The same rows again are the rows that are expected, so a fit of both is as sure as was said, but for the noise
/// and the priors, which are estimated anew.
#[test]
fn a_fit_of_the_expected_rows_is_as_sure_as_was_expected() {
    let [once, twice] = [[300, 300, 300], [300, 600, 300]].map(data);
    let question = Question::new(Aim::Target(0.3));
    let now = next(&once, &question, 300, EVEN).unwrap();
    let model = fit(&twice, Estimator::Structured, None).unwrap();
    let found = model.predict(Regime::joint(2), &now.setting).unwrap();
    let found = found.interval.unwrap().standard_error;
    let expected = of(&now, Regime::single(0)).standard_error;
    assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
    assert!(
        expected < 0.98 * now.standard_error,
        "{expected} {}",
        now.standard_error
    );
}

#[test]
fn the_table_and_the_json_agree() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    fs::write(here.join("log.csv"), log([300, 40, 300])).unwrap();
    let command = "next log.csv --outcome y --degree 2 --maximise --rows 500 --cost-single 2";
    let text = succeed(here, command);
    let json: Value = serde_json::from_str(&succeed(here, &format!("{command} --json"))).unwrap();
    let experiments = json["experiments"].as_array().unwrap();
    assert_eq!(experiments.len(), 3);
    for (line, experiment) in text.lines().skip(1).zip(experiments) {
        let fields: Vec<_> = line.split_whitespace().collect();
        assert_eq!(fields[0], experiment["regime"].as_str().unwrap());
        for (field, name) in fields[1..].iter().zip(["cost", "value", "value_per_cost"]) {
            let (printed, exact): (f64, _) =
                (field.parse().unwrap(), experiment[name].as_f64().unwrap());
            assert!((printed - exact).abs() <= 0.005 * exact, "{text}");
        }
    }
    assert_eq!(experiments[0]["regime"], "do(red)");
    assert!(
        text.contains("collect 500 more rows of do(red): "),
        "{text}"
    );
    assert!(json["best"]["green"].as_f64().unwrap() > 0.9, "{json}");
}
