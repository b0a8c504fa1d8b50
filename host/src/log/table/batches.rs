//! Tables in memory, by columns: what Arrow hands over, and with it pandas and many others.

use super::{Problem, Row, cell};
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Range;

/// Where rows in memory come from, a batch at a time.
pub trait Batches: Send {
    /// The names of the columns, and what they hold.
    fn columns(&self) -> Vec<(String, Kind)>;

    /// The values of the next rows in these columns, as many in each; `None` after the last.
    fn next(&mut self, columns: &[usize]) -> Option<io::Result<Vec<Values>>>;
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Numbers,
    /// Text.
    Text,
    /// Something else, which this is the name of.
    Other(String),
}

/// The values of a column in a batch of rows.
pub enum Values {
    /// Numbers; NaN where one is missing.
    Numbers(Box<dyn AsRef<[f64]> + Send>),
    /// Texts.
    Texts {
        /// For every row, the place of its text among `texts`, or a place beyond them where it is missing.
        places: Box<dyn AsRef<[u32]> + Send>,
        /// The texts.
        texts: Vec<String>,
    },
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => (**numbers).as_ref().len(),
            Self::Texts { places, .. } => (**places).as_ref().len(),
        }
    }
}

/// The rows of a table in memory.
pub(crate) struct Memory {
    source: Box<dyn Batches>,
    columns: Vec<Column>,
    selected: Vec<usize>,
    /// Rows of the batch, and the current one among them.
    rows: usize,
    at: usize,
    /// The number of the current row, from 1.
    row: u64,
}

struct Column {
    name: String,
    kind: Kind,
    /// Those of the batch, where the column is selected.
    values: Option<Values>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut memory = f.debug_struct("Memory");
        memory.field("row", &self.row).finish_non_exhaustive()
    }
}

impl Memory {
    pub(super) fn new(source: Box<dyn Batches>) -> Self {
        let columns = source.columns().into_iter();
        let columns: Vec<_> = columns
            .map(|(name, kind)| Column {
                name,
                kind,
                values: None,
            })
            .collect();
        let readable = |&column: &usize| !matches!(columns[column].kind, Kind::Other(_));
        Self {
            selected: (0..columns.len()).filter(readable).collect(),
            source,
            columns,
            rows: 0,
            at: 0,
            row: 0,
        }
    }

    pub(super) fn columns(&self) -> Vec<String> {
        let names = self.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// Asks for these columns only; an error says which of them holds something else.
    pub(super) fn select(
        &mut self,
        numbers: &[usize],
        texts: &[usize],
    ) -> Result<(), (usize, Problem)> {
        let wanted = numbers.iter().map(|&column| (column, &Kind::Numbers));
        let wanted = wanted.chain(texts.iter().map(|&column| (column, &Kind::Text)));
        self.selected.clear();
        for (column, expected) in wanted {
            let found = &self.columns[column].kind;
            if found != expected {
                let problem = Problem::Type {
                    expected: expected.name(),
                    found: found.name().to_string(),
                };
                return Err((column, problem));
            }
            self.selected.push(column);
        }
        Ok(())
    }

    pub(super) fn row(&self) -> Row {
        Row::Number(self.row)
    }

    /// Goes on to the next row; false after the last.
    pub(super) fn advance(&mut self) -> Result<bool, Problem> {
        self.at += 1;
        while self.at >= self.rows {
            match self.source.next(&self.selected) {
                None if self.row == 0 => return Err(Problem::NoRows),
                None => return Ok(false),
                Some(batch) => self.hold(batch.map_err(Problem::Unreadable)?)?,
            }
        }
        self.row += 1;
        Ok(true)
    }

    /// Goes on to the first row of a batch.
    fn hold(&mut self, batch: Vec<Values>) -> Result<(), Problem> {
        let rows = batch.first().map_or(0, Values::len);
        if batch.len() != self.selected.len() || batch.iter().any(|values| values.len() != rows) {
            return Err(Problem::Damaged("columns of different lengths".into()));
        }
        for (&column, values) in self.selected.iter().zip(batch) {
            self.columns[column].values = Some(values);
        }
        self.rows = rows;
        self.at = 0;
        Ok(())
    }

    /// A number of the current row; `None` where it is missing.
    pub(super) fn number(&self, column: usize) -> Result<Option<f64>, Problem> {
        let Some(&value) = self.numbers_of(column).get(self.at) else {
            return Ok(None);
        };
        cell::finite(value)
    }

    /// Numbers of the current row, up to the first that is missing, whose place among them is returned;
    /// an error has its column.
    pub(super) fn numbers(
        &self,
        columns: &[usize],
        numbers: &mut [f64],
    ) -> Result<Option<usize>, (usize, Problem)> {
        cell::until_missing(columns, numbers, |column| self.number(column))
    }

    /// An indicator of the current row; `None` where it is missing.
    pub(super) fn flag(&self, column: usize) -> Result<Option<bool>, Problem> {
        cell::flag_of(self.number(column)?)
    }

    /// A field of the current row as text; empty where it has no value.
    pub(super) fn text(&self, column: usize) -> Result<Cow<'_, str>, Problem> {
        if let Some((places, texts)) = self.texts_of(column) {
            let text = places
                .get(self.at)
                .and_then(|&place| texts.get(place as usize));
            return Ok(text.map_or(Cow::default(), Cow::from));
        }
        let number = self.number(column)?;
        Ok(number.map_or(Cow::default(), |number| number.to_string().into()))
    }

    /// Why a column holds no numbers, if so.
    pub(super) fn no_number(&self, column: usize) -> Option<String> {
        match &self.columns[column].kind {
            Kind::Numbers => None,
            other => Some(other.name().into()),
        }
    }

    /// What a column holds, where that cannot be read.
    pub(super) fn unreadable(&self, column: usize) -> Option<&str> {
        match &self.columns[column].kind {
            Kind::Other(name) => Some(name),
            _ => None,
        }
    }

    /// Those of the batch behind the current one, at most so many.
    pub(crate) fn rest(&self, most: usize) -> Range<usize> {
        let next = self.rows.min(self.at + 1);
        next..self.rows.min(next + most)
    }

    /// Leaves out the next rows, which are in the batch.
    pub(super) fn skip(&mut self, rows: usize) {
        self.at += rows;
        self.row += rows as u64;
    }

    /// The numbers of the batch in a column; none where it holds others.
    pub(crate) fn numbers_of(&self, column: usize) -> &[f64] {
        match &self.columns[column].values {
            Some(Values::Numbers(numbers)) => (**numbers).as_ref(),
            _ => &[],
        }
    }

    /// The texts of the batch in a column: places, and what is there.
    pub(crate) fn texts_of(&self, column: usize) -> Option<(&[u32], &[String])> {
        match &self.columns[column].values {
            Some(Values::Texts { places, texts }) => Some(((**places).as_ref(), texts)),
            _ => None,
        }
    }
}

impl Kind {
    fn name(&self) -> &str {
        match self {
            Self::Numbers => "numbers",
            Self::Text => "text",
            Self::Other(name) => name,
        }
    }
}
