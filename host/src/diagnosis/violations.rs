//! Whether anything speaks against the assumptions.

use super::falsification::checks;
use crate::fit::structured::Structured;
use crate::moments::RegimeMoments;
use joint_effects_kernel::features::monomials::Monomials;

/// Whether the outcomes do: a pair was found to interact.
pub fn noticed_in_outcomes(learned: &Structured) -> bool {
    learned.interactions.iter().any(|pair| pair.found)
}

/// Whether the actions do: one of the [`checks`] of what the assumptions imply of them is contradicted.
pub fn noticed_in_actions(
    monomials: Monomials,
    parts: &[RegimeMoments],
    learned: &Structured,
) -> bool {
    let names: Vec<String> = (0..monomials.variables())
        .map(|action| action.to_string())
        .collect();
    let checks = checks(monomials, &names, parts, learned);
    let mut tested = checks.iter().filter_map(|check| check.tested);
    tested.any(|tested| tested.contradicted)
}
