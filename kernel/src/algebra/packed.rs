//! Symmetric matrices as their packed lower triangle, row after row.
//!
//! Entry `(i, j)`, `j ≤ i`, stands at `i (i + 1) / 2 + j`: every row is contiguous, and a leading
//! principal submatrix is a prefix.

use crate::algebra::scratch::exchange;
use crate::algebra::vector::{add_scaled, dot};
use crate::error::ShapeError;
use crate::scalar::Scalar;

/// Numbers in the packed lower triangle of an `n × n` matrix.
pub const fn len(n: usize) -> usize {
    n * (n + 1) / 2
}

/// The `n` of an `n × n` matrix whose packed lower triangle has `len` numbers, if there is one.
pub const fn order(length: usize) -> Option<usize> {
    let mut n = (2 * length).isqrt();
    while len(n) > length {
        n -= 1;
    }
    if len(n) == length { Some(n) } else { None }
}

/// A packed matrix: where a slice becomes one.
///
/// ```
/// use joint_effects_kernel::algebra::packed::Packed;
/// let entries = [2.0_f64, 1.0, 3.0];
/// let matrix = Packed::new(2, &entries)?;
/// assert_eq!(matrix.quadratic_form(&[1.0, 2.0])?, 18.0);
/// assert!(matrix.quadratic_form(&[1.0]).is_err());
/// assert!(Packed::new(3, &entries).is_err());
/// # Ok::<(), joint_effects_kernel::error::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Packed<'a, S> {
    entries: &'a [S],
    order: usize,
}

impl<'a, S> Packed<'a, S> {
    /// A matrix of this order, of [`len`] entries.
    pub fn new(order: usize, entries: &'a [S]) -> Result<Self, ShapeError> {
        ShapeError::exact("packed matrix", len(order), entries.len())?;
        Ok(Self { entries, order })
    }

    /// The matrix that has so many entries, of whatever order.
    pub fn of(entries: &'a [S]) -> Result<Self, ShapeError> {
        let needed = (2 * entries.len()).isqrt();
        Self::new(order(entries.len()).unwrap_or(needed), entries)
    }

    /// Of entries that were checked.
    pub(crate) fn again(order: usize, entries: &'a [S]) -> Self {
        Self { entries, order }
    }

    /// The leading principal submatrix of an order that is not larger; else the whole.
    pub fn leading(self, order: usize) -> Self {
        match self.entries.get(..len(order)) {
            Some(entries) => Self { entries, order },
            None => self,
        }
    }

    /// The number of rows.
    pub fn order(self) -> usize {
        self.order
    }

    /// All entries, row after row.
    pub fn entries(self) -> &'a [S] {
        self.entries
    }

    /// Row `i`: entries `(i, 0)` to `(i, i)`. Empty beyond the matrix.
    pub fn row(self, i: usize) -> &'a [S] {
        row(self.entries, i)
    }

    /// The rows in order.
    pub fn rows(self) -> impl Iterator<Item = &'a [S]> {
        rows(self.entries)
    }

    /// The diagonal entries in order.
    pub fn diagonal(self) -> impl Iterator<Item = S>
    where
        S: Copy,
    {
        diagonal(self.entries)
    }

    /// `Ok` for a vector as long as the matrix has rows.
    pub(crate) fn takes(self, x: &[S]) -> Result<(), ShapeError> {
        ShapeError::exact("vector", self.order, x.len())
    }
}

impl<S: Scalar> Packed<'_, S> {
    /// `product = matrix · x`.
    pub fn multiply(self, x: &[S], product: &mut [S]) -> Result<(), ShapeError> {
        self.takes(x)?;
        self.takes(product)?;
        multiply(self.entries, x, product);
        Ok(())
    }

    /// `xᵀ · matrix · x`.
    pub fn quadratic_form(self, x: &[S]) -> Result<S, ShapeError> {
        self.takes(x)?;
        Ok(quadratic_form(self.entries, x))
    }
}

/// A packed matrix that is worked on in place.
#[derive(Debug)]
pub struct PackedMut<'a, S> {
    entries: &'a mut [S],
    order: usize,
}

impl<'a, S> PackedMut<'a, S> {
    /// A matrix of this order, of [`len`] entries.
    pub fn new(order: usize, entries: &'a mut [S]) -> Result<Self, ShapeError> {
        ShapeError::exact("packed matrix", len(order), entries.len())?;
        Ok(Self { entries, order })
    }

    /// The matrix that has so many entries, of whatever order.
    pub fn of(entries: &'a mut [S]) -> Result<Self, ShapeError> {
        let needed = (2 * entries.len()).isqrt();
        Self::new(order(entries.len()).unwrap_or(needed), entries)
    }

    /// Row `i`: entries `(i, 0)` to `(i, i)`. Empty beyond the matrix.
    pub fn row_mut(&mut self, i: usize) -> &mut [S] {
        row_mut(self.entries, i)
    }

    /// Adds `value` to every diagonal entry.
    pub fn add_to_diagonal(&mut self, value: S)
    where
        S: Scalar,
    {
        add_to_diagonal(self.entries, value);
    }

    /// The number of rows.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The same matrix, for a while.
    pub fn reborrow(&mut self) -> PackedMut<'_, S> {
        PackedMut {
            entries: self.entries,
            order: self.order,
        }
    }

    /// The same matrix, to be read.
    pub fn into_packed(self) -> Packed<'a, S> {
        Packed {
            entries: self.entries,
            order: self.order,
        }
    }

    pub(crate) fn entries_mut(&mut self) -> &mut [S] {
        self.entries
    }
}

/// Row `i`: entries `(i, 0)` to `(i, i)`. Empty beyond the matrix.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn row<S>(matrix: &[S], i: usize) -> &[S] {
    matrix.get(len(i)..len(i + 1)).unwrap_or_default()
}

/// Row `i`, mutable.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn row_mut<S>(matrix: &mut [S], i: usize) -> &mut [S] {
    matrix.get_mut(len(i)..len(i + 1)).unwrap_or_default()
}

/// The rows in order.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn rows<S>(matrix: &[S]) -> impl Iterator<Item = &[S]> {
    (0..)
        .map(|i| row(matrix, i))
        .take_while(|row| !row.is_empty())
}

/// The diagonal entries in order.
pub(crate) fn diagonal<S: Copy>(matrix: &[S]) -> impl Iterator<Item = S> {
    rows(matrix).filter_map(|row| row.last().copied())
}

/// Adds `value` to every diagonal entry.
pub(crate) fn add_to_diagonal<S: Scalar>(matrix: &mut [S], value: S) {
    for i in 0.. {
        match row_mut(matrix, i).last_mut() {
            Some(entry) => *entry += value,
            None => return,
        }
    }
}

/// Exchanges rows and columns `i` and `j`, `i ≤ j`, of the symmetric matrix.
pub(crate) fn swap<S>(matrix: &mut [S], i: usize, j: usize) {
    if i == j || len(j) + j >= matrix.len() {
        return;
    }
    for column in 0..i {
        exchange(matrix, len(i) + column, len(j) + column);
    }
    exchange(matrix, len(i) + i, len(j) + j);
    for between in i + 1..j {
        exchange(matrix, len(between) + i, len(j) + between);
    }
    for below in j + 1.. {
        match row_mut(matrix, below) {
            [] => return,
            row => exchange(row, i, j),
        }
    }
}

/// `target += factor · (column i of matrix)`, the whole column of the symmetric matrix.
pub(crate) fn add_scaled_column<S: Scalar>(target: &mut [S], factor: S, matrix: &[S], i: usize) {
    add_scaled(target, factor, row(matrix, i));
    let below = target.get_mut(i + 1..).unwrap_or_default();
    for (row, target) in (i + 1..).zip(below) {
        if let Some(&entry) = matrix.get(len(row) + i) {
            *target += factor * entry;
        }
    }
}

/// `product = matrix · x` for a packed symmetric matrix.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn multiply<S: Scalar>(matrix: &[S], x: &[S], product: &mut [S]) {
    product.fill(S::ZERO);
    for (i, row) in rows(matrix).enumerate() {
        let (Some((&diagonal, below)), Some(&xi)) = (row.split_last(), x.get(i)) else {
            return;
        };
        add_scaled(product, xi, below);
        if let Some(target) = product.get_mut(i) {
            *target += dot(below, x) + diagonal * xi;
        }
    }
}

/// `xᵀ · matrix · x` for a packed symmetric matrix.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn quadratic_form<S: Scalar>(matrix: &[S], x: &[S]) -> S {
    let mut sum = S::ZERO;
    for (i, &xi) in x.iter().enumerate() {
        let Some((&diagonal, below)) = row(matrix, i).split_last() else {
            break;
        };
        sum += xi * (diagonal * xi + (S::ONE + S::ONE) * dot(below, x));
    }
    sum
}
