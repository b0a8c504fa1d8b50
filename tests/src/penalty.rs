//! Ridge and lasso, and their cross-validation, with owned scratch.

use crate::feed::{Feed, Owned};
use joint_effects::fit::dispatch;
use joint_effects_kernel::Scalar;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::cross_validation::{self, contiguous_fold};
use joint_effects_kernel::fit::lasso;
use joint_effects_kernel::fit::ridge;

/// How coefficients are penalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// By their squares.
    Ridge,
    /// By their magnitudes.
    Lasso,
}

impl Penalty {
    /// The coefficients of one fit, and the penalty used.
    #[inline(never)]
    pub fn fit<S: Scalar>(self, moments: &Owned<S>, alpha: S) -> Result<(Vec<S>, S), FitError> {
        let columns = moments.columns();
        let mut coefficients = vec![S::ZERO; columns];
        let used = match self {
            Self::Ridge => {
                let mut scratch = vec![S::ZERO; ridge::scratch_len(columns)];
                dispatch::ridge(moments, alpha, &mut coefficients, &mut scratch)
            }
            Self::Lasso => {
                let mut scratch = vec![S::ZERO; lasso::scratch_len(columns)];
                lasso::fit(moments, alpha, &mut coefficients, &mut scratch)
            }
        }?;
        Ok((coefficients, used))
    }

    /// The index of the best penalty, and the mean score of each.
    #[inline(never)]
    pub fn search<S: Scalar>(self, folds: &[Owned<S>], alphas: &[S]) -> (usize, Vec<S>) {
        let columns = folds[0].columns();
        let mut scores = vec![S::ZERO; folds.len() * alphas.len()];
        let best = match self {
            Self::Ridge => {
                let mut scratch = vec![S::ZERO; cross_validation::ridge_scratch_len(columns)];
                dispatch::ridge_path(folds, alphas, &mut scores, &mut scratch)
            }
            Self::Lasso => {
                let mut scratch = vec![S::ZERO; cross_validation::lasso_scratch_len(columns)];
                cross_validation::lasso(folds, alphas, &mut scores, &mut scratch)
            }
        };
        let mean = |alpha| {
            let of_folds = scores.iter().skip(alpha).step_by(alphas.len());
            of_folds.copied().sum::<S>() / S::from_count(folds.len() as u64)
        };
        (best.unwrap(), (0..alphas.len()).map(mean).collect())
    }
}

/// The moments of contiguous folds of rows of actions (row-major) and their outcomes.
pub fn folds(
    feed: Feed<f64>,
    monomials: Monomials,
    actions: &[f64],
    outcomes: &[f64],
    count: u64,
) -> Vec<Owned<f64>> {
    let variables = monomials.variables();
    let fold = |fold| {
        let (first, after) = contiguous_fold(outcomes.len() as u64, count, fold);
        let (first, after) = (first as usize, after as usize);
        let actions = &actions[first * variables..after * variables];
        feed(monomials, actions, &outcomes[first..after])
    };
    (0..count).map(fold).collect()
}
