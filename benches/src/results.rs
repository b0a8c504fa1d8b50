//! Records of measurements, and the report that is written from them.
//!
//! A section is measured into a record, which `results.json` keeps, and `RESULTS.md` is written from
//! all records there are: a section can be measured again without the others.

use crate::markdown::{Table, figures};
use crate::process::first_line;
use crate::stopwatch::Effort;
use anyhow::{Context, Result};
use joint_effects::write;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a measurement needs.
pub struct Laboratory {
    /// How long to measure.
    pub effort: Effort,
    /// The program `joint-effects`.
    pub program: PathBuf,
    /// This program, some cases of which valgrind looks at.
    pub own: PathBuf,
    /// A directory for whatever the programs write.
    pub scratch: PathBuf,
}

/// A part of the report.
pub trait Section {
    /// What is measured.
    type Data: Serialize + DeserializeOwned;
    /// Its name on the command line and in the records.
    const NAME: &str;
    /// Its heading.
    const TITLE: &str;

    /// Measures it.
    fn measure(laboratory: &Laboratory) -> Result<Self::Data>;

    /// Its text, true of whatever was measured.
    fn text(data: &Self::Data) -> String;

    /// What was asked of these numbers.
    fn asked(_: &Self::Data) -> Vec<Asked> {
        Vec::new()
    }
}

/// A number that was asked for, beside the one measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    what: String,
    asked: String,
    measured: f64,
    is_reached: bool,
}

impl Asked {
    /// No less than `least`.
    pub fn at_least(what: impl Into<String>, least: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            asked: format!("≥ {}", figures(least)),
            measured,
            is_reached: measured >= least,
        }
    }

    /// No more than `most`.
    pub fn at_most(what: impl Into<String>, most: f64, measured: f64) -> Self {
        Self {
            what: what.into(),
            asked: format!("≤ {}", figures(most)),
            measured,
            is_reached: measured <= most,
        }
    }
}

/// What a section says of its data, and what was asked of them.
type Told = (String, Vec<Asked>);

/// A section, whatever it measures.
pub struct Entry {
    /// See [`Section::NAME`].
    pub name: &'static str,
    title: &'static str,
    measure: fn(&Laboratory) -> Result<Value>,
    text: fn(&Value) -> Result<Told>,
}

/// A section as one of many.
pub fn entry<S: Section>() -> Entry {
    Entry {
        name: S::NAME,
        title: S::TITLE,
        measure: |laboratory| Ok(serde_json::to_value(S::measure(laboratory)?)?),
        text: |data| {
            let data = S::Data::deserialize(data)?;
            Ok((S::text(&data), S::asked(&data)))
        },
    }
}

/// One measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    /// The day.
    date: String,
    /// The commit, with a plus where the tree differed from it.
    commit: String,
    /// The compiler.
    compiler: String,
    /// The processor.
    processor: String,
    /// The load of the machine before it began, in running programs.
    load: f64,
    /// The numbers.
    data: Value,
}

impl Record {
    fn measure(entry: &Entry, laboratory: &Laboratory) -> Result<Self> {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load
            .split_whitespace()
            .next()
            .and_then(|load| load.parse().ok());
        // What is written here does not make the tree another one.
        let paths = ["--", ".", ":!*/RESULTS.md", ":!*/results.json"];
        let status = ["status", "--porcelain", "--untracked-files=no"];
        let changed = first_line("git", &[&status[..], &paths].concat());
        let commit = first_line("git", &["rev-parse", "--short", "HEAD"]);
        Ok(Self {
            date: first_line("date", &["-u", "+%F"]),
            commit: commit + if changed.is_empty() { "" } else { "+" },
            compiler: first_line("rustc", &["--version"]),
            processor: processor(),
            load: load.unwrap_or_default(),
            data: (entry.measure)(laboratory)?,
        })
    }

    /// Where the numbers come from.
    fn provenance(&self) -> String {
        let Self {
            date,
            commit,
            compiler,
            processor,
            load,
            ..
        } = self;
        format!("*{date}, commit {commit}, {compiler}, {processor}; load before: {load}.*")
    }
}

/// The name of the processor.
pub fn processor() -> String {
    let description = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = description
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|name| name.trim_start_matches(['\t', ' ', ':']).to_owned());
    name.unwrap_or_else(|| "unknown processor".into())
}

/// Measures sections one after the other into `results.json` of a directory, and writes `RESULTS.md`
/// beside it after each.
pub fn measure(
    sections: &[Entry],
    chosen: &[String],
    laboratory: &Laboratory,
    directory: &Path,
) -> Result<()> {
    let path = directory.join("results.json");
    let mut records: BTreeMap<String, Record> = match fs::read_to_string(&path) {
        Ok(text) => {
            let broken = || format!("{}: expected the records of sections", path.display());
            serde_json::from_str(&text).with_context(broken)?
        }
        Err(_) => BTreeMap::new(),
    };
    for section in sections {
        if chosen.iter().any(|name| name == section.name) {
            eprintln!("{}", section.name);
            let record = Record::measure(section, laboratory)
                .with_context(|| format!("section {}", section.name))?;
            records.insert(section.name.into(), record);
            write::json(&path, &records)?;
            let report = report(sections, &records)?;
            write::atomically(&directory.join("RESULTS.md"), |file| {
                file.write_all(report.as_bytes())
            })?;
        }
    }
    Ok(())
}

/// The whole report.
fn report(sections: &[Entry], records: &BTreeMap<String, Record>) -> Result<String> {
    let mut asked = Table::new(["what", "asked", "measured", "reached"]);
    let mut parts = Vec::new();
    for section in sections {
        let Some(record) = records.get(section.name) else {
            continue;
        };
        let other = || format!("{}: of another version; measure it again", section.name);
        let (text, numbers) = (section.text)(&record.data).with_context(other)?;
        for number in numbers {
            asked.row([
                number.what,
                number.asked,
                figures(number.measured),
                if number.is_reached { "yes" } else { "no" }.into(),
            ]);
        }
        let (title, provenance) = (section.title, record.provenance());
        parts.push(format!(
            "## {title}\n\n{}\n\n{provenance}\n",
            text.trim_end()
        ));
    }
    Ok(format!(
        "{INTRODUCTION}\n## Asked and measured\n\n{asked}\n{}",
        parts.join("\n")
    ))
}

const INTRODUCTION: &str = "\
# Results

`benches/run.sh` writes this file; `benches/run.sh SECTION…` measures some sections again. Times are CPU
seconds of one thread unless said. What is compared is measured in turns, A B A B, in one run; a ratio is
the median of the ratios of the turns, a time the median of the times. GFLOP/s count useful operations, a
multiply–add as two, by the formula given, whatever the algorithm does.
";

#[cfg(test)]
mod tests {
    use super::*;

    struct Example;

    impl Section for Example {
        type Data = f64;
        const NAME: &str = "example";
        const TITLE: &str = "An example";

        fn measure(_: &Laboratory) -> Result<f64> {
            Ok(2.0)
        }

        fn text(data: &f64) -> String {
            format!("Two is {data}.")
        }

        fn asked(data: &f64) -> Vec<Asked> {
            vec![
                Asked::at_least("two", 2.0, *data),
                Asked::at_most("one", 1.0, *data),
            ]
        }
    }

    #[test]
    fn records_outlive_a_run() {
        let directory = tempfile::tempdir().unwrap();
        let laboratory = Laboratory {
            effort: Effort::TRIAL,
            program: PathBuf::new(),
            own: PathBuf::new(),
            scratch: PathBuf::new(),
        };
        let sections = [entry::<Example>()];
        let run = |chosen: &[String]| {
            measure(&sections, chosen, &laboratory, directory.path()).unwrap();
            fs::read_to_string(directory.path().join("RESULTS.md"))
        };
        assert!(run(&[]).is_err());
        let report = run(&["example".into()]).unwrap();
        assert!(report.contains("## An example\n\nTwo is 2.\n"), "{report}");
        assert!(report.contains("| two | ≥ 2.00 | 2.00 | yes |"), "{report}");
        assert!(report.contains("| one | ≤ 1.00 | 2.00 | no |"), "{report}");
        assert_eq!(run(&[]).unwrap(), report);
    }
}
