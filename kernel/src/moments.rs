//! Count, means and centred co-moments of (features, outcome): all that a fit needs of the rows.
//!
//! One pass, one row or one tile of rows at a time, and mergeable in any order (Welford 1962;
//! Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 1.5).

use crate::error::ShapeError;
use crate::monomials::Column;
use crate::packed::{self, LANES};
use crate::scalar::{MultiplyAdd, Scalar};
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
/// assert_eq!(left.comoments(), [2.0, 4.0, 8.0]);
/// # Ok::<(), joint_effects_kernel::error::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments<S, B> {
    count: u64,
    columns: usize,
    buffer: B,
    scalar: PhantomData<S>,
}

impl<S: Scalar, B: AsRef<[S]>> Moments<S, B> {
    /// Moments of `count` rows whose means and co-moments are in `buffer`.
    pub fn from_parts(columns: usize, count: u64, buffer: B) -> Result<Self, ShapeError> {
        let found = buffer.as_ref().len();
        ShapeError::exact("moments", buffer_len(columns), found)?;
        Ok(Self {
            count,
            columns,
            buffer,
            scalar: PhantomData,
        })
    }

    /// Number of rows, n; 2⁶⁴ − 1 for more.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Number of columns, P: the features without the constant, and the outcome.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Means and co-moments.
    pub fn buffer(&self) -> &[S] {
        self.buffer.as_ref()
    }

    /// Means of the features and, last, of the outcome.
    pub fn means(&self) -> &[S] {
        self.parts().0
    }

    /// Packed `Σ (x − x̄)(x − x̄)ᵀ`, the outcome's row last; not divided by n.
    pub fn comoments(&self) -> &[S] {
        self.parts().1
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
    pub fn feature_comoments(&self) -> &[S] {
        let features = packed::len(self.columns.saturating_sub(1));
        self.comoments().get(..features).unwrap_or_default()
    }

    /// Co-moments of the outcome with each feature, and `Σ (y − ȳ)²`.
    pub fn outcome_comoments(&self) -> (&[S], S) {
        let row = packed::row(self.comoments(), self.columns.saturating_sub(1));
        row.split_last()
            .map_or((&[], S::ZERO), |(&yy, xy)| (xy, yy))
    }

    /// These moments, borrowed.
    pub fn view(&self) -> Moments<S, &[S]> {
        Moments {
            count: self.count,
            columns: self.columns,
            buffer: self.buffer.as_ref(),
            scalar: PhantomData,
        }
    }

    /// `Σ x_i x_j` over the rows, of the P + 1 columns `(1, features, outcome)`; not centred.
    pub fn product(&self, i: usize, j: usize) -> S {
        let mean = |column: usize| match column.checked_sub(1) {
            Some(column) => self.means().get(column).copied().unwrap_or_default(),
            None => S::ONE,
        };
        let (high, low) = if i > j { (i, j) } else { (j, i) };
        let centred = match (high.checked_sub(1), low.checked_sub(1)) {
            (Some(high), Some(low)) => packed::row(self.comoments(), high).get(low).copied(),
            _ => None,
        };
        centred.unwrap_or_default() + S::from_count(self.count) * mean(i) * mean(j)
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
        let (means, comoments) = selected.parts_mut();
        for (i, (target, from)) in means.iter_mut().zip(kept.clone()).enumerate() {
            *target = self.means().get(from).copied().unwrap_or_default();
            let source = packed::row(self.comoments(), from);
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

    /// `Σ (y − φ·coefficients)²` over the rows, of a polynomial whose P coefficients begin with the
    /// constant's. Never negative; infinite or NaN when a moment or a coefficient is.
    pub fn residual_sum_of_squares(&self, coefficients: &[S]) -> Result<S, ShapeError> {
        ShapeError::exact("coefficients", self.columns, coefficients.len())?;
        let slopes = coefficients.get(1..).unwrap_or_default();
        let (xy, yy) = self.outcome_comoments();
        let two = S::ONE + S::ONE;
        let spread = yy - two * packed::dot(slopes, xy)
            + packed::quadratic_form(self.feature_comoments(), slopes);
        let bias = self.outcome_mean() - self.mean_prediction(coefficients);
        let total = S::from_count(self.count) * bias * bias + spread;
        Ok(if total < S::ZERO { S::ZERO } else { total })
    }

    /// `Σ (φ·coefficients)²` over the rows.
    pub fn sum_of_squared_predictions(&self, coefficients: &[S]) -> Result<S, ShapeError> {
        ShapeError::exact("coefficients", self.columns, coefficients.len())?;
        let slopes = coefficients.get(1..).unwrap_or_default();
        let mean = self.mean_prediction(coefficients);
        let spread = packed::quadratic_form(self.feature_comoments(), slopes);
        Ok(S::from_count(self.count) * mean * mean + spread.max(S::ZERO))
    }

    fn mean_prediction(&self, coefficients: &[S]) -> S {
        coefficients
            .split_first()
            .map_or(S::ZERO, |(&constant, slopes)| {
                constant + packed::dot(slopes, self.feature_means())
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

    /// Adds a row: its P monomials, the constant first, and its outcome (Welford).
    pub fn push(&mut self, features: &[S], outcome: S) -> Result<(), ShapeError> {
        ShapeError::exact("features", self.columns, features.len())?;
        let before = S::from_count(self.count);
        self.count = self.count.saturating_add(1);
        let share = S::ONE / S::from_count(self.count);
        let weight = before * share;
        let features = features.get(1..).unwrap_or_default();
        let row = || features.iter().copied().chain([outcome]);
        let (means, comoments) = self.parts_mut();
        // The co-moments want the deviations from the old means; the means move only afterwards.
        for (i, (value, &mean)) in row().zip(means.iter()).enumerate() {
            let scaled = (value - mean) * weight;
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
    pub fn merge<C: AsRef<[S]>>(&mut self, other: &Moments<S, C>) -> Result<(), ShapeError> {
        ShapeError::exact("columns", self.columns, other.columns)?;
        if other.count == 0 {
            return Ok(());
        }
        let (before, count) = (self.count, self.count.saturating_add(other.count));
        self.count = count;
        let share = S::from_count(other.count) / S::from_count(count);
        let weight = S::from_count(before) * share;
        let (means, comoments) = self.parts_mut();
        for (i, (&theirs, &ours)) in other.means().iter().zip(means.iter()).enumerate() {
            let scaled = (theirs - ours) * weight;
            let target = packed::row_mut(comoments, i).iter_mut();
            let added = packed::row(other.comoments(), i);
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
        let whole = S::from_count(self.count);
        self.count = left;
        let left = S::from_count(left);
        let share = S::from_count(other.count) / left;
        // With means m (all), t (taken), l = m + (m − t) share, the outer product taken out is
        // n_t n_l / n (t − l)(t − l)ᵀ, and t − l = (t − m) n / n_l.
        let weight = share * whole;
        let (means, comoments) = self.parts_mut();
        for (i, (&theirs, &ours)) in other.means().iter().zip(means.iter()).enumerate() {
            let scaled = (theirs - ours) * weight;
            let target = packed::row_mut(comoments, i).iter_mut();
            let taken = packed::row(other.comoments(), i);
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

    /// Adds the first `rows` rows of a tile of P columns: the features without the constant, then
    /// the outcome. `panels` is scratch of [`panels_len`], `deviations` of P.
    ///
    /// Every co-moment of the tile is summed row after row, so the result depends on the tiles and
    /// on whether `arithmetic` fuses, and on nothing else: `DOWN × 8 ACROSS`, how many co-moments
    /// are summed at a time in registers, does not change a bit of it. `DOWN` divides 8.
    #[inline(always)]
    pub fn push_tile<A, const ROWS: usize, const DOWN: usize, const ACROSS: usize>(
        &mut self,
        arithmetic: A,
        tile: &[Column<S, ROWS>],
        rows: usize,
        panels: &mut [Panel<S, ROWS>],
        deviations: &mut [S],
    ) -> Result<(), ShapeError>
    where
        A: MultiplyAdd<S>,
    {
        const { assert!(LANES.is_multiple_of(DOWN) && ROWS.is_multiple_of(LANES)) };
        ShapeError::exact("columns", self.columns, tile.len())?;
        ShapeError::exact("panels", panels_len(self.columns), panels.len())?;
        ShapeError::exact("deviations", self.columns, deviations.len())?;
        let rows = rows.min(ROWS);
        if rows == 0 {
            return Ok(());
        }
        let before = S::from_count(self.count);
        self.count = self.count.saturating_add(rows as u64);
        let added = S::from_count(rows as u64);
        let share = added / S::from_count(self.count);
        let weight = before * share;
        let (means, comoments) = self.parts_mut();
        let ours = means.chunks_mut(LANES).zip(deviations.chunks_mut(LANES));
        for ((columns, panel), (means, deviations)) in
            tile.chunks(LANES).zip(panels.iter_mut()).zip(ours)
        {
            let mut centers = [S::ZERO; LANES];
            let each = columns.iter().zip(&mut centers).zip(means).zip(deviations);
            for (((column, center), mean), deviation) in each {
                *center = packed::sum(column.0.get(..rows).unwrap_or_default()) / added;
                *deviation = *center - *mean;
                *mean += *deviation * share;
            }
            panel.fill(columns, &centers, rows);
        }
        for (index, top) in panels.iter().enumerate() {
            let left = panels.get(..=index).unwrap_or_default();
            let (groups, singles) = left.as_chunks::<ACROSS>();
            for part in 0..LANES / DOWN {
                let first = index * LANES + part * DOWN;
                let mut target = Rectangle {
                    comoments: &mut *comoments,
                    deviations,
                    weight,
                    first,
                    left: 0,
                };
                for group in groups {
                    target.add(products::<_, _, _, DOWN, _>(arithmetic, top, part, group));
                }
                for single in singles.as_chunks::<1>().0 {
                    target.add(products::<_, _, _, DOWN, _>(arithmetic, top, part, single));
                }
            }
        }
        Ok(())
    }
}

/// Scratch of [`Moments::push_tile`]: eight columns of a tile less their means, turned so that a
/// row's eight numbers lie together.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Panel<S, const ROWS: usize>([[S; LANES]; ROWS]);

/// Panels that `columns` columns fill.
pub const fn panels_len(columns: usize) -> usize {
    columns.div_ceil(LANES)
}

impl<S: Scalar, const ROWS: usize> Panel<S, ROWS> {
    /// A panel of zeros.
    pub const ZEROS: Self = Self([[S::ZERO; LANES]; ROWS]);

    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // Every index is below the const length of its array.
    fn fill(&mut self, columns: &[Column<S, ROWS>], centers: &[S; LANES], rows: usize) {
        if let Some(columns) = columns.first_chunk::<LANES>() {
            for (row, target) in self.0.iter_mut().enumerate() {
                let quads = columns
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .zip(centers.as_chunks::<4>().0);
                for ((columns, centers), target) in quads.zip(target.as_chunks_mut::<4>().0) {
                    for j in 0..4 {
                        target[j] = columns[j].0[row] - centers[j];
                    }
                    // Four at a time: eight, the compiler would gather, several times slower.
                    core::hint::black_box(());
                }
            }
        } else {
            // Lanes without a column keep what they had: what it gives is not stored.
            for (j, (column, &center)) in columns.iter().zip(centers).enumerate() {
                for (row, &value) in self.0.iter_mut().zip(&column.0) {
                    row[j] = value - center;
                }
            }
        }
        for row in self.0.iter_mut().skip(rows) {
            *row = [S::ZERO; LANES];
        }
    }
}

/// The products of one part of `top`'s columns with every column of `left`, summed row after row.
#[inline(always)]
#[allow(clippy::indexing_slicing)] // Every index is below the const length of its array.
fn products<S, A, const ROWS: usize, const DOWN: usize, const ACROSS: usize>(
    arithmetic: A,
    top: &Panel<S, ROWS>,
    part: usize,
    left: &[Panel<S, ROWS>; ACROSS],
) -> [[[S; LANES]; ACROSS]; DOWN]
where
    S: Scalar,
    A: MultiplyAdd<S>,
{
    let mut sums = [[[S::ZERO; LANES]; ACROSS]; DOWN];
    for row in 0..ROWS {
        // A statement a column of `top`, so that the compiler meets loops small enough to unroll
        // entirely: only then are the sums registers.
        macro_rules! columns {
            ($($i:literal)*) => {$(
                if $i < DOWN {
                    for j in 0..ACROSS {
                        for lane in 0..LANES {
                            sums[$i][j][lane] = arithmetic.multiply_add(
                                top.0[row].as_chunks::<DOWN>().0[part][$i],
                                left[j].0[row][lane],
                                sums[$i][j][lane],
                            );
                        }
                    }
                }
            )*};
        }
        columns!(0 1 2 3 4 5 6 7);
    }
    sums
}

/// Where products go: rows from `first` on of the co-moments, columns from `left` on.
struct Rectangle<'a, S> {
    comoments: &'a mut [S],
    deviations: &'a [S],
    weight: S,
    first: usize,
    left: usize,
}

impl<S: Scalar> Rectangle<'_, S> {
    /// Adds the products and what the difference of the means adds to them, and moves to the right.
    /// Nothing is stored above the diagonal or beyond the last row.
    #[inline(always)]
    fn add<const ACROSS: usize, const DOWN: usize>(
        &mut self,
        products: [[[S; LANES]; ACROSS]; DOWN],
    ) {
        let across = self.deviations.get(self.left..).unwrap_or_default();
        let (across, across_rest) = across.as_chunks::<LANES>();
        let rows = self.deviations.iter().enumerate().skip(self.first);
        for ((i, &deviation), products) in rows.zip(&products) {
            let scaled = deviation * self.weight;
            let row = packed::row_mut(self.comoments, i).get_mut(self.left..);
            let (row, rest) = row.unwrap_or_default().as_chunks_mut::<LANES>();
            for ((target, products), across) in row.iter_mut().zip(products).zip(across) {
                // Into a local: only then is it known that nothing overlaps.
                let mut sums = *target;
                add_row(&mut sums, products, scaled, across);
                *target = sums;
            }
            if let Some(products) = products.get(row.len()) {
                let across = across.get(row.len()).map_or(across_rest, |across| across);
                add_row(rest, products, scaled, across);
            }
        }
        self.left += LANES * ACROSS;
    }
}

#[inline(always)]
fn add_row<S: Scalar>(target: &mut [S], products: &[S; LANES], scaled: S, across: &[S]) {
    for ((target, &product), &across) in target.iter_mut().zip(products).zip(across) {
        *target += product + scaled * across;
    }
}
