//! What can go wrong with a study.

use super::moments_file::MomentsFileError;
use crate::error::{FitError, ShapeError};
use crate::features::monomials::UnsupportedBasis;
use crate::predict::artifact::ArtifactError;
use core::fmt;

/// What a [`Study`](super::Study) answers instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StudyError {
    /// So many actions to this degree are not supported.
    Unsupported(UnsupportedBasis),
    /// There is not so much room, or a row has not as many actions.
    Shape(ShapeError),
    /// A number of a row is infinite or NaN, or too large to be squared. The row was counted, and left
    /// out.
    NotFinite,
    /// Nothing has been fitted, or the last fit failed.
    NotFitted,
    /// The fit is impossible.
    Fit(FitError),
    /// The model cannot be written.
    Artifact(ArtifactError),
    /// Bytes hold no moments, or not those of this study.
    Moments(MomentsFileError),
}

impl fmt::Display for StudyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(e) => e.fmt(f),
            Self::Shape(e) => e.fmt(f),
            Self::NotFinite => f.write_str("a number of the row is infinite, NaN or too large"),
            Self::NotFitted => f.write_str("nothing has been fitted"),
            Self::Fit(e) => e.fmt(f),
            Self::Artifact(e) => e.fmt(f),
            Self::Moments(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for StudyError {}

impl From<UnsupportedBasis> for StudyError {
    fn from(error: UnsupportedBasis) -> Self {
        Self::Unsupported(error)
    }
}

impl From<ArtifactError> for StudyError {
    fn from(error: ArtifactError) -> Self {
        match error {
            ArtifactError::Shape(e) => Self::Shape(e),
            e => Self::Artifact(e),
        }
    }
}

impl From<MomentsFileError> for StudyError {
    fn from(error: MomentsFileError) -> Self {
        Self::Moments(error)
    }
}

impl From<ShapeError> for StudyError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

impl From<FitError> for StudyError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Shape(e) => Self::Shape(e),
            e => Self::Fit(e),
        }
    }
}
