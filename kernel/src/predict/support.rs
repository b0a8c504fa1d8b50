//! How far a point lies from the rows that a model rests on: its leverage among them.
//!
//! The leverage of a point with features φ is `φᵀ (mean of φφᵀ)⁻¹ φ / P`, one on average over the rows
//! themselves. Whatever their distribution, at most one row in [`MOST`] has more than [`MOST`] times
//! that (Markov's inequality). As a test of support it is the empirical Christoffel function (Lasserre
//! and Pauwels, 2019, *Adv. Comput. Math.* 45).

use crate::algebra::cholesky::{self, Factor};
use crate::algebra::packed::{Packed, PackedMut};
use crate::algebra::vector::dot;
use crate::error::{FitError, NotPositiveDefinite, ShapeError};
use crate::scalar::Scalar;

/// Whether the data support the values of actions, by the ranges in which each was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Support {
    /// All lie where they were seen.
    Inside,
    /// This action, the first such, lies beyond.
    Outside {
        /// Its place, from 0.
        action: usize,
    },
    /// This action is not a number.
    NotANumber {
        /// Its place, from 0.
        action: usize,
    },
}

impl Support {
    /// Of actions that were seen from a least to a greatest value.
    pub fn of<S: Scalar>(actions: &[S], ranges: impl Iterator<Item = (S, S)>) -> Self {
        let mut support = Self::Inside;
        for (action, (&value, (least, greatest))) in actions.iter().zip(ranges).enumerate() {
            if value.partial_cmp(&value).is_none() {
                return Self::NotANumber { action };
            }
            if support == Self::Inside && !(least <= value && value <= greatest) {
                support = Self::Outside { action };
            }
        }
        support
    }
}

/// How many times the rows' mean leverage a supported point may have.
pub const MOST: u64 = 100;

/// Every column of the products grows by one part in so many of its own spread, so that they have a
/// factor where columns depend on each other.
const JITTER: u64 = 10_000_000_000;

/// Replaces the packed means of the products of any two features, the constant first and the others of
/// about unit size, by the factor that leverages are computed with.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn factor<S: Scalar>(
    mut products: PackedMut<'_, S>,
) -> Result<Factor<'_, S>, NotPositiveDefinite> {
    let jitter = S::ONE / S::from_count(JITTER);
    for i in 0..products.order() {
        if let Some(square) = products.row_mut(i).last_mut() {
            *square += jitter * square.max(S::ONE);
        }
    }
    Factor::of(products)
}

/// The leverage of a point, as a multiple of the rows' mean; `features` are overwritten.
pub fn leverage<S: Scalar>(factor: Factor<'_, S>, features: &mut [S]) -> Result<S, ShapeError> {
    factor.forward(features)?;
    Ok(dot(features, features) / S::from_count(features.len() as u64))
}

/// The mean leverage of other rows, whose mean products are `others`, as a multiple of the rows' own;
/// `products` are replaced by the inverse of theirs.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn mean_leverage<S: Scalar>(
    mut products: PackedMut<'_, S>,
    others: Packed<'_, S>,
) -> Result<S, FitError> {
    ShapeError::exact("products", products.order(), others.order())?;
    factor(products.reborrow())?;
    cholesky::inverse(products.reborrow());
    let inverse = products.into_packed();
    let diagonals = inverse.diagonal().zip(others.diagonal());
    let both = dot(inverse.entries(), others.entries());
    let trace = both + both - diagonals.map(|(x, y)| x * y).sum::<S>();
    Ok(trace / S::from_count(inverse.order() as u64))
}
