//! The laws of the simulator: what is drawn is what is documented, and the truth is true.

#![cfg(feature = "app")]

use joint_effects::app::lab::scm::{
    Distribution, Family, Generators, Model, Purpose, Sampler, stream,
};
use joint_effects::moments::tile::{Column, ROWS};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::regime::Regime;
use statrs::distribution::{ContinuousCDF, Normal};
use std::f64::consts::PI;

const FAMILIES: [Family; 2] = [Family::Polynomial, Family::Linear];

/// Standard errors that an estimate may be away from its expectation; the seeds are fixed.
const TOLERANCE: f64 = 4.0;

fn draw(family: Family, actions: usize, run: u64) -> Model {
    Model::draw(family, actions, &mut stream(7, run, Purpose::Model)).unwrap()
}

/// `rows` rows as columns, the actions and then the outcome.
fn sample(
    model: &Model,
    regime: Regime,
    interventions: &[Distribution],
    run: u64,
    rows: usize,
) -> Vec<Vec<f64>> {
    let rng = stream(7, run, Purpose::Training(regime));
    let mut sampler = Sampler::new(model, regime, interventions, rng).unwrap();
    let mut tile = vec![Column::ZEROS; model.actions() + 1];
    let mut columns = vec![Vec::with_capacity(rows); tile.len()];
    for start in (0..rows).step_by(ROWS) {
        let rows = ROWS.min(rows - start);
        sampler.fill(&mut tile, rows).unwrap();
        for (column, values) in columns.iter_mut().zip(&tile) {
            column.extend_from_slice(&values.0[..rows]);
        }
    }
    columns
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean, its standard error, the variance, its standard error, and the kurtosis.
fn moments(values: &[f64]) -> (f64, f64, f64, f64, f64) {
    let n = values.len() as f64;
    let center = mean(values);
    let central = |power| {
        mean(&Vec::from_iter(
            values.iter().map(|v| (v - center).powi(power)),
        ))
    };
    let (variance, fourth) = (central(2), central(4));
    let error = ((fourth - variance * variance) / n).sqrt();
    let kurtosis = fourth / (variance * variance);
    (center, (variance / n).sqrt(), variance, error, kurtosis)
}

#[test]
fn distributions_have_their_moments() {
    let standard_deviation = 0.5;
    for (law, kurtosis) in [
        (
            Distribution::Normal {
                mean: -2.0,
                standard_deviation,
            },
            3.0,
        ),
        (Distribution::Uniform { standard_deviation }, 1.8),
        (Distribution::Logistic { standard_deviation }, 4.2),
        // e^{4σ²} + 2 e^{3σ²} + 3 e^{2σ²} − 3
        (Distribution::Lognormal { sigma: 0.3 }, 4.644),
    ] {
        let mut generators = Generators::new(&mut stream(7, 0, Purpose::Model));
        let mut column = Column::ZEROS;
        let mut values = Vec::new();
        for _ in 0..600 {
            law.fill(&mut generators, &mut column);
            values.extend_from_slice(&column.0);
        }
        let (center, center_error, variance, variance_error, found) = moments(&values);
        assert!((center - law.mean()).abs() < TOLERANCE * center_error);
        assert!((variance - law.variance()).abs() < TOLERANCE * variance_error);
        assert!((found - kurtosis).abs() < 0.05 * kurtosis, "{law:?}");
    }
}

/// Every draw, put through its law's distribution function, is uniform, and so is every pair of
/// draws a lane, a generator's step, or two of them apart: chi-squared over equal bins.
#[test]
fn draws_follow_their_laws_one_by_one_and_in_pairs() {
    const BINS: usize = 16;
    const COLUMNS: usize = 800;
    let standard_deviation = 0.5;
    let logistic_scale = 3f64.sqrt() / PI * standard_deviation;
    let normal = Normal::new(0.0, 1.0).unwrap();
    type Cdf<'a> = &'a dyn Fn(f64) -> f64;
    let laws: [(Distribution, Cdf<'_>); 4] = [
        (
            Distribution::Normal {
                mean: 1.0,
                standard_deviation,
            },
            &|x| normal.cdf((x - 1.0) / standard_deviation),
        ),
        (Distribution::Uniform { standard_deviation }, &|x| {
            0.5 + x / (12f64.sqrt() * standard_deviation)
        }),
        (Distribution::Logistic { standard_deviation }, &|x| {
            1.0 / (1.0 + (-x / logistic_scale).exp())
        }),
        (Distribution::Lognormal { sigma: 0.3 }, &|x| {
            normal.cdf(x.ln() / 0.3)
        }),
    ];
    let limit = |bins: usize| {
        let freedom = bins as f64 - 1.0;
        freedom + TOLERANCE * (2.0 * freedom).sqrt()
    };
    let chi_squared = |counts: &[u32]| {
        let total: u32 = counts.iter().sum();
        let expected = f64::from(total) / counts.len() as f64;
        let squares = counts.iter().map(|&n| (f64::from(n) - expected).powi(2));
        squares.sum::<f64>() / expected
    };
    for (law, cdf) in laws {
        let mut generators = Generators::new(&mut stream(7, 1, Purpose::Model));
        let mut column = Column::ZEROS;
        let mut draws = Vec::with_capacity(COLUMNS * ROWS);
        for _ in 0..COLUMNS {
            law.fill(&mut generators, &mut column);
            draws.extend(column.0.map(|x| (cdf(x) * BINS as f64) as usize));
        }
        let mut counts = [0; BINS];
        for &bin in &draws {
            counts[bin] += 1;
        }
        let found = chi_squared(&counts);
        assert!(found < limit(BINS), "{law:?}: {found}");
        for lag in [1, 8, 16] {
            let mut counts = [0; BINS * BINS];
            for (&before, &after) in draws.iter().zip(&draws[lag..]) {
                counts[before * BINS + after] += 1;
            }
            let found = chi_squared(&counts);
            assert!(found < limit(BINS * BINS), "{law:?}, {lag} apart: {found}");
        }
    }
}

#[test]
fn the_effect_is_the_mean_outcome_under_do() {
    let points = [[0.0; 4], [0.4, -0.3, 0.8, 0.1], [-1.0, 1.5, 0.2, 2.0]];
    for family in FAMILIES {
        for run in 0..4 {
            let mut model = draw(family, 4, run);
            if run % 2 == 1 {
                let rng = stream(7, run, Purpose::Interaction);
                model = model.with_interaction(0.7, rng).unwrap();
            }
            if run > 1 {
                let mut rng = stream(7, run, Purpose::Confounding);
                model = model.with_confounding(-0.8, &mut rng).unwrap();
            }
            let monomials = Monomials::new(4, 2).unwrap();
            let mut features = vec![0.0; monomials.len()];
            for point in points {
                // do(a) exactly: a law without spread.
                let laws = point.map(|mean| Distribution::Normal {
                    mean,
                    standard_deviation: 0.0,
                });
                let rows = sample(&model, Regime::joint(4), &laws, run, 30_000);
                let (found, error, ..) = moments(&rows[4]);
                let effect =
                    predictor::evaluate(monomials, &model.effect(), &point, &mut features).unwrap();
                assert!(
                    (found - effect).abs() < TOLERANCE * error,
                    "{family:?}, run {run}: {found} ± {error}, not {effect}"
                );
            }
        }
    }
}

#[test]
fn hidden_causes_go_together_and_the_effect_stays() {
    let shared = |family, correlation| {
        let mut rng = stream(7, 0, Purpose::Confounding);
        draw(family, 4, 0)
            .with_confounding(correlation, &mut rng)
            .unwrap()
    };
    for family in FAMILIES {
        let plain = draw(family, 4, 0);
        assert_eq!(plain.confounding(), None);
        let observe = |model: &Model| sample(model, Regime::OBSERVATIONAL, &[], 0, 60_000);
        let none = shared(family, 0.0);
        let [i, j] = none.confounding().unwrap();
        assert!(i < j && j < 4);
        let close = |a: &[f64], b: &[f64]| {
            a.iter()
                .zip(b)
                .all(|(a, b)| (a - b).abs() < 1e-12 * a.abs().max(1.0))
        };
        assert!(
            observe(&plain)
                .iter()
                .zip(&observe(&none))
                .all(|(a, b)| close(a, b))
        );

        let strong = shared(family, 0.9);
        assert_eq!(strong.effect(), plain.effect());
        let (before, after) = (observe(&plain), observe(&strong));
        for action in (0..4).filter(|&action| action < j) {
            assert_eq!(before[action], after[action], "{family:?}");
        }
        assert_ne!(before[j], after[j]);
        // Where the first of the two is set, the law of what the other one listens to is the same.
        let laws = plain.interventions([(0.3, 0.5); 4]);
        let set = |model: &Model| {
            let rows = sample(model, Regime::joint(4), &laws, 0, 60_000);
            let (mean, error, ..) = moments(&rows[4]);
            (mean, error)
        };
        let ((one, error), (other, _)) = (set(&plain), set(&strong));
        assert!(
            (one - other).abs() < 2.0 * TOLERANCE * error,
            "{family:?}: {one}, {other} ± {error}"
        );
    }
    let mut rng = stream(7, 0, Purpose::Confounding);
    let error = draw(Family::Linear, 1, 0).with_confounding(0.5, &mut rng);
    assert_eq!(error.unwrap_err().needed, 2);
}

#[test]
fn an_interaction_has_its_strength() {
    for family in FAMILIES {
        let plain = draw(family, 4, 0);
        assert_eq!(plain.interaction(), None);
        let rng = stream(7, 0, Purpose::Interaction);
        let model = plain.clone().with_interaction(0.3, rng).unwrap();
        let [i, j] = model.interaction().unwrap();
        assert!(i < j && j < 4);

        let monomials = Monomials::new(4, 2).unwrap();
        let (with, without) = (model.effect(), plain.effect());
        let cross = monomials.index_of([i, j]).unwrap();
        let observed = sample(&model, Regime::OBSERVATIONAL, &[], 0, 60_000);
        let [spread, other] = [i, j].map(|k| moments(&observed[k]).2.sqrt());
        // The spread of a lognormal sum is itself uncertain by several percent.
        let tolerance = if family == Family::Linear { 0.05 } else { 0.01 };
        assert!((with[cross] * spread * other - 0.3).abs() < tolerance);
        for index in 0..monomials.len() {
            let factors = Vec::from_iter(monomials.factors(index));
            let moved = [&[][..], &[i], &[j], &[i, j]].contains(&&factors[..]);
            assert_eq!(with[index] != without[index], moved);
        }
    }
    let rng = stream(7, 0, Purpose::Interaction);
    let error = draw(Family::Linear, 1, 0).with_interaction(1.0, rng);
    assert_eq!(error.unwrap_err().needed, 2);
}

#[test]
fn set_actions_follow_the_intervention_and_nothing_else() {
    let regime = Regime::single(1).with(3);
    for family in FAMILIES {
        let model = draw(family, 4, 1);
        let laws = model.interventions([(0.3, 0.5); 4]);
        let rows = sample(&model, regime, &laws, 1, 30_000);
        for set in regime.actions() {
            let (center, center_error, variance, variance_error, _) = moments(&rows[set]);
            assert!((center - laws[set].mean()).abs() < TOLERANCE * center_error);
            assert!((variance - laws[set].variance()).abs() < TOLERANCE * variance_error);
            for other in 0..set {
                let (a, b) = (mean(&rows[set]), mean(&rows[other]));
                let pairs = rows[set].iter().zip(&rows[other]);
                let products = Vec::from_iter(pairs.map(|(x, y)| (x - a) * (y - b)));
                let (covariance, error, ..) = moments(&products);
                assert!(covariance.abs() < TOLERANCE * error);
            }
        }
    }
}

#[test]
fn setting_an_action_moves_only_its_descendants() {
    let actions = 5;
    for family in FAMILIES {
        let mut moved = 0;
        for run in 0..3 {
            let model = draw(family, actions, run);
            let observed = sample(&model, Regime::OBSERVATIONAL, &[], run, 20_000);
            // Far from where the action is when it is left alone.
            let laws = [Distribution::Normal {
                mean: 5.0,
                standard_deviation: 2.0,
            }; 5];
            for set in 0..actions {
                let rows = sample(&model, Regime::single(set), &laws, run, 20_000);
                let mut descends = vec![false; actions];
                descends[set] = true;
                for action in 0..actions {
                    descends[action] |= (0..action)
                        .any(|parent| descends[parent] && model.has_edge(parent, action));
                    let (before, error, spread, spread_error, _) = moments(&observed[action]);
                    let (after, other, width, width_error, _) = moments(&rows[action]);
                    let same = (before - after).abs() < TOLERANCE * error.hypot(other)
                        && (spread - width).abs() < TOLERANCE * spread_error.hypot(width_error);
                    if !descends[action] {
                        assert!(same, "{family:?}, run {run}: do({set}) moved {action}");
                    } else if !same {
                        moved += 1;
                    }
                }
            }
        }
        assert!(moved > 3 * actions, "children move too");
    }
}

#[test]
fn interventions_follow_the_family() {
    let observed = [(0.1, 0.2), (0.3, 0.4), (0.5, 0.6)];
    let laws = draw(Family::Polynomial, 3, 0).interventions(observed);
    for (law, (mean, standard_deviation)) in laws.iter().zip(observed) {
        let expected = Distribution::Normal {
            mean,
            standard_deviation,
        };
        assert_eq!(*law, expected);
    }
    let laws = draw(Family::Linear, 3, 0).interventions(observed);
    assert!(matches!(laws[0], Distribution::Lognormal { sigma } if (0.5..1.5).contains(&sigma)));
    assert_eq!(laws, [laws[0]; 3]);
}

#[test]
fn edges_have_their_probability() {
    for (family, probability) in FAMILIES.into_iter().zip([0.3, 0.5]) {
        let (mut edges, runs) = (0, 1000);
        for run in 0..runs {
            let model = draw(family, 5, run);
            for action in 0..5 {
                assert!((action..5).all(|later| !model.has_edge(later, action)));
                edges += (0..action).filter(|&p| model.has_edge(p, action)).count();
            }
        }
        let pairs = (10 * runs) as f64;
        let error = (probability * (1.0 - probability) / pairs).sqrt();
        assert!((edges as f64 / pairs - probability).abs() < TOLERANCE * error);
    }
}

#[test]
fn a_stream_is_its_seed_run_and_purpose() {
    let mut purposes = vec![Purpose::Model, Purpose::Interaction, Purpose::Confounding];
    for regime in (0..8).map(Regime::from_bits) {
        purposes.extend([
            Purpose::Training(regime),
            Purpose::Test(regime),
            Purpose::Pooled(regime),
        ]);
    }
    let mut starts = Vec::new();
    for seed in 0..4 {
        for run in 0..8 {
            for &purpose in &purposes {
                assert_eq!(stream(seed, run, purpose), stream(seed, run, purpose));
                starts.push(format!("{:?}", stream(seed, run, purpose)));
            }
        }
    }
    let count = starts.len();
    starts.sort();
    starts.dedup();
    assert_eq!(starts.len(), count);
}

#[test]
fn rows_do_not_depend_on_how_many_are_taken() {
    let model = draw(Family::Polynomial, 3, 2);
    let whole = sample(&model, Regime::OBSERVATIONAL, &[], 2, 3 * ROWS);
    for rows in [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 100] {
        let part = sample(&model, Regime::OBSERVATIONAL, &[], 2, rows);
        for (part, whole) in part.iter().zip(&whole) {
            assert_eq!(part[..], whole[..rows]);
        }
    }
}

#[test]
fn later_rows_of_a_partial_tile_are_zero() {
    for family in FAMILIES {
        let model = draw(family, 3, 3)
            .with_interaction(1.0, stream(7, 3, Purpose::Interaction))
            .unwrap();
        let rng = stream(7, 3, Purpose::Model);
        let mut sampler = Sampler::new(&model, Regime::OBSERVATIONAL, &[], rng).unwrap();
        let mut tile = [Column::ZEROS; 4];
        for column in &mut tile {
            column.0.fill(f64::NAN);
        }
        for rows in [ROWS, 100, 0] {
            sampler.fill(&mut tile, rows).unwrap();
            for column in &tile {
                let (drawn, rest) = column.0.split_at(rows);
                assert!(drawn.iter().all(|&value| value != 0.0 && value.is_finite()));
                assert!(rest.iter().all(|&value| value == 0.0));
            }
        }
    }
}

#[test]
fn shapes_are_checked_at_the_door() {
    let model = draw(Family::Linear, 2, 0);
    let laws = model.interventions([(0.0, 1.0); 2]);
    let new = |regime, laws| Sampler::new(&model, regime, laws, stream(0, 0, Purpose::Model));
    assert!(new(Regime::single(0), &laws[..1]).is_ok());
    let error = new(Regime::joint(2), &laws[..1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "interventions: 2 numbers needed, 1 given"
    );
    assert_eq!(
        new(Regime::single(2), &laws).unwrap_err().to_string(),
        "actions: 3 numbers needed, 2 given"
    );
    let mut sampler = new(Regime::OBSERVATIONAL, &[]).unwrap();
    assert!(sampler.fill(&mut [Column::ZEROS; 2], 1).is_err());
    let mut rng = stream(0, 0, Purpose::Model);
    assert!(Model::draw(Family::Linear, 0, &mut rng).is_err());
    assert!(Model::draw(Family::Linear, 33, &mut rng).is_err());
    let mut largest = Model::draw(Family::Polynomial, 32, &mut rng).unwrap();
    largest = largest
        .with_interaction(1.0, stream(0, 0, Purpose::Interaction))
        .unwrap();
    assert_eq!(largest.effect().len(), 561);
}
