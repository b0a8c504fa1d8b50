//! What each command does.

pub(crate) mod diagnose;
pub(crate) mod experiment;
pub(crate) mod export;
pub(crate) mod fit;
pub(crate) mod log;
pub(crate) mod plan;
pub(crate) mod predict;
pub(crate) mod simulate;
pub(crate) mod table;

use std::fmt::Display;
use std::io::{self, Write};

/// A line on standard error; nothing where that is closed or full.
pub(crate) fn note(message: impl Display) {
    let _ = writeln!(io::stderr(), "{message}");
}
