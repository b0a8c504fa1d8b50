//! Choice of the penalty by cross-validation, from the moments of the folds.
//!
//! scikit-learn's `GridSearchCV` with its default score: each fold is left out in turn, the rest is
//! fitted (standardised anew) for every penalty, and scored on the fold by R².

use crate::Regime;
use crate::algebra::scratch::cut;
use crate::error::{FitError, ShapeError};
use crate::fit::indicator::{self, Pattern};
use crate::fit::lasso;
use crate::fit::penalty_path::{self, PenaltyPath};
use crate::fit::ridge;
use crate::moments::{Moments, buffer_len};
use crate::predict::predictor;
use crate::scalar::Scalar;

/// Number of penalties in [`alphas`].
pub const ALPHAS: usize = 8;

/// The released grid, `logspace(−8, −1, 8)`, ascending.
pub fn alphas<S: Scalar>() -> [S; ALPHAS] {
    core::array::from_fn(|i| S::ONE / S::from_count(10u64.pow(8 - i as u32)))
}

/// The rows of `count` that fold `fold` of `folds` contiguous ones holds, as `(first, after)`: the
/// first `count mod folds` folds are one row longer (scikit-learn's `KFold`). Folds beyond the last
/// are empty.
pub const fn contiguous_fold(count: u64, folds: u64, fold: u64) -> (u64, u64) {
    if fold >= folds {
        return (count, count);
    }
    let (size, longer) = (count / folds, count % folds);
    let first = fold * size + if fold < longer { fold } else { longer };
    (first, first + size + (fold < longer) as u64)
}

/// Coefficient of determination of predictions with this residual sum of squares. 1 for a perfect
/// prediction of an outcome that does not vary, 0 for another.
pub fn r_squared<S: Scalar>(residual: S, total: S) -> S {
    if total > S::ZERO {
        S::ONE - residual / total
    } else if residual > S::ZERO {
        S::ZERO
    } else {
        S::ONE
    }
}

/// The index of the largest mean score, the first among equals; `scores` has a row of `alphas`
/// numbers per fold. NaN (a fit that failed) never wins; `None` where nothing can.
pub fn best<S: Scalar>(scores: &[S], alphas: usize) -> Option<usize> {
    let mut best: Option<(usize, S)> = None;
    for index in 0..alphas {
        let total: S = scores
            .iter()
            .skip(index)
            .step_by(alphas.max(1))
            .copied()
            .sum();
        let better = best.is_none_or(|(_, most)| total > most);
        if better && total.is_finite() {
            best = Some((index, total));
        }
    }
    best.map(|(index, _)| index)
}

/// Scratch of [`ridge()`] for moments of `columns` columns.
pub const fn ridge_scratch_len(columns: usize) -> usize {
    let path = penalty_path::scratch_len(columns.saturating_sub(1));
    search_scratch_len(columns) + ridge::scratch_len(columns) + path
}

/// Scratch of [`lasso()`] for moments of `columns` columns.
pub const fn lasso_scratch_len(columns: usize) -> usize {
    search_scratch_len(columns) + lasso::scratch_len(columns)
}

/// Scores each penalty on each fold: `scores` gets a row of `alphas.len()` numbers per fold, R² of
/// the fit to the other folds. Returns the index of the best penalty ([`best`]).
///
/// A penalty whose system cannot be factored scores NaN; an error is returned where every one did.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn ridge<S: Scalar, B: AsRef<[S]>>(
    folds: &[Moments<S, B>],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
) -> Result<usize, FitError> {
    let needed = ridge_scratch_len(folds.first().map_or(0, Moments::columns));
    ShapeError::exact("cross-validation scratch", needed, scratch.len())?;
    search(
        folds,
        alphas,
        scores,
        scratch,
        #[inline(always)]
        |row, training, mut scratch| {
            let path = penalty_path::scratch_len(training.columns().saturating_sub(1));
            let mut path = PenaltyPath::new(cut(&mut scratch, path));
            let mut system = ridge::System::assemble(training, scratch)?;
            row.fill(
                0..alphas.len(),
                #[inline(always)]
                |alpha, coefficients| {
                    path.solve(&mut system, alpha)?;
                    system.coefficients(coefficients)
                },
            )
        },
    )
}

/// [`ridge()`] for the lasso. The penalties should ascend: each fit begins at the next larger one's.
pub fn lasso<S: Scalar, B: AsRef<[S]>>(
    folds: &[Moments<S, B>],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
) -> Result<usize, FitError> {
    let needed = lasso_scratch_len(folds.first().map_or(0, Moments::columns));
    ShapeError::exact("cross-validation scratch", needed, scratch.len())?;
    search(
        folds,
        alphas,
        scores,
        scratch,
        #[inline(always)]
        |row, training, scratch| {
            let mut system = lasso::System::assemble(training, scratch)?;
            row.fill(
                (0..alphas.len()).rev(),
                #[inline(always)]
                |alpha, coefficients| system.solve(alpha, coefficients).map(drop),
            )
        },
    )
}

/// Scratch of [`search`] beside that of the fits.
const fn search_scratch_len(columns: usize) -> usize {
    buffer_len(columns) + columns
}

/// Leaves each fold out in turn; `fit` gets its row of scores and the moments of the other folds.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn search<S: Scalar, B: AsRef<[S]>>(
    folds: &[Moments<S, B>],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
    mut fit: impl FnMut(&mut Row<'_, S, B>, &Moments<S, &mut [S]>, &mut [S]) -> Result<(), FitError>,
) -> Result<usize, FitError> {
    let columns = folds.first().map_or(0, Moments::columns);
    ShapeError::exact("scores", folds.len() * alphas.len(), scores.len())?;
    let (buffer, scratch) = scratch.split_at_mut(buffer_len(columns));
    let (coefficients, scratch) = scratch.split_at_mut(columns);
    let mut training = Moments::new(columns, buffer)?;
    let mut failure = too_few(folds.len());
    for (left_out, (fold, scores)) in folds
        .iter()
        .zip(scores.chunks_exact_mut(alphas.len().max(1)))
        .enumerate()
    {
        training.clear();
        for (index, other) in folds.iter().enumerate() {
            if index != left_out {
                training.merge(other)?;
            }
        }
        let mut row = Row {
            fold,
            alphas,
            scores,
            coefficients,
            failure: &mut failure,
        };
        fit(&mut row, &training, scratch)?;
    }
    best(scores, alphas.len()).ok_or(failure)
}

/// The scores of one fold that was left out.
struct Row<'a, S, B> {
    fold: &'a Moments<S, B>,
    alphas: &'a [S],
    scores: &'a mut [S],
    coefficients: &'a mut [S],
    failure: &'a mut FitError,
}

impl<S: Scalar, B: AsRef<[S]>> Row<'_, S, B> {
    /// Solves for penalties in this order, and scores them.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn fill(
        &mut self,
        order: impl Iterator<Item = usize>,
        mut solve: impl FnMut(S, &mut [S]) -> Result<(), FitError>,
    ) -> Result<(), FitError> {
        let total = self.fold.outcome_comoments().1;
        for index in order {
            let (Some(score), Some(&alpha)) = (self.scores.get_mut(index), self.alphas.get(index))
            else {
                break;
            };
            *score = match solve(alpha, self.coefficients) {
                Ok(()) => r_squared(self.fold.residual_sum_of_squares(self.coefficients)?, total),
                Err(error) => {
                    *self.failure = error;
                    S::NAN
                }
            };
        }
        Ok(())
    }
}

/// The error of a search in which no fit was tried.
fn too_few(folds: usize) -> FitError {
    FitError::TooFewRows {
        needed: 2,
        found: folds as u64,
    }
}

/// Scratch of [`indicator()`].
pub fn indicator_scratch_len(pattern: &Pattern) -> usize {
    let path = penalty_path::scratch_len(pattern.coefficients());
    pattern.scratch_len() + pattern.coefficients() + pattern.terms() + path
}

/// [`ridge()`] for the indicator model: a fold is left out of every regime at once, and R² is of all
/// regimes' rows together. Every regime comes with the same number of folds.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn indicator<S: Scalar, B: AsRef<[S]>>(
    pattern: &Pattern,
    data: &[(Regime, &[Moments<S, B>])],
    alphas: &[S],
    scores: &mut [S],
    scratch: &mut [S],
) -> Result<usize, FitError> {
    let folds = data.first().map_or(0, |(_, folds)| folds.len());
    ShapeError::exact("scores", folds * alphas.len(), scores.len())?;
    let needed = indicator_scratch_len(pattern);
    ShapeError::exact("cross-validation scratch", needed, scratch.len())?;
    let (coefficients, scratch) = scratch.split_at_mut(pattern.coefficients());
    let (polynomial, scratch) = scratch.split_at_mut(pattern.terms());
    let (terms, scratch) = scratch.split_at_mut(penalty_path::scratch_len(pattern.coefficients()));
    let mut failure = too_few(folds);
    let rows = scores.chunks_exact_mut(alphas.len().max(1));
    for (left_out, scores) in rows.enumerate() {
        let training = data.iter().flat_map(move |&(regime, folds)| {
            let kept = folds.iter().enumerate();
            kept.filter(move |&(index, _)| index != left_out)
                .map(move |(_, moments)| (regime, moments.view()))
        });
        let fold = data
            .iter()
            .filter_map(move |&(regime, folds)| Some((regime, folds.get(left_out)?)));
        let (mut weight, mut mean, mut total) = (S::ZERO, S::ZERO, S::ZERO);
        for (_, moments) in fold.clone().filter(|(_, moments)| moments.count() > 0) {
            let added = moments.weight();
            let deviation = moments.outcome_mean() - mean;
            weight += added;
            mean += deviation * added / weight;
            total += moments.outcome_comoments().1;
            total += deviation * deviation * added * (weight - added) / weight;
        }
        let mut system = indicator::System::assemble(pattern, training, scratch)?;
        let mut path = PenaltyPath::new(terms);
        for (score, &alpha) in scores.iter_mut().zip(alphas) {
            let solved = path.solve(&mut system, alpha);
            if let Err(error) = solved.and_then(|()| system.coefficients(coefficients)) {
                failure = error;
                *score = S::NAN;
                continue;
            }
            let mut residual = S::ZERO;
            for (regime, moments) in fold.clone() {
                predictor::collapse(coefficients, regime, polynomial)?;
                residual += moments.residual_sum_of_squares(polynomial)?;
            }
            *score = r_squared(residual, total);
        }
    }
    best(scores, alphas.len()).ok_or(failure)
}
