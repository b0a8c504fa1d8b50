//! Solutions of `(A + α D) x = b` for many penalties α from few factors.
//!
//! About a penalty α₀ whose factor is at hand, `x(α) = Σ (α₀ − α)ʲ xⱼ` with `x₀ = x(α₀)` and
//! `xⱼ₊₁ = (A + α₀ D)⁻¹ D xⱼ`, a Neumann series. Its terms shrink by `|α − α₀| / (λ + α₀)` with λ the
//! least eigenvalue, so it serves for all penalties that are small beside that. D is the identity,
//! but for what is not penalised.

use crate::algebra::scratch::copy;
use crate::algebra::vector::{add_scaled, largest};
use crate::error::FitError;
use crate::scalar::Scalar;

/// Terms of the series at the most.
const TERMS: usize = 10;

/// A term that is more than one in so many of the one before promises no end within [`TERMS`].
const SHRINKAGE: u64 = 50;

/// Scratch of a [`PenaltyPath`] for so many unknowns.
pub(crate) const fn scratch_len(unknowns: usize) -> usize {
    TERMS * unknowns
}

/// A system of equations with a penalty.
pub(crate) trait Penalised<S> {
    /// The smallest penalty that is more than rounding.
    fn least_alpha(&self) -> S;

    /// Factors for a penalty and solves. Returns whether that leaves a factor for [`Self::again`].
    fn solve_anew(&mut self, alpha: S) -> Result<bool, FitError>;

    /// Replaces `x` by `(A + α₀ D)⁻¹ D x`, with the last factor.
    fn again(&mut self, x: &mut [S]);

    /// The last solution.
    fn weights(&mut self) -> &mut [S];
}

/// The series about the last penalty that was factored for.
pub(crate) struct PenaltyPath<'a, S> {
    terms: &'a mut [S],
    /// How many terms there are.
    known: usize,
    center: S,
}

impl<'a, S: Scalar> PenaltyPath<'a, S> {
    /// Without a factor yet; `scratch` has [`scratch_len`] numbers.
    pub(crate) fn new(scratch: &'a mut [S]) -> Self {
        Self {
            terms: scratch,
            known: 0,
            center: S::ZERO,
        }
    }

    /// Leaves the solution in the system's weights. Penalties are best given from the smallest up.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn solve(
        &mut self,
        system: &mut impl Penalised<S>,
        alpha: S,
    ) -> Result<(), FitError> {
        let alpha = system.least_alpha().max(alpha);
        if !self.expand(system, alpha) {
            self.known = 0;
            if system.solve_anew(alpha)? {
                (self.known, self.center) = (1, alpha);
                copy(self.terms, system.weights());
            }
        }
        Ok(())
    }

    /// Sums the series into the system's weights; false where it does not converge.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn expand(&mut self, system: &mut impl Penalised<S>, alpha: S) -> bool {
        if self.known == 0 {
            return false;
        }
        let unknowns = system.weights().len();
        system.weights().fill(S::ZERO);
        let (mut power, mut previous) = (S::ONE, S::ZERO);
        for index in 0..TERMS {
            let Some((before, rest)) = self.terms.split_at_mut_checked(index * unknowns) else {
                return false;
            };
            let term = rest.get_mut(..unknowns).unwrap_or_default();
            if index == self.known {
                copy(
                    term,
                    before.get((index - 1) * unknowns..).unwrap_or_default(),
                );
                system.again(term);
                self.known += 1;
            }
            let size = largest(term) * power.abs();
            let shrinks = size * S::from_count(SHRINKAGE) <= previous;
            if index > 0 && !shrinks {
                return false;
            }
            add_scaled(system.weights(), power, term);
            if size <= S::EPSILON * largest(system.weights()) {
                return true;
            }
            previous = size;
            power *= self.center - alpha;
        }
        false
    }
}
