//! What the device computes and the host must compute alike: a plant, rows of it, and a case for every path
//! of the kernel that the firmware takes.
#![no_std]
#![forbid(unsafe_code)]

pub mod cases;
pub mod plant;
pub mod table;
