//! A fit of the indicator model with owned scratch.

use crate::feed::Owned;
use joint_effects::fit::dispatch;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::indicator::{Pattern, System};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::{Regime, Scalar};

/// `[β, γ₁, …, γ_K]` of the moments of every regime.
#[inline(never)]
pub fn fit<S: Scalar>(
    monomials: Monomials,
    data: &[(Regime, Owned<S>)],
    alpha: S,
) -> Result<Vec<S>, FitError> {
    let pattern = Pattern::new(
        monomials.variables(),
        monomials.len(),
        data.iter().map(|&(regime, _)| regime),
    );
    let mut scratch = vec![S::ZERO; pattern.scratch_len()];
    let mut coefficients = vec![S::ZERO; pattern.coefficients()];
    let views = data.iter().map(|(regime, part)| (*regime, part.view()));
    let mut system = System::assemble(&pattern, views, &mut scratch)?;
    dispatch::indicator(&mut system, alpha, &mut coefficients)?;
    Ok(coefficients)
}

/// The polynomial of one regime.
pub fn polynomial<S: Scalar>(monomials: Monomials, coefficients: &[S], regime: Regime) -> Vec<S> {
    let mut polynomial = vec![S::ZERO; monomials.len()];
    predictor::collapse(coefficients, regime, &mut polynomial).unwrap();
    polynomial
}
