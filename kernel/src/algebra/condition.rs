//! How well the rows of one regime tell the terms of a polynomial apart.

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::algebra::vector::dot;
use crate::error::{FitError, ShapeError};
use crate::features::monomials::Monomials;
use crate::features::orthogonal::{compose, orthonormalise, table_len};
use crate::moments::Moments;
use crate::scalar::Scalar;
use crate::structured::gram::entry;

/// Scratch of [`number`].
pub const fn scratch_len(monomials: Monomials) -> usize {
    let (actions, terms) = (monomials.variables(), monomials.len());
    terms * terms + packed::len(terms) + 2 * terms + actions + table_len(monomials.degree())
}

/// The condition number `‖A‖₁ ‖A⁻¹‖₁` of the Gram matrix A of a regime's terms, each scaled to unit
/// length (Belsley, Kuh and Welsch 1980, chapter 3); `None` where some depend on others to rounding.
///
/// The terms are the products of the actions' own orthonormal polynomials, of total degree ≤ d. So
/// the number depends neither on the actions' units nor on their origins: it is 1 where the actions
/// vary independently of each other, and grows as one can be told from the others. To degree 1 it is
/// that of the actions' correlations: `(1 + |ρ|) / (1 − |ρ|)` for two of them.
///
/// Takes O(P³) steps. `scratch` has [`scratch_len`] numbers.
pub fn number<S: Scalar, B: AsRef<[S]>>(
    monomials: Monomials,
    moments: &Moments<S, B>,
    scratch: &mut [S],
) -> Result<Option<S>, FitError> {
    let (actions, terms) = (monomials.variables(), monomials.len());
    ShapeError::exact("columns", terms, moments.columns())?;
    ShapeError::exact("scratch", scratch_len(monomials), scratch.len())?;
    if moments.count() == 0 {
        return Err(FitError::TooFewRows {
            needed: 1,
            found: 0,
        });
    }
    if !moments.is_finite() {
        return Err(FitError::NotFinite);
    }
    let mut rest = scratch;
    let polynomials = cut(&mut rest, terms * terms);
    let matrix = cut(&mut rest, packed::len(terms));
    let factor = cut(&mut rest, terms);
    let image = cut(&mut rest, terms);
    let axis = cut(&mut rest, actions);
    products(monomials, moments, polynomials, factor, axis, rest)?;

    for (i, polynomial) in polynomials.chunks_exact(terms).enumerate() {
        image.fill(S::ZERO);
        let weights = polynomial.iter().enumerate();
        for (column, &weight) in weights.filter(|(_, weight)| **weight != S::ZERO) {
            for (row, target) in image.iter_mut().enumerate() {
                *target += weight * moments.product(row, column);
            }
        }
        let row = packed::row_mut(matrix, i).iter_mut();
        for (target, other) in row.zip(polynomials.chunks_exact(terms)) {
            *target = dot(image, other);
        }
    }
    for (length, square) in image.iter_mut().zip(packed::diagonal(matrix)) {
        *length = square.max(S::ZERO).sqrt();
    }
    if image.contains(&S::ZERO) {
        return Ok(None);
    }
    for (i, &own) in image.iter().enumerate() {
        let row = packed::row_mut(matrix, i).iter_mut();
        for (value, &across) in row.zip(image.iter()) {
            *value /= own * across;
        }
    }
    let norm = largest_row_sum(matrix, terms);
    if cholesky::factor(matrix).is_err() {
        return Ok(None);
    }
    cholesky::invert(matrix);
    let number = norm * largest_row_sum(matrix, terms);
    Ok((number * S::EPSILON < S::ONE).then_some(number))
}

/// For every monomial, in `polynomials`, the product of the orthonormal polynomials of the actions
/// whose degrees are its exponents.
fn products<S: Scalar, B: AsRef<[S]>>(
    monomials: Monomials,
    moments: &Moments<S, B>,
    polynomials: &mut [S],
    factor: &mut [S],
    axis: &mut [S],
    table: &mut [S],
) -> Result<(), ShapeError> {
    let (actions, terms, degree) = (monomials.variables(), monomials.len(), monomials.degree());
    polynomials.fill(S::ZERO);
    for polynomial in polynomials.chunks_exact_mut(terms) {
        if let Some(constant) = polynomial.first_mut() {
            *constant = S::ONE;
        }
    }
    let n = moments.weight();
    for action in 0..actions {
        let power = |exponent| monomials.power(action, exponent).unwrap_or_default();
        let product = |i, j| moments.product(power(i), power(j));
        orthonormalise(degree, n, product, table)?;
        axis.fill(S::ZERO);
        if let Some(slope) = axis.get_mut(action) {
            *slope = S::ONE;
        }
        for (index, polynomial) in polynomials.chunks_exact_mut(terms).enumerate() {
            let factors = monomials.factors(index);
            let exponent = factors.filter(|&factor| factor == action).count();
            let row = table.chunks_exact(degree + 1).nth(exponent);
            if let Some(row) = row.filter(|_| exponent > 0) {
                factor.copy_from_slice(polynomial);
                compose(monomials, row, S::ZERO, axis, factor, polynomial);
            }
        }
    }
    Ok(())
}

/// The 1-norm of a packed symmetric matrix of order `n`, which is its ∞-norm as well.
fn largest_row_sum<S: Scalar>(matrix: &[S], n: usize) -> S {
    let sum = |i| (0..n).map(|j| entry(matrix, i, j).abs()).sum::<S>();
    (0..n).map(sum).fold(S::ZERO, S::max)
}
