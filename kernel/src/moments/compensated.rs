//! Sums that remember what rounding took from them.
//!
//! A sum of n numbers errs by up to n units of rounding, and in f32 it stops growing where a number
//! is less than half a unit of it: after some 2²⁴ rows. Compensated summation errs by two units
//! whatever n is (Kahan 1965; Ogita, Rump and Oishi 2005, "Accurate sum and dot product").

use crate::algebra::packed;
use crate::error::{RowError, ShapeError};
use crate::moments::{Moments, buffer_len};
use crate::scalar::Scalar;

/// Moments of a stream of any length, a row at a time, in two buffers of [`buffer_len`] numbers: the
/// means and co-moments, and what they have lost to rounding.
///
/// About four times the additions of [`Moments::push`], which is what to use where rows are few:
/// in f32 up to some 10⁵.
///
/// ```
/// use joint_effects_kernel::moments::compensated::Compensated;
/// use joint_effects_kernel::moments::{Moments, buffer_len};
/// let zeros = [0.0_f32; buffer_len(1)];
/// let mut plain = Moments::new(1, zeros)?;
/// let mut compensated = Compensated::new(1, zeros, zeros)?;
/// for row in 0..100_000 {
///     let outcome = (1000 + row % 1000) as f32; // of variance (1000² − 1) / 12
///     plain.push(&[1.0], outcome)?;
///     compensated.push(&[1.0], outcome)?;
/// }
/// let exact = 1e5 * 999_999.0 / 12.0;
/// let error = |moments: &Moments<f32, _>| (moments.comoments().row(0)[0] / exact - 1.0).abs();
/// assert!(error(compensated.moments()) < 1e-7);
/// assert!(error(&plain) > 1e-6);
/// # Ok::<(), joint_effects_kernel::error::RowError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compensated<S, B> {
    moments: Moments<S, B>,
    lost: B,
}

impl<S: Scalar, B: AsRef<[S]> + AsMut<[S]>> Compensated<S, B> {
    /// Moments of no rows of `columns` columns.
    pub fn new(columns: usize, buffer: B, mut lost: B) -> Result<Self, ShapeError> {
        ShapeError::exact("lost parts", buffer_len(columns), lost.as_ref().len())?;
        lost.as_mut().fill(S::ZERO);
        let moments = Moments::new(columns, buffer)?;
        Ok(Self { moments, lost })
    }

    /// Moments of `count` rows that are in these buffers.
    pub fn from_parts(columns: usize, count: u64, buffer: B, lost: B) -> Result<Self, ShapeError> {
        ShapeError::exact("lost parts", buffer_len(columns), lost.as_ref().len())?;
        let moments = Moments::from_parts(columns, count, buffer)?;
        Ok(Self { moments, lost })
    }

    /// The moments so far; what they have lost is less than half a unit in the last place of each.
    pub fn moments(&self) -> &Moments<S, B> {
        &self.moments
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        self.moments.clear();
        self.lost.as_mut().fill(S::ZERO);
    }

    /// Adds a row, as [`Moments::push`] does.
    ///
    /// # Errors
    ///
    /// [`RowError`]; the moments are then as they were.
    pub fn push(&mut self, features: &[S], outcome: S) -> Result<(), RowError> {
        RowError::finite(features.iter().copied().chain([outcome]))?;
        Ok(self.push_finite(features, outcome)?)
    }

    /// Adds a row whose numbers can be squared.
    pub(crate) fn push_finite(&mut self, features: &[S], outcome: S) -> Result<(), ShapeError> {
        let columns = self.moments.columns();
        ShapeError::exact("features", columns, features.len())?;
        let features = features.get(1..).unwrap_or_default();
        let (count, means, comoments) = self.moments.count_row();
        let parts = self.lost.as_mut().split_at_mut_checked(columns);
        let (lost_means, lost_comoments) = parts.unwrap_or_default();
        let share = S::ONE / S::from_count(count);
        let weight = S::from_count(count.saturating_sub(1)) * share;
        let deviations = || {
            let row = features.iter().copied().chain([outcome]);
            let means = means.iter().zip(lost_means.iter());
            row.zip(means)
                .map(|(value, (&mean, &lost))| (value - mean) - lost)
        };
        for (i, deviation) in deviations().enumerate() {
            let scaled = deviation * weight;
            let sums = packed::row_mut(comoments, i).iter_mut();
            let sums = sums.zip(packed::row_mut(lost_comoments, i));
            for ((sum, lost), across) in sums.zip(deviations()) {
                add(sum, lost, scaled * across);
            }
        }
        let row = features.iter().copied().chain([outcome]);
        for ((mean, lost), value) in means.iter_mut().zip(lost_means).zip(row) {
            let deviation = (value - *mean) - *lost;
            add(mean, lost, deviation * share);
        }
        Ok(())
    }
}

/// Adds `value` to a sum that has lost `lost`.
#[inline(always)]
fn add<S: Scalar>(sum: &mut S, lost: &mut S, value: S) {
    let value = value + *lost;
    let before = *sum;
    *sum = before + value;
    *lost = value - (*sum - before);
}

/// `start − Σ xᵢ yᵢ` as if in twice the precision, rounded once. NaN where a factor is within 2²⁸
/// (f32: 2¹³) of overflow.
pub(crate) fn subtract_products<S: Scalar>(start: S, products: impl Iterator<Item = (S, S)>) -> S {
    let mut sum = start;
    let mut lost = S::ZERO;
    for (x, y) in products {
        let product = -(x * y);
        let (x_high, x_low) = split(x);
        let (y_high, y_low) = split(y);
        // Dekker: what the product has lost.
        let of_product =
            -(((x_high * y_high + product) + x_high * y_low + x_low * y_high) + x_low * y_low);
        // Knuth: what the sum has.
        let before = sum;
        sum = before + product;
        let added = sum - before;
        lost += ((before - (sum - added)) + (product - added)) + of_product;
    }
    sum + lost
}

/// Two halves of the digits of a number (Veltkamp).
#[inline(always)]
fn split<S: Scalar>(x: S) -> (S, S) {
    let scaled = S::SPLITTER * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_subtracted_in_twice_the_precision() {
        // (1 + ε)² − 1 − 2ε = ε², which neither a rounded product nor a rounded sum has.
        let x = 1.0 + f64::EPSILON;
        let left = subtract_products(0.0, [(x, x), (-1.0, 1.0), (-2.0, f64::EPSILON)].into_iter());
        assert_eq!(left, -f64::EPSILON * f64::EPSILON);
        let x = 1.0 + f32::EPSILON;
        let left = subtract_products(1.0, [(x, x), (2.0, -f32::EPSILON)].into_iter());
        assert_eq!(left, -f32::EPSILON * f32::EPSILON);
        assert!(subtract_products(0.0, [(f64::MAX, 1.0)].into_iter()).is_nan());
    }
}
