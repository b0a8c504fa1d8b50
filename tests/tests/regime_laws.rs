//! What must hold of the polynomials of regimes: they are sums of blocks, and setting nothing is
//! observation.

use joint_effects::app::lab::scm::{Family, Purpose};
use joint_effects::fit::estimator::{self, Regularization};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::structured::Known;
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::simulate::{self, Simulation};
use proptest::prelude::*;

/// A basis, `[β, γ₁, …, γ_K]` over it, a regime of its actions, and a row.
fn models() -> impl Strategy<Value = (Monomials, Vec<f64>, Regime, Vec<f64>)> {
    (1_usize..=6, 0_usize..=3).prop_flat_map(|(actions, degree)| {
        let monomials = Monomials::new(actions, degree).unwrap();
        let numbers = |count| prop::collection::vec(-10.0..10.0_f64, count);
        let regime = (0..1_u32 << actions).prop_map(Regime::from_bits);
        let coefficients = numbers((actions + 1) * monomials.len());
        (Just(monomials), coefficients, regime, numbers(actions))
    })
}

fn value(monomials: Monomials, coefficients: &[f64], row: &[f64]) -> f64 {
    let mut features = vec![0.0; monomials.len()];
    predictor::evaluate(monomials, coefficients, row, &mut features).unwrap()
}

proptest! {
    /// The value of the collapsed polynomial is the sum of the values of β and of the γ that enter.
    #[test]
    fn collapse_is_the_sum((monomials, coefficients, regime, row) in models()) {
        let terms = monomials.len();
        let mut polynomial = vec![0.0; terms];
        predictor::collapse(&coefficients, regime, &mut polynomial).unwrap();
        let blocks = coefficients.chunks_exact(terms).enumerate();
        let entering = blocks.filter(|(block, _)| *block == 0 || regime.sets(block - 1));
        let values: Vec<_> = entering.map(|(_, block)| value(monomials, block, &row)).collect();
        let size: f64 = coefficients.iter().map(|c| c.abs()).sum::<f64>() * 1e3;
        let difference = value(monomials, &polynomial, &row) - values.iter().sum::<f64>();
        prop_assert!(difference.abs() <= 1e-14 * size);
    }

    /// Setting one action more adds its γ and nothing else.
    #[test]
    fn an_action_adds_its_block((monomials, coefficients, regime, _) in models(), action in 0_usize..6) {
        let (terms, action) = (monomials.len(), action % monomials.variables());
        let collapsed = |regime| {
            let mut polynomial = vec![0.0; terms];
            predictor::collapse(&coefficients, regime, &mut polynomial).unwrap();
            polynomial
        };
        let (with, without) = (collapsed(regime.with(action)), collapsed(regime.without(action)));
        let gamma = &coefficients[(action + 1) * terms..][..terms];
        for ((with, without), gamma) in with.iter().zip(without).zip(gamma) {
            prop_assert!((with - without - gamma).abs() < 1e-13);
        }
    }

    /// To the bit: β is what is left where no γ enters.
    #[test]
    fn setting_nothing_is_observation((monomials, coefficients, _, _) in models()) {
        let mut polynomial = vec![0.0; monomials.len()];
        predictor::collapse(&coefficients, Regime::OBSERVATIONAL, &mut polynomial).unwrap();
        prop_assert_eq!(&polynomial[..], &coefficients[..monomials.len()]);
    }
}

/// `do(∅)` of the released estimator is its fit of the observational rows, to the bit, and `do(k)`
/// that of the rows in which action k was set.
#[test]
fn separate_is_the_fit_of_each_regime() {
    const ACTIONS: usize = 3;
    let simulation = Simulation::draw(Family::Polynomial, ACTIONS, 0);
    let monomials = Monomials::new(ACTIONS, 2).unwrap();
    for regularization in [Regularization::Ridge, Regularization::Lasso] {
        let data = simulate::regimes(monomials, &simulation.training(300));
        let fit = estimator::separate(regularization, ACTIONS, &data).unwrap();
        for part in &data {
            let own = regularization.fit(&part.folds()).unwrap();
            let mut polynomial = vec![0.0; monomials.len()];
            predictor::collapse(&fit.coefficients, part.regime, &mut polynomial).unwrap();
            if part.regime == Regime::OBSERVATIONAL {
                assert_eq!(polynomial, own.coefficients);
            }
            assert!(relative_distance(&polynomial, &own.coefficients) < 1e-14);
        }
    }
}

/// `do(∅)` of the structured model is its β, and its interval that of β's covariance: rows of no
/// intervention are predicted as well as by least squares of observational rows, which know less.
#[test]
fn setting_nothing_predicts_observational_rows() {
    const ACTIONS: usize = 3;
    let monomials = Monomials::new(ACTIONS, 3).unwrap();
    let (mut structured, mut alone) = (0.0, 0.0);
    for seed in 0..6 {
        let simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let training = simulation.training(300);
        let model = simulate::structured_over(monomials, &training, Known::default());
        let nothing = model.polynomial(Regime::OBSERVATIONAL).unwrap();
        for (&own, &beta) in nothing.iter().zip(&model.coefficients) {
            // Sums that should cancel are rounding in β, and zero in the polynomial.
            assert!(own == beta || (own == 0.0 && beta.abs() < 1e-9));
        }
        let data = simulate::regimes(monomials, &training);
        let observational = Regularization::Ridge.fit(&data[0].folds()).unwrap();
        let test = simulation.rows(Regime::OBSERVATIONAL, 2000, Purpose::Test);
        let error = |coefficients: &[f64]| {
            let rows = test.actions.chunks_exact(ACTIONS).zip(&test.outcomes);
            let squares = rows.map(|(row, y)| (value(monomials, coefficients, row) - y).powi(2));
            squares.sum::<f64>()
        };
        structured += error(&nothing);
        alone += error(&observational.coefficients);
    }
    assert!(
        structured < 1.01 * alone,
        "{structured}, least squares {alone}"
    );
}
