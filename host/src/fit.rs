//! From moments to coefficients: the kernel's estimators, with storage sized at run time.

pub mod dispatch;
pub mod estimator;
pub mod structured;
