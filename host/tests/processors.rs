//! The program on other processors, emulated: the bits that `docs/trust.md` promises.
//!
//! `tests/run.sh` installs the emulators and builds the program for AArch64; `JOINT_EFFECTS_AARCH64`
//! names that program.

#![cfg(all(target_arch = "x86_64", target_os = "linux", feature = "app"))]

use crate::program::succeed;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SIMULATE: &str = "simulate --actions 3 --rows 400 --seed 1 --output log";
const COMMANDS: [&str; 3] = [
    "compare --rows 200 --actions 3 --runs 3 --seed 1 --output compare",
    "fit log/data.csv --outcome y --quiet -o model.json",
    "predict model.json log/test.csv -o predictions.csv",
];
const RESULTS: [&str; 3] = ["compare/runs.csv", "model.json", "predictions.csv"];

/// Whether this machine rounds a product and a sum once, as those whose bits it is compared with.
fn rounds_once() -> bool {
    is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2")
}

fn results(directory: &Path) -> [String; 3] {
    RESULTS.map(|name| fs::read_to_string(directory.join(name)).unwrap())
}

/// What this machine computes from a log, and what an emulated one does from the same; nothing where
/// the emulator is not installed.
fn both(emulator: &str, arguments: &[&str], program: &Path) -> Option<[[String; 3]; 2]> {
    if Command::new(emulator).arg("--version").output().is_err() {
        println!("skipped: other processors NOT tested: no {emulator}; Debian's qemu-user has it");
        return None;
    }
    let [native, emulated] = [(); 2].map(|()| TempDir::new().unwrap());
    for directory in [&native, &emulated] {
        succeed(directory.path(), SIMULATE);
    }
    for command in COMMANDS {
        succeed(native.path(), command);
        let output = Command::new(emulator)
            .args(arguments)
            .arg(program)
            .args(command.split_whitespace())
            .current_dir(emulated.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{emulator} {arguments:?} {command}: {error}"
        );
    }
    Some([native, emulated].map(|directory| results(directory.path())))
}

/// The numbers of a text, whatever stands between them.
fn numbers(text: &str) -> impl Iterator<Item = f64> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"+-.".contains(letter))
        .filter_map(|word| word.parse().ok())
}

/// Each number beside its like: `1e-9` is a million times what one rounding more does to these fits.
fn assert_close(native: &str, emulated: &str, context: &str) {
    assert_eq!(numbers(native).count(), numbers(emulated).count());
    for (native, emulated) in numbers(native).zip(numbers(emulated)) {
        let difference = (native - emulated).abs();
        assert!(
            difference <= 1e-9 * (1.0 + native.abs()),
            "{context}: {native} here, {emulated} there"
        );
    }
}

/// An x86-64 with these features computes what this one does, within a rounding or bit by bit.
fn agrees(processor: &str, same_bits: bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_joint-effects"));
    let Some([native, emulated]) = both("qemu-x86_64", &["-cpu", processor], program) else {
        return;
    };
    for ((native, emulated), name) in native.iter().zip(&emulated).zip(RESULTS) {
        if same_bits {
            assert_eq!(native, emulated, "{name} on {processor}");
        } else {
            assert_close(native, emulated, &format!("{name} on {processor}"));
        }
    }
}

#[test]
fn a_processor_without_avx() {
    agrees("Nehalem", false);
}

#[test]
fn a_processor_with_avx2_but_without_fused_multiply_add() {
    agrees("Haswell,-fma", false);
}

#[test]
fn a_processor_with_avx2_and_fused_multiply_add() {
    agrees("Haswell", rounds_once());
}

/// The simulator's logarithms are the system's, so that only the log fitted is the same on both.
#[test]
fn aarch64() {
    let Some(program) = env::var_os("JOINT_EFFECTS_AARCH64") else {
        println!(
            "skipped: AArch64 NOT tested: JOINT_EFFECTS_AARCH64 names no program built for it"
        );
        return;
    };
    let library = ["-L", "/usr/aarch64-linux-gnu"];
    let Some([native, emulated]) = both("qemu-aarch64", &library, Path::new(&program)) else {
        return;
    };
    assert_close(&native[0], &emulated[0], RESULTS[0]);
    for place in 1..RESULTS.len() {
        if rounds_once() {
            assert_eq!(native[place], emulated[place], "{}", RESULTS[place]);
        } else {
            assert_close(&native[place], &emulated[place], RESULTS[place]);
        }
    }
}
