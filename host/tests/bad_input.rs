//! What is wrong is said in one line, with exit code 2 and nothing left behind.

#![cfg(unix)]

mod program;

use program::{command, run, succeed};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};
use tempfile::TempDir;

/// The message of a run that must fail, leaving the directory as it was.
fn refusal(directory: &Path, arguments: &str) -> String {
    let before = listing(directory);
    let output = run(directory, arguments);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "", "{arguments}");
    assert_eq!(listing(directory), before, "{arguments}");
    message(arguments, &output)
}

/// The one line on standard error, without `error: `.
fn message(arguments: &str, output: &Output) -> String {
    let stderr = str::from_utf8(&output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments}: {stderr}");
    let message = stderr.strip_prefix("error: ");
    let message = message.and_then(|line| line.strip_suffix('\n'));
    let message = message.unwrap_or_else(|| panic!("{arguments}: {stderr}"));
    assert!(!message.contains('\n'), "{arguments}: {stderr}");
    message.to_string()
}

fn listing(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
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

/// A directory with a log and a model of it.
fn fitted() -> TempDir {
    let directory = TempDir::new().unwrap();
    let log = log(&REGIMES, 50, |_, _| ());
    fs::write(directory.path().join("log.csv"), log).unwrap();
    succeed(
        directory.path(),
        "fit log.csv --outcome y --estimator indicator -o m.json",
    );
    directory
}

#[test]
fn tables() {
    let cases: [(&[u8], &str); 23] = [
        (b"", "log.csv: empty, expected a header line"),
        (b"\n\n", "log.csv: empty, expected a header line"),
        (b"regime,a,b,y\n", "log.csv: no rows after the header line"),
        (
            b"a,b,y\n1,2,3\n",
            r#"log.csv, line 1: no column "regime"; the columns are "a", "b", "y""#,
        ),
        (
            b"regime,a,b\nobs,1,2\n",
            r#"log.csv, line 1: no column "y"; the columns are "regime", "a", "b""#,
        ),
        (
            b"regime,y\nobs,1\n",
            "log.csv, line 1: no action columns beside the regime and the outcome",
        ),
        (
            b"regime,a,a,y\nobs,1,2,3\n",
            r#"log.csv, line 1, column "a": two columns have this name"#,
        ),
        (
            b"regime,a,,y\nobs,1,2,3\n",
            "log.csv, line 1: column 3 has no name, expected an action's",
        ),
        (
            b"regime,a,b,y\nobs,1,2,3\nobs,1,two,3\n",
            r#"log.csv, line 3, column "b": expected a number, found "two""#,
        ),
        (
            b"regime,a,b,y\nobs,1,,3\n",
            r#"log.csv, line 2, column "b": expected a number, found """#,
        ),
        (
            b"regime,a,b,y\nobs,nan,2,3\n",
            r#"log.csv, line 2, column "a": expected a finite number, found "nan""#,
        ),
        (
            b"regime,a,b,y\nobs,1,2,-inf\n",
            r#"log.csv, line 2, column "y": expected a finite number, found "-inf""#,
        ),
        (
            b"regime,a,b,y\nobs,1,2,1e999\n",
            r#"log.csv, line 2, column "y": expected a finite number, found "1e999""#,
        ),
        (
            b"regime,a,b,y\nobs,1,2,3\nset a,1,2,3\n",
            r#"log.csv, line 3, column "regime": expected obs, do(x) or do(x,y), found "set a""#,
        ),
        (
            b"regime,a,b,y\ndo(c),1,2,3\n",
            r#"log.csv, line 2, column "regime": no action "c"; the actions are "a", "b""#,
        ),
        (
            b"regime,a,b,y\nobs,1,2\n",
            "log.csv, line 2: expected 4 fields as in the header line, found 3",
        ),
        (
            b"regime,a,b,y\ndo(a,b),1,2,3\n",
            "log.csv, line 2: expected 4 fields as in the header line, found 5; a field that holds \
             a comma, such as do(x,y), needs quotation marks",
        ),
        (
            b"regime,a,b,y\nobs,1,\xff,3\n",
            r#"log.csv, line 2, column "b": expected UTF-8 text"#,
        ),
        (b"\xff\xfe", "log.csv, line 1: expected UTF-8 text"),
        (
            b"\x1f\x8b\x08\0\0\0",
            "log.csv: looks like gzip, expected CSV text",
        ),
        (
            b"\x28\xb5\x2f\xfd\x04",
            "log.csv: looks like Zstandard, expected CSV text",
        ),
        (
            b"PK\x03\x04\x14\0",
            "log.csv: looks like a zip archive or a spreadsheet, expected CSV text",
        ),
        (
            b"PAR1\x15\x04",
            "log.csv: looks like Parquet, expected CSV text",
        ),
    ];
    let directory = TempDir::new().unwrap();
    for (table, expected) in cases {
        fs::write(directory.path().join("log.csv"), table).unwrap();
        let found = refusal(directory.path(), "fit log.csv --outcome y");
        assert_eq!(found, expected);
    }
}

#[test]
fn logs_that_identify_nothing() {
    let varies = |_: &str, _: &mut [f64; 2]| ();
    let cases = [
        (
            log(&REGIMES[1..], 50, varies),
            "log.csv: no observational rows: expected some whose regime is obs",
        ),
        (
            log(&REGIMES[..2], 50, varies),
            r#"log.csv: the effect of "b" is not identifiable: expected rows in which it was set on its own, do(b); the regimes are obs, do(a)"#,
        ),
        (
            log(&["obs", "do(a,b)"], 50, varies),
            r#"log.csv: the effect of "a" is not identifiable: expected rows in which it was set on its own, do(a); the regimes are obs, do(a,b)"#,
        ),
        (
            log(&REGIMES, 9, varies),
            "log.csv: rows of obs: expected at least 10, the number of coefficients, found 9; \
             lower the degree or collect more",
        ),
        (
            log(&REGIMES, 50, varies) + "do(a),1e200,1,1e200\n",
            "log.csv: a moment is infinite or NaN",
        ),
        (
            log(&REGIMES, 50, |regime, actions| {
                if regime == "do(a)" {
                    actions[1] = 1.5;
                }
            }),
            r#"log.csv: "b" never varies in regime do(a): expected more than one value, found 1.5 only"#,
        ),
    ];
    let directory = TempDir::new().unwrap();
    for (table, expected) in cases {
        fs::write(directory.path().join("log.csv"), table).unwrap();
        for estimator in ["separate", "indicator"] {
            let fit = format!("fit log.csv --outcome y --estimator {estimator}");
            assert_eq!(refusal(directory.path(), &fit), expected);
        }
    }
}

#[test]
fn files_and_flags_of_fit() {
    let directory = fitted();
    let other = "regime,a,c,y\nobs,1,2,3\n";
    fs::write(directory.path().join("other.csv"), other).unwrap();
    let cases = [
        (
            "fit none.csv",
            "none.csv: cannot be read: No such file or directory (os error 2)",
        ),
        ("fit .", ".: cannot be read: Is a directory (os error 21)"),
        (
            "fit log.csv other.csv",
            r#"other.csv, line 1: no column "b"; the columns are "regime", "a", "c", "y""#,
        ),
        (
            "fit log.csv --actions a,z",
            r#"log.csv, line 1: no column "z"; the columns are "regime", "a", "b", "y""#,
        ),
        (
            "fit log.csv --actions a,y",
            r#"log.csv, line 1, column "y": asked for twice, expected different columns as regime, outcome and actions"#,
        ),
        (
            "fit log.csv --degree 0",
            "invalid value '0' for '--degree <DEGREE>': 0 is not in 1..=16",
        ),
        (
            "fit log.csv --degree 20",
            "invalid value '20' for '--degree <DEGREE>': 20 is not in 1..=16",
        ),
        (
            "fit log.csv -o none/m.json",
            "none/m.json: cannot be written: No such file or directory (os error 2)",
        ),
        (
            "fit log.csv -o .",
            ".: cannot be written: Is a directory (os error 21)",
        ),
    ];
    for (arguments, expected) in cases {
        let arguments = format!("{arguments} --outcome y");
        assert_eq!(refusal(directory.path(), &arguments), expected);
    }
    let unknown = refusal(
        directory.path(),
        "fit log.csv --outcome y --estimator guess",
    );
    let expected = "invalid value 'guess' for '--estimator <NAME>' [possible values: ";
    assert!(unknown.starts_with(expected), "{unknown}");
}

#[test]
fn settings_of_experiments() {
    let cases = [
        (
            "compare --actions 0",
            "invalid value '0' for '--actions <K>': 0 is not in 1..=32",
        ),
        (
            "compare --K 40",
            "invalid value '40' for '--actions <K>': 40 is not in 1..=32",
        ),
        (
            "compare --actions 12 --degree 8",
            "12 variables to degree 8 are not supported: at most 32 variables, degree 16 and 8192 \
             monomials",
        ),
        (
            "compare --degree 0",
            "invalid value '0' for '--degree <DEGREE>': 0 is not in 1..=16",
        ),
        (
            "compare --degree 20",
            "invalid value '20' for '--degree <DEGREE>': 20 is not in 1..=16",
        ),
        (
            "compare --rows 5",
            "invalid value '5' for '--rows <N>': 5 is not in 8..=1000000000000",
        ),
        (
            "compare --runs 0",
            "invalid value '0' for '--runs <RUNS>': 0 is not in 1..=1000000000000",
        ),
        (
            "compare --runs many",
            "invalid value 'many' for '--runs <RUNS>': invalid digit found in string",
        ),
        (
            "compare --threads 0",
            "invalid value '0' for '--threads <THREADS>': 0 is not in 1..=256",
        ),
        (
            "compare --scm cubic",
            "invalid value 'cubic' for '--scm <FAMILY>' [possible values: polynomial, linear]",
        ),
        (
            "simulate --rows 1",
            "invalid value '1' for '--rows <N>': 1 is not in 2..=1000000000000",
        ),
        (
            "simulate --test-rows 0",
            "invalid value '0' for '--test-rows <N>': 0 is not in 1..=1000000000000",
        ),
        (
            "simulate --actions 33",
            "invalid value '33' for '--actions <K>': 33 is not in 1..=32",
        ),
        (
            "compare --runs 1 --rows 8 -o file",
            "file: cannot be written: File exists (os error 17)",
        ),
        (
            "simulate -o file/below",
            "file/below: cannot be written: Not a directory (os error 20)",
        ),
        (
            "compare --runs 1 --rows 8 -o taken",
            "taken/runs.csv: cannot be written: Is a directory (os error 21)",
        ),
    ];
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    fs::create_dir_all(directory.path().join("taken/runs.csv")).unwrap();
    for (arguments, expected) in cases {
        assert_eq!(refusal(directory.path(), arguments), expected);
    }
    let unknown = refusal(directory.path(), "compare --estimators truth,guess");
    let expected = "invalid value 'guess' for '--estimators <NAMES>' [possible values: truth, ";
    assert!(unknown.starts_with(expected), "{unknown}");
}

#[test]
fn models() {
    let directory = fitted();
    let path = directory.path().join("m.json");
    let model = fs::read_to_string(&path).unwrap();
    let cases = [
        (
            String::new(),
            "m.json: damaged JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            "regime,a,b,y\n".into(),
            "m.json: damaged JSON: expected value at line 1 column 1",
        ),
        (
            "{}".into(),
            "m.json: top level: missing field `format` at line 1 column 2",
        ),
        (
            model.replace("joint-effects model", "a poem"),
            r#"m.json: format: expected "joint-effects model", found "a poem""#,
        ),
        (
            model.replace(r#""version": 2"#, r#""version": 9"#),
            "m.json: version: expected 2, found 9; fit the data again with this version of the program",
        ),
        (
            model.replace(r#""degree": 3"#, r#""degree": 4"#),
            "m.json: coefficients[0].values: expected 15 numbers, found 10",
        ),
        (
            model.replace(r#""name": "b""#, r#""name": "a""#),
            r#"m.json: actions[1].name: expected a name of its own, found "a""#,
        ),
    ];
    for (model, expected) in cases {
        fs::write(&path, model).unwrap();
        let found = refusal(directory.path(), "predict m.json log.csv");
        assert_eq!(found, expected);
    }
    fs::write(&path, &model[..model.len() / 2]).unwrap();
    let found = refusal(directory.path(), "predict m.json log.csv");
    let expected = "m.json: damaged JSON: EOF while parsing ";
    assert!(found.starts_with(expected), "{found}");
    fs::remove_file(&path).unwrap();
    assert_eq!(
        refusal(directory.path(), "predict m.json log.csv"),
        "m.json: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn tables_to_predict() {
    let directory = fitted();
    fs::write(directory.path().join("a.csv"), "a,c\n1,2\n").unwrap();
    fs::write(directory.path().join("twice.csv"), "a,b,effect\n1,2,3\n").unwrap();
    let cases = [
        (
            "none.csv",
            "none.csv: cannot be read: No such file or directory (os error 2)",
        ),
        (
            "a.csv",
            r#"a.csv, line 1: no column "b"; the columns are "a", "c""#,
        ),
        (
            "twice.csv",
            r#"twice.csv, line 1, column "effect": expected another name, predictions are written under it"#,
        ),
        (
            "log.csv --do a,c",
            r#"--do: no action "c": expected all, none, or some of a, b"#,
        ),
        (
            "log.csv --do all,a",
            r#"--do: no action "all": expected all, none, or some of a, b"#,
        ),
    ];
    for (arguments, expected) in cases {
        let arguments = format!("predict m.json {arguments}");
        assert_eq!(refusal(directory.path(), &arguments), expected);
    }
}

/// Predictions are written as rows come, so those before a bad row stand.
#[test]
fn a_bad_row_to_predict() {
    let directory = fitted();
    fs::write(directory.path().join("late.csv"), "a,b\n1,2\n3,four\n").unwrap();
    let arguments = "predict m.json late.csv";
    let output = run(directory.path(), arguments);
    let expected = r#"late.csv, line 3, column "b": expected a number, found "four"; predictions end with the 1 row before it"#;
    assert_eq!(message(arguments, &output), expected);
    let rows = String::from_utf8(output.stdout).unwrap();
    assert!(rows.starts_with("a,b,effect,support\n1,2,"), "{rows}");
    assert_eq!(rows.lines().count(), 2, "{rows}");
}

/// Whoever closes the pipe has had enough; that is no error.
#[test]
fn closed_pipes_end_quietly() {
    let directory = fitted();
    let log = log(&REGIMES, 10_000, |_, _| ());
    fs::write(directory.path().join("long.csv"), log).unwrap();
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

#[cfg(target_os = "linux")]
#[test]
fn full_devices() {
    let directory = fitted();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for arguments in [
        "predict m.json log.csv",
        "compare --runs 1 --rows 8",
        "fit log.csv --outcome y",
    ] {
        let mut command = command(directory.path(), arguments);
        let output = command.stdout(full()).output().unwrap();
        let expected = "standard output: No space left on device (os error 28)";
        assert_eq!(message(arguments, &output), expected);
    }
    let output = run(directory.path(), "fit log.csv --outcome y -o /dev/full");
    let expected = "/dev/full: cannot be written: No space left on device (os error 28)";
    assert_eq!(message("-o /dev/full", &output), expected);
    for (arguments, code) in [("fit log.csv --outcome y", 0), ("fit none --outcome y", 2)] {
        let status = command(directory.path(), arguments)
            .stdout(Stdio::null())
            .stderr(full())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments}");
    }
}
