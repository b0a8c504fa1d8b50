//! The rows of a log, summarised.

pub mod blocks;
pub mod data;
pub mod degree;
pub mod moments_file;
mod range;
mod regime;
pub mod tile;

pub use range::Range;
pub use regime::{FOLDS, Moments, RegimeMoments, empty, total};
