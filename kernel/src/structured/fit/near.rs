//! The fit of near rows, towards whose τ that of all rows is moved.

use super::layout::{Layout, NearParts, Parts};
use super::{Known, Outline, estimate};
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
    pub(super) share: S,
    inflation: S,
    joint: usize,
    center: S,
    filled: usize,
    dispersion: Dispersion<S>,
    /// Whether its τ has curves within bounds.
    pub(super) has_curves: bool,
}

/// The fit of near rows, of whose τ the model's has a share.
#[derive(Clone, Debug)]
pub(super) struct Near<'a, S> {
    pub(super) moved: Move<'a, S>,
    pub(super) grams: Grams<'a, S>,
    pub(super) design: Design<'a, S>,
    pub(super) posterior: Posterior<'a, S>,
    pub(super) inflation: S,
}

impl<S: Scalar> Near<'_, S> {
    /// With its covariance, or another one.
    pub(super) fn estimate<'a>(&'a self, covariance: &'a [S]) -> Estimate<'a, S> {
        Estimate {
            mean: self.posterior.mean,
            covariance,
            inflation: self.inflation,
            joint: self.design.of_joint(),
        }
    }
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
                step: step.get(..self.joint).unwrap_or_default(),
            },
            grams: Grams::again(monomials.len(), self.center, regimes, products),
            design: Design::again(monomials, self.filled, columns, design),
            posterior: Posterior::again(self.filled, layout.groups(), self.dispersion, posterior),
            inflation: self.inflation,
        }
    }
}

impl<S: Scalar> Outline<S> {
    /// Fits near rows with the structure that all rows have shown. Every γ_k has powers within bounds of a_k and of its
    /// parents there: what it lacks of the first τ_k would take for its own, and what it lacks of a parent that parent's
    /// τ. With these τ has powers of its own. Far rows would decide these columns where cubics are furthest off.
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
        let first = self.design(columns, design);
        let within = Within {
            joint: true,
            own: true,
            parents: true,
        };
        let near = first.of_rows(
            [&grams, &all],
            structure,
            within,
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
        let tails = (0..monomials.variables())
            .map(|action| gram::tails(&all, monomials, action, |regime| regime.sets(action)));
        let tails = tails.fold(S::ONE, S::max);
        let joint = near.of_joint();
        let mut step = numbers.step;
        let moved = Move::of(
            self.estimate(&first, &self.posterior(posterior)),
            Estimate {
                mean: found.mean,
                covariance: found.covariance,
                inflation,
                joint,
            },
            tails,
            cut(&mut step, joint),
        );
        Ok(Trimmed {
            share: moved.share,
            inflation,
            joint,
            center,
            filled: size,
            dispersion,
            has_curves: near.has_curves(),
        })
    }
}
