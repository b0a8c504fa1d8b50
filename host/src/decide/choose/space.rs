//! The settings among which is chosen.

use crate::moments::Range;
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::optimum::{self, Dense, Goal, Permitted};

/// Boxes that a search for the best effect looks at.
const BOXES: usize = 20_000;

/// Values of one action that are compared.
pub(super) const VALUES: usize = 100;

/// The settings there are.
pub(in crate::decide) struct Space<'a> {
    pub(super) ranges: Vec<Range>,
    /// The values of each category; none of an action whose values are numbers.
    pub(super) levels: Vec<Vec<f64>>,
    pub(super) basis: &'a Basis<f64, Vec<f64>>,
}

impl Space<'_> {
    /// Values of one action, from the least to the greatest.
    pub(super) fn values(&self, action: usize) -> Vec<f64> {
        let (range, levels) = (self.ranges[action], &self.levels[action]);
        if !levels.is_empty() {
            return levels.clone();
        }
        let at = |index| {
            let share = index as f64 / VALUES as f64;
            range.min * (1.0 - share) + range.max * share
        };
        (0..=VALUES).map(at).collect()
    }

    /// Settings spread evenly (Roberts's additive recurrence, "The unreasonable effectiveness of
    /// quasirandom sequences", 2018).
    pub(in crate::decide) fn spread(&self, count: usize) -> Vec<Vec<f64>> {
        let actions = self.ranges.len();
        // The root of x^(K + 1) = x + 1.
        let root = (0..64).fold(1.5_f64, |x, _| (1.0 + x).powf(1.0 / (actions as f64 + 1.0)));
        let setting = |index: usize| {
            let value = |action: usize| {
                let share = (0.5 + (index as f64 + 1.0) / root.powi(action as i32 + 1)).fract();
                let (range, levels) = (self.ranges[action], &self.levels[action]);
                match levels.len() {
                    0 => range.min * (1.0 - share) + range.max * share,
                    count => levels[((share * count as f64) as usize).min(count - 1)],
                }
            };
            (0..actions).map(value).collect()
        };
        (0..count).map(setting).collect()
    }

    /// Whether two settings have the same level of every category.
    pub(super) fn has_levels_of(&self, one: &[f64], other: &[f64]) -> bool {
        let mut both = self.levels.iter().zip(one.iter().zip(other));
        both.all(|(levels, (one, other))| levels.is_empty() || one == other)
    }

    /// The setting with the greatest or least value of a polynomial, some actions fixed; and the gap.
    pub(super) fn optimum(
        &self,
        polynomial: &[f64],
        goal: Goal,
        fixed: &[Option<f64>],
    ) -> (Vec<f64>, f64) {
        let basis = self.basis;
        let standardise =
            |action: usize, value: f64| (value - basis.shift()[action]) * basis.factor()[action];
        let standardised: Vec<Vec<f64>> = (0..self.ranges.len())
            .map(|action| {
                let (range, levels) = (self.ranges[action], &self.levels[action]);
                let values = match (fixed[action], levels.is_empty()) {
                    (Some(value), _) => vec![value],
                    (None, false) => levels.clone(),
                    (None, true) => vec![range.min, range.max],
                };
                values
                    .into_iter()
                    .map(|value| standardise(action, value))
                    .collect()
            })
            .collect();
        let permitted: Vec<_> = (standardised.iter().zip(&self.levels))
            .map(|(values, levels)| match (levels.is_empty(), &values[..]) {
                (true, &[low, high]) => Permitted::Between(low.min(high), low.max(high)),
                _ => Permitted::Levels(values),
            })
            .collect();
        let actions = basis.shift().iter().zip(basis.factor());
        let bounded: Vec<_> = actions
            .zip(basis.bounded())
            .map(|((&shift, &factor), (own_shift, own_factor))| {
                optimum::Line::between([shift, factor], [own_shift, own_factor])
            })
            .collect();
        let dense = Dense {
            monomials: basis.monomials(),
            coefficients: polynomial,
            bounded: &bounded,
        };
        let mut setting = vec![0.0; self.ranges.len()];
        let found = optimum::best(&dense, goal, &permitted, BOXES, &mut setting);
        let found = found.expect("a place for every action");
        for (action, value) in setting.iter_mut().enumerate() {
            let range = self.ranges[action];
            let own = basis.shift()[action] + *value / basis.factor()[action];
            *value = match fixed[action] {
                Some(fixed) => fixed,
                None if !self.levels[action].is_empty() => own.round(),
                None => own.clamp(range.min, range.max),
            };
        }
        (setting, found.gap)
    }
}
