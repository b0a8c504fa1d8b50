//! Dense algebra of symmetric matrices: their packed lower triangle, Cholesky factors and what is
//! solved with them.

pub mod cholesky;
pub mod condition;
pub mod packed;
pub(crate) mod scratch;
pub mod vector;
