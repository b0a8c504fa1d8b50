//! nalgebra, which has no threads.

use crate::float::{Float, Precision};
use crate::steps::positive_definite;
use crate::work::Work;
use ::nalgebra::{Cholesky, DMatrix};
use std::hint::black_box;

/// A Cholesky factorisation, with the copy of its input.
pub fn cholesky(precision: Precision, order: usize) -> Work<'static> {
    match precision {
        Precision::F32 => cholesky_of::<f32>(order),
        Precision::F64 => cholesky_of::<f64>(order),
    }
}

fn cholesky_of<S: Float>(order: usize) -> Work<'static> {
    let matrix = DMatrix::<S>::from_fn(order, order, positive_definite);
    let operations = (order as f64).powi(3) / 3.0;
    Work::new(1, Some(operations), move || {
        let factor = Cholesky::new(black_box(&matrix).clone());
        black_box(factor.expect("the matrix is positive definite"));
    })
}
