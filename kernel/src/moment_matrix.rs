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

use crate::error::ShapeError;
use crate::moments::{Moments, buffer_len};
use crate::monomials::{Basis, Column, MAX_DEGREE, Monomials, count, count_of_degree};
use crate::packed;
use crate::regime::MAX_ACTIONS;
use crate::scalar::{MultiplyAdd, Scalar};
use crate::scratch::cut;

/// c: the largest squared mean, in variances, of a column that is not centred before it is summed.
const FAR: u64 = 16;

/// Numbers in the tables of a [`MomentMatrix`].
pub const fn tables_len(monomials: Monomials) -> usize {
    let mut length = packed::len(monomials.len());
    let mut first = 0;
    while first < monomials.variables() {
        let (down, across) = rectangle(monomials, first);
        length += down + across;
        first += 1;
    }
    length
}

/// Number of sums: a sum for every distinct product, and three that are counted twice.
pub const fn sums_len(monomials: Monomials) -> usize {
    let mut length = 0;
    let mut first = 0;
    while first < monomials.variables() {
        let (down, across) = rectangle(monomials, first);
        length += down * across;
        first += 1;
    }
    length
}

/// Columns of [`Workspace`].
pub const fn columns_len(monomials: Monomials) -> usize {
    monomials.variables() + monomials.len() + 1
}

/// Numbers of [`Workspace`].
pub const fn numbers_len(monomials: Monomials) -> usize {
    sums_len(monomials) + buffer_len(monomials.len()) + monomials.len()
}

/// The height and the width of the rectangle of products whose middle variable is `variable`.
const fn rectangle(monomials: Monomials, variable: usize) -> (usize, usize) {
    let across = count(monomials.variables() - variable, monomials.degree());
    let down = match monomials.degree().checked_sub(1) {
        Some(lower) => count_of_degree(variable + 1, lower),
        None => 0,
    };
    match variable {
        // The constant and the outcome with everything.
        0 => (2 + down, across + 1),
        _ => (down, across - 1),
    }
}

/// Sums kept apart by the row's number modulo `LANES`, so that they are a vector.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes<S, const LANES: usize>([S; LANES]);

impl<S: Scalar, const LANES: usize> Lanes<S, LANES> {
    /// Sums of nothing.
    pub const ZEROS: Self = Self([S::ZERO; LANES]);
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
/// use joint_effects_kernel::moment_matrix::{self, Lanes, MomentMatrix, Workspace};
/// use joint_effects_kernel::moments::{Moments, buffer_len};
/// use joint_effects_kernel::monomials::{Basis, Column, Monomials};
/// use joint_effects_kernel::scalar::Unfused;
///
/// const MONOMIALS: Monomials = match Monomials::new(1, 2) {
///     Ok(monomials) => monomials,
///     Err(_) => panic!(),
/// };
/// const P: usize = MONOMIALS.len();
/// let basis = Basis::new(MONOMIALS, [0.0_f64, 1.0])?; // shift 0, factor 1
/// let tables = [0; moment_matrix::tables_len(MONOMIALS)];
/// let matrix = MomentMatrix::new(basis, tables, &mut [0; moment_matrix::scratch_len(MONOMIALS)])?;
/// let mut moments = Moments::new(P, [0.0; buffer_len(P)])?;
/// let mut batch = [Column::<_, 16>::ZEROS; 2]; // the action, the outcome
/// batch[0].0[..3].copy_from_slice(&[1.0, 2.0, 3.0]);
/// batch[1].0[..3].copy_from_slice(&[1.0, 3.0, 8.0]);
/// let mut workspace = Workspace::<f64, 8, 8> {
///     columns: &mut [Column::ZEROS; moment_matrix::columns_len(MONOMIALS)],
///     lanes: &mut [Lanes::ZEROS; moment_matrix::sums_len(MONOMIALS)],
///     numbers: &mut [0.0; moment_matrix::numbers_len(MONOMIALS)],
///     indices: &mut [0; P],
/// };
/// matrix.push::<_, _, 16, 8, 8, 4, 4>(Unfused, &mut moments, &batch, 3, &mut workspace)?;
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
    /// of P columns.
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
        let mut centred = Centred {
            count: S::from_count(rows as u64),
            means,
            offsets: rest,
            comoments,
        };
        let mut rectangles = [Default::default(); MAX_ACTIONS];
        for (slot, rectangle) in rectangles.iter_mut().zip(self.rectangles()) {
            *slot = rectangle;
        }
        let rectangles = rectangles.get(..monomials.variables()).unwrap_or_default();
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
                centred.subtract_means(centring, height, columns);
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
                *sum = packed::sum_lanes(lanes.0);
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
        moments.merge(&Moments::from_parts(terms, rows as u64, &*buffer)?)
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
        let (variables, columns) = columns.split_at_mut(monomials.variables());
        let (features, outcome) = columns.split_at_mut(monomials.len());
        let targets = variables.iter_mut().chain(outcome);
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
        (0..monomials.variables()).map_while(move |variable| {
            let (down, across) = rectangle(monomials, variable);
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

/// The means and co-moments of a batch. Columns count from 1, as the constant is none of them.
struct Centred<'a, S> {
    count: S,
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
            *mean = total / self.count;
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
        let limit = S::from_count(FAR) / self.count;
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

    /// Centres the rows above `height` of the distant ones of `columns`, which begin with the
    /// constant.
    #[inline(always)]
    fn subtract_means<const ROWS: usize>(
        &self,
        distant: &[u32],
        height: usize,
        columns: &mut [Column<S, ROWS>],
    ) {
        for &index in distant {
            let mean = self.means.get(index as usize - 1).copied();
            let column = columns.get_mut(index as usize);
            let rows = column.and_then(|column| column.0.get_mut(..height));
            for value in rows.unwrap_or_default() {
                *value -= mean.unwrap_or_default();
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
            *offset = total / self.count;
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

/// Adds products of the columns to sums kept in `LANES` lanes.
struct Products<'a, S, A, const ROWS: usize, const LANES: usize> {
    arithmetic: A,
    columns: &'a [Column<S, ROWS>],
    /// How many times `LANES` rows of them there are.
    chunks: usize,
}

impl<'a, S, A, const ROWS: usize, const LANES: usize> Products<'a, S, A, ROWS, LANES>
where
    S: Scalar,
    A: MultiplyAdd<S>,
{
    fn new(arithmetic: A, columns: &'a [Column<S, ROWS>], height: usize) -> Self {
        Self {
            arithmetic,
            columns,
            chunks: height.div_ceil(LANES).min(ROWS / LANES),
        }
    }

    /// Adds the products of every column of `down` with every one of `across` to `sums`, by rows.
    #[inline(always)]
    fn add<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32],
        across: &[u32],
        sums: &mut [Lanes<S, LANES>],
    ) {
        let mut rest = sums;
        let (groups, others) = down.as_chunks::<DOWN>();
        let (triples, others) = others.as_chunks::<3>();
        let (pairs, singles) = others.as_chunks::<2>();
        for down in groups {
            let sums = cut(&mut rest, DOWN * across.len());
            self.add_rows::<DOWN, ACROSS>(down, across, sums);
        }
        for down in triples {
            let sums = cut(&mut rest, 3 * across.len());
            self.add_rows::<3, ACROSS>(down, across, sums);
        }
        for down in pairs {
            let sums = cut(&mut rest, 2 * across.len());
            self.add_rows::<2, ACROSS>(down, across, sums);
        }
        for down in singles.as_chunks().0 {
            let sums = cut(&mut rest, across.len());
            self.add_rows::<1, ACROSS>(down, across, sums);
        }
    }

    #[inline(always)]
    fn add_rows<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32; DOWN],
        across: &[u32],
        sums: &mut [Lanes<S, LANES>],
    ) {
        let width = across.len();
        let (groups, others) = across.as_chunks::<ACROSS>();
        let (triples, others) = others.as_chunks::<3>();
        let (pairs, singles) = others.as_chunks::<2>();
        let mut left = 0;
        for across in groups {
            self.add_block(down, across, sums, left, width);
            left += ACROSS;
        }
        for across in triples {
            self.add_block(down, across, sums, left, width);
            left += 3;
        }
        for across in pairs {
            self.add_block(down, across, sums, left, width);
            left += 2;
        }
        for across in singles.as_chunks::<1>().0 {
            self.add_block(down, across, sums, left, width);
            left += 1;
        }
    }

    /// Adds to columns `left` and on of `sums`, whose rows are `width` long.
    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // Every index is below the const length of its array.
    fn add_block<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32; DOWN],
        across: &[u32; ACROSS],
        sums: &mut [Lanes<S, LANES>],
        left: usize,
        width: usize,
    ) {
        let (Some(down), Some(across)) = (self.chosen(down), self.chosen(across)) else {
            return;
        };
        let mut block = [[[S::ZERO; LANES]; ACROSS]; DOWN];
        for (i, block) in block.iter_mut().enumerate() {
            let start = i * width + left;
            let Some(sums) = sums.get(start..start + ACROSS) else {
                return;
            };
            for (block, sum) in block.iter_mut().zip(sums) {
                *block = sum.0;
            }
        }
        for chunk in 0..self.chunks {
            let x: [[S; LANES]; DOWN] = core::array::from_fn(|i| down[i].0.as_chunks().0[chunk]);
            let y: [[S; LANES]; ACROSS] =
                core::array::from_fn(|j| across[j].0.as_chunks().0[chunk]);
            for i in 0..DOWN {
                for j in 0..ACROSS {
                    for lane in 0..LANES {
                        block[i][j][lane] =
                            self.arithmetic
                                .multiply_add(x[i][lane], y[j][lane], block[i][j][lane]);
                    }
                }
            }
        }
        for (i, block) in block.iter().enumerate() {
            let start = i * width + left;
            let Some(sums) = sums.get_mut(start..start + ACROSS) else {
                return;
            };
            for (block, sum) in block.iter().zip(sums) {
                sum.0 = *block;
            }
        }
    }

    #[inline(always)]
    fn chosen<const N: usize>(&self, indices: &[u32; N]) -> Option<[&'a Column<S, ROWS>; N]> {
        let mut chosen = [self.columns.first()?; N];
        for (chosen, &index) in chosen.iter_mut().zip(indices) {
            *chosen = self.columns.get(index as usize)?;
        }
        Some(chosen)
    }
}

/// The monomials as a tree. The parent of one is what it is without its last factor; its children,
/// one for every variable from its last factor on, follow one another.
struct Tree<'a> {
    parents: &'a mut [u32],
    /// The last factor, counted from 1; the constant has 0.
    last: &'a mut [u32],
    /// Of a monomial below the highest degree, its first child; of one of the highest, the place of
    /// its first product.
    first: &'a mut [u32],
}

/// Scratch of [`MomentMatrix::new`].
pub const fn scratch_len(monomials: Monomials) -> usize {
    3 * monomials.len()
}

impl<'a> Tree<'a> {
    fn new(monomials: Monomials, mut scratch: &'a mut [u32]) -> Self {
        let tree = Self {
            parents: cut(&mut scratch, monomials.len()),
            last: cut(&mut scratch, monomials.len()),
            first: scratch,
        };
        tree.last.fill(0);
        let mut next = 1;
        for index in 0..monomials.len() {
            put(tree.first, index, next);
            for factor in at(tree.last, index).max(1)..=monomials.variables() {
                put(tree.parents, next, index);
                put(tree.last, next, factor);
                next += 1;
            }
        }
        tree
    }

    /// The monomial with these factors, which ascend.
    fn descend(&self, factors: &[usize]) -> usize {
        factors.iter().fold(0, |index, &factor| {
            at(self.first, index) + factor - at(self.last, index).max(1)
        })
    }

    /// The factors of a product of two monomials, ascending, at the end of the array, and how many
    /// there are.
    fn factors(&self, mut i: usize, mut j: usize) -> ([usize; 2 * MAX_DEGREE], usize) {
        let mut factors = [0; 2 * MAX_DEGREE];
        let mut degree = 0;
        for slot in factors.iter_mut().rev() {
            let greater = if at(self.last, i) > at(self.last, j) {
                &mut i
            } else {
                &mut j
            };
            *slot = at(self.last, *greater);
            if *slot == 0 {
                break;
            }
            *greater = at(self.parents, *greater);
            degree += 1;
        }
        (factors, degree)
    }
}

fn at(table: &[u32], index: usize) -> usize {
    table.get(index).copied().unwrap_or_default() as usize
}

/// Nothing beyond the end. No value exceeds the number of sums, which is below 2³² for
/// [`MAX_MONOMIALS`](crate::monomials::MAX_MONOMIALS) features.
fn put(table: &mut [u32], index: usize, value: usize) {
    if let Some(slot) = table.get_mut(index) {
        *slot = value as u32;
    }
}

/// Fills the tables of [`MomentMatrix`].
fn fill(monomials: Monomials, tables: &mut [u32], scratch: &mut [u32]) {
    let (terms, degree) = (monomials.len(), monomials.degree());
    let tree = Tree::new(monomials, scratch);
    let highest = match degree.checked_sub(1) {
        Some(lower) => count(monomials.variables(), lower),
        None => terms,
    };
    let mut places = tables;
    let mut lists: [&[u32]; MAX_ACTIONS] = Default::default();
    let mut start = 0;
    for (variable, list) in lists.iter_mut().enumerate().take(monomials.variables()) {
        let (height, width) = rectangle(monomials, variable);
        let (down, across) = (cut(&mut places, height), cut(&mut places, width));
        let mut row = 0;
        let mut column = 0;
        if variable == 0 {
            // The constant and the outcome with everything: the constant's sums stand by index.
            put(down, 1, terms);
            row = 2;
            column = 1;
            put(across, width - 1, terms);
        }
        for index in 1..terms {
            if index >= highest && at(tree.last, index) == variable + 1 {
                put(down, row, index);
                put(tree.first, index, start + row * width);
                row += 1;
            }
            if monomials.factors(index).next() >= Some(variable) {
                put(across, column, index);
                column += 1;
            }
        }
        *list = across;
        start += height * width;
    }
    for i in 1..terms {
        for (j, place) in (1..).zip(cut(&mut places, i)) {
            let (factors, count) = tree.factors(i, j);
            let factors = factors.get(factors.len() - count..).unwrap_or_default();
            let (head, tail) = factors.split_at(count.min(degree));
            let head = tree.descend(head);
            *place = head as u32;
            let list = at(tree.last, head)
                .checked_sub(1)
                .and_then(|v| lists.get(v));
            if let (false, Some(list)) = (tail.is_empty(), list) {
                let column = list.binary_search(&(tree.descend(tail) as u32));
                *place = (at(tree.first, head) + column.unwrap_or_default()) as u32;
            }
        }
    }
    // The outcome's row is the second of the first rectangle, which is P + 1 wide.
    for (j, place) in (1..).zip(places) {
        *place = (terms + 1 + j) as u32;
    }
}
