//! The setting that is chosen is the best there is, and what cannot be chosen is said.

#![cfg(feature = "app")]

use crate::program::{run, succeed};
use joint_effects::decide::choose::{Aim, ChooseError, Guarantee, Question, choose};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Predictor;
use joint_effects::moments::Range;
use joint_effects::{Data, Estimator, Model, Regime, Scale, fit};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Rows of 4 red − red² − green, and 1 more for wool and 2 for linen, with little noise: what `outcome` makes of
/// that.
fn log(outcome: fn(f64) -> f64) -> String {
    let mut log = String::from("regime,red,green,fabric,y\n");
    for row in 0..600 {
        for regime in ["obs", "do(red)", "do(green)", "do(fabric)"] {
            let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
            let (red, level) = (2.0 + 2.0 * red, row * 7 % 3);
            let y = 4.0 * red - red * red - green + f64::from(level) + 0.05 * noise;
            let fabric = ["silk", "wool", "linen"][level as usize];
            log += &format!("{regime},{red},{green},{fabric},{}\n", outcome(y));
        }
    }
    log
}

fn model(outcome: fn(f64) -> f64, scale: Scale, estimator: Estimator) -> Model {
    let columns = Columns {
        categories: vec!["fabric".into()],
        ..Columns::new("y")
    };
    let log = log(outcome);
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    let data = Data::read_on(&[scale], &mut rows, 2, |_| ()).unwrap();
    fit(&data[0], estimator, None).unwrap()
}

fn structured() -> Model {
    model(|y| y, Scale::Identity, Estimator::Structured)
}

fn plain(aim: Aim) -> Question {
    Question {
        risk: 0.5,
        ..Question::new(aim)
    }
}

#[test]
fn the_best_setting_is_found_and_proven() {
    let model = structured();
    let choice = choose(&model, &plain(Aim::Maximise)).unwrap();
    assert!(
        (choice.setting[0] - 2.0).abs() < 0.05,
        "{:?}",
        choice.setting
    );
    assert!(choice.setting[1] < -0.99 && choice.setting[2] == 2.0);
    assert!((choice.prediction.effect - 7.0).abs() < 0.1);
    assert!(matches!(choice.guarantee, Guarantee::Exact { gap } if gap < 1e-6));
    // Today: red 2 and green 0 on average, in silk.
    let gain = choice.gain.unwrap();
    let [lower, upper] = gain.interval.unwrap();
    assert!(
        lower < 3.0 && 3.0 < upper && upper - lower < 0.5,
        "{lower} {upper}"
    );
    let least = choose(&model, &plain(Aim::Minimise)).unwrap();
    assert!(least.setting[1] > 0.99 && least.setting[2] == 0.0);
    assert!(least.setting[0] < 0.01 || least.setting[0] > 3.99);
}

#[test]
fn the_lower_bound_gives_up_some_of_the_effect() {
    let model = structured();
    let effect = choose(&model, &plain(Aim::Maximise)).unwrap();
    let bound = choose(&model, &Question::new(Aim::Maximise)).unwrap();
    assert!(matches!(bound.guarantee, Guarantee::Tried { settings } if settings > 100));
    assert!(bound.prediction.effect <= effect.prediction.effect + 1e-9);
    let lower = |choice: &joint_effects::decide::choose::Choice| {
        let interval = choice.prediction.interval.unwrap();
        choice.prediction.effect - 1.645 * interval.standard_error
    };
    assert!(lower(&bound) >= lower(&effect) - 1e-6);
    let alike = bound.alike.unwrap();
    for (runs, &best) in alike.iter().zip(&bound.setting) {
        assert!(runs.iter().any(|run| run.min <= best && best <= run.max));
    }
}

#[test]
fn costs_ranges_and_targets_are_kept_to() {
    let model = structured();
    let costly = Question {
        costs: vec![(0, 2.0)],
        ..plain(Aim::Maximise)
    };
    let choice = choose(&model, &costly).unwrap();
    assert!((choice.setting[0] - 1.0).abs() < 0.1 && (choice.cost - 2.0).abs() < 0.2);
    let within = Question {
        within: vec![(0, Range { min: 0.5, max: 1.0 })],
        ..plain(Aim::Maximise)
    };
    assert_eq!(choose(&model, &within).unwrap().setting[0], 1.0);
    let choice = choose(&model, &plain(Aim::Target(3.0))).unwrap();
    assert!((choice.prediction.effect - 3.0).abs() < 1e-3);
    let far = choose(&model, &plain(Aim::Target(50.0)));
    assert!(
        matches!(far, Err(ChooseError::OutOfReach { nearest, .. }) if (nearest - 7.0).abs() < 0.1)
    );
}

/// The bound along one action is a polynomial of its own: no setting of a grid has a better one, as the predictor
/// computes it.
#[test]
fn no_setting_of_a_grid_has_a_better_bound() {
    let model = structured();
    let mut predictor = Predictor::at_level(&model, Regime::joint(3), 0.9).unwrap();
    let mut bound = |setting: &[f64]| predictor.predict(setting).unwrap().interval.unwrap();
    let [most, least] = [Aim::Maximise, Aim::Minimise]
        .map(|aim| choose(&model, &Question::new(aim)).unwrap().setting);
    let (most, least) = (bound(&most).lower, bound(&least).upper);
    for step in 0..3 * 41 * 21 {
        let (red, green, level) = (step / 3 % 41, step / 123, step % 3);
        let [red, green, level] = [red, green, level].map(f64::from);
        let setting = [0.05 + red * 0.0975, 0.099 * (green - 10.0), level];
        let at = bound(&setting);
        assert!(
            at.lower <= most + 1e-9 && at.upper >= least - 1e-9,
            "{setting:?}"
        );
    }
}

/// Six categories of 3 levels have 729 combinations. Their effects are digits, so that a target tells which are
/// needed.
#[test]
fn a_target_is_found_among_many_levels_or_proven_out_of_reach() {
    let names = ["a", "b", "c", "d", "e", "f"].map(String::from);
    let digits = |number: u32| (0..6).map(move |place| number / 3_u32.pow(place) % 3);
    let mut log = format!("regime,{},y\n", names.join(","));
    for regime in ["obs", "do(a)", "do(b)", "do(c)", "do(d)", "do(e)", "do(f)"] {
        for row in 0..729 {
            let levels: Vec<_> = digits(row).map(|digit| format!("l{digit}")).collect();
            let y = f64::from(row) + 0.01 * (2.9 * f64::from(row)).sin();
            log += &format!("{regime},{},{y}\n", levels.join(","));
        }
    }
    let columns = Columns {
        categories: names.to_vec(),
        ..Columns::new("y")
    };
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    let data = Data::read(&mut rows, 2, |_| ()).unwrap();
    let model = fit(&data, Estimator::Structured, None).unwrap();
    let of = |target: u32| -> Vec<f64> { digits(target).map(f64::from).collect() };
    let effect = |target| {
        let prediction = model.predict(Regime::joint(6), &of(target));
        prediction.unwrap().effect
    };
    for target in [0, 77, 300, 728] {
        let choice = choose(&model, &plain(Aim::Target(effect(target)))).unwrap();
        assert_eq!(choice.setting, of(target));
    }
    let between = f64::midpoint(effect(300), effect(301));
    let missed = choose(&model, &plain(Aim::Target(between)));
    assert!(
        matches!(missed, Err(ChooseError::OutOfReach { nearest, .. }) if (nearest - between).abs() < 1.0),
        "{missed:?}"
    );
}

/// A scale that rises with the outcome has its best setting where the outcome has.
#[test]
fn the_scale_does_not_move_the_best() {
    let model = model(f64::exp, Scale::Log, Estimator::Structured);
    let choice = choose(&model, &plain(Aim::Maximise)).unwrap();
    assert!((choice.setting[0] - 2.0).abs() < 0.05 && choice.setting[2] == 2.0);
    assert!((choice.prediction.effect.ln() - 7.0).abs() < 0.1);
}

fn written(here: &Path, estimator: &str) {
    fs::write(here.join("log.csv"), log(|y| y)).unwrap();
    let flags = "--outcome y --categorical fabric --degree 2 --no-report -o model.json";
    succeed(
        here,
        &format!("fit log.csv {flags} --estimator {estimator}"),
    );
}

#[test]
fn the_command_says_what_the_library_finds() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    written(here, "structured");
    let text = succeed(here, "choose model.json --maximise --risk 0.5");
    assert!(
        text.contains("linen") && text.contains("no setting is better by more than"),
        "{text}"
    );
    let json = succeed(here, "choose model.json --maximise --risk 0.5 --json");
    let json: Value = serde_json::from_str(&json).unwrap();
    let expected = choose(&structured(), &plain(Aim::Maximise)).unwrap();
    assert_eq!(json["actions"][2]["best"], "linen");
    assert_eq!(json["actions"][0]["best"], expected.setting[0]);
    assert_eq!(json["effect"], expected.prediction.effect);
    for (flags, said) in [
        (
            "--maximise --within blue=0:1",
            "--within: no action \"blue\"",
        ),
        ("--maximise --within red=3:1", "found 3 to 1"),
        (
            "--maximise --within red=0:99",
            "is beyond what the data support",
        ),
        ("--maximise --within fabric=0:1", "\"fabric\" is a category"),
        (
            "--maximise --within red=0:1,red=1:2",
            "\"red\" is given twice",
        ),
        ("--maximise --within red", "expected ACTION=FROM:TO"),
        ("--maximise --cost red=much", "expected ACTION=COST"),
        ("--maximise --risk 0.6", "a risk of 0.6"),
        ("--target 99", "no setting in reach is expected to be 99"),
        (
            "--target 3 --cost red=1",
            "costs are for a maximum or a minimum",
        ),
        ("--maximise --minimise", "cannot be used with"),
    ] {
        let refused = run(here, &format!("choose model.json {flags}"));
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{flags}: {stderr}");
        assert!(
            stderr.contains(said) && stderr.lines().count() == 1,
            "{flags}: {stderr}"
        );
    }
}

#[test]
fn a_model_without_intervals_decides_by_the_effect() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let text = log(|y| y)
        .replace(",silk,", ",0,")
        .replace(",wool,", ",1,")
        .replace(",linen,", ",2,");
    fs::write(here.join("log.csv"), text).unwrap();
    succeed(
        here,
        "fit log.csv --outcome y --degree 2 --no-report --estimator separate -o model.json",
    );
    let said = succeed(here, "choose model.json --maximise");
    assert!(said.contains("does not know how sure it is"), "{said}");
}
