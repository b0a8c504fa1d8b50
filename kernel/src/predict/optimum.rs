//! The best setting of all actions: a polynomial's greatest or least value within ranges.
//!
//! Actions fall into groups: two belong together where a term has both. A group of one is exact: a polynomial
//! of one action is best at an end of its range or where it turns. A larger one is searched by branch and
//! bound. Boxes of settings are halved, and those dropped whose upper bound is no better than the best setting
//! found. The bound is that of Taylor's formula to second order with the Hessian enclosed over the box. An action in
//! which the polynomial is monotone over a box is set to the end. Where the polynomial is concave over the
//! smallest box that holds a box and a local optimum, the tangent plane there bounds it, so that no boxes
//! pile up around an optimum.
//!
//! A branch and bound of this kind is described in Hansen and Walster, *Global Optimization Using Interval
//! Analysis* (2004). Its bounds are computed without directed rounding: they hold to the accuracy
//! of the numbers.

mod along;
mod enclosure;
mod search;

use crate::error::ShapeError;
use crate::features::monomials::Monomials;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use search::Group;

/// What is wanted of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Goal {
    /// As much of it as there can be.
    Greatest,
    /// As little.
    Least,
}

/// Boxes of settings after which a search has had enough time on a desktop: some seconds.
pub const MANY_BOXES: usize = 1_000_000;

/// A polynomial, term by term.
pub trait Terms<S> {
    /// Calls `visit` with the factors of every term, repeated ones repeated, and its coefficient. The constant
    /// has no factors; no term has more than [`MAX_DEGREE`](crate::features::monomials::MAX_DEGREE).
    fn each(&self, visit: impl FnMut(&[usize], S));
}

/// A coefficient for each of these monomials.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, S> {
    /// The monomials.
    pub monomials: Monomials,
    /// Their coefficients.
    pub coefficients: &'a [S],
}

impl<S: Scalar> Terms<S> for Dense<'_, S> {
    fn each(&self, mut visit: impl FnMut(&[usize], S)) {
        let mut coefficients = self.coefficients.iter();
        self.monomials.each(|factors| {
            if let Some(&coefficient) = coefficients.next() {
                visit(factors, coefficient);
            }
        });
    }
}

/// The values that an action may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Permitted<'a, S> {
    /// All between these two, and these, the lower first.
    Between(S, S),
    /// These alone: at least one.
    Levels(&'a [S]),
    /// The first, and so many in all, each a step from the one before: at least one.
    Steps {
        /// The first.
        first: S,
        /// From one to the next, up or down.
        step: S,
        /// How many.
        count: usize,
    },
}

impl<S: Scalar> Permitted<'_, S> {
    /// The least range that has all of them.
    fn hull(&self) -> (S, S) {
        match *self {
            Self::Between(low, high) => (low, high),
            Self::Levels(_) | Self::Steps { .. } => {
                let first = self.level(0).unwrap_or_default();
                let levels = (0..self.count()).filter_map(|index| self.level(index));
                levels.fold((first, first), |(low, high), level| {
                    (if level < low { level } else { low }, high.max(level))
                })
            }
        }
    }

    /// How many levels there are.
    fn count(&self) -> usize {
        match *self {
            Self::Between(..) => 0,
            Self::Levels(levels) => levels.len(),
            Self::Steps { count, .. } => count,
        }
    }

    pub(crate) fn level(&self, index: usize) -> Option<S> {
        match *self {
            Self::Between(..) => None,
            Self::Levels(levels) => levels.get(index).copied(),
            Self::Steps { first, step, count } => {
                (index < count).then(|| first + S::from_count(index as u64) * step)
            }
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Optimum<S> {
    /// The value of the polynomial at the setting.
    pub value: S,
    /// By how much another setting may be better at the most. It is a few roundings, or a billionth of the
    /// largest value that the terms may add up to, unless the boxes ran out.
    pub gap: S,
}

/// Sets the actions to values that they may have, so that the polynomial is as great or as small as it can be.
///
/// At most so many boxes are looked at for each group of actions that belong together; [`Optimum::gap`] says
/// what may have been missed where these do not suffice.
///
/// ```
/// use joint_effects_kernel::features::monomials::Monomials;
/// use joint_effects_kernel::predict::optimum::{Dense, Goal, MANY_BOXES, Permitted, best};
///
/// // x y − x² − y² + 3 y, its top at (1, 2).
/// let monomials = Monomials::new(2, 2)?;
/// let polynomial = Dense { monomials, coefficients: &[0.0_f64, 0.0, 3.0, -1.0, 1.0, -1.0] };
/// let mut setting = [0.0; 2];
/// let wide = [Permitted::Between(-5.0, 5.0), Permitted::Between(-5.0, 5.0)];
/// let found = best(&polynomial, Goal::Greatest, &wide, MANY_BOXES, &mut setting)?;
/// assert!((found.value - 3.0).abs() < 1e-9 && found.gap < 1e-6);
/// assert!((setting[0] - 1.0).abs() < 1e-4 && (setting[1] - 2.0).abs() < 1e-4);
///
/// let levels = [Permitted::Levels(&[0.0, 3.0]), Permitted::Between(-5.0, 5.0)];
/// let found = best(&polynomial, Goal::Greatest, &levels, MANY_BOXES, &mut setting)?;
/// assert!((found.value - 2.25).abs() < 1e-9 && setting[0] == 0.0);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ShapeError`] where there is not a place in the setting for every action, or there are too many actions.
pub fn best<S: Scalar>(
    polynomial: &impl Terms<S>,
    goal: Goal,
    permitted: &[Permitted<'_, S>],
    boxes: usize,
    setting: &mut [S],
) -> Result<Optimum<S>, ShapeError> {
    ShapeError::exact("actions", permitted.len(), setting.len())?;
    ShapeError::room("actions", permitted.len(), MAX_ACTIONS)?;
    let (mut low, mut high) = ([S::ZERO; MAX_ACTIONS], [S::ZERO; MAX_ACTIONS]);
    let mut moving = Regime::OBSERVATIONAL;
    let ends = low.iter_mut().zip(&mut high).zip(permitted);
    for (action, ((low, high), permitted)) in ends.enumerate() {
        (*low, *high) = permitted.hull();
        if *low < *high {
            moving = moving.with(action);
        }
    }
    let sign = match goal {
        Goal::Greatest => S::ONE,
        Goal::Least => -S::ONE,
    };
    let groups = groups(polynomial, moving);
    let mut point = low;
    let mut gap = S::ZERO;
    for (action, &members) in groups.iter().enumerate() {
        // Each group once, with its first member.
        if members.actions().next() != Some(action) {
            continue;
        }
        let group = Group {
            polynomial,
            sign,
            members,
            low,
            high,
        };
        gap += best_of_group(&group, permitted, boxes, &mut point);
    }
    for (target, &value) in setting.iter_mut().zip(&point) {
        *target = value;
    }
    let mut value = S::ZERO;
    polynomial.each(|factors, coefficient| {
        let values = factors.iter().filter_map(|&factor| point.get(factor));
        value += values.fold(coefficient, |product, &value| product * value);
    });
    Ok(Optimum { value, gap })
}

/// The group of every action that moves: those that it shares a term with, directly or by way of others.
fn groups<S: Scalar>(polynomial: &impl Terms<S>, moving: Regime) -> [Regime; MAX_ACTIONS] {
    let mut groups = [Regime::OBSERVATIONAL; MAX_ACTIONS];
    for (action, group) in groups.iter_mut().enumerate() {
        if moving.sets(action) {
            *group = Regime::single(action);
        }
    }
    polynomial.each(|factors, coefficient| {
        if coefficient == S::ZERO {
            return;
        }
        let mut joined = Regime::OBSERVATIONAL;
        for group in factors.iter().filter_map(|&factor| groups.get(factor)) {
            joined = group.actions().fold(joined, Regime::with);
        }
        for action in joined.actions() {
            if let Some(group) = groups.get_mut(action) {
                *group = joined;
            }
        }
    });
    groups
}

/// Sets the actions of a group to their best, whatever the others are; the gap that is left. Every combination
/// of levels is tried.
fn best_of_group<S: Scalar, T: Terms<S>>(
    group: &Group<'_, S, T>,
    permitted: &[Permitted<'_, S>],
    boxes: usize,
    point: &mut [S; MAX_ACTIONS],
) -> S {
    let mut places = [0_usize; MAX_ACTIONS];
    let mut found = None;
    let (mut bound, mut spent) = (None, 0);
    loop {
        let mut part = *group;
        for action in group.members.actions() {
            let levels = permitted.get(action).zip(places.get(action));
            if let Some(level) = levels.and_then(|(levels, &place)| levels.level(place)) {
                part.fix(action, level);
            }
        }
        if spent >= boxes {
            // What is in the combinations that are left is bounded together.
            bound = greater(bound, group.bound());
            break;
        }
        bound = greater(bound, part.search(boxes, &mut spent, &mut found));
        // The next combination: as a number is counted up, digit by digit.
        let next = group.members.actions().any(|action| {
            let digit = permitted.get(action).zip(places.get_mut(action));
            digit.is_some_and(|(levels, place)| {
                let more = levels.level(*place + 1).is_some();
                *place = if more { *place + 1 } else { 0 };
                more
            })
        });
        if !next {
            break;
        }
    }
    let Some((value, best)) = found else {
        return S::ZERO;
    };
    for action in group.members.actions() {
        if let (Some(target), Some(&value)) = (point.get_mut(action), best.get(action)) {
            *target = value;
        }
    }
    bound.map_or(S::ZERO, |bound| (bound - value).max(S::ZERO))
}

/// The greater of what there is.
fn greater<S: Scalar>(one: Option<S>, other: S) -> Option<S> {
    Some(one.map_or(other, |one| one.max(other)))
}
