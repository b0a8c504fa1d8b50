//! Parts of an experiment that are run on several machines, and put together.

use crate::VERSION;
use crate::app::lab::experiments::{Experiment, Finished};
use crate::app::lab::runs::{RunsError, difference, recorded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One of several parts, to which the runs are dealt in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    /// Which, from 1.
    number: u64,
    /// How many there are.
    of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Shard {
    /// All runs.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Part `number` of `of`, from 1.
    pub fn new(number: u64, of: u64) -> Option<Self> {
        (1..=of).contains(&number).then_some(Self { number, of })
    }

    /// Whether it is all there is.
    pub fn is_whole(&self) -> bool {
        self.of == 1
    }

    /// The index among all runs of this part's run at a place, from 0.
    pub(super) fn index(self, place: u64) -> u64 {
        self.number - 1 + place * self.of
    }

    /// How many of this part's runs are among the first of all.
    pub(super) fn before(self, index: u64) -> u64 {
        index.saturating_sub(self.number - 1).div_ceil(self.of)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = numbers.and_then(|(number, of)| Self::new(number, of));
        shard.ok_or("expected a shard such as 2/4, the second of four")
    }
}

impl TryFrom<String> for Shard {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl Display for Shard {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// Shards that do not make one experiment.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// What was recorded of one cannot be read.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// One is of another experiment, or another program's.
    #[error("{}: {field} is {found}, expected {expected}", path.display())]
    Other {
        /// The directory.
        path: PathBuf,
        /// What differs.
        field: String,
        /// What it is.
        found: String,
        /// What it is in the first shard, or this program.
        expected: String,
    },
    /// One is there twice.
    #[error("{}: shard {shard}, as {} is, expected each once", path.display(), first.display())]
    Twice {
        /// The directory.
        path: PathBuf,
        /// Which shard.
        shard: Shard,
        /// The directory that has it as well.
        first: PathBuf,
    },
    /// One is not there.
    #[error("no shard {0}: expected the directories of all")]
    Missing(Shard),
    /// Some runs of one are not there.
    #[error(
        "{}: {found} of {expected} runs are there: end shard {shard} with --resume",
        path.display()
    )]
    Unfinished {
        /// The directory.
        path: PathBuf,
        /// Which shard.
        shard: Shard,
        /// How many are there.
        found: usize,
        /// How many it has.
        expected: u64,
    },
}

/// The experiment whose shards are in these directories, at least one, and its runs in their order.
pub fn merge(directories: &[PathBuf]) -> Result<(Experiment, Vec<Finished>), MergeError> {
    let mut parts: Vec<(&Path, Value, Experiment)> = Vec::new();
    let mut finished = Vec::new();
    for path in directories {
        let (document, experiment, runs) = recorded(path)?;
        let shard = experiment.shard;
        let document = expect_alike(path, document, shard, &parts)?;
        if let Some((first, ..)) = parts.iter().find(|(.., part)| part.shard == shard) {
            return Err(MergeError::Twice {
                path: path.clone(),
                shard,
                first: first.to_path_buf(),
            });
        }
        if (runs.len() as u64) < experiment.total_runs() {
            return Err(MergeError::Unfinished {
                path: path.clone(),
                shard,
                found: runs.len(),
                expected: experiment.total_runs(),
            });
        }
        finished.extend(runs);
        parts.push((path, document, experiment));
    }
    let of = parts.first().map_or(1, |(.., part)| part.shard.of);
    let there = |shard: &Shard| parts.iter().any(|(.., part)| part.shard == *shard);
    let mut all = (1..=of).map(|number| Shard { number, of });
    if let Some(missing) = all.find(|shard| !there(shard)) {
        return Err(MergeError::Missing(missing));
    }
    finished.sort_by_key(|done| (done.point, done.run));
    let (.., first) = parts.swap_remove(0);
    Ok((first.sharded(Shard::WHOLE), finished))
}

/// What was recorded of a shard, but for its number, where that is as of the shards before it.
fn expect_alike(
    path: &Path,
    mut document: Value,
    shard: Shard,
    parts: &[(&Path, Value, Experiment)],
) -> Result<Value, MergeError> {
    document["shard"] = format!("of {}", shard.of).into();
    let other = |field, found: Value, expected| {
        let (path, found) = (path.to_path_buf(), found.to_string());
        Err(MergeError::Other {
            path,
            field,
            found,
            expected,
        })
    };
    let Some((first, known, _)) = parts.first() else {
        let program = &document["program"];
        return match program == VERSION {
            true => Ok(document),
            false => other("program".into(), program.clone(), format!("{VERSION:?}")),
        };
    };
    match difference(String::new(), &document, known) {
        None => Ok(document),
        Some((field, found, expected)) => {
            let expected = format!("{expected} as in {}", first.display());
            other(field, found, expected)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_deal_every_run_to_one_of_them() {
        for (runs, of) in [(10, 1), (10, 3), (2, 3), (0, 2)] {
            let mut indices = Vec::new();
            for number in 1..=of {
                let shard = Shard::new(number, of).unwrap();
                indices.extend((0..shard.before(runs)).map(|place| shard.index(place)));
            }
            indices.sort_unstable();
            assert_eq!(indices, (0..runs).collect::<Vec<_>>());
        }
    }

    #[test]
    fn shards_are_read_as_they_are_written() {
        for text in ["1/1", "2/4", "4/4"] {
            assert_eq!(
                text.parse().map(|shard: Shard| shard.to_string()),
                Ok(text.into())
            );
        }
        for text in ["0/4", "5/4", "1/0", "2", "a/b", "", "-1/4", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
