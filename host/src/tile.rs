//! Tiles of rows by columns, and the moments of a stream of them, with the best instructions the
//! processor has.
//!
//! Which instructions those are changes no bit of the moments, except that a processor without a
//! fused multiply–add rounds twice where others round once.

use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::moment_matrix::{self, Lanes, MomentMatrix, Workspace};
use joint_effects_kernel::moments::Moments;
use joint_effects_kernel::monomials::{self, Basis, Monomials};
use joint_effects_kernel::scalar::{MultiplyAdd, Unfused};
use multiversion::multiversion;
use multiversion::target::selected_target;

/// Rows in a tile; part of the definition of every result.
pub const ROWS: usize = 128;

/// [`ROWS`] consecutive rows of one variable.
pub type Column = monomials::Column<f64, ROWS>;

/// Rows that are best summed before they are centred, once.
pub const BATCH: usize = 4096;

/// Rows whose monomials are held at a time: few enough for the nearest cache.
const STRIPE: usize = 64;

/// Rows that are summed side by side: part of the definition of every result.
const LANES: usize = 8;

/// A fused multiply–add: one rounding, one instruction where the processor has it, else a slow
/// library call.
#[derive(Clone, Copy, Debug)]
struct Fused;

impl MultiplyAdd<f64> for Fused {
    #[inline(always)]
    fn multiply_add(self, a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

/// Adds rows of actions and outcomes to moments over a basis; owns the scratch that takes.
#[derive(Clone, Debug)]
pub struct Accumulator<B = Vec<f64>> {
    matrix: MomentMatrix<f64, B, Box<[u32]>>,
    columns: Box<[monomials::Column<f64, STRIPE>]>,
    lanes: Box<[Lanes<f64, LANES>]>,
    numbers: Box<[f64]>,
    indices: Box<[u32]>,
}

impl Accumulator {
    /// An accumulator of moments over monomials of the actions as they are.
    pub fn raw(monomials: Monomials) -> Self {
        let mut standardisation = vec![0.0; monomials.variables()];
        standardisation.resize(2 * monomials.variables(), 1.0);
        let basis = Basis::new(monomials, standardisation);
        Self::new(basis.expect("a shift and a factor for every variable"))
    }
}

impl<B: AsRef<[f64]>> Accumulator<B> {
    /// An accumulator of moments over `basis`.
    pub fn new(basis: Basis<f64, B>) -> Self {
        let monomials = basis.monomials();
        let tables = vec![0; moment_matrix::tables_len(monomials)].into();
        let mut scratch = vec![0; moment_matrix::scratch_len(monomials)];
        let matrix = MomentMatrix::new(basis, tables, &mut scratch);
        Self {
            matrix: matrix.expect("the tables and the scratch were made for it"),
            columns: vec![monomials::Column::ZEROS; moment_matrix::columns_len(monomials)].into(),
            lanes: vec![Lanes::ZEROS; moment_matrix::sums_len(monomials)].into(),
            numbers: vec![0.0; moment_matrix::numbers_len(monomials)].into(),
            indices: vec![0; monomials.len()].into(),
        }
    }

    /// The basis.
    pub fn basis(&self) -> &Basis<f64, B> {
        self.matrix.basis()
    }

    /// Adds the first `rows` rows of `batch`, K columns of actions and then the outcome, to
    /// `moments` of P columns.
    pub fn push<M: AsRef<[f64]> + AsMut<[f64]>, const BATCH: usize>(
        &mut self,
        moments: &mut Moments<f64, M>,
        batch: &[monomials::Column<f64, BATCH>],
        rows: usize,
    ) -> Result<(), ShapeError> {
        push(self, moments, batch, rows)
    }
}

// AVX-512 is asked for without its short vectors (`avx512vl`): with them the compiler gathers where
// it had better load and insert.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn push<B: AsRef<[f64]>, M: AsRef<[f64]> + AsMut<[f64]>, const BATCH: usize>(
    accumulator: &mut Accumulator<B>,
    moments: &mut Moments<f64, M>,
    batch: &[monomials::Column<f64, BATCH>],
    rows: usize,
) -> Result<(), ShapeError> {
    let target = selected_target!();
    if target.supports_feature_str("avx512f") {
        push_as::<_, _, _, BATCH, 4, 4>(Fused, accumulator, moments, batch, rows)
    } else if target.supports_feature_str("fma") || target.supports_feature_str("neon") {
        push_as::<_, _, _, BATCH, 2, 2>(Fused, accumulator, moments, batch, rows)
    } else {
        push_as::<_, _, _, BATCH, 1, 2>(Unfused, accumulator, moments, batch, rows)
    }
}

#[inline(always)]
fn push_as<A, B, M, const BATCH: usize, const DOWN: usize, const ACROSS: usize>(
    arithmetic: A,
    accumulator: &mut Accumulator<B>,
    moments: &mut Moments<f64, M>,
    batch: &[monomials::Column<f64, BATCH>],
    rows: usize,
) -> Result<(), ShapeError>
where
    A: MultiplyAdd<f64>,
    B: AsRef<[f64]>,
    M: AsRef<[f64]> + AsMut<[f64]>,
{
    let mut workspace = Workspace {
        columns: &mut accumulator.columns,
        lanes: &mut accumulator.lanes,
        numbers: &mut accumulator.numbers,
        indices: &mut accumulator.indices,
    };
    let matrix = &accumulator.matrix;
    matrix.push::<A, M, BATCH, STRIPE, LANES, DOWN, ACROSS>(
        arithmetic,
        moments,
        batch,
        rows,
        &mut workspace,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use joint_effects_kernel::moments::buffer_len;

    #[test]
    fn tiles_are_their_rows() {
        let basis = Basis::new(
            Monomials::new(3, 3).unwrap(),
            [1.0, 2.0, 0.0, 0.5, 1.0, 2.0],
        );
        let basis = basis.unwrap();
        let columns = basis.monomials().len();
        let zeros = || vec![0.0; buffer_len(columns)].into_boxed_slice();
        let mut by_row = Moments::new(columns, zeros()).unwrap();
        let mut by_tile = Moments::new(columns, zeros()).unwrap();
        let mut accumulator = Accumulator::new(basis);
        let (mut variables, mut features) = ([0.0; 3], vec![0.0; columns]);
        for (number, rows) in [ROWS, 50, ROWS, 1].into_iter().enumerate() {
            let mut tile = [Column::ZEROS; 4];
            for row in 0..rows {
                let x = (1 + row + number * ROWS) as f64;
                let actions = [x.sin(), 2.0 + (1.3 * x).cos(), (2.7 * x).sin()];
                let outcome = (0.7 * x).cos();
                for (column, value) in tile.iter_mut().zip(actions.into_iter().chain([outcome])) {
                    column.0[row] = value;
                }
                basis.standardise(&actions, &mut variables).unwrap();
                basis
                    .monomials()
                    .evaluate(&variables, &mut features)
                    .unwrap();
                by_row.push(&features, outcome).unwrap();
            }
            accumulator.push(&mut by_tile, &tile, rows).unwrap();
        }
        assert_eq!(by_tile.count(), by_row.count());
        let scale = by_row
            .buffer()
            .iter()
            .fold(0.0, |most: f64, x| most.max(x.abs()));
        for (tile, row) in by_tile.buffer().iter().zip(by_row.buffer()) {
            assert!((tile - row).abs() < 1e-13 * scale);
        }
    }
}
