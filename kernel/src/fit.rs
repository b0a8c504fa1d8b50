//! Regressions from moments: least squares, ridge, lasso, a fit per regime, and the indicator model.

pub mod cross_validation;
pub mod indicator;
pub mod lasso;
pub mod least_squares;
pub(crate) mod normal_equations;
mod penalty_path;
pub mod ridge;
pub mod separate;
