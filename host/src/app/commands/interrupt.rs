//! Signals that end the program, Ctrl-C before all: what is finished is kept, and nothing is left
//! half-written.

use super::{complain, progress};
use crate::write;
use anyhow::Result;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an interrupted experiment has finished.
static FINISHED: Mutex<String> = Mutex::new(String::new());

/// From now on a signal ends the program in an orderly manner, and a second one at once.
#[cfg(unix)]
pub(crate) fn prepare() -> Result<()> {
    use anyhow::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use std::thread;

    let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
    // Under nohup the program outlives its terminal.
    let caught = all
        .iter()
        .filter(|&&signal| signal != SIGHUP || !is_ignored(signal));
    let mut signals = Signals::new(caught).context("signals cannot be handled")?;
    thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            // What a shell reports of a program that a signal has ended.
            let code = 128 + signal;
            if count > 0 {
                process::exit(code);
            }
            thread::spawn(move || stop(code));
        }
    });
    Ok(())
}

/// Whether whoever started the program has it ignore a signal; nobody knows but where there is `/proc`.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Elsewhere the program ends as the system has it; the next one sweeps up what it leaves.
#[cfg(not(unix))]
pub(crate) fn prepare() -> Result<()> {
    Ok(())
}

/// Says how much of an experiment an interruption would keep.
pub(crate) fn finished(runs: usize, total: u64) {
    *message() = format!(" after {runs} of {total} runs; --resume goes on");
}

fn message() -> MutexGuard<'static, String> {
    FINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg_attr(not(unix), allow(dead_code))]
fn stop(code: i32) {
    let _abandoned = write::abandon();
    progress::hide();
    // Held to the end, so that no more than the run that is just being written can be added.
    let message = message();
    complain(format_args!("interrupted{message}"));
    process::exit(code);
}
