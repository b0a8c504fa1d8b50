//! The degree of the polynomials, which the rows choose.

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::fit::{Estimator, fit};
use joint_effects::model::likelihood::{Fitted, degrees, likeliest_degree, likeliest_scale};
use joint_effects::{Data, Model, Regime};
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_tests::random;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Rows of three regimes of two actions between −1 and 1. A hidden cause of a tells on the outcome where a is left alone.
fn log(seed: u64, rows: usize, effect: impl Fn(f64, f64) -> f64) -> String {
    let mut random = random::stream(seed);
    let uniform = |random: &mut Xoshiro256PlusPlus| random.random_range(-1.0..1.0);
    let mut log = String::from("regime,a,b,y,week\n");
    for row in 0..rows {
        for regime in ["obs", "do(a)", "do(b)"] {
            let [hidden, own, b]: [f64; 3] = [(); 3].map(|()| uniform(&mut random));
            let a = if regime == "do(a)" {
                own
            } else {
                (hidden + own) / 2.0
            };
            let noise = random::normals(&mut random, 1)[0];
            let y = effect(a, b) + 0.3 * hidden + 0.05 * noise;
            log += &format!("{regime},{a},{b},{y},{}\n", row % 5);
        }
    }
    log
}

fn read(log: &str, columns: &Columns, degree: usize) -> Data {
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], columns).unwrap();
    Data::read(&mut rows, degree, |_| ()).unwrap()
}

fn columns() -> Columns {
    Columns {
        actions: Some(vec!["a".into(), "b".into()]),
        ..Columns::new("y")
    }
}

/// The fit of default options.
fn chosen(log: &str) -> Fitted {
    let data = read(log, &columns(), 6);
    let degrees = degrees(&data, Estimator::Structured, None, None);
    likeliest_degree(&data, degrees, |data| {
        fit(data, Estimator::Structured, None)
    })
    .unwrap()
}

fn degree(fitted: &Fitted) -> usize {
    fitted.data.basis.monomials().degree()
}

/// Root mean squared error of the joint effect, over a grid.
fn error(model: &Model, truth: impl Fn(f64, f64) -> f64) -> f64 {
    let values = || (0..=20).map(|step| f64::from(step) / 10.0 - 1.0);
    let points = values().flat_map(|a| values().map(move |b| [a, b]));
    let errors = points.map(|[a, b]| {
        let found = model.predict(Regime::joint(2), &[a, b]).unwrap();
        (found.effect - truth(a, b)).powi(2)
    });
    let errors: Vec<f64> = errors.collect();
    (errors.iter().sum::<f64>() / errors.len() as f64).sqrt()
}

/// A threshold in a, which no cubic follows.
fn threshold(a: f64, b: f64) -> f64 {
    1.0 / (1.0 + (-6.0 * a).exp()) + 0.4 * b * b
}

fn cubic(a: f64, b: f64) -> f64 {
    0.8 * a - 0.5 * a * a * a + 0.4 * b * b
}

/// All numbers that are sums over rows.
fn sums(data: &Data) -> Vec<f64> {
    let folds = data
        .regimes
        .iter()
        .flat_map(|part| part.near.iter().chain(&part.far));
    let cells = data.blocks.iter().flat_map(|blocks| blocks.cells.values());
    let moments = folds.flat_map(|fold| fold.buffer());
    moments.chain(cells.flatten()).copied().collect()
}

/// Moments to a high degree have those to a lower one in them, blocks and weights included.
#[test]
fn moments_to_a_degree_are_those_of_rows_read_to_it() {
    let log = log(1, 60, cubic);
    let plain = columns();
    let blocks = Columns {
        block: Some("week".into()),
        ..columns()
    };
    let weighted = Columns {
        weight: Some("week".into()),
        ..columns()
    };
    let weights = log.replace(",0\n", ",7\n");
    for (log, columns) in [(&log, plain), (&log, blocks), (&weights, weighted)] {
        let high = read(log, &columns, 6);
        for degree in 1..=6 {
            let (lower, read) = (high.to_degree(degree).unwrap(), read(log, &columns, degree));
            assert_eq!((&lower.basis, &lower.ranges), (&read.basis, &read.ranges));
            let (lower, read) = (sums(&lower), sums(&read));
            assert_eq!(lower.len(), read.len());
            for (lower, read) in lower.iter().zip(&read) {
                assert!((lower - read).abs() <= 1e-12 * read.abs().max(1.0));
            }
        }
        assert_eq!(high.to_degree(7), None);
    }
}

#[test]
fn a_threshold_is_followed() {
    let (mut all, mut of_cubics) = (0.0, 0.0);
    for seed in 0..10 {
        let log = log(seed, 400, threshold);
        let fitted = chosen(&log);
        let cubic = read(&log, &columns(), 3);
        let cubic = fit(&cubic, Estimator::Structured, None).unwrap();
        let [own, cubic] = [&fitted.model, &cubic].map(|model| error(model, threshold));
        assert!(
            degree(&fitted) > 3 && own < cubic,
            "seed {seed}: {own}, {cubic}"
        );
        assert_eq!(fitted.degrees.len(), 4);
        all += own;
        of_cubics += cubic;
    }
    assert!(all < 0.6 * of_cubics, "{all}, {of_cubics}");
}

/// A degree that nothing asks for is not taken, of few rows or of many.
#[test]
fn a_cubic_stays_one() {
    for rows in [20, 400] {
        let higher = (0..40).filter(|&seed| degree(&chosen(&log(seed, rows, cubic))) > 3);
        let higher = higher.count();
        assert!(higher <= 2, "{rows} rows: {higher} of 40");
    }
}

/// Far values decide a polynomial of a high degree, so none is considered.
#[test]
fn far_values_keep_to_cubics() {
    let spread = read(&log(0, 100, threshold), &columns(), 6);
    assert_eq!(degrees(&spread, Estimator::Structured, None, None), 3..=6);
    let far = |regime: &str| log(0, 100, threshold) + &format!("{regime},4.0,0.0,1.0,0\n");
    for regime in ["obs", "do(a)"] {
        let data = read(&far(regime), &columns(), 6);
        assert_eq!(degrees(&data, Estimator::Structured, None, None), 3..=3);
        assert_eq!(degrees(&data, Estimator::Structured, None, Some(5)), 5..=5);
    }
    // Nor where nothing chooses.
    assert_eq!(degrees(&spread, Estimator::Indicator, None, None), 3..=3);
    assert_eq!(
        degrees(&spread, Estimator::Structured, Some(0.1), None),
        3..=3
    );
}

/// Rows of five regimes of four actions between −1 and 1, each with a hidden cause of its own; the first has a threshold.
fn four_actions(seed: u64, rows: usize) -> String {
    let mut random = random::stream(seed);
    let mut log = String::from("regime,a,b,c,d,y\n");
    for _ in 0..rows {
        for regime in ["obs", "do(a)", "do(b)", "do(c)", "do(d)"] {
            let mut y = 0.05 * random::normals(&mut random, 1)[0];
            let row = ["(a)", "(b)", "(c)", "(d)"].map(|name| {
                let [hidden, own]: [f64; 2] = [(); 2].map(|()| random.random_range(-1.0..1.0));
                y += 0.3 * hidden;
                match regime.contains(name) {
                    true => own,
                    false => (hidden + own) / 2.0,
                }
            });
            let [a, b, c, d] = row;
            y += threshold(a, b) + c - d;
            log += &format!("{regime},{a},{b},{c},{d},{y}\n");
        }
    }
    log
}

/// By the first rows, a log of four actions is summed to a degree at which a threshold is followed, or to 3 where these
/// have far values.
#[test]
fn four_actions_follow_a_threshold_where_values_are_spread() {
    let read = |log: &str, degree: Option<usize>| {
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
        Data::read(&mut rows, degree, |_| ()).unwrap()
    };
    let degree = |data: &Data| data.basis.monomials().degree();
    let error = |model: &Model| {
        let mut random = random::stream(9);
        let squares = (0..500).map(|_| {
            let row: [f64; 4] = [(); 4].map(|()| random.random_range(-1.0..1.0));
            let [a, b, c, d] = row;
            let found = model.predict(Regime::joint(4), &row).unwrap();
            (found.effect - threshold(a, b) - c + d).powi(2)
        });
        (squares.sum::<f64>() / 500.0).sqrt()
    };
    for seed in 0..3 {
        let log = four_actions(seed, 1500);
        let data = read(&log, None);
        assert_eq!(degree(&data), 6);
        let all = degrees(&data, Estimator::Structured, None, None);
        assert_eq!(all, 3..=6);
        let fitted = likeliest_degree(&data, all, |data| fit(data, Estimator::Structured, None));
        let cubic = fit(&read(&log, Some(3)), Estimator::Structured, None).unwrap();
        let [own, cubic] = [&fitted.unwrap().model, &cubic].map(error);
        println!("seed {seed}: {own}, by cubics {cubic}");
        assert!(own < 0.75 * cubic, "seed {seed}: {own}, {cubic}");
    }
    let log = four_actions(0, 300);
    let (header, rows) = log.split_once('\n').unwrap();
    let far = "obs,9,0,0,0,1\n";
    let begins = read(&format!("{header}\n{far}{rows}"), None);
    assert_eq!(degree(&begins), 3);
    let ends = read(&format!("{header}\n{rows}{far}"), None);
    assert_eq!(degree(&ends), 6);
    assert_eq!(degrees(&ends, Estimator::Structured, None, None), 3..=3);
}

/// Doses of one drug at a time, and what is left of a culture.
fn doses(kept: impl Fn(f64) -> f64) -> String {
    let mut random = random::stream(3);
    let mut log = String::from("regime,a,b,y\n");
    for plate in 0..4 {
        for dose in 0..8 {
            let dose = f64::from(dose) / 2.0;
            for (regime, a, b) in [
                ("do(a)", dose, 0.0),
                ("do(b)", 0.0, dose),
                ("obs", 0.0, 0.0),
            ] {
                let regime = if dose == 0.0 { "obs" } else { regime };
                let noise = 0.005 * random::normals(&mut random, 1)[0];
                if regime != "obs" || plate == 0 || dose == 0.0 {
                    log += &format!("{regime},{a},{b},{}\n", kept(a + b) + noise);
                }
            }
        }
    }
    log
}

/// No rows of single doses test whether effects add up; where their sum would be below zero, they multiply.
#[test]
fn effects_multiply_where_their_sum_would_be_impossible() {
    let taken = |log: &str| {
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
        let data = Data::read_on(&[Scale::Identity, Scale::Log], &mut rows, 3, |_| ()).unwrap();
        let fitted = data.into_iter().map(|data| Fitted {
            model: fit(&data, Estimator::Structured, None).unwrap(),
            data,
            degrees: Vec::new(),
        });
        likeliest_scale(fitted.collect())
    };
    let (fitted, comparison) = taken(&doses(|dose| 0.03 + 0.97 * (-dose).exp()));
    assert_eq!(fitted.data.scale, Scale::Log);
    let sum = comparison.lowest_sum.unwrap();
    assert!((-1.0..-0.8).contains(&sum), "{sum}");
    let together = fitted.model.predict(Regime::joint(2), &[3.5, 3.5]).unwrap();
    assert!(together.effect > 0.0);
    // An effect of half the outcome at most has a sum above zero, and nothing is decided by it.
    let (_, comparison) = taken(&doses(|dose| 0.6 + 0.4 * (-dose).exp()));
    assert_eq!(comparison.lowest_sum, None);
}
