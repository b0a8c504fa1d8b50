//! Rows that count for more than one.

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::moments::data::DataError;
use joint_effects::{Data, Estimator, Model, Regime, fit};
use joint_effects_kernel::fit::{lasso, ridge};
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::random;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::fmt::Write;

const REGIMES: [&str; 3] = ["obs", "do(a)", "do(b)"];

/// A row: its regime, two actions, the outcome and how many measurements it is the mean of.
#[derive(Clone)]
struct Row {
    regime: &'static str,
    actions: [f64; 2],
    outcome: f64,
    weight: f64,
}

fn truth([a, b]: [f64; 2]) -> f64 {
    a - 0.5 * a * a + 0.8 * b
}

/// Actions that a hidden cause moves with the outcome, and means of as many measurements as `weight` draws, with
/// noise of standard deviation 1 each.
fn draw(
    seed: u64,
    rows: usize,
    mut weight: impl FnMut(&mut dyn FnMut() -> f64) -> f64,
) -> Vec<Row> {
    let mut random = random::stream(seed);
    let mut drawn = Vec::new();
    for _ in 0..rows {
        for regime in REGIMES {
            let [hidden, a, b, noise]: [f64; 4] = [(); 4].map(|()| random.sample(StandardNormal));
            let left_alone = |name: &str, value: f64| match regime.contains(name) {
                true => value,
                false => 0.6 * hidden + 0.8 * value,
            };
            let actions = [left_alone("(a)", a), left_alone("(b)", b)];
            let weight = weight(&mut || random.random_range(0.0..1.0));
            drawn.push(Row {
                regime,
                actions,
                outcome: truth(actions) + hidden * 0.05 + noise / weight.sqrt(),
                weight,
            });
        }
    }
    drawn
}

fn read(rows: &[Row], weighted: bool) -> Data {
    let mut log = String::from("regime,a,b,n,y\n");
    for row in rows {
        let [a, b] = row.actions;
        writeln!(
            log,
            "{},{a:e},{b:e},{:e},{:e}",
            row.regime, row.weight, row.outcome
        )
        .unwrap();
    }
    let columns = Columns {
        actions: Some(vec!["a".into(), "b".into()]),
        weight: weighted.then(|| "n".into()),
        ..Columns::new("y")
    };
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    Data::read(&mut rows, 2, |_| ()).unwrap()
}

fn structured(data: &Data, noise: Option<f64>) -> Model {
    fit(data, Estimator::Structured, noise).unwrap()
}

/// Effects of both actions over a grid, and their standard errors.
fn predictions(model: &Model) -> (Vec<f64>, Vec<f64>) {
    let joint = Regime::joint(2);
    let grid = grid().map(|point| model.predict(joint, &point).unwrap());
    grid.map(|prediction| {
        let interval = prediction.interval.unwrap();
        (prediction.effect, interval.standard_error)
    })
    .unzip()
}

fn grid() -> impl Iterator<Item = [f64; 2]> {
    let axis = [-1.0, -0.3, 0.4, 1.1];
    axis.into_iter().flat_map(move |a| axis.map(|b| [a, b]))
}

#[test]
fn only_ratios_of_weights_matter() {
    let plain = draw(1, 200, |_| 1.0);
    let mut weighted = plain.clone();
    weighted.iter_mut().for_each(|row| row.weight = 7.5);
    let expected = predictions(&structured(&read(&plain, false), None));
    let found = predictions(&structured(&read(&weighted, true), None));
    assert!(relative_distance(&found.0, &expected.0) < 1e-9);
    assert!(relative_distance(&found.1, &expected.1) < 1e-9);
}

/// Ridge and lasso know nothing of rows but their sums, for which a weight is how often a row comes.
#[test]
fn a_whole_weight_repeats_a_row() {
    let rows = draw(2, 100, |uniform| (1.0 + 4.0 * uniform()).floor());
    let repeated = rows.iter().flat_map(|row| {
        let times = row.weight as usize;
        std::iter::repeat_n(row.clone(), times)
    });
    let repeated: Vec<_> = repeated.collect();
    let (once, often) = (read(&rows, true), read(&repeated, false));
    for (once, often) in once.regimes.iter().zip(&often.regimes) {
        let [once, often] = [once, often].map(|part| {
            let total = part.total();
            let mut coefficients = vec![0.0; 2 * total.columns()];
            let (ridges, lassos) = coefficients.split_at_mut(total.columns());
            let mut scratch = vec![0.0; ridge::scratch_len(total.columns())];
            ridge::fit(&total, 0.5, ridges, &mut scratch).unwrap();
            let mut scratch = vec![0.0; lasso::scratch_len(total.columns())];
            lasso::fit(&total, 0.01, lassos, &mut scratch).unwrap();
            coefficients
        });
        assert!(relative_distance(&once, &often) < 1e-9);
    }
}

/// Of measurements at the same actions their mean says all, but for the noise.
#[test]
fn means_of_measurements_are_the_measurements() {
    let mut random = random::stream(3);
    let settings = draw(4, 120, |_| 1.0);
    let (mut all, mut means) = (Vec::new(), Vec::new());
    for setting in settings {
        let times = random.random_range(1..6);
        let measured: Vec<f64> = (0..times)
            .map(|_| setting.outcome + random.sample::<f64, _>(StandardNormal))
            .collect();
        all.extend(measured.iter().map(|&outcome| Row {
            outcome,
            ..setting.clone()
        }));
        means.push(Row {
            outcome: measured.iter().sum::<f64>() / times as f64,
            weight: times as f64,
            ..setting
        });
    }
    let noise = Some(std::f64::consts::SQRT_2);
    let expected = predictions(&structured(&read(&all, false), noise));
    let found = predictions(&structured(&read(&means, true), noise));
    for ((found, expected), error) in found.0.iter().zip(&expected.0).zip(&expected.1) {
        assert!((found - expected).abs() < 0.02 * error);
    }
    assert!(relative_distance(&found.1, &expected.1) < 0.02);
}

/// Where some rows are means of a hundred measurements and others are single ones, weights say so.
#[test]
fn weights_make_effects_better_and_intervals_right() {
    let (mut squares, mut held, mut of) = ([0.0; 2], 0, 0);
    for seed in 0..40 {
        let rows = draw(100 + seed, 60, |uniform| 100_f64.powf(uniform()).round());
        for (weighted, square) in [false, true].into_iter().zip(&mut squares) {
            let (effects, errors) = predictions(&structured(&read(&rows, weighted), None));
            for ((effect, error), point) in effects.iter().zip(&errors).zip(grid()) {
                let off = effect - truth(point);
                *square += off * off;
                if weighted {
                    held += usize::from(off.abs() < 1.98 * error);
                    of += 1;
                }
            }
        }
    }
    let [without, with] = squares.map(f64::sqrt);
    let share = held as f64 / of as f64;
    println!(
        "error with weights / without: {:.2}; intervals hold {share:.3}",
        with / without
    );
    assert!(with < 0.8 * without);
    assert!((0.92..0.995).contains(&share));
}

#[test]
fn a_weight_that_is_none_is_refused_by_its_place() {
    for (weight, problem) in [
        ("0", "expected a weight above 0, found 0"),
        ("-2", "expected a weight above 0, found -2"),
        ("x", "expected a number, found \"x\""),
    ] {
        let log = format!("regime,a,n,y\nobs,1,1,1\ndo(a),2,{weight},3\n");
        let columns = Columns {
            weight: Some("n".into()),
            ..Columns::new("y")
        };
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &columns).unwrap();
        let Err(DataError::Table(error)) = Data::read(&mut rows, 1, |_| ()) else {
            panic!("{weight} is read");
        };
        assert!(error.to_string().ends_with(problem), "{error}");
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}
