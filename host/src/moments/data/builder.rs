//! Moments while rows come in: a tile of rows a fold, and the sums of blocks.

use super::{Data, DataError};
use crate::log::levels::Levels;
use crate::log::observations::{Batch, Observation, Observations};
use crate::memory;
use crate::moments::blocks::Blocks;
use crate::moments::near::Near;
use crate::moments::tile::{Accumulator, Column, ROWS};
use crate::moments::{FOLDS, Range, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::predict::scale::Scale;
use std::collections::BTreeMap;
use std::io::Read;

/// [`Data`] on several scales while rows come in.
pub(super) struct Builders(pub(super) Vec<Builder>);

impl Builders {
    pub(super) fn push_all<R: Read>(
        &mut self,
        observations: &mut Observations<R>,
        progress: &mut impl FnMut(&Observations<R>),
    ) -> Result<(), DataError> {
        let mut rows = 0u64;
        loop {
            while let Some(batch) = observations.next_batch() {
                self.each(|builder| builder.push_batch(&batch))?;
            }
            let Some(row) = observations.next_row()? else {
                return Ok(());
            };
            self.push(row)?;
            rows += 1;
            if rows.is_multiple_of(1 << 16) {
                progress(observations);
            }
        }
    }

    pub(super) fn push(&mut self, row: Observation<'_>) -> Result<(), DataError> {
        self.each(|builder| builder.push(row))
    }

    /// Adds rows to each, but for those whose scale does not have them, unless there is no other.
    fn each(
        &mut self,
        mut push: impl FnMut(&mut Builder) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut index = 0;
        while let Some(builder) = self.0.get_mut(index) {
            match push(builder) {
                Err(DataError::BeyondScale { .. }) if self.0.len() > 1 => {
                    self.0.remove(index);
                }
                pushed => {
                    pushed?;
                    index += 1;
                }
            }
        }
        Ok(())
    }
}

/// [`Data`] while rows come in.
pub(super) struct Builder {
    outcome: String,
    scale: Scale,
    log_jacobian: f64,
    levels: Vec<Option<Levels>>,
    actions: Vec<String>,
    blocks: Option<Blocks>,
    near: Option<Near>,
    /// Of a row: its standardised actions, its monomials and its outcome.
    variables: Vec<f64>,
    features: Vec<f64>,
    accumulator: Accumulator,
    /// Whether the rows have weights.
    weighted: bool,
    regimes: BTreeMap<Regime, Part>,
    /// How many sets of moments have begun since, and the bytes that were left for them.
    begun: usize,
    left: u64,
    /// Of a batch, the rows of each slot of each of its regimes.
    rows: Vec<Vec<u32>>,
    /// Of a batch, the actions of each row that are far.
    beyond: Vec<Regime>,
}

/// A slot for the near rows of every fold, and one for the far.
const SLOTS: usize = 2 * FOLDS;

/// One regime.
struct Part {
    moments: RegimeMoments,
    ranges: Vec<Range>,
    /// For each slot, the rows that do not fill a tile yet: K actions, the outcome and, where there are weights,
    /// the weight. The first slots are those of the folds' near rows, the others those of their far ones.
    tiles: Vec<(Vec<Column>, usize)>,
    /// The fold of the next row.
    fold: usize,
}

impl Part {
    fn new(moments: RegimeMoments, ranges: Vec<Range>, weighted: bool) -> Self {
        let columns = ranges.len() + usize::from(weighted);
        Self {
            fold: moments.next_fold(),
            tiles: vec![(vec![Column::ZEROS; columns], 0); SLOTS],
            moments,
            ranges,
        }
    }

    /// Adds some of the rows of `columns` to a slot.
    fn push_rows(
        &mut self,
        accumulator: &mut Accumulator,
        slot: usize,
        mut rows: &[u32],
        columns: &[&[f64]],
    ) {
        while !rows.is_empty() {
            let (tile, filled) = &mut self.tiles[slot];
            let (now, later) = rows.split_at(rows.len().min(ROWS - *filled));
            let (start, end) = (*filled, *filled + now.len());
            for (tile, column) in tile.iter_mut().zip(columns) {
                for (value, &row) in tile.0[start..end].iter_mut().zip(now) {
                    *value = column[row as usize];
                }
            }
            for (range, tile) in self.ranges.iter_mut().zip(&*tile) {
                *range = range.union(Range::of(&tile.0[start..end]));
            }
            *filled = end;
            if end == ROWS {
                flush(accumulator, self, slot);
            }
            rows = later;
        }
    }
}

impl Builder {
    pub(super) fn of(data: Data, weighted: bool) -> Self {
        let parts = data.regimes.into_iter().zip(data.ranges);
        Self {
            outcome: data.outcome,
            scale: data.scale,
            log_jacobian: data.log_jacobian,
            levels: data.levels,
            variables: vec![0.0; data.basis.monomials().all_variables()],
            features: vec![0.0; data.basis.monomials().len() + 1],
            actions: data.actions,
            blocks: data.blocks,
            near: data.near,
            accumulator: Accumulator::new(data.basis),
            weighted,
            begun: 0,
            left: memory::left(),
            rows: Vec::new(),
            beyond: Vec::new(),
            regimes: parts
                .map(|(moments, ranges)| (moments.regime, Part::new(moments, ranges, weighted)))
                .collect(),
        }
    }

    /// An outcome on the scale.
    fn link(&self, outcome: f64) -> Result<f64, DataError> {
        let linked = self.scale.link(outcome);
        linked.ok_or_else(|| DataError::BeyondScale {
            outcome: self.outcome.clone(),
            scale: self.scale,
            value: outcome,
        })
    }

    /// The part of a regime, with a place for far rows if it is to have some, and what adds to it.
    fn part(
        &mut self,
        regime: Regime,
        has_far: bool,
    ) -> Result<(&mut Part, &mut Accumulator), DataError> {
        let monomials = self.accumulator.basis().monomials();
        let known = self.regimes.get(&regime);
        let far = has_far && known.is_none_or(|part| part.moments.far.is_empty());
        self.begun += usize::from(known.is_none()) + usize::from(far);
        if known.is_none() || far {
            // What was not filled yet is still counted as left.
            let needed = Data::memory(monomials, self.begun);
            memory::expect_of(self.left, needed).map_err(|error| DataError::Memory {
                regimes: self.regimes.len() + usize::from(known.is_none()),
                coefficients: monomials.len(),
                error,
            })?;
        }
        let part = self.regimes.entry(regime).or_insert_with(|| {
            let moments = RegimeMoments::new(regime, monomials.len());
            let ranges = vec![Range::EMPTY; monomials.variables() + 1];
            Part::new(moments, ranges, self.weighted)
        });
        if far {
            part.moments.far_mut(0);
        }
        Ok((part, &mut self.accumulator))
    }

    pub(super) fn push(&mut self, row: Observation<'_>) -> Result<(), DataError> {
        let outcome = self.link(row.outcome)?;
        self.log_jacobian += self.scale.log_jacobian(row.outcome);
        let near = self.near.as_ref();
        let is_far = near.is_some_and(|near| near.is_far(row.regime, row.actions));
        let (part, accumulator) = self.part(row.regime, is_far)?;
        let values = row.actions.iter().chain([&outcome]);
        for (range, &value) in part.ranges.iter_mut().zip(values.clone()) {
            range.include(value);
        }
        let slot = part.fold + FOLDS * usize::from(is_far);
        part.fold = (part.fold + 1) % FOLDS;
        let (tile, filled) = &mut part.tiles[slot];
        for (column, &value) in tile.iter_mut().zip(values.chain([&row.weight])) {
            column.0[*filled] = value;
        }
        *filled += 1;
        if *filled == ROWS {
            flush(accumulator, part, slot);
        }
        self.push_block(row, outcome)
    }

    /// Adds a row, with its outcome on the scale, to the sums of its block.
    fn push_block(&mut self, row: Observation<'_>, outcome: f64) -> Result<(), DataError> {
        let Some(blocks) = &mut self.blocks else {
            return Ok(());
        };
        let cell = (row.block, row.regime);
        if !blocks.cells.contains_key(&cell) {
            let needed = (1 + blocks.cells.len()) * size_of_val(self.features.as_slice());
            let room = memory::expect_of(self.left, needed as u64);
            room.map_err(|error| DataError::BlockMemory {
                blocks: row.block + 1,
                regimes: self.regimes.len(),
                error,
            })?;
        }
        let basis = self.accumulator.basis();
        let (last, features) = self
            .features
            .split_last_mut()
            .expect("a place for the outcome");
        *last = outcome;
        let standardised = basis.standardise(row.actions, &mut self.variables);
        let evaluated = basis.monomials().evaluate(&self.variables, features);
        standardised
            .and(evaluated)
            .expect("K actions and P features");
        blocks.add(row.block, row.regime, row.weight, &self.features);
        Ok(())
    }

    /// [`Builder::push`] of every row, by columns.
    fn push_batch(&mut self, batch: &Batch<'_>) -> Result<(), DataError> {
        let (actions, rest) = batch.columns.split_at(self.actions.len());
        let (outcomes, weights) = rest.split_first().expect("an outcome");
        let mut linked = Vec::with_capacity(outcomes.len());
        for &outcome in *outcomes {
            linked.push(self.link(outcome)?);
            self.log_jacobian += self.scale.log_jacobian(outcome);
        }
        let columns = [actions, &[&linked], weights].concat();
        let mut next = Vec::with_capacity(batch.regimes.len());
        for &regime in batch.regimes {
            next.push(self.part(regime, false)?.0.fold);
        }
        if let Some(near) = &self.near {
            near.beyond(actions, &mut self.beyond);
        }
        let mut rows = std::mem::take(&mut self.rows);
        rows.resize_with(batch.regimes.len() * SLOTS, Vec::new);
        rows.iter_mut().for_each(Vec::clear);
        for (row, &regime) in (0..).zip(batch.places) {
            let place = regime as usize;
            let fold = &mut next[place];
            let beyond = self.beyond.get(row as usize);
            let set = batch.regimes[place];
            let is_far = beyond.is_some_and(|&beyond| Near::is_far_beyond(set, beyond));
            rows[place * SLOTS + FOLDS * usize::from(is_far) + *fold].push(row);
            *fold = if *fold + 1 == FOLDS { 0 } else { *fold + 1 };
        }
        for ((&regime, rows), next) in batch.regimes.iter().zip(rows.chunks(SLOTS)).zip(next) {
            let has_far = rows[FOLDS..].iter().any(|rows| !rows.is_empty());
            let (part, accumulator) = self.part(regime, has_far)?;
            for (slot, rows) in rows.iter().enumerate() {
                part.push_rows(accumulator, slot, rows, &columns);
            }
            part.fold = next;
        }
        self.rows = rows;
        Ok(())
    }

    pub(super) fn finish(mut self) -> Data {
        let (mut regimes, mut ranges) = (Vec::new(), Vec::new());
        for mut part in self.regimes.into_values() {
            for slot in 0..SLOTS {
                flush(&mut self.accumulator, &mut part, slot);
            }
            regimes.push(part.moments);
            ranges.push(part.ranges);
        }
        Data {
            outcome: self.outcome,
            scale: self.scale,
            log_jacobian: self.log_jacobian,
            levels: self.levels,
            actions: self.actions,
            basis: self.accumulator.basis().clone(),
            regimes,
            ranges,
            blocks: self.blocks,
            near: self.near,
        }
    }
}

/// Adds a slot's waiting rows to its moments.
fn flush(accumulator: &mut Accumulator, part: &mut Part, slot: usize) {
    let (tile, filled) = &mut part.tiles[slot];
    if *filled == 0 {
        return;
    }
    let (rows, weights) = tile.split_at(part.ranges.len());
    let moments = match slot.checked_sub(FOLDS) {
        None => &mut part.moments.near[slot],
        Some(fold) => part.moments.far_mut(fold),
    };
    let pushed = match weights.first() {
        Some(weights) => accumulator.push_weighted(moments, rows, weights, *filled),
        None => accumulator.push(moments, rows, *filled),
    };
    pushed.expect("a column for every action and the outcome");
    *filled = 0;
}
