//! What the actions of a row are turned into.

pub mod monomials;
pub mod orthogonal;
