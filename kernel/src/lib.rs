//! Estimation of joint effects from data in which one action at a time was set.
//!
//! One way through: rows → [`features`] → [`moments`] → a fit ([`fit`], [`structured`]) → the
//! coefficients of every [`regime`] → one polynomial → a predictor ([`predict`]).
//! Nothing downstream of the moments sees a row, so the memory of a fit does not depend on how many
//! rows there were.
//!
//! Algorithms are functions over slices, generic over [`Scalar`] (`f32`, `f64`); the caller lends
//! the scratch, and a `const fn …_len` beside each says how much. Owners such as
//! [`moments::Moments`] are generic over the buffer that holds their numbers: an array on a
//! microcontroller, a box on a desktop.
//!
//! On x86-64 what a fit spends its time in is always inlined: a caller that is compiled for wider
//! vectors than every such processor has gets it compiled for these.
//!
//! ```
//! use joint_effects_kernel::moments::{self, Moments};
//! use joint_effects_kernel::features::monomials::{self, Monomials};
//! use joint_effects_kernel::predict::predictor;
//! use joint_effects_kernel::fit::ridge;
//!
//! // y = 1 + 2 a + 3 a², one action, degree 2: three coefficients.
//! const P: usize = monomials::count(1, 2);
//! let monomials = Monomials::new(1, 2)?;
//! let mut summary = Moments::<f64, _>::new(P, [0.0; moments::buffer_len(P)])?;
//! let mut features = [0.0; P];
//! for a in [-1.0, -0.5, 0.0, 0.5, 1.0] {
//!     monomials.evaluate(&[a], &mut features)?;
//!     summary.push(&features, 1.0 + 2.0 * a + 3.0 * a * a)?;
//! }
//! let mut coefficients = [0.0; P];
//! ridge::fit(&summary, 1e-9, &mut coefficients, &mut [0.0; ridge::scratch_len(P)])?;
//! let y = predictor::evaluate(monomials, &coefficients, &[2.0], &mut features)?;
//! assert!((y - 17.0).abs() < 1e-6);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable
)]

pub mod algebra;
pub mod allocation;
pub mod device;
pub mod elementary;
pub mod error;
pub mod features;
pub mod fit;
pub mod identification;
pub mod moments;
pub mod predict;
pub mod regime;
#[cfg(feature = "sampling")]
pub mod sampling;
pub mod scalar;
pub mod storage;
pub mod structured;

pub use regime::Regime;
pub use scalar::Scalar;
