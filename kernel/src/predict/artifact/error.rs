//! Why bytes are refused.

use super::VERSION;
use crate::error::ShapeError;
use crate::predict::predictor::PredictorError;
use core::fmt;

/// Bytes hold no predictor, or not the one that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ArtifactError {
    /// They end too early.
    Truncated {
        /// How many there must be.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// They begin with something else.
    Magic,
    /// Another version of the format.
    Version {
        /// The version.
        found: u8,
    },
    /// They are not what was written.
    Crc,
    /// The numbers are of another scalar.
    Scalar {
        /// Bytes of a number.
        found: u8,
    },
    /// A section that this reader does not know.
    UnknownSection {
        /// Its tag.
        tag: u8,
    },
    /// A section comes twice, or before one that it belongs behind.
    Order {
        /// Its tag.
        tag: u8,
    },
    /// There is no such section.
    Missing {
        /// What it holds.
        what: &'static str,
    },
    /// A section is not as long as actions and degree call for, or holds what it cannot.
    Content {
        /// What it holds.
        what: &'static str,
    },
    /// A number is infinite or NaN.
    NotFinite {
        /// What it is of.
        what: &'static str,
    },
    /// Two levels of an action have the same name, or names of the same digest.
    SameLevels {
        /// The place of the action, from 0.
        action: usize,
    },
    /// The polynomial is not supported, or finds no room.
    Predictor(PredictorError),
    /// A slice has the wrong length.
    Shape(ShapeError),
    /// It is of another number of actions.
    Actions {
        /// How many are expected.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// It is of the actions expected in another order.
    ActionOrder,
    /// An action has another name.
    ActionName {
        /// Its place, from 0.
        action: usize,
    },
    /// The outcome has another name.
    OutcomeName,
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, found } => {
                write!(f, "truncated: {needed} bytes needed, {found} found")
            }
            Self::Magic => f.write_str("not a predictor"),
            Self::Version { found } => write!(
                f,
                "version {found}, expected {VERSION}: export the model again with a program of the kernel's version"
            ),
            Self::Crc => f.write_str("damaged: the CRC differs"),
            Self::Scalar { found } => write!(f, "numbers of another scalar, {found} bytes each"),
            Self::UnknownSection { tag } => {
                write!(f, "section {tag} is unknown: it needs a newer kernel")
            }
            Self::Order { tag } => write!(f, "section {tag} is out of place"),
            Self::Missing { what } => write!(f, "{what}: no such section"),
            Self::Content { what } => write!(f, "{what}: not what actions and degree call for"),
            Self::NotFinite { what } => write!(f, "{what}: a number is infinite or NaN"),
            Self::SameLevels { action } => {
                write!(f, "two levels of action {action} have the same digest")
            }
            Self::Predictor(e) => e.fmt(f),
            Self::Shape(e) => e.fmt(f),
            Self::Actions { expected, found } => {
                write!(f, "of {found} actions, expected {expected}")
            }
            Self::ActionOrder => f.write_str("the actions are in another order"),
            Self::ActionName { action } => write!(f, "action {action} has another name"),
            Self::OutcomeName => f.write_str("the outcome has another name"),
        }
    }
}

impl core::error::Error for ArtifactError {}

impl From<PredictorError> for ArtifactError {
    fn from(error: PredictorError) -> Self {
        Self::Predictor(error)
    }
}

impl From<ShapeError> for ArtifactError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}
