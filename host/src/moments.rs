//! The rows of a log, summarised.

pub mod data;
pub mod moments_file;
pub mod tile;
