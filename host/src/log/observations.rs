//! Rows of a regime, the actions and the outcome, from one or several tables.

use crate::log::expression::{self, RESERVED};
use crate::log::input::{Input, Origin};
use crate::log::table::{Place, Problem, Table, TableError};
use joint_effects_kernel::Regime;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::vec;

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
    columns: Columns,
    names: Vec<String>,
    current: Option<Source<R>>,
    waiting: vec::IntoIter<Waiting<R>>,
    /// The first column that is neither regime nor outcome nor action.
    other: Option<Place>,
    /// The bytes of all tables that are files.
    sizes: Vec<u64>,
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

/// A table whose header has been checked. A file was closed again, since only so many can be open at
/// once, and each takes memory.
#[derive(Debug)]
enum Waiting<R> {
    Open(Source<R>),
    Closed(Origin, Reopen<R>),
}

type Reopen<R> = fn(&mut Origin) -> Result<Table<R>, TableError>;

impl Observations<Input> {
    /// Checks the headers of all files. They are read one at a time.
    pub fn open<P: AsRef<Path>>(paths: &[P], columns: &Columns) -> Result<Self, TableError> {
        let origins = paths.iter().map(|path| {
            let path = path.as_ref();
            Origin::new(path).map_err(|cause| {
                let name = path.display().to_string();
                Problem::Unreadable(cause).of(&name)
            })
        });
        Self::at(origins.collect::<Result<_, _>>()?, columns)
    }

    /// The same of files and pipes.
    pub fn at(origins: Vec<Origin>, columns: &Columns) -> Result<Self, TableError> {
        let mut sizes = Vec::with_capacity(origins.len());
        let tables = origins.into_iter().map(|mut origin| {
            let table = Table::at(&mut origin)?;
            sizes.push(table.size());
            let reopen: Reopen<Input> = Table::at;
            Ok((table, origin.is_file().then_some((origin, reopen))))
        });
        let rows = Self::of(tables, columns)?;
        Ok(Self { sizes, ..rows })
    }

    /// Bytes in all files; those of a pipe are not counted.
    pub fn size(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// Bytes used so far, of [`Observations::size`].
    pub fn bytes_read(&self) -> u64 {
        let current = self.current.as_ref();
        let begun = self.sizes.len() - self.waiting.len();
        let ended = begun - usize::from(current.is_some());
        let current = current.map_or(0, |source| source.table.bytes_read());
        self.sizes[..ended].iter().sum::<u64>() + current
    }
}

impl<R: Read> Observations<R> {
    /// Finds the columns of all tables.
    pub fn new(tables: Vec<Table<R>>, columns: &Columns) -> Result<Self, TableError> {
        Self::of(tables.into_iter().map(|table| Ok((table, None))), columns)
    }

    /// Of tables, some of which can be closed and opened again.
    fn of(
        tables: impl Iterator<Item = Result<(Table<R>, Option<(Origin, Reopen<R>)>), TableError>>,
        columns: &Columns,
    ) -> Result<Self, TableError> {
        let (mut first, mut names) = (None, Vec::new());
        let (mut waiting, mut other) = (Vec::new(), None);
        for table in tables {
            let (table, origin) = table?;
            if first.is_none() {
                names = action_names(&table, columns)?;
                first = Some(table.name().to_string());
            }
            let source = Source::new(table, columns, &names)?;
            other = other.or_else(|| source.other_column());
            waiting.push(match origin {
                Some((origin, reopen)) => Waiting::Closed(origin, reopen),
                None => Waiting::Open(source),
            });
        }
        let rows = Self {
            columns: columns.clone(),
            numbers: vec![0.0; names.len() + 1],
            names,
            current: None,
            waiting: waiting.into_iter(),
            other,
            sizes: Vec::new(),
            spellings: Vec::new(),
        };
        if let (Some(first), None) = (first, &columns.actions) {
            rows.expect_no_other_columns(&first)?;
        }
        Ok(rows)
    }

    /// Whether the tables have no columns beside the regime, the outcome and the actions, as `first`
    /// has none.
    pub fn expect_no_other_columns(&self, first: &str) -> Result<(), TableError> {
        match &self.other {
            None => Ok(()),
            Some(place) => Err(TableError {
                place: place.clone(),
                problem: Problem::Unexpected {
                    first: first.to_string(),
                },
            }),
        }
    }

    /// The names of the K actions; action k of every row and regime is the one of `actions()[k]`.
    pub fn actions(&self) -> &[String] {
        &self.names
    }

    /// The name of the outcome.
    pub fn outcome(&self) -> &str {
        &self.columns.outcome
    }

    /// The next row; `None` after the last.
    pub fn next_row(&mut self) -> Result<Option<Observation<'_>>, TableError> {
        loop {
            let Some(source) = &mut self.current else {
                let Some(next) = self.waiting.next() else {
                    return Ok(None);
                };
                self.current = Some(match next {
                    Waiting::Open(source) => source,
                    Waiting::Closed(mut origin, reopen) => {
                        Source::new(reopen(&mut origin)?, &self.columns, &self.names)?
                    }
                });
                continue;
            };
            if !source.table.advance()? {
                self.current = None;
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

    /// The place of the first column that is neither regime nor outcome nor action.
    fn other_column(&self) -> Option<Place> {
        let used = |index| {
            let mut columns = self.regime.iter().chain(&self.numbers);
            columns.any(|&column| column == index)
        };
        let mut columns = self.table.columns().iter().enumerate();
        let (_, name) = columns.find(|&(index, _)| !used(index))?;
        Some(self.table.column_place(name))
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
            let labels: HashSet<_> = labels.iter().copied().collect();
            let others = table.columns().iter().filter(|name| !labels.contains(name));
            others.cloned().collect()
        }
    };
    let mut used = HashSet::new();
    for name in labels.into_iter().chain(&names) {
        if name.is_empty() {
            let unnamed = table.columns().iter().position(String::is_empty);
            let number = 1 + unnamed.unwrap_or_default();
            return Err(table.header_error(Problem::Unnamed(number)));
        }
        if !used.insert(name) {
            return Err(table.column_error(name, Problem::Conflict));
        }
    }
    if let Some(name) = names.iter().find(|name| RESERVED.contains(&name.as_str())) {
        return Err(table.column_error(name, Problem::Reserved));
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
