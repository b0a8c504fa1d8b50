//! What is wrong is said in one line, with exit code 2 and nothing left behind. One list of cases is
//! both checked and written to `docs/errors.md`; with `UPDATE_ERRORS=1` in the environment the file is
//! written anew instead of compared.

#![cfg(all(target_os = "linux", feature = "app"))]

mod cases;
mod formats;

use crate::program::{command, listing, run, succeed};
use joint_effects_kernel::predict::artifact::Artifact;
use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// Writes `docs/errors.md` anew.
const UPDATE: &str = "UPDATE_ERRORS";

/// Something that is wrong, and what is said of it.
struct Case {
    what: &'static str,
    /// Files that are there beside `log.csv` and `m.json`, or in their place.
    files: Vec<(&'static str, Vec<u8>)>,
    command: &'static str,
    to: To,
    /// The line on standard error, without `error: `.
    line: String,
}

/// Where results go.
#[derive(Clone, Copy, PartialEq)]
enum To {
    /// To the test, which expects none.
    Pipe,
    /// To the test, which expects a header line and so many rows.
    PipeAfter(usize),
    /// To a full disk.
    Full,
}

impl Case {
    fn new(what: &'static str, command: &'static str, line: impl Into<String>) -> Self {
        Self {
            what,
            files: Vec::new(),
            command,
            to: To::Pipe,
            line: line.into(),
        }
    }

    fn with(mut self, name: &'static str, contents: impl Into<Vec<u8>>) -> Self {
        self.files.push((name, contents.into()));
        self
    }

    fn to(mut self, to: To) -> Self {
        self.to = to;
        self
    }

    /// What comes of the command in a directory that has the case's files.
    fn outcome(&self, log: &str, model: &str) -> Outcome {
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        fs::write(here.join("log.csv"), log).unwrap();
        fs::write(here.join("m.json"), model).unwrap();
        for (name, contents) in &self.files {
            let path = here.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        let before = listing(here);
        let mut command = command(here, self.command);
        if self.to == To::Full {
            command.stdout(File::options().write(true).open("/dev/full").unwrap());
        }
        let output = command.output().unwrap();
        Outcome {
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
            lines: output.stdout.split_inclusive(|&byte| byte == b'\n').count(),
            nothing_left_behind: listing(here) == before,
        }
    }

    fn expected(&self) -> Outcome {
        Outcome {
            said: format!("error: {}\n", self.line),
            code: Some(2),
            lines: match self.to {
                To::PipeAfter(rows) => 1 + rows,
                To::Pipe | To::Full => 0,
            },
            nothing_left_behind: true,
        }
    }
}

/// What comes of a command.
#[derive(Debug, PartialEq)]
struct Outcome {
    said: String,
    code: Option<i32>,
    /// Lines on standard output.
    lines: usize,
    nothing_left_behind: bool,
}

/// A log with `rows` rows of each regime; `change` may alter the actions of one.
fn log(regimes: &[&str], rows: u32, change: impl Fn(&str, &mut [f64; 2])) -> String {
    let mut log = String::from("regime,a,b,y\n");
    for regime in regimes {
        for row in 0..rows {
            let mut actions = [f64::from(row * 7 % 23), f64::from(row * 5 % 29)];
            change(regime, &mut actions);
            let [a, b] = actions;
            writeln!(log, "\"{regime}\",{a},{b},{}", a + b * b).unwrap();
        }
    }
    log
}

const REGIMES: [&str; 3] = ["obs", "do(a)", "do(b)"];

/// A log of all three regimes, and the model of it.
fn fitted() -> (String, String) {
    let log = log(&REGIMES, 50, |_, _| ());
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("log.csv"), &log).unwrap();
    succeed(
        directory.path(),
        "fit log.csv --outcome y --estimator indicator -o m.json",
    );
    let model = fs::read_to_string(directory.path().join("m.json")).unwrap();
    (log, model)
}

const FIT: &str = "fit log.csv --outcome y";

/// What the kernel says of the bytes of an exported predictor, with what is wrong with them.
fn artifacts() -> Vec<(&'static str, String)> {
    let directory = TempDir::new().unwrap();
    let (log, model) = fitted();
    fs::write(directory.path().join("log.csv"), log).unwrap();
    fs::write(directory.path().join("m.json"), model).unwrap();
    succeed(directory.path(), "export m.json --format postcard -o m.bin");
    let whole = fs::read(directory.path().join("m.bin")).unwrap();
    let said = |bytes: &[u8]| Artifact::<f32>::read(bytes).unwrap_err().to_string();
    let changed = |place: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[place] = byte;
        said(&bytes)
    };
    let artifact = Artifact::<f32>::read(&whole).unwrap();
    let expected = |actions: &[&str], outcome| artifact.expect(actions, outcome).unwrap_err();
    let small = artifact.predictor::<1, 9, 0>().unwrap_err();
    let double = Artifact::<f64>::read(&whole).unwrap_err();
    vec![
        ("no bytes", said(&[])),
        ("some bytes missing", said(&whole[..whole.len() - 1])),
        ("bytes of something else", changed(0, b'X')),
        ("a version of before", changed(4, 1)),
        (
            "a changed byte",
            changed(whole.len() / 2, whole[whole.len() / 2] ^ 1),
        ),
        ("numbers of another size", double.to_string()),
        ("more actions than there is room for", small.to_string()),
        (
            "other than three actions expected",
            expected(&["x", "y", "z"], "y").to_string(),
        ),
        (
            "another action expected",
            expected(&["a", "c"], "y").to_string(),
        ),
        (
            "the actions in another order",
            expected(&["b", "a"], "y").to_string(),
        ),
        (
            "another outcome expected",
            expected(&["a", "b"], "z").to_string(),
        ),
    ]
}

/// The document: what is wrong, how it comes about, what is said.
fn document(groups: &[(&str, Vec<Case>)]) -> String {
    let mut text = String::from(
        "# Bad input and what is said of it\n\nWhat cannot be used is refused in one line on \
         standard error that names the file, the row, the column and what was expected, with exit \
         code 2. Nothing is left half-written. A closed pipe, as `head` closes it, is no error.\n\n\
         Every line below is what the program says: `host/tests/bad_input` runs the commands, in \
         a directory that has a log, `log.csv`, and a model of it, `m.json`, and writes this file \
         with\n\n```sh\nUPDATE_ERRORS=1 cargo test -p joint-effects --test tests bad_input\n```\n",
    );
    for (heading, cases) in groups {
        write!(
            text,
            "\n## {heading}\n\n| what is wrong | command | what is said after `error: ` |\n|---|---|---|\n"
        )
        .unwrap();
        for case in cases {
            let command = match case.to {
                To::Full => format!("{} > /dev/full", case.command),
                _ => case.command.to_string(),
            };
            let (command, line) = (code(&command), code(&case.line));
            writeln!(text, "| {} | {command} | {line} |", case.what).unwrap();
        }
    }
    text.push_str(
        "\n## Exported predictors\n\nThe kernel reads the bytes of `export --format postcard`. Its \
         errors are values; this is how they print.\n\n| what is wrong | what is said |\n|---|---|\n",
    );
    for (what, line) in artifacts() {
        writeln!(text, "| {what} | {} |", code(&line)).unwrap();
    }
    text
}

/// A span of code in a table of Markdown.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    match text.contains('`') {
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    }
}

#[test]
fn every_kind_of_bad_input_gets_its_line() {
    let (log, model) = fitted();
    let groups = [
        ("The command line", cases::command_lines()),
        ("Settings of experiments", cases::experiments()),
        ("Tables", cases::tables()),
        ("Compressed tables and Parquet", formats::tables()),
        ("Regimes, and what a log does not tell", cases::regimes()),
        ("Indicators", formats::indicators()),
        ("Moments files", formats::moments()),
        ("Model files", cases::models(&model)),
        ("Predictions", cases::predictions()),
        ("Choices", cases::choices()),
        ("Outputs", cases::outputs()),
    ];
    let cases = groups.iter().flat_map(|(_, cases)| cases);
    let wrong = cases.filter_map(|case| {
        let (found, expected) = (case.outcome(&log, &model), case.expected());
        (found != expected).then(|| format!("{}: {found:#?}, not {expected:#?}", case.command))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    let document = document(&groups);
    if env::var_os(UPDATE).is_some() {
        fs::write(path, document).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == document,
        "docs/errors.md is stale: {UPDATE}=1 cargo test -p joint-effects --test tests bad_input"
    );
}

/// Whoever closes the pipe has had enough; that is no error.
#[test]
fn closed_pipes_end_quietly() {
    let directory = TempDir::new().unwrap();
    let long = log(&REGIMES, 10_000, |_, _| ());
    fs::write(directory.path().join("long.csv"), long).unwrap();
    fs::write(directory.path().join("m.json"), fitted().1).unwrap();
    let mut predict = command(directory.path(), "predict m.json long.csv")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut rows = BufReader::with_capacity(1, predict.stdout.take().unwrap());
    rows.read_line(&mut first).unwrap();
    assert_eq!(first, "regime,a,b,y,effect,support\n");
    drop(rows);
    let output = predict.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

/// Results that were written before standard output turned out to be full stay.
#[test]
fn full_devices() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("log.csv"), fitted().0).unwrap();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for arguments in ["compare --runs 1 --rows 8", FIT] {
        let mut command = command(directory.path(), arguments);
        let output = command.stdout(full()).output().unwrap();
        let expected = "standard output: No space left on device (os error 28)";
        let said = str::from_utf8(&output.stderr).unwrap();
        assert!(said.ends_with(&format!("error: {expected}\n")), "{said}");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
    }
    for (arguments, code) in [(FIT, 0), ("fit none --outcome y", 2)] {
        let status = command(directory.path(), arguments)
            .stdout(Stdio::null())
            .stderr(full())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments}");
    }
    let help = run(directory.path(), "fit --help");
    assert!(help.status.success() && help.stderr.is_empty());
}
