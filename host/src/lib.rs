//! What setting several actions at once will do, from data in which one at a time was set.
//!
//! A log ([`mod@log`]) is summarised by its moments ([`moments`]), a model is fitted to them ([`mod@fit`]),
//! and it predicts the outcome where all actions are set, or any of them ([`model`]).
//!
//! ```
//! use joint_effects::log::observations::{Columns, Observations};
//! use joint_effects::log::table::Table;
//! use joint_effects::{Data, Estimator, Regime, fit, model_file};
//!
//! // brightness = 3 red + 2 green², in three regimes.
//! let mut log = String::from("regime,red,green,brightness\n");
//! for row in 0..300 {
//!     let (red, green) = (f64::from(row % 5), f64::from(row % 6) / 2.0);
//!     for regime in ["obs", "do(red)", "do(green)"] {
//!         log += &format!("{regime},{red},{green},{}\n", 3.0 * red + 2.0 * green * green);
//!     }
//! }
//! let columns = Columns::new("brightness");
//! let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &columns)?;
//! let data = Data::read(&mut rows, 2, |_| ())?;
//! data.check()?;
//! let model = fit(&data, Estimator::Structured, None)?;
//!
//! let prediction = model.predict(Regime::joint(2), &[4.0, 2.5])?;
//! assert!((prediction.effect - 24.5).abs() < 1e-3);
//! assert!(prediction.interval.is_some(), "a structured model knows how sure it is");
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("model.json");
//!
//! model_file::write(&path, &model)?;
//! assert_eq!(model_file::read(&path)?, model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Observations::open`](log::observations::Observations::open) reads files. [`diagnosis`] says what a log
//! can and cannot tell, [`decide`] what to collect next, and [`export`] turns a model into code or bytes
//! for a microcontroller.
//!
//! # The program
//!
//! The feature `app`, on by default, has the program in the module `app`, with its reports and with
//! experiments on simulated models. Without it, this crate needs none of the program's dependencies:
//!
//! ```toml
//! joint-effects = { version = "0.2", default-features = false }
//! ```
//!
//! # The order of the modules
//!
//! [`mod@log`], [`moments`], [`mod@fit`], [`model`]; then [`decide`], [`diagnosis`] and [`export`]; then
//! `app`. Each uses only those before it. [`number`] and [`mod@write`] serve all of them.
//!
//! # The kernel
//!
//! All estimation is in the crate [`joint_effects_kernel`], which needs neither an operating system nor
//! memory allocation; this crate feeds it.

#![deny(unsafe_code)]

#[cfg(feature = "app")]
pub mod app;
pub mod decide;
pub mod diagnosis;
pub mod export;
pub mod fit;
pub mod log;
pub mod model;
pub mod moments;
pub mod number;
pub mod random;
pub mod write;

#[cfg(feature = "app")]
pub use app::lab::{experiment::run_experiment, scm::sample_polynomial_scm};
pub use joint_effects_fit::memory;
pub use joint_effects_kernel::Regime;
pub use joint_effects_kernel::predict::scale::Scale;
pub use model::fit::{Estimator, fit};
pub use model::{Model, Prediction, model_file};
pub use moments::data::Data;
pub use moments::moments_file;

/// The version of this library and, where it was built from a checkout, the commit.
pub const VERSION: &str = env!("JOINT_EFFECTS_VERSION");
