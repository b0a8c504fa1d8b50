//! Least squares without a penalty, from moments, and how sure it is of its coefficients.
//!
//! The normal equations are factored as they are (a Cholesky factor errs no more whatever the
//! features' units: van der Sluis 1969), and the solution is refined with residuals of twice the
//! precision, so that it is as good as the moments are: they lose the digits of the condition
//! number of the standardised features, squared (Higham 2002, *Accuracy and Stability of Numerical
//! Algorithms*, chapters 12 and 20).

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector;
use crate::error::{FitError, ShapeError};
use crate::moments::Moments;
use crate::moments::compensated::subtract_products;
use crate::scalar::Scalar;
use crate::structured::gram::entry;

/// A coefficient is refused where rounding of the moments could leave fewer digits than of this: where
/// its variance inflation factor, times ε, is above one part in so many.
const LEAST_RESOLVED: u64 = 10_000;

/// Steps of refinement; each gains the digits that the factor has, four at least.
const REFINEMENTS: usize = 3;

/// Scratch of [`fit`] for moments of `columns` columns.
pub const fn scratch_len(columns: usize) -> usize {
    let features = columns.saturating_sub(1);
    packed::len(features) + features
}

/// The P coefficients over the monomials, the constant first, and their packed P × P covariance
/// `σ² (ΦᵀΦ)⁻¹`. Returns the residual standard deviation, `σ = √(RSS / (n − P))`.
///
/// Features that depend on each other to less than four digits are refused, by the index of one from
/// 0, the constant left out. A feature's dependence on the others is told by its variance inflation
/// factor, `1 / (1 − R²)`.
///
/// ```
/// use joint_effects_kernel::moments::{self, Moments};
/// use joint_effects_kernel::fit::least_squares;
/// use joint_effects_kernel::algebra::packed;
/// let mut summary = Moments::<f64, _>::new(2, [0.0; moments::buffer_len(2)])?;
/// for (x, y) in [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 4.0)] {
///     summary.push(&[1.0, x], y)?;
/// }
/// let (mut coefficients, mut covariance) = ([0.0; 2], [0.0; packed::len(2)]);
/// let scratch = &mut [0.0; least_squares::scratch_len(2)];
/// let sigma = least_squares::fit(&summary, &mut coefficients, &mut covariance, scratch)?;
/// assert!((coefficients[0] - 0.5).abs() < 1e-14 && (coefficients[1] - 0.8).abs() < 1e-14);
/// assert!((sigma * sigma - 0.9).abs() < 1e-14 && (covariance[2] - 0.9 / 5.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn fit<S: Scalar, B: AsRef<[S]>>(
    moments: &Moments<S, B>,
    coefficients: &mut [S],
    covariance: &mut [S],
    scratch: &mut [S],
) -> Result<S, FitError> {
    let terms = moments.columns();
    ShapeError::exact("coefficients", terms, coefficients.len())?;
    ShapeError::exact("covariance", packed::len(terms), covariance.len())?;
    ShapeError::exact("scratch", scratch_len(terms), scratch.len())?;
    if moments.count() <= terms as u64 {
        return Err(FitError::TooFewRows {
            needed: terms as u64 + 1,
            found: moments.count(),
        });
    }
    FitError::finite(moments.buffer())?;
    let matrix = moments.feature_comoments().entries();
    let (right, total) = moments.outcome_comoments();
    let Some((constant, slopes)) = coefficients.split_first_mut() else {
        return Ok(S::ZERO);
    };
    let mut residual = scratch;
    let factor = cut(&mut residual, matrix.len());
    copy(factor, matrix);
    cholesky::factor(factor)?;
    copy(slopes, right);
    cholesky::solve(factor, slopes);
    for _ in 0..REFINEMENTS {
        for (i, (target, &right)) in residual.iter_mut().zip(right).enumerate() {
            let products = (0..).zip(slopes.iter());
            *target = subtract_products(right, products.map(|(j, &x)| (entry(matrix, i, j), x)));
        }
        cholesky::solve(factor, residual);
        vector::add_scaled(slopes, S::ONE, residual);
    }
    let means = moments.feature_means();
    let products = || slopes.iter().copied();
    *constant = subtract_products(
        moments.outcome_mean(),
        products().zip(means.iter().copied()),
    );
    let rest = subtract_products(total, products().zip(right.iter().copied()));
    let variance = rest.max(S::ZERO) / S::from_count(moments.count() - terms as u64);

    cholesky::invert(factor);
    let squares = packed::diagonal(matrix).zip(packed::diagonal(factor));
    let resolvable = S::ONE / (S::from_count(LEAST_RESOLVED) * S::EPSILON);
    let inflations = squares.map(|(square, inverse)| square * inverse);
    if let Some(feature) = inflations
        .map(|inflation| inflation <= resolvable)
        .position(|ok| !ok)
    {
        return Err(FitError::Dependent { feature });
    }
    covariance_of_coefficients(moments, factor, variance, covariance);
    FitError::finite(coefficients)?;
    FitError::finite(covariance)?;
    Ok(variance.sqrt())
}

/// Of the slopes, the inverse times the variance; the constant is `ȳ − x̄ᵀ slopes`, and ȳ is
/// independent of the slopes.
fn covariance_of_coefficients<S: Scalar, B: AsRef<[S]>>(
    moments: &Moments<S, B>,
    inverse: &[S],
    variance: S,
    covariance: &mut [S],
) {
    let means = moments.feature_means();
    let mut square = S::ONE / moments.weight();
    for (i, &mean) in means.iter().enumerate() {
        let across = (0..).zip(means);
        let along: S = across.map(|(j, &mean)| entry(inverse, i, j) * mean).sum();
        square += along * mean;
        let Some((first, slopes)) = packed::row_mut(covariance, i + 1).split_first_mut() else {
            return;
        };
        *first = -variance * along;
        for (target, &entry) in slopes.iter_mut().zip(packed::row(inverse, i)) {
            *target = variance * entry;
        }
    }
    if let Some(first) = covariance.first_mut() {
        *first = variance * square;
    }
}
