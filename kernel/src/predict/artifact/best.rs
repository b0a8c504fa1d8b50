//! The best setting of all actions where the data support them.

use super::read::cross_at;
use super::{Artifact, ArtifactError};
use crate::algebra::scratch::list;
use crate::error::ShapeError;
use crate::features::monomials::{MAX_DEGREE, Monomials, UnsupportedBasis};
use crate::predict::optimum::{self, Goal, Line, Optimum, Permitted, Terms};
use crate::predict::predictor::{Layout, PredictorError};
use crate::regime::MAX_ACTIONS;
use crate::scalar::Scalar;
use heapless::Vec;

impl<S: Scalar> Artifact<'_, S> {
    /// The setting of all actions, each within its range, for which the expected outcome is greatest or least;
    /// what is expected there, and by how much another setting might be better.
    ///
    /// At most so many boxes of settings are looked at for each group of actions that interact; with enough of
    /// them the setting is the best to a few roundings ([`optimum`]). Actions that add up take none. A category
    /// is set to one of its levels.
    ///
    /// # Errors
    ///
    /// [`ArtifactError::Shape`] where there is not a place for every action;
    /// [`PredictorError::Unsupported`] where a term has too many factors.
    pub fn best(
        &self,
        goal: Goal,
        boxes: usize,
        setting: &mut [S],
    ) -> Result<Optimum<S>, ArtifactError> {
        let actions = self.actions();
        ShapeError::exact("actions", actions, setting.len())?;
        self.check_degrees()?;
        let mut permitted = Vec::<Permitted<'_, S>, MAX_ACTIONS>::new();
        for action in 0..actions {
            permitted.push(self.permitted(action)).ok();
        }
        let found = optimum::best(self, goal, &permitted, boxes, setting)?;
        for ((action, slot), permitted) in setting.iter_mut().enumerate().zip(&permitted) {
            let mut levels = self.supported_levels(action).enumerate();
            let own = levels.find(|&(index, _)| permitted.level(index) == Some(*slot));
            if let Some((_, level)) = own {
                *slot = level;
                continue;
            }
            let (least, greatest) = self.range(action).unwrap_or_default();
            let (from, to) = self.standardised_range(action);
            // Back to the action's own unit by its place in the range, which is never left.
            let share = (*slot - from) / (to - from);
            *slot = match share {
                share if share > S::ZERO && share < S::ONE => least + share * (greatest - least),
                share if share >= S::ONE => greatest,
                _ => least,
            };
        }
        Ok(found)
    }

    /// What an action may be, standardised.
    fn permitted(&self, action: usize) -> Permitted<'_, S> {
        let mut levels = self.supported_levels(action);
        let standardisation = self.shifts.get(action).zip(self.factors.get(action));
        if let Some((first, (shift, factor))) = levels.next().zip(standardisation) {
            return Permitted::Steps {
                first: (first - shift) * factor,
                step: factor,
                count: 1 + levels.count(),
            };
        }
        let (least, greatest) = self.standardised_range(action);
        match least < greatest {
            true => Permitted::Between(least, greatest),
            false => Permitted::Between(greatest, least),
        }
    }

    /// The levels of a category that lie in its range, ascending.
    fn supported_levels(&self, action: usize) -> impl Iterator<Item = S> {
        let (least, greatest) = self.range(action).unwrap_or_default();
        let levels = (0..self.levels(action)).map(|place| S::from_count(place as u64));
        levels.filter(move |&level| least <= level && level <= greatest)
    }

    /// What the least and the greatest supported value of an action are standardised.
    fn standardised_range(&self, action: usize) -> (S, S) {
        let (least, greatest) = self.range(action).unwrap_or_default();
        let of = self.shifts.get(action).zip(self.factors.get(action));
        of.map_or((least, greatest), |(shift, factor)| {
            ((least - shift) * factor, (greatest - shift) * factor)
        })
    }

    /// Refuses products of more factors than a polynomial may have.
    fn check_degrees(&self) -> Result<(), PredictorError> {
        let terms = self.cross().count();
        for index in 0..terms {
            let degree = self.factors_of(index).count();
            self.check_degree(degree)?;
        }
        for own in Artifact::bounded(self) {
            self.check_degree(own.coefficients.len())?;
        }
        Ok(())
    }

    fn check_degree(&self, degree: usize) -> Result<(), PredictorError> {
        let variables = self.actions();
        match degree <= MAX_DEGREE {
            true => Ok(()),
            false => Err(PredictorError::Unsupported(UnsupportedBasis {
                variables,
                degree,
            })),
        }
    }

    /// The factors of a cross term: its action, and those of the product that it multiplies.
    fn factors_of(&self, index: usize) -> impl Iterator<Item = usize> {
        let actions = self.actions();
        let mut next = Some(actions + index);
        core::iter::from_fn(move || {
            let product = next?;
            let Some(index) = product.checked_sub(actions) else {
                next = None;
                return Some(product);
            };
            let term = cross_at::<S>(self.cross, index)?;
            next = Some(term.parent.into());
            Some(term.action.into())
        })
    }
}

impl<S: Scalar> Terms<S> for Artifact<'_, S> {
    fn each(&self, mut visit: impl FnMut(&[usize], S)) {
        let actions = self.actions();
        let mut coefficients = self.coefficients.iter();
        match self.layout {
            Layout::Dense => {
                let Ok(monomials) = Monomials::new(actions, self.degree) else {
                    return;
                };
                monomials.each(|factors| {
                    if let Some(coefficient) = coefficients.next() {
                        visit(factors, coefficient);
                    }
                });
            }
            Layout::Additive => {
                visit(&[], coefficients.next().unwrap_or_default());
                for power in 1..=self.degree {
                    for (action, coefficient) in (0..actions).zip(&mut coefficients) {
                        let factors = [action; MAX_DEGREE];
                        visit(factors.get(..power).unwrap_or_default(), coefficient);
                    }
                }
            }
        }
        for (index, term) in self.cross().enumerate() {
            let factors: Vec<usize, MAX_DEGREE> = list(self.factors_of(index));
            visit(&factors, term.coefficient);
        }
        for own in Artifact::bounded(self) {
            let factors = [actions + usize::from(own.action); MAX_DEGREE];
            for (order, coefficient) in (1..).zip(own.coefficients.iter()) {
                visit(factors.get(..order).unwrap_or_default(), coefficient);
            }
        }
    }

    fn bounded(&self, action: usize) -> Option<Line<S>> {
        let mut all = Artifact::bounded(self);
        let own = all.find(|own| usize::from(own.action) == action)?;
        let (shift, factor) = self.shifts.get(action).zip(self.factors.get(action))?;
        Some(Line::between([shift, factor], [own.shift, own.factor]))
    }
}
