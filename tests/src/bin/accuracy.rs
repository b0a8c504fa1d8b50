//! Measures how accurate the kernel is, and writes `docs/accuracy.md`.

use joint_effects_tests::accuracy::document::{self, INTRODUCTION, LONG, SHORT};
use std::fs;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(nist) = document::nist() else {
        return ExitCode::FAILURE;
    };
    let sections = [
        INTRODUCTION.to_owned(),
        nist,
        document::lapack(),
        document::streams(SHORT),
        document::streams(LONG),
    ];
    let path = document::path();
    match fs::write(&path, sections.join("\n")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
