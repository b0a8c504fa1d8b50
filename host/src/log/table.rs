//! Tables in CSV, plain or compressed with gzip, and in Parquet, a row at a time: the memory does not
//! depend on how many rows there are.
//!
//! ```
//! use joint_effects::log::table::Table;
//! let mut table = Table::new("heights", "name,height\nEve,1.7\nAdam,1.8\n".as_bytes())?;
//! let height = table.column("height")?;
//! let mut sum = 0.0;
//! while table.advance()? {
//!     sum += table.number(height)?;
//! }
//! assert_eq!(sum, 3.5);
//! # Ok::<(), joint_effects::log::table::TableError>(())
//! ```

use crate::log::expression::{ExpressionError, excerpt, listed};
use crate::log::input::{Input, Origin};
use csv::{Csv, LONGEST_ROW};
use joint_effects_kernel::regime::MAX_ACTIONS;
use parquet::Parquet;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Read};
use std::path::Path;

mod csv;
#[cfg_attr(not(feature = "parquet"), path = "table/no_parquet.rs")]
mod parquet;

/// A table cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct TableError {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub problem: Problem,
}

/// A place in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the table, which is its path where it is a file.
    pub table: String,
    /// The row.
    pub row: Option<Row>,
    /// The name of the column.
    pub column: Option<String>,
}

/// A row in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// By the line of the text, from 1, where it begins; the header has the first.
    Line(u64),
    /// By its number, from 1.
    Number(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        match self.row {
            Some(Row::Line(line)) => write!(f, ", line {line}")?,
            Some(Row::Number(row)) => write!(f, ", row {row}")?,
            None => {}
        }
        if let Some(column) = &self.column {
            write!(f, ", column {:?}", excerpt(column))?;
        }
        Ok(())
    }
}

/// What can be wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It has no header.
    #[error("empty, expected a header line")]
    Empty,
    /// It is a file of another kind.
    #[error("looks like {0}, expected CSV text")]
    NotCsv(&'static str),
    /// It has columns and nothing else.
    #[error("no rows")]
    NoRows,
    /// It is Parquet, but damaged or of a kind that is not supported.
    #[error("cannot be read: {0}")]
    Damaged(String),
    /// It is Parquet, which this program was built without.
    #[error("Parquet, which this program was built without: cargo build --features parquet")]
    NoParquet,
    /// A Parquet file has a column of another type.
    #[error("expected a column of {expected}, found {found}")]
    Type {
        /// What was expected.
        expected: &'static str,
        /// The type it has.
        found: String,
    },
    /// A Parquet file has no value there.
    #[error("expected {0}, found null")]
    Null(&'static str),
    /// A header or a field is not UTF-8.
    #[error("expected UTF-8 text")]
    NotText,
    /// A row has another number of fields than the header.
    #[error(
        "expected {expected} fields as in the header line, found {found}{}",
        hint(*expected, *found)
    )]
    Ragged {
        /// Fields in the header.
        expected: usize,
        /// Fields in the row.
        found: usize,
    },
    /// A row is longer than any table's.
    #[error("a row longer than {LONGEST_ROW} bytes, perhaps an unclosed quotation mark")]
    TooLong,
    /// Two columns have the same name.
    #[error("two columns have this name")]
    Repeated,
    /// A column that would be an action has no name.
    #[error("column {0} has no name, expected an action's")]
    Unnamed(usize),
    /// A column is missing.
    #[error("no column {:?}; the columns are {}", excerpt(column), listed(columns))]
    Missing {
        /// The one asked for.
        column: String,
        /// Those there are.
        columns: Vec<String>,
    },
    /// A column would be an action and is not in the first table.
    #[error("not a column of {first}, expected the same columns")]
    Unexpected {
        /// The name of the first table.
        first: String,
    },
    /// A column was asked for twice, for instance as an outcome and as an action.
    #[error("asked for twice, expected different columns as regime, outcome and actions")]
    Conflict,
    /// An action has a name that means something else.
    #[error(
        "expected another name for an action: --do all and --do none mean every action and no action"
    )]
    Reserved,
    /// A column has the name of one that is to be added.
    #[error("expected another name, predictions are written under it")]
    Taken,
    /// There is no action.
    #[error("no action columns beside the regime and the outcome")]
    NoActions,
    /// There are too many actions.
    #[error("{0} action columns, expected at most {MAX_ACTIONS}")]
    TooManyActions(usize),
    /// There are more or fewer indicators than actions.
    #[error(
        "{found} indicator columns, expected one for each action, in this order: {}",
        listed(actions)
    )]
    Indicators {
        /// The names of the actions.
        actions: Vec<String>,
        /// How many indicators there are.
        found: usize,
    },
    /// A field is not an indicator.
    #[error("expected 0 or 1, found {0:?}")]
    NotAFlag(String),
    /// A field is not a number.
    #[error("expected a number, found {0:?}")]
    NotANumber(String),
    /// A number is NaN, infinite, or beyond the range of `f64`.
    #[error("expected a finite number, found {0:?}")]
    NotFinite(String),
    /// A field is not a regime.
    #[error(transparent)]
    Regime(#[from] ExpressionError),
}

/// A table with named columns, and its current row.
///
/// CSV has a header line; a byte order mark is skipped, lines may end in LF or CRLF, and blank lines
/// are ignored. Spaces around a column's name or a number do not matter.
#[derive(Debug)]
pub struct Table<R> {
    name: String,
    columns: Vec<String>,
    rows: Rows<R>,
}

#[derive(Debug)]
enum Rows<R> {
    Csv(Csv<R>),
    Parquet(Box<Parquet>),
}

/// What is wrong, and in which row.
#[derive(Debug)]
struct Fault {
    row: Option<Row>,
    problem: Problem,
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self { row: None, problem }
    }
}

impl Table<Input> {
    /// Opens a file or a pipe and reads its header. What it is, its first bytes say.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TableError> {
        let path = path.as_ref();
        Self::of_input(path, Input::open(path))
    }

    /// The same of what is at its origin.
    pub(crate) fn at(origin: &mut Origin) -> Result<Self, TableError> {
        let input = origin.open();
        Self::of_input(origin.path(), input)
    }

    fn of_input(path: &Path, input: io::Result<Input>) -> Result<Self, TableError> {
        let name = path.display().to_string();
        let input = input.map_err(|error| Problem::Unreadable(error).of(&name))?;
        if !input.starts_with(parquet::MAGIC) {
            return Self::new(name, input);
        }
        match Parquet::new(input.into_file()) {
            Ok(rows) => {
                let columns = rows.columns();
                Self::of(name, columns, Rows::Parquet(Box::new(rows)))
            }
            Err(problem) => Err(problem.of(&name)),
        }
    }

    /// Bytes in the file, 0 where that is unknown, as it is of a pipe.
    pub fn size(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.input().size(),
            Rows::Parquet(rows) => rows.size(),
        }
    }

    /// Bytes used so far, of [`Table::size`].
    pub fn bytes_read(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.input().bytes_read(),
            Rows::Parquet(rows) => rows.bytes_read(),
        }
    }
}

impl<R: Read> Table<R> {
    /// Reads the header of a CSV table; `name` stands for it in messages.
    pub fn new(name: impl Into<String>, input: R) -> Result<Self, TableError> {
        let name = name.into();
        match Csv::new(input) {
            Ok(rows) => {
                let names = rows.header().iter().map(|name| name.trim().to_string());
                Self::of(name, names.collect(), Rows::Csv(rows))
            }
            Err(Fault { row, problem }) => Err(TableError {
                place: Place {
                    table: name,
                    row,
                    column: None,
                },
                problem,
            }),
        }
    }
}

impl<R: Read> Table<R> {
    fn of(name: String, columns: Vec<String>, rows: Rows<R>) -> Result<Self, TableError> {
        let table = Self {
            name,
            columns,
            rows,
        };
        let mut names = HashSet::new();
        for name in &table.columns {
            if !name.is_empty() && !names.insert(name) {
                return Err(table.column_error(name, Problem::Repeated));
            }
        }
        Ok(table)
    }

    /// The name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The index of the column of this name.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        let index = self.columns.iter().position(|column| column == name);
        index.ok_or_else(|| {
            self.header_error(Problem::Missing {
                column: name.to_string(),
                columns: self.columns.clone(),
            })
        })
    }

    /// The header as it was read, to be written above rows of [`Table::record`].
    pub fn header(&self) -> &[String] {
        match &self.rows {
            Rows::Csv(rows) => rows.header(),
            Rows::Parquet(_) => &self.columns,
        }
    }

    /// Says before the first row which columns will be asked for, as numbers or as text; no others
    /// are read where the file allows it. Without it all columns are.
    pub fn select(&mut self, numbers: &[usize], texts: &[usize]) -> Result<(), TableError> {
        let Rows::Parquet(rows) = &mut self.rows else {
            return Ok(());
        };
        let selected = rows.select(numbers, texts);
        selected.map_err(|(column, problem)| self.column_error(&self.columns[column], problem))
    }

    /// Goes on to the next row; false after the last. A table without rows is an error, and so is a
    /// row with another number of fields than the header.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        let found = match &mut self.rows {
            Rows::Csv(rows) => rows.advance(),
            Rows::Parquet(rows) => rows.advance().map_err(Fault::from),
        };
        found.map_err(|Fault { row, problem }| self.located(row, None, problem))
    }

    /// The current row as it was read; an empty text where it has no value.
    pub fn record(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        (0..self.columns.len()).map(|column| match &self.rows {
            Rows::Csv(rows) => Cow::from(rows.field(column)),
            Rows::Parquet(rows) => match rows.text(column) {
                Ok(Cow::Borrowed(text)) => Cow::from(text.as_bytes()),
                Ok(Cow::Owned(text)) => Cow::from(text.into_bytes()),
                Err(_) => Cow::default(),
            },
        })
    }

    /// A field of the current row that holds a finite number.
    pub fn number(&self, column: usize) -> Result<f64, TableError> {
        let number = match &self.rows {
            Rows::Csv(rows) => number(rows.field(column)),
            Rows::Parquet(rows) => rows.number(column),
        };
        number.map_err(|problem| self.field_error(column, problem))
    }

    /// Fields of the current row that hold finite numbers: `numbers` gets one per column.
    pub fn numbers(&self, columns: &[usize], numbers: &mut [f64]) -> Result<(), TableError> {
        // Whether it is text is found out for a whole row faster than for every field.
        let whole = match &self.rows {
            Rows::Csv(rows) => rows.fields(),
            Rows::Parquet(_) => None,
        };
        for (number, &column) in numbers.iter_mut().zip(columns) {
            *number = match whole.as_ref().and_then(|field| field(column)) {
                Some(text) => parse(text).map_err(|problem| self.field_error(column, problem))?,
                None => self.number(column)?,
            };
        }
        Ok(())
    }

    /// A field of the current row that holds 0 or 1, false or true.
    pub fn flag(&self, column: usize) -> Result<bool, TableError> {
        let flag = match &self.rows {
            Rows::Csv(rows) => flag(rows.field(column)),
            Rows::Parquet(rows) => rows.number(column).and_then(|number| {
                number_as_flag(number).ok_or_else(|| Problem::NotAFlag(number.to_string()))
            }),
        };
        flag.map_err(|problem| self.field_error(column, problem))
    }

    /// A field of the current row that holds text.
    pub fn text(&self, column: usize) -> Result<Cow<'_, str>, TableError> {
        let text = match &self.rows {
            Rows::Csv(rows) => text(rows.field(column)).map(Cow::from),
            Rows::Parquet(rows) => rows.text(column),
        };
        text.map_err(|problem| self.field_error(column, problem))
    }

    /// Where the current row is.
    pub fn place(&self) -> Place {
        let row = match &self.rows {
            Rows::Csv(rows) => rows.row(),
            Rows::Parquet(rows) => rows.row(),
        };
        Place {
            table: self.name.clone(),
            row: Some(row),
            column: None,
        }
    }

    /// An error of a field of the current row.
    pub fn field_error(&self, column: usize, problem: Problem) -> TableError {
        let mut place = self.place();
        place.column = self.columns.get(column).cloned();
        TableError { place, problem }
    }

    /// An error of the header.
    pub(crate) fn header_error(&self, problem: Problem) -> TableError {
        self.located(self.header_row(), None, problem)
    }

    /// An error of a column.
    pub fn column_error(&self, column: &str, problem: Problem) -> TableError {
        let place = self.column_place(column);
        TableError { place, problem }
    }

    /// Where a column is named.
    pub(crate) fn column_place(&self, column: &str) -> Place {
        Place {
            table: self.name.clone(),
            row: self.header_row(),
            column: Some(column.to_string()),
        }
    }

    fn header_row(&self) -> Option<Row> {
        match self.rows {
            Rows::Csv(_) => Some(Row::Line(1)),
            Rows::Parquet(_) => None,
        }
    }

    fn located(&self, row: Option<Row>, column: Option<String>, problem: Problem) -> TableError {
        TableError {
            place: Place {
                table: self.name.clone(),
                row,
                column,
            },
            problem,
        }
    }
}

impl Problem {
    /// Of a table as a whole.
    pub(crate) fn of(self, table: &str) -> TableError {
        TableError {
            place: Place {
                table: table.to_string(),
                row: None,
                column: None,
            },
            problem: self,
        }
    }
}

/// A field that holds text.
fn text(field: &[u8]) -> Result<&str, Problem> {
    str::from_utf8(field).map_err(|_| Problem::NotText)
}

/// A field that holds a finite number.
fn number(field: &[u8]) -> Result<f64, Problem> {
    parse(text(field)?)
}

fn parse(text: &str) -> Result<f64, Problem> {
    let text = text.trim_ascii();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(Problem::NotFinite(excerpt(text))),
        Err(_) => Err(Problem::NotANumber(excerpt(text))),
    }
}

/// A field that holds an indicator.
fn flag(field: &[u8]) -> Result<bool, Problem> {
    let text = text(field)?.trim_ascii();
    let words = [("false", false), ("true", true)];
    let word = words
        .iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word));
    let number = || text.parse().ok().and_then(number_as_flag);
    let flag = word.map(|&(_, flag)| flag).or_else(number);
    flag.ok_or_else(|| Problem::NotAFlag(excerpt(text)))
}

fn number_as_flag(number: f64) -> Option<bool> {
    match number {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

/// Why a row may have too many fields.
fn hint(expected: usize, found: usize) -> &'static str {
    match found > expected {
        true => "; a field that holds a comma, such as do(x,y), needs quotation marks",
        false => "",
    }
}
