//! Estimation of joint effects from data in which one action at a time was set.
//!
//! Rows go in as they come, each with the actions that were set in it; what setting any of them would do
//! comes out, and how sure that is. A [`Study`](device::Study) does so in a fixed amount of memory, of
//! polynomials of as many actions and of such a degree as [`study!`] has room for:
//!
//! ```
//! use joint_effects_kernel::device::{Study, StudyError};
//! use joint_effects_kernel::{Regime, study};
//!
//! # fn rows() -> impl Iterator<Item = (Regime, [f32; 3], f32)> {
//! #     use joint_effects_kernel::sampling::{normal, uniform};
//! #     use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};
//! #     let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
//! #     (0..8000).map(move |row| {
//! #         let regime = [1, 2, 3, 0].map(|k: usize| k.checked_sub(1).map_or(Regime::OBSERVATIONAL, Regime::single))[row % 4];
//! #         let mut outcome = normal(&mut rng, 20.0, 0.5);
//! #         let actions = [0, 1, 2].map(|k| {
//! #             let hidden = normal(&mut rng, 0.0, 1.0);
//! #             let own = hidden + normal(&mut rng, 0.0, 0.5);
//! #             let action = if regime.sets(k) { uniform(&mut rng, -2.0, 2.0) } else { own };
//! #             outcome += action - hidden;
//! #             500.0 + 100.0 * action
//! #         });
//! #         (regime, actions, outcome)
//! #     })
//! # }
//! // Three actions to degree 2: 13 kB on a microcontroller.
//! let mut study: study!(f32, 3, 2) = Study::new();
//! // From the first fifty rows every action has its unit.
//! study.start(3, 2, 50)?;
//! for (regime, actions, outcome) in rows() {
//!     // `Regime::OBSERVATIONAL` where none was set, `Regime::single(1)` where the second was.
//!     study.push(regime, &actions, outcome)?;
//! }
//! study.fit_structured()?;
//!
//! // All three set, which they never were together.
//! let prediction = study.predict(Regime::joint(3), &[550.0, 400.0, 600.0])?;
//! let standard_error = prediction.standard_error.ok_or(StudyError::NotFitted)?;
//! let margin = study.quantile(0.95).ok_or(StudyError::NotFitted)? * standard_error;
//! assert!((prediction.effect - 20.5).abs() < margin && margin < 0.2);
//! # Ok::<(), StudyError>(())
//! ```
//!
//! One way through: rows → [`features`] → [`moments`] → a fit ([`fit`], [`structured`]) → the
//! coefficients of every [`regime`] → one polynomial → a predictor ([`predict`]).
//! Nothing downstream of the moments sees a row, so the memory of a fit does not depend on how many
//! rows there were.
//!
//! Algorithms are functions over slices, generic over [`Scalar`] (`f32`, `f64`); the caller lends
//! the scratch, and a `const fn …_len` beside each says how much. Owners such as
//! [`moments::Moments`] are generic over the buffer that holds their numbers: a
//! [`heapless::Vec`] or an array on a microcontroller, a box on a desktop.
//!
//! On x86-64 what a fit spends its time in is always inlined: a caller that is compiled for wider
//! vectors than every such processor has gets it compiled for these.
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
mod bytes;
pub mod device;
pub mod digest;
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

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use regime::Regime;
pub use scalar::Scalar;
