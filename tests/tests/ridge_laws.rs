//! What must hold of ridge regression and of least squares whatever the data: scikit-learn's
//! invariances, and what single precision may lose.

use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::least_squares;
use joint_effects_kernel::scalar::Scalar;
use joint_effects_tests::compare::largest_difference;
use joint_effects_tests::feed::{self, Feed, Owned};
use joint_effects_tests::penalty::Penalty;
use joint_effects_tests::random;
use joint_effects_tests::regression::Data;
use proptest::prelude::*;
use rand::RngExt;

fn data() -> impl Strategy<Value = Data> {
    (1_usize..=4, 1_usize..=3, 2_usize..=100, any::<u64>())
        .prop_map(|(variables, degree, rows, seed)| Data::draw(variables, degree, rows, seed))
}

/// More rows than coefficients by a factor of three.
fn plenty() -> impl Strategy<Value = Data> {
    (1_usize..=4, 1_usize..=3, any::<u64>()).prop_map(|(variables, degree, seed)| {
        let columns = Monomials::new(variables, degree).unwrap().len();
        Data::draw(variables, degree, 10 + 3 * columns, seed)
    })
}

/// From next to nothing to more than the data.
fn alphas() -> impl Strategy<Value = f64> {
    (-8.0..4.0_f64).prop_map(|exponent| 10.0_f64.powf(exponent))
}

fn spread(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (squares.sum::<f64>() / count).sqrt()
}

/// The largest difference of two polynomials at the rows, in standard deviations of the outcome.
fn distance(data: &Data, found: &[f64], expected: &[f64]) -> f64 {
    let both = (data.predict(found), data.predict(expected));
    largest_difference(&both.0, &both.1) / spread(&data.outcomes)
}

fn ridge(data: &Data, alpha: f64) -> Vec<f64> {
    let (coefficients, used) = Penalty::Ridge.fit(&data.moments(), alpha).unwrap();
    assert_eq!(used, alpha);
    coefficients
}

fn unpenalised<S: Scalar>(moments: &Owned<S>) -> Result<Vec<S>, FitError> {
    let columns = moments.columns();
    let mut coefficients = vec![S::ZERO; columns];
    let mut covariance = vec![S::ZERO; packed::len(columns)];
    let mut scratch = vec![S::ZERO; least_squares::scratch_len(columns)];
    least_squares::fit(moments, &mut coefficients, &mut covariance, &mut scratch)?;
    Ok(coefficients)
}

/// The same rows in another order.
fn shuffled(data: &Data, seed: u64) -> Data {
    let mut random = random::stream(seed);
    let mut order: Vec<usize> = (0..data.outcomes.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, random.random_range(0..=last));
    }
    let k = data.monomials.variables();
    let row = |&row: &usize| data.actions[row * k..(row + 1) * k].iter().copied();
    Data {
        monomials: data.monomials,
        actions: order.iter().flat_map(row).collect(),
        outcomes: order.iter().map(|&row| data.outcomes[row]).collect(),
    }
}

/// The actions in other units, every one in its own, and the coefficients back in the first ones.
fn rescaled(data: &Data, units: &[f64], fit: impl Fn(&Data) -> Vec<f64>) -> Vec<f64> {
    let mut scaled = data.clone();
    for row in scaled.actions.chunks_mut(units.len()) {
        row.iter_mut().zip(units).for_each(|(x, unit)| *x *= unit);
    }
    let coefficients = fit(&scaled).into_iter().enumerate();
    let unit = |index| {
        data.monomials
            .factors(index)
            .map(|k| units[k])
            .product::<f64>()
    };
    coefficients.map(|(index, x)| x * unit(index)).collect()
}

/// `y = ȳ + Zᵀ… `: the fit by the Gram matrix of the rows, `Z Zᵀ (Z Zᵀ + α)⁻¹ (y − ȳ)`, which is the
/// well-conditioned one where rows are few.
fn by_the_rows(data: &Data, alpha: f64) -> Vec<f64> {
    let rows = data.outcomes.len();
    let k = data.monomials.variables();
    let mut features: Vec<Vec<f64>> = data
        .actions
        .chunks(k)
        .map(|row| {
            let mut features = vec![0.0; data.monomials.len()];
            data.monomials.evaluate(row, &mut features).unwrap();
            features
        })
        .collect();
    for column in 1..data.monomials.len() {
        let values: Vec<f64> = features.iter().map(|row| row[column]).collect();
        let mean = values.iter().sum::<f64>() / rows as f64;
        let scale = spread(&values);
        features
            .iter_mut()
            .for_each(|row| row[column] = (row[column] - mean) / scale);
    }
    let inner = |i: usize, j: usize| vector::dot(&features[i][1..], &features[j][1..]);
    let pairs = (0..rows).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let gram: Vec<f64> = pairs.map(|(i, j)| inner(i, j)).collect();
    let mut factor = gram.clone();
    let mut factor = PackedMut::new(rows, &mut factor).unwrap();
    factor.add_to_diagonal(alpha);
    let factor = Factor::of(factor).unwrap();
    let mean = data.outcomes.iter().sum::<f64>() / rows as f64;
    let mut dual: Vec<f64> = data.outcomes.iter().map(|y| y - mean).collect();
    factor.solve(&mut dual).unwrap();
    let mut fitted = vec![0.0; rows];
    Packed::of(&gram)
        .unwrap()
        .multiply(&dual, &mut fitted)
        .unwrap();
    fitted.iter().map(|fitted| mean + fitted).collect()
}

proptest! {
    /// Of two copies each gets half the weight, and half the penalty.
    #[test]
    fn copies_share_the_penalty(rows in 3_usize..60, alpha in alphas(), seed in any::<u64>()) {
        let single = Data::draw(2, 1, rows, seed);
        let actions = single.actions.chunks(2).flat_map(|row| [row[0], row[1], row[0], row[1]]);
        let double = Data {
            monomials: Monomials::new(4, 1).unwrap(),
            actions: actions.collect(),
            outcomes: single.outcomes.clone(),
        };
        let expected = single.predict(&ridge(&single, alpha / 2.0));
        let found = double.predict(&ridge(&double, alpha));
        let error = largest_difference(&found, &expected) / spread(&single.outcomes);
        prop_assert!(error < 1e-9, "{:e}", error);
        let refused = unpenalised(&double.moments());
        prop_assert!(matches!(
            refused,
            Err(FitError::Dependent { .. }
                | FitError::NotPositiveDefinite(_)
                | FitError::TooFewRows { .. })
        ), "{:?}", refused);
    }

    #[test]
    fn fewer_rows_than_features_are_fitted_as_by_their_own_matrix(
        rows in 2_usize..20,
        alpha in alphas(),
        seed in any::<u64>(),
    ) {
        let data = Data::draw(3, 3, rows, seed);
        let found = data.predict(&ridge(&data, alpha));
        let error = largest_difference(&found, &by_the_rows(&data, alpha));
        prop_assert!(error < 1e-7 * spread(&data.outcomes), "{:e}", error);
        prop_assert_eq!(
            unpenalised(&data.moments()),
            Err(FitError::TooFewRows { needed: 21, found: rows as u64 })
        );
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(data in data(), alpha in alphas(), seed in any::<u64>()) {
        let other = shuffled(&data, seed);
        let error = distance(&data, &ridge(&other, alpha), &ridge(&data, alpha));
        prop_assert!(error < 1e-8, "{:e}", error);
        let both = (unpenalised(&other.moments()), unpenalised(&data.moments()));
        if let (Ok(found), Ok(expected)) = both {
            let error = distance(&data, &found, &expected);
            prop_assert!(error < 1e-8, "{:e}", error);
        }
    }

    #[test]
    fn units_do_not_matter(data in plenty(), alpha in alphas(), exponents in prop::array::uniform4(-30_i32..30)) {
        let units = &exponents.map(|e| f64::from(e).exp2())[..data.monomials.variables()];
        // Units that are powers of two change no bit of the weights, but of the constant.
        let found = rescaled(&data, units, |data| ridge(data, alpha));
        prop_assert!(distance(&data, &found, &ridge(&data, alpha)) < 1e-13);
        let plain = |data: &Data| unpenalised(&data.moments()).unwrap();
        let found = rescaled(&data, units, plain);
        prop_assert!(distance(&data, &found, &plain(&data)) < 1e-13);

        let units: Vec<f64> = units.iter().map(|unit| 1.1 * unit).collect();
        let found = rescaled(&data, &units, |data| ridge(data, alpha));
        let error = distance(&data, &found, &ridge(&data, alpha));
        prop_assert!(error < 1e-10, "{:e}", error);
        let error = distance(&data, &rescaled(&data, &units, plain), &plain(&data));
        prop_assert!(error < 1e-10, "{:e}", error);
    }

    /// Within one part in 10³, with the penalty that single precision has used, or refused.
    #[test]
    fn single_precision_is_near_or_refuses(data in data(), alpha in alphas()) {
        // What is lost where an outcome is rounded, in its standard deviations.
        let largest = data.outcomes.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
        let rounding = 4.0 * f64::from(f32::EPSILON) * largest / spread(&data.outcomes);
        let tolerance = 1e-3 + rounding;
        let feeds: [Feed<f32>; 3] = [feed::by_rows, feed::by_tiles, feed::compensated];
        for feed in feeds {
            let moments = data.moments_in(feed, |x| x as f32);
            let wide = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
            match Penalty::Ridge.fit(&moments, alpha as f32) {
                Ok((found, used)) => {
                    prop_assert!(used >= alpha as f32);
                    let error = distance(&data, &wide(found), &ridge(&data, used.into()));
                    prop_assert!(error < tolerance, "ridge: {:e}", error);
                }
                Err(FitError::Dependent { .. } | FitError::NotPositiveDefinite(_)) => {}
                Err(error) => prop_assert!(false, "{:?}", error),
            }
            if let Ok(found) = unpenalised(&moments) {
                let expected = unpenalised(&data.moments()).unwrap();
                let error = distance(&data, &wide(found), &expected);
                prop_assert!(error < tolerance, "least squares: {:e}", error);
            }
        }
    }
}
