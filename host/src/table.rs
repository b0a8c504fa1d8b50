//! Tables in CSV, a row at a time: the memory does not depend on how many rows there are.
//!
//! ```
//! use joint_effects::table::Table;
//! let mut table = Table::new("heights", "name,height\nEve,1.7\nAdam,1.8\n".as_bytes())?;
//! let height = table.column("height")?;
//! let mut sum = 0.0;
//! while table.advance()? {
//!     sum += table.number(height)?;
//! }
//! assert_eq!(sum, 3.5);
//! # Ok::<(), joint_effects::table::TableError>(())
//! ```

use crate::expression::{ExpressionError, excerpt, quoted};
use csv::ByteRecord;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Take};
use std::path::Path;

/// The most bytes a row may have. Without a limit one unclosed quotation mark would draw the rest
/// of the file into memory.
const LONGEST_ROW: u64 = 1 << 22;

/// Bytes asked of the input at once.
const BUFFER: usize = 1 << 16;

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
    /// The line, from 1, where the row begins; the header has the first.
    pub line: Option<u64>,
    /// The name of the column.
    pub column: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column:?}")?;
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
    /// It has a header and nothing else.
    #[error("no rows after the header line")]
    NoRows,
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
    #[error("no column {column:?}; the columns are {}", quoted(columns))]
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
    /// There is no action.
    #[error("no action columns beside the regime and the outcome")]
    NoActions,
    /// There are too many actions.
    #[error("{0} action columns, expected at most {MAX_ACTIONS}")]
    TooManyActions(usize),
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

/// A CSV table with a header line, and its current row.
///
/// A byte order mark is skipped, lines may end in LF or CRLF, and blank lines are ignored. Spaces
/// around a column's name or a number do not matter.
#[derive(Debug)]
pub struct Table<R> {
    name: String,
    reader: csv::Reader<Take<R>>,
    header: ByteRecord,
    columns: Vec<String>,
    record: ByteRecord,
    has_rows: bool,
    /// By how much the reader's line numbers are late: it ends a row at the CR of a CRLF.
    lag: u64,
}

impl Table<File> {
    /// Opens a file and reads its header.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TableError> {
        let name = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => Self::new(name, file),
            Err(error) => Err(TableError {
                place: Place {
                    table: name,
                    line: None,
                    column: None,
                },
                problem: Problem::Unreadable(error),
            }),
        }
    }

    /// Bytes in the file, 0 where that is unknown, as it is of a pipe.
    pub fn size(&self) -> u64 {
        let file = self.reader.get_ref().get_ref();
        file.metadata().map_or(0, |metadata| metadata.len())
    }
}

impl<R: Read> Table<R> {
    /// Reads the header of a table; `name` stands for it in messages.
    pub fn new(name: impl Into<String>, input: R) -> Result<Self, TableError> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(input.take(LONGEST_ROW));
        let mut table = Self {
            name: name.into(),
            reader,
            header: ByteRecord::new(),
            columns: Vec::new(),
            record: ByteRecord::new(),
            has_rows: false,
            lag: 0,
        };
        if !table.read()? {
            return Err(table.error(Problem::Empty));
        }
        std::mem::swap(&mut table.header, &mut table.record);
        if let Some(kind) = other_kind(table.header.as_slice()) {
            return Err(table.error(Problem::NotCsv(kind)));
        }
        let after = 2 + newlines(&table.header);
        table.lag = after.saturating_sub(table.reader.position().line());
        for field in &table.header {
            match str::from_utf8(field) {
                Ok(name) => table.columns.push(name.trim().to_string()),
                Err(_) => return Err(table.header_error(Problem::NotText)),
            }
        }
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
    pub fn header(&self) -> &ByteRecord {
        &self.header
    }

    /// Goes on to the next row; false after the last. A table without rows is an error, and so is a
    /// row with another number of fields than the header.
    pub fn advance(&mut self) -> Result<bool, TableError> {
        if !self.read()? {
            return match self.has_rows {
                true => Ok(false),
                false => Err(self.error(Problem::NoRows)),
            };
        }
        self.has_rows = true;
        let (expected, found) = (self.header.len(), self.record.len());
        if found != expected {
            return Err(self.row_error(None, Problem::Ragged { expected, found }));
        }
        Ok(true)
    }

    fn read(&mut self) -> Result<bool, TableError> {
        self.reader.get_mut().set_limit(LONGEST_ROW);
        let found = match self.reader.read_byte_record(&mut self.record) {
            Ok(found) => found,
            Err(error) => return Err(self.error(Problem::Unreadable(error.into()))),
        };
        if self.reader.get_ref().limit() == 0 {
            return Err(self.row_error(None, Problem::TooLong));
        }
        Ok(found)
    }

    /// The current row as it was read.
    pub fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// A field of the current row; empty beyond the last.
    pub fn field(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default()
    }

    /// A field of the current row that holds a finite number.
    pub fn number(&self, column: usize) -> Result<f64, TableError> {
        let text = self.text(column)?.trim_ascii();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            Ok(_) => Err(self.field_error(column, Problem::NotFinite(excerpt(text)))),
            Err(_) => Err(self.field_error(column, Problem::NotANumber(excerpt(text)))),
        }
    }

    /// Fields of the current row that hold finite numbers: `numbers` gets one per column.
    pub fn numbers(&self, columns: &[usize], numbers: &mut [f64]) -> Result<(), TableError> {
        for (number, &column) in numbers.iter_mut().zip(columns) {
            *number = self.number(column)?;
        }
        Ok(())
    }

    /// A field of the current row that holds text.
    pub fn text(&self, column: usize) -> Result<&str, TableError> {
        str::from_utf8(self.field(column)).map_err(|_| self.field_error(column, Problem::NotText))
    }

    /// Bytes used so far, of [`Table::size`].
    pub fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Where the current row is.
    pub fn place(&self) -> Place {
        Place {
            table: self.name.clone(),
            line: Some(self.line()),
            column: None,
        }
    }

    /// An error of a field of the current row.
    pub fn field_error(&self, column: usize, problem: Problem) -> TableError {
        self.row_error(self.columns.get(column).cloned(), problem)
    }

    /// An error of the header.
    pub(crate) fn header_error(&self, problem: Problem) -> TableError {
        self.located(Some(1), None, problem)
    }

    /// An error of a column.
    pub(crate) fn column_error(&self, column: &str, problem: Problem) -> TableError {
        self.located(Some(1), Some(column.to_string()), problem)
    }

    fn error(&self, problem: Problem) -> TableError {
        self.located(None, None, problem)
    }

    fn row_error(&self, column: Option<String>, problem: Problem) -> TableError {
        self.located(Some(self.line()), column, problem)
    }

    fn located(&self, line: Option<u64>, column: Option<String>, problem: Problem) -> TableError {
        TableError {
            place: Place {
                table: self.name.clone(),
                line,
                column,
            },
            problem,
        }
    }

    /// The line on which the current row begins.
    fn line(&self) -> u64 {
        // Neither is too large. The reader's start of a row is before any blank lines; counted back
        // from its end, a last row without a line break is one too early.
        let start = self.record.position().map_or(0, csv::Position::line);
        let end = self.reader.position().line();
        let from_end = end.saturating_sub(1 + newlines(&self.record));
        start.max(from_end) + self.lag
    }
}

/// Line breaks inside the quoted fields of a row.
fn newlines(record: &ByteRecord) -> u64 {
    let newlines = record.as_slice().iter().filter(|&&byte| byte == b'\n');
    newlines.count() as u64
}

/// What a file is that begins so, where that is known and is not CSV.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], _); 4] = [
        (b"\x1f\x8b", "gzip"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (b"PK\x03\x04", "a zip archive or a spreadsheet"),
        (b"PAR1", "Parquet"),
    ];
    let kind = kinds.iter().find(|(magic, _)| start.starts_with(magic));
    kind.map(|&(_, name)| name)
}

/// Why a row may have too many fields.
fn hint(expected: usize, found: usize) -> &'static str {
    match found > expected {
        true => "; a field that holds a comma, such as do(x,y), needs quotation marks",
        false => "",
    }
}
