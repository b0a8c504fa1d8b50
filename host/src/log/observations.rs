//! Rows of a regime, the actions and the outcome, from one or several tables.

use crate::log::expression;
use crate::log::input::Input;
use crate::log::table::{Problem, Table, TableError};
use joint_effects_kernel::Regime;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::io::Read;
use std::path::Path;

/// The most spellings of regimes that are remembered.
const SPELLINGS: usize = 64;

/// Which columns hold what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The columns of the regime.
    pub regime: RegimeColumns,
    /// The column of the outcome.
    pub outcome: String,
    /// The columns of the actions; all others where it is `None`, in the first table's order.
    pub actions: Option<Vec<String>>,
}

/// Which columns say what was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegimeColumns {
    /// One, with regimes as [`expression::parse`] reads them.
    Expression(String),
    /// One for each action, in their order: 1 or true where it was set, 0 or false where it was not.
    Indicators(Vec<String>),
}

impl From<&str> for RegimeColumns {
    fn from(name: &str) -> Self {
        Self::Expression(name.into())
    }
}

impl RegimeColumns {
    fn names(&self) -> &[String] {
        match self {
            Self::Expression(name) => std::slice::from_ref(name),
            Self::Indicators(names) => names,
        }
    }
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation<'a> {
    /// Which actions were set.
    pub regime: Regime,
    /// The K actions.
    pub actions: &'a [f64],
    /// The outcome.
    pub outcome: f64,
}

/// The rows of several tables with the same columns, matched by name, one table after another.
///
/// ```
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::table::Table;
///
/// let log = "regime,red,brightness\nobs,11,59\ndo(red),64,126\n";
/// let columns = Columns {
///     regime: "regime".into(),
///     outcome: "brightness".into(),
///     actions: None,
/// };
/// let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &columns)?;
/// assert_eq!(rows.actions(), ["red"]);
/// while let Some(row) = rows.next_row()? {
///     assert_eq!(row.regime.sets(0), row.actions[0] == 64.0);
/// }
/// # Ok::<(), joint_effects::log::table::TableError>(())
/// ```
#[derive(Debug)]
pub struct Observations<R> {
    sources: Vec<Source<R>>,
    current: usize,
    outcome: String,
    names: Vec<String>,
    /// The actions and the outcome of the current row.
    numbers: Vec<f64>,
    /// Regimes as they were written, the latest first.
    spellings: Vec<(String, Regime)>,
}

/// A table and where its columns are.
#[derive(Debug)]
struct Source<R> {
    table: Table<R>,
    indicators: bool,
    regime: Vec<usize>,
    /// The actions and, last, the outcome.
    numbers: Vec<usize>,
}

impl Observations<Input> {
    /// Opens files and checks all their headers.
    pub fn open<P: AsRef<Path>>(paths: &[P], columns: &Columns) -> Result<Self, TableError> {
        let tables: Result<_, _> = paths.iter().map(Table::open).collect();
        Self::new(tables?, columns)
    }

    /// Bytes in all files; those of a pipe are not counted.
    pub fn size(&self) -> u64 {
        self.sources.iter().map(|source| source.table.size()).sum()
    }

    /// Bytes used so far, of [`Observations::size`].
    pub fn bytes_read(&self) -> u64 {
        let tables = self.sources.iter().map(|source| &source.table);
        tables.map(Table::bytes_read).sum()
    }
}

impl<R: Read> Observations<R> {
    /// Finds the columns of all tables.
    pub fn new(tables: Vec<Table<R>>, columns: &Columns) -> Result<Self, TableError> {
        let names = match tables.first() {
            Some(first) => action_names(first, columns)?,
            None => Vec::new(),
        };
        let mut sources: Vec<Source<R>> = Vec::with_capacity(tables.len());
        for table in tables {
            sources.push(Source::new(table, columns, &names)?);
        }
        let rows = Self {
            sources,
            current: 0,
            outcome: columns.outcome.clone(),
            numbers: vec![0.0; names.len() + 1],
            names,
            spellings: Vec::new(),
        };
        if let (Some(first), None) = (rows.sources.first(), &columns.actions) {
            rows.expect_no_other_columns(first.table.name())?;
        }
        Ok(rows)
    }

    /// Whether the tables have no columns beside the regime, the outcome and the actions, as `first`
    /// has none.
    pub fn expect_no_other_columns(&self, first: &str) -> Result<(), TableError> {
        for source in &self.sources {
            source.expect_no_other_columns(first)?;
        }
        Ok(())
    }

    /// The names of the K actions; action k of every row and regime is the one of `actions()[k]`.
    pub fn actions(&self) -> &[String] {
        &self.names
    }

    /// The name of the outcome.
    pub fn outcome(&self) -> &str {
        &self.outcome
    }

    /// The next row; `None` after the last.
    pub fn next_row(&mut self) -> Result<Option<Observation<'_>>, TableError> {
        while let Some(source) = self.sources.get_mut(self.current) {
            if !source.table.advance()? {
                self.current += 1;
                continue;
            }
            let regime = source.regime(&self.names, &mut self.spellings)?;
            source.table.numbers(&source.numbers, &mut self.numbers)?;
            let (&outcome, actions) = self.numbers.split_last().expect("an outcome");
            return Ok(Some(Observation {
                regime,
                actions,
                outcome,
            }));
        }
        Ok(None)
    }
}

impl<R: Read> Source<R> {
    fn new(mut table: Table<R>, columns: &Columns, names: &[String]) -> Result<Self, TableError> {
        let indices = |names: &[String]| -> Result<Vec<_>, _> {
            names.iter().map(|name| table.column(name)).collect()
        };
        let regime = indices(columns.regime.names())?;
        let outcome = table.column(&columns.outcome)?;
        let indicators = matches!(columns.regime, RegimeColumns::Indicators(_));
        let mut numbers = indices(names)?;
        numbers.push(outcome);
        match indicators {
            true => table.select(&[numbers.as_slice(), &regime].concat(), &[])?,
            false => table.select(&numbers, &regime)?,
        }
        Ok(Self {
            table,
            indicators,
            regime,
            numbers,
        })
    }

    fn regime(
        &self,
        actions: &[String],
        spellings: &mut Vec<(String, Regime)>,
    ) -> Result<Regime, TableError> {
        if self.indicators {
            return self.indicated();
        }
        let column = self.regime[0];
        let text = self.table.text(column)?;
        if let Some(known) = spellings.iter().position(|(spelling, _)| *spelling == text) {
            spellings.swap(0, known);
            return Ok(spellings[0].1);
        }
        let regime = expression::parse(&text, actions)
            .map_err(|error| self.table.field_error(column, error.into()))?;
        if spellings.len() < SPELLINGS {
            spellings.push((text.into_owned(), regime));
        }
        Ok(regime)
    }

    fn indicated(&self) -> Result<Regime, TableError> {
        let mut regime = Regime::OBSERVATIONAL;
        for (action, &column) in self.regime.iter().enumerate() {
            if self.table.flag(column)? {
                regime = regime.with(action);
            }
        }
        Ok(regime)
    }

    fn expect_no_other_columns(&self, first: &str) -> Result<(), TableError> {
        let used = |index| {
            let mut columns = self.regime.iter().chain(&self.numbers);
            columns.any(|&column| column == index)
        };
        let mut columns = self.table.columns().iter().enumerate();
        match columns.find(|&(index, _)| !used(index)) {
            None => Ok(()),
            Some((_, name)) => {
                let first = first.to_string();
                Err(self.table.column_error(name, Problem::Unexpected { first }))
            }
        }
    }
}

/// The actions of the first table.
fn action_names<R: Read>(table: &Table<R>, columns: &Columns) -> Result<Vec<String>, TableError> {
    let regime = columns.regime.names();
    let labels: Vec<_> = regime.iter().chain([&columns.outcome]).collect();
    for label in &labels {
        table.column(label)?;
    }
    let names = match &columns.actions {
        Some(names) => names.clone(),
        None => {
            let others = table.columns().iter().filter(|name| !labels.contains(name));
            others.cloned().collect()
        }
    };
    let mut used = labels.clone();
    used.extend(&names);
    for (index, name) in used.iter().enumerate() {
        if name.is_empty() {
            let unnamed = table.columns().iter().position(String::is_empty);
            let number = 1 + unnamed.unwrap_or_default();
            return Err(table.header_error(Problem::Unnamed(number)));
        }
        if used[..index].contains(name) {
            return Err(table.column_error(name, Problem::Conflict));
        }
    }
    if let RegimeColumns::Indicators(found) = &columns.regime
        && found.len() != names.len()
    {
        return Err(table.header_error(Problem::Indicators {
            actions: names,
            found: found.len(),
        }));
    }
    match names.len() {
        0 => Err(table.header_error(Problem::NoActions)),
        1..=MAX_ACTIONS => Ok(names),
        many => Err(table.header_error(Problem::TooManyActions(many))),
    }
}
