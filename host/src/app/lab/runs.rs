//! `runs.csv`, to which runs are added as they finish, and `settings.json`, which says what they are
//! runs of: an experiment that was stopped goes on where it was.
//!
//! The runs are in the order of the points, then of their numbers, whatever the number of threads: a
//! line for every estimator, the numbers as many digits as it takes to read them back exactly.
//!
//! The lines are formatted here, not by `csv` and serde, which write 1 as `1.0`: a run is taken for whole
//! where its lines are those that would be written for it, and no field needs quotation marks.

use crate::VERSION;
use crate::app::lab::experiment::{Claims, Estimator, Score};
use crate::app::lab::experiments::{Experiment, Finished};
use crate::log::input;
use crate::write::{self, DirectoryLock, WriteError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The runs of an experiment cannot be kept, or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A file cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The stopped experiment was another one.
    #[error(
        "{}: the stopped experiment had {field} {there}, this one {here}: resume it as it was, or \
         start anew without --resume",
        path.display()
    )]
    Settings {
        /// The file.
        path: PathBuf,
        /// What differs.
        field: String,
        /// What it was.
        there: Value,
        /// What it is.
        here: Value,
    },
    /// A score is none that a run can have.
    #[error(
        "{}, line {line}, column {column:?}: expected {expected}, found {found}; start anew without \
         --resume",
        path.display()
    )]
    Score {
        /// The file.
        path: PathBuf,
        /// The line, from 1; the header has the first.
        line: u64,
        /// The column.
        column: &'static str,
        /// What a run has there.
        expected: &'static str,
        /// What is there.
        found: f64,
    },
}

/// The most bytes of a line that is read: more than any run has.
const LONGEST_LINE: u64 = 4096;

/// The most bytes of settings that are read: more than any experiment has.
const LONGEST_SETTINGS: u64 = 1 << 24;

/// `runs.csv`, open at its end.
#[derive(Debug)]
pub struct Runs<'a> {
    experiment: &'a Experiment,
    path: PathBuf,
    file: File,
}

/// `settings.json`: all that the runs depend on.
#[derive(Serialize)]
struct Settings<'a> {
    program: &'static str,
    #[serde(flatten)]
    experiment: &'a Experiment,
}

impl<'a> Runs<'a> {
    /// Starts anew in a directory, in place of an earlier experiment.
    pub fn start(output: &DirectoryLock, experiment: &'a Experiment) -> Result<Self, RunsError> {
        let directory = output.directory();
        // Whenever this is interrupted, nothing of the earlier experiment is taken for this one's.
        for name in ["report.html", "summary.json", "runs.csv", "settings.json"] {
            remove(&directory.join(name))?;
        }
        write::json(&directory.join("settings.json"), &settings(experiment))?;
        Ok(Self::open(directory, experiment, 0)?)
    }

    /// Goes on with what is finished in a directory, which may be nothing; whatever follows the last
    /// run that is whole is dropped.
    ///
    /// Fails where the experiment there is another one, or a score is none that a run can have.
    pub fn resume(
        output: &DirectoryLock,
        experiment: &'a Experiment,
    ) -> Result<(Self, Vec<Finished>), RunsError> {
        let directory = output.directory();
        let [known, runs] = ["settings.json", "runs.csv"].map(|name| directory.join(name));
        if !known.exists() && !runs.exists() {
            return Ok((Self::start(output, experiment)?, Vec::new()));
        }
        check_settings(known, &settings(experiment))?;
        let (finished, len) = match File::open(&runs) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => (Vec::new(), 0),
            Err(cause) => return Err(RunsError::Read { path: runs, cause }),
            Ok(file) => read(&runs, experiment, BufReader::new(file))?,
        };
        remove(&directory.join("summary.json"))?;
        Ok((Self::open(directory, experiment, len)?, finished))
    }

    /// Keeps the first `len` bytes, or writes the header where there are none.
    fn open(directory: &Path, experiment: &'a Experiment, len: u64) -> Result<Self, WriteError> {
        let path = directory.join("runs.csv");
        let mut options = File::options();
        let opened = options.write(true).create(true).truncate(false).open(&path);
        let file = opened.and_then(|mut file| {
            file.set_len(len)?;
            file.seek(SeekFrom::End(0))?;
            if len == 0 {
                file.write_all(header(experiment).as_bytes())?;
            }
            Ok(file)
        });
        match file {
            Ok(file) => Ok(Self {
                experiment,
                path,
                file,
            }),
            Err(cause) => Err(WriteError { path, cause }),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a run.
    pub fn push(&mut self, finished: &Finished) -> Result<(), WriteError> {
        let written = self
            .file
            .write_all(lines(self.experiment, finished).as_bytes());
        written.map_err(|cause| WriteError {
            path: self.path.clone(),
            cause,
        })
    }
}

fn remove(path: &Path) -> Result<(), WriteError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(WriteError {
            path: path.to_path_buf(),
            cause,
        }),
        _ => Ok(()),
    }
}

fn settings(experiment: &Experiment) -> Settings<'_> {
    Settings {
        program: VERSION,
        experiment,
    }
}

/// Refuses the settings of another experiment.
pub(crate) fn check_settings(path: PathBuf, settings: &impl Serialize) -> Result<(), RunsError> {
    let read = || -> io::Result<(Value, Value)> {
        let here = serde_json::to_value(settings)?;
        // Nothing that was written for an experiment like this one is much longer.
        let most = 2 * here.to_string().len() + (1 << 20);
        Ok((
            serde_json::from_slice(&input::read(&path, most as u64)?)?,
            here,
        ))
    };
    match read() {
        Err(cause) => Err(RunsError::Read { path, cause }),
        Ok((there, here)) => match difference(String::new(), &there, &here) {
            None => Ok(()),
            Some((field, there, here)) => Err(RunsError::Settings {
                path,
                field,
                there,
                here,
            }),
        },
    }
}

/// What was recorded of an experiment in a directory: its settings, and the runs that are whole.
pub(super) fn recorded(directory: &Path) -> Result<(Value, Experiment, Vec<Finished>), RunsError> {
    let [settings, runs] = ["settings.json", "runs.csv"].map(|name| directory.join(name));
    let document = || -> io::Result<(Value, Experiment)> {
        let document: Value = serde_json::from_slice(&input::read(&settings, LONGEST_SETTINGS)?)?;
        let experiment = Experiment::deserialize(&document)?;
        match experiment.runs.checked_mul(experiment.points.len() as u64) {
            Some(_) => Ok((document, experiment)),
            None => Err(io::Error::other("expected fewer runs")),
        }
    };
    let (document, experiment) = document().map_err(|cause| RunsError::Read {
        path: settings.clone(),
        cause,
    })?;
    let file = File::open(&runs).map_err(|cause| RunsError::Read {
        path: runs.clone(),
        cause,
    })?;
    let (finished, _) = read(&runs, &experiment, BufReader::new(file))?;
    Ok((document, experiment, finished))
}

/// The first field of two documents that differs, and both its values.
pub(super) fn difference(
    field: String,
    there: &Value,
    here: &Value,
) -> Option<(String, Value, Value)> {
    match (there, here) {
        (Value::Object(a), Value::Object(b)) => {
            let within = if field.is_empty() { "" } else { "." };
            let mut names = a
                .keys()
                .chain(b.keys().filter(|&name| !a.contains_key(name)));
            names.find_map(|name| {
                let of = |fields: &serde_json::Map<_, _>| fields.get(name).cloned();
                let [there, here] = [a, b].map(|fields| of(fields).unwrap_or_default());
                difference(format!("{field}{within}{name}"), &there, &here)
            })
        }
        (Value::Array(a), Value::Array(b)) if a.iter().chain(b).all(Value::is_object) => {
            let mut pairs = a.iter().zip(b).enumerate();
            let first = pairs.find_map(|(index, (there, here))| {
                difference(format!("{field}[{index}]"), there, here)
            });
            let lengths = || (format!("number of {field}"), a.len().into(), b.len().into());
            first.or_else(|| (a.len() != b.len()).then(lengths))
        }
        _ => (there != here).then(|| (field, there.clone(), here.clone())),
    }
}

fn header(experiment: &Experiment) -> String {
    let mut header = String::new();
    for name in &experiment.parameters {
        header += name;
        header.push(',');
    }
    header += "run,estimator,rmse,excess,coverage,pair_found,false_pairs";
    if experiment.asks_what_is_noticed() {
        header += ",noticed";
    }
    header + "\n"
}

/// The lines of one run.
fn lines(experiment: &Experiment, finished: &Finished) -> String {
    let values = experiment.points[finished.point].values.iter();
    let values: String = values.map(|value| format!("{value},")).collect();
    let flag = |flag: Option<bool>| flag.map_or(String::new(), |flag| u8::from(flag).to_string());
    let asks = experiment.asks_what_is_noticed();
    let scores = finished.scores.iter().map(|score| {
        let claims = score.claims.as_ref();
        let noticed = match asks {
            true => format!(",{}", flag(claims.and_then(|claims| claims.noticed))),
            false => String::new(),
        };
        let claims = claims.map(|claims| {
            let found = flag(claims.pair_found);
            format!("{},{found},{}", claims.coverage, claims.false_pairs)
        });
        format!(
            "{values}{},{},{},{},{}{noticed}\n",
            finished.run,
            score.estimator.name(),
            score.rmse,
            score.excess,
            claims.unwrap_or_else(|| ",,".into()),
        )
    });
    scores.collect()
}

/// The runs that are whole, and the bytes they take with the header.
fn read(
    path: &Path,
    experiment: &Experiment,
    mut text: impl BufRead,
) -> Result<(Vec<Finished>, u64), RunsError> {
    let mut next = || -> Result<String, RunsError> {
        let mut line = Vec::new();
        let read = text
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        match read {
            Ok(_) => Ok(String::from_utf8_lossy(&line).into_owned()),
            Err(cause) => Err(RunsError::Read {
                path: path.to_path_buf(),
                cause,
            }),
        }
    };
    let mut finished = Vec::new();
    let mut whole = next()?;
    if whole != header(experiment) {
        return Ok((finished, 0));
    }
    let (mut len, mut number) = (0, 1);
    for (point, run) in experiment.order() {
        len += whole.len();
        whole.clear();
        let mut scores = Vec::new();
        let estimators = &experiment.points[point].settings.estimators;
        for &estimator in estimators {
            let line = next()?;
            number += 1;
            let score = score(&line, estimator, experiment.asks_what_is_noticed());
            if let Some(Err((column, expected, found))) = score.as_ref().map(check) {
                return Err(RunsError::Score {
                    path: path.to_path_buf(),
                    line: number,
                    column,
                    expected,
                    found,
                });
            }
            scores.extend(score);
            whole += &line;
        }
        let done = Finished { point, run, scores };
        // A line that was cut, or is of something else, is not what would be written for it.
        if done.scores.len() < estimators.len() || lines(experiment, &done) != whole {
            return Ok((finished, len as u64));
        }
        finished.push(done);
    }
    Ok((finished, (len + whole.len()) as u64))
}

/// The score of an estimator, from its line.
fn score(line: &str, estimator: Estimator, asks_what_is_noticed: bool) -> Option<Score> {
    let mut fields: Vec<_> = line.trim_end().split(',').collect();
    let noticed = match asks_what_is_noticed {
        true => fields.pop()?,
        false => "",
    };
    let [.., rmse, excess, coverage, pair_found, false_pairs] = fields[..] else {
        return None;
    };
    let flag = |text: &str| (!text.is_empty()).then_some(text == "1");
    let claims = match coverage {
        "" => None,
        coverage => Some(Claims {
            coverage: coverage.parse().ok()?,
            pair_found: flag(pair_found),
            false_pairs: false_pairs.parse().ok()?,
            noticed: flag(noticed),
        }),
    };
    Some(Score {
        estimator,
        rmse: rmse.parse().ok()?,
        excess: excess.parse().ok()?,
        claims,
    })
}

/// Whether a run can have such a score; else the column, what was expected, and the number that cannot
/// be.
fn check(score: &Score) -> Result<(), (&'static str, &'static str, f64)> {
    let error = |column, error: f64| match error.is_finite() && error >= 0.0 {
        true => Ok(()),
        false => Err((column, "a finite number, at least 0", error)),
    };
    error("rmse", score.rmse)?;
    error("excess", score.excess)?;
    match &score.claims {
        Some(Claims { coverage, .. }) if !(0.0..=1.0).contains(coverage) => {
            Err(("coverage", "a number from 0 to 1", *coverage))
        }
        _ => Ok(()),
    }
}
