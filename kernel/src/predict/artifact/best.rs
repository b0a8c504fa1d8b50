//! The best setting of all actions where the data support them.

use super::{Artifact, ArtifactError};
use crate::error::ShapeError;
use crate::features::monomials::{MAX_DEGREE, Monomials};
use crate::predict::predictor::Layout;
use crate::regime::MAX_ACTIONS;
use crate::scalar::Scalar;

/// What is wanted of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Goal {
    /// As much of it as there can be.
    Greatest,
    /// As little.
    Least,
}

/// Coefficients of a polynomial of one action, the constant first.
type Powers<S> = [S; MAX_DEGREE + 1];

/// Halvings of an interval at the most: in f64 it is then as narrow as a number can tell.
const HALVINGS: usize = 60;

impl<S: Scalar> Artifact<'_, S> {
    /// The setting of all actions, each within its range, for which the expected outcome is greatest or least;
    /// what is expected there.
    ///
    /// An action whose effect adds to those of the others is set to the best of the ends of its range and of
    /// the points between at which its polynomial turns: that is exact. Where actions interact, each is set so
    /// in turn, the others held, until none moves; from the ends and the middles of every pair that does. What
    /// is found cannot be improved by one action alone.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::Shape`] where there is not a place for every action.
    pub fn best(&self, goal: Goal, setting: &mut [S]) -> Result<S, ArtifactError> {
        let actions = self.actions();
        ShapeError::exact("actions", actions, setting.len())?;
        let mut best = self.middle();
        let mut value = self.ascend(goal, &mut best);
        let mut improved = true;
        while improved {
            improved = false;
            for (i, j) in (0..actions).flat_map(|j| (0..j).map(move |i| (i, j))) {
                if !self.interact(i, j) {
                    continue;
                }
                for start in 0..9 {
                    let mut other = best;
                    for (action, place) in [(i, start % 3), (j, start / 3)] {
                        if let Some(slot) = other.get_mut(action) {
                            *slot = self.at(action, place);
                        }
                    }
                    let found = self.ascend(goal, &mut other);
                    // Beyond rounding, so that this has an end.
                    let gain = if goal == Goal::Greatest {
                        found - value
                    } else {
                        value - found
                    };
                    if gain > S::EPSILON * S::from_count(64) * (found.abs() + value.abs()) {
                        (best, value, improved) = (other, found, true);
                    }
                }
            }
        }
        for (target, &action) in setting.iter_mut().zip(&best) {
            *target = action;
        }
        Ok(value)
    }

    /// The least value of an action, that in the middle of its range, or the greatest.
    fn at(&self, action: usize, place: usize) -> S {
        let (least, greatest) = self.range(action).unwrap_or_default();
        match place {
            0 => least,
            1 => least + (greatest - least) / S::from_count(2),
            _ => greatest,
        }
    }

    fn middle(&self) -> [S; MAX_ACTIONS] {
        let mut setting = [S::ZERO; MAX_ACTIONS];
        for (action, slot) in setting.iter_mut().enumerate().take(self.actions()) {
            *slot = self.at(action, 1);
        }
        setting
    }

    /// Sets one action after the other to its best, until none moves; what is expected then.
    fn ascend(&self, goal: Goal, setting: &mut [S; MAX_ACTIONS]) -> S {
        let mut value = S::NAN;
        // Each sweep is better than the one before; those after some tens differ in their last digits.
        for _ in 0..64 {
            let before = *setting;
            for action in 0..self.actions() {
                let powers = self.along(action, setting);
                let (best, expected) = self.best_along(goal, action, &powers);
                if let Some(slot) = setting.get_mut(action) {
                    *slot = best;
                }
                value = expected;
            }
            if before == *setting {
                break;
            }
        }
        value
    }

    /// The best value of an action whose effect, the others held, is this polynomial of its z.
    fn best_along(&self, goal: Goal, action: usize, powers: &Powers<S>) -> (S, S) {
        let (least, greatest) = self.range(action).unwrap_or_default();
        let standardised = |value: S| {
            let of = self.shifts.get(action).zip(self.factors.get(action));
            of.map_or(value, |(shift, factor)| (value - shift) * factor)
        };
        let (from, to) = (standardised(least), standardised(greatest));
        let mut best = (least, evaluate(powers, from));
        let mut consider = |value: S, z: S| {
            let expected = evaluate(powers, z);
            let better = match goal {
                Goal::Greatest => expected > best.1,
                Goal::Least => expected < best.1,
            };
            if better {
                best = (value, expected);
            }
        };
        consider(greatest, to);
        for z in turns(powers, from, to).into_iter().flatten() {
            // Back to the action's own unit by its place in the range, which is never left.
            let share = (z - from) / (to - from);
            if share > S::ZERO && share < S::ONE {
                consider(least + share * (greatest - least), z);
            }
        }
        best
    }

    /// The effect as a polynomial of one action's z, the others held.
    fn along(&self, action: usize, setting: &[S; MAX_ACTIONS]) -> Powers<S> {
        let mut variables = [S::ZERO; MAX_ACTIONS];
        let standardisation = self.shifts.iter().zip(self.factors.iter());
        for ((variable, &value), (shift, factor)) in
            variables.iter_mut().zip(setting).zip(standardisation)
        {
            *variable = (value - shift) * factor;
        }
        let mut powers = [S::ZERO; MAX_DEGREE + 1];
        self.terms_of(|factors, coefficient| {
            let (mut power, mut product) = (0, coefficient);
            for factor in factors {
                match variables.get(factor) {
                    _ if factor == action => power += 1,
                    Some(&variable) => product *= variable,
                    None => {}
                }
            }
            if let Some(slot) = powers.get_mut(power) {
                *slot += product;
            }
        });
        powers
    }

    /// Whether a term has both actions.
    fn interact(&self, i: usize, j: usize) -> bool {
        let mut found = false;
        self.terms_of(|factors, coefficient| {
            let mut has = (false, false);
            factors.for_each(|factor| {
                has.0 |= factor == i;
                has.1 |= factor == j;
            });
            found |= has == (true, true) && coefficient != S::ZERO;
        });
        found
    }

    /// The factors of every term, and its coefficient.
    fn terms_of(&self, mut each: impl FnMut(&mut dyn Iterator<Item = usize>, S)) {
        let actions = self.actions();
        match self.layout {
            Layout::Dense => {
                if let Ok(monomials) = Monomials::new(actions, self.degree) {
                    for (index, coefficient) in self.coefficients.iter().enumerate() {
                        each(&mut monomials.factors(index), coefficient);
                    }
                }
            }
            Layout::Additive => {
                for (index, coefficient) in self.coefficients.iter().enumerate() {
                    let power = index
                        .checked_sub(1)
                        .map_or(0, |index| 1 + index / actions.max(1));
                    let action = index.saturating_sub(1) % actions.max(1);
                    each(&mut core::iter::repeat_n(action, power), coefficient);
                }
            }
        }
        for term in self.cross() {
            let mut next = Some(usize::from(term.parent));
            let parents = core::iter::from_fn(|| {
                let parent = next?;
                match parent.checked_sub(actions) {
                    None => {
                        next = None;
                        Some(parent)
                    }
                    Some(index) => {
                        let term = self.cross().nth(index)?;
                        next = Some(term.parent.into());
                        Some(term.action.into())
                    }
                }
            });
            let mut factors = core::iter::once(usize::from(term.action)).chain(parents);
            each(&mut factors, term.coefficient);
        }
    }
}

fn evaluate<S: Scalar>(powers: &Powers<S>, z: S) -> S {
    powers
        .iter()
        .rev()
        .fold(S::ZERO, |sum, &power| power + z * sum)
}

/// Where a polynomial turns between these ends. Between the turns of its derivative the derivative has at most
/// one root, and a halving of the interval finds it: from the derivative that is constant up.
fn turns<S: Scalar>(powers: &Powers<S>, from: S, to: S) -> [Option<S>; MAX_DEGREE] {
    let (low, high) = if from < to { (from, to) } else { (to, from) };
    let degree = powers
        .iter()
        .rposition(|&power| power != S::ZERO)
        .unwrap_or(0);
    let mut roots = [None; MAX_DEGREE];
    for order in (1..degree.max(1)).rev() {
        let derivative = derivative(powers, order);
        let mut ends = [None; MAX_DEGREE + 1];
        let inner = roots.iter().copied().flatten().chain([high]);
        for (slot, end) in ends.iter_mut().zip(inner) {
            *slot = Some(end);
        }
        let (mut start, mut slots) = (low, [None; MAX_DEGREE]);
        let mut places = slots.iter_mut();
        for end in ends.into_iter().flatten() {
            if let (Some(root), Some(place)) = (root(&derivative, start, end), places.next()) {
                *place = Some(root);
            }
            start = end;
        }
        roots = slots;
    }
    roots
}

/// The coefficients of a derivative.
fn derivative<S: Scalar>(powers: &Powers<S>, order: usize) -> Powers<S> {
    let mut derivative = [S::ZERO; MAX_DEGREE + 1];
    for ((power, &coefficient), slot) in powers.iter().enumerate().skip(order).zip(&mut derivative)
    {
        // power (power − 1) …, of as many factors as the order: at most 16!, which is no exact f32, but
        // scales a root's polynomial by parts in 10⁷ alone.
        let falling = (0..order).fold(1, |product, k| product * (power - k) as u64);
        *slot = coefficient * S::from_count(falling);
    }
    derivative
}

/// The root between two ends at which a polynomial that is monotone between them has different signs.
fn root<S: Scalar>(powers: &Powers<S>, start: S, end: S) -> Option<S> {
    let (mut low, mut high) = (start, end);
    let rises = evaluate(powers, low) < S::ZERO;
    if rises != (evaluate(powers, high) > S::ZERO) || low >= high {
        return None;
    }
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / S::from_count(2);
        if middle <= low || middle >= high {
            break;
        }
        match (evaluate(powers, middle) < S::ZERO) == rises {
            true => low = middle,
            false => high = middle,
        }
    }
    Some(high)
}
