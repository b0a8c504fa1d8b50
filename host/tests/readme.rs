//! The commands of the README, in its order, as they are written there.

#![cfg(all(unix, feature = "app"))]

use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// How the README starts the program.
const CARGO: &str = "cargo run --release -- ";

#[test]
fn its_commands_work() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let directory = TempDir::new().unwrap();
    let (mut within, mut run) = (false, 0);
    for line in readme.lines() {
        match line {
            "```sh" => within = true,
            "```" => within = false,
            _ => {}
        }
        let Some(arguments) = line.strip_prefix(CARGO).filter(|_| within) else {
            continue;
        };
        let output = Command::new("sh")
            .current_dir(directory.path())
            .args([
                "-c",
                &format!("\"$0\" {arguments}"),
                env!("CARGO_BIN_EXE_joint-effects"),
            ])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        run += 1;
    }
    assert!(run >= 4, "{run} commands found");
    for file in [
        "output/compare/runs.csv",
        "output/compare/summary.json",
        "output/example/model.json",
    ] {
        assert!(directory.path().join(file).is_file(), "{file}");
    }
    let predictions = fs::read_to_string(directory.path().join("output/example/predictions.csv"));
    let predictions = predictions.unwrap();
    assert!(predictions.starts_with("a1,a2,a3,y,true_effect,effect,se,lower,upper,support\n"));
    assert!(predictions.lines().count() > 100);
}
