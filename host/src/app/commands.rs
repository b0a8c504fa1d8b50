//! What each command does.

pub(crate) mod choose;
pub(crate) mod completions;
pub(crate) mod diagnose;
pub(crate) mod experiment;
pub(crate) mod export;
pub(crate) mod fit;
pub(crate) mod interrupt;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod moments;
pub(crate) mod next;
pub(crate) mod plan;
pub(crate) mod predict;
pub(crate) mod progress;
pub(crate) mod rehearse;
pub(crate) mod simulate;
pub(crate) mod table;

use crate::write;
use anyhow::{Context, Result};
use serde::Serialize;
use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether nothing but errors goes to standard error.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves out notes and progress from now on.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
    progress::hide();
}

/// A line on standard error that can be done without.
pub(crate) fn note(message: impl Display) {
    if !QUIET.load(Ordering::Relaxed) {
        complain(message);
    }
}

/// A line on standard error; nothing where that is closed or full.
pub(crate) fn complain(message: impl Display) {
    let _ = writeln!(io::stderr(), "{}", on_one_line(&message.to_string()));
}

/// A line, or several, on standard output.
pub(crate) fn print(results: impl Display) -> Result<()> {
    writeln!(io::stdout(), "{}", lines(results)).context("standard output")
}

/// Whether a terminal obeys a character rather than shows it: a control character, an end of a line, or one
/// that turns the direction of the text behind it.
fn is_obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Lines without what a terminal would obey in whatever names are in them.
fn lines(text: impl Display) -> String {
    let text = text.to_string();
    let lines: Vec<_> = text.split('\n').map(on_one_line).collect();
    lines.join("\n")
}

/// The same of a text that is to be one line: what would end it is written out, too.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match is_obeyed(c) {
            true => line.extend(c.escape_debug()),
            false => line.push(c),
        }
    }
    line
}

/// Results of a command that writes files: on standard output, unless one of the files goes there.
pub(crate) fn print_beside(outputs: &[&Path], results: impl Display) -> Result<()> {
    if outputs.iter().any(|path| write::is_stdout(path)) {
        if !QUIET.load(Ordering::Relaxed) {
            let _ = writeln!(io::stderr(), "{}", lines(results));
        }
        return Ok(());
    }
    print(results)
}

/// Indented JSON on standard output.
pub(crate) fn print_json(results: &impl Serialize) -> Result<()> {
    print(json(results)?)
}

/// Indented JSON in which everything that a terminal would obey is written out.
pub(crate) fn json(results: &impl Serialize) -> Result<String> {
    let mut json = serde_json::to_string_pretty(results)?;
    // Those that JSON allows within texts; elsewhere there are only ends of lines.
    let control = |c: char| is_obeyed(c) && c != '\n';
    while let Some(c) = json.chars().find(|&c| control(c)) {
        json = json.replace(c, &format!("\\u{:04x}", u32::from(c)));
    }
    Ok(json)
}

/// The command line, as a shell takes it, that gives the same results where there are none yet.
pub(crate) fn command_line() -> String {
    let arguments = env::args_os()
        .skip(1)
        .filter(|argument| argument != "--resume");
    let words = arguments.map(|argument| quoted(&argument.to_string_lossy()));
    let words: Vec<_> = ["joint-effects".into()].into_iter().chain(words).collect();
    words.join(" ")
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+./,:@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
