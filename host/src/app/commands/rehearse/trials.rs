//! `trials.csv`, to which trials are added as they finish, and `settings.json`, which says what they are trials of.

use crate::VERSION;
use crate::app::lab::runs::{RunsError, check_settings};
use crate::decide::rehearse::{Scenario, Settings, Trial};
use crate::log::rows::Rows;
use crate::write::{self, DirectoryLock, WriteError};
use joint_effects_kernel::digest::crc32_on;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

const HEADER: &str = "repetition,scenario,error,claimed_error,coverage,noticed\n";

/// `trials.csv`, open at its end.
pub(super) struct Trials {
    path: PathBuf,
    file: File,
}

/// `settings.json`.
#[derive(Serialize)]
struct Document<'a> {
    program: &'static str,
    outcome: &'a str,
    actions: &'a [String],
    rows: usize,
    /// Of all numbers of the rows.
    crc32: u32,
    #[serde(flatten)]
    settings: Settings,
}

impl Trials {
    /// Goes on with the trials that are finished in a directory, of those that are to be made in this order, or
    /// starts anew.
    pub(super) fn open(
        output: &DirectoryLock,
        resume: bool,
        rows: &Rows,
        settings: Settings,
        order: impl Iterator<Item = (Scenario, u64)>,
    ) -> Result<(Self, Vec<Trial>), RunsError> {
        let directory = output.directory();
        let [path, document] = ["trials.csv", "settings.json"].map(|name| directory.join(name));
        let settings = Document {
            program: VERSION,
            outcome: &rows.outcome,
            actions: &rows.actions,
            rows: rows.len(),
            crc32: digest(rows),
            settings,
        };
        let mut text = String::new();
        if resume && document.exists() {
            check_settings(document, &settings)?;
            match fs::read_to_string(&path) {
                Ok(read) => text = read,
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                Err(cause) => return Err(RunsError::Read { path, cause }),
            }
        } else {
            // Whenever this is interrupted, no earlier trials are taken for these.
            write::atomically(&path, |_| Ok(()))?;
            write::json(&document, &settings)?;
        }
        let mut whole = String::from(HEADER);
        let mut finished = Vec::new();
        if text.starts_with(HEADER) {
            for ((scenario, repetition), line) in order.zip(text.lines().skip(1)) {
                // A line that was cut, or is of something else, is not what would be written for it.
                let trial = trial(line)
                    .filter(|trial| self::line(scenario, repetition, trial).trim_end() == line);
                let Some(trial) = trial else { break };
                whole += &self::line(scenario, repetition, &trial);
                finished.push(trial);
            }
        }
        write::atomically(&path, |file| file.write_all(whole.as_bytes()))?;
        match File::options().append(true).open(&path) {
            Ok(file) => Ok((Self { path, file }, finished)),
            Err(cause) => Err(WriteError { path, cause }.into()),
        }
    }

    /// Adds a trial.
    pub(super) fn push(
        &mut self,
        scenario: Scenario,
        repetition: u64,
        trial: &Trial,
    ) -> Result<(), WriteError> {
        let line = line(scenario, repetition, trial);
        self.file
            .write_all(line.as_bytes())
            .map_err(|cause| WriteError {
                path: self.path.clone(),
                cause,
            })
    }
}

fn line(scenario: Scenario, repetition: u64, trial: &Trial) -> String {
    let Trial {
        error,
        claimed,
        coverage,
        noticed,
    } = trial;
    let noticed = u8::from(*noticed);
    format!(
        "{repetition},{},{error},{claimed},{coverage},{noticed}\n",
        scenario.name()
    )
}

fn trial(line: &str) -> Option<Trial> {
    let fields: Vec<_> = line.split(',').collect();
    let [_, _, error, claimed, coverage, noticed] = fields[..] else {
        return None;
    };
    Some(Trial {
        error: error.parse().ok()?,
        claimed: claimed.parse().ok()?,
        coverage: coverage.parse().ok()?,
        noticed: noticed == "1",
    })
}

/// A digest of all rows.
fn digest(rows: &Rows) -> u32 {
    rows.iter().fold(0, |digest, row| {
        let digest = crc32_on(digest, &row.regime.bits().to_le_bytes());
        let digest = crc32_on(digest, &(row.block as u64).to_le_bytes());
        let numbers = row.actions.iter().chain([&row.outcome, &row.weight]);
        numbers.fold(digest, |digest, number| {
            crc32_on(digest, &number.to_le_bytes())
        })
    })
}
