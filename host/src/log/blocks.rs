//! The blocks of a log by name: weeks, batches, sites, devices, whose rows share a shift of the outcome.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The most blocks of a log: a column that has more tells rows apart, and a fit would take too long.
pub const MAX_BLOCKS: usize = 10_000;

/// The names of blocks in the order in which they came; a block's place is its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct BlockNames {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl BlockNames {
    /// The names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether they are names of blocks: no more than there may be, each once, and none empty.
    pub(crate) fn are_distinct(&self) -> bool {
        let each = self.names.len() == self.places.len() && self.names.len() <= MAX_BLOCKS;
        each && !self.places.contains_key("")
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

impl From<Vec<String>> for BlockNames {
    fn from(names: Vec<String>) -> Self {
        let places = names.iter().cloned().zip(0..).collect();
        Self { names, places }
    }
}

impl From<BlockNames> for Vec<String> {
    fn from(blocks: BlockNames) -> Self {
        blocks.names
    }
}
