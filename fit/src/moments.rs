//! The moments of the rows of one regime, fold by fold.

use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::{Regime, moments};

/// Moments in a box sized at run time.
pub type Moments = moments::Moments<f64, Box<[f64]>>;

/// Number of cross-validation folds.
pub const FOLDS: usize = 3;

/// Moments of no rows, of `columns` columns.
pub fn empty(columns: usize) -> Moments {
    let buffer = vec![0.0; buffer_len(columns)].into_boxed_slice();
    Moments::new(columns, buffer).expect("the buffer was made for them")
}

/// The moments of the rows of one regime, fold by fold.
#[derive(Clone, Debug, PartialEq)]
pub struct RegimeMoments {
    /// Which actions were set.
    pub regime: Regime,
    /// Moments of each fold's rows.
    pub folds: Vec<Moments>,
}

impl RegimeMoments {
    /// [`FOLDS`] empty folds.
    pub fn new(regime: Regime, columns: usize) -> Self {
        let folds = vec![empty(columns); FOLDS];
        Self { regime, folds }
    }

    /// Number of columns: the features without the constant, and the outcome.
    pub fn columns(&self) -> usize {
        self.folds.first().map_or(0, moments::Moments::columns)
    }

    /// Moments of all the rows.
    pub fn total(&self) -> Moments {
        total(&self.folds)
    }

    /// Number of rows.
    pub fn count(&self) -> u64 {
        self.folds.iter().map(moments::Moments::count).sum()
    }

    /// The fold of the row that comes next, where rows are dealt in turn.
    pub fn next_fold(&self) -> usize {
        (self.count() % FOLDS as u64) as usize
    }

    /// Adds the rows of `other`, which have as many columns and were dealt to the folds in turn, as
    /// if they had come after these.
    pub fn append(&mut self, other: &Self) {
        let first = self.next_fold();
        for (index, theirs) in other.folds.iter().enumerate() {
            self.folds[(first + index) % FOLDS]
                .merge(theirs)
                .expect("as many columns");
        }
    }

    /// The moments of the first columns and the outcome, `columns` in all.
    pub fn leading(&self, columns: usize) -> Self {
        let folds = self.folds.iter().map(|fold| {
            let buffer = empty(columns).buffer().into();
            fold.select::<Box<[f64]>>(0..columns - 1, buffer)
                .expect("a buffer that was made for them")
        });
        Self {
            regime: self.regime,
            folds: folds.collect(),
        }
    }

    /// Root mean squared residual of a polynomial of P coefficients.
    pub fn residual(&self, polynomial: &[f64]) -> Result<f64, ShapeError> {
        let total = self.total();
        let squares = total.residual_sum_of_squares(polynomial)?;
        Ok((squares / total.weight()).sqrt())
    }

    /// Population standard deviation of the outcome.
    pub fn spread(&self) -> f64 {
        let total = self.total();
        (total.outcome_comoments().1 / total.weight()).sqrt()
    }
}

/// The moments of several sets of rows together, merged in the order given.
pub fn total(parts: &[Moments]) -> Moments {
    let mut total = empty(parts.first().map_or(0, moments::Moments::columns));
    for part in parts {
        total
            .merge(part)
            .expect("parts of one data set have the same columns");
    }
    total
}
