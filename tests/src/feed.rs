//! The ways rows reach the moments: one at a time, plainly or compensated, or a tile of columns at a
//! time.

use joint_effects_kernel::Scalar;
use joint_effects_kernel::features::monomials::{Basis, Column, Monomials};
use joint_effects_kernel::moments::compensated::Compensated;
use joint_effects_kernel::moments::matrix::{self, Lanes, MomentMatrix, Workspace};
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::scalar::Unfused;

/// Moments that own their numbers.
pub type Owned<S> = Moments<S, Box<[S]>>;

/// Rows of a tile, as on the host.
pub const ROWS: usize = 128;

/// Rows whose monomials are held at a time.
const STRIPE: usize = 64;

/// Rows that are summed side by side.
const LANES: usize = 8;

/// A way to summarise rows of actions (row-major) and their outcomes.
pub type Feed<S> = fn(Monomials, &[S], &[S]) -> Owned<S>;

/// Moments of no rows.
pub fn empty<S: Scalar>(columns: usize) -> Owned<S> {
    Moments::new(columns, zeros(columns)).unwrap()
}

/// Room for moments of so many columns.
pub fn zeros<S: Scalar>(columns: usize) -> Box<[S]> {
    vec![S::ZERO; buffer_len(columns)].into()
}

/// One row at a time.
#[inline(never)]
pub fn by_rows<S: Scalar>(monomials: Monomials, actions: &[S], outcomes: &[S]) -> Owned<S> {
    let mut moments = empty(monomials.len());
    let mut features = vec![S::ZERO; monomials.len()];
    for (row, &outcome) in actions.chunks_exact(monomials.variables()).zip(outcomes) {
        monomials.evaluate(row, &mut features).unwrap();
        moments.push(&features, outcome).unwrap();
    }
    moments
}

/// One row at a time, and what rounding takes is kept.
#[inline(never)]
pub fn compensated<S: Scalar>(monomials: Monomials, actions: &[S], outcomes: &[S]) -> Owned<S> {
    let columns = monomials.len();
    let mut moments = Compensated::new(columns, zeros(columns), zeros(columns)).unwrap();
    let mut features = vec![S::ZERO; monomials.len()];
    for (row, &outcome) in actions.chunks_exact(monomials.variables()).zip(outcomes) {
        monomials.evaluate(row, &mut features).unwrap();
        moments.push(&features, outcome).unwrap();
    }
    moments.moments().clone()
}

/// A tile at a time, four columns by four.
pub fn by_tiles<S: Scalar>(monomials: Monomials, actions: &[S], outcomes: &[S]) -> Owned<S> {
    by_blocks::<S, 4>(monomials, actions, outcomes)
}

/// The same of monomials of standardised actions.
pub fn over<S: Scalar>(basis: Basis<S, Vec<S>>, actions: &[S], outcomes: &[S]) -> Owned<S> {
    blocks_over::<S, 4>(basis, actions, outcomes)
}

/// Monomials of the actions as they are; those within bounds lie between −1 and 1.
pub fn as_they_are<S: Scalar>(monomials: Monomials) -> Basis<S, Vec<S>> {
    let mut standardisation = vec![S::ZERO; monomials.all_variables()];
    standardisation.resize(2 * monomials.all_variables(), S::ONE);
    Basis::new(monomials, standardisation).unwrap()
}

/// A tile at a time, with `DOWN` columns by four summed at once.
pub fn by_blocks<S: Scalar, const DOWN: usize>(
    monomials: Monomials,
    actions: &[S],
    outcomes: &[S],
) -> Owned<S> {
    blocks_over::<S, DOWN>(as_they_are(monomials), actions, outcomes)
}

#[inline(never)]
fn blocks_over<S: Scalar, const DOWN: usize>(
    basis: Basis<S, Vec<S>>,
    actions: &[S],
    outcomes: &[S],
) -> Owned<S> {
    let variables = basis.monomials().variables();
    let mut tiles = Tiles::<S, DOWN>::over(basis);
    let rows = actions.chunks(ROWS * variables);
    for (actions, outcomes) in rows.zip(outcomes.chunks(ROWS)) {
        tiles.push(actions, outcomes);
    }
    tiles.moments
}

/// Moments of tiles of rows, and the scratch they take.
pub struct Tiles<S, const DOWN: usize> {
    matrix: MomentMatrix<S, Vec<S>, Vec<u32>>,
    /// The moments so far.
    pub moments: Owned<S>,
    tile: Vec<Column<S, ROWS>>,
    columns: Vec<Column<S, STRIPE>>,
    lanes: Vec<Lanes<S, LANES>>,
    numbers: Vec<S>,
    indices: Vec<u32>,
}

impl<S: Scalar, const DOWN: usize> Tiles<S, DOWN> {
    /// No rows.
    pub fn new(monomials: Monomials) -> Self {
        Self::over(as_they_are(monomials))
    }

    /// No rows, over monomials of standardised actions.
    pub fn over(basis: Basis<S, Vec<S>>) -> Self {
        let monomials = basis.monomials();
        let variables = monomials.variables();
        let tables = vec![0; matrix::tables_len(monomials)];
        let mut scratch = vec![0; matrix::scratch_len(monomials)];
        Self {
            matrix: MomentMatrix::new(basis, tables, &mut scratch).unwrap(),
            moments: empty(monomials.len()),
            tile: vec![Column::ZEROS; variables + 1],
            columns: vec![Column::ZEROS; matrix::columns_len(monomials)],
            lanes: vec![Lanes::ZEROS; matrix::sums_len(monomials)],
            numbers: vec![S::ZERO; matrix::numbers_len(monomials)],
            indices: vec![0; monomials.len()],
        }
    }

    /// Adds at most [`ROWS`] rows of actions (row-major) and their outcomes.
    pub fn push(&mut self, actions: &[S], outcomes: &[S]) {
        self.push_weighted(actions, outcomes, None);
    }

    /// The same of rows that have weights.
    #[inline(never)]
    pub fn push_weighted(&mut self, actions: &[S], outcomes: &[S], weights: Option<&[S]>) {
        let variables = self.tile.len() - 1;
        let rows = actions.chunks_exact(variables).zip(outcomes);
        for (index, (actions, outcome)) in rows.enumerate() {
            for (column, &value) in self.tile.iter_mut().zip(actions.iter().chain([outcome])) {
                column.0[index] = value;
            }
        }
        let weights = weights.map(|weights| {
            let mut column = Column::ZEROS;
            column.0[..weights.len()].copy_from_slice(weights);
            column
        });
        let mut workspace = Workspace {
            columns: &mut self.columns,
            lanes: &mut self.lanes,
            numbers: &mut self.numbers,
            indices: &mut self.indices,
        };
        let (moments, rows) = (&mut self.moments, outcomes.len());
        self.matrix
            .push::<_, _, ROWS, STRIPE, LANES, DOWN, 4>(
                Unfused,
                moments,
                &self.tile,
                weights.as_ref(),
                rows,
                &mut workspace,
            )
            .unwrap();
    }
}

/// The values of a polynomial at every row.
pub fn predict<S: Scalar>(monomials: Monomials, coefficients: &[S], rows: &[Vec<S>]) -> Vec<S> {
    let mut features = vec![S::ZERO; monomials.len()];
    rows.iter()
        .map(|row| predictor::evaluate(monomials, coefficients, row, &mut features).unwrap())
        .collect()
}
