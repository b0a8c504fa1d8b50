//! Rows in memory, many at a time.

use super::{Observations, Source, spelled};
use joint_effects_kernel::Regime;
use std::io::Read;
use std::ops::Range;

/// The most rows of a [`Batch`]: few enough for a near cache.
const ROWS: usize = 2048;

/// Rows none of whose values is missing.
pub(crate) struct Batch<'a> {
    /// Different regimes.
    pub(crate) regimes: &'a [Regime],
    /// For every row, the place of its regime among them.
    pub(crate) places: &'a [u32],
    /// The K actions, the outcome and, where there are weights, the weight.
    pub(crate) columns: Vec<&'a [f64]>,
}

/// The regimes of rows.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Different ones.
    regimes: Vec<Regime>,
    /// For every row, the place of its own among them.
    places: Vec<u32>,
    /// For every text, the place of the regime that it stands for, where it is known.
    of_texts: Vec<Option<u32>>,
}

impl Labels {
    fn clear(&mut self, texts: usize) {
        self.regimes.clear();
        self.places.clear();
        self.of_texts.clear();
        self.of_texts.resize(texts, None);
    }

    /// The place of a regime.
    fn place(&mut self, regime: Regime) -> u32 {
        let known = self.regimes.iter().position(|known| *known == regime);
        let place = known.unwrap_or_else(|| {
            self.regimes.push(regime);
            self.regimes.len() - 1
        });
        place as u32
    }
}

impl<R: Read> Observations<R> {
    /// The rows behind the current one, as far as they lie in memory and nothing is to be said of one of
    /// them. The next is left to [`Observations::next_row`], which says what there is to say.
    pub(crate) fn next_batch(&mut self) -> Option<Batch<'_>> {
        let source = self.current.as_mut()?;
        if !source.categories.is_empty() || source.block.is_some() {
            return None;
        }
        let rest = source.table.memory()?.rest(ROWS);
        let labels = &mut self.labels;
        match source.indicators {
            true => source.label_by_flags(rest.clone(), labels)?,
            false => source.label_by_texts(rest.clone(), labels, |text| {
                spelled(text, &self.names, &mut self.spellings, &self.columns).ok()
            })?,
        }
        let memory = source.table.memory()?;
        let rows = source
            .numbers
            .iter()
            .fold(labels.places.len(), |rows, &column| {
                finite(&memory.numbers_of(column)[rest.clone()][..rows])
            });
        let weights = source.numbers.get(self.names.len() + 1);
        let rows = weights.map_or(rows, |&column| {
            let weights = &memory.numbers_of(column)[rest.clone()][..rows];
            weights.iter().take_while(|&&weight| weight > 0.0).count()
        });
        source.table.skip(rows);
        let memory = source.table.memory()?;
        let columns = source.numbers.iter();
        let batch = Batch {
            regimes: &labels.regimes,
            places: &labels.places[..rows],
            columns: columns
                .map(|&column| &memory.numbers_of(column)[rest.clone()][..rows])
                .collect(),
        };
        (rows > 0).then_some(batch)
    }
}

impl<R: Read> Source<R> {
    /// Labels rows in memory by a column of regimes, up to the first whose text is none.
    fn label_by_texts(
        &mut self,
        rows: Range<usize>,
        labels: &mut Labels,
        mut regime: impl FnMut(&str) -> Option<Regime>,
    ) -> Option<()> {
        let (places, texts) = self.table.memory()?.texts_of(*self.regime.first()?)?;
        labels.clear(texts.len());
        for &text in &places[rows] {
            let place = match labels.of_texts.get(text as usize) {
                None => break,
                Some(&Some(place)) => place,
                Some(None) => {
                    let text_of = &texts[text as usize];
                    let Some(regime) = regime(text_of).filter(|_| !text_of.trim().is_empty())
                    else {
                        break;
                    };
                    if regime == Regime::OBSERVATIONAL && self.absent[0].note(text_of).is_err() {
                        break;
                    }
                    let place = labels.place(regime);
                    labels.of_texts[text as usize] = Some(place);
                    place
                }
            };
            labels.places.push(place);
        }
        Some(())
    }

    /// The same by a column of flags for every action.
    fn label_by_flags(&mut self, rows: Range<usize>, labels: &mut Labels) -> Option<()> {
        let memory = self.table.memory()?;
        let flags = self.regime.iter();
        let flags: Vec<_> = flags
            .map(|&column| &memory.numbers_of(column)[rows.clone()])
            .collect();
        labels.clear(0);
        'rows: for row in 0..rows.len() {
            let mut regime = Regime::OBSERVATIONAL;
            for (action, (flags, absent)) in flags.iter().zip(&mut self.absent).enumerate() {
                match flags[row] {
                    1.0 => regime = regime.with(action),
                    0.0 if absent.note("0").is_ok() => {}
                    _ => break 'rows,
                }
            }
            let place = labels.place(regime);
            labels.places.push(place);
        }
        Some(())
    }
}

/// How many finite numbers come first.
fn finite(numbers: &[f64]) -> usize {
    // Looking at all of them at once is quicker than stopping at the first.
    match numbers
        .iter()
        .fold(true, |all, number| all & number.is_finite())
    {
        true => numbers.len(),
        false => numbers
            .iter()
            .take_while(|number| number.is_finite())
            .count(),
    }
}
