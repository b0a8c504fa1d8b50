//! The parts that a study's numbers have.

use super::capacity::of_regime;
use crate::algebra::scratch::cut;
use crate::elementary::Elementary;
use crate::error::{RowError, ShapeError};
use crate::features::monomials::{Basis, Monomials};
use crate::fit::normal_equations;
use crate::moments::{Moments, buffer_len};
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::storage::Storage;

/// What comes first, whatever the regimes.
pub(super) struct Head<'a, S> {
    pub(super) monomials: Monomials,
    /// What is subtracted from every action, and what it is then multiplied by.
    pub(super) standardisation: &'a mut [S],
    /// What is subtracted from the outcome: one number.
    center: &'a mut [S],
    variables: &'a mut [S],
    /// The monomials of the row that came last.
    pub(super) features: &'a mut [S],
    /// `[β, γ₁, …, γ_K]`.
    pub(super) coefficients: &'a mut [S],
    /// All after that.
    pub(super) rest: &'a mut [S],
}

impl<'a, S: Elementary> Head<'a, S> {
    pub(super) fn of(monomials: Monomials, numbers: &'a mut [S]) -> Self {
        let (actions, terms) = (monomials.variables(), monomials.len());
        let mut rest = numbers;
        Self {
            monomials,
            standardisation: cut(&mut rest, 2 * actions),
            center: cut(&mut rest, 1),
            variables: cut(&mut rest, actions),
            features: cut(&mut rest, terms),
            coefficients: cut(&mut rest, (actions + 1) * terms),
            rest,
        }
    }

    /// What is subtracted from the outcome.
    pub(super) fn center(&self) -> S {
        self.center.first().copied().unwrap_or_default()
    }

    /// Replaces what is subtracted from the outcome.
    pub(super) fn set_center(&mut self, center: S) {
        self.center.fill(center);
    }

    /// Turns a row into its features, and gives the outcome less its centre; `None` where one of them cannot
    /// be squared.
    pub(super) fn turn(&mut self, actions: &[S], outcome: S) -> Result<Option<S>, ShapeError> {
        let basis = Basis::new(self.monomials, &*self.standardisation)?;
        basis.standardise(actions, self.variables)?;
        self.monomials.evaluate(self.variables, self.features)?;
        let outcome = outcome - self.center();
        let finite = RowError::finite(self.features.iter().copied().chain([outcome]));
        Ok(finite.is_ok().then_some(outcome))
    }

    /// Gives every action the mean of so many rows as its origin and their standard deviation as its unit, and
    /// the outcome their mean. A row holds an outcome and the actions.
    pub(super) fn standardise<'r>(
        &mut self,
        rows: impl Iterator<Item = &'r [S]> + Clone,
        count: u64,
    ) {
        let halves = self
            .standardisation
            .split_at_mut_checked(self.variables.len());
        let (shifts, factors) = halves.unwrap_or_default();
        factors.fill(S::ONE);
        if count == 0 {
            return;
        }
        let n = S::from_count(count);
        let column = |index: usize| rows.clone().filter_map(move |row| row.get(index).copied());
        let mean = |index| column(index).map(|x| x / n).sum::<S>();
        self.center.fill(mean(0));
        for (index, (shift, factor)) in (1..).zip(shifts.iter_mut().zip(factors)) {
            *shift = mean(index);
            let deviations = column(index).map(|x| x - *shift);
            let variance = deviations.map(|x| x * x / n).sum::<S>();
            if normal_equations::varies(*shift, variance) {
                *factor = S::ONE / variance.rough_sqrt();
            }
        }
    }
}

/// The numbers of the regime at this place, among those of all.
pub(super) fn of_place<S>(all: &mut [S], monomials: Monomials, index: usize) -> &mut [S] {
    let mut regimes = all.chunks_exact_mut(of_regime(monomials).max(1));
    regimes.nth(index).unwrap_or_default()
}

/// The moments of every regime that there are rows of.
#[derive(Clone)]
pub(super) struct Summaries<'a, S> {
    terms: usize,
    regimes: core::slice::Iter<'a, Regime>,
    counts: core::slice::Iter<'a, u64>,
    moments: core::slice::ChunksExact<'a, S>,
}

impl<'a, S> Summaries<'a, S> {
    pub(super) fn new(
        monomials: Monomials,
        regimes: &'a [Regime],
        counts: &'a [u64],
        moments: &'a [S],
    ) -> Self {
        Self {
            terms: monomials.len(),
            regimes: regimes.iter(),
            counts: counts.iter(),
            moments: moments.chunks_exact(of_regime(monomials).max(1)),
        }
    }
}

impl<'a, S: Scalar> Iterator for Summaries<'a, S> {
    type Item = (Regime, Moments<S, &'a [S]>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&regime, &count) = (self.regimes.next()?, self.counts.next()?);
            let moments = self.moments.next()?.get(..buffer_len(self.terms))?;
            if count > 0 {
                let moments = Moments::from_parts(self.terms, count, moments).ok()?;
                return Some((regime, moments));
            }
        }
    }
}

/// Room in a list, after so many of its values.
pub(super) struct Room<'a, T> {
    pub(super) values: &'a mut [T],
    pub(super) before: usize,
    pub(super) what: &'static str,
}

impl<T> Storage<T> for Room<'_, T> {
    fn resize(&mut self, len: usize) -> Result<&mut [T], ShapeError> {
        let (what, before, found) = (self.what, self.before, self.before + self.values.len());
        self.values.get_mut(..len).ok_or(ShapeError {
            what,
            needed: before.saturating_add(len),
            found,
        })
    }
}
