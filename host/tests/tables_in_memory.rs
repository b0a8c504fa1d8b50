//! Tables in memory are what the same rows are in a file, however many come at a time.

use joint_effects::Data;
use joint_effects::log::observations::{Columns, Missing, Observations, RegimeColumns};
use joint_effects::log::table::Table;
use joint_effects::log::table::batches::{Batches, Kind, Values};
use std::io::{self, Empty, Read};

const ROWS: usize = 5000;

/// A regime, an action that is missing now and then, another, and an outcome.
#[derive(Clone)]
struct Rows {
    regimes: Vec<&'static str>,
    numbers: [Vec<f64>; 3],
}

impl Rows {
    fn new() -> Self {
        let wave = |step: f64| (0..ROWS).map(move |row| (step * row as f64).sin());
        let regimes = ["obs", "do(x)", "do(y)", "do(x,y)"];
        Self {
            regimes: (0..ROWS).map(|row| regimes[row * row % 7 % 4]).collect(),
            numbers: [
                wave(0.7).collect(),
                wave(1.3).collect(),
                wave(2.9).collect(),
            ],
        }
    }

    fn csv(&self) -> String {
        let rows = (0..ROWS).map(|row| {
            let [x, y, outcome] = self.numbers.each_ref().map(|column| match column[row] {
                value if value.is_nan() => String::new(),
                value => value.to_string(),
            });
            format!("\"{}\",{x},{y},{outcome}\n", self.regimes[row])
        });
        "regime,x,y,outcome\n".to_string() + &rows.collect::<String>()
    }

    /// In batches of so many rows.
    fn in_memory(self, batch: usize) -> Table<Empty> {
        let stream = Stream {
            rows: self,
            batch,
            next: 0,
        };
        Table::in_memory("log", stream).unwrap()
    }
}

struct Stream {
    rows: Rows,
    batch: usize,
    next: usize,
}

impl Batches for Stream {
    fn columns(&self) -> Vec<(String, Kind)> {
        let numbers = ["x", "y", "outcome"].map(|name| (name.to_string(), Kind::Numbers));
        let regime = [("regime".to_string(), Kind::Text)];
        let dates = [("day".to_string(), Kind::Other("dates".into()))];
        regime.into_iter().chain(numbers).chain(dates).collect()
    }

    fn next(&mut self, columns: &[usize]) -> Option<io::Result<Vec<Values>>> {
        let rows = self.next..ROWS.min(self.next + self.batch);
        self.next = rows.end;
        let values = columns.iter().map(|&column| match column.checked_sub(1) {
            Some(column) => {
                Values::Numbers(Box::new(self.rows.numbers[column][rows.clone()].to_vec()))
            }
            None => {
                let mut texts: Vec<String> = vec!["never".into()];
                let regimes = self.rows.regimes[rows.clone()].iter();
                let places = regimes.map(|regime| {
                    let place = texts.iter().position(|text| text == regime);
                    let place = place.unwrap_or_else(|| {
                        texts.push((*regime).into());
                        texts.len() - 1
                    });
                    place as u32
                });
                let places: Vec<_> = places.collect();
                Values::Texts {
                    places: Box::new(places),
                    texts,
                }
            }
        });
        (!rows.is_empty()).then(|| Ok(values.collect()))
    }
}

fn read<R: Read>(table: Table<R>, columns: &Columns) -> Result<(Data, Vec<String>), String> {
    let mut rows = Observations::new(vec![table], columns).map_err(|error| error.to_string())?;
    let data = Data::read(&mut rows, 3, |_| ()).map_err(|error| error.to_string())?;
    Ok((data, rows.remarks()))
}

fn expect_as_in_a_file(rows: &Rows, columns: &Columns) {
    let csv = rows.csv();
    let file = read(Table::new("log", csv.as_bytes()).unwrap(), columns).unwrap();
    for batch in [1, 13, 1024, ROWS] {
        let memory = read(rows.clone().in_memory(batch), columns).unwrap();
        assert_eq!(memory, file, "in batches of {batch}");
    }
}

#[test]
fn the_size_of_batches_changes_no_bit() {
    expect_as_in_a_file(&Rows::new(), &Columns::new("outcome"));
}

#[test]
fn rows_without_a_value_are_left_out_as_in_a_file() {
    let mut rows = Rows::new();
    for row in [0, 1, 1500, 2047, 2048, 4999] {
        rows.numbers[row % 3][row] = f64::NAN;
    }
    rows.regimes[3000] = "";
    let columns = Columns::new("outcome");
    // Where nothing was set is said by a word or by nothing, not both.
    let both = read(rows.clone().in_memory(700), &columns).unwrap_err();
    assert!(both.starts_with("log, row 3001, column \"regime\": both \"obs\" and empty cells"));
    rows.regimes[3000] = "do(x)";
    expect_as_in_a_file(&rows, &columns);
}

#[test]
fn an_error_names_the_row() {
    let columns = Columns {
        missing: Missing::Refuse,
        ..Columns::new("outcome")
    };
    for (row, value, found) in [
        (4000, f64::NAN, "expected a number, found no value"),
        (1, f64::INFINITY, "expected a finite number, found \"inf\""),
        (
            4000,
            f64::NEG_INFINITY,
            "expected a finite number, found \"-inf\"",
        ),
    ] {
        let mut rows = Rows::new();
        rows.numbers[1][row] = value;
        let error = read(rows.in_memory(1000), &columns).unwrap_err();
        assert_eq!(
            error,
            format!("log, row {}, column \"y\": {found}", row + 1)
        );
    }
    let mut rows = Rows::new();
    rows.regimes[4000] = "do(z)";
    let error = read(rows.in_memory(1000), &columns).unwrap_err();
    let expected =
        "log, row 4001, column \"regime\": no action \"z\"; the actions are \"x\", \"y\"";
    assert_eq!(error, expected);
}

#[test]
fn flags_say_what_texts_say() {
    let mut rows = Rows::new();
    rows.numbers[0] = (0..ROWS)
        .map(|row| f64::from(u8::from(row % 3 == 1)))
        .collect();
    rows.regimes = (0..ROWS)
        .map(|row| if row % 3 == 1 { "do(y)" } else { "obs" })
        .collect();
    let columns = |regime| Columns {
        regime,
        actions: Some(vec!["y".into()]),
        ..Columns::new("outcome")
    };
    let by_texts = read(rows.clone().in_memory(900), &columns("regime".into())).unwrap();
    let flags = columns(RegimeColumns::Indicators(vec!["x".into()]));
    assert!(read(rows.clone().in_memory(900), &flags).unwrap() == by_texts);
    rows.numbers[0][4321] = 2.0;
    let error = read(rows.in_memory(900), &flags).unwrap_err();
    assert_eq!(
        error,
        "log, row 4322, column \"x\": expected 0 or 1, found \"2\""
    );
}

#[test]
fn columns_of_other_values_are_no_actions() {
    let rows = Observations::new(vec![Rows::new().in_memory(9)], &Columns::new("outcome")).unwrap();
    assert_eq!(rows.actions(), ["x", "y"]);
    assert_eq!(rows.left_out(), ["not taken for actions: \"day\" (dates)"]);
    let columns = Columns {
        actions: Some(vec!["day".into()]),
        ..Columns::new("outcome")
    };
    let error = read(Rows::new().in_memory(9), &columns).unwrap_err();
    assert_eq!(
        error,
        "log, column \"day\": expected a column of numbers, found dates"
    );
}
