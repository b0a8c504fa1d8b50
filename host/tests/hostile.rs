//! What an attacker would try, or a tired colleague: each is answered in one line, or works.
//!
//! The inputs that people have tried lie beside the project, not in it.

#![cfg(all(target_os = "linux", feature = "app"))]

mod experiments;
mod inputs;
mod kills;
mod memory;
mod models;
mod outputs;
mod terminal;

use crate::program::{command, listing, run, succeed};
use std::path::{Path, PathBuf};
use std::{env, fs};
use tempfile::TempDir;

/// Where the inputs lie: `JOINT_EFFECTS_CASES`, or `../shared/cases/hostile` beside the workspace.
///
/// `None`, and a line that says so, where they are not at hand.
fn cases() -> Option<PathBuf> {
    let directory = env::var_os("JOINT_EFFECTS_CASES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/hostile"),
        PathBuf::from,
    );
    if directory.is_dir() {
        return Some(directory.canonicalize().unwrap());
    }
    println!(
        "skipped: hostile inputs not found at {}",
        directory.display()
    );
    None
}

/// A directory with the small log that the cases are about, `log.csv`, and a model of it, `m.json`.
fn small() -> Option<TempDir> {
    let log = cases()?.join("base/tiny.csv");
    let directory = TempDir::new().unwrap();
    fs::copy(log, directory.path().join("log.csv")).unwrap();
    succeed(
        directory.path(),
        "fit log.csv --outcome y --degree 1 -o m.json --no-report",
    );
    Some(directory)
}

/// What is said on standard error by a run that is refused.
fn refused(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
    said
}
