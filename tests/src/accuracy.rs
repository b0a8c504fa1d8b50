//! How accurate the kernel is, measured against what is known exactly.

pub mod digits;
pub mod document;
pub mod lapack;
pub mod nist;
mod qr;
pub mod streams;
