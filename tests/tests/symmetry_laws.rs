//! What a prediction must not depend on: the names and the order of the actions, their units and
//! origins, and the order of the rows of a regime.

use joint_effects::app::lab::scm::Family;
use joint_effects::model::fit::Estimator;
use joint_effects::model::{Model, Predictor};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::log::{self, ESTIMATORS};
use joint_effects_tests::penalty::Penalty;
use joint_effects_tests::simulate::{Rows, Simulation};
use joint_effects_tests::{feed, random};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::StandardNormal;

const ACTIONS: usize = 3;
const DEGREE: usize = 2;

fn names() -> Vec<String> {
    (0..ACTIONS).map(|k| format!("a{k}")).collect()
}

/// Rows of every training regime, rounded so that shifting them by whole numbers loses nothing.
fn rounded(seed: u64) -> Vec<(Regime, Rows)> {
    let mut data = Simulation::draw(Family::Polynomial, ACTIONS, seed).training(150);
    for value in data.iter_mut().flat_map(|(_, rows)| &mut rows.actions) {
        *value = (*value * 4096.0).round() / 4096.0;
    }
    data
}

/// The rows with every action k replaced by `unit[k] · a + origin[k]`.
fn measured(data: &[(Regime, Rows)], unit: &[f64], origin: &[f64]) -> Vec<(Regime, Rows)> {
    let other = |rows: &Rows| Rows {
        actions: rows
            .actions
            .chunks_exact(unit.len())
            .flat_map(|row| (0..unit.len()).map(|k| unit[k] * row[k] + origin[k]))
            .collect(),
        outcomes: rows.outcomes.clone(),
    };
    data.iter()
        .map(|(regime, rows)| (*regime, other(rows)))
        .collect()
}

fn structured(data: &[(Regime, Rows)]) -> Model {
    let data = log::read(&log::table(&names(), data), DEGREE);
    log::fit(&data, Estimator::Structured)
}

/// Effects and standard errors, where the model has them, of every regime at every row.
fn predictions(model: &Model, rows: &Rows) -> Vec<f64> {
    let regimes = (0..1 << ACTIONS).map(Regime::from_bits);
    let mut predicted = Vec::new();
    for regime in regimes {
        let mut predictor = Predictor::new(model, regime).unwrap();
        for row in rows.actions.chunks_exact(ACTIONS) {
            let prediction = predictor.predict(row).unwrap();
            predicted.push(prediction.effect);
            predicted.extend(prediction.interval.map(|interval| interval.standard_error));
        }
    }
    predicted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// In units that are powers of two, with origins that are whole numbers of them, to the bit.
    #[test]
    fn exact_units_and_origins_change_no_bit(
        seed in 0..1000_u64,
        exponents in prop::array::uniform3(-20..20_i32),
        origins in prop::array::uniform3(-50..50_i32),
    ) {
        let units = exponents.map(|exponent| f64::from(exponent).exp2());
        let origins = [0, 1, 2].map(|k| 16.0 * f64::from(origins[k]) * units[k]);
        let data = rounded(seed);
        let other = measured(&data, &units, &origins);
        let here = log::read(&log::table(&names(), &data), DEGREE);
        let there = log::read(&log::table(&names(), &other), DEGREE);
        for estimator in ESTIMATORS {
            let here = predictions(&log::fit(&here, estimator), &data[1].1);
            let there = predictions(&log::fit(&there, estimator), &other[1].1);
            prop_assert!(here == there, "{}", estimator.name());
        }
    }

    /// In any units, from any origins: the structured model to rounding, and the step at which its
    /// iteration stops.
    #[test]
    fn units_and_origins_do_not_matter_to_the_structured_model(
        seed in 0..1000_u64,
        units in prop::array::uniform3(0.01..100.0_f64),
        origins in prop::array::uniform3(-3.0..3.0_f64),
    ) {
        let data = rounded(seed);
        let origins = [0, 1, 2].map(|k| origins[k] * units[k]);
        let other = measured(&data, &units, &origins);
        let here = structured(&data);
        let there = structured(&other);
        let distance = relative_distance(
            &predictions(&there, &other[1].1),
            &predictions(&here, &data[1].1),
        );
        prop_assert!(distance < 1e-8, "{distance:e}");
    }

    /// The influence graph, the interactions and the effects of renamed actions are the renamed ones.
    #[test]
    fn permuting_the_actions_permutes_the_graph(
        seed in 0..1000_u64,
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let data = rounded(seed);
        let regime = |old: Regime| {
            old.actions().fold(Regime::OBSERVATIONAL, |new, k| new.with(order[k]))
        };
        let moved = |row: &[f64]| -> Vec<f64> {
            (0..ACTIONS).map(|new| row[order.iter().position(|&k| k == new).unwrap()]).collect()
        };
        let renamed: Vec<_> = data.iter().map(|(old, rows)| {
            let rows = Rows {
                actions: rows.actions.chunks_exact(ACTIONS).flat_map(moved).collect(),
                outcomes: rows.outcomes.clone(),
            };
            (regime(*old), rows)
        }).collect();
        let here = structured(&data);
        let there = structured(&renamed);
        let (own, other) = (here.structured.as_ref().unwrap(), there.structured.as_ref().unwrap());

        prop_assert_eq!(own.influences.len(), other.influences.len());
        for edge in &own.influences {
            let ends = (order[edge.cause], order[edge.action]);
            let same = other.influences.iter().find(|edge| (edge.cause, edge.action) == ends);
            prop_assert!(same.is_some(), "{edge:?} is lost");
            prop_assert!(close(same.unwrap().p_value, edge.p_value));
        }
        for tested in &own.interactions {
            let (first, second) = (order[tested.pair.0], order[tested.pair.1]);
            let pair = (first.min(second), first.max(second));
            let same = other.interactions.iter().find(|other| other.pair == pair).unwrap();
            prop_assert_eq!(same.found, tested.found);
            prop_assert!(close(same.p_value.unwrap(), tested.p_value.unwrap()));
        }
        for (row, asked) in data[1].1.actions.chunks_exact(ACTIONS).zip((0..8).cycle()) {
            let asked = Regime::from_bits(asked);
            let expected = here.predict(asked, row).unwrap();
            let found = there.predict(regime(asked), &moved(row)).unwrap();
            prop_assert!((found.effect - expected.effect).abs() < 1e-8);
        }
    }
}

/// Equal but for rounding, which a small p-value magnifies.
fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-5 * expected.max(1e-300)
}

proptest! {
    /// Least squares to degree d spans the same polynomials whatever the units and origins.
    #[test]
    fn least_squares_does_not_depend_on_units_or_origins(
        variables in 1_usize..=3,
        degree in 1_usize..=3,
        units in prop::array::uniform3(0.05..20.0_f64),
        origins in prop::array::uniform3(-2.0..2.0_f64),
        seed in any::<u64>(),
    ) {
        let mut random = random::stream(seed);
        let monomials = Monomials::new(variables, degree).unwrap();
        let rows = 20 + 5 * monomials.len();
        let mut normal = || random.sample::<f64, _>(StandardNormal);
        let data = vec![(Regime::OBSERVATIONAL, Rows {
            actions: (0..rows * variables).map(|_| normal()).collect(),
            outcomes: (0..rows).map(|_| normal()).collect(),
        })];
        let origins = [0, 1, 2].map(|k| origins[k] * units[k]);
        let other = measured(&data, &units[..variables], &origins[..variables]);
        let fitted = |data: &[(Regime, Rows)]| {
            let Rows { actions, outcomes } = &data[0].1;
            let moments = feed::by_rows(monomials, actions, outcomes);
            let (coefficients, _) = Penalty::Ridge.fit(&moments, 0.0).unwrap();
            let rows: Vec<_> = actions.chunks_exact(variables).map(<[f64]>::to_vec).collect();
            feed::predict(monomials, &coefficients, &rows)
        };
        let distance = relative_distance(&fitted(&other), &fitted(&data));
        prop_assert!(distance < 1e-9, "{distance:e}");
    }
}
