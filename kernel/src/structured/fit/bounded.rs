//! The fit in which every γ_k follows curves within bounds, given the τ of the fit of polynomials.

use super::layout::{BoundedParts, Layout, Parts};
use super::{Known, Outline, estimate};
use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::error::FitError;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::block::Intercepts;
use crate::structured::conditional;
use crate::structured::design::{self, Design, Regressor, Within};
use crate::structured::gram::Grams;
use crate::structured::posterior::{self, Dispersion, Posterior, Saturated};

/// What the fit within bounds found, but for its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded<S> {
    filled: usize,
    dispersion: Dispersion<S>,
    pub(super) inflation: S,
}

/// The fit of polynomials, whose τ the model has.
#[derive(Clone, Debug)]
pub(super) struct Joint<'a, S> {
    pub(super) design: Design<'a, S>,
    pub(super) posterior: Posterior<'a, S>,
    /// Its inflation, over that of the model.
    pub(super) ratio: S,
}

impl<S: Scalar> Joint<'_, S> {
    /// Gives a fit this τ, with its priors, and every γ_k what it has given τ. `scratch` has
    /// [`trimming::scratch_len`](crate::structured::trimming::scratch_len).
    fn give(
        &self,
        mean: &mut [S],
        covariance: &mut [S],
        variances: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let joint = self.design.of_joint();
        let monomials = self.design.monomials();
        for column in self.design.columns().iter().take(joint) {
            let group = column.group.index(monomials);
            let target = group.and_then(|group| variances.get_mut(group));
            if let (Some(target), Some(own)) = (target, self.posterior.prior(&self.design, column))
            {
                *target = own;
            }
        }
        let mut rest = &mut *scratch;
        let step = cut(&mut rest, joint);
        for ((step, &own), &mean) in step.iter_mut().zip(self.posterior.mean).zip(&*mean) {
            *step = own - mean;
        }
        conditional::move_mean(mean, covariance, step, rest)?;
        self.widen(self.posterior.covariance, covariance, scratch)
    }

    /// Gives τ its covariance in this fit, `own`, and every γ_k what it has given τ; `scratch` is as in
    /// [`Joint::give`].
    pub(super) fn widen(
        &self,
        own: &[S],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let joint = self.design.of_joint();
        let mut scratch = scratch;
        let added = cut(&mut scratch, packed::len(joint));
        for ((target, &own), &value) in added.iter_mut().zip(own).zip(&*covariance) {
            *target = self.ratio * own - value;
        }
        conditional::widen(joint, added, covariance, scratch)
    }
}

impl<S: Scalar> Bounded<S> {
    /// The design and its coefficients.
    pub(super) fn model<'a>(
        self,
        layout: Layout,
        numbers: &'a mut [S],
        columns: &'a [Regressor],
    ) -> (Design<'a, S>, Posterior<'a, S>) {
        let BoundedParts { design, posterior } = layout.bounded_parts(numbers);
        (
            Design::again(layout.monomials, self.filled, columns, design),
            Posterior::again(self.filled, layout.groups(), self.dispersion, posterior),
        )
    }
}

impl<S: Scalar> Outline<S> {
    /// Fits all rows with the structure that they have shown, with the columns of the bounded a_k in every γ_k, and gives
    /// that fit the τ that polynomials and near rows gave: of its own it would have to tell a bend of a γ_k from one of τ
    /// where an action is set to values that it never has by itself. `None` where the rows do not ask for more
    /// columns.
    pub(super) fn bound(
        &self,
        regimes: &[Regime],
        known: Known<'_, S>,
        parts: Parts<'_, S>,
        columns: &[Regressor],
        own: &mut [Regressor],
    ) -> Result<Option<Bounded<S>>, FitError> {
        let (layout, monomials) = (self.layout, self.layout.monomials);
        let Parts {
            products,
            design,
            posterior,
            intercepts,
            bounded,
            scratch,
            ..
        } = parts;
        let terms = monomials.len();
        let pairs = self.pairs();
        let structure = self.structure(known.categories, &pairs);
        let numbers = layout.bounded_parts(bounded);
        let first = self.design(columns, design);
        let grams = Grams::again(terms, self.center, regimes, products);
        let richer = first.of_rows(
            [&grams; 2],
            structure,
            Within::Own,
            own,
            numbers.design,
            cut(&mut &mut *scratch, design::scratch_len(monomials)),
        )?;
        if !richer.is_bounded() {
            return Ok(None);
        }
        let size = richer.columns().len();
        let once = |_| S::ONE;
        let mut intercepts = Intercepts::new(
            known.blocks,
            self.center,
            regimes,
            once,
            &richer,
            intercepts,
        );
        let mut storage = numbers.posterior;
        let storage = cut(
            &mut storage,
            posterior::posterior_len(size, layout.groups()),
        );
        let pairs = self.found.len();
        let noise = known.noise;
        let dispersion = estimate(
            &grams,
            &richer,
            pairs,
            noise,
            &mut intercepts,
            storage,
            scratch,
        )?;
        intercepts.shift(true, terms, self.center, products);
        let grams = Grams::again(terms, self.center, regimes, products);
        let saturated = Saturated::fit(&grams, terms, scratch);
        intercepts.shift(false, terms, self.center, products);
        let inflation = dispersion.inflation(saturated);

        let joint = Joint {
            posterior: self.posterior(posterior),
            design: first,
            ratio: self.inflation / inflation,
        };
        let mut storage = storage;
        let mean = cut(&mut storage, size);
        let covariance = cut(&mut storage, packed::len(size));
        joint.give(mean, covariance, storage, scratch)?;
        Ok(Some(Bounded {
            filled: size,
            dispersion,
            inflation,
        }))
    }
}
