//! What can go wrong in the kernel: small copyable values that say which.

use crate::regime::Regime;
use crate::scalar::Scalar;
use core::fmt;

/// A slice has the wrong length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ShapeError {
    /// What the slice holds.
    pub what: &'static str,
    /// The length it must have (at least, for scratch).
    pub needed: usize,
    /// The length it has.
    pub found: usize,
}

impl ShapeError {
    /// `Ok` where `found` is enough.
    pub(crate) fn room(what: &'static str, needed: usize, found: usize) -> Result<(), Self> {
        if found >= needed {
            return Ok(());
        }
        Err(Self {
            what,
            needed,
            found,
        })
    }

    /// `Ok` when `found == needed`.
    pub(crate) fn exact(what: &'static str, needed: usize, found: usize) -> Result<(), Self> {
        if found == needed {
            return Ok(());
        }
        Err(Self {
            what,
            needed,
            found,
        })
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            needed,
            found,
        } = self;
        write!(f, "{what}: {needed} numbers needed, {found} given")
    }
}

impl core::error::Error for ShapeError {}

/// A row cannot be added to moments, which stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RowError {
    /// The row has not as many numbers as it needs.
    Shape(ShapeError),
    /// A number is infinite or NaN, or too large to be squared.
    NotFinite,
    /// The weight is not a finite number above 0.
    Weight,
}

impl RowError {
    /// `Ok` where every number of a row can be squared.
    pub(crate) fn finite<S: Scalar>(mut numbers: impl Iterator<Item = S>) -> Result<(), Self> {
        match numbers.all(|number| (number * number).is_finite()) {
            true => Ok(()),
            false => Err(Self::NotFinite),
        }
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(e) => e.fmt(f),
            Self::NotFinite => f.write_str("a number of the row is infinite, NaN or too large"),
            Self::Weight => f.write_str("the weight of the row is not a number above 0"),
        }
    }
}

impl core::error::Error for RowError {}

impl From<ShapeError> for RowError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

/// A symmetric matrix has no Cholesky factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NotPositiveDefinite {
    /// The row, from 0, whose pivot is not a positive finite number.
    pub pivot: usize,
}

impl fmt::Display for NotPositiveDefinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the matrix is not positive definite: pivot {}",
            self.pivot
        )
    }
}

impl core::error::Error for NotPositiveDefinite {}

/// A fit is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FitError {
    /// A slice has the wrong length.
    Shape(ShapeError),
    /// The penalised normal equations are singular to working precision.
    NotPositiveDefinite(NotPositiveDefinite),
    /// A feature depends on the others so closely that rounding could change the fit in digits that the
    /// estimator promises.
    Dependent {
        /// The feature, from 0, the constant left out.
        feature: usize,
    },
    /// An iteration did not reach its tolerance.
    NotConverged,
    /// Too few rows.
    TooFewRows {
        /// How many rows the fit needs.
        needed: u64,
        /// How many there are.
        found: u64,
    },
    /// A moment or a coefficient is infinite or NaN: the rows held such a number, or numbers so far
    /// apart that the scalar's range does not suffice.
    NotFinite,
    /// The outcome has the same value in all rows.
    ConstantOutcome,
    /// No regime leaves every action alone.
    NoObservational,
    /// No regime tells this action's effect from the others'.
    NotIdentifiable {
        /// The action, from 0.
        action: usize,
    },
    /// A regime sets an action that the monomials do not have.
    UnknownAction {
        /// The regime.
        regime: Regime,
    },
    /// The cells of blocks are out of order, or one is of a block or a regime that there is not.
    UnknownCell,
    /// A regime sets actions together that the pattern of the equations does not couple.
    UnknownRegime {
        /// The regime.
        regime: Regime,
    },
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(e) => e.fmt(f),
            Self::NotPositiveDefinite(e) => e.fmt(f),
            Self::Dependent { feature } => write!(
                f,
                "feature {feature} depends on the others as closely as the precision can tell"
            ),
            Self::NotConverged => f.write_str("the fit did not converge"),
            Self::TooFewRows { needed, found } => {
                write!(f, "{needed} rows needed, {found} given")
            }
            Self::NotFinite => f.write_str("a moment or a coefficient is infinite or NaN"),
            Self::ConstantOutcome => f.write_str("the outcome never varies"),
            Self::NoObservational => f.write_str("no observational rows"),
            Self::NotIdentifiable { action } => write!(
                f,
                "the effect of action {action} is not identifiable: it was never set on its own"
            ),
            Self::UnknownAction { regime } => {
                write!(f, "regime {regime} sets an action that does not exist")
            }
            Self::UnknownCell => f.write_str(
                "cells of blocks out of order, or of a block or a regime that there is not",
            ),
            Self::UnknownRegime { regime } => {
                write!(f, "regime {regime} is none that the pattern was made for")
            }
        }
    }
}

impl core::error::Error for FitError {}

impl FitError {
    /// `Ok` when every number is finite.
    pub(crate) fn finite<S: Scalar>(numbers: &[S]) -> Result<(), Self> {
        match numbers.iter().all(|number| number.is_finite()) {
            true => Ok(()),
            false => Err(Self::NotFinite),
        }
    }
}

impl From<ShapeError> for FitError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

impl From<NotPositiveDefinite> for FitError {
    fn from(error: NotPositiveDefinite) -> Self {
        Self::NotPositiveDefinite(error)
    }
}
