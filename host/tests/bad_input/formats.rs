//! What goes wrong with tables that are not plain CSV, and with moments files.

use super::{Case, FIT, REGIMES, log};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::moments::data::Data;
use joint_effects::moments_file;
use std::fs;
use std::path::Path;

pub(crate) fn tables() -> Vec<Case> {
    let table = |what, table: &[u8], line: &str| Case::new(what, FIT, line).with("log.csv", table);
    let mut cases = vec![
        table(
            "gzip, cut off",
            b"\x1f\x8b\x08\0\0\0",
            "log.csv: cannot be read: truncated gzip",
        ),
        table(
            "gzip, damaged",
            b"\x1f\x8b\x09\0\0\0\0\0\0\0\0\0",
            "log.csv: cannot be read: damaged gzip: invalid gzip header",
        ),
        table(
            "another compression",
            b"\x28\xb5\x2f\xfd\x04",
            "log.csv: looks like Zstandard, expected CSV text: decompress it",
        ),
    ];
    if cfg!(feature = "parquet") {
        cases.extend(parquet());
    }
    cases
}

fn parquet() -> Vec<Case> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/log.parquet");
    let log = fs::read(golden).unwrap();
    let cut = log[..log.len() / 2].to_vec();
    let case = |what, command, line: &str| Case::new(what, command, line).with("x.parquet", &*log);
    vec![
        case(
            "Parquet without the column",
            "fit x.parquet --outcome y --actions red",
            r#"x.parquet: no column "y"; the columns are "note", "regime", "red", "dark green", "counts", "was_red", "brightness", "gaps", "spectrum", "time""#,
        ),
        case(
            "times for numbers",
            "fit x.parquet --outcome brightness --actions red,time",
            r#"x.parquet, column "time": expected a column of numbers, found TIMESTAMP"#,
        ),
        case(
            "lists for numbers",
            "fit x.parquet --outcome brightness --actions red,spectrum",
            r#"x.parquet, column "spectrum": expected a column of numbers, found nested values"#,
        ),
        case(
            "numbers for regimes",
            "fit x.parquet --outcome brightness --actions red --regime gaps",
            r#"x.parquet, column "gaps": expected a column of text, found numbers"#,
        ),
        case(
            "a null, where that is refused",
            "fit x.parquet --outcome brightness --actions gaps --indicators was_red --missing refuse",
            r#"x.parquet, row 251, column "gaps": expected a number, found no value"#,
        ),
        Case::new(
            "Parquet, cut off",
            "fit x.parquet --outcome brightness --actions red",
            "x.parquet: cannot be read: Parquet error: Invalid Parquet file. Corrupt footer",
        )
        .with("x.parquet", cut),
    ]
}

pub(crate) fn indicators() -> Vec<Case> {
    let case = |what, row: &str, command, line: &str| {
        let table = format!("a,b,y,was_a,was_b\n1,2,3,0,1\n{row}\n");
        Case::new(what, command, line).with("log.csv", table)
    };
    let both = "fit log.csv --outcome y --indicators was_a,was_b";
    vec![
        case(
            "an indicator of 2",
            "1,2,3,2,0",
            both,
            r#"log.csv, line 3, column "was_a": expected 0 or 1, found "2""#,
        ),
        case(
            "a regime for an indicator",
            "1,2,3,1,do(b)",
            both,
            r#"log.csv, line 3, column "was_b": expected 0 or 1, found "do(b)""#,
        ),
        case(
            "a baseline without a value of an action",
            "1,2,3,1,0",
            "fit log.csv --outcome y --baseline a=1 --actions a,b",
            r#"log.csv, line 1, column "b": 0 values in the baseline, expected one for each action"#,
        ),
        case(
            "a baseline with a value of what is no action",
            "1,2,3,1,0",
            "fit log.csv --outcome y --baseline a=1,b=2,was_a=0 --actions a,b",
            r#"log.csv, line 1, column "was_a": a value in the baseline, but this is no action"#,
        ),
        case(
            "a weight that is none",
            "1,2,3,1,0",
            "fit log.csv --outcome y --actions a,b --weight was_b --baseline a=1,b=2",
            r#"log.csv, line 3, column "was_b": expected a weight above 0, found 0"#,
        ),
        case(
            "a weight that is not there",
            "1,2,3,1,0",
            "fit log.csv --outcome y --actions a,b --weight n --baseline a=1,b=2",
            r#"log.csv, line 1: no column "n"; the columns are "a", "b", "y", "was_a", "was_b""#,
        ),
        case(
            "a baseline without values",
            "1,2,3,1,0",
            "fit log.csv --outcome y --baseline often",
            "invalid value 'often' for '--baseline <VALUES>': expected most-frequent, or a value of each action, x=0,y=1",
        ),
        case(
            "fewer indicators than actions",
            "1,2,3,1,0",
            "fit log.csv --outcome y --indicators was_a --actions a,b",
            r#"log.csv, line 1: 1 indicator columns, expected one for each action, in this order: "a", "b""#,
        ),
        case(
            "an indicator that is not there",
            "1,2,3,1,0",
            "fit log.csv --outcome y --indicators was_a,was_c",
            r#"log.csv, line 1: no column "was_c"; the columns are "a", "b", "y", "was_a", "was_b""#,
        ),
        case(
            "an indicator twice",
            "1,2,3,1,0",
            "fit log.csv --outcome y --indicators was_a,was_a",
            r#"log.csv, line 1, column "was_a": asked for twice, expected different columns as regime, outcome, weight, block and actions"#,
        ),
        case(
            "indicators and a regime",
            "1,2,3,1,0",
            "fit log.csv --outcome y --indicators was_a,was_b --regime was_a",
            "the argument '--indicators <COLUMNS>' cannot be used with '--regime <COLUMN>'",
        ),
    ]
}

/// The moments of a log whose columns are `regime`, the `actions`, and the outcome.
fn moments_of(log: &str, actions: [&str; 2], outcome: &str, degree: usize) -> Vec<u8> {
    moments_by(log, actions, Columns::new(outcome), degree)
}

/// The same, where other columns have a part as well.
fn moments_by(log: &str, actions: [&str; 2], columns: Columns, degree: usize) -> Vec<u8> {
    let columns = Columns {
        actions: Some(actions.map(String::from).to_vec()),
        ..columns
    };
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    moments_file::encode(&Data::read(&mut rows, degree, |_| ()).unwrap())
}

pub(crate) fn moments() -> Vec<Case> {
    let table = log(&REGIMES, 50, |_, _| ());
    let whole = moments_of(&table, ["a", "b"], "y", 3);
    let damaged = |what, bytes: &[u8], line: &str| {
        let case = Case::new(what, "fit a.moments b.moments", line);
        case.with("a.moments", &*whole).with("b.moments", bytes)
    };
    let shifted = log(&REGIMES, 50, |_, actions| actions[1] += 100.0);
    let renamed = table.replacen(",y\n", ",z\n", 1);
    let different = |what, bytes: Vec<u8>, line: &str| {
        let line = format!("b.moments: {line} as in a.moments; moments --like makes them alike");
        let case = Case::new(what, "fit a.moments b.moments", line);
        case.with("a.moments", &*whole).with("b.moments", bytes)
    };
    let flag =
        |what, command, line: &str| Case::new(what, command, line).with("a.moments", &*whole);
    let in_weeks = moments_by(
        &table.replace('\n', ",week\n"),
        ["a", "b"],
        Columns {
            block: Some("week".into()),
            ..Columns::new("y")
        },
        3,
    );
    vec![
        damaged(
            "the same moments twice",
            &whole,
            "b.moments: the same moments as in a.moments, expected each once",
        ),
        damaged(
            "moments, cut off",
            &whole[..1000],
            "b.moments: damaged moments file: expected 5029 bytes, found 1000",
        ),
        damaged(
            "moments with something behind",
            &[&whole[..], b"\n"].concat(),
            "b.moments: damaged moments file: expected 5029 bytes, found 5030",
        ),
        damaged(
            "moments with another byte",
            &[&whole[..100], &[!whole[100]], &whole[101..]].concat(),
            "b.moments: damaged moments file: the checksum differs",
        ),
        damaged(
            "moments whose first bytes are damaged",
            &[b"JEFN", &whole[4..]].concat(),
            "b.moments: looks like a damaged moments file, expected CSV text",
        ),
        damaged(
            "moments of another version",
            b"JEFM\x09",
            "b.moments: moments file of version 9, expected 2 to 5",
        ),
        different(
            "moments to another degree",
            moments_of(&table, ["a", "b"], "y", 2),
            "the degree is 2, expected 3",
        ),
        different(
            "moments of another outcome",
            moments_of(&renamed, ["a", "b"], "z", 3),
            r#"the outcome is "z", expected "y""#,
        ),
        different(
            "moments of actions in another order",
            moments_of(&table, ["b", "a"], "y", 3),
            r#"the list of actions is "b", "a", expected "a", "b""#,
        ),
        different(
            "moments standardised otherwise",
            moments_of(&shifted, ["a", "b"], "y", 3),
            r#"the shift of "b" is 112, expected 16"#,
        ),
        different(
            "moments of blocks, behind some without",
            in_weeks.clone(),
            r#"the column of blocks is "week", expected none"#,
        ),
        flag(
            "blocks that the moments do not have",
            "fit a.moments log.csv --block week",
            r#"--block: the column of blocks is "week", expected none as in a.moments"#,
        ),
        Case::new(
            "other blocks than the moments'",
            "fit a.moments log.csv --block day",
            r#"--block: the column of blocks is "day", expected "week" as in a.moments"#,
        )
        .with("a.moments", &*in_weeks),
        flag(
            "a higher degree than the moments'",
            "fit a.moments --degree 4",
            "--degree: the degree is 4, expected at most 3 as in a.moments",
        ),
        flag(
            "another outcome than the moments'",
            "fit a.moments log.csv --outcome b",
            r#"--outcome: the outcome is "b", expected "y" as in a.moments"#,
        ),
        flag(
            "other actions than the moments'",
            "fit a.moments log.csv --actions b,a",
            r#"--actions: the list of actions is "b", "a", expected "a", "b" as in a.moments"#,
        ),
        flag(
            "another scale than the moments'",
            "fit a.moments --scale log",
            "--scale: a.moments has moments on the scale identity, expected that one, or tables",
        ),
        flag(
            "other categories than the moments'",
            "fit a.moments log.csv --categorical b",
            r#"--categorical: the list of categories is "b", expected none as in a.moments"#,
        ),
        flag(
            "a column that the moments do not have",
            "fit a.moments wide.csv",
            r#"wide.csv, line 1, column "c": not a column of a.moments, expected the same columns"#,
        )
        .with("wide.csv", "regime,a,b,c,y\nobs,1,2,3,4\n"),
        Case::new(
            "something else to be like",
            "moments log.csv --like log.csv -o b.moments",
            "log.csv: expected a moments file, which begins with JEFM",
        ),
        Case::new(
            "nothing to be like",
            "moments log.csv --like none -o b.moments",
            "none: cannot be read: No such file or directory (os error 2)",
        ),
        Case::new(
            "nowhere to write moments",
            "moments log.csv --outcome y -o none/b.moments",
            "none/b.moments: cannot be written: No such file or directory (os error 2)",
        ),
    ]
}
