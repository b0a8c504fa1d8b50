//! What the tests of several crates share.
//!
//! What fits and sums must not be inlined: then it is compiled here, in both precisions, and not again for the tests.

pub mod accuracy;
pub mod average;
pub mod blocks;
pub mod choices;
pub mod compare;
pub mod coverage;
pub mod experiments;
pub mod falsification;
pub mod feed;
pub mod fuzz;
pub mod indicator;
pub mod json;
pub mod log;
pub mod pairs;
pub mod penalty;
pub mod random;
pub mod real;
pub mod regression;
pub mod simulate;
pub mod structured;
pub mod yardsticks;
