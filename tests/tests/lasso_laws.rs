//! What must hold of the lasso whatever the data.

use joint_effects_kernel::Scalar;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::cross_validation;
use joint_effects_kernel::fit::lasso;
use joint_effects_tests::compare::{largest_difference, relative_distance};
use joint_effects_tests::feed::{self, Owned};
use joint_effects_tests::penalty::Penalty;
use joint_effects_tests::regression::Data;
use proptest::prelude::*;

fn data() -> impl Strategy<Value = Data> {
    (1_usize..=4, 1_usize..=3, 4_usize..=100, any::<u64>())
        .prop_map(|(variables, degree, rows, seed)| Data::draw(variables, degree, rows, seed))
}

/// More rows than coefficients by a factor of three.
fn plenty() -> impl Strategy<Value = Data> {
    (1_usize..=4, 1_usize..=3, any::<u64>()).prop_map(|(variables, degree, seed)| {
        let columns = Monomials::new(variables, degree).unwrap().len();
        Data::draw(variables, degree, 10 + 3 * columns, seed)
    })
}

/// Fractions of [`greatest_alpha`], some of them nearly all of it.
fn fractions() -> impl Strategy<Value = f64> {
    let small = (-8.0..0.0_f64).prop_map(|exponent| 10.0_f64.powf(exponent));
    let large = (-12.0..0.0_f64).prop_map(|exponent| 1.0 - 10.0_f64.powf(exponent));
    prop_oneof![3 => small, 1 => large]
}

/// Standard deviations of the features.
fn scales(moments: &Owned<f64>) -> Vec<f64> {
    let count = moments.count() as f64;
    moments
        .feature_comoments()
        .diagonal()
        .map(|square| (square / count).sqrt())
        .collect()
}

/// `Zᵀ(y − ȳ − Z w) / n`.
fn gradient(moments: &Owned<f64>, coefficients: &[f64]) -> Vec<f64> {
    let mut products = vec![0.0; coefficients.len() - 1];
    moments
        .feature_comoments()
        .multiply(&coefficients[1..], &mut products)
        .unwrap();
    let (xy, _) = moments.outcome_comoments();
    let count = moments.count() as f64;
    xy.iter()
        .zip(products)
        .zip(scales(moments))
        .map(|((xy, product), scale)| (xy - product) / (scale * count))
        .collect()
}

/// The least penalty of which every weight is zero.
fn greatest_alpha(moments: &Owned<f64>) -> f64 {
    let flat = vec![0.0; moments.columns()];
    let gradient = gradient(moments, &flat);
    gradient
        .iter()
        .fold(0.0, |most, slope| f64::max(most, slope.abs()))
}

fn deviation(moments: &Owned<f64>) -> f64 {
    (moments.outcome_comoments().1 / moments.count() as f64).sqrt()
}

proptest! {
    /// Karush, Kuhn and Tucker: `Zᵀ(y − ȳ − Z w) / n` is α times the sign of every weight that is
    /// not zero, and within α for one that is.
    #[test]
    fn no_weight_could_move_downhill(data in data(), fraction in fractions()) {
        let moments = data.moments();
        let (coefficients, alpha) =
            Penalty::Lasso.fit(&moments, fraction * greatest_alpha(&moments)).unwrap();
        let tolerance = 1e-11 * deviation(&moments);
        for (slope, weight) in gradient(&moments, &coefficients).into_iter().zip(&coefficients[1..]) {
            if *weight == 0.0 {
                prop_assert!(slope.abs() <= alpha + tolerance, "{slope} of {alpha}");
            } else {
                prop_assert!((slope - alpha * weight.signum()).abs() <= tolerance, "{slope} of {alpha}");
            }
        }
    }

    #[test]
    fn nothing_is_left_from_the_greatest_penalty_on(data in data(), factor in 0.0..10.0_f64) {
        let moments = data.moments();
        let greatest = greatest_alpha(&moments);
        for alpha in [greatest * (1.0 + 1e-12 + factor), f64::MAX, f64::INFINITY] {
            let (coefficients, _) = Penalty::Lasso.fit(&moments, alpha).unwrap();
            prop_assert_eq!(coefficients[0], moments.outcome_mean());
            prop_assert!(coefficients[1..].iter().all(|&weight| weight == 0.0));
        }
        let (coefficients, _) = Penalty::Lasso.fit(&moments, greatest * 0.999).unwrap();
        prop_assert!(coefficients[1..].iter().any(|&weight| weight != 0.0));
    }

    #[test]
    fn a_vanishing_penalty_gives_least_squares(data in plenty()) {
        let moments = data.moments();
        let (weights, used) = Penalty::Lasso.fit(&moments, 0.0).unwrap();
        prop_assert!(used > 0.0 && used < 1e-12 * deviation(&moments));
        let (expected, _) = Penalty::Ridge.fit(&moments, 0.0).unwrap();
        let error = relative_distance(&weights, &expected);
        prop_assert!(error < 1e-9, "{:e}", error);
    }

    /// Powers of two, so to the last bit.
    #[test]
    fn the_outcome_s_unit_is_the_weights_unit(
        data in data(),
        fraction in fractions(),
        exponent in -20..20_i32,
    ) {
        let moments = data.moments();
        let alpha = fraction * greatest_alpha(&moments);
        let factor = 2.0_f64.powi(exponent);
        let outcomes = data.outcomes.iter().map(|outcome| outcome * factor).collect();
        let scaled = Data { outcomes, ..data }.moments();
        let (weights, _) = Penalty::Lasso.fit(&moments, alpha).unwrap();
        let (found, _) = Penalty::Lasso.fit(&scaled, alpha * factor).unwrap();
        let expected: Vec<_> = weights.iter().map(|weight| weight * factor).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_path_there_does_not_matter(data in plenty(), fraction in fractions()) {
        let moments = data.moments();
        let alpha = fraction * greatest_alpha(&moments);
        let (cold, _) = Penalty::Lasso.fit(&moments, alpha).unwrap();
        let mut warm = vec![0.0; moments.columns()];
        let mut scratch = vec![0.0; lasso::scratch_len(moments.columns())];
        let mut system = lasso::System::assemble(&moments, &mut scratch).unwrap();
        for alpha in [100.0 * alpha, alpha / 100.0, alpha] {
            system.solve(alpha, &mut warm).unwrap();
        }
        let error = relative_distance(&warm, &cold);
        prop_assert!(error < 1e-9, "{:e}", error);
    }

    /// A copy shares its original's weight, and the predictions stay.
    #[test]
    fn copies_change_no_prediction(rows in 10_usize..60, fraction in fractions(), seed in any::<u64>()) {
        let single = Data::draw(2, 1, rows, seed);
        let actions = single.actions.chunks(2).flat_map(|row| [row[0], row[1], row[0]]).collect();
        let double = Data {
            monomials: Monomials::new(3, 1).unwrap(),
            actions,
            outcomes: single.outcomes.clone(),
        };
        let moments = single.moments();
        let alpha = fraction * greatest_alpha(&moments);
        let (expected, _) = Penalty::Lasso.fit(&moments, alpha).unwrap();
        let (found, _) = Penalty::Lasso.fit(&double.moments(), alpha).unwrap();
        let shared = [found[0], found[1] + found[3], found[2]];
        prop_assert!(found[1] * found[3] >= 0.0);
        let error = relative_distance(&shared, &expected);
        prop_assert!(error < 1e-9, "{:e}", error);
    }

    #[test]
    fn single_precision_is_as_near_as_it_can_be(data in plenty(), exponent in -3.0..0.0_f64) {
        let moments = data.moments();
        let alpha = 10.0_f64.powf(exponent) * greatest_alpha(&moments);
        let (expected, _) = Penalty::Lasso.fit(&moments, alpha).unwrap();
        let rounded = data.moments_in(feed::by_rows, |x| x as f32);
        let (found, _) = Penalty::Lasso.fit(&rounded, alpha as f32).unwrap();
        let found: Vec<_> = found.into_iter().map(f64::from).collect();
        let error = moments.residual_sum_of_squares(&found).unwrap().sqrt()
            - moments.residual_sum_of_squares(&expected).unwrap().sqrt();
        let spread = moments.outcome_comoments().1.sqrt();
        prop_assert!(error.abs() < 1e-4 * spread, "{:e}", error / spread);
    }

    #[test]
    fn one_feature_has_the_textbook_s_solution(rows in 4_usize..50, alpha in 0.0..3.0_f64, seed in any::<u64>()) {
        let moments = Data::draw(1, 1, rows, seed).moments();
        let (coefficients, alpha) = Penalty::Lasso.fit(&moments, alpha).unwrap();
        let (slope, scale) = (gradient(&moments, &[0.0, 0.0])[0], scales(&moments)[0]);
        let expected = slope.signum() * (slope.abs() - alpha).max(0.0) / scale;
        prop_assert!((coefficients[1] - expected).abs() < 1e-14 * (slope.abs() / scale));
    }
}

/// Dependent features of sizes that no one would choose, from the fewest rows on: an answer at every
/// penalty of the grid from `resolved` on, and never a wrong one below.
fn converges_on_hard_data<S: Scalar>(round: fn(f64) -> S, resolved: S) {
    for rows in [2, 3, 5, 10, 40, 200] {
        for (scale, shift) in [(1.0, 0.0), (1.0, 5.0), (1e-3, 0.0), (1e3, 0.0), (0.1, 3.0)] {
            let data = Data::draw(4, 3, rows, rows as u64);
            let actions = data.actions.iter().map(|a| round(scale * a + shift));
            let outcomes = data.outcomes.iter().map(|&outcome| round(outcome));
            let (actions, outcomes): (Vec<S>, Vec<S>) = (actions.collect(), outcomes.collect());
            let moments = feed::by_rows(data.monomials, &actions, &outcomes);
            let mut coefficients = vec![S::ZERO; moments.columns()];
            let mut scratch = vec![S::ZERO; lasso::scratch_len(moments.columns())];
            let mut system = lasso::System::assemble(&moments, &mut scratch).unwrap();
            for alpha in cross_validation::alphas().into_iter().rev() {
                let used = system.solve(alpha, &mut coefficients);
                if alpha < resolved && used == Err(FitError::NotConverged) {
                    continue;
                }
                let expected = alpha.max(system.least_alpha());
                assert_eq!(used, Ok(expected), "{rows} rows, {scale} x + {shift}");
                assert!(coefficients.iter().all(|weight| weight.is_finite()));
            }
        }
    }
}

#[test]
fn hard_data_converge() {
    converges_on_hard_data::<f64>(|value| value, 0.0);
    converges_on_hard_data::<f32>(|value| value as f32, 0.1);
}

#[test]
fn an_outcome_that_does_not_vary_is_its_mean() {
    let mut data = Data::draw(2, 2, 20, 1);
    data.outcomes.fill(4.0);
    let (coefficients, _) = Penalty::Lasso.fit(&data.moments(), 0.0).unwrap();
    assert_eq!(coefficients, [4.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_cannot_be_fitted_says_so() {
    let fit = |moments: &Owned<f64>, alpha| Penalty::Lasso.fit(moments, alpha).unwrap_err();
    let too_few = FitError::TooFewRows {
        needed: 1,
        found: 0,
    };
    assert_eq!(fit(&feed::empty(3), 0.1), too_few);
    let mut data = Data::draw(2, 1, 20, 2);
    let moments = data.moments();
    assert_eq!(fit(&moments, f64::NAN), FitError::NotConverged);
    data.outcomes[3] = f64::INFINITY;
    let infinite = data.moments_in(feed::by_tiles, |x| x);
    assert_eq!(fit(&infinite, 0.1), FitError::NotFinite);
    let mut coefficients = [0.0; 3];
    let short = lasso::fit(&moments, 0.1, &mut coefficients, &mut [0.0; 2]);
    assert!(matches!(short, Err(FitError::Shape(_))));
}

/// A penalty that fails leaves no trace in the next.
#[test]
fn a_failure_is_forgotten() {
    let moments = Data::draw(2, 2, 30, 3).moments();
    let (expected, _) = Penalty::Lasso.fit(&moments, 0.01).unwrap();
    let mut found = vec![0.0; moments.columns()];
    let mut scratch = vec![0.0; lasso::scratch_len(moments.columns())];
    let mut system = lasso::System::assemble(&moments, &mut scratch).unwrap();
    assert!(system.solve(f64::NAN, &mut found).is_err());
    system.solve(0.01, &mut found).unwrap();
    assert_eq!(largest_difference(&found, &expected), 0.0);
}
