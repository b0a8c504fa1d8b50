//! The same table as CSV, compressed with gzip, and in Parquet.

#![cfg(all(feature = "parquet", feature = "app"))]

use crate::formats::{gzip, write_parquet};
use crate::program::succeed;
use joint_effects::log::input::Input;
use joint_effects::log::observations::{Baseline, Columns, Missing, Observations, RegimeColumns};
use joint_effects::log::table::{Table, TableError};
use parquet::data_type::DoubleType;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

type Row = (u32, Vec<f64>, f64);

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(name)
}

fn columns(regime: RegimeColumns, actions: &[&str]) -> Columns {
    let actions: Vec<_> = actions.iter().map(ToString::to_string).collect();
    Columns {
        regime,
        actions: Some(actions),
        missing: Missing::Refuse,
        ..Columns::new("brightness")
    }
}

fn rows(mut observations: Observations<Input>) -> Result<Vec<Row>, TableError> {
    let mut rows = Vec::new();
    while let Some(row) = observations.next_row()? {
        rows.push((row.regime.bits(), row.actions.to_vec(), row.outcome));
    }
    assert_eq!(observations.bytes_read() > 0, observations.size() > 0);
    Ok(rows)
}

/// The file that pyarrow wrote, row by row as the text it wrote beside it.
#[test]
fn a_file_of_pyarrow() {
    let actions = ["red", "dark green", "counts"];
    let columns = columns("regime".into(), &actions);
    let [text, parquet] =
        ["log.csv", "log.parquet"].map(|name| Observations::open(&[golden(name)], &columns));
    let parquet = parquet.unwrap();
    assert_eq!(parquet.actions(), actions);
    let parquet = rows(parquet).unwrap();
    assert_eq!(parquet.len(), 300);
    assert!(
        parquet
            .iter()
            .all(|(_, actions, _)| actions[2] >= 2f64.powi(31))
    );
    assert_eq!(parquet, rows(text.unwrap()).unwrap());

    let indicators = RegimeColumns::Indicators(vec!["was_red".into()]);
    let columns = self::columns(indicators, &["red"]);
    let read = |name| rows(Observations::open(&[golden(name)], &columns).unwrap()).unwrap();
    let rows = read("log.parquet");
    assert_eq!(rows, read("log.csv"));
    assert_eq!(rows.iter().filter(|row| row.0 == 1).count(), 120);
}

/// The regime of a row is what differs in it from where the actions rest, in rows that come in any order.
#[test]
fn a_baseline_tells_what_was_set() {
    let log = "a,b,y\n7,0,1\n-0.0,0,2\n0,3,3\n0,0,4\n7,3,5\n0,2,6\n";
    let regimes = [1, 0, 2, 0, 3, 2];
    let given = Baseline::Values(vec![("b".into(), "0".into()), ("a".into(), "0".into())]);
    for baseline in [Baseline::MostFrequent, given] {
        let columns = Columns {
            regime: RegimeColumns::Baseline(baseline),
            ..Columns::new("y")
        };
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &columns).unwrap();
        for (place, bits) in regimes.into_iter().enumerate() {
            let row = rows.next_row().unwrap().unwrap();
            assert_eq!(row.regime.bits(), bits, "row {place}");
            assert_eq!(row.outcome, 1.0 + place as f64);
        }
        assert!(rows.next_row().unwrap().is_none());
        assert_eq!(rows.baseline(), Some(&[0.0, 0.0][..]));
        assert_eq!(
            rows.remarks(),
            ["baseline, from which rows differ in what was set: a = 0 and b = 0"]
        );
    }
}

/// What such a file has that no fit can use is said with the column, and the row where there is one.
#[test]
fn what_a_file_of_pyarrow_cannot_give() {
    let cases = [
        (
            RegimeColumns::Indicators(vec!["was_red".into()]),
            "gaps",
            r#", row 251, column "gaps": expected a number, found no value"#,
        ),
        (
            "note".into(),
            "red",
            r#", row 2, column "note": expected obs, do(x), do(x,y) or the name of an action, found "fine"; if nothing was set there, say so with --observational fine"#,
        ),
        (
            "regime".into(),
            "spectrum",
            r#", column "spectrum": expected a column of numbers, found nested values"#,
        ),
        (
            "regime".into(),
            "time",
            r#", column "time": expected a column of numbers, found TIMESTAMP"#,
        ),
        (
            "regime".into(),
            "note",
            r#", column "note": expected a column of numbers, found text"#,
        ),
        (
            "gaps".into(),
            "red",
            r#", column "gaps": expected a column of text, found numbers"#,
        ),
    ];
    let path = golden("log.parquet");
    for (regime, action, expected) in cases {
        let columns = columns(regime, &[action]);
        let read = Observations::open(&[&path], &columns).and_then(rows);
        let found = read.unwrap_err().to_string();
        assert_eq!(found, format!("{}{expected}", path.display()));
    }
    let missing = Observations::open(&[&path], &columns("regime".into(), &["blue"]));
    let found = missing.unwrap_err().to_string();
    let expected = r#"log.parquet: no column "blue"; the columns are "note", "regime", "red", "#;
    assert!(found.contains(expected), "{found}");
}

#[test]
fn every_format_gives_the_same_model() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    succeed(here, "simulate --actions 3 --rows 900 --test-rows 50 -o .");
    let csv = fs::read_to_string(here.join("data.csv")).unwrap();
    let middle = csv.len() / 2;
    gzip(&here.join("data.csv.gz"), &[&csv]);
    gzip(&here.join("members"), &[&csv[..middle], "", &csv[middle..]]);
    write_parquet(&here.join("data.parquet"), &csv, 1000);
    write_parquet(&here.join("groups.parquet"), &csv, 7);
    let report = succeed(here, "fit data.csv --outcome y -o expected.json");
    let expected = fs::read(here.join("expected.json")).unwrap();
    for name in ["data.csv.gz", "members", "data.parquet", "groups.parquet"] {
        assert_eq!(
            succeed(here, &format!("fit {name} --outcome y")),
            report,
            "{name}"
        );
        assert!(
            fs::read(here.join("model.json")).unwrap() == expected,
            "{name}"
        );
    }
    // A table in three formats is one table.
    let (header, all) = csv.split_once('\n').unwrap();
    let lines: Vec<_> = all.lines().collect();
    let part = |rows: &[&str]| format!("{header}\n{}\n", rows.join("\n"));
    fs::write(here.join("a.csv"), part(&lines[..500])).unwrap();
    write_parquet(&here.join("b.parquet"), &part(&lines[500..2000]), 400);
    gzip(&here.join("c.csv.gz"), &[&part(&lines[2000..])]);
    succeed(here, "fit a.csv b.parquet c.csv.gz --outcome y");
    assert!(fs::read(here.join("model.json")).unwrap() == expected);

    let test = fs::read_to_string(here.join("test.csv")).unwrap();
    write_parquet(&here.join("test.parquet"), &test, 20);
    gzip(&here.join("test.csv.gz"), &[&test]);
    let predictions = succeed(here, "predict model.json test.csv");
    for name in ["test.parquet", "test.csv.gz"] {
        let found = succeed(here, &format!("predict model.json {name}"));
        assert_eq!(found, predictions, "{name}");
    }
}

/// Values lie where they belong, however many of them are null, over pages and row groups.
#[test]
fn nulls_keep_their_rows() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("gaps.parquet");
    let schema = parse_message_type("message log { OPTIONAL DOUBLE x; }").unwrap();
    let properties = WriterProperties::builder()
        .set_data_page_row_count_limit(64)
        .set_write_batch_size(16)
        .build();
    let file = File::create(&path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).unwrap();
    let known = |row: usize| row * row % 7 > 2;
    let mut first = 0;
    for rows in [1500, 1, 1024, 700] {
        let range = first..first + rows;
        let levels: Vec<i16> = range.clone().map(|row| known(row).into()).collect();
        let values: Vec<_> = range
            .filter(|&row| known(row))
            .map(|row| row as f64)
            .collect();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<DoubleType>();
        typed.write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        first += rows;
    }
    writer.close().unwrap();
    let mut table = Table::open(&path).unwrap();
    let mut row = 0;
    while table.advance().unwrap() {
        match table.number(0) {
            Ok(number) => assert_eq!(number, row as f64),
            Err(error) => {
                assert!(!known(row), "{error}");
                let place = format!(
                    "row {}, column \"x\": expected a number, found no value",
                    row + 1
                );
                assert!(error.to_string().ends_with(&place), "{error}");
            }
        }
        row += 1;
    }
    assert_eq!(row, first);
    assert_eq!(table.bytes_read() > 0, table.size() > 0);
}
