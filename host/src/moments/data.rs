//! The rows of a log, summarised by regime.

mod builder;

use crate::log::expression;
use crate::log::levels::{Differ, Levels};
use crate::log::observations::{LEADING_ROWS, Observation, Observations};
use crate::log::rows::Rows;
use crate::log::table::TableError;
use crate::memory::TooLittle;
use crate::moments::blocks::{Blocks, Cells};
use crate::moments::degree;
use crate::moments::near::Near;
use crate::moments::{FOLDS, Range, RegimeMoments};
use crate::number::exact;
use builder::{Builder, Builders};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials, UnsupportedBasis};
use joint_effects_kernel::identification::first_unidentified;
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::predict::scale::Scale;
use std::borrow::Cow;
use std::io::Read;

/// Rows of a regime below which a fit comes with a warning.
pub const FEW_ROWS: u64 = 100;

/// The moments of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The name of the outcome.
    pub outcome: String,
    /// What of the outcome the moments and the ranges are of.
    pub scale: Scale,
    /// The sum over the rows of [`Scale::log_jacobian`].
    pub log_jacobian: f64,
    /// The names of the K actions.
    pub actions: Vec<String>,
    /// The levels of each action that is a category; its values number them.
    pub levels: Vec<Option<Levels>>,
    /// The P monomials of the standardised actions.
    pub basis: Basis<f64, Vec<f64>>,
    /// The moments of each regime, observational first.
    pub regimes: Vec<RegimeMoments>,
    /// For each regime, where each of the K actions and, last, the outcome was seen.
    pub ranges: Vec<Vec<Range>>,
    /// The rows by block, where rows of a block share a shift of the outcome.
    pub blocks: Option<Blocks>,
    /// Which rows are near; `None` where no row is far.
    pub near: Option<Near>,
}

/// A log cannot be fitted.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A table is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Too many actions, or too high a degree.
    #[error(transparent)]
    Basis(#[from] UnsupportedBasis),
    /// There is no memory for the moments of one regime more.
    #[error(
        "moments of {regimes} regimes, {coefficients} coefficients each; lower the degree: {error}"
    )]
    Memory {
        /// How many there are with it.
        regimes: usize,
        /// How many coefficients each has.
        coefficients: usize,
        /// What it takes.
        error: TooLittle,
    },
    /// There is no memory for the sums of one block more.
    #[error("sums of {blocks} blocks in {regimes} regimes; lower the degree: {error}")]
    BlockMemory {
        /// How many blocks there are.
        blocks: usize,
        /// Of how many regimes.
        regimes: usize,
        /// What it takes.
        error: TooLittle,
    },
    /// All rows are in one block.
    #[error("the block {column:?} never varies: expected rows of several, or no blocks")]
    SingleBlock {
        /// The column.
        column: String,
    },
    /// An estimator does not know of blocks.
    #[error("blocks of {column:?}: expected the estimator structured, which alone knows of them")]
    NoBlocks {
        /// The column.
        column: String,
    },
    /// Rows would be added to moments of other quantities.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// Nothing tells how the outcome behaves when nothing is set.
    #[error("no observational rows: expected some whose regime is obs")]
    NoObservational,
    /// The regimes cannot tell this action's effect from the others'.
    #[error(
        "the effect of {action:?} is not identifiable: expected rows in which it was set on its \
         own, do({action}), or --actions without it; the regimes are {regimes}"
    )]
    NotIdentifiable {
        /// The action.
        action: String,
        /// The regimes there are.
        regimes: String,
    },
    /// Fewer rows than coefficients.
    #[error(
        "rows of {regime}: expected at least {coefficients}, the number of coefficients, found \
         {rows}; lower the degree, collect more, or use the estimator structured"
    )]
    TooFewRows {
        /// Of which rows.
        regime: String,
        /// How many there are.
        rows: u64,
        /// How many coefficients they have to determine.
        coefficients: usize,
    },
    /// The rows of a regime were not dealt to folds.
    #[error(
        "rows of {regime}: expected folds for cross-validation, which moments of a device do not have; use the \
         estimator structured"
    )]
    NoFolds {
        /// The regime.
        regime: String,
    },
    /// The outcome has the same value in all rows.
    #[error(
        "the outcome {outcome:?} never varies: expected more than one value, found {} only",
        exact(*value)
    )]
    ConstantOutcome {
        /// The outcome.
        outcome: String,
        /// Its value.
        value: f64,
    },
    /// The scale does not have the outcome of a row.
    #[error(
        "an outcome {outcome:?} of {}: the scale {} is for numbers {}",
        exact(*value),
        scale.name(),
        if *scale == Scale::Log { "above 0" } else { "between 0 and 1, both left out" }
    )]
    BeyondScale {
        /// The outcome.
        outcome: String,
        /// The scale.
        scale: Scale,
        /// The value.
        value: f64,
    },
    /// A category has more levels than a polynomial tells apart.
    #[error(
        "{action:?} has {count} levels, of which polynomials to degree {degree} tell {} apart: expected \
         --degree {}",
        degree + 1,
        count - 1
    )]
    ManyLevels {
        /// The action.
        action: String,
        /// How many levels it has.
        count: usize,
        /// The degree.
        degree: usize,
    },
    /// An action has the same value in all rows.
    #[error(
        "{action:?} never varies: expected more than one value, found {} only; name the others with --actions",
        exact(*value)
    )]
    ConstantAction {
        /// The action.
        action: String,
        /// Its value.
        value: f64,
    },
    /// An action has the same value in all rows of a regime.
    #[error(
        "{action:?} never varies in regime {regime}: expected more than one value, found {} only; use the \
         estimator structured",
        exact(*value)
    )]
    Constant {
        /// The action.
        action: String,
        /// The regime.
        regime: String,
        /// Its value.
        value: f64,
    },
}

/// Moments that cannot be added to others, because they are not of the same quantities.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{quantity} is {found}, expected {expected}")]
pub struct Mismatch {
    /// What differs.
    pub quantity: String,
    /// What it is in those that are added to.
    pub expected: String,
    /// What it is in those that would be added.
    pub found: String,
}

impl Mismatch {
    /// `Ok` where both are the same.
    pub fn unless_equal(quantity: &str, expected: String, found: String) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self {
            quantity: quantity.to_string(),
            expected,
            found,
        })
    }
}

impl Data {
    /// The bytes that moments take. A regime that has far rows counts twice.
    pub fn memory(monomials: Monomials, regimes: usize) -> u64 {
        8 * (regimes * FOLDS * buffer_len(monomials.len())) as u64
    }

    /// Reads a log row by row and keeps nothing but moments. Folds are dealt in turn within each
    /// regime, because the length of a stream is not known. `progress` is called now and then, for
    /// instance to ask how many bytes have been read.
    ///
    /// Actions are standardised by their means and spreads in the first 1024 rows, rounded to few
    /// digits, and which rows are near is decided by these too. So is the `degree`, where it is `None`
    /// ([`degree::summed`]).
    pub fn read<R: Read>(
        observations: &mut Observations<R>,
        degree: impl Into<Option<usize>>,
        progress: impl FnMut(&Observations<R>),
    ) -> Result<Self, DataError> {
        let data = Self::read_on(&[Scale::Identity], observations, degree, progress)?;
        Ok(data
            .into_iter()
            .next()
            .expect("every outcome is on the scale of itself"))
    }

    /// [`Data::read`] on several scales, each as if it were read alone. A scale that does not have every
    /// outcome is left out, or an error if it is the only one.
    pub fn read_on<R: Read>(
        scales: &[Scale],
        observations: &mut Observations<R>,
        degree: impl Into<Option<usize>>,
        mut progress: impl FnMut(&Observations<R>),
    ) -> Result<Vec<Self>, DataError> {
        let actions = observations.actions().to_vec();
        let mut leading = Vec::new();
        while leading.len() < LEADING_ROWS {
            let Some(row) = observations.next_row()? else {
                break;
            };
            let actions = row.actions.to_vec();
            leading.push((row.regime, actions, row.outcome, row.weight, row.block));
        }
        let rows = leading
            .iter()
            .map(|(regime, actions, ..)| (*regime, actions.as_slice()));
        let near = Near::of(actions.len(), rows.clone());
        let basis = features(actions.len(), rows, near.as_ref(), degree.into())?;
        let blocks = observations.blocks().map(|(column, _)| Blocks::new(column));
        let near = near.filter(|_| blocks.is_none());
        let empty = |&scale| {
            let data = Self {
                outcome: observations.outcome().to_string(),
                scale,
                log_jacobian: 0.0,
                levels: Vec::new(),
                actions: actions.clone(),
                basis: basis.clone(),
                regimes: Vec::new(),
                ranges: Vec::new(),
                blocks: blocks.clone(),
                near: near.clone(),
            };
            Builder::of(data, observations.are_weighted())
        };
        let mut builders = Builders(scales.iter().map(empty).collect());
        for &(regime, ref actions, outcome, weight, block) in &leading {
            builders.push(Observation {
                regime,
                actions,
                outcome,
                weight,
                block,
            })?;
        }
        builders.push_all(observations, &mut progress)?;
        let builders = builders.0.into_iter();
        let data = builders.map(|builder| builder.finish().named_by(observations));
        Ok(data.collect())
    }

    /// With the names of levels and blocks that rows have, which have been read.
    fn named_by<R: Read>(mut self, observations: &Observations<R>) -> Self {
        self.levels = observations.levels().to_vec();
        if let (Some(blocks), Some((_, names))) = (&mut self.blocks, observations.blocks()) {
            blocks.names = names.clone();
        }
        self
    }

    /// [`Data::read`] of rows that are in memory, with these outcomes in place of their own.
    pub fn of(
        rows: &Rows,
        outcomes: &[f64],
        degree: impl Into<Option<usize>>,
    ) -> Result<Self, DataError> {
        let leading = rows.iter().take(LEADING_ROWS);
        let leading = leading.map(|row| (row.regime, row.actions));
        let near = Near::of(rows.actions.len(), leading.clone());
        let basis = features(rows.actions.len(), leading, near.as_ref(), degree.into())?;
        let data = Self {
            outcome: rows.outcome.clone(),
            scale: Scale::Identity,
            log_jacobian: 0.0,
            actions: rows.actions.clone(),
            levels: rows.levels.clone(),
            basis,
            regimes: Vec::new(),
            ranges: Vec::new(),
            blocks: rows.blocks.as_ref().map(|(column, names)| Blocks {
                names: names.clone(),
                ..Blocks::new(column)
            }),
            near: near.filter(|_| rows.blocks.is_none()),
        };
        let mut builder = Builder::of(data, rows.weighted);
        let mut rows = rows.with(outcomes);
        rows.try_for_each(|row| builder.push(row))?;
        Ok(builder.finish())
    }

    /// Adds the rows of `observations`, which must have the same outcome, actions and column of blocks. They are
    /// dealt to the folds as if they had followed those that are already in.
    pub fn with_rows<R: Read>(
        self,
        observations: &mut Observations<R>,
        mut progress: impl FnMut(&Observations<R>),
    ) -> Result<Self, DataError> {
        self.expect_same_columns(observations.outcome(), observations.actions())?;
        let blocks = observations.blocks().map(|(column, _)| column);
        self.expect_blocks_of(blocks)?;
        let levels = self.joined_levels(observations.levels())?;
        let blocks = self.blocks.as_ref().map(|blocks| blocks.names.clone());
        observations.begin_with(levels, blocks.unwrap_or_default());
        let builder = Builder::of(self, observations.are_weighted());
        let mut builders = Builders(vec![builder]);
        builders.push_all(observations, &mut progress)?;
        Ok(builders.0.remove(0).finish().named_by(observations))
    }

    /// No rows of the same outcome and actions, over the same basis.
    pub fn without_rows(&self) -> Self {
        Self {
            outcome: self.outcome.clone(),
            scale: self.scale,
            log_jacobian: 0.0,
            levels: self.levels.clone(),
            actions: self.actions.clone(),
            basis: self.basis.clone(),
            regimes: Vec::new(),
            ranges: Vec::new(),
            blocks: self
                .blocks
                .as_ref()
                .map(|blocks| Blocks::new(&blocks.column)),
            near: self.near.clone(),
        }
    }

    /// Adds the rows of `other` behind these: to rounding what reading them one after the other
    /// gives, folds included. In another order the folds differ, as those of rows in another order
    /// do; their totals differ by rounding alone.
    ///
    /// Where both do not say alike which values are near ([`Data::has_near_of`]), no row of the result is far, and it has
    /// no powers within bounds.
    pub fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        self.expect_same_basis(other)?;
        let levels = self.joined_levels(&other.levels)?;
        self.blocks = self.joined_blocks(other.blocks.as_ref())?;
        self.levels = levels;
        self.log_jacobian += other.log_jacobian;
        let mut other = Cow::Borrowed(other);
        if !self.has_near_of(&other) {
            for data in [&mut *self, other.to_mut()] {
                *data = data.without_bounded();
                data.undivide();
            }
        }
        for (part, theirs) in other.regimes.iter().zip(&other.ranges) {
            let known = |ours: &RegimeMoments| ours.regime.cmp(&part.regime);
            match self.regimes.binary_search_by(known) {
                Ok(index) => {
                    self.regimes[index].append(part);
                    for (ours, theirs) in self.ranges[index].iter_mut().zip(theirs) {
                        *ours = ours.union(*theirs);
                    }
                }
                Err(index) => {
                    self.regimes.insert(index, part.clone());
                    self.ranges.insert(index, theirs.clone());
                }
            }
        }
        Ok(())
    }

    /// Whether both say alike which values of the actions are near: which rows are far, and which bounds actions have.
    pub fn has_near_of(&self, other: &Self) -> bool {
        self.near == other.near && self.basis.bounded().eq(other.basis.bounded())
    }

    /// Takes no row for far any more.
    pub fn undivide(&mut self) {
        self.near = None;
        for part in &mut self.regimes {
            part.undivide();
        }
    }

    /// The column of blocks, if there is one.
    pub fn block(&self) -> Option<&str> {
        self.blocks.as_ref().map(|blocks| blocks.column.as_str())
    }

    /// What the kernel takes of the blocks.
    pub(crate) fn cells(&self) -> Cells {
        let blocks = self.blocks.as_ref();
        let cells = blocks.map(|blocks| blocks.cells(&self.regimes));
        cells.unwrap_or_default()
    }

    /// `Ok` where rows with this column of blocks, or without one, can be added.
    pub fn expect_blocks_of(&self, theirs: Option<&str>) -> Result<(), Mismatch> {
        let column =
            |name: Option<&str>| name.map_or("none".to_string(), |name| format!("{name:?}"));
        Mismatch::unless_equal("the column of blocks", column(self.block()), column(theirs))
    }

    fn expect_same_columns(&self, outcome: &str, actions: &[String]) -> Result<(), Mismatch> {
        let alike = Mismatch::unless_equal;
        let quoted = expression::quoted;
        alike(
            "the outcome",
            format!("{:?}", self.outcome),
            format!("{outcome:?}"),
        )?;
        alike(
            "the list of actions",
            quoted(&self.actions),
            quoted(actions),
        )
    }

    /// The levels of these actions and of those.
    fn joined_levels(&self, theirs: &[Option<Levels>]) -> Result<Vec<Option<Levels>>, Mismatch> {
        let each = self.actions.iter().zip(&self.levels).zip(theirs);
        let joined = each.map(|((action, ours), theirs)| {
            let list =
                |levels: &Option<Levels>| levels.as_ref().map_or("none".into(), Levels::list);
            Levels::join(ours.as_ref(), theirs.as_ref()).map_err(|Differ| Mismatch {
                quantity: format!("the list of levels of {action:?}"),
                expected: list(ours),
                found: list(theirs),
            })
        });
        joined.collect()
    }

    /// The blocks of these rows and of those.
    fn joined_blocks(&self, theirs: Option<&Blocks>) -> Result<Option<Blocks>, Mismatch> {
        self.expect_blocks_of(theirs.map(|blocks| blocks.column.as_str()))?;
        let (Some(ours), Some(theirs)) = (&self.blocks, theirs) else {
            return Ok(None);
        };
        let mut both = ours.clone();
        both.merge(theirs)?;
        Ok(Some(both))
    }

    fn expect_same_basis(&self, other: &Self) -> Result<(), Mismatch> {
        self.expect_same_columns(&other.outcome, &other.actions)?;
        let alike = Mismatch::unless_equal;
        let degree = |data: &Self| data.basis.monomials().degree().to_string();
        alike("the degree", degree(self), degree(other))?;
        let scale = |data: &Self| data.scale.name().to_string();
        alike("the scale", scale(self), scale(other))?;
        let standardisations = [
            ("the shift", self.basis.shift(), other.basis.shift()),
            ("the factor", self.basis.factor(), other.basis.factor()),
        ];
        for (quantity, ours, theirs) in standardisations {
            for ((action, ours), theirs) in self.actions.iter().zip(ours).zip(theirs) {
                let quantity = format!("{quantity} of {action:?}");
                // Zero has two signs.
                let [ours, theirs] = [ours, theirs].map(|number| (number + 0.0).to_string());
                alike(&quantity, ours, theirs)?;
            }
        }
        Ok(())
    }

    /// The name of a regime in the actions' own names.
    pub fn name(&self, regime: Regime) -> String {
        expression::write(regime, &self.actions)
    }

    /// How many rows are far.
    pub fn far_rows(&self) -> u64 {
        let far = self.regimes.iter().flat_map(|part| &part.far);
        far.map(|fold| fold.count()).sum()
    }

    /// Whether every outcome is 0 or 1: then, and then only, are the sum and the sum of squares the same.
    pub fn is_binary(&self) -> bool {
        let outcomes = self.ranges.iter().filter_map(|ranges| ranges.last());
        let is_end = |value: f64| value == 0.0 || value == 1.0;
        let (mut sum, mut squares, mut rows) = (0.0, 0.0, 0.0);
        for part in &self.regimes {
            let total = part.total();
            let n = total.weight();
            let mean = total.outcome_mean();
            sum += n * mean;
            squares += total.outcome_comoments().1 + n * mean * mean;
            rows += n;
        }
        self.scale == Scale::Identity
            && outcomes
                .into_iter()
                .all(|range| is_end(range.min) && is_end(range.max))
            && (sum - squares).abs() <= 1e-9 * rows
    }

    /// Whether an action has a single value wherever it was left alone.
    pub fn rests(&self, action: usize) -> bool {
        let seen = self.regimes.iter().zip(&self.ranges);
        Range::rest(
            action,
            seen.map(|(part, ranges)| (part.regime, ranges[action])),
        )
        .is_some()
    }

    /// Which regimes have fewer than [`FEW_ROWS`] rows, as a warning. Where all actions rest, a row a regime
    /// is enough.
    pub fn few_rows(&self) -> Option<String> {
        if (0..self.actions.len()).all(|action| self.rests(action)) {
            return None;
        }
        let few = self.regimes.iter().filter(|part| part.count() < FEW_ROWS);
        let parts: Vec<_> = few
            .map(|part| format!("{} of {}", part.count(), self.name(part.regime)))
            .collect();
        let rows = parts.join(", ");
        (!parts.is_empty()).then(|| format!("fewer than {FEW_ROWS} rows: {rows}"))
    }

    /// Which regimes have no block in common with the others, as a warning: a shift of these blocks cannot be
    /// told from what was set.
    pub fn apart(&self) -> Option<String> {
        let blocks = self.blocks.as_ref()?;
        let sets = blocks.apart();
        let names = |set: &Vec<Regime>| {
            let names = set.iter().map(|&regime| self.name(regime));
            names.collect::<Vec<_>>().join(" and ")
        };
        let parts: Vec<_> = sets.iter().skip(1).map(names).collect();
        (!parts.is_empty()).then(|| {
            format!(
                "no {:?} in common with the other regimes: {}; what shifts the outcome there cannot be told from \
                 what was set",
                blocks.column,
                parts.join("; ")
            )
        })
    }

    /// Whether the regimes identify the effect of every action, and outcome and actions vary at all.
    pub fn check(&self) -> Result<(), DataError> {
        let regimes = || self.regimes.iter().map(|part| part.regime);
        if !regimes().any(|regime| regime == Regime::OBSERVATIONAL) {
            return Err(DataError::NoObservational);
        }
        let actions = self.actions.len();
        let mut scratch = vec![0.0; actions * actions];
        let unidentified = first_unidentified(actions, regimes(), &mut scratch);
        if let Some(action) = unidentified.expect("scratch of K² numbers") {
            let regimes: Vec<_> = regimes().map(|regime| self.name(regime)).collect();
            return Err(DataError::NotIdentifiable {
                action: self.actions[action].clone(),
                regimes: regimes.join(", "),
            });
        }
        if let Some(blocks) = self.blocks.as_ref().filter(|blocks| blocks.count() < 2) {
            let column = blocks.column.clone();
            return Err(DataError::SingleBlock { column });
        }
        // The outcome follows the actions.
        let columns = (0..=actions).map(|column| {
            let ranges = self.ranges.iter().map(|ranges| ranges[column]);
            ranges.reduce(Range::union).filter(Range::is_single)
        });
        let names = self.actions.iter().map(Some).chain([None]);
        match columns
            .zip(names)
            .find_map(|(single, name)| Some((single?, name)))
        {
            None => self.check_levels(),
            Some((value, None)) => Err(DataError::ConstantOutcome {
                outcome: self.outcome.clone(),
                value: value.min,
            }),
            Some((value, Some(action))) => Err(DataError::ConstantAction {
                action: action.clone(),
                value: value.min,
            }),
        }
    }

    /// Whether the polynomials tell the levels of every category apart.
    fn check_levels(&self) -> Result<(), DataError> {
        let degree = self.basis.monomials().degree();
        for (action, levels) in self.actions.iter().zip(&self.levels) {
            let count = levels.as_ref().map_or(0, |levels| levels.names().len());
            if count > degree + 1 {
                return Err(DataError::ManyLevels {
                    action: action.clone(),
                    count,
                    degree,
                });
            }
        }
        Ok(())
    }

    /// The actions that are categories.
    pub fn categories(&self) -> Regime {
        let levels = self.levels.iter().enumerate();
        let categories = levels.filter(|(_, levels)| levels.is_some());
        categories.fold(Regime::OBSERVATIONAL, |set, (action, _)| set.with(action))
    }

    /// The names of the actions that are categories.
    pub fn category_names(&self) -> Vec<String> {
        let categories = self.categories().actions();
        categories
            .map(|action| self.actions[action].clone())
            .collect()
    }

    /// Whether every regime's rows determine a polynomial of their own, as all estimators need but the
    /// structured one.
    pub fn check_each_regime(&self) -> Result<(), DataError> {
        let coefficients = self.basis.monomials().without_bounded().len();
        let count = |kept: &dyn Fn(Regime) -> bool| {
            let parts = self.regimes.iter().filter(|part| kept(part.regime));
            parts.map(RegimeMoments::count).sum::<u64>()
        };
        let enough = |regime: String, rows: u64| {
            if rows >= coefficients as u64 {
                return Ok(());
            }
            Err(DataError::TooFewRows {
                regime,
                rows,
                coefficients,
            })
        };
        enough(
            "obs".into(),
            count(&|regime| regime == Regime::OBSERVATIONAL),
        )?;
        for (action, name) in self.actions.iter().enumerate() {
            enough(format!("do({name})"), count(&|regime| regime.sets(action)))?;
        }
        for part in &self.regimes {
            let idle = part.folds().iter().any(|fold| fold.count() == 0);
            if idle && part.count() >= FOLDS as u64 {
                let regime = self.name(part.regime);
                return Err(DataError::NoFolds { regime });
            }
        }
        for (part, ranges) in self.regimes.iter().zip(&self.ranges) {
            let mut ranges = ranges.iter().zip(&self.actions);
            if let Some((range, action)) = ranges.find(|(range, _)| range.is_single()) {
                return Err(DataError::Constant {
                    action: action.clone(),
                    regime: self.name(part.regime),
                    value: range.min,
                });
            }
        }
        Ok(())
    }
}

/// What is summed of a log that begins with these rows.
///
/// Where no degree is asked for, the powers of actions within the bounds of their near values are summed too.
fn features<'a>(
    actions: usize,
    rows: impl Iterator<Item = (Regime, &'a [f64])> + Clone,
    near: Option<&Near>,
    degree: Option<usize>,
) -> Result<Basis<f64, Vec<f64>>, UnsupportedBasis> {
    let products = degree.unwrap_or_else(|| degree::suggested(actions, rows.clone()));
    let products = Monomials::new(actions, products)?;
    let highest = degree::bounded(actions, rows.clone());
    let bounded = products.with_bounded(highest).ok();
    let bounded = near.zip(bounded.filter(|_| degree.is_none()));
    let standardisation = standardisation(actions, rows.map(|(_, actions)| actions));
    if let Some((near, monomials)) = bounded {
        return Ok(near.basis(monomials, standardisation));
    }
    let basis = Basis::new(products, standardisation.concat());
    Ok(basis.expect("a shift and a factor for every action"))
}

/// Shifts and factors that bring the actions near zero mean and unit spread. They are rounded to a
/// few binary digits, so that standardising loses none of the rows'.
fn standardisation<'a>(
    actions: usize,
    rows: impl Iterator<Item = &'a [f64]> + Clone,
) -> [Vec<f64>; 2] {
    let n = rows.clone().count().max(1) as f64;
    let column = |action: usize| rows.clone().map(move |row| row[action]);
    let (mut shifts, mut factors) = (Vec::new(), Vec::new());
    for action in 0..actions {
        let mean = column(action).sum::<f64>() / n;
        let variance = column(action)
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / n;
        let spread = match variance.sqrt() {
            spread if spread > 0.0 && spread.is_finite() => spread,
            _ => 1.0,
        };
        let power = spread.log2().round().clamp(-1000.0, 1000.0).exp2();
        shifts.push((mean / power).round() * power);
        factors.push(1.0 / power);
    }
    [shifts, factors]
}
