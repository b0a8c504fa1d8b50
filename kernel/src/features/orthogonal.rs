//! Polynomials as coefficients over monomials, and orthonormal polynomials of one variable.

use crate::algebra::vector::add_scaled;
use crate::error::ShapeError;
use crate::features::monomials::Monomials;
use crate::scalar::Scalar;

/// What is left of a power, relative to itself, below which it depends on the lower ones.
pub(crate) fn dependence<S: Scalar>() -> S {
    S::ONE / S::from_count(10_000_000_000) + S::from_count(64) * S::EPSILON
}

/// Numbers in the table of the orthonormal polynomials to `degree`.
pub const fn table_len(degree: usize) -> usize {
    (degree + 1) * (degree + 1)
}

/// Orthonormal polynomials of one variable: row p of `table` holds the coefficients of the one of
/// degree p over the powers 0, 1, …, so that the mean of their products is 0 or 1.
///
/// `product(i, j)` is the sum over `n` rows of the powers i and j of the variable. A power that
/// depends on the lower ones, in a variable with few values, gives a row of zeros.
pub fn orthonormalise<S: Scalar>(
    degree: usize,
    n: S,
    product: impl Fn(usize, usize) -> S,
    table: &mut [S],
) -> Result<(), ShapeError> {
    ShapeError::exact("orthonormal polynomials", table_len(degree), table.len())?;
    table.fill(S::ZERO);
    let mean = |x: &[S], y: &[S]| {
        let mut sum = S::ZERO;
        for (i, &x) in x.iter().enumerate() {
            for (j, &y) in y.iter().enumerate() {
                sum += x * y * product(i, j);
            }
        }
        sum / n
    };
    for power in 0..=degree {
        let Some((lower, rest)) = table.split_at_mut_checked(power * (degree + 1)) else {
            break;
        };
        let row = rest.get_mut(..=degree).unwrap_or_default();
        if let Some(one) = row.get_mut(power) {
            *one = S::ONE;
        }
        // Gram and Schmidt, twice: once loses digits to the cancellation, a second time has none.
        for _ in 0..2 {
            for other in lower.chunks_exact((degree + 1).max(1)) {
                let along = mean(row, other);
                add_scaled(row, -along, other);
            }
        }
        let square = mean(row, row);
        let kept = square > dependence::<S>() * product(power, power) / n;
        let scale = if kept {
            S::ONE / square.sqrt()
        } else {
            S::ZERO
        };
        row.iter_mut().for_each(|value| *value *= scale);
    }
    Ok(())
}

/// Replaces a polynomial `f` by `(constant + Σ slopes_k z_k) · f`; terms beyond the degree of the
/// monomials are dropped.
pub fn multiply_linear<S: Scalar>(
    monomials: Monomials,
    constant: S,
    slopes: &[S],
    polynomial: &mut [S],
) {
    // Products are later monomials, so from the last to the first each is met before it changes.
    for index in (0..polynomial.len()).rev() {
        let Some(slot) = polynomial.get_mut(index).filter(|slot| **slot != S::ZERO) else {
            continue;
        };
        let value = *slot;
        *slot = constant * value;
        for (variable, &slope) in slopes.iter().enumerate().filter(|(_, s)| **s != S::ZERO) {
            let product = monomials.times(index, variable);
            if let Some(target) = product.and_then(|product| polynomial.get_mut(product)) {
                *target += slope * value;
            }
        }
    }
}

/// `target = q(constant + Σ slopes_k z_k) · f`, for `q` the polynomial of one variable with these
/// coefficients, by Horner's rule.
pub fn compose<S: Scalar>(
    monomials: Monomials,
    coefficients: &[S],
    constant: S,
    slopes: &[S],
    f: &[S],
    target: &mut [S],
) {
    target.fill(S::ZERO);
    for &coefficient in coefficients.iter().rev() {
        multiply_linear(monomials, constant, slopes, target);
        add_scaled(target, coefficient, f);
    }
}
