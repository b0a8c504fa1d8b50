//! Measures predictions of real tables, and writes `docs/results.md`.

use joint_effects_tests::real;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(document) = real::document() else {
        return ExitCode::FAILURE;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/results.md");
    match std::fs::write(&path, document) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
