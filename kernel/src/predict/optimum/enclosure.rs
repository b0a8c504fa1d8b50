//! A polynomial over a box, to second order.

use super::Terms;
use super::search::Group;
use crate::algebra::cholesky::Factor;
use crate::algebra::packed::{self, PackedMut};
use crate::features::monomials::MAX_DEGREE;
use crate::regime::MAX_ACTIONS;
use crate::scalar::Scalar;
use heapless::Vec;

/// Numbers of a packed matrix of all actions.
const PACKED: usize = packed::len(MAX_ACTIONS);

/// Settings from `low` to `high`.
#[derive(Clone, Copy)]
pub(super) struct Region<S> {
    pub(super) low: [S; MAX_ACTIONS],
    pub(super) high: [S; MAX_ACTIONS],
}

impl<S: Scalar> Region<S> {
    /// Of a single setting.
    pub(super) fn of(point: [S; MAX_ACTIONS]) -> Self {
        Self {
            low: point,
            high: point,
        }
    }

    pub(super) fn ends(&self, action: usize) -> (S, S) {
        let ends = self.low.get(action).zip(self.high.get(action));
        ends.map_or((S::ZERO, S::ZERO), |(&low, &high)| (low, high))
    }

    /// The middle, and half the width.
    pub(super) fn middle(&self, action: usize) -> (S, S) {
        let (low, high) = self.ends(action);
        let half = (high - low) / S::from_count(2);
        (low + half, half)
    }

    /// Sets the ends of an action.
    pub(super) fn set(&mut self, action: usize, low: S, high: S) {
        let ends = self.low.get_mut(action).zip(self.high.get_mut(action));
        if let Some(ends) = ends {
            (*ends.0, *ends.1) = (low, high);
        }
    }

    /// The smallest region that also holds a point.
    pub(super) fn with(&self, point: &[S; MAX_ACTIONS]) -> Self {
        let mut hull = *self;
        let ends = hull.low.iter_mut().zip(&mut hull.high);
        for ((low, high), &value) in ends.zip(point) {
            if value < *low {
                *low = value;
            }
            *high = high.max(value);
        }
        hull
    }
}

/// Of a group's polynomial over a region, by local places of the members: value, gradient and Hessian in the
/// middle, and how far the entries of the Hessian are from that anywhere in the region at the most.
pub(super) struct Enclosure<S> {
    pub(super) value: S,
    gradient: [S; MAX_ACTIONS],
    /// Half the width of the region.
    radius: [S; MAX_ACTIONS],
    hessian: [S; PACKED],
    deviation: [S; PACKED],
    order: usize,
}

/// A factor of a term: the local place of an action, and its power.
type Part = (usize, usize);

impl<S: Scalar> Enclosure<S> {
    /// Over a region.
    pub(super) fn of<T: Terms<S>>(group: &Group<'_, S, T>, region: &Region<S>) -> Self {
        let mut enclosure = Self {
            value: S::ZERO,
            gradient: [S::ZERO; MAX_ACTIONS],
            radius: [S::ZERO; MAX_ACTIONS],
            hessian: [S::ZERO; PACKED],
            deviation: [S::ZERO; PACKED],
            order: group.members.size(),
        };
        let (mut centre, mut reach) = ([S::ZERO; MAX_ACTIONS], [S::ZERO; MAX_ACTIONS]);
        let mut place = [0_usize; MAX_ACTIONS];
        for (local, action) in group.members.actions().enumerate() {
            let (middle, half) = region.middle(action);
            put(&mut centre, local, middle);
            put(&mut reach, local, middle.abs() + half);
            put(&mut enclosure.radius, local, half);
            put(&mut place, action, local);
        }
        group.each(region, |factors, mut coefficient| {
            let mut parts = Vec::<Part, MAX_DEGREE>::new();
            for &factor in factors {
                if !group.members.sets(factor) {
                    coefficient *= region.middle(factor).0;
                    continue;
                }
                let local = at(&place, factor);
                match parts.iter_mut().find(|part| part.0 == local) {
                    Some(part) => part.1 += 1,
                    None => parts.push((local, 1)).unwrap_or_default(),
                }
            }
            enclosure.add(coefficient, &parts, &centre, &reach);
        });
        enclosure
    }

    /// Adds a term.
    fn add(
        &mut self,
        coefficient: S,
        parts: &[Part],
        centre: &[S; MAX_ACTIONS],
        reach: &[S; MAX_ACTIONS],
    ) {
        self.value += coefficient * derivative(parts, centre, [parts.len(); 2]);
        for (i, &(row, _)) in parts.iter().enumerate() {
            let slope = derivative(parts, centre, [i, parts.len()]);
            add(&mut self.gradient, row, coefficient * slope);
            for (j, &(column, _)) in parts.iter().enumerate().take(i + 1) {
                if at(&self.radius, row) == S::ZERO || at(&self.radius, column) == S::ZERO {
                    continue;
                }
                let index = index(row, column);
                let curvature = derivative(parts, centre, [i, j]);
                add(&mut self.hessian, index, coefficient * curvature);
                // Powers of what is at most so large differ by no more than those of the largest.
                let most = derivative(parts, reach, [i, j]) - curvature.abs();
                add(
                    &mut self.deviation,
                    index,
                    coefficient.abs() * most.max(S::ZERO),
                );
            }
        }
    }

    pub(super) fn slope(&self, local: usize) -> S {
        at(&self.gradient, local)
    }

    fn radius(&self, local: usize) -> S {
        at(&self.radius, local)
    }

    /// The largest absolute value of an entry of the Hessian.
    fn largest(&self, i: usize, j: usize) -> S {
        let index = index(i, j);
        at(&self.hessian, index).abs() + at(&self.deviation, index)
    }

    /// How far the slope in one action is from that in the middle, at the most.
    pub(super) fn bend(&self, local: usize) -> S {
        (0..self.order)
            .map(|other| self.largest(local, other) * self.radius(other))
            .sum()
    }

    /// How much of the uncertainty of the bound is an action's.
    pub(super) fn weight(&self, local: usize) -> S {
        self.radius(local) * (self.slope(local).abs() + self.bend(local))
    }

    /// No value in the region is greater.
    pub(super) fn bound(&self) -> S {
        let half = S::ONE / S::from_count(2);
        let mut bound = self.value;
        for i in 0..self.order {
            let (radius, slope) = (self.radius(i), self.slope(i).abs());
            if radius == S::ZERO {
                continue;
            }
            let diagonal = index(i, i);
            let curvature = at(&self.hessian, diagonal) + at(&self.deviation, diagonal);
            bound += match slope < -curvature * radius {
                true => -half * slope * slope / curvature,
                false => radius * (slope + half * curvature * radius),
            };
            let mixed: S = (0..i).map(|j| self.largest(i, j) * self.radius(j)).sum();
            bound += radius * mixed;
        }
        bound
    }

    /// Whether the polynomial is concave over the region: the Hessian in the middle is so negative that no
    /// deviation makes up for it.
    pub(super) fn is_concave(&self) -> bool {
        let mut matrix = [S::ZERO; PACKED];
        let free = || (0..self.order).filter(|&i| self.radius(i) > S::ZERO);
        for (row, i) in free().enumerate() {
            for (column, j) in free().enumerate().take(row + 1) {
                let entry = -at(&self.hessian, index(i, j));
                put(&mut matrix, index(row, column), entry);
            }
            let deviations = (0..self.order).map(|j| at(&self.deviation, index(i, j)));
            add(&mut matrix, index(row, row), -deviations.sum::<S>());
        }
        let free = free().count();
        let matrix = matrix.get_mut(..packed::len(free)).unwrap_or_default();
        PackedMut::new(free, matrix).is_ok_and(|matrix| Factor::of(matrix).is_ok())
    }
}

/// The product of the parts at a point, differentiated by those at two places; a place behind the last is none.
fn derivative<S: Scalar>(parts: &[Part], point: &[S; MAX_ACTIONS], by: [usize; 2]) -> S {
    let mut product = S::ONE;
    for (place, &(local, power)) in parts.iter().enumerate() {
        let lowered = usize::from(by[0] == place) + usize::from(by[1] == place);
        let Some(left) = power.checked_sub(lowered) else {
            return S::ZERO;
        };
        for falling in (left + 1..=power).filter(|&falling| falling > 1) {
            product *= S::from_count(falling as u64);
        }
        let value = at(point, local);
        for _ in 0..left {
            product *= value;
        }
    }
    product
}

/// Where the entry of a symmetric matrix stands.
fn index(i: usize, j: usize) -> usize {
    packed::len(if i > j { i } else { j }) + if i > j { j } else { i }
}

fn at<T: Copy + Default>(values: &[T], index: usize) -> T {
    values.get(index).copied().unwrap_or_default()
}

fn put<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}

fn add<S: Scalar>(values: &mut [S], index: usize, value: S) {
    if let Some(slot) = values.get_mut(index) {
        *slot += value;
    }
}
