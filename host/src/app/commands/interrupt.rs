//! Ctrl-C: what is finished is kept, and nothing is left half-written.

use super::{complain, progress};
use crate::write;
use anyhow::{Context, Result};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What a shell reports of a program that Ctrl-C has ended.
const EXIT_CODE: i32 = 130;

/// What an interrupted experiment has finished.
static FINISHED: Mutex<String> = Mutex::new(String::new());

/// From now on Ctrl-C ends the program in an orderly manner, and a second one at once.
pub(crate) fn prepare() -> Result<()> {
    let interrupted = AtomicBool::new(false);
    let handler = move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            process::exit(EXIT_CODE);
        }
        thread::spawn(stop);
    };
    ctrlc::set_handler(handler).context("Ctrl-C cannot be handled")
}

/// Says how much of an experiment an interruption would keep.
pub(crate) fn finished(runs: usize, total: u64) {
    *message() = format!(" after {runs} of {total} runs; --resume goes on");
}

fn message() -> MutexGuard<'static, String> {
    FINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stop() {
    let _abandoned = write::abandon();
    progress::hide();
    complain(format_args!("interrupted{}", message()));
    process::exit(EXIT_CODE);
}
