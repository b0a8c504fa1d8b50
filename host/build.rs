//! The version with the commit where the sources are a checkout, `0.2.0 (1a2b3c4d5e)`, else alone.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut version = env!("CARGO_PKG_VERSION").to_string();
    // A package from a registry may lie within a checkout of something else.
    if Path::new("../.git").exists() {
        if let Some(commit) = git(&["rev-parse", "--short=10", "HEAD"]) {
            version += &format!(" ({commit})");
        }
        // The log of HEAD changes with every commit and checkout, and with nothing else.
        let files = ["logs/HEAD", "HEAD"].map(|file| git(&["rev-parse", "--git-path", file]));
        let mut files = files.into_iter().flatten();
        if let Some(file) = files.find(|file| Path::new(file).exists()) {
            println!("cargo::rerun-if-changed={file}");
        }
    }
    println!("cargo::rustc-env=JOINT_EFFECTS_VERSION={version}");
}

/// What git says, if there is one and it says something.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !said.trim().is_empty()).then(|| said.trim().to_string())
}
