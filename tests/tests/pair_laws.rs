//! Pairs of actions that rows set together have cross terms of their own, shrunk.

use joint_effects::app::lab::scm::{self, Family, Purpose};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Model;
use joint_effects::{Data, Estimator, Regime, fit};
use joint_effects_kernel::structured::design::Group;
use joint_effects_kernel::structured::interaction::PAIR_ODDS;
use joint_effects_tests::compare::largest_difference;
use joint_effects_tests::pairs::{Paired, difference, errors};
use joint_effects_tests::random::{normals, stream};
use joint_effects_tests::simulate::{Rows, Simulation, structured};
use std::fmt::Write;

/// Rows of a pair do no harm on average, by more than two standard errors, whether there is an interaction or none.
#[test]
fn rows_of_a_pair_never_harm() {
    for strength in [0.0, 0.1, 1.0] {
        let [without, _, with] = errors(2000..2030, 300, strength);
        let [worse, error] = difference(&with, &without);
        println!("{strength}: {worse:.5} worse, standard error {error:.5}");
        assert!(worse <= 2.0 * error, "{strength}: {worse} ± {error}");
    }
}

/// Where nothing was measured, the search alone is the whole fit; a pair that was set and that it finds has the cross terms
/// that it has in the fit, and one that it does not find has none.
#[test]
fn the_search_alone_is_the_fit_of_what_was_not_measured() {
    for strength in [0.0, 1.0] {
        let paired = Paired::draw(3, strength);
        let models = paired.models(300);
        let [without, with] = models.map(|model| model.polynomial(Regime::joint(5)).unwrap());
        let same = largest_difference(&without, &paired.searched(300, false)) < 1e-9;
        assert!(same, "{strength}");
        let same = largest_difference(&with, &paired.searched(300, true)) < 1e-9;
        assert_eq!(same, strength > 0.0, "{strength}");
    }
}

/// Of all pairs the one that was set is measured, though nothing is found, and is shrunk.
#[test]
fn the_pair_that_was_set_is_measured() {
    let paired = Paired::draw(7, 0.0);
    let [without, with] = paired.models(200);
    let interactions = |model: &Model| model.structured.clone().unwrap().interactions;
    assert!(interactions(&without).iter().all(|pair| !pair.measured));
    let [first, others @ ..] = &interactions(&with)[..] else {
        panic!("there are pairs");
    };
    assert_eq!(first.pair, paired.pair);
    assert!(first.measured && first.found && first.p_value > Some(1e-5));
    assert!(others.iter().all(|pair| !pair.measured && !pair.found));
    let priors = with.structured.unwrap().priors;
    let prior = priors.iter().find(|prior| prior.group == Group::Pair(0));
    assert!(prior.unwrap().determined < 0.9, "{prior:?}");
}

/// A factorial design of two levels: `effect` of both at once beside the sum of the two, and `replicates` of every cell,
/// which differ by `noise`.
fn factorial(effect: f64, replicates: usize, noise: f64) -> Model {
    let mut log = "regime,a,b,y\n".to_string();
    for (regime, a, b) in [
        ("obs", 0, 0),
        ("do(a)", 1, 0),
        ("do(b)", 0, 1),
        ("\"do(a,b)\"", 1, 1),
    ] {
        for replicate in 0..replicates {
            let y = f64::from(a) + 2.0 * f64::from(b) + effect * f64::from(a * b);
            let y = y + noise * if replicate % 2 == 0 { 1.0 } else { -1.0 };
            writeln!(log, "{regime},{a},{b},{y}").unwrap();
        }
    }
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
    let data = Data::read(&mut rows, 2, |_| ()).unwrap();
    fit(&data, Estimator::Structured, None).unwrap()
}

/// With replicates, what two factors do together is what was measured; without an interaction they add up.
/// A single row of the pair cannot tell an interaction from noise, so it is no measurement.
#[test]
fn a_factorial_design_learns_its_interaction() {
    let both = |model: &Model| {
        let joint = model.predict(Regime::joint(2), &[1.0, 1.0]).unwrap();
        (
            joint.effect,
            model.structured.as_ref().unwrap().interactions[0],
        )
    };
    let (effect, pair) = both(&factorial(0.5, 10, 0.1));
    assert!((effect - 3.5).abs() < 0.05 && pair.measured, "{effect}");
    let (effect, pair) = both(&factorial(0.0, 10, 0.1));
    assert!((effect - 3.0).abs() < 0.01 && pair.measured, "{effect}");
    let (_, pair) = both(&factorial(0.5, 1, 0.0));
    assert!(!pair.measured);
}

/// `count` rows of five regimes of four actions, each with a hidden cause of its own: an action is a `value` of
/// whether it is set, of its cause and of a draw of its own. What the outcome is beside causes and noise is the `effect` of a row.
fn caused(
    seed: u64,
    count: usize,
    value: fn(bool, f64, f64) -> f64,
    effect: fn(&[f64; 4]) -> f64,
) -> Vec<(Regime, Rows)> {
    let mut random = stream(seed);
    let singles = (0..4).map(Regime::single);
    let regimes = [Regime::OBSERVATIONAL].into_iter().chain(singles);
    let part = |regime: Regime| {
        let (mut actions, mut outcomes) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let draws = normals(&mut random, 9);
            let action = |k: usize| value(regime.sets(k), draws[k], draws[4 + k]);
            let row: [f64; 4] = std::array::from_fn(action);
            let hidden: f64 = draws[..4].iter().sum();
            outcomes.push(effect(&row) + 0.5 * hidden + 0.5 * draws[8]);
            actions.extend(row);
        }
        (regime, Rows { actions, outcomes })
    };
    regimes.map(part).collect()
}

/// Rows of four switches. The first two interact, and the last three do too, all at once, which no pair's cross terms
/// follow.
fn switches(seed: u64) -> Vec<(Regime, Rows)> {
    let value = |is_set, cause: f64, own| {
        let cause = if is_set { 0.0 } else { cause };
        f64::from(u8::from(cause + own > 0.0))
    };
    caused(seed, 600, value, |row| {
        let three: f64 = row[1..].iter().map(|on| 2.0 * on - 1.0).product();
        row.iter().sum::<f64>() + row[0] * row[1] + 0.5 * three
    })
}

/// What one interaction leaves of the outcome does not hide another, where no curve can be what is left.
#[test]
fn an_interaction_of_three_switches_does_not_hide_that_of_two() {
    for seed in 0..5 {
        let model = structured(4, 3, &switches(seed));
        let learned = model.structured.unwrap();
        let found: Vec<_> = (learned.interactions.iter())
            .filter(|pair| pair.found)
            .map(|pair| pair.pair)
            .collect();
        assert_eq!(found, [(0, 1)], "seed {seed}");
        assert!(learned.uncertainty.unwrap().inflation > 2.0, "seed {seed}");
    }
}

/// A pair that is not found has no p-value that would have it found, though a hidden cause that two actions share makes
/// the cross terms fit all rows far better.
#[test]
fn a_pair_that_is_not_found_has_no_tiny_p_value() {
    for seed in 0..20 {
        let mut simulation = Simulation::draw(Family::Polynomial, 4, seed);
        let mut random = scm::stream(seed, 0, Purpose::Confounding);
        simulation.model = simulation.model.with_confounding(0.9, &mut random).unwrap();
        let model = structured(4, 3, &simulation.training(2000));
        for pair in model.structured.unwrap().interactions {
            let small = pair.p_value.is_some_and(|p| p < 1.0 / PAIR_ODDS as f64);
            assert_eq!(small, pair.found, "seed {seed}: {pair:?}");
        }
    }
}

/// Rows of four actions of which every two interact a little.
fn mixers(seed: u64) -> Vec<(Regime, Rows)> {
    let value = |is_set, cause, own| match is_set {
        true => own,
        false => 0.8 * cause + 0.6 * own,
    };
    caused(seed, 200, value, mixed)
}

fn mixed(row: &[f64; 4]) -> f64 {
    let pairs = (0..4).flat_map(|second| (0..second).map(move |first| (first, second)));
    let products = pairs.map(|(first, second)| row[first] * row[second]);
    row.iter().sum::<f64>() + 0.1 * products.sum::<f64>()
}

/// Intervals hold though no interaction is found, because they allow for those too small for it. Without that they would
/// be too short.
#[test]
fn intervals_allow_for_interactions_too_small_to_be_found() {
    let (mut held, mut without, mut found, settings) = (0, 0, 0, 200);
    for seed in 0..20 {
        let model = structured(4, 3, &mixers(seed));
        let learned = model.structured.as_ref().unwrap();
        found += learned
            .interactions
            .iter()
            .filter(|pair| pair.found)
            .count();
        let unfound = learned.uncertainty.as_ref().unwrap().unfound;
        let mut random = stream(1000 + seed);
        for _ in 0..settings {
            let row: [f64; 4] = normals(&mut random, 4).try_into().unwrap();
            let joint = model.predict(Regime::joint(4), &row).unwrap();
            let interval = joint.interval.unwrap();
            let off = (joint.effect - mixed(&row)).abs();
            let width = joint.effect - interval.lower;
            let rest = (1.0 - unfound / interval.standard_error.powi(2)).sqrt();
            held += usize::from(off < width);
            without += usize::from(off < rest * width);
        }
    }
    let [held, without] = [held, without].map(|count| count as f64 / (20 * settings) as f64);
    println!("held {held}, without the allowance {without}, {found} found");
    assert!(held > 0.9 && without < held - 0.1 && found <= 6);
}
