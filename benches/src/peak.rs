//! The most multiply–adds that one core does: a loop of nothing else, in registers.

use crate::float::{Float, Precision};
use crate::work::Work;
use multiversion::multiversion;
use std::hint::black_box;

/// Bytes of sums: more independent ones than the latency of a multiply–add takes, and no more than
/// there are registers.
const BYTES: usize = 768;

/// Multiply–adds of each sum in one call.
const REPEATS: usize = 1 << 16;

/// A loop of fused multiply–adds.
pub fn peak(precision: Precision) -> Work<'static> {
    match precision {
        Precision::F32 => of::<f32, { BYTES / 4 }>(),
        Precision::F64 => of::<f64, { BYTES / 8 }>(),
    }
}

fn of<S: Float, const SUMS: usize>() -> Work<'static> {
    let operations = (2 * SUMS * REPEATS) as f64;
    Work::new(1, Some(operations), || {
        let factor = black_box(S::of(0.999));
        let term = black_box(S::of(1e-3));
        black_box(sums::<S, SUMS>(factor, term));
    })
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn sums<S: Float, const SUMS: usize>(factor: S, term: S) -> [S; SUMS] {
    let mut sums = [S::ONE; SUMS];
    for _ in 0..REPEATS {
        for sum in &mut sums {
            *sum = S::fused(*sum, factor, term);
        }
    }
    sums
}
