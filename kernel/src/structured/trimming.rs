//! The joint effect of near rows alone, beside that of all rows.
//!
//! A row is *far* where an action that was left alone lies beyond most of its values. Hidden causes are strongest
//! there, a polynomial by least squares serves such rows first, and effects are asked for elsewhere. Whether a row is
//! near depends on its actions alone, so leaving far ones out changes no `E[Y | a, R]` (Crump, Hotz, Imbens and Mitnik
//! 2009, "Dealing with limited overlap in estimation of average treatment effects", *Biometrika* 96, 187–199). It
//! costs precision where polynomials are right, and so do richer τ and γ_k, which only near rows determine; then both fits
//! estimate the same τ. They are weighed by how far they are apart: an estimate that may be biased and one that is less so,
//! as in Green and Strawderman (1991, "A James–Stein type estimator for combining unbiased and possibly biased
//! estimators", *Journal of the American Statistical Association* 86, 1001–1006). The γ_k are also asked for at far
//! settings, so they stay those of all rows, given the τ that results.

use crate::algebra::packed;
use crate::algebra::vector::dot;
use crate::scalar::Scalar;
use crate::structured::{conditional, gram};

/// What a fit says of the coefficients, those of τ first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate<'a, S> {
    /// Means.
    pub(crate) mean: &'a [S],
    /// Packed covariance.
    pub(crate) covariance: &'a [S],
    /// By what that is to be multiplied.
    pub(crate) inflation: S,
    /// How many coefficients are of τ.
    pub(crate) joint: usize,
}

impl<S: Scalar> Estimate<'_, S> {
    /// A coefficient of τ, which is zero where this fit has none.
    pub(crate) fn mean(&self, index: usize) -> S {
        let own = self.mean.get(..self.joint).unwrap_or_default();
        own.get(index).copied().unwrap_or_default()
    }

    /// The covariance of two of them, the higher first.
    fn covariance(&self, row: usize, column: usize) -> S {
        match row < self.joint {
            true => gram::entry(self.covariance, row, column),
            false => S::ZERO,
        }
    }
}

/// How the τ of all rows is moved towards that of near rows, which may have more coefficients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a, S> {
    /// How far, from 0 to 1.
    pub(crate) share: S,
    /// By how much each of its coefficients is moved.
    pub(crate) step: &'a [S],
}

/// Scratch of giving a fit a τ of so many coefficients.
pub(crate) const fn scratch_len(joint: usize) -> usize {
    packed::len(joint) + joint + conditional::scratch_len(joint)
}

impl<'a, S: Scalar> Move<'a, S> {
    /// Not at all.
    pub(crate) fn none() -> Self {
        let (share, step) = (S::ZERO, &[][..]);
        Self { share, step }
    }

    /// Says how, `step` having a place for every coefficient of τ.
    ///
    /// The share is 1 − b / d², at least 0. The columns of τ are orthonormal over the settings of an experiment, so d² is
    /// the mean square over these by which the two τ differ. If the fit of all rows missed nothing, that would be noise,
    /// of the covariance D by which that of near rows is larger, inflated as they are (Hausman 1978, "Specification tests
    /// in econometrics", *Econometrica* 46, 1251–1271), with the mean tr D and the variance 2 tr D²; b is two standard
    /// deviations above that mean. Where actions were set to values of heavy tails, a few rows decide τ and this says
    /// too little, so b is multiplied by `tails`, that of their kurtoses over a normal one that is largest.
    pub(crate) fn of(
        all: Estimate<'_, S>,
        near: Estimate<'_, S>,
        tails: S,
        step: &'a mut [S],
    ) -> Self {
        for (index, step) in step.iter_mut().enumerate() {
            *step = near.mean(index) - all.mean(index);
        }
        let (mut trace, mut squares) = (S::ZERO, S::ZERO);
        for i in 0..step.len() {
            for j in 0..=i {
                let excess = near.inflation * (near.covariance(i, j) - all.covariance(i, j));
                let times = if i == j { S::ONE } else { S::ONE + S::ONE };
                squares += times * excess * excess;
                if i == j {
                    trace += excess;
                }
            }
        }
        let two = S::ONE + S::ONE;
        let bound = tails * (trace.max(S::ZERO) + two * (two * squares).sqrt());
        let distance = dot(step, step);
        let share = if distance > S::ZERO {
            (S::ONE - bound / distance).max(S::ZERO)
        } else {
            S::ZERO
        };
        step.iter_mut().for_each(|step| *step *= share);
        Self { share, step }
    }

    /// By how much a coefficient of τ is moved.
    pub(crate) fn step(&self, index: usize) -> S {
        self.step.get(index).copied().unwrap_or_default()
    }

    /// The covariance of τ, over `inflation`: `(1 − share) V + share N`, V that of all rows and N that of near ones, and
    /// `δδᵀ`, δ what was moved, for what near rows still miss.
    pub(crate) fn covariance(
        &self,
        all: Estimate<'_, S>,
        near: Estimate<'_, S>,
        inflation: S,
        covariance: &mut [S],
    ) {
        let stay = S::ONE - self.share;
        for i in 0..packed::order(covariance.len()).unwrap_or_default() {
            for (j, target) in packed::row_mut(covariance, i).iter_mut().enumerate() {
                let all = stay * all.inflation * all.covariance(i, j);
                let near = self.share * near.inflation * near.covariance(i, j);
                *target = (all + near + self.step(i) * self.step(j)) / inflation;
            }
        }
    }
}
