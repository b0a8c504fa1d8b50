//! The joint effect of near rows alone, beside that of all rows.
//!
//! A row is *far* where an action that was left alone lies beyond most of its values. Hidden causes are strongest
//! there, a polynomial by least squares serves such rows first, and effects are asked for elsewhere. Whether a row is
//! near depends on its actions alone, so leaving far ones out changes no `E[Y | a, R]` (Crump, Hotz, Imbens and Mitnik
//! 2009, "Dealing with limited overlap in estimation of average treatment effects", *Biometrika* 96, 187–199). It
//! costs precision where polynomials are right, and then both fits estimate the same τ. They are weighed by how far they
//! are apart: an estimate that may be biased and one that is less so, as in Green and Strawderman (1991, "A James–Stein
//! type estimator for combining unbiased and possibly biased estimators", *Journal of the American Statistical
//! Association* 86, 1001–1006). The γ_k are also asked for at far settings, so they stay those of all rows, given the τ
//! that results.

use crate::algebra::packed::{self, add_scaled_column};
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector::{add_scaled, dot};
use crate::error::FitError;
use crate::scalar::Scalar;
use crate::structured::posterior::invert;

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
    3 * packed::len(joint) + 3 * joint
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
    /// coefficients are moved by what they are then expected to be, `V_γτ V_ττ⁻¹` times as far.
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
        let mut scratch = scratch;
        let inverse = cut(&mut scratch, packed::len(joint));
        let [weights, scale] = [(); 2].map(|()| cut(&mut scratch, joint));
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
        copy(weights, step);
        copy(inverse, covariance);
        invert(inverse, weights, scale)?;
        let (of_joint, of_changes) = mean.split_at_mut_checked(joint).unwrap_or_default();
        add_scaled(of_joint, S::ONE, step);
        for (index, mean) in of_changes.iter_mut().enumerate() {
            let row = packed::row(covariance, joint + index);
            *mean += dot(row.get(..joint).unwrap_or_default(), weights);
        }
        let root = inflation.sqrt();
        step.iter_mut().for_each(|step| *step /= root);
        Ok(Self {
            share,
            ratio: near.inflation / inflation,
            step,
        })
    }

    /// Gives τ the covariance `(1 − share) V_ττ + share N_ττ`, N that of near rows, and `δδᵀ`, δ what was moved, for
    /// what near rows still miss; and the others what they have given τ. With D what is added to V_ττ, the covariance is
    /// `V + V_·τ V_ττ⁻¹ D V_ττ⁻¹ V_τ·`.
    pub(crate) fn apply(
        &self,
        near: &[S],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let joint = self.step.len();
        let mut scratch = scratch;
        let [inverse, added, middle] = [(); 3].map(|()| cut(&mut scratch, packed::len(joint)));
        let [own, along, image] = [(); 3].map(|()| cut(&mut scratch, joint));
        for (i, &step) in self.step.iter().enumerate() {
            let rows = packed::row(near, i).iter().zip(packed::row(covariance, i));
            let target = packed::row_mut(added, i).iter_mut().zip(self.step);
            for ((target, &other), (&near, &all)) in target.zip(rows) {
                *target = self.share * (self.ratio * near - all) + step * other;
            }
        }
        copy(inverse, covariance);
        own.fill(S::ZERO);
        invert(inverse, own, along)?;
        for i in 0..joint {
            own.fill(S::ZERO);
            add_scaled_column(own, S::ONE, inverse, i);
            packed::multiply(added, own, image);
            for (j, target) in packed::row_mut(middle, i).iter_mut().enumerate() {
                own.fill(S::ZERO);
                add_scaled_column(own, S::ONE, inverse, j);
                *target = dot(image, own);
            }
        }
        // From the last row up, as every row takes those before it as they were.
        let mut order = packed::order(covariance.len()).unwrap_or_default();
        while order > joint {
            order -= 1;
            let (above, rest) = covariance
                .split_at_mut_checked(packed::len(order))
                .unwrap_or_default();
            let row = rest.get_mut(..=order).unwrap_or_default();
            copy(own, row);
            packed::multiply(middle, own, along);
            let (of_joint, of_changes) = row.split_at_mut_checked(joint).unwrap_or_default();
            if let Some((diagonal, others)) = of_changes.split_last_mut() {
                *diagonal += dot(along, own);
                for (index, target) in others.iter_mut().enumerate() {
                    let other = packed::row(above, joint + index);
                    *target += dot(along, other.get(..joint).unwrap_or_default());
                }
            }
            let of_joint_alone = above.get(..packed::len(joint)).unwrap_or_default();
            packed::multiply(of_joint_alone, along, image);
            add_scaled(of_joint, S::ONE, image);
        }
        add_scaled(covariance, S::ONE, added);
        Ok(())
    }
}
