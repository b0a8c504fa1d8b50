//! Cholesky factorisation of packed symmetric matrices, and what is solved with it.

use crate::algebra::packed::{self, LANES, VECTORS, add_scaled, dot, largest};
use crate::algebra::scratch::copy;
use crate::error::NotPositiveDefinite;
use crate::scalar::Scalar;

/// Replaces a packed symmetric matrix `A` by its lower factor `L`, `L Lᵀ = A`.
///
/// When it fails, the rows before the failing pivot are factored.
///
/// ```
/// use joint_effects_kernel::algebra::cholesky;
/// let mut matrix = [4.0_f64, 2.0, 5.0];
/// cholesky::factor(&mut matrix)?;
/// assert_eq!(matrix, [2.0, 1.0, 2.0]);
/// # Ok::<(), joint_effects_kernel::error::NotPositiveDefinite>(())
/// ```
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn factor<S: Scalar>(matrix: &mut [S]) -> Result<(), NotPositiveDefinite> {
    let (mut panel, mut solved) = ([[S::ZERO; GROUP]; PANEL], [[S::ZERO; GROUP]; PANEL]);
    for first in (0..).step_by(GROUP) {
        let Some((above, rest)) = matrix.split_at_mut_checked(packed::len(first)) else {
            break;
        };
        let mut rows: [_; GROUP] = first_rows(rest, first);
        let height = rows.iter().filter(|row| !row.is_empty()).count();
        if height == 0 {
            break;
        }
        // Row i of L solves L x = (row i of A) against the rows above it, all the group's rows side by
        // side: first against those above the group, then among themselves.
        let mut corner = [[S::ZERO; GROUP]; GROUP];
        load(&rows, first, &mut corner);
        for start in (0..first).step_by(PANEL) {
            let columns = PANEL.min(first - start);
            let panel = panel.get_mut(..columns).unwrap_or_default();
            load(&rows, start, panel);
            for before in (0..start).step_by(PANEL) {
                load(&rows, before, &mut solved);
                for (j, entries) in (start..).step_by(ROWS).zip(panel.as_chunks_mut().0) {
                    subtract_products(entries, |i| packed::row(above, j + i), before, &solved);
                }
            }
            solve_panel(above, start, panel);
            store(&mut rows, start, panel);
            for (j, entries) in (0..).step_by(ROWS).zip(corner.as_chunks_mut().0) {
                // Any row will do where there is none.
                let row = |i: usize| rows.get(j + i).filter(|row| !row.is_empty());
                let row = |i: usize| row(i).or(rows.first()).map_or(&[][..], |row| row);
                subtract_products(entries, row, start, &*panel);
            }
        }
        let factored = factor_corner(&mut corner, height);
        store(&mut rows, first, &corner);
        factored.map_err(|pivot| NotPositiveDefinite {
            pivot: first + pivot,
        })?;
    }
    Ok(())
}

/// Rows that are factored side by side, one in every lane of a vector; part of the result's definition.
const GROUP: usize = LANES;

/// Columns of a group that are at hand at a time; twice as many are on the stack.
const PANEL: usize = if VECTORS { 128 } else { 16 };

/// Columns that are solved for together, so that none waits for another's sum.
const ROWS: usize = 4;

/// The first `N` rows of the rest of a packed matrix, which begins with row `first`; empty beyond it.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn first_rows<S, const N: usize>(mut rest: &mut [S], first: usize) -> [&mut [S]; N] {
    let mut next = first;
    [(); N].map(|()| {
        next += 1;
        match core::mem::take(&mut rest).split_at_mut_checked(next) {
            Some((row, after)) => {
                rest = after;
                row
            }
            None => &mut [],
        }
    })
}

/// Copies the rows' entries from column `start` on, a column after another.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn load<S: Scalar>(rows: &[&mut [S]; GROUP], start: usize, columns: &mut [[S; GROUP]]) {
    for (lane, row) in rows.iter().enumerate() {
        let entries = row.get(start..).unwrap_or_default();
        for (column, &entry) in columns.iter_mut().zip(entries) {
            if let Some(slot) = column.get_mut(lane) {
                *slot = entry;
            }
        }
    }
}

/// The inverse of [`load`].
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn store<S: Scalar>(rows: &mut [&mut [S]; GROUP], start: usize, columns: &[[S; GROUP]]) {
    for (lane, row) in rows.iter_mut().enumerate() {
        let entries = row.get_mut(start..).unwrap_or_default();
        for (column, entry) in columns.iter().zip(entries) {
            if let Some(&value) = column.get(lane) {
                *entry = value;
            }
        }
    }
}

/// `entries −= Σ l x` over the columns `x`, with `l` the entries from `column` on of [`ROWS`] rows.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn subtract_products<'a, S: Scalar>(
    entries: &mut [[S; GROUP]; ROWS],
    row: impl Fn(usize) -> &'a [S],
    column: usize,
    x: impl IntoIterator<Item = &'a [S; GROUP]>,
) {
    let row = |i| row(i).get(column..).unwrap_or_default();
    let mut sums = *entries;
    let x = x.into_iter();
    for ((((x, &a), &b), &c), &d) in x.zip(row(0)).zip(row(1)).zip(row(2)).zip(row(3)) {
        for (sums, entry) in sums.iter_mut().zip([a, b, c, d]) {
            add_scaled(sums, -entry, x);
        }
    }
    *entries = sums;
}

/// Solves for the columns of a panel that begins at column `start`, against the rows of `factor` from
/// there on.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn solve_panel<S: Scalar>(factor: &[S], start: usize, panel: &mut [[S; GROUP]]) {
    for first in (0..panel.len()).step_by(ROWS) {
        let Some((solved, [entries, ..])) = panel
            .split_at_mut_checked(first)
            .map(|(solved, rest)| (solved, rest.as_chunks_mut().0))
        else {
            break;
        };
        let row = |i| packed::row(factor, start + first + i);
        subtract_products(entries, row, start, &*solved);
        solve_rows(entries, row, start + first);
    }
}

/// Solves for [`ROWS`] columns, in order, against rows whose entries from `column` on are a triangle.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn solve_rows<'a, S: Scalar>(
    entries: &mut [[S; GROUP]; ROWS],
    row: impl Fn(usize) -> &'a [S],
    column: usize,
) {
    for i in 0..ROWS {
        let Some((solved, [entry, ..])) = entries.split_at_mut_checked(i) else {
            break;
        };
        let Some((&diagonal, row)) = row(i).split_last() else {
            break;
        };
        for (&l, x) in row.get(column..).unwrap_or_default().iter().zip(&*solved) {
            add_scaled(entry, -l, x);
        }
        let reciprocal = S::ONE / diagonal;
        entry.iter_mut().for_each(|entry| *entry *= reciprocal);
    }
}

/// Factors the leading `height` rows, which lie in the lanes; fails with the pivot.
///
/// That is `L D Lᵀ` first: no pivot waits for the root of another.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn factor_corner<S: Scalar>(corner: &mut [[S; GROUP]; GROUP], height: usize) -> Result<(), usize> {
    let mut squares = [S::ONE; GROUP];
    let (mut rest, mut solved) = (&mut corner[..], 0);
    for (pivot, known) in squares.iter_mut().enumerate().take(height) {
        let Some((column, after)) = rest.split_first_mut() else {
            break;
        };
        let square = column.get(pivot).copied().unwrap_or_default();
        if !(square > S::ZERO && square.is_finite()) {
            break;
        }
        (*known, solved) = (square, pivot + 1);
        let mut scaled = *column;
        let reciprocal = S::ONE / square;
        scaled.iter_mut().for_each(|entry| *entry *= reciprocal);
        for (next, &entry) in after.iter_mut().zip(column.iter().skip(pivot + 1)) {
            add_scaled(next, -entry, &scaled);
        }
        rest = after;
    }
    for (pivot, (column, square)) in corner.iter_mut().zip(squares).enumerate().take(solved) {
        let root = square.sqrt();
        column.iter_mut().for_each(|entry| *entry /= root);
        if let Some(diagonal) = column.get_mut(pivot) {
            *diagonal = root;
        }
    }
    if solved < height { Err(solved) } else { Ok(()) }
}

/// Replaces a packed positive semidefinite matrix `A` by a lower factor `L` of its rank,
/// `L Lᵀ ≈ P A Pᵀ`: the largest pivot left comes next, and where none is above `noise` the rest of
/// `L` is zero. `swap` is told every exchange of two rows, in order.
///
/// Returns the smallest pivot taken where some were left, `None` where the rank is full.
pub fn factor_semidefinite<S: Scalar>(
    matrix: &mut [S],
    noise: S,
    mut swap: impl FnMut(usize, usize),
) -> Option<S> {
    let order = packed::rows(matrix).count();
    let mut least = S::ZERO;
    for pivot in 0..order {
        let mut next: Option<(usize, S)> = None;
        for (i, entry) in packed::diagonal(matrix).enumerate().skip(pivot) {
            if next.is_none_or(|(_, most)| entry > most) {
                next = Some((i, entry));
            }
        }
        let Some((chosen, square)) = next.filter(|&(_, square)| square > noise) else {
            for i in pivot..order {
                let rest = packed::row_mut(matrix, i).get_mut(pivot..);
                rest.unwrap_or_default().fill(S::ZERO);
            }
            return Some(least);
        };
        least = square;
        packed::swap(matrix, pivot, chosen);
        swap(pivot, chosen);
        let root = square.sqrt();
        if let Some(diagonal) = packed::row_mut(matrix, pivot).last_mut() {
            *diagonal = root;
        }
        for i in pivot + 1..order {
            let Some((above, rest)) = matrix.split_at_mut_checked(packed::len(i)) else {
                break;
            };
            let Some((diagonal, row)) = rest.get_mut(..=i).and_then(<[S]>::split_last_mut) else {
                break;
            };
            let Some((known, [entry, ..])) = row.split_at_mut_checked(pivot) else {
                break;
            };
            *entry = (*entry - dot(packed::row(above, pivot), known)) / root;
            *diagonal -= *entry * *entry;
        }
    }
    None
}

/// Replaces `x` by the solution of `L x = b`, where it holds `b` and `L` is of
/// [`factor_semidefinite`]: 0 at the dependent rows. Returns the largest error that makes there,
/// which is rounding alone where `b` lies in the range of `A`.
pub fn forward_semidefinite<S: Scalar>(factor: &[S], x: &mut [S]) -> S {
    let mut error = S::ZERO;
    for i in 0..x.len() {
        let Some((&diagonal, row)) = packed::row(factor, i).split_last() else {
            break;
        };
        let Some((known, [value, ..])) = x.split_at_mut_checked(i) else {
            break;
        };
        let rest = *value - dot(row, known);
        if diagonal > S::ZERO {
            *value = rest / diagonal;
        } else {
            *value = S::ZERO;
            error = error.max(rest.abs());
        }
    }
    error
}

/// Replaces a packed lower `L` by `Lᵀ L`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn transposed_product<S: Scalar>(factor: &mut [S]) {
    let order = packed::rows(factor).count();
    for first in (0..order).step_by(GROUP) {
        let mut corner = [[S::ZERO; GROUP]; GROUP];
        for (k, row) in (first..).zip(&mut corner) {
            copy(row, packed::row(factor, k).get(first..).unwrap_or_default());
        }
        // Rows of the product need rows of L from their own on, which are still there.
        for start in (first..order).step_by(ROWS) {
            let mut entries = [[S::ZERO; GROUP]; ROWS];
            let below = start.max(first + GROUP);
            for (k, x) in (first..below).zip(&corner).skip(start - first) {
                let row = packed::row(factor, k).get(start..).unwrap_or_default();
                add_scaled_each(&mut entries, row, x);
            }
            let after = below.max(start + ROWS);
            for k in below..after.min(order) {
                let row = packed::row(factor, k);
                if let Some(x) = row.get(first..).and_then(<[S]>::first_chunk) {
                    add_scaled_each(&mut entries, row.get(start..).unwrap_or_default(), x);
                }
            }
            let rows = (after..order).map_while(|k| {
                let row = packed::row(factor, k).get(first..)?;
                Some((row.get(start - first..)?.first_chunk()?, row.first_chunk()?))
            });
            add_products(&mut entries, rows);
            store_rows(factor, start, first, &entries);
        }
    }
}

/// `entries += l x` for each entry `l` of a row.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn add_scaled_each<S: Scalar>(entries: &mut [[S; GROUP]; ROWS], row: &[S], x: &[S; GROUP]) {
    for (entry, &l) in entries.iter_mut().zip(row) {
        add_scaled(entry, l, x);
    }
}

/// [`add_scaled_each`] of many rows, in registers.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn add_products<'a, S: Scalar>(
    entries: &mut [[S; GROUP]; ROWS],
    rows: impl Iterator<Item = (&'a [S; ROWS], &'a [S; GROUP])>,
) {
    let mut sums = *entries;
    for (&row, x) in rows {
        for (sum, l) in sums.iter_mut().zip(row) {
            add_scaled(sum, l, x);
        }
    }
    *entries = sums;
}

/// Writes a group's columns, from `column` on, of the rows from `start` on.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn store_rows<S: Scalar>(
    matrix: &mut [S],
    start: usize,
    column: usize,
    entries: &[[S; GROUP]; ROWS],
) {
    for (i, entries) in (start..).zip(entries) {
        let target = packed::row_mut(matrix, i).get_mut(column..);
        let target = target.unwrap_or_default();
        match target.first_chunk_mut() {
            Some(target) => *target = *entries,
            None => copy(target, entries),
        }
    }
}

/// Replaces `x` by `L x`.
pub fn multiply_lower<S: Scalar>(factor: &[S], x: &mut [S]) {
    for i in (0..x.len()).rev() {
        let product = dot(packed::row(factor, i), x);
        if let Some(value) = x.get_mut(i) {
            *value = product;
        }
    }
}

/// Replaces `x` by the solution of `L x = b`, where it holds `b`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn forward<S: Scalar>(factor: &[S], x: &mut [S]) {
    for i in 0..x.len() {
        let Some((&diagonal, row)) = packed::row(factor, i).split_last() else {
            return;
        };
        let Some((known, [value, ..])) = x.split_at_mut_checked(i) else {
            return;
        };
        *value = (*value - dot(row, known)) * (S::ONE / diagonal);
    }
}

/// [`forward`] for many right sides: row i of `x`, which is `width` long, holds entry i of each.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn forward_rows<S: Scalar>(factor: &[S], x: &mut [S], width: usize) {
    for (i, row) in packed::rows(factor).enumerate() {
        let Some((&diagonal, row)) = row.split_last() else {
            return;
        };
        let Some((known, rest)) = x.split_at_mut_checked(i * width) else {
            return;
        };
        let values = rest.get_mut(..width).unwrap_or_default();
        packed::subtract_combination(values, row.iter(), known, width);
        let reciprocal = S::ONE / diagonal;
        values.iter_mut().for_each(|value| *value *= reciprocal);
    }
}

/// Replaces `x` by the solution of `Lᵀ x = b`, where it holds `b`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn backward<S: Scalar>(factor: &[S], x: &mut [S]) {
    for i in (0..x.len()).rev() {
        let Some((&diagonal, row)) = packed::row(factor, i).split_last() else {
            return;
        };
        let Some((before, [value, ..])) = x.split_at_mut_checked(i) else {
            return;
        };
        *value /= diagonal;
        add_scaled(before, -*value, row);
    }
}

/// Replaces `x` by the solution of `L Lᵀ x = b`, where it holds `b`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn solve<S: Scalar>(factor: &[S], x: &mut [S]) {
    forward(factor, x);
    backward(factor, x);
}

/// Replaces a factor `L` by the packed inverse of `L Lᵀ`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn invert<S: Scalar>(factor: &mut [S]) {
    invert_lower(factor);
    // (L Lᵀ)⁻¹ = MᵀM with M = L⁻¹.
    transposed_product(factor);
}

/// Replaces a lower triangular `L` by its inverse, a group of columns after another.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn invert_lower<S: Scalar>(factor: &mut [S]) {
    let order = packed::rows(factor).count();
    for first in (0..order).step_by(GROUP) {
        let below = first + GROUP;
        let mut corner = [[S::ZERO; GROUP]; GROUP];
        for (i, row) in corner.iter_mut().enumerate() {
            row.iter_mut().skip(i).take(1).for_each(|one| *one = S::ONE);
        }
        for start in (first..order).step_by(ROWS) {
            // Any row will do where there is none.
            let row = |i: usize| match packed::row(factor, start + i) {
                [] => packed::row(factor, start),
                row => row,
            };
            let (solved, rest) = corner.split_at_mut((start - first).min(GROUP));
            let mut entries = rest.first_chunk().copied();
            let entries = entries.get_or_insert([[S::ZERO; GROUP]; ROWS]);
            subtract_products(entries, row, first, &*solved);
            let known = (below..start).map_while(|k| {
                let row = packed::row(factor, k).get(first..);
                row.and_then(<[S]>::first_chunk)
            });
            subtract_products(entries, row, below, known);
            solve_rows(entries, row, start);
            if let Some(rows) = rest.first_chunk_mut() {
                *rows = *entries;
            }
            store_rows(factor, start, first, entries);
        }
    }
}

/// A lower bound of the condition number of `A = L Lᵀ`: the squared ratio of the factor's largest
/// and smallest diagonal entries. 1 for the empty matrix.
pub fn condition<S: Scalar>(factor: &[S]) -> S {
    let (mut least, mut most) = (None, S::ZERO);
    for entry in packed::diagonal(factor) {
        least = Some(least.map_or(entry, |least| if entry < least { entry } else { least }));
        most = most.max(entry);
    }
    least.map_or(S::ONE, |least| (most / least) * (most / least))
}

/// The most steps [`refine`] takes.
const REFINEMENTS: usize = 4;

/// Iterative refinement: improves the solution `x` of a symmetric positive definite system.
///
/// `residual(x, r)` writes `b − A x` into `r`; `correct(r)` replaces `r` by an approximate solution
/// of `A d = r`. Where `scratch` is longer than `x`, so is `r`, for them to work in. Stops when the
/// correction is below rounding or no longer halves.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn refine<S: Scalar>(
    x: &mut [S],
    scratch: &mut [S],
    residual: impl Fn(&[S], &mut [S]),
    correct: impl Fn(&mut [S]),
) {
    let mut last = None;
    for _ in 0..REFINEMENTS {
        residual(x, scratch);
        correct(scratch);
        let step = largest(scratch.get(..x.len()).unwrap_or_default());
        let halved = last.is_none_or(|last| step + step <= last);
        last = Some(step);
        if !(step.is_finite() && halved) {
            break;
        }
        add_scaled(x, S::ONE, scratch);
        if step <= S::EPSILON * largest(x) {
            break;
        }
    }
}
