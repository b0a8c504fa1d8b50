//! The moments of the rows of one regime, fold by fold.

use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::{Regime, moments};
use std::borrow::Cow;

/// Moments in a box sized at run time.
pub type Moments = moments::Moments<f64, Box<[f64]>>;

/// Number of cross-validation folds.
pub const FOLDS: usize = 3;

/// Moments of no rows, of `columns` columns.
pub fn empty(columns: usize) -> Moments {
    let buffer = vec![0.0; buffer_len(columns)].into_boxed_slice();
    Moments::new(columns, buffer).expect("the buffer was made for them")
}

/// The moments of the rows of one regime, fold by fold. Rows in which an action that was left alone is far from most
/// of its values may be apart from the others, the near ones.
#[derive(Clone, Debug, PartialEq)]
pub struct RegimeMoments {
    /// Which actions were set.
    pub regime: Regime,
    /// Moments of each fold's near rows.
    pub near: Vec<Moments>,
    /// Moments of each fold's far rows; empty where there are none.
    pub far: Vec<Moments>,
}

impl RegimeMoments {
    /// [`FOLDS`] empty folds.
    pub fn new(regime: Regime, columns: usize) -> Self {
        Self::of(regime, vec![empty(columns); FOLDS])
    }

    /// Of the moments of each fold's rows, all of them near.
    pub fn of(regime: Regime, folds: Vec<Moments>) -> Self {
        Self {
            regime,
            near: folds,
            far: Vec::new(),
        }
    }

    /// Number of columns: the features without the constant, and the outcome.
    pub fn columns(&self) -> usize {
        self.near.first().map_or(0, moments::Moments::columns)
    }

    /// Moments of each fold's rows.
    pub fn folds(&self) -> Cow<'_, [Moments]> {
        if self.far.is_empty() {
            return Cow::from(&self.near);
        }
        let mut folds = self.near.clone();
        for (fold, far) in folds.iter_mut().zip(&self.far) {
            fold.merge(far).expect("as many columns");
        }
        Cow::from(folds)
    }

    /// The far rows of a fold, of which there may be none yet.
    pub fn far_mut(&mut self, fold: usize) -> &mut Moments {
        if self.far.is_empty() {
            self.far = vec![empty(self.columns()); FOLDS];
        }
        &mut self.far[fold]
    }

    /// Takes no row for far any more.
    pub fn undivide(&mut self) {
        *self = Self::of(self.regime, self.folds().into_owned());
    }

    /// Moments of all the rows.
    pub fn total(&self) -> Moments {
        total(&self.folds())
    }

    /// Number of rows.
    pub fn count(&self) -> u64 {
        let all = self.near.iter().chain(&self.far);
        all.map(moments::Moments::count).sum()
    }

    /// The fold of the row that comes next, where rows are dealt in turn.
    pub fn next_fold(&self) -> usize {
        (self.count() % FOLDS as u64) as usize
    }

    /// Adds the rows of `other`, which have as many columns and were dealt to the folds in turn, as
    /// if they had come after these.
    pub fn append(&mut self, other: &Self) {
        let first = self.next_fold();
        for (index, theirs) in other.near.iter().enumerate() {
            let ours = &mut self.near[(first + index) % FOLDS];
            ours.merge(theirs).expect("as many columns");
        }
        for (index, theirs) in other.far.iter().enumerate() {
            let ours = self.far_mut((first + index) % FOLDS);
            ours.merge(theirs).expect("as many columns");
        }
    }

    /// The moments of some of the monomials, by ascending index, the constant first, and the outcome.
    pub fn select(&self, monomials: impl Iterator<Item = usize> + Clone) -> Self {
        let features = monomials.skip(1).map(|monomial| monomial - 1);
        let columns = features.clone().count() + 1;
        let select = |fold: &Moments| {
            let buffer = empty(columns).buffer().into();
            fold.select::<Box<[f64]>>(features.clone(), buffer)
                .expect("a buffer that was made for them")
        };
        Self {
            regime: self.regime,
            near: self.near.iter().map(select).collect(),
            far: self.far.iter().map(select).collect(),
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
