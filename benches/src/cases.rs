//! The sizes at which everything is measured.

use crate::float::Precision;
use crate::steps::Step;
use joint_effects_kernel::features::monomials::Monomials;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Numbers of actions.
pub const ACTIONS: [usize; 4] = [2, 5, 8, 10];

/// Total degrees.
pub const DEGREES: [usize; 3] = [2, 3, 4];

/// Rows of each regime.
pub const ROWS: usize = 8192;

/// The most monomials of any case, and of one where every regime has coefficients of its own.
pub const MOST: usize = 500;
/// See [`MOST`].
pub const MOST_BY_REGIME: usize = 170;

/// One size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Case {
    /// Number of actions, K.
    pub actions: usize,
    /// Total degree.
    pub degree: usize,
    /// The number type.
    pub precision: Precision,
}

impl Case {
    /// K actions to a degree, in double precision.
    pub const fn new(actions: usize, degree: usize) -> Self {
        Self {
            actions,
            degree,
            precision: Precision::F64,
        }
    }

    /// The same in another precision.
    pub const fn with(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The monomials.
    pub fn monomials(self) -> Monomials {
        Monomials::new(self.actions, self.degree).expect("a supported size")
    }

    /// Number of monomials, P.
    pub fn terms(self) -> usize {
        self.monomials().len()
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            actions,
            degree,
            precision,
        } = self;
        write!(f, "K{actions}-d{degree}-{precision}")
    }
}

/// All sizes in one precision, those of more than [`MOST`] monomials left out.
pub fn all(precision: Precision) -> impl Iterator<Item = Case> {
    let sizes = ACTIONS
        .into_iter()
        .flat_map(|actions| DEGREES.map(|degree| Case::new(actions, degree)));
    sizes
        .filter(|case| case.terms() <= MOST)
        .map(move |case| case.with(precision))
}

/// The sizes at which a step is measured, in both precisions: all, or two for a trial.
pub fn of(step: Step, trial: bool) -> Vec<Case> {
    let most = if step.is_by_regime() {
        MOST_BY_REGIME
    } else {
        MOST
    };
    let both = Precision::BOTH.into_iter().flat_map(all);
    both.filter(|case| case.terms() <= most)
        .filter(|case| !trial || (case.actions == 2 && case.degree == 2))
        .collect()
}

/// What was left out, in words.
pub fn rule() -> String {
    format!(
        "Cases of more than {MOST} monomials are left out, and of more than {MOST_BY_REGIME} where \
         every regime has coefficients of its own (indicator, structured)."
    )
}
