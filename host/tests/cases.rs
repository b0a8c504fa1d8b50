//! The ways in which people write tables, where they are at hand: each is read rightly, or refused in a line
//! that names what to do.

#![cfg(all(unix, feature = "app"))]

use crate::program::{self, succeed};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

/// Where they lie.
fn cases() -> Option<PathBuf> {
    let tables = env::var_os("JOINT_EFFECTS_TABLES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/tables"),
        PathBuf::from,
    );
    if tables.is_dir() {
        return Some(tables.canonicalize().unwrap());
    }
    println!("skipped: no tables at {}", tables.display());
    None
}

/// Settings of temp and flow, and the effect of these by the law that the cases were made with.
const SETTINGS: [([f64; 2], f64); 3] = [([0.0, 0.0], 0.0), ([1.0, 1.0], 1.0), ([2.0, 0.5], 5.25)];

/// Names of a log's columns in place of temp and flow.
type Names<'a> = [&'a str; 2];
const PLAIN: Names = ["temp", "flow"];

/// What a command says on standard error, with the names of files in place of their paths.
fn said(path: &Path, output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let lines = text.replace(path.to_str().unwrap(), name);
    let lines = lines
        .lines()
        .filter(|line| !line.starts_with("written: ") && !line.starts_with("warning: "));
    lines.collect::<Vec<_>>().join("\n")
}

fn fit(here: &Path, log: &Path, flags: &[&str]) -> Output {
    let mut fit = program::command(here, "fit --outcome y --no-report");
    fit.arg(log).args(flags).output().unwrap()
}

/// The effects of the settings with their standard errors, as the model in a directory predicts them.
fn effects(here: &Path, names: Names) -> Vec<[f64; 2]> {
    let mut settings = csv::Writer::from_path(here.join("settings.csv")).unwrap();
    settings.write_record(names).unwrap();
    for (values, _) in SETTINGS {
        settings
            .write_record(values.map(|value| value.to_string()))
            .unwrap();
    }
    settings.flush().unwrap();
    let predictions = succeed(here, "predict model.json settings.csv");
    let mut rows = csv::Reader::from_reader(predictions.as_bytes());
    let number = |row: &csv::StringRecord, column: usize| row[column].parse().unwrap();
    rows.records()
        .map(|row| row.unwrap())
        .map(|row| [number(&row, 2), number(&row, 3)])
        .collect()
}

/// The effects that the plainest form of the same rows has.
fn plainest(tables: &Path) -> &'static [[f64; 2]] {
    static EFFECTS: LazyLock<Vec<[f64; 2]>> = LazyLock::new(|| {
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        let log = cases().unwrap().join("base/log.csv");
        assert!(fit(here, &log, &[]).status.success());
        effects(here, PLAIN)
    });
    assert!(tables.join("base").is_dir());
    let near = EFFECTS
        .iter()
        .zip(SETTINGS)
        .all(|([effect, error], (_, right))| (effect - right).abs() < 2.0 * error);
    assert!(near, "{:?}", *EFFECTS);
    &EFFECTS
}

/// A log that is read: what is said, and how its effects compare with those of the plainest form.
struct Read<'a> {
    log: &'a str,
    flags: &'a [&'a str],
    names: Names<'a>,
    said: &'a str,
    likeness: Likeness,
}

#[derive(Clone, Copy, PartialEq)]
enum Likeness {
    /// The same numbers.
    Same,
    /// A thousand times as large.
    Thousandfold,
    /// A row is another or missing: right to two standard errors.
    Right,
}

fn read(log: &str) -> Read<'_> {
    Read {
        log,
        flags: &[],
        names: PLAIN,
        said: "",
        likeness: Likeness::Same,
    }
}

impl Read<'_> {
    fn check(&self, tables: &Path) {
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        let log = tables.join(self.log);
        let output = fit(here, &log, self.flags);
        assert_eq!(said(&log, &output), self.said, "{}", self.log);
        assert_eq!(output.status.code(), Some(0), "{}", self.log);
        let found = effects(here, self.names);
        for ((found, plain), (_, right)) in found.iter().zip(plainest(tables)).zip(SETTINGS) {
            let like = match self.likeness {
                Likeness::Same => found == plain,
                Likeness::Thousandfold => (found[0] - 1e3 * plain[0]).abs() < 1e-6,
                Likeness::Right => (found[0] - right).abs() < 2.0 * found[1],
            };
            assert!(
                like,
                "{}: {found:?}, plain {plain:?}, right {right}",
                self.log
            );
        }
    }
}

#[test]
fn logs_that_are_read() {
    let Some(tables) = cases() else { return };
    let same = [
        "bom",
        "comment",
        "cr_only",
        "quoted",
        "regime_case",
        "regime_space",
        "regime_words",
        "semicolon",
        "semicolon_point",
        "sepline",
        "sepline_semi",
        "spaces",
        "tab",
        "trailing_blank_lines",
        "trailing_blank_rows",
        "trailing_comma_rows",
        "trailing_commas",
        "utf16",
    ];
    for name in same {
        read(&format!("{name}/log.csv")).check(&tables);
    }
    // Labels of regimes, but for codes.
    for number in [0, 1, 2, 3, 5, 6, 7] {
        read(&format!("regime_labels/l{number}.csv")).check(&tables);
    }
    for number in 0..=5 {
        let log = format!("indicator_forms/i{number}.csv");
        Read {
            flags: &["--indicators", "set_temp,set_flow"],
            ..read(&log)
        }
        .check(&tables);
    }
    let noted = [
        (
            "date_action/log.csv",
            r#"not taken for actions: "date" (text)"#,
        ),
        (
            "index_col/log.csv",
            "not taken for actions: column 1 (no name)",
        ),
        (
            "unnamed0/log.csv",
            r#"not taken for actions: "Unnamed: 0" (no name)"#,
        ),
        (
            "units_row/log.csv",
            "log.csv, line 2: taken for units, and skipped",
        ),
        (
            "percent/log.csv",
            r#"log.csv, column "temp": numbers are read without %"#,
        ),
        (
            "currency/log.csv",
            r#"log.csv, column "y": numbers are read without $"#,
        ),
        (
            "regime_empty/log.csv",
            "rows without a regime, taken as observational: 60",
        ),
    ];
    for (log, said) in noted {
        Read { said, ..read(log) }.check(&tables);
    }
    let names = [
        ("comma_name/log.csv", ["temp, degC", "flow"]),
        ("equals_name/log.csv", ["pH=7", "flow (%)"]),
        ("crlf_quote/log.csv", ["temp, \"°C\" (%)", "flow\nrate"]),
    ];
    for (log, names) in names {
        Read { names, ..read(log) }.check(&tables);
    }
    let actions: &[&str] = &["--actions", "temp,flow"];
    for log in ["second_outcome/log.csv", "extra_columns/log.csv"] {
        Read {
            flags: actions,
            ..read(log)
        }
        .check(&tables);
    }
    Read {
        likeness: Likeness::Thousandfold,
        ..read("thousands/log.csv")
    }
    .check(&tables);
    for (log, column) in [("na/log.csv", "temp"), ("empty_cell/log.csv", "y")] {
        Read {
            said: &format!("rows left out, without {column:?}: 1 of obs"),
            likeness: Likeness::Right,
            ..read(log)
        }
        .check(&tables);
    }
}

#[test]
fn spellings_of_a_number() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let dropped = r#"rows left out, without "temp": 1 of obs"#;
    // The number that line 5 has for temp, or what is said of it.
    let expected = |text: &str| -> Result<f64, String> {
        Ok(match text {
            "+0.5" | ".5" | "\"0.5\"" | " 0.5" | "0.5 " | "\t0.5" => 0.5,
            "1." | "1e0" | "1E+0" => 1.0,
            "−0.5" => -0.5,
            "#N/A" | "NULL" | "nan" => return Err(dropped.into()),
            "Infinity" => return Err(format!("expected a finite number, found {text:?}")),
            "\"0,5\"" => {
                return Err(
                    r#"expected a number with a decimal point, as other rows have, found "0,5""#
                        .into(),
                );
            }
            _ => return Err(format!("expected a number, found {text:?}")),
        })
    };
    let (mut read, mut refused) = (0, 0);
    for number in 0..=26 {
        let log = tables.join(format!("number_forms/n{number}.csv"));
        let text = fs::read_to_string(&log).unwrap();
        let line = text.lines().nth(4).unwrap();
        let cell = line
            .strip_prefix("obs,")
            .unwrap()
            .strip_suffix(",0.1,0.2")
            .unwrap();
        let output = fit(here, &log, &[]);
        let said = said(&log, &output);
        match expected(cell) {
            Ok(number) => {
                assert_eq!(
                    (said.as_str(), output.status.code()),
                    ("", Some(0)),
                    "{cell}"
                );
                // As Rust writes it.
                let plain = text.replacen(line, &format!("obs,{number:?},0.1,0.2"), 1);
                let found = effects(here, PLAIN);
                fs::write(here.join("plain.csv"), plain).unwrap();
                assert!(fit(here, &here.join("plain.csv"), &[]).status.success());
                assert_eq!(found, effects(here, PLAIN), "{cell}");
                read += 1;
            }
            Err(message) if message == dropped => {
                assert_eq!((said, output.status.code()), (message, Some(0)), "{cell}");
                read += 1;
            }
            Err(message) => {
                let place = format!("error: n{number}.csv, line 5, column \"temp\": {message}");
                assert_eq!((said, output.status.code()), (place, Some(2)), "{cell}");
                refused += 1;
            }
        }
    }
    assert_eq!((read, refused), (13, 14));
}

#[test]
fn truth_values_are_1_and_0() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let log = tables.join("boolean/log.csv");
    assert!(fit(here, &log, &[]).status.success());
    let found = effects(here, PLAIN);
    let text = fs::read_to_string(&log).unwrap();
    let plain = text.replace("TRUE", "1").replace("FALSE", "0");
    fs::write(here.join("plain.csv"), plain).unwrap();
    assert!(fit(here, &here.join("plain.csv"), &[]).status.success());
    assert_eq!(found, effects(here, PLAIN));
}

#[test]
fn logs_that_are_refused() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let columns = r#"the columns are "regime", "temp", "flow", "Y""#;
    let unidentified = "is not identifiable: expected rows in which it was set on its own, do(y2), or --actions without it";
    let cases = [
        ("dup/log.csv", r#"line 1, column "temp": two columns have this name: rename one of them"#.to_string()),
        ("hdr_case/log.csv", format!(r#"line 1: no column "y" (perhaps "Y"); {columns}"#)),
        ("latin1/log.csv", "line 1: expected UTF-8 text, found another encoding, perhaps Latin-1 or Windows-1252: save it as CSV UTF-8".into()),
        ("xlsx/log.xlsx", "looks like a spreadsheet (XLSX, ODS) or a zip archive: save it as CSV".into()),
        ("second_outcome/log.csv", unidentified.into()),
        ("extra_columns/log.csv", unidentified.into()),
        ("regime_labels/l4.csv", r#"found "0"; if nothing was set there, say so with --observational 0"#.into()),
    ];
    for (log, expected) in cases {
        let log = tables.join(log);
        let output = fit(directory.path(), &log, &[]);
        let said = said(&log, &output);
        let line = said.lines().last().unwrap();
        assert!(
            line.starts_with("error: log.") || line.starts_with("error: l4.csv"),
            "{said}"
        );
        assert!(line.contains(&expected), "{said}");
        assert_eq!(output.status.code(), Some(2), "{said}");
    }
    // Codes of regimes have to be written out: which is which nobody can tell.
    let log = tables.join("regime_labels/l4.csv");
    let output = fit(directory.path(), &log, &["--observational", "0"]);
    let said = said(&log, &output);
    assert!(
        said.starts_with(
            r#"error: l4.csv, line 62, column "regime": expected obs, do(x), do(x,y) or"#
        ),
        "{said}"
    );
}

#[test]
fn tables_to_predict() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    assert!(
        fit(here, &tables.join("base/log.csv"), &[])
            .status
            .success()
    );
    let [_, _, plain] = plainest(&tables)[..] else {
        panic!("three settings")
    };
    let predict = |name: &str, flags: &[&str]| {
        let table = tables.join("predict_tables").join(name);
        let mut predict = program::command(here, "predict model.json");
        let output = predict.arg(&table).args(flags).output().unwrap();
        let said = said(&table, &output);
        (
            String::from_utf8(output.stdout).unwrap(),
            said,
            output.status.code(),
        )
    };
    let prefixed: &[&str] = &["--prefix", "joint_"];
    let read: [(_, &[&str], _); 9] = [
        ("blank_end.csv", &[], "effect"),
        ("bom.csv", &[], "effect"),
        ("extra.csv", &[], "effect"),
        ("na_other.csv", &[], "effect"),
        ("reordered.csv", &[], "effect"),
        ("semicolon.csv", &[], "effect"),
        ("unnamed.csv", &[], "effect"),
        ("with_effect.csv", prefixed, "joint_effect"),
        ("bom.csv", prefixed, "joint_effect"),
    ];
    for (name, flags, column) in read {
        let (predictions, said, code) = predict(name, flags);
        assert_eq!((said.as_str(), code), ("", Some(0)), "{name}");
        let mut rows = csv::Reader::from_reader(predictions.as_bytes());
        let header = rows.headers().unwrap().clone();
        let effect = header.iter().position(|name| name == column).unwrap();
        let effects: Vec<f64> = rows
            .records()
            .map(|row| row.unwrap()[effect].parse().unwrap())
            .collect();
        assert_eq!(effects, [plain[0]], "{name}");
    }
    let refused = [
        (
            "caps.csv",
            r#"line 1: no columns "temp" (perhaps "Temp"), "flow" (perhaps "Flow"); the columns are "Temp", "Flow""#,
        ),
        (
            "missing.csv",
            r#"line 1: no column "flow"; the columns are "temp""#,
        ),
        (
            "subset_missing.csv",
            r#"line 1: no column "flow"; the columns are "temp""#,
        ),
        (
            "na_action.csv",
            r#"line 2, column "flow": expected a number, found no value"#,
        ),
        (
            "with_effect.csv",
            r#"line 1, column "effect": predictions are written under this name: --prefix gives them another"#,
        ),
    ];
    for (name, expected) in refused {
        let (_, said, code) = predict(name, &[]);
        assert_eq!(
            (said, code),
            (format!("error: {name}, {expected}"), Some(2))
        );
    }
    let (_, said, code) = predict("header_only.csv", &[]);
    assert_eq!(
        (said.as_str(), code),
        ("error: header_only.csv: no rows", Some(2))
    );
}

#[cfg(feature = "parquet")]
#[test]
fn types_of_parquet() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let folder = tables.join("parquet");
    let effects_of = |log: &Path| {
        let output = fit(here, log, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", said(log, &output));
        (effects(here, PLAIN), said(log, &output))
    };
    let (same, _) = effects_of(&folder.join("same.csv"));
    let read = [
        "binary_regime",
        "c_gzip",
        "c_lz4",
        "c_none",
        "c_snappy",
        "c_zstd",
        "decimal_y",
        "decimal_y38",
        "dict_float",
        "dict_regime",
        "float16",
        "float32",
        "large_string",
        "pandas_cat",
        "pandas_index",
        "pandas_nullable",
        "plain",
        "string_view",
        "v2_bss",
    ];
    for name in read {
        let (found, said) = effects_of(&folder.join(name).with_extension("parquet"));
        assert_eq!((found, said.as_str()), (same.clone(), ""), "{name}");
    }
    let left_out = [
        (
            "list_extra",
            r#"not taken for actions: "spec" (nested values)"#,
        ),
        ("null_col", r#"not taken for actions: "note" (no values)"#),
        ("ts_extra", r#"not taken for actions: "t" (TIMESTAMP)"#),
    ];
    for (name, expected) in left_out {
        let (found, said) = effects_of(&folder.join(name).with_extension("parquet"));
        assert_eq!((found, said.as_str()), (same.clone(), expected), "{name}");
    }
    let table = folder.join("ts_extra.parquet");
    let mut predict = program::command(here, "predict model.json");
    let output = predict.arg(&table).output().unwrap();
    assert_eq!(said(&table, &output), r#"left empty: "t" (TIMESTAMP)"#);
    let predictions = String::from_utf8(output.stdout).unwrap();
    assert!(
        predictions.starts_with("regime,temp,flow,y,t,effect,"),
        "{predictions}"
    );
    assert!(
        predictions.contains("\nobs,1.5,0.875,2.68,,"),
        "{predictions}"
    );
    for name in ["nan_float", "one_null"] {
        let (_, said) = effects_of(&folder.join(name).with_extension("parquet"));
        assert_eq!(said, r#"rows left out, without "flow": 1 of obs"#, "{name}");
    }
    let refused = [
        (
            "c_brotli",
            "compressed with BROTLI, expected zstd, snappy, gzip, lz4 or none: write it with one of them",
        ),
        (
            "string_numbers",
            r#""flow" is set, but its column holds text, expected numbers, or --categorical flow"#,
        ),
        (
            "time_knob",
            r#""flow" is set, but its column holds TIMESTAMP, expected numbers"#,
        ),
    ];
    for (name, expected) in refused {
        let log = folder.join(name).with_extension("parquet");
        let output = fit(here, &log, &[]);
        let said = said(&log, &output);
        assert!(said.ends_with(expected), "{said}");
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    // These have other numbers for flow.
    type Numbers = (&'static str, fn(f64) -> f64);
    let other: [Numbers; 5] = [
        ("bool_knob", |flow| f64::from(u8::from(flow > 0.8))),
        ("int_knob", |flow| 8.0 * flow),
        ("nullable_nonull", |flow| 8.0 * flow),
        ("uint64", |flow| 100.0 + 8.0 * flow),
        ("duration", |flow| 1000.0 * flow),
    ];
    let text = fs::read_to_string(folder.join("same.csv")).unwrap();
    for (name, number) in other {
        let rows = text.lines().skip(1).map(|line| {
            let [regime, temp, flow, y] = line.split(',').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            format!("{regime},{temp},{},{y}\n", number(flow.parse().unwrap()))
        });
        let log = here.join("plain.csv");
        fs::write(
            &log,
            format!("regime,temp,flow,y\n{}", rows.collect::<String>()),
        )
        .unwrap();
        let (plain, _) = effects_of(&log);
        let (found, said) = effects_of(&folder.join(name).with_extension("parquet"));
        assert_eq!((found, said.as_str()), (plain, ""), "{name}");
    }
}

/// What is odd is taken as it is, and said with where it is.
#[test]
fn odd_logs() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let cell = "a fit takes it as it is, so leave the cell empty if it stands for a missing value";
    let cases = [
        ("sentinel_999", format!("log.csv, line 5: y is -999, and 5 more such values, where most are near 0.939: {cell}")),
        ("sentinel_one", format!("log.csv, line 12: y is -999, where most are near 1.40: {cell}")),
        ("sentinel_knob", format!("log.csv, line 12: temp is -999, and 2 more such values, where most are near 1.06: {cell}")),
        ("repeated_rows", "810 of 900 rows repeat the row before them: if they are one measurement, keep one of each, since standard errors count all".into()),
    ];
    for (case, expected) in cases {
        let log = tables.join(case).join("log.csv");
        let output = fit(directory.path(), &log, &[]);
        let said = said(&log, &output);
        assert!(said.lines().any(|line| line == expected), "{said}");
        assert!(output.status.success(), "{said}");
    }
    let log = tables.join("base/log.csv");
    let said = said(&log, &fit(directory.path(), &log, &[]));
    assert!(
        !said.contains("most are near") && !said.contains("repeat"),
        "{said}"
    );
}

/// Settings in which actions rest, or have few values: the right answer lies in the interval, or the setting is
/// said to be outside.
#[test]
fn designs() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    for case in [
        "constant_ofat",
        "constant_ofat_all",
        "constant_flag",
        "one_set_point",
        "two_set_points",
        "too_few",
    ] {
        let folder = tables.join(case);
        let output = fit(here, &folder.join("log.csv"), &[]);
        assert!(output.status.success(), "{case}");
        if !folder.join("test.csv").is_file() {
            continue;
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_joint-effects"));
        let arguments = ["predict", "model.json"];
        let command = command
            .current_dir(here)
            .args(arguments)
            .arg(folder.join("test.csv"));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines = text.lines();
        let header: Vec<_> = lines.next().unwrap().split(',').collect();
        for line in lines {
            let cells: Vec<_> = line.split(',').collect();
            let cell =
                |name: &str| cells[header.iter().position(|column| *column == name).unwrap()];
            let number = |name: &str| cell(name).parse::<f64>().unwrap();
            let truth = number("truth");
            // An interval of 95 % would miss one in twenty.
            let holds = (number("effect") - truth).abs() < 3.0 * number("se");
            assert!(holds || cell("support") != "inside", "{case}: {line}");
        }
    }
}

/// The predictions of the settings of a case: effects, standard errors and intervals.
fn predicted(here: &Path, settings: &Path) -> Vec<[f64; 4]> {
    let mut predict = program::command(here, "predict model.json");
    let output = predict.arg(settings).output().unwrap();
    let mut rows = csv::Reader::from_reader(output.stdout.as_slice());
    let header = rows.headers().unwrap().clone();
    let columns = ["effect", "se", "lower", "upper"];
    let columns = columns.map(|name| header.iter().position(|other| other == name).unwrap());
    let rows = rows.records().map(|row| row.unwrap());
    rows.map(|row| columns.map(|column| row[column].parse().unwrap()))
        .collect()
}

/// Rows of one day share a shift: standard errors are two and a half times as large as those of rows that are
/// independent, as leaving out a day at a time shows.
#[test]
fn days_that_shift_their_rows() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let [log, settings] =
        ["log.csv", "test.csv"].map(|name| tables.join("clusters_days").join(name));
    let predictions = |flags: &[&str]| {
        let output = fit(here, &log, &[&["--actions", "k0,k1"], flags].concat());
        assert!(output.status.success());
        predicted(here, &settings)
    };
    let (alone, days) = (predictions(&[]), predictions(&["--cluster", "day"]));
    assert_eq!(days, predictions(&["--block", "day"]));
    for (alone, day) in alone.iter().zip(&days) {
        let wider = day[1] / alone[1];
        assert!((1.9..3.0).contains(&wider), "{wider}");
    }
}

/// One action was set in another week: without blocks the conditions are said to be assumed alike, and with them
/// the regime is named, and the interval holds what is right.
#[test]
fn a_week_of_its_own() {
    let Some(tables) = cases() else { return };
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let case = tables.join("batch_shift");
    let text = fs::read_to_string(case.join("log.csv")).unwrap();
    let lines = text.lines().enumerate().map(|(row, line)| match row {
        0 => format!("{line},week\n"),
        _ if line.starts_with("do(temp)") => format!("{line},second\n"),
        _ => format!("{line},first\n"),
    });
    fs::write(here.join("weeks.csv"), lines.collect::<String>()).unwrap();
    let plain = succeed(here, "diagnose weeks.csv --outcome y --actions temp,flow");
    assert!(
        plain.contains("same conditions") && plain.contains("--block"),
        "{plain}"
    );
    let with = succeed(here, "diagnose weeks.csv --outcome y --block week");
    let warning = "no \"week\" in common with the other regimes: do(temp)";
    assert!(
        with.contains(warning) && with.contains("2 blocks"),
        "{with}"
    );
    let output = fit(here, &here.join("weeks.csv"), &["--block", "week"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains(warning), "{said}");
    let predictions = predicted(here, &case.join("test.csv"));
    assert_eq!(predictions.len(), 3);
    for ([.., lower, upper], right) in predictions.into_iter().zip([0.0, 1.0, 5.25]) {
        assert!(lower < right && right < upper, "{lower} {right} {upper}");
    }
}
