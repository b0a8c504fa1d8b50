//! A log as it lies in files: tables, their columns, and the regime of every row.

pub mod blocks;
pub mod expression;
pub mod input;
pub mod levels;
pub mod observations;
pub mod rows;
pub mod table;
mod watch;
