//! The polynomial of a regime, evaluated, and read from bytes.

pub mod artifact;
pub mod optimum;
pub mod predictor;
pub mod scale;
pub mod support;
