//! The best setting of all actions: a polynomial's greatest or least value within ranges.
//!
//! Actions fall into groups: two belong together where a term has both. A group of one is exact: a polynomial
//! of one action is best at an end of its range or where it turns. Where it has powers of the action within bounds, its
//! range is cut at these, and it is a polynomial in every part. A larger group is searched by branch and
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
use crate::features::monomials::{Monomials, bound};
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

/// A polynomial of K actions and, behind them, of the same within bounds, term by term.
pub trait Terms<S> {
    /// Calls `visit` with the factors of every term, repeated ones repeated, and its coefficient. The constant
    /// has no factors; no term has more than [`MAX_DEGREE`](crate::features::monomials::MAX_DEGREE). A term with a bounded
    /// action has no other factor.
    fn each(&self, visit: impl FnMut(&[usize], S));

    /// What a bounded action is of the action between its bounds, −1 and 1; `None` where there is none.
    fn bounded(&self, _action: usize) -> Option<Line<S>> {
        None
    }
}

/// `constant + slope · z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<S> {
    /// Its value at 0.
    pub constant: S,
    /// Its slope.
    pub slope: S,
}

impl<S: Scalar> Line<S> {
    /// What the standardised action `(a − shift) · factor`, of `of`, makes of another one of the same action.
    pub fn between([of_shift, of_factor]: [S; 2], [shift, factor]: [S; 2]) -> Self {
        Self {
            constant: (of_shift - shift) * factor,
            slope: factor / of_factor,
        }
    }

    fn at(self, z: S) -> S {
        self.constant + self.slope * z
    }

    /// Where it meets a bound.
    fn meets(self, bound: S) -> S {
        (bound - self.constant) / self.slope
    }
}

/// A coefficient for each of these monomials.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, S> {
    /// The monomials.
    pub monomials: Monomials,
    /// Their coefficients.
    pub coefficients: &'a [S],
    /// What every bounded action is of the action, where there are any.
    pub bounded: &'a [Line<S>],
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

    fn bounded(&self, action: usize) -> Option<Line<S>> {
        self.bounded.get(action).copied()
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
/// let coefficients = &[0.0_f64, 0.0, 3.0, -1.0, 1.0, -1.0];
/// let polynomial = Dense { monomials, coefficients, bounded: &[] };
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
    let actions = permitted.len();
    let groups = groups(polynomial, actions, moving);
    let mut curved = Regime::OBSERVATIONAL;
    polynomial.each(|factors, coefficient| {
        let bounded = factors
            .first()
            .and_then(|factor| factor.checked_sub(actions));
        if let Some(action) = bounded.filter(|_| coefficient != S::ZERO) {
            curved = curved.with(action);
        }
    });
    let mut point = low;
    let mut gap = S::ZERO;
    for (action, &members) in groups.iter().enumerate() {
        // Each group once, with its first member.
        if members.actions().next() != Some(action) {
            continue;
        }
        let group = Group {
            polynomial,
            actions,
            curved,
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
        let values = factors.iter().filter_map(|&factor| {
            let bounded = factor.checked_sub(actions);
            match bounded.and_then(|action| polynomial.bounded(action).zip(point.get(action))) {
                Some((line, &z)) => Some(bound(line.at(z))),
                None => point.get(factor).copied(),
            }
        });
        value += values.fold(coefficient, |product, value| product * value);
    });
    Ok(Optimum { value, gap })
}

/// The group of every action that moves: those that it shares a term with, directly or by way of others.
fn groups<S: Scalar>(
    polynomial: &impl Terms<S>,
    actions: usize,
    moving: Regime,
) -> [Regime; MAX_ACTIONS] {
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
        let own = factors.iter().filter(|&&factor| factor < actions);
        for group in own.filter_map(|&factor| groups.get(factor)) {
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

/// The parts of the values of an action: its levels, or what bounds cut its range into.
fn part<S: Scalar>(
    permitted: &Permitted<'_, S>,
    bounded: Option<Line<S>>,
    index: usize,
) -> Option<(S, S)> {
    let Permitted::Between(low, high) = *permitted else {
        return permitted.level(index).map(|level| (level, level));
    };
    let Some(line) = bounded else {
        return (index == 0).then_some((low, high));
    };
    let within = |z: S| if z < high { low.max(z) } else { high };
    let [first, second] = [-S::ONE, S::ONE].map(|bound| within(line.meets(bound)));
    let (first, second) = if first < second {
        (first, second)
    } else {
        (second, first)
    };
    let parts = [(low, first), (first, second), (second, high)];
    let mut parts = parts.into_iter().filter(|(from, to)| from < to);
    parts.nth(index)
}

/// Sets the actions of a group to their best, whatever the others are; the gap that is left. Every combination
/// of levels, and of parts within and beyond bounds, is tried.
fn best_of_group<S: Scalar, T: Terms<S>>(
    group: &Group<'_, S, T>,
    permitted: &[Permitted<'_, S>],
    boxes: usize,
    point: &mut [S; MAX_ACTIONS],
) -> S {
    let mut places = [0_usize; MAX_ACTIONS];
    let mut found = None;
    let (mut bound, mut spent) = (None, 0);
    let own = |action: usize, place: usize| {
        let permitted = permitted.get(action)?;
        part(permitted, group.line(action), place)
    };
    loop {
        let mut part = *group;
        for action in group.members.actions() {
            let place = places.get(action).copied().unwrap_or_default();
            if let Some((low, high)) = own(action, place) {
                part.confine(action, low, high);
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
            places.get_mut(action).is_some_and(|place| {
                let more = own(action, *place + 1).is_some();
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
