//! Whether the precision suffices to tell the columns of a design from each other.

use crate::algebra::packed;
use crate::error::FitError;
use crate::scalar::Scalar;
use crate::structured::design::Design;
use crate::structured::gram::{Grams, entry};

/// A fit is refused where rounding, taken as one unit of it in every entry of a Gram matrix, could move
/// predictions by more than one part in so many. With random data they move by some tenth of that.
const LEAST_RESOLVED: u64 = 200;

/// Refuses coefficients `mean` of columns that are small differences of large monomials, as of actions that
/// are far from their origin.
///
/// With c a column's coefficients over the monomials and Gᵢᵢ these' sums of squares, rounding of the Gram
/// matrix changes the column's own sum of squares h, on the diagonal of `normal`, by up to
/// `ε (Σ |cᵢ| √Gᵢᵢ)²`, and what the column has of the outcome's sum of squares by as much in proportion.
/// `lengths` is scratch of P numbers.
pub(crate) fn check<S: Scalar>(
    grams: &Grams<'_, S>,
    design: &Design<'_, S>,
    normal: &[S],
    mean: &[S],
    squares: S,
    lengths: &mut [S],
) -> Result<(), FitError> {
    for (i, length) in lengths.iter_mut().enumerate() {
        let squares = grams.iter().map(|(_, gram)| entry(gram, i, i));
        *length = squares.sum::<S>().sqrt();
    }
    let columns = design.polynomials().zip(mean);
    for ((c, &mean), square) in columns.zip(packed::diagonal(normal)) {
        let parts = c.iter().zip(&*lengths);
        let sum: S = parts.map(|(c, &length)| c.abs() * length).sum();
        let lost = S::EPSILON * sum * sum * mean.abs() / square.max(S::ZERO).sqrt();
        if lost * S::from_count(LEAST_RESOLVED) > squares.sqrt() {
            let last = c.iter().rposition(|&c| c != S::ZERO);
            let feature = last.unwrap_or_default().saturating_sub(1);
            return Err(FitError::Dependent { feature });
        }
    }
    Ok(())
}
