//! Tiles of rows by columns, and the moments of a stream of them, with the best instructions the
//! processor has.
//!
//! Which instructions those are changes no bit of the moments, except that a processor without a
//! fused multiply–add rounds twice where others round once.

use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::features::monomials::{self, Basis, Monomials};
use joint_effects_kernel::moments::Moments;
use joint_effects_kernel::moments::matrix::{self, Lanes, MomentMatrix, Workspace};
use joint_effects_kernel::scalar::{MultiplyAdd, Scalar};
use multiversion::multiversion;
use multiversion::target::match_target;

/// Rows in a tile; part of the definition of every result.
pub const ROWS: usize = 128;

/// [`ROWS`] consecutive rows of one variable.
pub type Column = monomials::Column<f64, ROWS>;

/// Rows that are best summed before they are centred, once.
pub const BATCH: usize = 4096;

/// A fused multiply–add: one rounding, one instruction where the processor has it, else a slow
/// library call.
#[derive(Clone, Copy, Debug)]
pub struct Fused;

impl MultiplyAdd<f64> for Fused {
    #[inline(always)]
    fn multiply_add(self, a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

impl MultiplyAdd<f32> for Fused {
    #[inline(always)]
    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// [`TileSums`] in double precision.
pub type Accumulator<B = Vec<f64>> = TileSums<f64, 64, 8, B>;

/// [`TileSums`] in single precision: in half the time, of rows whose moments need no more digits.
pub type SingleAccumulator<B = Vec<f32>> = TileSums<f32, 128, 16, B>;

/// Adds rows of actions and outcomes to moments over a basis; owns the scratch that takes.
///
/// The monomials of `STRIPE` rows are held at a time, few enough for the nearest cache, and `LANES`
/// rows are summed side by side, a vector of the widest kind. Both are part of the definition of every
/// result.
#[derive(Clone, Debug)]
pub struct TileSums<S, const STRIPE: usize, const LANES: usize, B = Vec<S>> {
    matrix: MomentMatrix<S, B, Box<[u32]>>,
    columns: Box<[monomials::Column<S, STRIPE>]>,
    lanes: Box<[Lanes<S, LANES>]>,
    numbers: Box<[S]>,
    indices: Box<[u32]>,
}

impl<S: Scalar, const STRIPE: usize, const LANES: usize> TileSums<S, STRIPE, LANES>
where
    Fused: MultiplyAdd<S>,
{
    /// For moments over monomials of the actions as they are.
    pub fn raw(monomials: Monomials) -> Self {
        let mut standardisation = vec![S::ZERO; monomials.variables()];
        standardisation.resize(2 * monomials.variables(), S::ONE);
        let basis = Basis::new(monomials, standardisation);
        Self::new(basis.expect("a shift and a factor for every variable"))
    }
}

impl<S: Scalar, const STRIPE: usize, const LANES: usize, B: AsRef<[S]>>
    TileSums<S, STRIPE, LANES, B>
where
    Fused: MultiplyAdd<S>,
{
    /// For moments over `basis`.
    pub fn new(basis: Basis<S, B>) -> Self {
        let monomials = basis.monomials();
        let tables = vec![0; matrix::tables_len(monomials)].into();
        let mut scratch = vec![0; matrix::scratch_len(monomials)];
        let matrix = MomentMatrix::new(basis, tables, &mut scratch);
        Self {
            matrix: matrix.expect("the tables and the scratch were made for it"),
            columns: vec![monomials::Column::ZEROS; matrix::columns_len(monomials)].into(),
            lanes: vec![Lanes::ZEROS; matrix::sums_len(monomials)].into(),
            numbers: vec![S::ZERO; matrix::numbers_len(monomials)].into(),
            indices: vec![0; monomials.len()].into(),
        }
    }

    /// The basis.
    pub fn basis(&self) -> &Basis<S, B> {
        self.matrix.basis()
    }

    /// Adds the first `rows` rows of `batch`, K columns of actions and then the outcome, to
    /// `moments` of P columns.
    pub fn push<M: AsRef<[S]> + AsMut<[S]>, const BATCH: usize>(
        &mut self,
        moments: &mut Moments<S, M>,
        batch: &[monomials::Column<S, BATCH>],
        rows: usize,
    ) -> Result<(), ShapeError> {
        push(self, moments, batch, None, rows)
    }

    /// The same of rows that have these weights, which must be finite and above 0.
    pub fn push_weighted<M: AsRef<[S]> + AsMut<[S]>, const BATCH: usize>(
        &mut self,
        moments: &mut Moments<S, M>,
        batch: &[monomials::Column<S, BATCH>],
        weights: &monomials::Column<S, BATCH>,
        rows: usize,
    ) -> Result<(), ShapeError> {
        push(self, moments, batch, Some(weights), rows)
    }

    #[inline(always)]
    fn push_as<A, M, const BATCH: usize, const DOWN: usize, const ACROSS: usize>(
        &mut self,
        arithmetic: A,
        moments: &mut Moments<S, M>,
        batch: &[monomials::Column<S, BATCH>],
        weights: Option<&monomials::Column<S, BATCH>>,
        rows: usize,
    ) -> Result<(), ShapeError>
    where
        A: MultiplyAdd<S>,
        M: AsRef<[S]> + AsMut<[S]>,
    {
        let mut workspace = Workspace {
            columns: &mut self.columns,
            lanes: &mut self.lanes,
            numbers: &mut self.numbers,
            indices: &mut self.indices,
        };
        self.matrix
            .push::<A, M, BATCH, STRIPE, LANES, DOWN, ACROSS>(
                arithmetic,
                moments,
                batch,
                weights,
                rows,
                &mut workspace,
            )
    }
}

// AVX-512 is asked for without its short vectors (`avx512vl`): with them the compiler gathers where
// it had better load and insert.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn push<S, B, M, const STRIPE: usize, const LANES: usize, const BATCH: usize>(
    sums: &mut TileSums<S, STRIPE, LANES, B>,
    moments: &mut Moments<S, M>,
    batch: &[monomials::Column<S, BATCH>],
    weights: Option<&monomials::Column<S, BATCH>>,
    rows: usize,
) -> Result<(), ShapeError>
where
    S: Scalar,
    B: AsRef<[S]>,
    M: AsRef<[S]> + AsMut<[S]>,
    Fused: MultiplyAdd<S>,
{
    match_target! {
        "x86_64+avx512f" => sums.push_as::<_, _, _, 4, 4>(Fused, moments, batch, weights, rows),
        "x86_64+fma" | "aarch64+neon" => sums.push_as::<_, _, _, 2, 2>(Fused, moments, batch, weights, rows),
        _ => sums.push_as::<_, _, _, 1, 2>(joint_effects_kernel::scalar::Unfused, moments, batch, weights, rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joint_effects_kernel::moments::buffer_len;

    #[test]
    fn tiles_are_their_rows() {
        let standardisation = [1.0, 2.0, 0.0, 0.5, 1.0, 2.0];
        are_their_rows(Basis::new(Monomials::new(3, 3).unwrap(), standardisation).unwrap());
        // Within bounds that some values lie beyond.
        let bounded = Monomials::new(3, 2).unwrap().with_bounded(5).unwrap();
        let shifts = [1.0, 2.0, 0.0, 0.2, 1.9, 0.0];
        let factors = [0.5, 1.0, 2.0, 1.5, 1.2, 2.5];
        are_their_rows(Basis::new(bounded, [shifts, factors].concat()).unwrap());
    }

    fn are_their_rows<B: AsRef<[f64]> + Clone>(basis: Basis<f64, B>) {
        let columns = basis.monomials().len();
        let zeros = || vec![0.0; buffer_len(columns)].into_boxed_slice();
        let mut by_row = Moments::new(columns, zeros()).unwrap();
        let mut by_tile = Moments::new(columns, zeros()).unwrap();
        let mut accumulator = Accumulator::new(basis.clone());
        let mut variables = vec![0.0; basis.monomials().all_variables()];
        let mut features = vec![0.0; columns];
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
