//! The fit in which every γ_k follows curves within bounds.

use super::layout::{Layout, Parts};
use super::{Known, Outline, estimate};
use crate::algebra::scratch::cut;
use crate::error::FitError;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::block::Intercepts;
use crate::structured::design::{self, Design, Regressor, Within};
use crate::structured::gram::Grams;
use crate::structured::posterior::{self, Dispersion, Posterior, Saturated};

/// What the fit within bounds found, but for its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded<S> {
    pub(super) filled: usize,
    dispersion: Dispersion<S>,
    pub(super) inflation: S,
}

impl<S: Scalar> Bounded<S> {
    /// The design.
    pub(super) fn design<'a>(
        self,
        layout: Layout,
        numbers: &'a [S],
        columns: &'a [Regressor],
    ) -> Design<'a, S> {
        Design::again(layout.monomials, self.filled, columns, numbers)
    }

    /// The coefficients of its columns.
    pub(super) fn posterior<'a>(self, layout: Layout, numbers: &'a [S]) -> Posterior<'a, S> {
        Posterior::again(self.filled, layout.groups(), self.dispersion, numbers)
    }
}

impl<S: Scalar> Outline<S> {
    /// Fits all rows with the structure that they have shown, with the columns of the bounded a_k in every γ_k, and those
    /// of τ where near rows have shown them. `None` where the rows do not ask for more columns.
    pub(super) fn bound(
        &self,
        regimes: &[Regime],
        known: Known<'_, S>,
        parts: Parts<'_, S>,
        columns: &[Regressor],
        own: &mut [Regressor],
        curves: bool,
    ) -> Result<Option<Bounded<S>>, FitError> {
        let (layout, monomials) = (self.layout, self.layout.monomials);
        let Parts {
            products,
            design,
            intercepts,
            bounded,
            scratch,
            ..
        } = parts;
        let terms = monomials.len();
        let pairs = self.pairs();
        let structure = self.structure(known.categories, &pairs);
        let numbers = layout.bounded_parts(bounded);
        let within = Within {
            joint: curves,
            own: true,
            parents: false,
        };
        let grams = Grams::again(terms, self.center, regimes, products);
        let richer = self.design(columns, design).of_rows(
            [&grams; 2],
            structure,
            within,
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
        Ok(Some(Bounded {
            filled: size,
            dispersion,
            inflation: dispersion.inflation(saturated),
        }))
    }
}
