//! What is written is read back as it was, bit by bit.

use joint_effects::app::lab::scm::Family;
use joint_effects::export::{Export, Scalar, postcard};
use joint_effects::log::levels::Levels;
use joint_effects::model::fit::Estimator;
use joint_effects::model::support::Seen;
use joint_effects::model::{FittedRegime, Model};
use joint_effects::moments::Range;
use joint_effects::{model_file, moments_file};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::predict::artifact::Artifact;
use joint_effects_kernel::predict::predictor::Layout;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_tests::log;
use joint_effects_tests::simulate::Simulation;
use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
use proptest::prelude::*;
use std::ops::RangeInclusive;

/// Any finite number.
fn finite() -> impl Strategy<Value = f64> {
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO
}

/// Of a size that a product of a few of them can be compared by.
fn ordinary() -> impl Strategy<Value = f64> {
    -10.0..10.0_f64
}

/// A model of any names and of such numbers, and rows of any regimes.
///
/// Some have powers of actions within bounds, up to the highest of `bounded`.
fn models<N>(number: fn() -> N, bounded: RangeInclusive<usize>) -> impl Strategy<Value = Model>
where
    N: Strategy<Value = f64> + 'static,
{
    (1_usize..=4, 0_usize..=3, bounded).prop_flat_map(move |(actions, degree, bounded)| {
        let monomials = Monomials::new(actions, degree).unwrap();
        let monomials = monomials.with_bounded(bounded).unwrap();
        let names = prop::collection::hash_set(".{1,12}", actions + 1);
        let numbers = move |count| prop::collection::vec(number(), count);
        let range = (number(), number()).prop_map(|(one, other)| Range {
            min: one.min(other),
            max: one.max(other),
        });
        let ranges = prop::collection::vec(range, actions);
        let rows = (any::<u64>(), prop::option::of(number()), ranges);
        let regimes = prop::collection::btree_map(0..1_u32 << actions, rows, 0..6);
        let coefficients = numbers((actions + 1) * monomials.len());
        let standardisation = numbers(2 * monomials.all_variables());
        (names, standardisation, coefficients, regimes).prop_map(
            move |(names, standardisation, coefficients, regimes)| {
                let mut names = names.into_iter();
                let regimes = regimes.into_iter().map(|(bits, (rows, alpha, ranges))| {
                    let regime = Regime::from_bits(bits);
                    FittedRegime {
                        regime,
                        rows,
                        alpha,
                        variance: None,
                        ranges,
                    }
                });
                Model {
                    estimator: "separate".into(),
                    outcome: names.next().unwrap(),
                    scale: Scale::Identity,
                    actions: names.collect(),
                    levels: vec![None; actions],
                    basis: Basis::new(monomials, standardisation).unwrap(),
                    coefficients,
                    regimes: regimes.collect(),
                    seen: vec![Seen::default(); actions],
                    structured: None,
                }
            },
        )
    })
}

fn bits(model: &Model) -> Vec<u64> {
    let ranges = model.regimes.iter().flat_map(|regime| &regime.ranges);
    let ends = ranges.flat_map(|range| [range.min, range.max]);
    let basis = model.basis.shift().iter().chain(model.basis.factor());
    let bounded = model
        .basis
        .bounded()
        .flat_map(|(shift, factor)| [shift, factor]);
    let numbers = model
        .coefficients
        .iter()
        .chain(basis)
        .copied()
        .chain(bounded);
    let numbers = numbers.chain(ends);
    numbers.map(f64::to_bits).collect()
}

proptest! {
    #[test]
    fn models_as_json(model in models(finite, 0..=2)) {
        let json = model_file::encode(&model).unwrap();
        let read = model_file::decode(&json).unwrap();
        prop_assert_eq!(bits(&read), bits(&model));
        prop_assert_eq!(&read, &model);
        prop_assert_eq!(model_file::encode(&read).unwrap(), json);
    }

    /// The kernel reads the predictor that the exported numbers make, and its bytes have no slack: sections
    /// that are decoded and encoded again are the same.
    #[test]
    fn predictors_as_postcard(
        model in models(ordinary, 0..=0),
        levels in prop::collection::vec(prop::option::of(prop::collection::hash_set(".{0,12}", 1..=5)), 4),
        row in prop::collection::vec(-2.0..2.0_f64, 4),
    ) {
        const ACTIONS: usize = 4;
        const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 3);
        let actions = model.actions.len();
        let levels = levels.into_iter().take(actions);
        let levels = levels.map(|names| Some(Levels::new(names?.into_iter().collect())));
        let model = Model { levels: levels.collect(), ..model };
        let regime = Regime::joint(actions);
        let export = Export::new(&model, regime, Scalar::F64).unwrap();
        let bytes = postcard::bytes(&export);
        let sections: Sections = ::postcard::from_bytes(bytes).unwrap();
        prop_assert_eq!(&::postcard::to_allocvec(&sections).unwrap(), bytes);
        let artifact = Artifact::<f64>::read(bytes).unwrap();
        let names: Vec<&str> = model.actions.iter().map(String::as_str).collect();
        artifact.expect(&names, &model.outcome).unwrap();
        for (action, levels) in model.levels.iter().enumerate() {
            let names = levels.as_ref().map_or(&[][..], Levels::names);
            prop_assert_eq!(artifact.levels(action), names.len());
            for (value, name) in (0..).zip(names) {
                prop_assert_eq!(artifact.level(action, name), Some(f64::from(value)));
            }
        }
        let predictor = artifact.predictor::<ACTIONS, CAPACITY, 64>().unwrap();
        let mut padded = [0.0; ACTIONS];
        padded[..actions].copy_from_slice(&row[..actions]);
        let mut scratch = vec![0.0; artifact.scratch_len()];
        let checked = artifact.predict(&row[..actions], &mut scratch).unwrap();
        let expected = model.predict(regime, &row[..actions]).unwrap().effect;
        let size = sum_of_magnitudes(&model, regime, &row[..actions]);
        for found in [predictor.predict(&padded), checked.effect] {
            prop_assert!((found - expected).abs() <= 1e-12 * size, "{found}, not {expected}");
        }
    }
}

/// An artifact: its head, the sections, each with its tag, and the CRC.
type Sections = (([u8; 4], u8, u8, [u8; 4]), Vec<(u8, Vec<u8>)>, [u8; 4]);

/// The magnitudes of what a prediction is the sum of.
fn sum_of_magnitudes(model: &Model, regime: Regime, row: &[f64]) -> f64 {
    let monomials = model.basis.monomials();
    let standard = row
        .iter()
        .zip(model.basis.shift())
        .zip(model.basis.factor());
    let standard: Vec<f64> = standard
        .map(|((a, shift), factor)| (a - shift) * factor)
        .collect();
    let mut features = vec![0.0; monomials.len()];
    monomials.evaluate(&standard, &mut features).unwrap();
    let polynomial = model.polynomial(regime).unwrap();
    polynomial
        .iter()
        .zip(features)
        .map(|(c, f)| (c * f).abs())
        .sum()
}

/// With what a structured model learned, and every other estimator.
#[test]
fn fitted_models_as_json() {
    let names: Vec<String> = ["red", "dark green", "f(x)"].map(String::from).to_vec();
    let data = Simulation::draw(Family::Polynomial, 3, 5).training(200);
    let data = log::read(&log::table(&names, &data), 2);
    for estimator in log::ESTIMATORS {
        let model = log::fit(&data, estimator);
        let json = model_file::encode(&model).unwrap();
        let read = model_file::decode(&json).unwrap();
        assert_eq!(read, model);
        assert_eq!(
            read.structured.is_some(),
            estimator == Estimator::Structured
        );
    }
}

/// A fit of what is read is that of what was written.
#[test]
fn moments_as_postcard() {
    for seed in 0..20 {
        let names: Vec<String> = ["red", "dark green", "f(x)"].map(String::from).to_vec();
        let rows = 30 + 17 * seed as usize;
        let data = Simulation::draw(Family::Polynomial, 3, seed).training(rows);
        let data = log::read(&log::table(&names, &data), 1 + seed as usize % 3);
        let bytes = moments_file::encode(&data);
        let read = moments_file::decode(&bytes).unwrap();
        assert_eq!(read, data);
        assert_eq!(moments_file::encode(&read), bytes);
        for estimator in log::ESTIMATORS {
            assert_eq!(log::fit(&read, estimator), log::fit(&data, estimator));
        }
    }
}
