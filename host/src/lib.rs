//! The desktop side of joint-effects: data, experiments, model files, and the program.

#![deny(unsafe_code)]

pub mod data;
pub mod diagnosis;
pub mod estimator;
pub mod experiment;
pub mod experiments;
pub mod export;
pub mod expression;
pub mod fit;
pub mod input;
pub mod model;
pub mod model_file;
pub mod moments_file;
pub mod number;
pub mod observations;
pub mod plan;
pub mod plot;
pub mod probability;
pub mod report;
pub mod response;
pub mod runs;
pub mod scm;
pub mod structured;
pub mod summary;
pub mod support;
pub mod table;
pub mod tile;
pub mod write;

/// The version of this library and, where it was built from a checkout, the commit.
pub const VERSION: &str = env!("JOINT_EFFECTS_VERSION");
