//! Solutions with the factor of a packed matrix, and their refinement.

use crate::algebra::packed;
use crate::algebra::vector::{add_scaled, dot, largest, subtract_combination};
use crate::scalar::Scalar;

/// Replaces `x` by the solution of `L x = b`, where it holds `b`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn forward<S: Scalar>(factor: &[S], x: &mut [S]) {
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
pub(crate) fn forward_rows<S: Scalar>(factor: &[S], x: &mut [S], width: usize) {
    for (i, row) in packed::rows(factor).enumerate() {
        let Some((&diagonal, row)) = row.split_last() else {
            return;
        };
        let Some((known, rest)) = x.split_at_mut_checked(i * width) else {
            return;
        };
        let values = rest.get_mut(..width).unwrap_or_default();
        subtract_combination(values, row.iter(), known, width);
        let reciprocal = S::ONE / diagonal;
        values.iter_mut().for_each(|value| *value *= reciprocal);
    }
}

/// Replaces `x` by the solution of `Lᵀ x = b`, where it holds `b`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn backward<S: Scalar>(factor: &[S], x: &mut [S]) {
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
pub(crate) fn solve<S: Scalar>(factor: &[S], x: &mut [S]) {
    forward(factor, x);
    backward(factor, x);
}

/// The most steps [`refine`] takes.
const REFINEMENTS: usize = 4;

/// Iterative refinement: improves the solution `x` of a symmetric positive definite system.
///
/// `residual(x, r)` writes `b − A x` into `r`; `correct(r)` replaces `r` by an approximate solution
/// of `A d = r`. Where `scratch` is longer than `x`, so is `r`, for them to work in. Stops when the
/// correction is below rounding or no longer halves.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn refine<S: Scalar>(
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
