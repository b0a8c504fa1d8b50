//! Which effects the regimes of a data set identify.

use crate::algebra::vector::add_scaled;
use crate::error::ShapeError;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;

/// The first action whose effect these regimes cannot tell from the others' under additivity, if
/// any: its indicator is not a combination of the regimes' indicators. `scratch` has K² numbers.
pub fn first_unidentified<S: Scalar>(
    actions: usize,
    regimes: impl Iterator<Item = Regime>,
    scratch: &mut [S],
) -> Result<Option<usize>, ShapeError> {
    ShapeError::exact("scratch", actions * actions, scratch.len())?;
    scratch.fill(S::ZERO);
    // Row p of `scratch`, where it has been filled, has its first nonzero number, a 1, at p.
    let mut candidate = [S::ZERO; MAX_ACTIONS];
    let is_zero = |value: S| value.abs() <= S::from_count(1 << 10) * S::EPSILON;
    for regime in regimes {
        for (action, value) in candidate.iter_mut().enumerate() {
            *value = if regime.sets(action) { S::ONE } else { S::ZERO };
        }
        reduce(&mut candidate, scratch, actions);
        let pivot = candidate
            .iter()
            .take(actions)
            .position(|&value| !is_zero(value));
        if let Some(pivot) = pivot {
            let scale = candidate.get(pivot).copied().unwrap_or(S::ONE);
            let row = scratch.chunks_exact_mut(actions.max(1)).nth(pivot);
            for (target, &value) in row.into_iter().flatten().zip(&candidate) {
                *target = if is_zero(value) {
                    S::ZERO
                } else {
                    value / scale
                };
            }
        }
    }
    Ok((0..actions).find(|&action| {
        candidate.fill(S::ZERO);
        if let Some(one) = candidate.get_mut(action) {
            *one = S::ONE;
        }
        reduce(&mut candidate, scratch, actions);
        candidate.iter().take(actions).any(|&value| !is_zero(value))
    }))
}

/// Subtracts from `candidate` its parts along the rows of an echelon form.
fn reduce<S: Scalar>(candidate: &mut [S], echelon: &[S], actions: usize) {
    for (pivot, row) in echelon.chunks_exact(actions.max(1)).enumerate() {
        let filled = row.get(pivot).is_some_and(|&one| one != S::ZERO);
        if let Some(&value) = candidate.get(pivot).filter(|_| filled) {
            add_scaled(candidate, -value, row);
        }
    }
}
