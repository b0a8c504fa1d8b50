//! Branch and bound over the settings of a group of actions.

use super::along::{self, Powers};
use super::enclosure::{Enclosure, Region};
use super::{Line, Terms};
use crate::features::monomials::{MAX_DEGREE, bound};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use heapless::Vec;

/// Boxes within boxes at the most.
const DEPTH: usize = 256;

/// Times that every action is set to its best in turn, at the most.
const SWEEPS: usize = 64;

type Point<S> = [S; MAX_ACTIONS];

/// What of a polynomial depends on some actions, and the ranges of these.
pub(super) struct Group<'a, S, T> {
    pub(super) polynomial: &'a T,
    pub(super) actions: usize,
    /// The actions of which it has powers within bounds.
    pub(super) curved: Regime,
    /// 1, or −1 where the least value is wanted.
    pub(super) sign: S,
    pub(super) members: Regime,
    pub(super) low: Point<S>,
    pub(super) high: Point<S>,
}

impl<S: Copy, T> Copy for Group<'_, S, T> {}

impl<S: Copy, T> Clone for Group<'_, S, T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// A step from a box to one within it.
#[derive(Clone, Copy)]
struct Step<S> {
    action: usize,
    part: Part,
    /// Whether the other half is still to be searched.
    pending: bool,
    /// No value in the larger box is greater.
    bound: S,
}

#[derive(Clone, Copy)]
enum Part {
    LowerHalf,
    UpperHalf,
    LowEnd,
    HighEnd,
}

/// A local optimum.
struct Peak<S> {
    point: Point<S>,
    value: S,
    slopes: [S; MAX_ACTIONS],
}

/// What was learned of a box.
enum Verdict<S> {
    /// No value in it is greater than this, and it need not be searched.
    Closed(S),
    /// An action should be set to an end.
    Fix(usize, Part),
    /// It is to be halved; first this half.
    Halve(usize, Part, S),
}

impl<S: Scalar, T: Terms<S>> Group<'_, S, T> {
    /// The terms that have a member, as a polynomial of the actions in a region in which each of them lies within its
    /// bounds, or beyond one of them.
    pub(super) fn each(&self, region: &Region<S>, mut visit: impl FnMut(&[usize], S)) {
        self.each_of_actions(|factors, coefficient| visit(factors, self.sign * coefficient));
        for action in self.members.actions() {
            let Some(line) = self.line(action) else {
                continue;
            };
            let middle = line.at(region.middle(action).0);
            let within = -S::ONE <= middle && middle <= S::ONE;
            let line = match within {
                true => line,
                false => Line {
                    constant: bound(middle),
                    slope: S::ZERO,
                },
            };
            let mut powers = [S::ZERO; MAX_DEGREE + 1];
            self.each_of_bounded(action, |power, coefficient| {
                if let Some(slot) = powers.get_mut(power) {
                    *slot += coefficient;
                }
            });
            let powers = along::compose(&powers, line);
            let factors = [action; MAX_DEGREE];
            for (order, &coefficient) in powers.iter().enumerate() {
                if coefficient != S::ZERO {
                    let factors = factors.get(..order).unwrap_or_default();
                    visit(factors, self.sign * coefficient);
                }
            }
        }
    }

    /// What an action is within bounds, if the polynomial has powers of that.
    pub(super) fn line(&self, action: usize) -> Option<Line<S>> {
        let curved = self.curved.sets(action);
        curved.then(|| self.polynomial.bounded(action)).flatten()
    }

    fn each_of_actions(&self, mut visit: impl FnMut(&[usize], S)) {
        self.polynomial.each(|factors, coefficient| {
            if coefficient != S::ZERO && factors.iter().any(|&factor| self.members.sets(factor)) {
                visit(factors, coefficient);
            }
        });
    }

    /// The powers of a bounded action.
    fn each_of_bounded(&self, action: usize, mut visit: impl FnMut(usize, S)) {
        self.polynomial.each(|factors, coefficient| {
            if coefficient != S::ZERO && factors.first() == Some(&(self.actions + action)) {
                visit(factors.len(), coefficient);
            }
        });
    }

    /// The whole of it.
    fn region(&self) -> Region<S> {
        Region {
            low: self.low,
            high: self.high,
        }
    }

    /// Leaves an action the values between these.
    pub(super) fn confine(&mut self, action: usize, low: S, high: S) {
        let ends = self.low.get_mut(action).zip(self.high.get_mut(action));
        if let Some(ends) = ends {
            (*ends.0, *ends.1) = (low, high);
        }
    }

    /// No setting has a greater value, whatever its levels and its parts: no power of what is bounded is more than 1.
    pub(super) fn bound(&self) -> S {
        let mut bounded = S::ZERO;
        for action in self.members.actions() {
            self.each_of_bounded(action, |_, coefficient| bounded += coefficient.abs());
        }
        let actions = Self {
            curved: Regime::OBSERVATIONAL,
            ..*self
        };
        Enclosure::of(&actions, &self.region()).bound() + bounded
    }

    fn ends(&self, action: usize) -> (S, S) {
        self.region().ends(action)
    }

    /// The members that are not fixed.
    fn free(&self) -> impl Iterator<Item = usize> {
        let free = |&action: &usize| {
            let (low, high) = self.ends(action);
            low < high
        };
        self.members.actions().filter(free)
    }

    /// Looks for a better setting than was found before; what no value within the ranges exceeds.
    pub(super) fn search(
        &self,
        boxes: usize,
        spent: &mut usize,
        found: &mut Option<(S, Point<S>)>,
    ) -> S {
        let mut start = self.low;
        for action in self.members.actions() {
            let (middle, _) = self.region().middle(action);
            if let Some(slot) = start.get_mut(action) {
                *slot = middle;
            }
        }
        let peak = self.climb(start, spent);
        if found.as_ref().is_none_or(|found| peak.value > found.0) {
            *found = Some((peak.value, peak.point));
        }
        match self.free().nth(1) {
            // By one action alone it is exact.
            None => peak.value,
            Some(_) => self.branch(peak, boxes, spent, found),
        }
    }

    #[inline(never)]
    fn branch(
        &self,
        mut near: Peak<S>,
        boxes: usize,
        spent: &mut usize,
        found: &mut Option<(S, Point<S>)>,
    ) -> S {
        let tolerance = self.tolerance();
        let mut best = match *found {
            Some((value, point)) if value > near.value => self.peak(point),
            _ => self.peak(near.point),
        };
        let mut path = Vec::<Step<S>, DEPTH>::new();
        let mut proven = best.value;
        loop {
            let region = self.region_of(&path);
            *spent += 1;
            let verdict = self.judge(&region, &mut best, &mut near, tolerance, spent);
            let bound = match verdict {
                Verdict::Fix(action, part) => {
                    let bound = path.last().map_or(S::ZERO, |step| step.bound);
                    let pending = false;
                    let step = Step {
                        action,
                        part,
                        pending,
                        bound,
                    };
                    match path.push(step) {
                        Ok(()) => continue,
                        Err(step) => step.bound,
                    }
                }
                Verdict::Halve(action, part, bound) => {
                    let step = Step {
                        action,
                        part,
                        pending: true,
                        bound,
                    };
                    match path.push(step) {
                        Ok(()) if *spent < boxes => continue,
                        _ => bound,
                    }
                }
                Verdict::Closed(bound) => bound,
            };
            proven = proven.max(bound);
            if *spent >= boxes {
                let left = path.iter().filter(|step| step.pending);
                proven = left.fold(proven, |proven, step| proven.max(step.bound));
                break;
            }
            // The next half, on the way back.
            loop {
                match path.pop() {
                    None => {
                        *found = Some((best.value, best.point));
                        return proven;
                    }
                    Some(step) if step.pending && step.bound <= best.value + tolerance => {
                        proven = proven.max(step.bound);
                    }
                    Some(step) if step.pending => {
                        let part = match step.part {
                            Part::LowerHalf => Part::UpperHalf,
                            _ => Part::LowerHalf,
                        };
                        let pending = false;
                        let other = Step {
                            part,
                            pending,
                            ..step
                        };
                        path.push(other).ok();
                        break;
                    }
                    Some(_) => {}
                }
            }
        }
        *found = Some((best.value, best.point));
        proven
    }

    /// What is not told apart: a billionth of what the terms may add up to, or some roundings.
    fn tolerance(&self) -> S {
        let mut most = S::ZERO;
        self.each(&self.region(), |factors, coefficient| {
            let largest = factors.iter().map(|&factor| {
                let (low, high) = self.ends(factor);
                low.abs().max(high.abs())
            });
            most += largest.fold(coefficient.abs(), |product, value| product * value);
        });
        let share = S::ONE / S::from_count(1_000_000_000) + S::EPSILON * S::from_count(16);
        share * most
    }

    /// The box at the end of a path.
    fn region_of(&self, path: &[Step<S>]) -> Region<S> {
        let mut region = self.region();
        for step in path {
            let (low, high) = region.ends(step.action);
            let (middle, _) = region.middle(step.action);
            let (low, high) = match step.part {
                Part::LowerHalf => (low, middle),
                Part::UpperHalf => (middle, high),
                Part::LowEnd => (low, low),
                Part::HighEnd => (high, high),
            };
            region.set(step.action, low, high);
        }
        region
    }

    fn judge(
        &self,
        region: &Region<S>,
        best: &mut Peak<S>,
        near: &mut Peak<S>,
        tolerance: S,
        spent: &mut usize,
    ) -> Verdict<S> {
        let enclosure = Enclosure::of(self, region);
        if enclosure.value > best.value {
            *best = self.climb(self.centre(region), spent);
        }
        let bound = enclosure.bound();
        if bound <= best.value + tolerance {
            return Verdict::Closed(bound);
        }
        let mut split: Option<(S, usize, S)> = None;
        for (local, action) in self.members.actions().enumerate() {
            let (low, high) = region.ends(action);
            if low >= high {
                continue;
            }
            let (slope, bend) = (enclosure.slope(local), enclosure.bend(local));
            if slope.abs() >= bend {
                let part = match slope > S::ZERO {
                    true => Part::HighEnd,
                    false => Part::LowEnd,
                };
                return Verdict::Fix(action, part);
            }
            let (middle, _) = region.middle(action);
            let weight = enclosure.weight(local);
            let heavier = split.is_none_or(|(most, ..)| weight > most);
            if heavier && low < middle && middle < high {
                split = Some((weight, action, slope));
            }
        }
        if enclosure.is_concave() {
            let mut under = self.under(best, region);
            under = under.or_else(|| self.under(near, region));
            if under.is_none() {
                *near = self.climb(self.centre(region), spent);
                if near.value > best.value {
                    *best = self.peak(near.point);
                }
                under = self.under(near, region);
            }
            *spent += 1;
            if let Some(bound) = under.filter(|&bound| bound <= best.value + tolerance) {
                return Verdict::Closed(bound);
            }
        }
        match split {
            None => Verdict::Closed(bound),
            Some((_, action, slope)) if slope > S::ZERO => {
                Verdict::Halve(action, Part::UpperHalf, bound)
            }
            Some((_, action, _)) => Verdict::Halve(action, Part::LowerHalf, bound),
        }
    }

    /// What no value in the region exceeds, where the polynomial is concave from there to the peak: the plane
    /// that touches it at the peak.
    fn under(&self, peak: &Peak<S>, region: &Region<S>) -> Option<S> {
        if !self.is_beside(&peak.point)
            || !Enclosure::of(self, &region.with(&peak.point)).is_concave()
        {
            return None;
        }
        let mut bound = peak.value;
        for (action, &slope) in self.members.actions().zip(&peak.slopes) {
            let (low, high) = region.ends(action);
            let at = peak.point.get(action).copied().unwrap_or_default();
            bound += (slope * (low - at)).max(slope * (high - at));
        }
        Some(bound)
    }

    /// Whether the terms are the same polynomial at a point as in this group's ranges.
    fn is_beside(&self, point: &Point<S>) -> bool {
        self.members.actions().all(|action| {
            let (low, high) = self.ends(action);
            let value = point.get(action);
            self.line(action).is_none() || value.is_some_and(|&value| low <= value && value <= high)
        })
    }

    fn centre(&self, region: &Region<S>) -> Point<S> {
        let mut centre = region.low;
        for (action, slot) in centre.iter_mut().enumerate() {
            *slot = region.middle(action).0;
        }
        centre
    }

    fn peak(&self, point: Point<S>) -> Peak<S> {
        let there = Enclosure::of(self, &Region::of(point));
        let mut slopes = [S::ZERO; MAX_ACTIONS];
        for (local, slope) in slopes.iter_mut().enumerate() {
            *slope = there.slope(local);
        }
        let value = there.value;
        Peak {
            point,
            value,
            slopes,
        }
    }

    /// Sets one action after the other to its best, until none moves.
    fn climb(&self, mut point: Point<S>, spent: &mut usize) -> Peak<S> {
        for _ in 0..SWEEPS {
            let before = point;
            for action in self.free() {
                let (low, high) = self.ends(action);
                let (best, _) = along::greatest(&self.along(action, &point), low, high);
                if let Some(slot) = point.get_mut(action) {
                    *slot = best;
                }
            }
            *spent += 1;
            if before == point || self.free().nth(1).is_none() {
                break;
            }
        }
        self.peak(point)
    }

    /// The polynomial of one action, the others held.
    fn along(&self, action: usize, point: &Point<S>) -> Powers<S> {
        let mut powers = [S::ZERO; MAX_DEGREE + 1];
        self.each(&self.region(), |factors, coefficient| {
            let (mut power, mut product) = (0, coefficient);
            for &factor in factors {
                match point.get(factor) {
                    _ if factor == action => power += 1,
                    Some(&value) => product *= value,
                    None => {}
                }
            }
            if let Some(slot) = powers.get_mut(power) {
                *slot += product;
            }
        });
        powers
    }
}
