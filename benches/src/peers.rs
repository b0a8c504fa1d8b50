//! The same linear algebra by others.

pub mod faer;
pub mod nalgebra;
