//! Sums of vectors and of products of vectors.

use crate::scalar::Scalar;

/// Partial sums a dot product keeps, so that it is a vector instruction where there are any. Part
/// of the result's definition: rounding depends on it, and on nothing else.
pub(crate) const LANES: usize = 8;

/// Whether the processor has vectors.
pub(crate) const VECTORS: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// `Σ xᵢ yᵢ` over the shorter of the two.
#[inline(always)]
pub fn dot<S: Scalar>(x: &[S], y: &[S]) -> S {
    let common = x.len().min(y.len());
    let x = x.get(..common).unwrap_or_default();
    let y = y.get(..common).unwrap_or_default();
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sums = [S::ZERO; LANES];
    for (x, y) in x.iter().zip(y) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += *x * *y;
        }
    }
    let rest: S = x_rest.iter().zip(y_rest).map(|(&x, &y)| x * y).sum();
    sum_lanes(sums) + rest
}

/// `Σ xᵢ`.
#[inline(always)]
pub fn sum<S: Scalar>(x: &[S]) -> S {
    let (x, rest) = x.as_chunks::<LANES>();
    let mut sums = [S::ZERO; LANES];
    for x in x {
        for (sum, x) in sums.iter_mut().zip(x) {
            *sum += *x;
        }
    }
    // The lanes are added in memory: seen through, that would narrow the loop's vectors to pairs.
    sum_lanes(*core::hint::black_box(&sums)) + rest.iter().copied().sum()
}

/// The largest magnitude.
#[inline(always)]
pub(crate) fn largest<S: Scalar>(x: &[S]) -> S {
    let (x, rest) = x.as_chunks::<LANES>();
    let mut lanes = [S::ZERO; LANES];
    for x in x {
        for (most, x) in lanes.iter_mut().zip(x) {
            *most = most.max(x.abs());
        }
    }
    let all = lanes.into_iter().chain(rest.iter().map(|x| x.abs()));
    all.fold(S::ZERO, S::max)
}

/// The sum of the lanes, pairwise.
#[inline(always)]
pub(crate) fn sum_lanes<S: Scalar, const N: usize>(mut lanes: [S; N]) -> S {
    let mut width = N;
    while width > 1 {
        let half = width.div_ceil(2);
        let (low, high) = lanes.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high.iter().take(width - half)) {
            *low += *high;
        }
        width = half;
    }
    lanes.first().copied().unwrap_or_default()
}

/// `target += factor · source`.
#[inline(always)]
pub fn add_scaled<S: Scalar>(target: &mut [S], factor: S, source: &[S]) {
    for (target, &source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// `target −= Σ factorⱼ · (row j of rows)`, over the beginning of rows that are `width` long; the last
/// may end earlier.
#[inline(always)]
pub fn subtract_combination<'a, S: Scalar>(
    target: &mut [S],
    factors: impl Iterator<Item = &'a S> + Clone,
    rows: &'a [S],
    width: usize,
) {
    let rows = factors.zip(rows.chunks(width.max(1)));
    let (wide, rest) = target.as_chunks_mut::<{ 4 * LANES }>();
    let mut first = 0;
    for strip in wide {
        subtract_strip(strip, first, rows.clone());
        first += strip.len();
    }
    let (narrow, rest) = rest.as_chunks_mut::<LANES>();
    for strip in narrow {
        subtract_strip(strip, first, rows.clone());
        first += strip.len();
    }
    for (&factor, row) in rows {
        add_scaled(rest, -factor, row.get(first..).unwrap_or_default());
    }
}

/// [`subtract_combination`] in registers, from entry `first` of the rows on.
#[inline(always)]
fn subtract_strip<'a, S: Scalar, const WIDTH: usize>(
    strip: &mut [S; WIDTH],
    first: usize,
    rows: impl Iterator<Item = (&'a S, &'a [S])>,
) {
    let mut sums = *strip;
    for (&factor, row) in rows {
        if let Some(row) = row.get(first..).and_then(<[S]>::first_chunk::<WIDTH>) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum -= factor * value;
            }
        }
    }
    *strip = sums;
}
