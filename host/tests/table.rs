//! Tables read well and badly.

use joint_effects::log::observations::{Columns, Missing, Observations};
use joint_effects::log::table::{Table, TableError};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const NOT_TEXT: &str = "expected UTF-8 text, found another encoding, perhaps Latin-1 or Windows-1252: save it as CSV UTF-8";
const RAGGED: &str = "expected 3 fields as in the header line, found 4; a field that holds the separator, as do(x,y) does a comma, needs quotation marks";
const REGIME: &str = "expected obs, do(x), do(x,y) or the name of an action, found";

type Row = (u32, Vec<f64>, f64);

fn columns(actions: Option<&[&str]>) -> Columns {
    Columns {
        actions: actions.map(|names| names.iter().map(ToString::to_string).collect()),
        ..Columns::new("y")
    }
}

/// All rows of tables named `0.csv`, `1.csv`, ….
fn read(tables: &[&[u8]], columns: &Columns) -> Result<(Vec<String>, Vec<Row>), TableError> {
    let tables = tables.iter().enumerate();
    let tables: Result<_, _> = tables
        .map(|(index, &csv)| Table::new(format!("{index}.csv"), csv))
        .collect();
    let mut observations = Observations::new(tables?, columns)?;
    let mut rows = Vec::new();
    while let Some(row) = observations.next_row()? {
        rows.push((row.regime.bits(), row.actions.to_vec(), row.outcome));
    }
    Ok((observations.actions().to_vec(), rows))
}

fn message(tables: &[&[u8]], columns: &Columns) -> String {
    match read(tables, columns) {
        Ok(rows) => panic!("read {rows:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_actions_are_the_other_columns() {
    let csv = b"x,regime,y,z\n1,obs,2,3\n4,do(x),5,6\n-7e-1,\" DO( x , z ) \", .8,+9.\n";
    let (actions, rows) = read(&[csv], &columns(None)).unwrap();
    assert_eq!(actions, ["x", "z"]);
    let expected = [
        (0, vec![1.0, 3.0], 2.0),
        (1, vec![4.0, 6.0], 5.0),
        (3, vec![-0.7, 9.0], 0.8),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn actions_asked_for_have_the_order_asked_for() {
    let csv = b"note,x,regime,y,z\nhello,1,do(z),2,3\n";
    let (actions, rows) = read(&[csv], &columns(Some(&["z", "x"]))).unwrap();
    assert_eq!(actions, ["z", "x"]);
    assert_eq!(rows, [(1, vec![3.0, 1.0], 2.0)]);
}

#[test]
fn how_a_table_is_laid_out_does_not_matter() {
    let plain = read(&[b"regime,x,y\nobs,1,2\ndo(x),3,4\n"], &columns(None)).unwrap();
    let cases: [&[u8]; 16] = [
        b"\xef\xbb\xbfregime,x,y\nobs,1,2\ndo(x),3,4\n",
        b"regime,x,y\r\nobs,1,2\r\ndo(x),3,4\r\n",
        b"\xef\xbb\xbfregime, x, y\r\nobs, 1, 2\r\ndo(x), 3, 4",
        b"\nregime,x,y\n\nobs,1,2\n\n\ndo(x),3,4\n\n",
        b"\"regime\",\"x\",\"y\"\n\"obs\",\"1\",\"2\"\n\"do(x)\",\"3\",\"4\"\n",
        b"regime,x,y\robs,1,2\rdo(x),3,4\r",
        b"regime;x;y\nobs;1;2\ndo(x);3;4\n",
        b"sep=;\r\nregime;x;y\r\nobs;1,0;2\r\ndo(x);3;4,00\r\n",
        b"regime\tx\ty\nobs\t1\t2\ndo(x)\t3\t4\n",
        b"# today\nregime,x,y\nobs,1,2\ndo(x),3,4\n",
        b"regime,x,y\n,kg,m\nobs,1,2\ndo(x),3,4\n",
        b"regime,x,y,,\nobs,1,2,,\ndo(x),3,4\n,,\n ,,,,\n",
        b"regime,x,y\nobs,1,2,,\n,,\ndo(x),3,4, \n",
        b"regime,x,y\nobs,1%,2\ndo(x),3%,4\n",
        b"regime,x,y\nobs,1,\"2\"\ndo(x),3,\"4.0\"\nobs,NA,2\nobs,3,\n",
        b"\xff\xfer\0e\0g\0i\0m\0e\0\t\0x\0\t\0y\0\n\0o\0b\0s\0\t\x001\0\t\x002\0\n\0d\0o\0(\0x\0)\0\t\x003\0\t\x004\0",
    ];
    for csv in cases {
        assert_eq!(read(&[csv], &columns(None)).unwrap(), plain);
    }
}

#[test]
fn quoted_names_may_hold_commas_and_spaces() {
    let csv = b"regime,\"a,b\",dark green,y\n\"do(a,b)\",1,2,3\n\"do(dark green, a,b)\",1,2,3\n";
    let (actions, rows) = read(&[csv], &columns(None)).unwrap();
    assert_eq!(actions, ["a,b", "dark green"]);
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn tables_are_matched_by_name() {
    let first = b"regime,x,z,y\nobs,1,2,3\n";
    let second = b"y,z,regime,x\r\n6,5,do(z),4\r\n";
    let (actions, rows) = read(&[first, second], &columns(None)).unwrap();
    assert_eq!(actions, ["x", "z"]);
    assert_eq!(rows, [(0, vec![1.0, 2.0], 3.0), (2, vec![4.0, 5.0], 6.0)]);

    // With the actions given, tables may differ in the rest.
    let second = b"y,note,z,regime,x\n6,hello,5,do(z),4\n";
    let (_, rows) = read(&[first, second], &columns(Some(&["x", "z"]))).unwrap();
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_bad_header_is_one_line() {
    let twice =
        "asked for twice, expected different columns as regime, outcome, weight, block and actions";
    let none = "0.csv, line 1: no action columns beside the regime and the outcome";
    let many = format!(
        "regime,y,{}",
        (0..33).map(|k| k.to_string()).collect::<Vec<_>>().join(",")
    );
    type Case<'a> = (&'a [u8], Option<&'a [&'a str]>, &'a str);
    let cases: [Case; 18] = [
        (b"", None, "0.csv: empty, expected a header line"),
        (b"\n\n", None, "0.csv: empty, expected a header line"),
        (
            b"\xef\xbb\xbf",
            None,
            "0.csv: empty, expected a header line",
        ),
        (b"regime,x,y", None, "0.csv: no rows"),
        (b"regime,x,y\r\n\r\n", None, "0.csv: no rows"),
        (
            b"regime,x,\xff\n",
            None,
            &format!("0.csv, line 1: {NOT_TEXT}"),
        ),
        (b"\xff\xfe", None, "0.csv: empty, expected a header line"),
        (
            b"regime,x,y, x\n",
            None,
            r#"0.csv, line 1, column "x": two columns have this name: rename one of them"#,
        ),
        (
            b"treatment,x,y\nobs,1,2\n",
            None,
            r#"0.csv, line 1: no column "regime"; the columns are "treatment", "x", "y""#,
        ),
        (
            b"regime,x,\"Y\n1\"\nobs,1,2\n",
            None,
            r#"0.csv, line 1: no column "y"; the columns are "regime", "x", "Y\n1""#,
        ),
        (
            b"regime,x,y\nobs,1,2\n",
            Some(&["x", "z"]),
            r#"0.csv, line 1: no column "z"; the columns are "regime", "x", "y""#,
        ),
        (
            b"regime,x,y\nobs,1,2\n",
            Some(&["x", "y"]),
            &format!(r#"0.csv, line 1, column "y": {twice}"#),
        ),
        (
            b"regime,x,y\nobs,1,2\n",
            Some(&["x", "x"]),
            &format!(r#"0.csv, line 1, column "x": {twice}"#),
        ),
        (b"regime,y\nobs,2\n", None, none),
        (b"regime,y\nobs,2\n", Some(&[]), none),
        (
            b"regime,x,Y \nobs,1,2\n",
            None,
            r#"0.csv, line 1: no column "y" (perhaps "Y"); the columns are "regime", "x", "Y""#,
        ),
        (b",regime,y\n1,obs,4\n", None, none),
        (
            many.as_bytes(),
            None,
            "0.csv, line 1: 33 action columns, expected at most 32",
        ),
    ];
    for (csv, actions, expected) in cases {
        assert_eq!(message(&[csv], &columns(actions)), expected);
    }
}

#[test]
fn a_bad_row_is_one_line() {
    // The row on line 3 (or where it is said to be), the column, what is wrong.
    let change = format!("{REGIME} \"change(x)\"");
    let zero = format!("{REGIME} \"0\"; if nothing was set there, say so with --observational 0");
    let cases: [(&[u8], u64, &str, &str); 18] = [
        (
            b"obs,1",
            3,
            "",
            "expected 3 fields as in the header line, found 2",
        ),
        (b"obs,1,2,3", 3, "", RAGGED),
        (
            b"obs,\"1,2",
            3,
            "",
            "expected 3 fields as in the header line, found 2",
        ),
        (b"obs,one,2", 3, "x", r#"expected a number, found "one""#),
        (
            b"obs,1,\"2;\t3\"",
            3,
            "y",
            r#"expected a number, found "2;\t3""#,
        ),
        (b"obs,1e,2", 3, "x", r#"expected a number, found "1e""#),
        (
            b"obs,1,-inf",
            3,
            "y",
            r#"expected a finite number, found "-inf""#,
        ),
        (
            b"obs,1,1e999",
            3,
            "y",
            r#"expected a finite number, found "1e999""#,
        ),
        (b"obs,\xff,2", 3, "x", NOT_TEXT),
        // A character that is cut is none, though the pieces together are.
        (b"obs,\"\xc3\",\"\xa9\"", 3, "x", NOT_TEXT),
        (b"\xff,1,2", 3, "regime", NOT_TEXT),
        (b"change(x),1,2", 3, "regime", &change),
        (b"0,1,2", 3, "regime", &zero),
        (
            b",1,2",
            3,
            "regime",
            r#"both "obs" and empty cells where nothing was set: expected one of the two, because an empty cell may also be a missing one"#,
        ),
        (
            b"do(y),1,2",
            3,
            "regime",
            r#"no action "y"; the actions are "x""#,
        ),
        (b"\"do(x,x)\",1,2", 3, "regime", r#""x" is set twice"#),
        // Lines are counted over blank ones and over line breaks in quotation marks.
        (
            b"\n\n\nobs,1,2\nobs,one,2",
            7,
            "x",
            r#"expected a number, found "one""#,
        ),
        (
            b"\"\nobs\n\",1,2\n\"obs\n\",one,2",
            6,
            "x",
            r#"expected a number, found "one""#,
        ),
    ];
    for (row, line, column, problem) in cases {
        let expected = match column {
            "" => format!("0.csv, line {line}: {problem}"),
            column => format!("0.csv, line {line}, column {column:?}: {problem}"),
        };
        let lf = [b"regime,x,y\nobs,1,2\n", row].concat();
        let crlf: Vec<u8> = lf
            .split_inclusive(|&byte| byte == b'\n')
            .flat_map(|line| match line {
                [line @ .., b'\n'] => [line, b"\r\n"].concat(),
                line => line.to_vec(),
            })
            .collect();
        for (csv, end) in [(lf, "\n"), (crlf, "\r\n")] {
            let rows = ["", end, &format!("{end}obs,1,2{end}")];
            // An unclosed quotation mark takes in what follows it.
            let unclosed = row.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
            for after in rows.iter().take(if unclosed { 2 } else { 3 }) {
                let csv = [&csv, after.as_bytes()].concat();
                assert_eq!(message(&[&csv], &columns(None)), expected);
            }
        }
    }
}

/// Rows without a value are left out and counted, or refused; a regime is read either way.
#[test]
fn rows_without_a_value() {
    let csv = b"regime,x,z,y\nobs,1,2,3\nobs,,2,3\ndo(x),1,NA,\ndo(x),nan,2,3\ndo(z),1,2,null\nobs,4,5,6\n";
    let tables = || vec![Table::new("0.csv", &csv[..]).unwrap()];
    let mut rows = Observations::new(tables(), &Columns::new("y")).unwrap();
    let mut kept = Vec::new();
    while let Some(row) = rows.next_row().unwrap() {
        kept.push(row.outcome);
    }
    assert_eq!(kept, [3.0, 6.0]);
    let expected = [
        r#"rows left out, without "x": 1 of obs and 1 of do(x)"#,
        r#"rows left out, without "z": 1 of do(x)"#,
        r#"rows left out, without "y": 1 of do(z)"#,
    ];
    assert_eq!(rows.remarks(), expected);
    let refuse = Columns {
        missing: Missing::Refuse,
        ..Columns::new("y")
    };
    let mut rows = Observations::new(tables(), &refuse).unwrap();
    assert!(rows.next_row().unwrap().is_some());
    assert_eq!(
        rows.next_row().unwrap_err().to_string(),
        r#"0.csv, line 3, column "x": expected a number, found no value"#
    );
}

/// An action is a column with a name that holds numbers; which others there are is said.
#[test]
fn columns_that_are_no_actions() {
    let first =
        b",date,regime,x,note,spare,y,,\n0,2024-01-01,obs,1,a,,2,,\n1,2024-01-02,do(x),3,,,4,,\n";
    let second = b"day,x,regime,y\nMon,1,obs,2\n";
    let tables = [&first[..], second].map(|csv| Table::new("log", csv).unwrap());
    let mut rows = Observations::new(Vec::from(tables), &Columns::new("y")).unwrap();
    assert_eq!(rows.actions(), ["x"]);
    let expected = [
        r#"not taken for actions: column 1 (no name), "date" (text), "note" (text), "spare" (empty)"#,
        r#"not taken for actions: "day" (text)"#,
    ];
    assert_eq!(rows.left_out(), expected);
    let mut count = 0;
    while rows.next_row().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
    let price = b"regime,x,price,y\nobs,1,low,2\ndo(price),3,high,4\n";
    assert_eq!(
        message(&[price], &columns(None)),
        r#"0.csv, line 3, column "regime": "price" is set, but its column holds text, expected numbers, or --categorical price"#
    );
}

/// A row of units is skipped, and signs of numbers are left out, which is said.
#[test]
fn liberties() {
    let csv =
        b"sep=;\nregime;x;y\n;%;EUR\nobs;1,5%;\xe2\x82\xac 1.000\ndo(x);2 %;-\xe2\x82\xac20,25\n";
    let (_, rows) = read(&[csv], &columns(None)).unwrap();
    assert_eq!(rows, [(0, vec![1.5], 1000.0), (1, vec![2.0], -20.25)]);
    let table = Table::new("log", &csv[..]).unwrap();
    let rows = Observations::new(vec![table], &columns(None)).unwrap();
    let expected = [
        "log, line 3: taken for units, and skipped",
        "log, column \"x\": numbers are read without %",
        "log, column \"y\": numbers are read without €",
    ];
    assert_eq!(rows.liberties(), expected);
}

/// Longer than what is read at once, so that characters lie across its end.
#[test]
fn utf_16_of_any_length() {
    let mut text = String::from("regime\tx\ty\t😀\n");
    for row in 0..20_000 {
        text += &format!("obs\t{row}\t2\t{}\n", "😀é".repeat(row % 5));
    }
    for big in [false, true] {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        };
        let csv: Vec<u8> = units.flat_map(bytes).collect();
        let (actions, rows) = read(&[&csv], &columns(None)).unwrap();
        assert_eq!(actions, ["x"]);
        assert!(
            rows.len() == 20_000 && rows.iter().enumerate().all(|(row, x)| x.1 == [row as f64])
        );
    }
}

#[test]
fn a_long_field_is_cut_in_the_message() {
    let csv = format!("regime,x,y\nobs,1,2\nobs,{},2\n", "é".repeat(1000));
    let expected = format!(
        "0.csv, line 3, column \"x\": expected a number, found \"{}…\"",
        "é".repeat(40)
    );
    assert_eq!(message(&[csv.as_bytes()], &columns(None)), expected);
}

#[test]
fn tables_must_have_the_columns_of_the_first() {
    let first = b"regime,x,z,y\nobs,1,2,3\n";
    let cases: [(&[u8], &str); 4] = [
        (
            b"regime,x,y\nobs,1,2\n",
            r#"1.csv, line 1: no column "z"; the columns are "regime", "x", "y""#,
        ),
        (
            b"regime,x,z,w,y\nobs,1,2,3,4\n",
            r#"1.csv, line 1, column "w": not a column of 0.csv, expected the same columns"#,
        ),
        (b"regime,x,z,y\n", "1.csv: no rows"),
        (
            b"regime,z,x,y\nobs,1,2,3\nobs,1,two,3\n",
            r#"1.csv, line 3, column "x": expected a number, found "two""#,
        ),
    ];
    for (second, expected) in cases {
        assert_eq!(message(&[first, second], &columns(None)), expected);
    }
}

#[test]
fn a_table_of_actions_alone_is_passed_through() {
    let csv = b"id,z,\"the note\",x\r\n\xff7,2,\"a,b\",1\r\n8, 4 ,,3\r\n";
    let mut table = Table::new("rows", &csv[..]).unwrap();
    let actions = ["x", "z"].map(|name| table.column(name).unwrap());
    let mut echo = csv::Writer::from_writer(Vec::new());
    echo.write_record(table.header()).unwrap();
    let mut values = Vec::new();
    let mut row = [0.0; 2];
    while table.advance().unwrap() {
        table.numbers(&actions, &mut row).unwrap();
        values.push(row);
        echo.write_record(table.record()).unwrap();
    }
    assert_eq!(values, [[1.0, 2.0], [3.0, 4.0]]);
    let expected = b"id,z,the note,x\n\xff7,2,\"a,b\",1\n8, 4 ,,3\n";
    assert_eq!(echo.into_inner().unwrap(), expected);
}

#[test]
fn files_are_opened_before_any_is_read() {
    let directory = TempDir::new().unwrap();
    let file = |name: &str, csv: &str| -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, csv).unwrap();
        path
    };
    let good = file("good.csv", "regime,x,y\nobs,1,2\ndo(x),3,4\n");
    let more = file("more.csv", "y,x,regime\n1,2,obs\n");
    let bad = file("bad.csv", "regime,x\nobs,1\n");
    let size = |path| fs::metadata(path).unwrap().len();

    let mut rows = Observations::open(&[&good, &more], &columns(None)).unwrap();
    assert_eq!(rows.size(), size(&good) + size(&more));
    let mut count = 0;
    while rows.next_row().unwrap().is_some() {
        count += 1;
        assert!(rows.bytes_read() > 0);
    }
    assert_eq!((count, rows.bytes_read()), (3, rows.size()));

    let missing = directory.path().join("missing.csv");
    let cases = [
        (
            bad,
            r#", line 1: no column "y"; the columns are "regime", "x""#,
        ),
        (
            missing,
            ": cannot be read: No such file or directory (os error 2)",
        ),
        (
            directory.path().to_path_buf(),
            ": cannot be read: Is a directory (os error 21)",
        ),
    ];
    for (path, expected) in cases {
        let error = Observations::open(&[&good, &path], &columns(None)).unwrap_err();
        assert_eq!(error.to_string(), format!("{}{expected}", path.display()));
    }
}
