//! What a diagnosis says, and where predictions are supported: laws, and the light tunnel.

#![cfg(feature = "app")]

use crate::program::succeed;
use joint_effects::diagnosis::{Diagnosis, Implication, RegimeDiagnosis, Spread, Weight};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Model;
use joint_effects::model::fit::{Estimator, fit};
use joint_effects::model::response;
use joint_effects::model::support::Leverage;
use joint_effects::moments::data::Data;
use joint_effects_kernel::Regime;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

/// Rows of a regime: `a` and `b` from -1 to 1 in no order, `b` moved by `a` unless it is set.
fn rows(regime: &str, count: usize) -> Vec<String> {
    let noise = |row: usize, step: f64| 2.0 * ((row + 1) as f64 * step).fract() - 1.0;
    let row = |row| {
        let a = noise(row, 0.618_033_988_7);
        let own = noise(row, 0.754_877_666_2);
        let b = if regime == "do(b)" {
            own
        } else {
            0.5 * a + 0.5 * own
        };
        let y = 2.0 * a + b * b + 0.1 * noise(row, 0.569_840_290_9);
        format!("{regime},{a},{b},{y}\n")
    };
    (0..count).map(row).collect()
}

/// A log of `count` rows a regime.
fn log(count: usize) -> Vec<String> {
    let regimes = ["obs", "do(a)", "do(b)"];
    regimes
        .iter()
        .flat_map(|regime| rows(regime, count))
        .collect()
}

fn read(parts: &[&[String]], degree: usize) -> Data {
    let table = |part: &&[String]| format!("regime,a,b,y\n{}", part.concat());
    let texts: Vec<_> = parts.iter().map(table).collect();
    let tables = texts
        .iter()
        .map(|text| Table::new("log", text.as_bytes()).unwrap());
    let columns = Columns::new("y");
    let mut observations = Observations::new(tables.collect(), &columns).unwrap();
    Data::read(&mut observations, degree, |_| ()).unwrap()
}

fn model(log: &[String]) -> Model {
    fit(&read(&[log], 3), Estimator::Structured, None).unwrap()
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            close(one.as_f64().unwrap(), other.as_f64().unwrap())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let pairs = one.iter().zip(other);
            one.len() == other.len() && pairs.into_iter().all(|(one, other)| same(one.1, other.1))
        }
        _ => one == other,
    }
}

/// All of a diagnosis that is taken from moments and ranges alone: an iterative fit is the same only
/// within its tolerance.
fn of_moments(diagnosis: &Diagnosis) -> Value {
    let mut value = serde_json::to_value(diagnosis).unwrap();
    for regime in value["regimes"].as_array_mut().unwrap() {
        regime.as_object_mut().unwrap().remove("residual");
    }
    let diagnosis = value.as_object_mut().unwrap();
    for fitted in ["learned", "sensitivity"] {
        diagnosis.remove(fitted);
    }
    let findings = diagnosis["findings"].as_array_mut().unwrap();
    findings.retain(|finding| !finding["found"].as_str().unwrap().contains("gains"));
    value
}

#[test]
fn the_order_of_rows_and_their_files_do_not_matter() {
    let log = log(2000);
    let whole = Diagnosis::of(&read(&[&log], 3));
    let (first, second) = log.split_at(2500);
    let split = Diagnosis::of(&read(&[first, second], 3));
    assert_eq!(split, whole);

    let mut shuffled = log.clone();
    shuffled.sort_by_key(|row| {
        row.bytes()
            .fold(7u64, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte))
    });
    assert_ne!(shuffled, log);
    let shuffled = Diagnosis::of(&read(&[&shuffled], 3));
    assert!(same(&of_moments(&shuffled), &of_moments(&whole)));
    for (one, other) in shuffled.regimes.iter().zip(&whole.regimes) {
        let (one, other) = (one.residual.unwrap(), other.residual.unwrap());
        assert!((one / other - 1.0).abs() < 1e-3, "{one} {other}");
    }
}

/// Means, standard deviations and ranges, by their definitions.
#[test]
fn spreads_are_those_of_the_rows() {
    let log = log(700);
    let diagnosis = Diagnosis::of(&read(&[&log], 2));
    for RegimeDiagnosis {
        regime,
        rows,
        actions,
        outcome,
        ..
    } in &diagnosis.regimes
    {
        let kept = log
            .iter()
            .filter(|row| row.starts_with(&format!("{regime},")));
        let kept: Vec<Vec<f64>> = kept
            .map(|row| {
                row.trim()
                    .split(',')
                    .skip(1)
                    .map(|x| x.parse().unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(*rows, kept.len() as u64);
        for (column, spread) in actions.iter().chain([outcome]).enumerate() {
            let values = || kept.iter().map(|row| row[column]);
            let n = kept.len() as f64;
            let mean = values().sum::<f64>() / n;
            let sd = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            let (min, max) = (
                values().fold(f64::MAX, f64::min),
                values().fold(f64::MIN, f64::max),
            );
            let Spread { mean: m, sd: s, .. } = *spread;
            assert!(
                close(m, mean) && close(s, sd),
                "{regime} {column}: {spread:?}"
            );
            assert_eq!((spread.min, spread.max), (min, max));
        }
    }
}

#[test]
fn an_influence_and_a_poor_overlap_are_found() {
    let diagnosis = Diagnosis::of(&read(&[&log(2000)], 3));
    let learned = diagnosis.learned.as_ref().unwrap();
    let edges: Vec<_> = learned
        .influences
        .iter()
        .map(|e| (e.cause.as_str(), e.action.as_str()))
        .collect();
    assert_eq!(edges, [("a", "b")]);
    assert!(
        diagnosis
            .findings
            .iter()
            .all(|finding| finding.weight == Weight::Fine),
        "{:?}",
        diagnosis.findings
    );

    // `a` is set to the left half of its values only.
    let narrow: Vec<_> = log(2000)
        .into_iter()
        .filter(|row| !row.starts_with("do(a)") || row.starts_with("do(a),-"))
        .collect();
    let diagnosis = Diagnosis::of(&read(&[&narrow], 3));
    let [a, b] = &diagnosis.overlaps[..] else {
        panic!("{:?}", diagnosis.overlaps)
    };
    assert!((a.alone_covered.unwrap() - 0.5).abs() < 0.01);
    assert!(close(a.set_covered.unwrap(), 1.0));
    assert!(a.alone_leverage.unwrap() > 100.0, "{a:?}");
    assert!(b.alone_leverage.unwrap() < 2.0, "{b:?}");
    assert_eq!(diagnosis.findings[0].weight, Weight::Beware);
    assert!(diagnosis.findings[0].found.starts_with("a was set to"));
}

#[test]
fn a_log_that_cannot_be_fitted_is_diagnosed_all_the_same() {
    let log: Vec<_> = log(200)
        .into_iter()
        .filter(|row| !row.starts_with("do(b)"))
        .collect();
    let diagnosis = Diagnosis::of(&read(&[&log], 3));
    assert_eq!(diagnosis.learned, None);
    assert_eq!(diagnosis.findings[0].weight, Weight::Refused);
    assert!(
        diagnosis.findings[0]
            .found
            .contains("\"b\" is not identifiable")
    );
    assert_eq!(diagnosis.overlaps[1].set, None);
    assert!(diagnosis.regimes[0].condition.is_some());
}

/// Rows of the data are supported as they were seen, but for the few that leverage may leave out;
/// far away nothing is.
#[test]
fn support_ends_where_the_data_do() {
    let log = log(2000);
    let model = model(&log);
    let at = |regime, actions: [f64; 2]| model.predict(regime, &actions).unwrap().support;
    let regimes = [
        ("obs", Regime::OBSERVATIONAL),
        ("do(a)", Regime::single(0)),
        ("do(b)", Regime::single(1)),
    ];
    for (name, regime) in regimes {
        let own = rows(name, 2000);
        let inside = own.iter().filter(|row| {
            let fields: Vec<f64> = row
                .trim()
                .split(',')
                .skip(1)
                .map(|x| x.parse().unwrap())
                .collect();
            at(regime, [fields[0], fields[1]]).is_inside()
        });
        assert!(inside.count() >= 1980, "{name}");
        for far in [[50.0, 0.0], [0.0, -50.0]] {
            assert!(!at(regime, far).is_inside());
        }
    }
    // Corners that no row has seen are supported where their parts are: that is what adding up means.
    let joint = Regime::joint(2);
    assert!(at(joint, [0.99, -0.99]).is_inside());
    let outside = at(joint, [1.5, 1.5]);
    assert_eq!((outside.outside, outside.sparse), (vec![0, 1], vec![]));
    // `b` is moved by `a` when both are left alone: that corner is within both ranges, and empty.
    let empty = at(Regime::OBSERVATIONAL, [0.9, -0.9]);
    assert_eq!((empty.outside, empty.sparse), (vec![], vec![1]));
}

/// One far outlier stretches the range, and what lies between it and the others is still unsupported.
#[test]
fn an_outlier_supports_nothing_around_it() {
    let mut log = log(2000);
    log.push("do(a),40,0,80\n".into());
    let model = model(&log);
    let support = model
        .predict(Regime::joint(2), &[20.0, 0.0])
        .unwrap()
        .support;
    assert_eq!((support.outside, support.sparse), (vec![], vec![0]));
    assert!(
        model
            .predict(Regime::joint(2), &[0.5, 0.0])
            .unwrap()
            .support
            .is_inside()
    );
}

#[test]
fn a_grid_is_the_prediction_of_its_rows() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    fs::write(
        here.join("log.csv"),
        format!("regime,a,b,y\n{}", log(500).concat()),
    )
    .unwrap();
    succeed(here, "fit log.csv --outcome y -o m.json");
    for arguments in [
        "--grid a",
        "--grid b=-2:3:7 --hold a=0.25",
        "--grid b --do b",
    ] {
        let curve = succeed(here, &format!("predict m.json {arguments}"));
        let actions = curve
            .lines()
            .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","));
        fs::write(
            here.join("rows.csv"),
            actions.collect::<Vec<_>>().join("\n"),
        )
        .unwrap();
        let set = arguments.split_once("--do ").map_or("all", |(_, set)| set);
        let predicted = succeed(
            here,
            &format!("predict m.json rows.csv --do {set} -o p.csv"),
        );
        assert_eq!(predicted, "");
        assert_eq!(fs::read_to_string(here.join("p.csv")).unwrap(), curve);
    }
    let curve = succeed(here, "predict m.json --grid b=-2:3:7 --hold a=0.25");
    let first: Vec<_> = curve.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(first[..2], ["0.25", "-2"]);
    assert_eq!(first.last(), Some(&"outside: b"));
}

#[test]
fn a_curve_spans_the_range_and_holds_the_others_at_their_means() {
    let log = log(500);
    let data = read(&[&log], 3);
    let diagnosis = Diagnosis::of(&data);
    let model = model(&log);
    let points = response::curve(&model, Regime::joint(2), 0, None, 11, &[]).unwrap();
    let set = diagnosis.overlaps[0].set.unwrap();
    assert_eq!(
        (points[0].actions[0], points[10].actions[0]),
        (set.min, set.max)
    );
    let held = diagnosis.overlaps[1].set.unwrap().mean;
    assert!(points.iter().all(|point| close(point.actions[1], held)));
    assert!(
        points[1..10]
            .iter()
            .all(|point| point.prediction.support.is_inside())
    );
}

/// In the regression on a line, h = 1/n + (x − x̄)² / Σ (x − x̄)².
#[test]
fn the_leverage_of_a_line() {
    let line = |mean: f64, sd: f64| Leverage {
        rows: 100,
        monomials: vec![0, 1],
        products: vec![1.0, mean, mean * mean + sd * sd],
    };
    let rows = line(3.0, 0.5);
    for (mean, sd) in [(3.0, 0.5), (3.0, 0.0), (4.0, 0.0), (-7.0, 2.0)] {
        let mean_square: f64 = (mean - 3.0) * (mean - 3.0) + sd * sd;
        let expected = (1.0 + mean_square / 0.25) / 2.0;
        let found = rows.mean_of(&line(mean, sd)).unwrap();
        assert!((found / expected - 1.0).abs() < 1e-7, "{found} {expected}");
    }
}

/// Rows of a regime in which one hidden cause has this weight in both actions, and moves the outcome.
fn rows_with_shared_cause(regime: &str, weight: f64) -> String {
    let noise = |row: usize, step: f64| 2.0 * ((row + 1) as f64 * step).fract() - 1.0;
    let row = |row| {
        let common = noise(row, 0.438_578_872_0);
        let alone = |step| weight * common + noise(row, step);
        let a = match regime {
            "do(a)" => noise(row, 0.618_033_988_7),
            _ => alone(0.754_877_666_2),
        };
        let b = match regime {
            "do(b)" => noise(row, 0.569_840_290_9),
            _ => alone(0.324_717_957_2),
        };
        let y = a + b + common + 0.1 * noise(row, 0.855_674_877_0);
        format!("{regime},{a},{b},{y}\n")
    };
    (0..2000).map(row).collect()
}

#[test]
fn a_hidden_cause_of_two_actions_is_noticed_and_none_is_made_up() {
    for (weight, noticed) in [(0.0, false), (0.7, true)] {
        let log: Vec<_> = ["obs", "do(a)", "do(b)"]
            .map(|regime| rows_with_shared_cause(regime, weight))
            .into();
        let diagnosis = Diagnosis::of(&read(&[&log], 3));
        let contradicted = diagnosis
            .checks
            .iter()
            .filter(|check| check.tested.expect("all regimes are there").contradicted);
        let contradicted: Vec<_> = contradicted.map(|check| check.implication).collect();
        let expected = match noticed {
            true => vec![Implication::SeparateCauses],
            false => Vec::new(),
        };
        assert_eq!(contradicted, expected);
        let warned = diagnosis.findings.iter().any(|finding| {
            finding.weight == Weight::Beware
                && finding.found.contains("a hidden cause seems to move both")
        });
        assert_eq!(warned, noticed);

        let directory = TempDir::new().unwrap();
        let table = format!("regime,a,b,y\n{}", log.concat());
        fs::write(directory.path().join("log.csv"), table).unwrap();
        for command in [
            "fit log.csv --outcome y -o m.json",
            "diagnose log.csv --outcome y",
        ] {
            let printed = succeed(directory.path(), &format!("{command} --degree 3"));
            let said = |what: &str| printed.contains(what);
            assert_eq!(
                said("a hidden cause seems to move both"),
                noticed,
                "{printed}"
            );
            assert_eq!(
                said("nothing contradicts that every action"),
                !noticed,
                "{printed}"
            );
        }
    }
}

/// One factor at a time: nothing in the rows bears on an interaction, so one overturns the gain whose product makes up for
/// it.
#[test]
fn an_interaction_that_no_rows_test_overturns_the_gain_that_it_adds_up_to() {
    let log = "obs,0,0,5\nobs,0,0,5.2\nobs,0,0,4.8\ndo(a),2,0,8\ndo(a),1,0,6.6\ndo(b),0,4,6\ndo(b),0,2,5.6\n";
    let log: Vec<_> = log.lines().map(|line| format!("{line}\n")).collect();
    let data = read(&[&log], 1);
    let diagnosis = Diagnosis::of(&data);
    assert!(
        diagnosis
            .sensitivity
            .iter()
            .all(|of| of.pairs[0].interaction.is_none()),
        "degree 1 has no products"
    );

    let data = read(&[&log], 2);
    let diagnosis = Diagnosis::of(&data);
    let most = diagnosis.sensitivity.iter().find(|of| of.maximise).unwrap();
    assert_eq!(most.setting, [2.0, 4.0]);
    let model = fit(&data, Estimator::Structured, None).unwrap();
    let effect = |setting: &[f64]| model.predict(Regime::joint(2), setting).unwrap().effect;
    assert!(close(most.gain, effect(&[2.0, 4.0]) - effect(&[0.0, 0.0])));
    // A unit is the standard deviation of the values that an action was set to, where it rests otherwise.
    let spread = (0.08f64 / 3.0).sqrt();
    let product = spread * (2.0 / 0.5) * (4.0 / 1.0);
    let strength = most.pairs[0].interaction.unwrap();
    assert!(
        (strength * product / most.gain - 1.0).abs() < 1e-9,
        "{strength}"
    );
    assert!(close(most.all_untested.unwrap(), strength));
}
