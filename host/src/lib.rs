//! What setting several actions at once will do, from data in which one at a time was set.
//!
//! # Simulate, fit, predict
//!
//! A random structural causal model ([`scm`](app::lab::scm)) stands in for the world: it writes a log,
//! and it knows the true effect. The log is summarised by its moments ([`moments`]), a model is fitted to
//! them ([`mod@fit`]), and it predicts the outcome where all actions are set, or any of them ([`model`]).
//!
//! ```
//! use joint_effects::app::lab::scm::tables;
//! use joint_effects::log::observations::{Columns, Observations};
//! use joint_effects::log::table::Table;
//! use joint_effects::{Data, Estimator, Regime, fit, model_file, sample_polynomial_scm};
//!
//! let (actions, seed, rows) = (3, 0, 2_000);
//! let world = sample_polynomial_scm(actions, seed)?;
//! let mut log = Vec::new();
//! tables::write_log(&world, seed, rows, &mut log)?;
//! assert!(log.starts_with(b"regime,a1,a2,a3,y\nobs,"));
//!
//! let columns = Columns {
//!     regime: "regime".into(),
//!     outcome: "y".into(),
//!     actions: None,
//! };
//! let mut rows = Observations::new(vec![Table::new("log", log.as_slice())?], &columns)?;
//! let data = Data::read(&mut rows, 3, |_| ())?;
//! data.check()?;
//! let model = fit(&data, Estimator::Structured)?;
//!
//! let joint = Regime::joint(actions);
//! let set = [0.1, 0.2, -0.1];
//! let prediction = model.predict(joint, &set)?;
//! let error = prediction.effect - world.joint_effect(&set)?;
//! let interval = prediction.interval.expect("a structured model knows how sure it is");
//! assert!(error.abs() < 4.0 * interval.standard_error);
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("model.json");
//!
//! model_file::write(&path, &model)?;
//! assert_eq!(model_file::read(&path)?, model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Observations::open`](log::observations::Observations::open) reads files, and [`export`] turns a
//! model into code or bytes for a microcontroller.
//!
//! # Experiments
//!
//! How far is every estimator from the truth? [`run_experiment`] trains them on rows of a model and
//! scores them on rows in which all actions were set.
//!
//! ```
//! use joint_effects::{run_experiment, sample_polynomial_scm};
//!
//! let (actions, rows, seed) = (5, 1_000, 0);
//! let scm = sample_polynomial_scm(actions, seed)?;
//! for score in run_experiment(&scm, rows, seed)? {
//!     println!(
//!         "{:15} RMSE to outcomes {:.4}, to the true effect {:.4}",
//!         score.estimator.name(), score.rmse, score.excess
//!     );
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Settings`](app::lab::experiment::Settings) has the degree, the penalty and the estimators;
//! [`experiments`](app::lab::experiments) has many runs at several points, on several threads, and
//! [`summary`](app::lab::summary) their averages.
//!
//! # The kernel
//!
//! All estimation is in the crate [`joint_effects_kernel`], which needs neither an operating system nor
//! memory allocation; this crate feeds it.

#![deny(unsafe_code)]

pub mod app;
pub mod decide;
pub mod diagnosis;
pub mod export;
pub mod fit;
pub mod log;
pub mod model;
pub mod moments;
pub mod number;
pub mod write;

pub use app::lab::experiment::run_experiment;
pub use app::lab::scm::sample_polynomial_scm;
pub use joint_effects_kernel::Regime;
pub use model::fit::{Estimator, fit};
pub use model::{Model, Prediction, model_file};
pub use moments::data::Data;
pub use moments::moments_file;

/// The version of this library and, where it was built from a checkout, the commit.
pub const VERSION: &str = env!("JOINT_EFFECTS_VERSION");
