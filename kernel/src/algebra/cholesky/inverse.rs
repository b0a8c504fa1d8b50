//! The inverse of a factored matrix, and products of its factor.

use crate::algebra::cholesky::factor::{GROUP, ROWS, solve_rows, subtract_products};
use crate::algebra::packed;
use crate::algebra::scratch::copy;
use crate::algebra::vector::{add_scaled, dot};
use crate::scalar::Scalar;

/// Replaces a factor `L` by the packed inverse of `L Lᵀ`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn invert<S: Scalar>(factor: &mut [S]) {
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

/// Replaces a packed lower `L` by `Lᵀ L`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn transposed_product<S: Scalar>(factor: &mut [S]) {
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
pub(crate) fn multiply_lower<S: Scalar>(factor: &[S], x: &mut [S]) {
    for i in (0..x.len()).rev() {
        let product = dot(packed::row(factor, i), x);
        if let Some(value) = x.get_mut(i) {
            *value = product;
        }
    }
}
