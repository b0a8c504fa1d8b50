//! The coefficients of the γ_k given those of τ.
//!
//! All are normal, of the covariance `V`. Where τ becomes known otherwise, by other rows or by another model, every γ_k
//! becomes what it is expected to be given that τ.

use crate::algebra::packed::{self, add_scaled_column};
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector::{add_scaled, dot};
use crate::error::FitError;
use crate::scalar::Scalar;
use crate::structured::posterior::invert;

/// Scratch of [`give_mean`] and of [`give_covariance`], of so many coefficients of τ.
pub(crate) const fn scratch_len(joint: usize) -> usize {
    2 * packed::len(joint) + 3 * joint
}

/// Gives the coefficients of τ, the first, the means `given`, and moves the others by `V_γτ V_ττ⁻¹` times as far.
pub(crate) fn give_mean<S: Scalar>(
    given: &mut [S],
    mean: &mut [S],
    covariance: &[S],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let joint = given.len();
    let step = given;
    add_scaled(step, -S::ONE, mean);
    let mut scratch = scratch;
    let inverse = cut(&mut scratch, packed::len(joint));
    let [weights, scale] = [(); 2].map(|()| cut(&mut scratch, joint));
    copy(weights, step);
    copy(inverse, covariance);
    invert(inverse, weights, scale)?;
    let (of_joint, of_changes) = mean.split_at_mut_checked(joint).unwrap_or_default();
    add_scaled(of_joint, S::ONE, step);
    for (index, mean) in of_changes.iter_mut().enumerate() {
        let row = packed::row(covariance, joint + index);
        *mean += dot(row.get(..joint).unwrap_or_default(), weights);
    }
    Ok(())
}

/// Gives the coefficients of τ the covariance `given`. With D what that adds to theirs, that of all is
/// `V + V_·τ V_ττ⁻¹ D V_ττ⁻¹ V_τ·`.
pub(crate) fn give_covariance<S: Scalar>(
    given: &mut [S],
    covariance: &mut [S],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let joint = packed::order(given.len()).unwrap_or_default();
    let added = given;
    add_scaled(added, -S::ONE, covariance);
    let mut scratch = scratch;
    let [inverse, middle] = [(); 2].map(|()| cut(&mut scratch, packed::len(joint)));
    let [own, along, image] = [(); 3].map(|()| cut(&mut scratch, joint));
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
