//! The factor of a packed positive definite matrix, in place.

use crate::algebra::packed;
use crate::algebra::vector::{LANES, VECTORS, add_scaled};
use crate::error::NotPositiveDefinite;
use crate::scalar::Scalar;

/// Replaces `A` by its lower factor `L`, `L Lᵀ = A`. When it fails, the rows before the failing pivot
/// are factored.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn factor<S: Scalar>(matrix: &mut [S]) -> Result<(), NotPositiveDefinite> {
    // To clear room for many columns takes as long as to factor a small matrix.
    if VECTORS && matrix.len() <= packed::len(3 * GROUP) {
        factor_by_panels::<S, FEW>(matrix)
    } else {
        factor_by_panels::<S, MANY>(matrix)
    }
}

/// [`factor`], with `PANEL` columns of a group at hand at a time. Twice as many are on the stack.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn factor_by_panels<S: Scalar, const PANEL: usize>(
    matrix: &mut [S],
) -> Result<(), NotPositiveDefinite> {
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
            for (j, entries) in (0..height).step_by(ROWS).zip(corner.as_chunks_mut().0) {
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
pub(super) const GROUP: usize = LANES;

/// Columns of a group that are at hand at a time, of a small matrix and of others.
const FEW: usize = 8;
const MANY: usize = if VECTORS { 128 } else { 16 };

/// Columns that are solved for together, so that none waits for another's sum.
pub(super) const ROWS: usize = 4;

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
pub(super) fn subtract_products<'a, S: Scalar>(
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
pub(super) fn solve_rows<'a, S: Scalar>(
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
    let mut rest = &mut corner[..];
    for pivot in 0..height {
        let Some((column, after)) = rest.split_first_mut() else {
            break;
        };
        let square = column.get(pivot).copied().unwrap_or_default();
        if !(square > S::ZERO && square.is_finite()) {
            return Err(pivot);
        }
        let mut scaled = *column;
        let reciprocal = S::ONE / square;
        scaled.iter_mut().for_each(|entry| *entry *= reciprocal);
        for (next, &entry) in after.iter_mut().zip(column.iter().skip(pivot + 1)) {
            add_scaled(next, -entry, &scaled);
        }
        // While the next pivot waits for its own reciprocal.
        let root = square.sqrt();
        column.iter_mut().for_each(|entry| *entry /= root);
        if let Some(diagonal) = column.get_mut(pivot) {
            *diagonal = root;
        }
        rest = after;
    }
    Ok(())
}
