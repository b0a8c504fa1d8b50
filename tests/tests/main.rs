//! What crosses crates, in one program: what is generic is compiled once.

mod accuracy;
mod category_laws;
mod chamber;
mod cholesky_ratios;
mod condition_laws;
mod design_laws;
mod fold_laws;
mod fuzz_corpus;
mod golden_indicator;
mod golden_penalties;
mod golden_structured;
mod indicator_laws;
mod lasso_laws;
mod moments_far_from_zero;
mod moments_laws;
mod monomials_laws;
mod regime_laws;
mod results;
mod ridge_laws;
mod round_trips;
mod scale_laws;
mod sklearn_yardsticks;
mod structured_laws;
mod symmetry_laws;
mod tails;
mod weight_laws;
