//! Sums of the rows of every block, in every regime.

use crate::log::blocks::{BlockNames, MAX_BLOCKS};
use crate::moments::RegimeMoments;
use crate::moments::data::Mismatch;
use joint_effects_kernel::Regime;
use joint_effects_kernel::structured::block::{self, Cell};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a fit needs of blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Blocks {
    /// The column that names them.
    pub column: String,
    /// Their names.
    pub names: BlockNames,
    /// For the number of a block and each regime that it has rows of, the sums of the P monomials, the
    /// constant first, and of the outcome.
    pub cells: BTreeMap<(usize, Regime), Vec<f64>>,
}

/// [`block::Blocks`], which borrows from it; none by default.
#[derive(Default)]
pub(crate) struct Cells {
    count: usize,
    cells: Vec<Cell>,
    sums: Vec<f64>,
}

impl Cells {
    pub(crate) fn view(&self) -> block::Blocks<'_, f64> {
        block::Blocks {
            count: self.count,
            cells: &self.cells,
            sums: &self.sums,
        }
    }
}

impl Blocks {
    /// Of no rows yet.
    pub fn new(column: &str) -> Self {
        Self {
            column: column.to_string(),
            ..Self::default()
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.names.names().len()
    }

    /// What the kernel takes, of these regimes.
    pub(crate) fn cells(&self, regimes: &[RegimeMoments]) -> Cells {
        let place = |regime| regimes.iter().position(|part| part.regime == regime);
        let known = self.cells.iter().filter_map(|(&(block, regime), sums)| {
            let regime = place(regime)?;
            Some((Cell { block, regime }, sums))
        });
        let (cells, sums): (Vec<_>, Vec<_>) = known.unzip();
        Cells {
            count: self.count(),
            cells,
            sums: sums.into_iter().flatten().copied().collect(),
        }
    }

    /// The regimes, in sets no two of which have rows of the same block: a shift between the blocks of two
    /// sets cannot be told from what was set in them.
    pub fn apart(&self) -> Vec<Vec<Regime>> {
        let mut sets: Vec<BTreeSet<Regime>> = Vec::new();
        let cells: Vec<_> = self.cells.keys().collect();
        for block in cells.chunk_by(|(one, _), (next, _)| one == next) {
            let mut joined: BTreeSet<_> = block.iter().map(|(_, regime)| *regime).collect();
            let apart;
            (apart, sets) = sets.into_iter().partition(|set| set.is_disjoint(&joined));
            joined.extend(sets.into_iter().flatten());
            sets = apart;
            sets.push(joined);
        }
        sets.sort_unstable();
        sets.into_iter()
            .map(|set| set.into_iter().collect())
            .collect()
    }

    /// Adds the rows of others, whose blocks are matched by name, as far as there are not too many.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), Mismatch> {
        for (&(block, regime), sums) in &other.cells {
            let place = self.names.place_or_add(&other.names.names()[block]);
            let block = place.ok_or_else(|| Mismatch {
                quantity: "the number of blocks".into(),
                expected: format!("at most {MAX_BLOCKS}"),
                found: "more".into(),
            })?;
            self.add(block, regime, 1.0, sums);
        }
        Ok(())
    }

    /// Forgets the sums of all monomials but these, by ascending index.
    pub(crate) fn select(&mut self, monomials: impl Iterator<Item = usize> + Clone) {
        for sums in self.cells.values_mut() {
            let outcome = sums.last().copied();
            let kept = monomials.clone().map(|monomial| sums[monomial]);
            *sums = kept.chain(outcome).collect();
        }
    }

    /// Adds a multiple to the sums of a cell.
    pub(crate) fn add(&mut self, block: usize, regime: Regime, weight: f64, sums: &[f64]) {
        let own = self.cells.entry((block, regime));
        let own = own.or_insert_with(|| vec![0.0; sums.len()]);
        for (own, sum) in own.iter_mut().zip(sums) {
            *own += weight * sum;
        }
    }
}
