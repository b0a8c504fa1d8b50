//! A fit of the structured model that owns what it found, in any scalar.

use crate::feed::Owned;
use joint_effects::fit::dispatch;
use joint_effects::fit::structured::Workspace;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::interaction::Found;
use joint_effects_kernel::structured::posterior::Dispersion;
use joint_effects_kernel::structured::{Known, Sample};
use joint_effects_kernel::{Regime, Scalar};

/// What the kernel makes of the moments of every regime.
pub struct Fit<S> {
    /// The direct causes of every action.
    pub parents: Vec<Regime>,
    /// K² p-values of influences.
    pub influences: Vec<S>,
    /// The pairs found to interact.
    pub found: Vec<Found<S>>,
    /// K² p-values of the other pairs.
    pub others: Vec<S>,
    /// Prior variances by group.
    pub variances: Vec<S>,
    /// What the columns leave of the outcome.
    pub dispersion: Dispersion<S>,
    /// What the covariance is multiplied by.
    pub inflation: S,
    /// The variance of interactions too small to be found.
    pub unfound: S,
    /// How far the joint effect is that of near rows.
    pub near_share: Option<S>,
    /// The polynomial of every regime, by its bits, and its packed covariance of order P.
    effects: Vec<(Vec<S>, Vec<S>)>,
}

/// Fits the structured model.
pub fn fit<S: Scalar>(
    monomials: Monomials,
    data: &[(Regime, Owned<S>)],
) -> Result<Fit<S>, FitError> {
    fit_with_near(monomials, data, None)
}

/// The same where these are the moments of every regime's near rows.
#[inline(never)]
pub fn fit_with_near<S: Scalar>(
    monomials: Monomials,
    data: &[(Regime, Owned<S>)],
    near: Option<&[Owned<S>]>,
) -> Result<Fit<S>, FitError> {
    let (regimes, moments): (Vec<Regime>, Vec<Owned<S>>) = data.iter().cloned().unzip();
    let mut workspace = Workspace::default();
    let fit = dispatch::structured(
        monomials,
        &regimes,
        Sample {
            all: &moments,
            near,
        },
        Known::default(),
        &mut workspace,
    )?;
    let actions = monomials.variables();
    let mut others = vec![S::ONE; actions * actions];
    let mut found = Vec::new();
    for pair in fit.interactions() {
        if pair.found {
            found.push(Found {
                pair: pair.pair,
                p_value: pair.p_value.unwrap(),
                measured: pair.measured,
            });
        } else {
            others[pair.pair.0 * actions + pair.pair.1] = pair.p_value.unwrap_or(S::ONE);
        }
    }
    let regimes = (0..=Regime::joint(actions).bits()).map(Regime::from_bits);
    let effects = regimes.map(|regime| {
        let mut polynomial = vec![S::ZERO; monomials.len()];
        let mut covariance = vec![S::ZERO; packed::len(monomials.len())];
        let mut scratch = vec![S::ZERO; fit.design.columns().len()];
        fit.effect(regime, &mut polynomial, &mut covariance, &mut scratch)?;
        Ok((polynomial, covariance))
    });
    Ok(Fit {
        parents: fit.parents().to_vec(),
        influences: fit.p_values().to_vec(),
        found,
        others,
        variances: fit.posterior.variances.to_vec(),
        dispersion: fit.posterior.dispersion,
        inflation: fit.inflation,
        unfound: fit.unfound,
        near_share: fit.near_share(),
        effects: effects.collect::<Result<_, FitError>>()?,
    })
}

impl<S: Scalar> Fit<S> {
    /// The polynomial of a regime, and its packed covariance of order P.
    pub fn effect(&self, regime: Regime) -> (Vec<S>, Vec<S>) {
        self.effects[regime.bits() as usize].clone()
    }
}
