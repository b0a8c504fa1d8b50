//! Other programs, and what they use.

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;
use wait4::Wait4;

/// What a program used.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// CPU seconds, the user's and the system's, of all its threads.
    pub cpu: f64,
    /// Seconds from its beginning to its end.
    pub wall: f64,
    /// The most memory it had, in bytes.
    pub memory: u64,
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    name: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it used.
    pub usage: Usage,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub notes: String,
}

impl Finished {
    /// An error with what it wrote to standard error, unless it succeeded.
    pub fn successful(self) -> Result<Self> {
        let Self {
            name,
            status,
            notes,
            ..
        } = &self;
        ensure!(status.success(), "{name}: {status}: {}", notes.trim());
        Ok(self)
    }
}

/// Runs a program, which is to succeed.
pub fn run(command: &mut Command) -> Result<Finished> {
    finish(command)?.successful()
}

/// Runs a program to its end, whatever that is.
pub fn finish(command: &mut Command) -> Result<Finished> {
    let name = format!("{command:?}");
    let mut file = tempfile::tempfile()?;
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(file.try_clone()?)
        .spawn()
        .with_context(|| format!("{name}: cannot be started"))?;
    let (mut output, mut notes) = (String::new(), String::new());
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut output)?;
    }
    let done = child.wait4()?;
    let wall = begun.elapsed().as_secs_f64();
    file.rewind()?;
    file.read_to_string(&mut notes)?;
    let usage = Usage {
        cpu: (done.rusage.utime + done.rusage.stime).as_secs_f64(),
        wall,
        memory: done.rusage.maxrss,
    };
    Ok(Finished {
        name,
        status: done.status,
        usage,
        output,
        notes,
    })
}

/// The first line a program prints; empty where there is no such program.
pub fn first_line(program: &str, arguments: &[&str]) -> String {
    let done = run(Command::new(program).args(arguments));
    let output = done.map_or(String::new(), |done| done.output);
    output.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_what_it_wants() {
        let done = run(Command::new("sh").args(["-c", "echo a; echo b >&2"])).unwrap();
        assert_eq!((done.output.as_str(), done.notes.as_str()), ("a\n", "b\n"));
        let usage = done.usage;
        assert!(usage.memory > 0 && usage.cpu >= 0.0 && usage.wall > 0.0);
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let error = run(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("why"), "{error}");
    }
}
