//! Rows to measure on: those of a random structural causal model, as in the experiments.

use crate::cases::Case;
use crate::float::Float;
use joint_effects::app::lab::scm::{Family, Purpose};
use joint_effects::moments;
use joint_effects::moments::tile;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Column;
use joint_effects_kernel::moments::Moments;
use joint_effects_tests::feed::Owned;
use joint_effects_tests::simulate::{Rows, Simulation};

/// Cross-validation folds.
pub const FOLDS: usize = moments::FOLDS;

/// Seed of the model.
const SEED: u64 = 1;

/// A random model of a case's actions, and how many rows of each regime it has.
pub struct Sample {
    case: Case,
    rows: usize,
    simulation: Simulation,
}

impl Sample {
    /// `rows` rows of each regime.
    pub fn new(case: Case, rows: usize) -> Self {
        Self {
            case,
            rows,
            simulation: Simulation::draw(Family::Polynomial, case.actions, SEED),
        }
    }

    /// The model the rows are drawn from.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// Number of actions, K.
    pub fn actions(&self) -> usize {
        self.case.actions
    }

    /// Number of rows of each regime.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn of(&self, regime: Regime) -> Rows {
        self.simulation.rows(regime, self.rows, Purpose::Training)
    }

    /// Observational actions, K numbers a row, and outcomes.
    pub fn observed<S: Float>(&self) -> (Vec<S>, Vec<S>) {
        let rows = self.of(Regime::OBSERVATIONAL);
        let numbers = |values: Vec<f64>| values.into_iter().map(S::of).collect();
        (numbers(rows.actions), numbers(rows.outcomes))
    }

    /// Moments of the observational rows, in contiguous folds.
    pub fn folds<S: Float>(&self) -> Vec<Owned<S>> {
        let rows = self.of(Regime::OBSERVATIONAL);
        let length = self.rows.div_ceil(FOLDS);
        let actions = rows.actions.chunks(length * self.case.actions);
        let parts = actions.zip(rows.outcomes.chunks(length));
        parts
            .map(|(actions, outcomes)| self.moments(actions, outcomes))
            .collect()
    }

    /// Moments of the observational and of every single-action regime.
    pub fn regimes<S: Float>(&self) -> Vec<(Regime, Owned<S>)> {
        let single = (0..self.case.actions).map(Regime::single);
        let regimes = [Regime::OBSERVATIONAL].into_iter().chain(single);
        regimes
            .map(|regime| {
                let rows = self.of(regime);
                (regime, self.moments(&rows.actions, &rows.outcomes))
            })
            .collect()
    }

    /// Summed in double precision, then rounded: what is measured on them is another step.
    fn moments<S: Float>(&self, actions: &[f64], outcomes: &[f64]) -> Owned<S> {
        let monomials = self.case.monomials();
        let mut moments = moments::empty(monomials.len());
        let batches = tiles(self.case.actions, actions, outcomes);
        summarise(&mut f64::tiles(monomials), &mut moments, &batches);
        let numbers = moments.buffer().iter().map(|&value| S::of(value)).collect();
        Moments::from_parts(moments.columns(), moments.count(), numbers).expect("as many numbers")
    }
}

/// Columns of rows, and how many rows there are.
pub type Tile<S, const ROWS: usize> = (Vec<Column<S, ROWS>>, usize);

/// Adds actions and outcomes to moments, as the experiments do.
pub fn summarise<S: Float, M: AsRef<[S]> + AsMut<[S]>>(
    accumulator: &mut S::Tiles,
    moments: &mut Moments<S, M>,
    batches: &[Tile<S, { tile::BATCH }>],
) {
    for (batch, rows) in batches {
        let pushed = S::push(accumulator, moments, batch, *rows);
        pushed.expect("a column for every action and the outcome");
    }
}

/// Row-major actions and outcomes as columns.
pub fn tiles<S: Float, const ROWS: usize>(
    variables: usize,
    actions: &[S],
    outcomes: &[S],
) -> Vec<Tile<S, ROWS>> {
    let parts = actions.chunks(ROWS * variables);
    parts
        .zip(outcomes.chunks(ROWS))
        .map(|(actions, outcomes)| {
            let mut columns = vec![Column::ZEROS; variables + 1];
            for (row, (actions, &outcome)) in actions.chunks(variables).zip(outcomes).enumerate() {
                for (column, &value) in columns.iter_mut().zip(actions.iter().chain([&outcome])) {
                    column.0[row] = value;
                }
            }
            (columns, outcomes.len())
        })
        .collect()
}
