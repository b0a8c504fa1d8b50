//! Other programs, and what they use.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
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

/// Runs a program to its end: what it used, and what it wrote to standard output and standard error.
pub fn run(command: &mut Command) -> Result<(Usage, String, String)> {
    let name = format!("{command:?}");
    let mut notes = tempfile::tempfile()?;
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(notes.try_clone()?)
        .spawn()
        .with_context(|| format!("{name}: cannot be started"))?;
    let mut output = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut output)?;
    }
    let done = child.wait4()?;
    let wall = begun.elapsed().as_secs_f64();
    let mut complaint = String::new();
    notes.rewind()?;
    notes.read_to_string(&mut complaint)?;
    if !done.status.success() {
        bail!("{name}: {}: {}", done.status, complaint.trim());
    }
    let usage = Usage {
        cpu: (done.rusage.utime + done.rusage.stime).as_secs_f64(),
        wall,
        memory: done.rusage.maxrss,
    };
    Ok((usage, output, complaint))
}

/// The first line a program prints; empty where there is no such program.
pub fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = run(Command::new(program).args(arguments));
    let line = output
        .ok()
        .and_then(|(_, output, _)| output.lines().next().map(str::to_owned));
    line.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_what_it_wants() {
        let (usage, output, notes) =
            run(Command::new("sh").args(["-c", "echo a; echo b >&2"])).unwrap();
        assert_eq!((output.as_str(), notes.as_str()), ("a\n", "b\n"));
        assert!(usage.memory > 0 && usage.cpu >= 0.0 && usage.wall > 0.0);
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let error = run(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("why"), "{error}");
    }
}
