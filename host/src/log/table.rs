//! Tables in CSV, plain or compressed with gzip, in Parquet, and in memory ([`batches`]), a row at a time:
//! the memory does not depend on how many rows there are.
//!
//! CSV is what spreadsheets, pandas and R write. Its cells are separated by commas, semicolons or tabs, as
//! the header shows or a first line `sep=;` says; its lines end in LF, CRLF or CR; it is UTF-8, or UTF-16
//! with a byte order mark. Lines of comments before the header, blank rows, a row of units below the header
//! and blank cells behind the last are skipped. The first rows show how the numbers of a column are written:
//! with a decimal point or comma, with or without thousands set apart, all with `%` or a sign of currency,
//! or as `TRUE` and `FALSE`. A number that is written otherwise is an error. Empty cells, `NA`, `NaN`,
//! `null` and the like have no value.
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

use crate::log::blocks::MAX_BLOCKS;
use crate::log::expression::{ExpressionError, excerpt, listed};
use crate::log::input::{Input, Origin};
use crate::log::levels::{Levels, MAX_LEVELS};
use batches::{Batches, Memory};
use cell::Content;
pub(crate) use cell::is_missing;
use csv::{Csv, LONGEST_ROW};
use joint_effects_kernel::regime::MAX_ACTIONS;
use parquet::Parquet;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Read};
use std::path::Path;

pub mod batches;
mod cell;
mod csv;
mod dialect;
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
    #[error("looks like {0}")]
    NotCsv(&'static str),
    /// It has columns and nothing else.
    #[error("no rows")]
    NoRows,
    /// It is Parquet, but damaged or of a kind that is not supported.
    #[error("cannot be read: {0}")]
    Damaged(String),
    /// It is Parquet, compressed in a way that is not supported.
    #[error(
        "compressed with {0}, expected zstd, snappy, gzip, lz4 or none: write it with one of them"
    )]
    Compression(String),
    /// It is Parquet, which this program was built without.
    #[error("Parquet, which this program was built without: build it with the feature parquet")]
    NoParquet,
    /// A Parquet file has a column of another type.
    #[error("expected a column of {expected}, found {found}")]
    Type {
        /// What was expected.
        expected: &'static str,
        /// The type it has.
        found: String,
    },
    /// There is no value.
    #[error("expected {0}, found no value")]
    NoValue(&'static str),
    /// A column says in two ways that nothing was set.
    #[error(
        "both {0:?} and empty cells where nothing was set: expected one of the two, because an empty \
         cell may also be a missing one"
    )]
    Undecided(String),
    /// A header or a field is not UTF-8.
    #[error(
        "expected UTF-8 text, found another encoding, perhaps Latin-1 or Windows-1252: save it as CSV UTF-8"
    )]
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
    #[error("two columns have this name: rename one of them")]
    Repeated,
    /// A column that would be an action has no name.
    #[error("column {0} has no name, expected an action's")]
    Unnamed(usize),
    /// Columns are missing.
    #[error("no {}; the columns are {}", absent(missing, columns), listed(columns))]
    Missing {
        /// Those asked for.
        missing: Vec<String>,
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
    #[error(
        "asked for twice, expected different columns as regime, outcome, weight, block and actions"
    )]
    Conflict,
    /// An action has a name that means something else.
    #[error(
        "expected another name for an action: --do all and --do none mean every action and no action"
    )]
    Reserved,
    /// A column has the name of one that is to be added.
    #[error("predictions are written under this name: --prefix gives them another")]
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
    /// An action has no value in the baseline, or several.
    #[error("{0} values in the baseline, expected one for each action")]
    Baseline(usize),
    /// The baseline has a value of a column that is no action.
    #[error("a value in the baseline, but this is no action")]
    NoActionRests,
    /// What is said to be a category is no action.
    #[error("said to be a category, but it is no action")]
    NoCategory,
    /// There are too many levels.
    #[error("more than {MAX_LEVELS} levels of a category, expected fewer")]
    ManyLevels,
    /// There are too many blocks.
    #[error(
        "more than {MAX_BLOCKS} blocks: expected a column of weeks, batches, sites or the like, not one that \
         tells rows apart"
    )]
    ManyBlocks,
    /// A value is none of the levels of a category.
    #[error("expected a level that the fit has seen, {expected}, found {found:?}")]
    UnknownLevel {
        /// The levels.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A field is not an indicator.
    #[error("expected 0 or 1, found {0:?}")]
    NotAFlag(String),
    /// A field is not a number.
    #[error("expected a number, found {0:?}")]
    NotANumber(String),
    /// A weight is not above 0.
    #[error("expected a weight above 0, found {0}")]
    Weight(f64),
    /// A field is a number, but is not written as the others of its column are.
    #[error("expected a number with {expected}, as other rows have, found {found:?}")]
    Unlike {
        /// How they are written.
        expected: String,
        /// The field.
        found: String,
    },
    /// A field is one number with a decimal comma and another with thousands set apart by commas.
    #[error(
        "expected a number, found {0:?}, which may be {1} or {2}: write it without thousands separators"
    )]
    TwoNumbers(String, f64, f64),
    /// A number is infinite, or beyond the range of `f64`.
    #[error("expected a finite number, found {0:?}")]
    NotFinite(String),
    /// An action is said to be set whose column is not an action's.
    #[error(
        "{action:?} is set, but its column holds {found}, expected numbers{}",
        if found == "text" { format!(", or --categorical {action}") } else { String::new() }
    )]
    NoAction {
        /// The column.
        action: String,
        /// What it holds.
        found: String,
    },
    /// A field is not a regime.
    #[error(transparent)]
    Regime(#[from] ExpressionError),
}

/// A table with named columns, and its current row.
///
/// Spaces around a column's name or a number do not matter.
#[derive(Debug)]
pub struct Table<R> {
    name: String,
    columns: Vec<String>,
    rows: Rows<R>,
}

#[derive(Debug)]
enum Rows<R> {
    Csv(Box<Csv<R>>),
    Parquet(Box<Parquet>),
    Memory(Memory),
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
            Rows::Memory(_) => 0,
        }
    }

    /// Bytes used so far, of [`Table::size`].
    pub fn bytes_read(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.input().bytes_read(),
            Rows::Parquet(rows) => rows.bytes_read(),
            Rows::Memory(_) => 0,
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
                Self::of(name, names.collect(), Rows::Csv(Box::new(rows)))
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

impl Table<io::Empty> {
    /// Rows in memory.
    pub fn in_memory(
        name: impl Into<String>,
        source: impl Batches + 'static,
    ) -> Result<Self, TableError> {
        let rows = Memory::new(Box::new(source));
        Self::of(name.into(), rows.columns(), Rows::Memory(rows))
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
        Ok(self.indices(&[name])?[0])
    }

    /// The indices of the columns of these names; an error names all that are missing.
    pub fn indices(&self, names: &[impl AsRef<str>]) -> Result<Vec<usize>, TableError> {
        let index = |name: &str| self.columns.iter().position(|column| column == name);
        let names = names.iter().map(AsRef::as_ref);
        let found: Option<_> = names.clone().map(index).collect();
        found.ok_or_else(|| {
            let missing = names.filter(|name| index(name).is_none());
            self.header_error(Problem::Missing {
                missing: missing.map(String::from).collect(),
                columns: self.columns.clone(),
            })
        })
    }

    /// Why a column cannot be an action's, if so: it has no name, as one of row numbers, or it does not
    /// hold numbers.
    pub fn no_action(&self, column: usize) -> Option<String> {
        let number = self.columns[column].strip_prefix("Unnamed: ");
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if self.columns[column].is_empty() || number.is_some_and(is_digits) {
            return Some("no name".into());
        }
        match &self.rows {
            Rows::Csv(rows) => match rows.content(column) {
                Content::Numbers | Content::Flags => None,
                Content::Text => Some("text".into()),
                Content::Nothing => Some("empty".into()),
            },
            Rows::Parquet(rows) => rows.no_number(column),
            Rows::Memory(rows) => rows.no_number(column),
        }
    }

    /// Whether a column has neither a name nor cells.
    pub fn is_padding(&self, column: usize) -> bool {
        let is_empty = |rows: &Csv<R>| rows.content(column) == Content::Nothing;
        self.columns[column].is_empty() && matches!(&self.rows, Rows::Csv(rows) if is_empty(rows))
    }

    /// What cannot be read of a column, so that its cells seem empty: dates, lists and the like.
    pub fn unreadable(&self, column: usize) -> Option<&str> {
        match &self.rows {
            Rows::Csv(_) => None,
            Rows::Parquet(rows) => rows.unreadable(column),
            Rows::Memory(rows) => rows.unreadable(column),
        }
    }

    /// What is read otherwise than it stands: a row of units is skipped, and signs are left out of the
    /// numbers of these columns.
    pub fn liberties(&self, columns: &[usize]) -> Vec<String> {
        let Rows::Csv(rows) = &self.rows else {
            return Vec::new();
        };
        let units = rows
            .units()
            .map(|line| format!("{}, line {line}: taken for units, and skipped", self.name));
        let signs = columns.iter().filter_map(|&column| {
            let (name, sign) = (&self.columns[column], rows.sign(column)?);
            Some(format!(
                "{}, column {name:?}: numbers are read without {sign}",
                self.name
            ))
        });
        units.into_iter().chain(signs).collect()
    }

    /// The header as it was read, to be written above rows of [`Table::record`].
    pub fn header(&self) -> &[String] {
        match &self.rows {
            Rows::Csv(rows) => rows.header(),
            Rows::Parquet(_) | Rows::Memory(_) => &self.columns,
        }
    }

    /// Says before the first row which columns will be asked for, as numbers or as text; no others
    /// are read where the file allows it. Without it all columns are.
    pub fn select(&mut self, numbers: &[usize], texts: &[usize]) -> Result<(), TableError> {
        let selected = match &mut self.rows {
            Rows::Csv(_) => Ok(()),
            Rows::Parquet(rows) => rows.select(numbers, texts),
            Rows::Memory(rows) => rows.select(numbers, texts),
        };
        selected.map_err(|(column, problem)| self.column_error(&self.columns[column], problem))
    }

    /// Goes on to the next row; false after the last. A table without rows is an error, and so is a
    /// row with another number of fields than the header.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        let found = match &mut self.rows {
            Rows::Csv(rows) => rows.advance(),
            Rows::Parquet(rows) => rows.advance().map_err(Fault::from),
            Rows::Memory(rows) => rows.advance().map_err(Fault::from),
        };
        found.map_err(|Fault { row, problem }| self.located(row, None, problem))
    }

    /// The current row as it was read; an empty text where it has no value.
    pub fn record(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        (0..self.columns.len()).map(|column| match &self.rows {
            Rows::Csv(rows) => Cow::from(rows.field(column)),
            Rows::Parquet(rows) => bytes(rows.text(column)),
            Rows::Memory(rows) => bytes(rows.text(column)),
        })
    }

    /// A field of the current row that holds a finite number.
    pub fn number(&self, column: usize) -> Result<f64, TableError> {
        let number = match &self.rows {
            Rows::Csv(rows) => rows.number(column),
            Rows::Parquet(rows) => rows.number(column),
            Rows::Memory(rows) => rows.number(column),
        };
        let number = number.and_then(|number| number.ok_or(Problem::NoValue("a number")));
        number.map_err(|problem| self.field_error(column, problem))
    }

    /// Fields of the current row that hold finite numbers: `numbers` gets one per column.
    pub fn numbers(&self, columns: &[usize], numbers: &mut [f64]) -> Result<(), TableError> {
        match self.until_missing(columns, numbers)? {
            Some(place) => Err(self.field_error(columns[place], Problem::NoValue("a number"))),
            None => Ok(()),
        }
    }

    /// The actions of the current row, one for each column: a number, or where the action is a category the value
    /// of its level.
    pub fn actions(
        &self,
        columns: &[usize],
        levels: &[Option<Levels>],
        actions: &mut [f64],
    ) -> Result<(), TableError> {
        if levels.iter().all(Option::is_none) {
            return self.numbers(columns, actions);
        }
        for ((&column, levels), action) in columns.iter().zip(levels).zip(actions) {
            *action = match levels {
                None => self.number(column)?,
                Some(levels) => {
                    let text = self.text(column)?;
                    let unknown = || Problem::UnknownLevel {
                        expected: levels.list(),
                        found: text.trim().to_string(),
                    };
                    let value = levels.value(&text);
                    value.ok_or_else(|| self.field_error(column, unknown()))?
                }
            };
        }
        Ok(())
    }

    /// Numbers of the current row, up to the first that is missing, whose place among them is returned.
    pub(crate) fn until_missing(
        &self,
        columns: &[usize],
        numbers: &mut [f64],
    ) -> Result<Option<usize>, TableError> {
        let filled = match &self.rows {
            Rows::Csv(rows) => rows.numbers(columns, numbers),
            Rows::Parquet(rows) => rows.numbers(columns, numbers),
            Rows::Memory(rows) => rows.numbers(columns, numbers),
        };
        filled.map_err(|(column, problem)| self.field_error(column, problem))
    }

    /// A field of the current row that holds 0 or 1, false or true, no or yes; `None` where it is empty.
    pub fn flag(&self, column: usize) -> Result<Option<bool>, TableError> {
        let flag = match &self.rows {
            Rows::Csv(rows) => text(rows.field(column)).and_then(cell::flag),
            Rows::Parquet(rows) => rows.flag(column),
            Rows::Memory(rows) => rows.flag(column),
        };
        flag.map_err(|problem| self.field_error(column, problem))
    }

    /// A field of the current row that holds text; an empty one where it has no value.
    pub fn text(&self, column: usize) -> Result<Cow<'_, str>, TableError> {
        let text = match &self.rows {
            Rows::Csv(rows) => text(rows.field(column)).map(Cow::from),
            Rows::Parquet(rows) => rows.text(column),
            Rows::Memory(rows) => rows.text(column),
        };
        text.map_err(|problem| self.field_error(column, problem))
    }

    /// The rows in memory, and where the current one is.
    pub(crate) fn memory(&self) -> Option<&Memory> {
        match &self.rows {
            Rows::Memory(rows) => Some(rows),
            _ => None,
        }
    }

    /// Leaves out the next rows in memory.
    pub(crate) fn skip(&mut self, skipped: usize) {
        if let Rows::Memory(rows) = &mut self.rows {
            rows.skip(skipped);
        }
    }

    /// Where the current row is.
    pub fn place(&self) -> Place {
        let row = match &self.rows {
            Rows::Csv(rows) => rows.row(),
            Rows::Parquet(rows) => rows.row(),
            Rows::Memory(rows) => rows.row(),
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
            Rows::Csv(ref rows) => Some(rows.header_row()),
            Rows::Parquet(_) | Rows::Memory(_) => None,
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

/// The bytes of a field; none where it cannot be read.
fn bytes(text: Result<Cow<'_, str>, Problem>) -> Cow<'_, [u8]> {
    match text {
        Ok(Cow::Borrowed(text)) => Cow::from(text.as_bytes()),
        Ok(Cow::Owned(text)) => Cow::from(text.into_bytes()),
        Err(_) => Cow::default(),
    }
}

/// What is missing, with those that it may be called instead.
fn absent(missing: &[String], columns: &[String]) -> String {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let named = missing.iter().map(|name| {
        let sought = letters(name);
        let alike = |column: &&String| !sought.is_empty() && letters(column) == sought;
        match columns.iter().find(alike) {
            Some(column) => format!("{:?} (perhaps {:?})", excerpt(name), excerpt(column)),
            None => format!("{:?}", excerpt(name)),
        }
    });
    let named: Vec<_> = named.collect();
    let noun = if missing.len() == 1 {
        "column"
    } else {
        "columns"
    };
    format!("{noun} {}", named.join(", "))
}

/// Why a row may have too many fields.
fn hint(expected: usize, found: usize) -> &'static str {
    match found > expected {
        true => {
            "; a field that holds the separator, as do(x,y) does a comma, needs quotation marks"
        }
        false => "",
    }
}
