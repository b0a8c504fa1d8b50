//! Rows of a regime, the actions and the outcome, from one or several tables.

use crate::log::blocks::BlockNames;
use crate::log::expression::{self, ExpressionError, RESERVED, excerpt};
use crate::log::input::{Input, Origin};
use crate::log::levels::Levels;
use crate::log::table::{Place, Problem, Table, TableError, is_missing};
use crate::log::watch::Watch;
use crate::number;
use joint_effects_kernel::Regime;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::io::Read;
use std::path::Path;
use std::vec;

mod batch;

pub(crate) use batch::Batch;
use batch::Labels;

/// Rows at the beginning of a log that settle what rows alone can tell: the units of the actions, and where
/// they rest.
pub const LEADING_ROWS: usize = 1024;

/// The most spellings of regimes that are remembered.
const SPELLINGS: usize = 64;

/// Which columns hold what, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The columns of the regime.
    pub regime: RegimeColumns,
    /// The column of the outcome.
    pub outcome: String,
    /// The columns of the actions; all others where it is `None`, in the first table's order.
    pub actions: Option<Vec<String>>,
    /// The actions that are categories, which may hold text.
    pub categories: Vec<String>,
    /// Another word for a regime in which nothing was set, beside those of [`expression::parse`].
    pub observational: Option<String>,
    /// The column of the weights: how many rows each counts for, as the mean of so many measurements does. All
    /// count for one where it is `None`.
    pub weight: Option<String>,
    /// The column that names the block of a row, if there is one: a week, a batch, a site, a device, whose rows
    /// share a shift of the outcome.
    pub block: Option<String>,
    /// What becomes of a row in which an action, the outcome or the block has no value.
    pub missing: Missing,
}

impl Columns {
    /// The regime in the column `regime`, this outcome, no blocks, and all others for actions.
    pub fn new(outcome: impl Into<String>) -> Self {
        Self {
            regime: "regime".into(),
            outcome: outcome.into(),
            actions: None,
            categories: Vec::new(),
            observational: None,
            weight: None,
            block: None,
            missing: Missing::Drop,
        }
    }

    /// The columns that are no actions: of the regime, the outcome, the weight and the block.
    fn labels(&self) -> impl Iterator<Item = &String> {
        let regime = self.regime.names().iter();
        regime
            .chain([&self.outcome])
            .chain(&self.weight)
            .chain(&self.block)
    }
}

/// What becomes of a row in which an action, the outcome or the block has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// It is left out and counted.
    #[default]
    Drop,
    /// It is an error.
    Refuse,
}

impl Missing {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Drop, Self::Refuse];

    /// The name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Refuse => "refuse",
        }
    }
}

/// Which columns say what was set.
#[derive(Clone, Debug, PartialEq)]
pub enum RegimeColumns {
    /// One, with regimes as [`expression::parse`] reads them.
    Expression(String),
    /// One for each action, in their order: 1 or true where it was set, 0 or false where it was not.
    Indicators(Vec<String>),
    /// None: the actions were set that differ from a baseline.
    Baseline(Baseline),
}

/// The values at which the actions rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Baseline {
    /// Of each action, the value that is most frequent in the first [`LEADING_ROWS`] rows; of equally
    /// frequent ones, the first.
    MostFrequent,
    /// These, by the actions' names, as they are written.
    Values(Vec<(String, String)>),
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
            Self::Baseline(_) => &[],
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
    /// How many rows it counts for.
    pub weight: f64,
    /// The number of the block in [`Observations::blocks`]; 0 where there are none.
    pub block: usize,
}

/// The rows of several tables with the same columns, matched by name, one table after another.
///
/// ```
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::table::Table;
///
/// let log = "regime,red,brightness\nobs,11,59\ndo(red),64,126\n";
/// let columns = Columns::new("brightness");
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
    /// The first column that is neither regime nor outcome nor action nor block.
    other: Option<Place>,
    /// The bytes of all tables that are files.
    sizes: Vec<u64>,
    /// The actions, the outcome and, where there are weights, the weight of the current row.
    numbers: Vec<f64>,
    /// The block of the current row.
    block: usize,
    blocks: BlockNames,
    /// The levels of each action that is a category.
    levels: Vec<Option<Levels>>,
    /// Regimes as they were written, the latest first.
    spellings: Vec<(String, Regime)>,
    /// Where the actions rest, once that is known, if it says what was set.
    baseline: Option<Vec<f64>>,
    /// The numbers of rows that were read to learn it, and their blocks.
    leading: VecDeque<(Vec<f64>, usize)>,
    /// Of the rows of the latest batch.
    labels: Labels,
    watch: Watch,
    remarks: Remarks,
}

/// What is to be said of tables that can be read.
#[derive(Debug, Default)]
struct Remarks {
    left_out: Vec<String>,
    liberties: Vec<String>,
    /// Rows left out, by the action or, behind those, the outcome or the block that has no value, and by regime.
    dropped: BTreeMap<(usize, Regime), u64>,
    /// Rows without a regime.
    unlabelled: u64,
}

/// A table and where its columns are.
#[derive(Debug)]
struct Source<R> {
    table: Table<R>,
    indicators: bool,
    regime: Vec<usize>,
    /// How each of these columns says that nothing was set.
    absent: Vec<Absent>,
    /// The actions, the outcome and, where there is one, the weight.
    numbers: Vec<usize>,
    block: Option<usize>,
    /// The places among these that are categories, and those of the others.
    categories: Vec<usize>,
    others: Vec<usize>,
}

/// How a column says that nothing was set: by a word, or by no value. Where it does both, a value may as
/// well be missing.
#[derive(Clone, Debug, Default)]
struct Absent {
    word: Option<String>,
    empty: u64,
}

impl Absent {
    #[inline]
    fn note(&mut self, text: &str) -> Result<(), Problem> {
        match text.trim_ascii() {
            "" => self.empty += 1,
            text if self.word.is_none() => self.word = Some(text.into()),
            _ => {}
        }
        match &self.word {
            Some(word) if self.empty > 0 => Err(Problem::Undecided(word.clone())),
            _ => Ok(()),
        }
    }
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
        let mut remarks = Remarks::default();
        for table in tables {
            let (table, origin) = table?;
            if first.is_none() {
                names = action_names(&table, columns)?;
                first = Some(table.name().to_string());
            }
            let source = Source::new(table, columns, &names)?;
            other = other.or_else(|| source.other_column());
            add_new(&mut remarks.left_out, source.left_out());
            add_new(
                &mut remarks.liberties,
                source.table.liberties(&source.values()),
            );
            waiting.push(match origin {
                Some((origin, reopen)) => Waiting::Closed(origin, reopen),
                None => Waiting::Open(source),
            });
        }
        let rows = Self {
            columns: columns.clone(),
            numbers: vec![0.0; names.len() + 1 + usize::from(columns.weight.is_some())],
            block: 0,
            blocks: BlockNames::default(),
            levels: names
                .iter()
                .map(|name| columns.categories.contains(name).then(Levels::default))
                .collect(),
            names,
            current: None,
            waiting: waiting.into_iter(),
            other,
            sizes: Vec::new(),
            spellings: Vec::new(),
            baseline: None,
            leading: VecDeque::new(),
            labels: Labels::default(),
            watch: Watch::default(),
            remarks,
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

    /// The column of the blocks, if there is one, and their names, as far as rows have been read.
    pub fn blocks(&self) -> Option<(&str, &BlockNames)> {
        let column = self.columns.block.as_ref()?;
        Some((column, &self.blocks))
    }

    /// Which columns are not taken for actions where all others are, and why.
    pub fn left_out(&self) -> &[String] {
        &self.remarks.left_out
    }

    /// What is read otherwise than it stands: [`Table::liberties`].
    pub fn liberties(&self) -> &[String] {
        &self.remarks.liberties
    }

    /// The next row; `None` after the last.
    pub fn next_row(&mut self) -> Result<Option<Observation<'_>>, TableError> {
        if let (RegimeColumns::Baseline(baseline), None) = (&self.columns.regime, &self.baseline) {
            let values = match baseline {
                Baseline::Values(values) => {
                    let values = values.clone();
                    self.in_order(&values)?
                }
                Baseline::MostFrequent => self.most_frequent()?,
            };
            self.baseline = Some(values);
        }
        let regime = match self.leading.pop_front() {
            Some(row) => {
                (self.numbers, self.block) = row;
                Some(Regime::OBSERVATIONAL)
            }
            None => self.advance()?,
        };
        let (actions, rest) = self.numbers.split_at(self.names.len());
        let regime = regime.map(|regime| match &self.baseline {
            Some(baseline) => differing(actions, baseline),
            None => regime,
        });
        Ok(regime.map(|regime| Observation {
            regime,
            actions,
            outcome: rest[0],
            weight: rest.get(1).copied().unwrap_or(1.0),
            block: self.block,
        }))
    }

    /// Whether the rows have weights.
    pub(crate) fn are_weighted(&self) -> bool {
        self.columns.weight.is_some()
    }

    /// The levels of each action that is a category, as far as rows have been read.
    pub fn levels(&self) -> &[Option<Levels>] {
        &self.levels
    }

    /// Lets the levels and the blocks of rows that are read go on behind these.
    pub(crate) fn begin_with(&mut self, levels: Vec<Option<Levels>>, blocks: BlockNames) {
        self.levels = levels;
        self.blocks = blocks;
    }

    /// The values of the actions, which all have one.
    fn in_order(&mut self, values: &[(String, String)]) -> Result<Vec<f64>, TableError> {
        let names = self.names.iter().zip(&mut self.levels);
        let value = |(name, levels): (&String, &mut Option<Levels>)| {
            let (_, text) = values.iter().find(|(named, _)| named == name)?;
            let value = match levels {
                Some(levels) => levels.value_or_add(text),
                None => number::finite(text),
            };
            let wrong = || Problem::NotANumber(text.clone()).of("--baseline");
            Some(value.ok_or_else(wrong))
        };
        names.filter_map(value).collect()
    }

    /// Of each action the value that most of the next rows have, which are kept.
    fn most_frequent(&mut self) -> Result<Vec<f64>, TableError> {
        while self.leading.len() < LEADING_ROWS && self.advance()?.is_some() {
            self.leading.push_back((self.numbers.clone(), self.block));
        }
        let value = |action: usize| {
            let mut counts: HashMap<u64, (usize, Reverse<usize>)> = HashMap::new();
            for (place, (row, _)) in self.leading.iter().enumerate() {
                // Zero has two signs.
                let bits = (row[action] + 0.0).to_bits();
                counts.entry(bits).or_insert((0, Reverse(place))).0 += 1;
            }
            let most = counts.into_iter().max_by_key(|&(_, frequency)| frequency);
            most.map_or(0.0, |(bits, _)| f64::from_bits(bits))
        };
        Ok((0..self.names.len()).map(value).collect())
    }

    /// Where the actions rest, if that says what was set, and once a row has been read.
    pub fn baseline(&self) -> Option<&[f64]> {
        self.baseline.as_deref()
    }

    /// Reads the actions and the outcome of the next row, and its regime where a column tells that.
    fn advance(&mut self) -> Result<Option<Regime>, TableError> {
        loop {
            let Some(source) = &mut self.current else {
                let Some(next) = self.waiting.next() else {
                    self.watch.settle();
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
                self.remarks.unlabelled += source.unlabelled();
                self.current = None;
                continue;
            }
            let regime = source.regime(&self.names, &mut self.spellings, &self.columns)?;
            let missing = match source.read(&mut self.numbers, &mut self.levels)? {
                None => source.read_block(&mut self.block, &mut self.blocks)?,
                missing => missing,
            };
            if let Some(place) = missing {
                if self.columns.missing == Missing::Refuse {
                    return Err(source.no_value(place));
                }
                *self.remarks.dropped.entry((place, regime)).or_default() += 1;
                continue;
            }
            let (values, weight) = self.numbers.split_at(self.names.len() + 1);
            if weight.iter().any(|&weight| weight <= 0.0) {
                let problem = Problem::Weight(weight[0]);
                return Err(source
                    .table
                    .field_error(source.numbers[values.len()], problem));
            }
            self.watch.see(values, || source.table.place());
            return Ok(Some(regime));
        }
    }

    /// What is to be said of the rows so far: where the actions rest, if that says what was set; which values
    /// are far from all others, and whether rows are repeated; how many were left out because an action or
    /// the outcome has no value, and how many were taken as observational because they have no regime.
    pub fn remarks(&self) -> Vec<String> {
        let others = [&self.columns.outcome]
            .into_iter()
            .chain(&self.columns.weight)
            .chain(&self.columns.block);
        let names = self.names.iter().chain(others).enumerate();
        let left_out = names.filter_map(|(place, name)| {
            let dropped = self.remarks.dropped.range((place, Regime::OBSERVATIONAL)..);
            let dropped = dropped.take_while(|&(&(column, _), _)| column == place);
            let parts: Vec<_> = dropped
                .map(|(&(_, regime), rows)| match self.baseline {
                    Some(_) => rows.to_string(),
                    None => format!("{rows} of {}", expression::write(regime, &self.names)),
                })
                .collect();
            let parts = number::list(&parts);
            (!parts.is_empty()).then(|| format!("rows left out, without {name:?}: {parts}"))
        });
        let unlabelled = self.remarks.unlabelled;
        let observational = format!("rows without a regime, taken as observational: {unlabelled}");
        let baseline = self.baseline.iter().map(|baseline| {
            let values = self.names.iter().zip(baseline);
            let values = values.zip(&self.levels).map(|((name, &value), levels)| {
                let value = Levels::written(levels.as_ref(), value, |value| value.to_string());
                format!("{name} = {value}")
            });
            let values: Vec<_> = values.collect();
            format!(
                "baseline, from which rows differ in what was set: {}",
                number::list(&values)
            )
        });
        let columns: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let columns = [columns.as_slice(), &[&self.columns.outcome]].concat();
        baseline
            .chain(self.watch.remarks(&columns))
            .chain(left_out)
            .chain((unlabelled > 0).then_some(observational))
            .collect()
    }
}

impl<R: Read> Source<R> {
    fn new(mut table: Table<R>, columns: &Columns, names: &[String]) -> Result<Self, TableError> {
        let regime = table.indices(columns.regime.names())?;
        let outcome = table.column(&columns.outcome)?;
        let indicators = matches!(columns.regime, RegimeColumns::Indicators(_));
        let block = columns.block.as_slice();
        let block = table.indices(block)?;
        let mut numbers = table.indices(names)?;
        numbers.push(outcome);
        if let Some(weight) = &columns.weight {
            numbers.push(table.column(weight)?);
        }
        let is_category = |place: &usize| {
            let name = names.get(*place);
            name.is_some_and(|name| columns.categories.contains(name))
        };
        let (categories, others): (Vec<_>, Vec<_>) = (0..numbers.len()).partition(is_category);
        let of = |places: &[usize]| places.iter().map(|&place| numbers[place]).collect();
        let (mut texts, values): (Vec<usize>, Vec<usize>) = (of(&categories), of(&others));
        texts.extend(&block);
        match indicators {
            true => table.select(&[values.as_slice(), &regime].concat(), &texts)?,
            false => table.select(&values, &[texts.as_slice(), &regime].concat())?,
        }
        Ok(Self {
            categories,
            others,
            table,
            indicators,
            absent: vec![Absent::default(); regime.len()],
            regime,
            numbers,
            block: block.first().copied(),
        })
    }

    /// Reads the block of the current row; the place behind the outcome where it has none.
    fn read_block(
        &self,
        block: &mut usize,
        blocks: &mut BlockNames,
    ) -> Result<Option<usize>, TableError> {
        let Some(column) = self.block else {
            return Ok(None);
        };
        let text = self.table.text(column)?;
        let name = text.trim();
        if is_missing(name) {
            return Ok(Some(self.numbers.len()));
        }
        let many = || self.table.field_error(column, Problem::ManyBlocks);
        *block = blocks.place_or_add(name).ok_or_else(many)?;
        Ok(None)
    }

    /// The error of a row in which the action, the outcome or the block of a place has no value.
    fn no_value(&self, place: usize) -> TableError {
        let mut columns = self.numbers.iter().copied().chain(self.block);
        let column = columns.nth(place).unwrap_or_default();
        let expected = match place < self.numbers.len() {
            true => "a number",
            false => "the name of a block",
        };
        self.table.field_error(column, Problem::NoValue(expected))
    }

    fn regime(
        &mut self,
        actions: &[String],
        spellings: &mut Vec<(String, Regime)>,
        columns: &Columns,
    ) -> Result<Regime, TableError> {
        if self.indicators {
            return self.indicated();
        }
        let Some(&column) = self.regime.first() else {
            // The values of the actions will tell.
            return Ok(Regime::OBSERVATIONAL);
        };
        let text = self.table.text(column)?;
        let regime = spelled(&text, actions, spellings, columns)
            .map_err(|error| self.table.field_error(column, self.why(error)))?;
        if regime == Regime::OBSERVATIONAL {
            let noted = self.absent[0].note(&text);
            noted.map_err(|problem| self.table.field_error(column, problem))?;
        }
        Ok(regime)
    }

    /// Reads the actions and the outcome of the current row, up to one that is missing, whose place is
    /// returned.
    fn read(
        &self,
        values: &mut [f64],
        levels: &mut [Option<Levels>],
    ) -> Result<Option<usize>, TableError> {
        if self.categories.is_empty() {
            return self.table.until_missing(&self.numbers, values);
        }
        for &place in &self.others {
            let column = &self.numbers[place..=place];
            let missing = self
                .table
                .until_missing(column, &mut values[place..=place])?;
            if missing.is_some() {
                return Ok(Some(place));
            }
        }
        for &place in &self.categories {
            let column = self.numbers[place];
            let text = self.table.text(column)?;
            // A treatment may well be none.
            if is_missing(text.trim()) && !text.trim().eq_ignore_ascii_case("none") {
                return Ok(Some(place));
            }
            let value = levels[place].get_or_insert_default().value_or_add(&text);
            let many = || self.table.field_error(column, Problem::ManyLevels);
            values[place] = value.ok_or_else(many)?;
        }
        Ok(None)
    }

    /// What is wrong with a regime that cannot be read: perhaps it sets a column that is not taken for an
    /// action.
    fn why(&self, error: ExpressionError) -> Problem {
        let name = match &error {
            ExpressionError::Unknown(name) => name,
            ExpressionError::UnknownAction { action, .. } => action,
            _ => return error.into(),
        };
        let column = self
            .table
            .columns()
            .iter()
            .position(|column| column == name);
        match column.and_then(|column| self.table.no_action(column)) {
            Some(found) => Problem::NoAction {
                action: name.clone(),
                found,
            },
            None => error.into(),
        }
    }

    fn indicated(&mut self) -> Result<Regime, TableError> {
        let mut regime = Regime::OBSERVATIONAL;
        for (action, (&column, absent)) in self.regime.iter().zip(&mut self.absent).enumerate() {
            match self.table.flag(column)? {
                Some(true) => regime = regime.with(action),
                flag => {
                    let word = flag.map_or("", |_| "0");
                    let noted = absent.note(word);
                    noted.map_err(|problem| self.table.field_error(column, problem))?;
                }
            }
        }
        Ok(regime)
    }

    /// The columns of numbers among the actions, the outcome and the weight.
    fn values(&self) -> Vec<usize> {
        let others = self.others.iter();
        others.map(|&place| self.numbers[place]).collect()
    }

    /// How many rows had no regime.
    fn unlabelled(&self) -> u64 {
        match self.indicators {
            true => 0,
            false => self.absent.iter().map(|absent| absent.empty).sum(),
        }
    }

    /// The place of the first column that is neither regime nor outcome nor action nor block, and could be an
    /// action.
    fn other_column(&self) -> Option<Place> {
        let mut columns = self.others();
        let column = columns.find(|&column| self.table.no_action(column).is_none())?;
        Some(self.table.column_place(&self.table.columns()[column]))
    }

    /// Which columns are not taken for actions, and why.
    fn left_out(&self) -> Option<String> {
        let others = self.others().filter_map(|column| {
            let why = self.table.no_action(column)?;
            let name = excerpt(&self.table.columns()[column]);
            match (self.table.is_padding(column), name.as_str()) {
                (true, _) => None,
                (false, "") => Some(format!("column {} ({why})", column + 1)),
                (false, name) => Some(format!("{name:?} ({why})")),
            }
        });
        let others: Vec<_> = others.collect();
        (!others.is_empty()).then(|| format!("not taken for actions: {}", others.join(", ")))
    }

    /// The columns that are neither regime nor outcome nor action nor block.
    fn others(&self) -> impl Iterator<Item = usize> {
        let used = self.regime.iter().chain(&self.numbers).chain(&self.block);
        let used: HashSet<_> = used.copied().collect();
        (0..self.table.columns().len()).filter(move |column| !used.contains(column))
    }
}

/// The regime that a text stands for.
fn spelled(
    text: &str,
    actions: &[String],
    spellings: &mut Vec<(String, Regime)>,
    columns: &Columns,
) -> Result<Regime, ExpressionError> {
    if let Some(known) = spellings.iter().position(|(spelling, _)| spelling == text) {
        spellings.swap(0, known);
        return Ok(spellings[0].1);
    }
    let regime = match &columns.observational {
        Some(word) if word.trim() == text.trim() => Regime::OBSERVATIONAL,
        _ => expression::parse(text, actions)?,
    };
    if spellings.len() < SPELLINGS {
        spellings.push((text.to_string(), regime));
    }
    Ok(regime)
}

/// The actions whose values are not those of the baseline.
fn differing(actions: &[f64], baseline: &[f64]) -> Regime {
    let pairs = actions.iter().zip(baseline).enumerate();
    let differing = pairs.filter(|(_, (value, rest))| value != rest);
    differing.fold(Regime::OBSERVATIONAL, |regime, (action, _)| {
        regime.with(action)
    })
}

/// Adds those that are not there yet.
fn add_new(notes: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for note in more {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

/// The actions of the first table.
fn action_names<R: Read>(table: &Table<R>, columns: &Columns) -> Result<Vec<String>, TableError> {
    let labels: Vec<_> = columns.labels().collect();
    for label in &labels {
        table.column(label)?;
    }
    let names = match &columns.actions {
        Some(names) => names.clone(),
        None => {
            let labels: HashSet<_> = labels.iter().copied().collect();
            let others = table.columns().iter().enumerate();
            let others = others.filter(|(_, name)| !labels.contains(name));
            let actions = others.filter(|&(column, name)| {
                columns.categories.contains(name) || table.no_action(column).is_none()
            });
            actions.map(|(_, name)| name.clone()).collect()
        }
    };
    for name in &columns.categories {
        table.column(name)?;
        if !names.contains(name) {
            return Err(table.column_error(name, Problem::NoCategory));
        }
    }
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
    if let RegimeColumns::Baseline(Baseline::Values(values)) = &columns.regime {
        let named = |name: &str| values.iter().filter(|(named, _)| named == name).count();
        if let Some(action) = names.iter().find(|name| named(name) != 1) {
            let found = named(action);
            return Err(table.column_error(action, Problem::Baseline(found)));
        }
        if let Some((name, _)) = values.iter().find(|(name, _)| !names.contains(name)) {
            table.column(name)?;
            return Err(table.column_error(name, Problem::NoActionRests));
        }
    }
    match names.len() {
        0 => Err(table.header_error(Problem::NoActions)),
        1..=MAX_ACTIONS => Ok(names),
        many => Err(table.header_error(Problem::TooManyActions(many))),
    }
}
