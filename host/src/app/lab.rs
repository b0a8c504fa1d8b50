//! The experiments: random models whose effects are known, and how far every estimator is from them.

pub mod experiment;
pub mod experiments;
pub mod runs;
pub mod scm;
pub mod shards;
pub mod summary;
