//! The fit of near rows, towards which that of all rows is moved.

use super::layout::{Layout, NearParts, Parts};
use super::{Known, Outline, estimate};
use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::error::FitError;
use crate::moments::Moments;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::block::{Blocks, Intercepts};
use crate::structured::design::{self, Design, Regressor, Within};
use crate::structured::gram::{self, Grams};
use crate::structured::posterior::{self, Dispersion, Posterior, Saturated};
use crate::structured::trimming::{Estimate, Move};

/// What the fit of near rows found, but for its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trimmed<S> {
    share: S,
    ratio: S,
    joint: usize,
    center: S,
    filled: usize,
    dispersion: Dispersion<S>,
}

/// The fit of near rows, of whose τ the model's has a share.
#[derive(Clone, Debug)]
pub(super) struct Near<'a, S> {
    pub(super) moved: Move<'a, S>,
    pub(super) grams: Grams<'a, S>,
    pub(super) design: Design<'a, S>,
    pub(super) posterior: Posterior<'a, S>,
}

impl<S: Scalar> Trimmed<S> {
    /// The fit in the numbers and the columns of the workspace.
    pub(super) fn near<'a>(
        self,
        layout: Layout,
        regimes: &'a [Regime],
        numbers: &'a mut [S],
        columns: &'a [Regressor],
    ) -> Near<'a, S> {
        let NearParts {
            products,
            design,
            posterior,
            step,
        } = layout.near_parts(numbers);
        let monomials = layout.monomials;
        Near {
            moved: Move {
                share: self.share,
                ratio: self.ratio,
                step: step.get(..self.joint).unwrap_or_default(),
            },
            grams: Grams::again(monomials.len(), self.center, regimes, products),
            design: Design::again(monomials, self.filled, columns, design),
            posterior: Posterior::again(self.filled, layout.groups(), self.dispersion, posterior),
        }
    }
}

impl<S: Scalar> Outline<S> {
    /// Fits near rows with the structure that all rows have shown, and moves the fit of all rows towards that. Every γ_k
    /// has powers within bounds of a_k and of its parents there: what it lacks of the first τ_k would take for its own,
    /// and what it lacks of a parent that parent's τ. Far rows would decide these columns where cubics are furthest off.
    pub(super) fn trim<B: AsRef<[S]>>(
        &self,
        regimes: &[Regime],
        near: &[Moments<S, B>],
        known: Known<'_, S>,
        parts: Parts<'_, S>,
        columns: &[Regressor],
        own: &mut [Regressor],
    ) -> Result<Trimmed<S>, FitError> {
        let (layout, monomials) = (self.layout, self.layout.monomials);
        let Parts {
            products,
            design,
            posterior,
            intercepts,
            near: numbers,
            scratch,
            ..
        } = parts;
        let terms = monomials.len();
        let pairs = self.pairs();
        let structure = self.structure(known.categories, &pairs);
        let all = Grams::again(terms, self.center, regimes, products);
        let numbers = layout.near_parts(numbers);
        let grams = Grams::new(terms, regimes, near, numbers.products)?;
        let near = self.design(columns, design).of_rows(
            [&grams, &all],
            structure,
            Within::Family,
            own,
            numbers.design,
            cut(&mut &mut *scratch, design::scratch_len(monomials)),
        )?;
        let size = near.columns().len();
        let stored = posterior::posterior_len(size, layout.groups());
        let mut storage = numbers.posterior;
        let storage = cut(&mut storage, stored);
        let (pairs, blocks, once) = (self.found.len(), Blocks::default(), |_| S::ONE);
        let center = grams.center();
        let mut none = Intercepts::new(blocks, center, regimes, once, &near, intercepts);
        let noise = known.noise;
        let dispersion = estimate(&grams, &near, pairs, noise, &mut none, storage, scratch)?;
        let all_terms = match near.is_bounded() {
            true => terms,
            false => monomials.without_bounded().len(),
        };
        let inflation = dispersion.inflation(Saturated::fit(&grams, all_terms, scratch));
        let found = Posterior::again(size, layout.groups(), dispersion, storage);
        let joint = self.design(columns, design).of_joint();
        let tails = (0..monomials.variables())
            .map(|action| gram::tails(&all, monomials, action, |regime| regime.sets(action)));
        let tails = tails.fold(S::ONE, S::max);
        let (mut posterior, mut step) = (posterior, numbers.step);
        let mean = cut(&mut posterior, self.filled);
        let covariance = cut(&mut posterior, packed::len(self.filled));
        let moved = Move::of(
            mean,
            covariance,
            self.inflation,
            Estimate {
                mean: found.mean,
                covariance: found.covariance,
                inflation,
            },
            tails,
            cut(&mut step, joint),
            scratch,
        )?;
        moved.apply(found.covariance, covariance, scratch)?;
        Ok(Trimmed {
            share: moved.share,
            ratio: moved.ratio,
            joint,
            center,
            filled: size,
            dispersion,
        })
    }
}
