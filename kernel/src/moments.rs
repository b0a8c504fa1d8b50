//! Count, means and centred co-moments of (features, outcome): all that a fit needs of the rows.
//!
//! One pass, row by row or by batches ([`crate::moments::matrix`]), and mergeable in any order (Welford 1962;
//! Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.5).

pub mod compensated;
pub mod matrix;

use crate::algebra::packed::{self, Packed};
use crate::algebra::vector;
use crate::error::{RowError, ShapeError};
use crate::scalar::Scalar;
use core::marker::PhantomData;

/// Numbers in the buffer of the moments of `columns` columns: their means, then the packed lower
/// triangle of their centred co-moments.
///
/// The columns are the P − 1 monomials beside the constant, then the outcome: as many as a
/// polynomial has coefficients.
pub const fn buffer_len(columns: usize) -> usize {
    columns + packed::len(columns)
}

/// Moments of P − 1 features and an outcome, in a buffer of [`buffer_len`] numbers: an array, a
/// box, a slice.
///
/// ```
/// use joint_effects_kernel::moments::{Moments, buffer_len};
/// let mut left = Moments::<f64, _>::new(2, [0.0; buffer_len(2)])?;
/// let mut right = left.clone();
/// left.push(&[1.0, 3.0], 5.0)?; // the constant, the feature; the outcome
/// right.push(&[1.0, 5.0], 9.0)?;
/// left.merge(&right)?;
/// assert_eq!((left.count(), left.means()), (2, &[4.0, 7.0][..]));
/// assert_eq!(left.comoments().entries(), [2.0, 4.0, 8.0]);
/// # Ok::<(), joint_effects_kernel::error::RowError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        try_from = "Written<S, B>",
        bound(
            serialize = "S: serde::Serialize, B: serde::Serialize",
            deserialize = "S: Scalar + serde::Deserialize<'de>, B: serde::Deserialize<'de> + AsRef<[S]>"
        )
    )
)]
pub struct Moments<S, B> {
    count: u64,
    /// Σ (w − 1) of the rows' weights w: the count stays exact where they are 1.
    excess: S,
    #[cfg_attr(feature = "serde", serde(skip))]
    columns: usize,
    buffer: B,
    #[cfg_attr(feature = "serde", serde(skip))]
    scalar: PhantomData<S>,
}

impl<S: Scalar, B: AsRef<[S]>> Moments<S, B> {
    /// Moments of `count` rows of weight 1 whose means and co-moments are in `buffer`.
    pub fn from_parts(columns: usize, count: u64, buffer: B) -> Result<Self, ShapeError> {
        Self::from_weighted_parts(columns, count, S::ZERO, buffer)
    }

    /// The same of rows whose weights sum to `excess` more than `count`.
    pub fn from_weighted_parts(
        columns: usize,
        count: u64,
        excess: S,
        buffer: B,
    ) -> Result<Self, ShapeError> {
        let found = buffer.as_ref().len();
        ShapeError::exact("moments", buffer_len(columns), found)?;
        Ok(Self {
            count,
            excess,
            columns,
            buffer,
            scalar: PhantomData,
        })
    }

    /// Number of rows, n, whatever their weights; 2⁶⁴ − 1 for more.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of the rows' weights, W: n where each is 1.
    pub fn weight(&self) -> S {
        S::from_count(self.count) + self.excess
    }

    /// Sum of the rows' weights less their number.
    pub fn excess(&self) -> S {
        self.excess
    }

    /// Number of columns, P: the features without the constant, and the outcome.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Means and co-moments.
    pub fn buffer(&self) -> &[S] {
        self.buffer.as_ref()
    }

    /// Weighted means of the features and, last, of the outcome.
    pub fn means(&self) -> &[S] {
        self.parts().0
    }

    /// Packed `Σ w (x − x̄)(x − x̄)ᵀ`, the outcome's row last; not divided by W.
    pub fn comoments(&self) -> Packed<'_, S> {
        Packed::again(self.columns, self.parts().1)
    }

    fn parts(&self) -> (&[S], &[S]) {
        let buffer = self.buffer.as_ref();
        buffer.split_at_checked(self.columns).unwrap_or_default()
    }

    /// Means of the features alone.
    pub fn feature_means(&self) -> &[S] {
        self.means().split_last().map_or(&[], |(_, means)| means)
    }

    /// Mean of the outcome.
    pub fn outcome_mean(&self) -> S {
        self.means().last().copied().unwrap_or_default()
    }

    /// Packed co-moments of the features alone.
    pub fn feature_comoments(&self) -> Packed<'_, S> {
        self.comoments().leading(self.columns.saturating_sub(1))
    }

    /// Co-moments of the outcome with each feature, and `Σ w (y − ȳ)²`.
    pub fn outcome_comoments(&self) -> (&[S], S) {
        let row = self.comoments().row(self.columns.saturating_sub(1));
        row.split_last()
            .map_or((&[], S::ZERO), |(&yy, xy)| (xy, yy))
    }

    /// These moments, borrowed.
    pub fn view(&self) -> Moments<S, &[S]> {
        Moments {
            count: self.count,
            excess: self.excess,
            columns: self.columns,
            buffer: self.buffer.as_ref(),
            scalar: PhantomData,
        }
    }

    /// `Σ w x_i x_j` over the rows, of the P + 1 columns `(1, features, outcome)`; not centred.
    pub fn product(&self, i: usize, j: usize) -> S {
        let mean = |column: usize| match column.checked_sub(1) {
            Some(column) => self.means().get(column).copied().unwrap_or_default(),
            None => S::ONE,
        };
        let (high, low) = if i > j { (i, j) } else { (j, i) };
        let centred = match (high.checked_sub(1), low.checked_sub(1)) {
            (Some(high), Some(low)) => self.comoments().row(high).get(low).copied(),
            _ => None,
        };
        centred.unwrap_or_default() + self.weight() * mean(i) * mean(j)
    }

    /// Adds to `target` the first entries of row `i` of the matrix of [`Moments::product`].
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn add_products(&self, i: usize, target: &mut [S]) {
        let (row, own) = match i.checked_sub(1) {
            Some(i) => {
                let own = self.means().get(i).copied().unwrap_or_default();
                (self.comoments().row(i), own)
            }
            None => (&[][..], S::ONE),
        };
        let total = self.weight() * own;
        let Some((constant, rest)) = target.split_first_mut() else {
            return;
        };
        *constant += total;
        for ((target, &centred), &mean) in rest.iter_mut().zip(row).zip(self.means()) {
            *target += centred + total * mean;
        }
    }

    /// The moments of some of the features, which must ascend, and the outcome; into a buffer of
    /// [`buffer_len`] of one more than their number. Features count from 0, the constant left out.
    pub fn select<C: AsRef<[S]> + AsMut<[S]>>(
        &self,
        features: impl Iterator<Item = usize> + Clone,
        buffer: C,
    ) -> Result<Moments<S, C>, ShapeError> {
        let kept = features.chain(self.columns.checked_sub(1));
        let mut selected = Moments::new(kept.clone().count(), buffer)?;
        selected.count = self.count;
        selected.excess = self.excess;
        let (means, comoments) = selected.parts_mut();
        for (i, (target, from)) in means.iter_mut().zip(kept.clone()).enumerate() {
            *target = self.means().get(from).copied().unwrap_or_default();
            let source = self.comoments().row(from);
            for (target, across) in packed::row_mut(comoments, i).iter_mut().zip(kept.clone()) {
                *target = source.get(across).copied().unwrap_or_default();
            }
        }
        Ok(selected)
    }

    /// Whether every mean and co-moment is a finite number.
    pub fn is_finite(&self) -> bool {
        self.buffer().iter().all(|value| value.is_finite())
    }

    /// `Σ w (y − φ·coefficients)²` over the rows, of a polynomial whose P coefficients begin with the
    /// constant's. Never negative; infinite or NaN when a moment or a coefficient is.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn residual_sum_of_squares(&self, coefficients: &[S]) -> Result<S, ShapeError> {
        ShapeError::exact("coefficients", self.columns, coefficients.len())?;
        let slopes = coefficients.get(1..).unwrap_or_default();
        let (xy, yy) = self.outcome_comoments();
        let two = S::ONE + S::ONE;
        let spread = yy - two * vector::dot(slopes, xy)
            + packed::quadratic_form(self.feature_comoments().entries(), slopes);
        let bias = self.outcome_mean() - self.mean_prediction(coefficients);
        let total = self.weight() * bias * bias + spread;
        Ok(if total < S::ZERO { S::ZERO } else { total })
    }

    /// `Σ w (φ·coefficients)²` over the rows.
    pub fn sum_of_squared_predictions(&self, coefficients: &[S]) -> Result<S, ShapeError> {
        ShapeError::exact("coefficients", self.columns, coefficients.len())?;
        let slopes = coefficients.get(1..).unwrap_or_default();
        let mean = self.mean_prediction(coefficients);
        let spread = packed::quadratic_form(self.feature_comoments().entries(), slopes);
        Ok(self.weight() * mean * mean + spread.max(S::ZERO))
    }

    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn mean_prediction(&self, coefficients: &[S]) -> S {
        coefficients
            .split_first()
            .map_or(S::ZERO, |(&constant, slopes)| {
                constant + vector::dot(slopes, self.feature_means())
            })
    }
}

impl<S: Scalar, B: AsRef<[S]> + AsMut<[S]>> Moments<S, B> {
    /// Moments of no rows.
    pub fn new(columns: usize, buffer: B) -> Result<Self, ShapeError> {
        let mut moments = Self::from_parts(columns, 0, buffer)?;
        moments.clear();
        Ok(moments)
    }

    /// Forgets every row.
    pub fn clear(&mut self) {
        self.count = 0;
        self.excess = S::ZERO;
        self.buffer.as_mut().fill(S::ZERO);
    }

    fn parts_mut(&mut self) -> (&mut [S], &mut [S]) {
        let buffer = self.buffer.as_mut();
        buffer
            .split_at_mut_checked(self.columns)
            .unwrap_or_default()
    }

    /// Counts one row more, and gives the means and co-moments that are to take it in.
    pub(crate) fn count_row(&mut self) -> (u64, &mut [S], &mut [S]) {
        self.count = self.count.saturating_add(1);
        let count = self.count;
        let (means, comoments) = self.parts_mut();
        (count, means, comoments)
    }

    /// Adds a row: its P monomials, the constant first, and its outcome.
    ///
    /// # Errors
    ///
    /// [`RowError`]; the moments are then as they were.
    pub fn push(&mut self, features: &[S], outcome: S) -> Result<(), RowError> {
        self.push_weighted(features, outcome, S::ONE)
    }

    /// Adds a row that counts for as much as `weight` rows of weight 1, such as the mean of so many
    /// measurements (West 1979, "Updating mean and variance estimates: an improved method").
    ///
    /// # Errors
    ///
    /// [`RowError`]; the moments are then as they were.
    pub fn push_weighted(&mut self, features: &[S], outcome: S, weight: S) -> Result<(), RowError> {
        ShapeError::exact("features", self.columns, features.len())?;
        let features = features.get(1..).unwrap_or_default();
        let row = || features.iter().copied().chain([outcome]);
        RowError::finite(row())?;
        let before = self.weight();
        if !(weight > S::ZERO && (before + weight).is_finite()) {
            return Err(RowError::Weight);
        }
        self.count = self.count.saturating_add(1);
        self.excess += weight - S::ONE;
        let share = weight / self.weight();
        let combined = before * share;
        let (means, comoments) = self.parts_mut();
        // The co-moments want the deviations from the old means; the means move only afterwards.
        for (i, (value, &mean)) in row().zip(means.iter()).enumerate() {
            let scaled = (value - mean) * combined;
            let target = packed::row_mut(comoments, i);
            for ((target, value), &mean) in target.iter_mut().zip(row()).zip(means.iter()) {
                *target += scaled * (value - mean);
            }
        }
        for (mean, value) in means.iter_mut().zip(row()) {
            *mean += (value - *mean) * share;
        }
        Ok(())
    }

    /// Adds the rows of `other` (Chan, Golub and LeVeque).
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn merge<C: AsRef<[S]>>(&mut self, other: &Moments<S, C>) -> Result<(), ShapeError> {
        ShapeError::exact("columns", self.columns, other.columns)?;
        if other.count == 0 {
            return Ok(());
        }
        let before = self.weight();
        self.count = self.count.saturating_add(other.count);
        self.excess += other.excess;
        let share = other.weight() / self.weight();
        let weight = before * share;
        let (means, comoments) = self.parts_mut();
        for (i, (&theirs, &ours)) in other.means().iter().zip(means.iter()).enumerate() {
            let scaled = (theirs - ours) * weight;
            let target = packed::row_mut(comoments, i).iter_mut();
            let added = other.comoments().row(i);
            let both = other.means().iter().zip(means.iter());
            for ((target, &added), (&theirs, &ours)) in target.zip(added).zip(both) {
                *target += added + scaled * (theirs - ours);
            }
        }
        for (mean, &theirs) in means.iter_mut().zip(other.means()) {
            *mean += (theirs - *mean) * share;
        }
        Ok(())
    }

    /// Takes away the rows of `other`, which must be among these. Accurate while `other` is a small
    /// part: what is left has the rounding errors of the whole.
    pub fn remove<C: AsRef<[S]>>(&mut self, other: &Moments<S, C>) -> Result<(), ShapeError> {
        ShapeError::exact("columns", self.columns, other.columns)?;
        let Some(left) = self.count.checked_sub(other.count).filter(|&left| left > 0) else {
            self.clear();
            return Ok(());
        };
        let whole = self.weight();
        self.count = left;
        self.excess -= other.excess;
        let share = other.weight() / self.weight();
        // With means m (all), t (taken), l = m + (m − t) share, the outer product taken out is
        // n_t n_l / n (t − l)(t − l)ᵀ, and t − l = (t − m) n / n_l.
        let weight = share * whole;
        let (means, comoments) = self.parts_mut();
        for (i, (&theirs, &ours)) in other.means().iter().zip(means.iter()).enumerate() {
            let scaled = (theirs - ours) * weight;
            let target = packed::row_mut(comoments, i).iter_mut();
            let taken = other.comoments().row(i);
            let both = other.means().iter().zip(means.iter());
            for ((target, &taken), (&theirs, &ours)) in target.zip(taken).zip(both) {
                *target -= taken + scaled * (theirs - ours);
            }
        }
        for (mean, &theirs) in means.iter_mut().zip(other.means()) {
            *mean += (*mean - theirs) * share;
        }
        Ok(())
    }
}

/// Moments as they are written: how many columns they have follows from how many numbers there are.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Written<S, B> {
    count: u64,
    excess: S,
    buffer: B,
}

#[cfg(feature = "serde")]
impl<S: Scalar, B: AsRef<[S]>> TryFrom<Written<S, B>> for Moments<S, B> {
    type Error = ShapeError;

    fn try_from(written: Written<S, B>) -> Result<Self, ShapeError> {
        // The positive root of P (P + 3) / 2 = numbers.
        let numbers = written.buffer.as_ref().len();
        let columns = (numbers.saturating_mul(8).saturating_add(9).isqrt() - 3) / 2;
        Self::from_weighted_parts(columns, written.count, written.excess, written.buffer)
    }
}
