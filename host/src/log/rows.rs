//! The rows of a log, kept in memory.

use crate::log::blocks::BlockNames;
use crate::log::levels::Levels;
use crate::log::observations::{Observation, Observations};
use crate::log::table::TableError;
use crate::memory::{self, TooLittle};
use joint_effects_kernel::Regime;
use std::io::Read;
use std::iter;

/// All rows of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The name of the outcome.
    pub outcome: String,
    /// The names of the K actions.
    pub actions: Vec<String>,
    /// The levels of each action that is a category; its values number them.
    pub levels: Vec<Option<Levels>>,
    /// Whether rows have weights.
    pub weighted: bool,
    /// The column of blocks and their names, where rows are in blocks.
    pub blocks: Option<(String, BlockNames)>,
    regimes: Vec<Regime>,
    /// K values a row.
    values: Vec<f64>,
    outcomes: Vec<f64>,
    weights: Vec<f64>,
    /// The number of each row's block; empty where rows are in none.
    places: Vec<usize>,
}

/// Rows cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// A table is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no memory for more of them.
    #[error("{rows} rows are kept, each with its actions; take fewer: {error}")]
    Memory {
        /// How many there are so far.
        rows: usize,
        /// What they take.
        error: TooLittle,
    },
}

impl Rows {
    /// Reads a log to its end. `progress` is called now and then.
    pub fn read<R: Read>(
        observations: &mut Observations<R>,
        mut progress: impl FnMut(&Observations<R>),
    ) -> Result<Self, RowsError> {
        let mut rows = Self {
            outcome: observations.outcome().into(),
            actions: observations.actions().to_vec(),
            levels: Vec::new(),
            weighted: observations.are_weighted(),
            blocks: None,
            regimes: Vec::new(),
            values: Vec::new(),
            outcomes: Vec::new(),
            weights: Vec::new(),
            places: Vec::new(),
        };
        let in_blocks = observations.blocks().is_some();
        let left = memory::left();
        while let Some(row) = observations.next_row()? {
            rows.regimes.push(row.regime);
            rows.values.extend_from_slice(row.actions);
            rows.outcomes.push(row.outcome);
            rows.weights.push(row.weight);
            if in_blocks {
                rows.places.push(row.block);
            }
            let count = rows.len();
            if count.is_power_of_two() {
                // Vectors that grow to hold one row more double.
                let needed = 2 * count * rows.row_size();
                let room = memory::expect_of(left, needed as u64);
                room.map_err(|error| RowsError::Memory { rows: count, error })?;
                progress(observations);
            }
        }
        rows.levels = observations.levels().to_vec();
        let blocks = observations.blocks();
        rows.blocks = blocks.map(|(column, names)| (column.into(), names.clone()));
        Ok(rows)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// The outcomes, in the order of the rows.
    pub fn outcomes(&self) -> &[f64] {
        &self.outcomes
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Observation<'_>> + Clone {
        self.with(&self.outcomes)
    }

    /// The rows with other outcomes.
    pub fn with<'a>(
        &'a self,
        outcomes: &'a [f64],
    ) -> impl Iterator<Item = Observation<'a>> + Clone {
        let actions = self.values.chunks_exact(self.actions.len().max(1));
        let rows = self.regimes.iter().zip(actions);
        let numbers = outcomes.iter().zip(&self.weights);
        let blocks = self.places.iter().copied().chain(iter::repeat(0));
        rows.zip(numbers)
            .zip(blocks)
            .map(
                |(((&regime, actions), (&outcome, &weight)), block)| Observation {
                    regime,
                    actions,
                    outcome,
                    weight,
                    block,
                },
            )
    }

    /// The bytes of a row.
    fn row_size(&self) -> usize {
        let place = if self.places.is_empty() {
            0
        } else {
            size_of::<usize>()
        };
        size_of::<f64>() * (self.actions.len() + 2) + size_of::<Regime>() + place
    }
}
