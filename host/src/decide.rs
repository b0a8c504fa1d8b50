//! What to do next.

pub mod plan;
