//! Measurements of the kernel, of the program, and of their peers.
//!
//! [`steps`] is the one place that calls what is measured, [`peers`] those that call somebody
//! else's; [`cases`] says of which sizes. `cargo bench` (Criterion) times the steps one by one. The
//! program counts their instructions against budgets ([`instructions`]), and sets everything side by
//! side in `RESULTS.md` ([`results`], [`sections`]).

#![deny(unsafe_code)]

pub mod cases;
pub mod experiments;
pub mod float;
pub mod instructions;
pub mod markdown;
pub mod peak;
pub mod peers;
pub mod process;
pub mod results;
pub mod sample;
pub mod sections;
pub mod steps;
pub mod stopwatch;
pub mod work;
