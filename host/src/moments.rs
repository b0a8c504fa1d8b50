//! The rows of a log, summarised.

pub mod blocks;
pub mod data;
pub mod degree;
pub mod moments_file;
pub mod near;
mod range;

pub use joint_effects_fit::moments::{FOLDS, Moments, RegimeMoments, empty, total};
pub use joint_effects_fit::tile;
pub use range::Range;
