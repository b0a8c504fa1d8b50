//! Where the values of an action or an outcome lie.

use joint_effects_kernel::Regime;
use serde::{Deserialize, Serialize};

/// The least and the greatest value of an action or an outcome, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a range")]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Range {
    /// Where an action rests, seen in these ranges in the regimes, if it does: where it was left alone it has a
    /// single value, so that leaving it alone is no different from setting it to that value.
    pub fn rest(action: usize, seen: impl Iterator<Item = (Regime, Self)>) -> Option<f64> {
        let alone = seen.filter(|(regime, _)| !regime.sets(action));
        let alone = alone.map(|(_, range)| range).reduce(Self::union);
        alone.filter(Self::is_single).map(|alone| alone.min)
    }

    /// Of no values.
    pub const EMPTY: Self = Self {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    /// Of these values.
    pub fn of(values: &[f64]) -> Self {
        // Several side by side, which do not wait for each other.
        let mut lanes = [Self::EMPTY; 8];
        let chunks = values.chunks_exact(lanes.len());
        let last = chunks.remainder();
        for chunk in chunks {
            for (lane, &value) in lanes.iter_mut().zip(chunk) {
                lane.include(value);
            }
        }
        for (lane, &value) in lanes.iter_mut().zip(last) {
            lane.include(value);
        }
        lanes.into_iter().fold(Self::EMPTY, Self::union)
    }

    /// Grows to hold a value.
    pub fn include(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// The least range that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// What both hold; [`Range::is_empty`] where that is nothing.
    pub fn intersection(self, other: Self) -> Self {
        Self {
            min: self.min.max(other.min),
            max: self.max.min(other.max),
        }
    }

    /// Whether it holds no value.
    pub fn is_empty(self) -> bool {
        self.min > self.max
    }

    /// Whether it holds one value and no other.
    pub fn is_single(&self) -> bool {
        self.min == self.max
    }

    /// Whether it holds the value.
    pub fn contains(self, value: f64) -> bool {
        self.min <= value && value <= self.max
    }
}
