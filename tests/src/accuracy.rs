//! How accurate the kernel is, measured against what is known exactly.

pub mod digits;
pub mod lapack;
pub mod nist;
mod qr;
