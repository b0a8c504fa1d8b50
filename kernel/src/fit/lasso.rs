//! Lasso from moments.
//!
//! `1/(2n) ‖y − ȳ − Z w‖² + α ‖w‖₁`, with Z as in [`crate::fit::ridge`] and the intercept free:
//! scikit-learn's `StandardScaler` and `Lasso`.
//!
//! Cyclic coordinate descent on `ZᵀZ` (Friedman, Hastie and Tibshirani 2010, "Regularization paths
//! for generalized linear models via coordinate descent", section 2.2). Where features are nearly
//! dependent it finds the signs of the weights soon and their sizes late. So once a sweep changes no
//! sign, the weights step to the minimum for these signs, or to the first sign change on the way, and
//! on from there (Lee, Battle, Raina and Ng 2007, "Efficient sparse coding algorithms", algorithm 1).
//! Neither raises the objective.

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::vector::dot;
use crate::error::{FitError, ShapeError};
use crate::fit::normal_equations::{self, NormalEquations};
use crate::moments::Moments;
use crate::scalar::Scalar;

/// Sweeps after which a fit is given up.
pub const MAX_SWEEPS: u32 = 1000;

/// The duality gap sought, in units of the scalar's epsilon and of `‖y − ȳ‖²`.
const SOUGHT: u64 = 64;

/// The inverse of the duality gap accepted, in units of `‖y − ȳ‖²`, where rounding hides the one
/// sought: scikit-learn's default tolerance.
const ACCEPTED: u64 = 10_000;

/// Sweeps in a row, either settled or at the gap sought, after which what they lack is rounding.
const IDLE: u32 = 8;

/// The least penalty, in units of the scalar's epsilon and of the outcome's standard deviation.
const LEAST: u64 = 1024;

/// Rounding of the co-moments, in units of the scalar's epsilon for every feature.
const NOISE: u64 = 32;

/// Scratch of [`System::assemble`] for moments of `columns` columns.
pub const fn scratch_len(columns: usize) -> usize {
    let features = columns.saturating_sub(1);
    normal_equations::scratch_len(features) + packed::len(features) + 3 * features
}

/// The normal equations of one data set in standardised features, to be solved for any penalty.
pub struct System<'a, S> {
    equations: NormalEquations<'a, S>,
    factor: &'a mut [S],
    weights: &'a mut [S],
    /// `Zᵀ(y − ȳ − Z w)`.
    gradient: &'a mut [S],
    step: &'a mut [S],
}

impl<'a, S: Scalar> System<'a, S> {
    /// Standardises the co-moments; `scratch` has [`scratch_len`] numbers.
    pub fn assemble<B: AsRef<[S]>>(
        moments: &'a Moments<S, B>,
        scratch: &'a mut [S],
    ) -> Result<Self, FitError> {
        let needed = scratch_len(moments.columns());
        ShapeError::exact("lasso scratch", needed, scratch.len())?;
        let features = moments.columns().saturating_sub(1);
        let (equations, rest) = scratch.split_at_mut(normal_equations::scratch_len(features));
        let (factor, rest) = rest.split_at_mut(packed::len(features));
        let (weights, rest) = rest.split_at_mut(features);
        let (gradient, step) = rest.split_at_mut(features);
        weights.fill(S::ZERO);
        Ok(Self {
            equations: NormalEquations::assemble(moments, equations)?,
            factor,
            weights,
            gradient,
            step,
        })
    }

    /// The smallest penalty that is more than rounding beside the outcome, `1024 ε` of its standard
    /// deviation: smaller ones are raised to it.
    pub fn least_alpha(&self) -> S {
        let variance = self.equations.outcome_spread / self.equations.weight;
        S::from_count(LEAST) * S::EPSILON * variance.sqrt()
    }

    /// Solves for penalty `alpha`: P coefficients over the monomials, the constant first. Returns
    /// the penalty used, which is `alpha` or, where that is below rounding, [`System::least_alpha`].
    ///
    /// Begins at the previous solution, so penalties are best given from the largest down. Ends at
    /// the minimum for signs that a sweep leaves alone and a duality gap of `64 ε ‖y − ȳ‖²`, or as
    /// near as rounding allows: [`FitError::NotConverged`] where the gap is still above scikit-learn's
    /// default tolerance of `1e-4 ‖y − ȳ‖²` then, or after [`MAX_SWEEPS`]. What does that is a small
    /// penalty on features that rounding makes indistinguishable, in f32 sooner than in f64.
    pub fn solve(&mut self, alpha: S, coefficients: &mut [S]) -> Result<S, FitError> {
        let features = self.equations.features();
        ShapeError::exact("coefficients", features + 1, coefficients.len())?;
        if !(alpha.is_finite() || alpha > S::ZERO) {
            return Err(FitError::NotConverged);
        }
        let alpha = self.least_alpha().max(alpha);
        self.descend(alpha * self.equations.weight)?;
        self.equations.coefficients(self.weights, coefficients)?;
        Ok(alpha)
    }

    /// `penalty` is n α.
    fn descend(&mut self, penalty: S) -> Result<(), FitError> {
        let spread = self.equations.outcome_spread;
        let sought = S::from_count(SOUGHT) * S::EPSILON * spread;
        let accepted = spread / S::from_count(ACCEPTED);
        let mut gap = self.duality_gap(penalty);
        let mut idle = 0;
        for _ in 0..MAX_SWEEPS {
            let settled = self.sweep(penalty) && self.settle(penalty);
            gap = self.duality_gap(penalty);
            let reached = gap <= sought;
            // Near the minimum the gap is of second order in the weights, so it alone is no end.
            idle = if settled || reached { idle + 1 } else { 0 };
            if settled && reached || idle == IDLE {
                break;
            }
        }
        if gap <= accepted {
            return Ok(());
        }
        // Not a place to begin at.
        self.weights.fill(S::ZERO);
        Err(FitError::NotConverged)
    }

    /// Brings the gradient up to date. Returns the gap between n times the objective and its dual at
    /// the residual, shrunk until it is feasible: scikit-learn's, as a sum of terms none of which is
    /// negative.
    fn duality_gap(&mut self, penalty: S) -> S {
        self.equations.residual(self.weights, self.gradient);
        let (weights, gradient) = (&*self.weights, &*self.gradient);
        let steepest = gradient.iter().fold(S::ZERO, |most, g| most.max(g.abs()));
        let shrinkage = if steepest <= penalty {
            S::ONE
        } else {
            penalty / steepest
        };
        let explained = dot(weights, self.equations.right) + dot(weights, gradient);
        let residual = (self.equations.outcome_spread - explained).max(S::ZERO);
        let lost = S::ONE - shrinkage;
        let slack = active(gradient.iter().zip(weights), weights)
            .map(|(&gradient, &weight)| weight.abs() * penalty - shrinkage * weight * gradient);
        residual * lost * lost / (S::ONE + S::ONE) + slack.sum()
    }

    /// Minimises over each weight in turn. Returns whether every sign stayed as it was.
    fn sweep(&mut self, penalty: S) -> bool {
        let matrix = self.equations.matrix;
        let mut settled = true;
        for (i, square) in packed::diagonal(matrix).enumerate() {
            let (Some(weight), Some(&gradient)) = (self.weights.get_mut(i), self.gradient.get(i))
            else {
                break;
            };
            let before = *weight;
            *weight = if square > S::ZERO {
                soft_threshold(gradient + square * before, penalty) / square
            } else {
                S::ZERO
            };
            settled &= sign(*weight) == sign(before);
            if *weight != before {
                packed::add_scaled_column(self.gradient, before - *weight, matrix, i);
            }
        }
        settled
    }

    /// Steps to the minimum for the signs the weights have; a weight whose sign would change on the
    /// way becomes zero. Returns whether the minimum was reached and no sign changed.
    fn settle(&mut self, penalty: S) -> bool {
        let mut settled = true;
        loop {
            self.equations.residual(self.weights, self.gradient);
            match self.step(penalty) {
                Some(Reach::Minimum) => return settled,
                Some(Reach::SignChange) => settled = false,
                None => return false,
            }
        }
    }

    /// One step towards the minimum for the signs the weights have. `None` where there is no such
    /// minimum to working precision.
    fn step(&mut self, penalty: S) -> Option<Reach> {
        let weights = &*self.weights;
        let mut entries = self.factor.iter_mut();
        for row in active(packed::rows(self.equations.matrix), weights) {
            for (&entry, target) in active(row, weights).zip(&mut entries) {
                *target = entry;
            }
        }
        let mut order = 0;
        let slopes = active(self.gradient.iter().zip(weights), weights);
        for ((&gradient, &weight), target) in slopes.zip(self.step.iter_mut()) {
            *target = gradient - sign(weight) * penalty;
            order += 1;
        }
        let factor = self.factor.get_mut(..packed::len(order))?;
        let step = self.step.get_mut(..order)?;
        // Keeps dependent features from ruling it out; the next step makes good what it costs.
        let noise = S::from_count(NOISE * self.equations.features() as u64) * S::EPSILON;
        packed::add_to_diagonal(factor, noise * self.equations.weight);
        cholesky::factor(factor).ok()?;
        cholesky::solve(factor, step);
        let mut length = S::ONE;
        let mut reach = Reach::Minimum;
        for (&weight, &step) in active(weights, weights).zip(&*step) {
            if let Some(zero) = zero_crossing(weight, step).filter(|&zero| zero <= length) {
                length = zero;
                reach = Reach::SignChange;
            }
        }
        let weights = self.weights.iter_mut().filter(|weight| **weight != S::ZERO);
        for (weight, &step) in weights.zip(&*step) {
            let crosses = zero_crossing(*weight, step).is_some_and(|zero| zero <= length);
            *weight = if crosses {
                S::ZERO
            } else {
                *weight + length * step
            };
        }
        Some(reach)
    }
}

/// What ended a step.
enum Reach {
    Minimum,
    SignChange,
}

/// Those of the values whose weight is not zero.
fn active<S: Scalar, T>(
    values: impl IntoIterator<Item = T>,
    weights: &[S],
) -> impl Iterator<Item = T> {
    values
        .into_iter()
        .zip(weights)
        .filter(|&(_, &weight)| weight != S::ZERO)
        .map(|(value, _)| value)
}

/// The fraction of the step at which the weight is zero, if it is on the way.
fn zero_crossing<S: Scalar>(weight: S, step: S) -> Option<S> {
    (sign(weight + step) != sign(weight)).then(|| -weight / step)
}

/// −1, 0 or 1.
fn sign<S: Scalar>(value: S) -> S {
    if value > S::ZERO {
        S::ONE
    } else if value < S::ZERO {
        -S::ONE
    } else {
        S::ZERO
    }
}

/// The value moved towards zero by `threshold`, and no farther.
fn soft_threshold<S: Scalar>(value: S, threshold: S) -> S {
    if value.abs() > threshold {
        value - sign(value) * threshold
    } else {
        S::ZERO
    }
}

/// Fits one penalty: [`System::assemble`], then [`System::solve`].
///
/// ```
/// use joint_effects_kernel::fit::lasso;
/// use joint_effects_kernel::moments::{Moments, buffer_len};
/// // y = a, of standard deviation 1: the slope is shrunk by the penalty.
/// let mut moments = Moments::<f64, _>::new(2, [0.0; buffer_len(2)])?;
/// moments.push(&[1.0, -1.0], -1.0)?;
/// moments.push(&[1.0, 1.0], 1.0)?;
/// let mut coefficients = [0.0; 2];
/// lasso::fit(&moments, 0.25, &mut coefficients, &mut [0.0; lasso::scratch_len(2)])?;
/// assert_eq!(coefficients, [0.0, 0.75]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn fit<S: Scalar, B: AsRef<[S]>>(
    moments: &Moments<S, B>,
    alpha: S,
    coefficients: &mut [S],
    scratch: &mut [S],
) -> Result<S, FitError> {
    System::assemble(moments, scratch)?.solve(alpha, coefficients)
}
