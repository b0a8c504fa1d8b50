//! The program, run as a person runs it.

#![cfg(feature = "app")]

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

/// The program, in a directory, with arguments that are parted by spaces.
pub(crate) fn command(directory: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joint-effects"));
    command
        .current_dir(directory)
        .args(arguments.split_whitespace());
    command
}

/// What a run that must succeed writes to standard output.
pub(crate) fn succeed(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// A run that may fail.
pub(crate) fn run(directory: &Path, arguments: &str) -> Output {
    command(directory, arguments).output().unwrap()
}

/// The most memory that a run which must succeed ever had, in KiB.
pub(crate) fn peak(directory: &Path, arguments: &str) -> u64 {
    let (peak, status) = peak_of(&mut command(directory, arguments));
    assert!(status.success(), "{arguments}");
    peak
}

/// The most memory that a run ever had, in KiB, looked at every few milliseconds; and how it ended.
pub(crate) fn peak_of(command: &mut Command) -> (u64, ExitStatus) {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = command.spawn().unwrap();
    let status = format!("/proc/{}/status", run.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = run.try_wait().unwrap() {
            break ended;
        }
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        peak = number.map_or(peak, |number| number.parse().unwrap());
        thread::sleep(Duration::from_millis(2));
    };
    (peak, ended)
}

/// The names of what is in a directory, sorted.
pub(crate) fn listing(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
