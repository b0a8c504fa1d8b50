//! A study of a plant in a fixed amount of memory: the moments of every regime, and the fit.

use crate::plant::ACTIONS;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::{self, Monomials, UnsupportedBasis};
use joint_effects_kernel::fit::indicator::{Pattern, System, arrow_scratch_len};
use joint_effects_kernel::fit::ridge;
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::{Regime, Scalar};

/// Total degree of the polynomials, d.
pub const DEGREE: usize = 2;

/// Number of monomials, P.
pub const TERMS: usize = monomials::count(ACTIONS, DEGREE);

/// Number of coefficients of the indicator model, `[β, γ₁, …, γ_K]`.
pub const COEFFICIENTS: usize = (ACTIONS + 1) * TERMS;

/// Numbers of scratch that a fit needs.
pub const SCRATCH: usize = arrow_scratch_len(ACTIONS, TERMS);

/// Observation, then every action on its own.
pub const REGIMES: [Regime; ACTIONS + 1] = {
    let mut regimes = [Regime::OBSERVATIONAL; ACTIONS + 1];
    let mut action = 0;
    while action < ACTIONS {
        regimes[action + 1] = Regime::single(action);
        action += 1;
    }
    regimes
};

/// Moments of one regime.
pub type RegimeMoments<S> = Moments<S, [S; buffer_len(TERMS)]>;

/// All that is kept of the rows.
pub struct Study<S> {
    monomials: Monomials,
    moments: [RegimeMoments<S>; ACTIONS + 1],
}

impl<S: Scalar> Study<S> {
    /// A study without rows.
    pub fn new() -> Result<Self, UnsupportedBasis> {
        let monomials = Monomials::new(ACTIONS, DEGREE)?;
        let empty = Moments::new(TERMS, [S::ZERO; buffer_len(TERMS)]);
        let empty = empty.map_err(|_| UnsupportedBasis {
            variables: ACTIONS,
            degree: DEGREE,
        })?;
        Ok(Self {
            monomials,
            moments: [empty; ACTIONS + 1],
        })
    }

    /// The moments of every regime, in the order of [`REGIMES`].
    pub fn moments(&self) -> &[RegimeMoments<S>; ACTIONS + 1] {
        &self.moments
    }

    /// Adds a row: `set` is the action that was set, if one was.
    pub fn push(
        &mut self,
        set: Option<usize>,
        actions: &[S; ACTIONS],
        outcome: S,
    ) -> Result<(), FitError> {
        let mut features = [S::ZERO; TERMS];
        self.monomials.evaluate(actions, &mut features)?;
        let index = set.map_or(0, |action| action + 1);
        if let Some(moments) = self.moments.get_mut(index) {
            moments.push(&features, outcome)?;
        }
        Ok(())
    }

    /// The indicator model of all rows, with [`SCRATCH`] numbers of scratch.
    pub fn fit(&self, alpha: S, scratch: &mut [S; SCRATCH]) -> Result<[S; COEFFICIENTS], FitError> {
        let pattern = Pattern::arrow(ACTIONS, TERMS);
        let data = REGIMES
            .into_iter()
            .zip(self.moments.iter().map(Moments::view));
        let mut coefficients = [S::ZERO; COEFFICIENTS];
        System::assemble(&pattern, data, scratch)?.solve(alpha, &mut coefficients)?;
        Ok(coefficients)
    }

    /// The polynomial fitted to the observational rows alone: the naive model.
    pub fn fit_observational(&self, alpha: S) -> Result<[S; TERMS], FitError> {
        let [observational, ..] = &self.moments;
        let mut polynomial = [S::ZERO; TERMS];
        let mut scratch = [S::ZERO; ridge::scratch_len(TERMS)];
        ridge::fit(observational, alpha, &mut polynomial, &mut scratch)?;
        Ok(polynomial)
    }

    /// The value of a polynomial.
    pub fn predict(&self, polynomial: &[S; TERMS], actions: &[S; ACTIONS]) -> Result<S, FitError> {
        let mut features = [S::ZERO; TERMS];
        let value = predictor::evaluate(self.monomials, polynomial, actions, &mut features)?;
        Ok(value)
    }
}

/// The polynomial of all actions set, of the indicator model's coefficients.
pub fn joint_effect<S: Scalar>(coefficients: &[S; COEFFICIENTS]) -> Result<[S; TERMS], FitError> {
    let mut polynomial = [S::ZERO; TERMS];
    predictor::collapse(coefficients, Regime::joint(ACTIONS), &mut polynomial)?;
    Ok(polynomial)
}
