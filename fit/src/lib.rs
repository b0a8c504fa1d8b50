#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

pub mod dispatch;
pub mod estimator;
pub mod memory;
pub mod moments;
pub mod structured;
pub mod tile;
