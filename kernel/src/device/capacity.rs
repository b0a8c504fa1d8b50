//! How much a study needs room for.

use super::moments_file::ranges_len;
use crate::algebra::scratch::larger;
use crate::features::monomials::Monomials;
use crate::fit::{indicator, ridge};
use crate::moments::buffer_len;
use crate::structured;

/// The [`Study`](super::Study) of so many actions to this degree, of observational rows and rows in which
/// one action was set: `study!(f32, 3, 2)` is a type. With a fourth argument, for so many regimes.
///
/// ```
/// use joint_effects_kernel::{device::Study, study};
/// static STUDY: study!(f32, 3, 2) = Study::new();
/// static WITH_TWO_PAIRS: study!(f32, 3, 2, 6) = Study::new();
/// assert!(size_of_val(&STUDY) < size_of_val(&WITH_TWO_PAIRS));
/// ```
#[macro_export]
macro_rules! study {
    ($scalar:ty, $actions:expr, $degree:expr) => {
        $crate::study!($scalar, $actions, $degree, $actions + 1)
    };
    ($scalar:ty, $actions:expr, $degree:expr, $regimes:expr) => {
        $crate::device::Study<
            $scalar,
            { $crate::device::numbers($actions, $degree, $regimes) },
            { $crate::device::columns($actions, $degree) },
            { $regimes },
        >
    };
}

/// Numbers that a study of so many actions to this degree needs room for, of so many regimes, whatever is
/// fitted; 0 where they are more than any is for.
pub const fn numbers(actions: usize, degree: usize, regimes: usize) -> usize {
    match Monomials::new(actions, degree) {
        Ok(monomials) => {
            let structured = structured::capacity(monomials, regimes).numbers;
            let scratch = larger(structured, ridge_scratch(monomials, regimes));
            kept(monomials, regimes) + scratch
        }
        Err(_) => 0,
    }
}

/// [`numbers`] where no structured model is fitted. Its study has no columns:
/// `Study<f32, { numbers_of_ridges(3, 2, 4) }, 0, 4>`.
pub const fn numbers_of_ridges(actions: usize, degree: usize, regimes: usize) -> usize {
    match Monomials::new(actions, degree) {
        Ok(monomials) => kept(monomials, regimes) + ridge_scratch(monomials, regimes),
        Err(_) => 0,
    }
}

/// Columns that a structured model of so many actions to this degree needs room for.
pub const fn columns(actions: usize, degree: usize) -> usize {
    match Monomials::new(actions, degree) {
        Ok(monomials) => structured::capacity(monomials, 0).columns,
        Err(_) => 0,
    }
}

/// Numbers of a study's head: the standardisation, what a row is turned into, and the coefficients.
pub(super) const fn head(monomials: Monomials) -> usize {
    let (actions, terms) = (monomials.variables(), monomials.len());
    3 * actions + 1 + terms + (actions + 1) * terms
}

/// Numbers of a regime's moments, compensated, and of its ranges.
pub(super) const fn of_regime(monomials: Monomials) -> usize {
    2 * buffer_len(monomials.len()) + ranges_len(monomials)
}

const fn kept(monomials: Monomials, regimes: usize) -> usize {
    head(monomials) + regimes * of_regime(monomials)
}

/// Scratch of the fits that are ridges.
const fn ridge_scratch(monomials: Monomials, regimes: usize) -> usize {
    let (actions, terms) = (monomials.variables(), monomials.len());
    let indicator = match regimes > actions + 1 {
        true => indicator::dense_scratch_len(actions, terms),
        false => indicator::arrow_scratch_len(actions, terms),
    };
    larger(indicator, ridge::scratch_len(terms))
}
