//! What a part of the outcome that a model has no terms for does to its joint effect: omitted-variable bias, in
//! every regime another.
//!
//! With its priors given, the coefficients θ are linear in the outcomes: `θ = V Fᵀy / σ²`, where V is their covariance
//! before it was inflated and F has a column for each, of either sign by regime. If the expected outcome of regime R has
//! a further part `δ_R(a)`, a polynomial, then θ is off by `V Σ_R F_Rᵀ δ_R / σ²`, in which the products are moments
//! again. That is the bias of an omitted variable (Cinelli and Hazlett 2020, *Journal of the Royal Statistical Society*
//! B 82, 39–67, section 3), of a ridge and of regimes.

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::algebra::vector::dot;
use crate::error::ShapeError;
use crate::scalar::Scalar;
use crate::structured::covariance::Term;
use crate::structured::design::sign;
use crate::structured::gram::Grams;

/// A model whose omissions are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Omission<'a, 'b, S> {
    /// The data.
    pub grams: &'a Grams<'b, S>,
    /// The model's coefficients.
    pub terms: &'a [Term],
    /// Their packed covariance.
    pub covariance: &'a [S],
    /// The noise variance, and whatever else the covariance was multiplied by.
    pub noise: S,
}

impl<S: Scalar> Omission<'_, '_, S> {
    /// Scratch of its functions.
    pub fn scratch_len(&self) -> usize {
        2 * self.terms.len() + self.grams.terms()
    }

    fn check(&self, regimes: usize, scratch: usize) -> Result<(), ShapeError> {
        let terms = self.terms.len();
        ShapeError::exact("covariance", packed::len(terms), self.covariance.len())?;
        let numbers = self.grams.regimes().len() * self.grams.terms();
        ShapeError::exact("polynomials of regimes", numbers, regimes)?;
        ShapeError::exact("scratch", self.scratch_len(), scratch)
    }

    /// Writes P numbers a regime, by which the coefficients of a departure in its rows are to be multiplied: their sum is
    /// what the model adds for it to the joint effect at one setting over another, `contrast` being the difference of the
    /// monomials there.
    pub fn weights(
        &self,
        contrast: &[S],
        weights: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), ShapeError> {
        self.check(weights.len(), scratch.len())?;
        ShapeError::exact("contrast", self.grams.terms(), contrast.len())?;
        let mut rest = scratch;
        let loading = cut(&mut rest, self.terms.len());
        let response = cut(&mut rest, self.terms.len());
        for (slot, term) in loading.iter_mut().zip(self.terms) {
            let value = contrast.get(term.monomial).copied().unwrap_or_default();
            *slot = match term.action {
                None => value,
                Some(_) => S::ZERO,
            };
        }
        packed::multiply(self.covariance, loading, response);
        let size = self.grams.terms();
        for ((regime, gram), weights) in
            self.grams.iter().zip(weights.chunks_exact_mut(size.max(1)))
        {
            rest.fill(S::ZERO);
            for (term, &value) in self.terms.iter().zip(response.iter()) {
                if let Some(slot) = rest.get_mut(term.monomial) {
                    *slot += sign::<S>(term.action, regime) * value / self.noise;
                }
            }
            packed::multiply(features(gram, size), rest, weights);
        }
        Ok(())
    }

    /// The sum of squares of departures, a polynomial a regime, that the model cannot take for terms of its own.
    pub fn left(&self, departures: &[S], scratch: &mut [S]) -> Result<S, ShapeError> {
        self.check(departures.len(), scratch.len())?;
        let mut rest = scratch;
        let loading = cut(&mut rest, self.terms.len());
        let response = cut(&mut rest, self.terms.len());
        loading.fill(S::ZERO);
        let size = self.grams.terms();
        let mut total = S::ZERO;
        for ((regime, gram), departure) in
            self.grams.iter().zip(departures.chunks_exact(size.max(1)))
        {
            rest.fill(S::ZERO);
            let each = departure.iter().enumerate();
            for (i, &value) in each.filter(|(_, value)| **value != S::ZERO) {
                packed::add_scaled_column(rest, value, features(gram, size), i);
            }
            total += dot(departure, rest);
            for (slot, term) in loading.iter_mut().zip(self.terms) {
                let value = rest.get(term.monomial).copied().unwrap_or_default();
                *slot += sign::<S>(term.action, regime) * value;
            }
        }
        packed::multiply(self.covariance, loading, response);
        Ok((total - dot(loading, response) / self.noise).max(S::ZERO))
    }
}

/// The products of the monomials alone.
fn features<S>(gram: &[S], terms: usize) -> &[S] {
    gram.get(..packed::len(terms)).unwrap_or_default()
}
