//! Moments of monomials by their distinct products alone.
//!
//! The product of two monomials is a monomial, so the Gram matrix of all those of degree ≤ d in K
//! variables is a moment matrix (Lasserre 2010, "Moments, Positive Polynomials and Their
//! Applications", §3.2): of its P (P + 1) / 2 entries only C(K + 2d, 2d) differ, 462 of 1596 for
//! K = 5 and d = 3. Each is summed once.
//!
//! Which product stands for which? Let a monomial of degree above d have its factors in ascending
//! order. Its first d factors are a feature of degree d, whose greatest variable is `v`; the others
//! are a feature in variables from `v` on. So all pairs (feature of degree d with greatest variable
//! `v`, feature in variables from `v` on) are one rectangle for every `v`, and no product is in two.
//! The monomials of degree ≤ d are their products with the constant, which stands beside the outcome
//! in the first rectangle.
//!
//! The sums are not centred, and `Σ xᵢxⱼ − n mᵢmⱼ` cancels where means are far beyond spreads. The
//! rounding of the sum is at most γ √(Σxᵢ² Σxⱼ²), with γ the number of its additions times the
//! scalar's epsilon. Where n mᵢ² ≤ c Σ(xᵢ − mᵢ)² of both columns, that is at most (1 + c) γ of what
//! the co-moment is measured by, the root of the product of the two centred sums of squares; the sum
//! of centred products errs by γ of it. Columns with more distant means, or that do not vary, are
//! therefore centred, and all their products summed a second time. Such a product errs by
//! √(1 + c) γ at most.

mod products;
mod tables;

pub use products::Lanes;
pub use tables::{scratch_len, sums_len, tables_len};

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::algebra::vector;
use crate::error::ShapeError;
use crate::features::monomials::{Basis, Column, Monomials};
use crate::moments::{Moments, buffer_len};
use crate::regime::MAX_ACTIONS;
use crate::scalar::{MultiplyAdd, Scalar};
use products::Products;
use tables::{fill, rectangle, rectangles};

/// c: the largest squared mean, in variances, of a column that is not centred before it is summed.
const FAR: u64 = 16;

/// Columns of [`Workspace`].
pub const fn columns_len(monomials: Monomials) -> usize {
    monomials.all_variables() + monomials.len() + 1
}

/// Numbers of [`Workspace`].
pub const fn numbers_len(monomials: Monomials) -> usize {
    sums_len(monomials) + buffer_len(monomials.len()) + monomials.len()
}

/// What [`MomentMatrix::push`] works in.
#[derive(Debug)]
pub struct Workspace<'a, S, const ROWS: usize, const LANES: usize> {
    /// [`columns_len`] columns.
    pub columns: &'a mut [Column<S, ROWS>],
    /// [`sums_len`] sums.
    pub lanes: &'a mut [Lanes<S, LANES>],
    /// [`numbers_len`] numbers.
    pub numbers: &'a mut [S],
    /// P indices.
    pub indices: &'a mut [u32],
}

/// The products of the monomials of a basis that are summed, and where the entries of their Gram
/// matrix find theirs.
///
/// ```
/// use joint_effects_kernel::moments::matrix::{self, Lanes, MomentMatrix, Workspace};
/// use joint_effects_kernel::moments::{Moments, buffer_len};
/// use joint_effects_kernel::features::monomials::{Basis, Column, Monomials};
/// use joint_effects_kernel::scalar::Unfused;
///
/// const MONOMIALS: Monomials = match Monomials::new(1, 2) {
///     Ok(monomials) => monomials,
///     Err(_) => panic!(),
/// };
/// const P: usize = MONOMIALS.len();
/// let basis = Basis::new(MONOMIALS, [0.0_f64, 1.0])?; // shift 0, factor 1
/// let tables = [0; matrix::tables_len(MONOMIALS)];
/// let matrix = MomentMatrix::new(basis, tables, &mut [0; matrix::scratch_len(MONOMIALS)])?;
/// let mut moments = Moments::new(P, [0.0; buffer_len(P)])?;
/// let mut batch = [Column::<_, 16>::ZEROS; 2]; // the action, the outcome
/// batch[0].0[..3].copy_from_slice(&[1.0, 2.0, 3.0]);
/// batch[1].0[..3].copy_from_slice(&[1.0, 3.0, 8.0]);
/// let mut workspace = Workspace::<f64, 8, 8> {
///     columns: &mut [Column::ZEROS; matrix::columns_len(MONOMIALS)],
///     lanes: &mut [Lanes::ZEROS; matrix::sums_len(MONOMIALS)],
///     numbers: &mut [0.0; matrix::numbers_len(MONOMIALS)],
///     indices: &mut [0; P],
/// };
/// matrix.push::<_, _, 16, 8, 8, 4, 4>(Unfused, &mut moments, &batch, None, 3, &mut workspace)?;
/// assert_eq!(moments.means(), [2.0, 14.0 / 3.0, 4.0]); // of a, a² and the outcome
/// # Ok::<(), joint_effects_kernel::error::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentMatrix<S, B, T> {
    basis: Basis<S, B>,
    /// The features down and across every rectangle, by index, P for the outcome; then, for every
    /// packed entry of the Gram matrix of the features without the constant, the place of its sum.
    tables: T,
}

impl<S: Scalar, B: AsRef<[S]>, T: AsRef<[u32]>> MomentMatrix<S, B, T> {
    /// Fills `tables`, of [`tables_len`] numbers; `scratch` has [`scratch_len`].
    pub fn new(basis: Basis<S, B>, mut tables: T, scratch: &mut [u32]) -> Result<Self, ShapeError>
    where
        T: AsMut<[u32]>,
    {
        let monomials = basis.monomials();
        let found = tables.as_ref().len();
        ShapeError::exact("moment matrix tables", tables_len(monomials), found)?;
        ShapeError::exact(
            "moment matrix scratch",
            scratch_len(monomials),
            scratch.len(),
        )?;
        fill(monomials, tables.as_mut(), scratch);
        Ok(Self { basis, tables })
    }

    /// The basis.
    pub fn basis(&self) -> &Basis<S, B> {
        &self.basis
    }

    /// Adds the first `rows` rows of `batch`, K columns of actions and then the outcome, to `moments`
    /// of P columns. The rows have these weights, which must be finite and above 0, or 1 each.
    ///
    /// Rows are taken `ROWS` at a time, a divisor of `BATCH`, and summed in `LANES` lanes, a divisor
    /// of `ROWS`: the result depends on these, on the batches and on whether `arithmetic` fuses, and
    /// on nothing else. `DOWN × ACROSS` products, or 2 or 1 where fewer are left, are summed at a time
    /// in registers, which does not change a bit of it.
    #[inline(always)]
    pub fn push<
        A,
        M,
        const BATCH: usize,
        const ROWS: usize,
        const LANES: usize,
        const DOWN: usize,
        const ACROSS: usize,
    >(
        &self,
        arithmetic: A,
        moments: &mut Moments<S, M>,
        batch: &[Column<S, BATCH>],
        weights: Option<&Column<S, BATCH>>,
        rows: usize,
        workspace: &mut Workspace<'_, S, ROWS, LANES>,
    ) -> Result<(), ShapeError>
    where
        A: MultiplyAdd<S>,
        M: AsRef<[S]> + AsMut<[S]>,
    {
        const { assert!(BATCH.is_multiple_of(ROWS) && ROWS.is_multiple_of(LANES)) };
        let monomials = self.basis.monomials();
        let terms = monomials.len();
        let Workspace {
            columns,
            lanes,
            numbers,
            indices,
        } = workspace;
        ShapeError::exact("columns", monomials.variables() + 1, batch.len())?;
        ShapeError::exact("columns", terms, moments.columns())?;
        ShapeError::exact("work columns", columns_len(monomials), columns.len())?;
        ShapeError::exact("lanes", sums_len(monomials), lanes.len())?;
        ShapeError::exact("work numbers", numbers_len(monomials), numbers.len())?;
        ShapeError::exact("work indices", terms, indices.len())?;
        let rows = rows.min(BATCH);
        if rows == 0 {
            return Ok(());
        }
        let mut rest = &mut **numbers;
        let sums = cut(&mut rest, sums_len(monomials));
        let buffer = cut(&mut rest, buffer_len(terms));
        let (means, comoments) = buffer.split_at_mut(terms);
        let weights = weights.map(|weights| weights.0.get(..rows).unwrap_or_default());
        let excess = weights.map_or(S::ZERO, |weights| {
            weights.iter().map(|&weight| weight - S::ONE).sum()
        });
        let mut centred = Centred {
            weight: S::from_count(rows as u64) + excess,
            means,
            offsets: rest,
            comoments,
        };
        // Once, not for every tile: their sizes are binomial coefficients.
        let mut rectangles = [Default::default(); MAX_ACTIONS + 1];
        let mut count = 0;
        for (slot, rectangle) in rectangles.iter_mut().zip(self.rectangles()) {
            *slot = rectangle;
            count += 1;
        }
        let rectangles = rectangles.get(..count).unwrap_or_default();
        // All rectangles are summed; then, as many at a time as there is room for, the distant
        // columns' products with everything.
        let (_, all) = rectangles.first().copied().unwrap_or_default();
        let room = sums_len(monomials) / all.len();
        let (mut distant, mut group) = (0, 0..0);
        loop {
            let centring = indices.get(..distant).unwrap_or_default();
            let again = indices.get(group.clone()).unwrap_or_default();
            lanes.fill(Lanes::ZEROS);
            for (tile, first) in (0..rows).step_by(ROWS).enumerate() {
                let height = ROWS.min(rows - first);
                let columns = self.evaluate(batch, tile, height, columns)?;
                if let Some(weights) = weights {
                    weigh(weights.get(first..).unwrap_or_default(), columns);
                }
                centred.subtract_means(centring, columns);
                let products = Products::new(arithmetic, columns, height);
                let mut lanes = &mut **lanes;
                for &(down, across) in rectangles {
                    let down = if again.is_empty() { down } else { again };
                    let lanes = cut(&mut lanes, down.len() * across.len());
                    products.add::<DOWN, ACROSS>(down, across, lanes);
                    if !again.is_empty() {
                        break;
                    }
                }
            }
            for (sum, lanes) in sums.iter_mut().zip(&**lanes) {
                *sum = vector::sum_lanes(lanes.0);
            }
            if again.is_empty() {
                centred.fill(sums, self.places());
                distant = centred.distant(indices);
            } else {
                for (&index, sums) in again.iter().zip(sums.chunks_exact(all.len())) {
                    centred.replace(index, sums);
                }
            }
            group = group.end..distant.min(group.end + room);
            if group.is_empty() {
                break;
            }
        }
        centred.correct_means(indices.get(..distant).unwrap_or_default());
        let batch = Moments::from_weighted_parts(terms, rows as u64, excess, &*buffer)?;
        moments.merge(&batch)
    }

    /// The monomials and the outcome of the rows of one tile, zeros below `height`.
    #[inline(always)]
    fn evaluate<'c, const BATCH: usize, const ROWS: usize>(
        &self,
        batch: &[Column<S, BATCH>],
        tile: usize,
        height: usize,
        columns: &'c mut [Column<S, ROWS>],
    ) -> Result<&'c mut [Column<S, ROWS>], ShapeError> {
        let monomials = self.basis.monomials();
        let (variables, columns) = columns.split_at_mut(monomials.all_variables());
        let (features, outcome) = columns.split_at_mut(monomials.len());
        let targets = variables
            .iter_mut()
            .take(monomials.variables())
            .chain(outcome);
        for (target, column) in targets.zip(batch) {
            if let Some(rows) = column.0.as_chunks().0.get(tile) {
                target.0 = *rows;
            }
        }
        self.basis.standardise_columns(variables);
        monomials.evaluate_columns(variables, features)?;
        if height < ROWS {
            for column in &mut *columns {
                column.0.get_mut(height..).unwrap_or_default().fill(S::ZERO);
            }
        }
        Ok(columns)
    }

    /// The columns down and across every rectangle, in order.
    fn rectangles(&self) -> impl Iterator<Item = (&[u32], &[u32])> {
        let monomials = self.basis.monomials();
        let mut tables = self.tables.as_ref();
        (0..rectangles(monomials)).map_while(move |index| {
            let (down, across) = rectangle(monomials, index);
            let (lists, rest) = tables.split_at_checked(down + across)?;
            tables = rest;
            lists.split_at_checked(down)
        })
    }

    /// Where the sum of every packed entry of the Gram matrix stands.
    fn places(&self) -> &[u32] {
        let tables = self.tables.as_ref();
        let entries = packed::len(self.basis.monomials().len());
        tables.get(tables.len() - entries..).unwrap_or_default()
    }
}

/// Multiplies every column, that of the constant among them, by the roots of the weights: the products of
/// two are then weighted.
#[inline(always)]
fn weigh<S: Scalar, const ROWS: usize>(weights: &[S], columns: &mut [Column<S, ROWS>]) {
    let mut roots = [S::ZERO; ROWS];
    for (root, weight) in roots.iter_mut().zip(weights) {
        *root = weight.sqrt();
    }
    for column in columns {
        for (value, &root) in column.0.iter_mut().zip(&roots) {
            *value *= root;
        }
    }
}

/// The means and co-moments of a batch. Columns count from 1, as the constant is none of them.
struct Centred<'a, S> {
    /// Sum of the rows' weights.
    weight: S,
    means: &'a mut [S],
    /// The means of the columns as they are summed: of a distant one, the mean less its mean.
    offsets: &'a mut [S],
    comoments: &'a mut [S],
}

impl<S: Scalar> Centred<'_, S> {
    /// From the sums of all rectangles, the first of which begins with the constant's row.
    #[inline(always)]
    fn fill(&mut self, sums: &[S], places: &[u32]) {
        let totals = sums.get(1..).unwrap_or_default();
        for (mean, &total) in self.means.iter_mut().zip(totals) {
            *mean = total / self.weight;
        }
        for (i, &total) in totals.iter().enumerate().take(self.means.len()) {
            let row = packed::row_mut(self.comoments, i).iter_mut();
            for ((target, &place), &mean) in row.zip(packed::row(places, i)).zip(&*self.means) {
                let sum = sums.get(place as usize).copied().unwrap_or_default();
                *target = sum - total * mean;
            }
        }
    }

    /// Writes the columns whose means are too far from zero to `indices`, and returns how many they
    /// are.
    fn distant(&mut self, indices: &mut [u32]) -> usize {
        let limit = S::from_count(FAR) / self.weight;
        let mut found = 0;
        let columns = self.means.iter().zip(packed::diagonal(self.comoments));
        for (index, ((&mean, square), offset)) in (1..).zip(columns.zip(&mut *self.offsets)) {
            let near = square > S::ZERO && square.is_finite() && mean * mean <= limit * square;
            *offset = if near { mean } else { S::ZERO };
            if let (false, Some(slot)) = (near, indices.get_mut(found)) {
                *slot = index;
                found += 1;
            }
        }
        found
    }

    /// Centres the distant ones of `columns`, which begin with the constant: where there are no rows, or these
    /// are weighted, that is not 1.
    #[inline(always)]
    fn subtract_means<const ROWS: usize>(&self, distant: &[u32], columns: &mut [Column<S, ROWS>]) {
        let Some((constant, columns)) = columns.split_first_mut() else {
            return;
        };
        for own in distant.iter().map(|&index| index as usize - 1) {
            if let (Some(&mean), Some(column)) = (self.means.get(own), columns.get_mut(own)) {
                for (value, &constant) in column.0.iter_mut().zip(&constant.0) {
                    *value -= mean * constant;
                }
            }
        }
    }

    /// Replaces the co-moments of a distant column. `sums` are of its products with the constant and
    /// with every column.
    fn replace(&mut self, index: u32, sums: &[S]) {
        let Some((&total, sums)) = sums.split_first() else {
            return;
        };
        let own = index as usize - 1;
        if let Some(offset) = self.offsets.get_mut(own) {
            *offset = total / self.weight;
        }
        // Of two distant columns the later one comes last, when the offsets of both are known.
        for (other, (&sum, &offset)) in sums.iter().zip(&*self.offsets).enumerate() {
            let row = packed::row_mut(self.comoments, own.max(other));
            if let Some(target) = row.get_mut(own.min(other)) {
                *target = sum - total * offset;
            }
        }
    }

    /// Adds what was left of the distant columns' means.
    fn correct_means(&mut self, distant: &[u32]) {
        for &index in distant {
            let own = index as usize - 1;
            if let (Some(mean), Some(&offset)) = (self.means.get_mut(own), self.offsets.get(own)) {
                *mean += offset;
            }
        }
    }
}
