//! faer, on one thread.

use crate::float::{Float, Precision};
use crate::steps::positive_definite;
use crate::work::Work;
use ::faer::dyn_stack::{MemBuffer, MemStack};
use ::faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use ::faer::linalg::matmul::triangular::{self, BlockStructure};
use ::faer::{Accum, Mat, MatRef, Par, Spec};
use std::hint::black_box;

/// How the features lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Every column contiguous.
    Columns,
    /// Every row contiguous.
    Rows,
}

/// The lower triangle of `XᵀX` for a ready-made X of `rows` × `columns`.
pub fn syrk(precision: Precision, order: Order, rows: usize, columns: usize) -> Work<'static> {
    match precision {
        Precision::F32 => syrk_of::<f32>(order, rows, columns),
        Precision::F64 => syrk_of::<f64>(order, rows, columns),
    }
}

fn syrk_of<S: Float>(order: Order, rows: usize, columns: usize) -> Work<'static> {
    // Not small integers: some processors are faster on those.
    let entry = |row: usize, column: usize| S::of(((7 * row + 13 * column) as f64).sin());
    let features = match order {
        Order::Columns => Mat::from_fn(rows, columns, entry),
        Order::Rows => Mat::from_fn(columns, rows, |column, row| entry(row, column)),
    };
    let mut products = Mat::<S>::zeros(columns, columns);
    let operations = (rows * columns * (columns + 1)) as f64;
    Work::new(rows, Some(operations), move || {
        let features: MatRef<'_, S> = match order {
            Order::Columns => features.as_ref(),
            Order::Rows => features.transpose(),
        };
        triangular::matmul(
            black_box(products.as_mut()),
            BlockStructure::TriangularLower,
            Accum::Replace,
            features.transpose(),
            BlockStructure::Rectangular,
            features,
            BlockStructure::Rectangular,
            S::ONE,
            Par::Seq,
        );
    })
}

/// A Cholesky factorisation, with the copy of its input's lower triangle.
pub fn cholesky(precision: Precision, order: usize) -> Work<'static> {
    match precision {
        Precision::F32 => cholesky_of::<f32>(order),
        Precision::F64 => cholesky_of::<f64>(order),
    }
}

fn cholesky_of<S: Float>(order: usize) -> Work<'static> {
    let matrix = Mat::<S>::from_fn(order, order, positive_definite);
    let mut factor = matrix.clone();
    let scratch = cholesky_in_place_scratch::<S>(order, Par::Seq, Spec::default());
    let mut scratch = MemBuffer::new(scratch);
    let operations = (order as f64).powi(3) / 3.0;
    Work::new(1, Some(operations), move || {
        factor.copy_from_triangular_lower(&matrix);
        let done = cholesky_in_place(
            black_box(factor.as_mut()),
            Default::default(),
            Par::Seq,
            MemStack::new(&mut scratch),
            Spec::default(),
        );
        done.expect("the matrix is positive definite");
    })
}
