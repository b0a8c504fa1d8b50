//! The blocks of a log by name: weeks, batches, sites, devices, whose rows share a shift of the outcome.

use std::collections::HashMap;

/// The most blocks of a log: a column that has more tells rows apart, and a fit would take too long.
pub const MAX_BLOCKS: usize = 10_000;

/// The names of blocks in the order in which they came; a block's place is its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockNames {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl BlockNames {
    /// The names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of a block, which is added where it is new; `None` where there are too many.
    pub(crate) fn place_or_add(&mut self, name: &str) -> Option<usize> {
        if let Some(&place) = self.places.get(name) {
            return Some(place);
        }
        let place = self.names.len();
        if place == MAX_BLOCKS {
            return None;
        }
        self.names.push(name.to_string());
        self.places.insert(name.to_string(), place);
        Some(place)
    }
}
