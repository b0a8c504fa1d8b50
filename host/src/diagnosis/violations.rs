//! Whether anything speaks against the assumptions.

use crate::fit::structured::Structured;

/// The one place that decides whether a fit noticed a violation of the assumptions: it does where a pair was
/// found to interact.
pub fn noticed(learned: &Structured) -> bool {
    learned.interactions.iter().any(|pair| pair.found)
}
