//! The joint effect of near rows alone, beside that of all rows.
//!
//! A row is *far* where an action that was left alone lies beyond most of its values. Hidden causes are strongest
//! there, a polynomial by least squares serves such rows first, and effects are asked for elsewhere. Whether a row is
//! near depends on its actions alone, so leaving far ones out changes no `E[Y | a, R]` (Crump, Hotz, Imbens and Mitnik
//! 2009, "Dealing with limited overlap in estimation of average treatment effects", *Biometrika* 96, 187–199). It
//! costs precision where polynomials are right, and so do richer γ_k, which only near rows determine; then both fits
//! estimate the same τ. They are weighed by how far they
//! are apart: an estimate that may be biased and one that is less so, as in Green and Strawderman (1991, "A James–Stein
//! type estimator for combining unbiased and possibly biased estimators", *Journal of the American Statistical
//! Association* 86, 1001–1006). The γ_k are also asked for at far settings, so they stay those of all rows, given the τ
//! that results.

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::algebra::vector::dot;
use crate::error::FitError;
use crate::scalar::Scalar;
use crate::structured::conditional;

/// What near rows alone say of the coefficients, those of τ first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate<'a, S> {
    /// Means.
    pub(crate) mean: &'a [S],
    /// Packed covariance.
    pub(crate) covariance: &'a [S],
    /// By what that is to be multiplied.
    pub(crate) inflation: S,
}

/// How the estimate of all rows is moved towards that of near rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a, S> {
    /// How far, from 0 to 1.
    pub(crate) share: S,
    /// The inflation of the covariance of near rows, over that of all.
    pub(crate) ratio: S,
    /// By how much the coefficients of τ are moved, over the root of the inflation of all rows.
    pub(crate) step: &'a [S],
}

/// Scratch of [`Move::of`].
pub(crate) const fn scratch_len(joint: usize) -> usize {
    packed::len(joint) + conditional::scratch_len(joint)
}

impl<'a, S: Scalar> Move<'a, S> {
    /// Moves the means of all rows, and says how, `step` having a place for every coefficient of τ.
    ///
    /// The share is 1 − b / d², at least 0. The columns of τ are orthonormal over the settings of an experiment, so d² is
    /// the mean square over these by which the two τ differ. If polynomials missed nothing, that would be noise, of the
    /// covariance D by which that of near rows is larger, inflated as they are (Hausman 1978, "Specification tests in
    /// econometrics", *Econometrica* 46, 1251–1271), with the mean tr D and the variance 2 tr D²; b is two standard
    /// deviations above that mean. Where actions were set to values of heavy tails, a few rows decide τ and this says
    /// too little, so b is multiplied by `tails`, that of their kurtoses over a normal one that is largest. The other
    /// coefficients follow.
    pub(crate) fn of(
        mean: &mut [S],
        covariance: &[S],
        inflation: S,
        near: Estimate<'_, S>,
        tails: S,
        step: &'a mut [S],
        scratch: &mut [S],
    ) -> Result<Self, FitError> {
        let joint = step.len();
        for ((step, &near), &all) in step.iter_mut().zip(near.mean).zip(&*mean) {
            *step = near - all;
        }
        let (mut trace, mut squares) = (S::ZERO, S::ZERO);
        for i in 0..joint {
            let rows = packed::row(near.covariance, i)
                .iter()
                .zip(packed::row(covariance, i));
            for (j, (&near_entry, &entry)) in rows.enumerate() {
                let excess = near.inflation * (near_entry - entry);
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
        conditional::move_mean(mean, covariance, step, scratch)?;
        let root = inflation.sqrt();
        step.iter_mut().for_each(|step| *step /= root);
        Ok(Self {
            share,
            ratio: near.inflation / inflation,
            step,
        })
    }

    /// Gives τ the covariance `(1 − share) V_ττ + share N_ττ`, N that of near rows, and `δδᵀ`, δ what was moved, for
    /// what near rows still miss; and the others what they have given τ.
    pub(crate) fn apply(
        &self,
        near: &[S],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let joint = self.step.len();
        let mut scratch = scratch;
        let added = cut(&mut scratch, packed::len(joint));
        for (i, &step) in self.step.iter().enumerate() {
            let rows = packed::row(near, i).iter().zip(packed::row(covariance, i));
            let target = packed::row_mut(added, i).iter_mut().zip(self.step);
            for ((target, &other), (&near, &all)) in target.zip(rows) {
                *target = self.share * (self.ratio * near - all) + step * other;
            }
        }
        conditional::widen(joint, added, covariance, scratch)
    }
}
