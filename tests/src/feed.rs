//! The ways rows reach the moments: one at a time, plainly or compensated, or a tile of columns at a
//! time.

use joint_effects_kernel::compensated::Compensated;
use joint_effects_kernel::moments::{Moments, Panel, buffer_len, panels_len};
use joint_effects_kernel::monomials::{Column, Monomials};
use joint_effects_kernel::scalar::Unfused;
use joint_effects_kernel::{Scalar, predictor};

/// Moments that own their numbers.
pub type Owned<S> = Moments<S, Vec<S>>;

/// Rows of a tile, as on the host.
pub const ROWS: usize = 128;

/// A way to summarise rows of actions (row-major) and their outcomes.
pub type Feed<S> = fn(Monomials, &[S], &[S]) -> Owned<S>;

/// Moments of no rows.
pub fn empty<S: Scalar>(columns: usize) -> Owned<S> {
    Moments::new(columns, vec![S::ZERO; buffer_len(columns)]).unwrap()
}

/// One row at a time.
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
pub fn compensated<S: Scalar>(monomials: Monomials, actions: &[S], outcomes: &[S]) -> Owned<S> {
    let zeros = || vec![S::ZERO; buffer_len(monomials.len())];
    let mut moments = Compensated::new(monomials.len(), zeros(), zeros()).unwrap();
    let mut features = vec![S::ZERO; monomials.len()];
    for (row, &outcome) in actions.chunks_exact(monomials.variables()).zip(outcomes) {
        monomials.evaluate(row, &mut features).unwrap();
        moments.push(&features, outcome).unwrap();
    }
    moments.moments().clone()
}

/// A tile at a time, two columns by eight.
pub fn by_tiles<S: Scalar>(monomials: Monomials, actions: &[S], outcomes: &[S]) -> Owned<S> {
    by_blocks::<S, 2>(monomials, actions, outcomes)
}

/// A tile at a time, with `DOWN` columns by eight summed at once.
pub fn by_blocks<S: Scalar, const DOWN: usize>(
    monomials: Monomials,
    actions: &[S],
    outcomes: &[S],
) -> Owned<S> {
    let mut tiles = Tiles::<S, DOWN>::new(monomials);
    let rows = actions.chunks(ROWS * monomials.variables());
    for (actions, outcomes) in rows.zip(outcomes.chunks(ROWS)) {
        tiles.push(actions, outcomes);
    }
    tiles.moments
}

/// Moments of tiles of rows, and the scratch they take.
pub struct Tiles<S, const DOWN: usize> {
    monomials: Monomials,
    /// The moments so far.
    pub moments: Owned<S>,
    columns: Vec<Column<S, ROWS>>,
    tile: Vec<Column<S, ROWS>>,
    panels: Vec<Panel<S, ROWS>>,
    deviations: Vec<S>,
}

impl<S: Scalar, const DOWN: usize> Tiles<S, DOWN> {
    /// No rows.
    pub fn new(monomials: Monomials) -> Self {
        Self {
            monomials,
            moments: empty(monomials.len()),
            columns: vec![Column::ZEROS; monomials.variables()],
            tile: vec![Column::ZEROS; monomials.len() + 1],
            panels: vec![Panel::ZEROS; panels_len(monomials.len())],
            deviations: vec![S::ZERO; monomials.len()],
        }
    }

    /// Adds at most [`ROWS`] rows of actions (row-major) and their outcomes.
    pub fn push(&mut self, actions: &[S], outcomes: &[S]) {
        for (index, row) in actions.chunks_exact(self.columns.len()).enumerate() {
            for (column, &action) in self.columns.iter_mut().zip(row) {
                column.0[index] = action;
            }
        }
        let (features, outcome) = self.tile.split_at_mut(self.monomials.len());
        let columns = &self.columns;
        self.monomials.evaluate_columns(columns, features).unwrap();
        outcome[0].0[..outcomes.len()].copy_from_slice(outcomes);
        let (tile, rows) = (&self.tile[1..], outcomes.len());
        let (panels, deviations) = (&mut self.panels, &mut self.deviations);
        self.moments
            .push_tile::<_, ROWS, DOWN, 1>(Unfused, tile, rows, panels, deviations)
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
