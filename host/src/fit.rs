//! From moments to coefficients: the kernel's estimators, with storage sized at run time.

pub use joint_effects_fit::{dispatch, estimator, structured};
