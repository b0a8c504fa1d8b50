//! Gives the linker the memory map of the board whose feature is on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const BOARDS: [&str; 4] = ["mps2-an386", "mps2-an500", "mps2-an505", "stm32f405"];

fn main() {
    let output = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let chosen: Vec<&str> = BOARDS.into_iter().filter(|board| feature(board)).collect();
    let [board] = chosen[..] else {
        panic!("exactly one board feature of {BOARDS:?} must be on, not {chosen:?}");
    };
    let map = format!("memory/{board}.x");
    fs::copy(&map, output.join("memory.x")).expect("the memory map can be copied");
    println!("cargo::rerun-if-changed={map}");
    println!("cargo::rustc-link-search={}", output.display());
    for argument in ["--nmagic", "-Tlink.x"] {
        println!("cargo::rustc-link-arg={argument}");
    }
    if feature("c-header") {
        compile_header(&output);
    }
}

fn feature(name: &str) -> bool {
    let variable = name.to_uppercase().replace('-', "_");
    env::var_os(format!("CARGO_FEATURE_{variable}")).is_some()
}

/// Compiles what calls the exported C headers, as a firmware in C would.
fn compile_header(output: &Path) {
    println!("cargo::rerun-if-changed=models");
    let object = output.join("predict.o");
    let processor = match env::var("TARGET").as_deref() {
        Ok("thumbv6m-none-eabi") => "-mcpu=cortex-m0 -mthumb -mfloat-abi=soft",
        _ => "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16",
    };
    let flags = "-O2 -ffp-contract=off -std=c99 -Wall -Wextra -pedantic -Wdouble-promotion -Werror \
                 -c models/predict.c -o";
    let status = Command::new("arm-none-eabi-gcc")
        .args(processor.split_whitespace())
        .args(flags.split_whitespace())
        .arg(&object)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "arm-none-eabi-gcc could not compile models/predict.c"
    );
    println!("cargo::rustc-link-arg={}", object.display());
}
