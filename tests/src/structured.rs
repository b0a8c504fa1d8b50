//! A fit of the structured model with owned scratch, in any scalar.

use crate::feed::Owned;
use joint_effects::fit::dispatch;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::predictor::collapse;
use joint_effects_kernel::structured::covariance::{self, Term};
use joint_effects_kernel::structured::design::{self, Column, Design, Pair};
use joint_effects_kernel::structured::gram::{self, Grams, Survival};
use joint_effects_kernel::structured::influence;
use joint_effects_kernel::structured::interaction::{self, Found, Search};
use joint_effects_kernel::structured::posterior::{self, Saturated};
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
    /// Noise variance.
    pub noise: S,
    /// Steps of the marginal-likelihood iteration.
    pub steps: usize,
    /// What the covariance is multiplied by.
    pub inflation: S,
    /// Degrees of freedom.
    pub freedom: S,
    terms: Vec<Term>,
    covariance: Vec<S>,
    coefficients: Vec<S>,
    monomials: Monomials,
}

/// Fits the structured model.
pub fn fit<S: Scalar>(
    monomials: Monomials,
    data: &[(Regime, Owned<S>)],
    survival: &impl Survival<S>,
) -> Result<Fit<S>, FitError> {
    let (actions, terms) = (monomials.variables(), monomials.len());
    let zeros = |len: usize| vec![S::ZERO; len];
    let (regimes, moments): (Vec<Regime>, Vec<Owned<S>>) = data.iter().cloned().unzip();
    let mut products = zeros(regimes.len() * gram::len(terms));
    let grams = Grams::new(terms, &regimes, &moments, &mut products)?;
    let (mut influences, mut others) = (zeros(actions * actions), zeros(actions * actions));
    let mut parents = vec![Regime::OBSERVATIONAL; actions];
    let mut scratch = zeros(influence::scratch_len(monomials));
    influence::learn(
        monomials,
        &grams,
        survival,
        &mut influences,
        &mut parents,
        &mut scratch,
    )?;
    let saturated = Saturated::fit(&grams, &mut zeros(packed::len(terms + 1)));
    let mut found: Vec<Found<S>> = Vec::new();
    loop {
        let taken: Vec<Pair> = found.iter().map(|found| found.pair).collect();
        let most = design::max_columns(monomials, &parents, taken.len());
        let mut columns = vec![Column::EMPTY; most];
        let mut storage = zeros(design::storage_len(monomials, most));
        let mut scratch = zeros(design::scratch_len(monomials));
        let design = Design::new(
            monomials,
            &grams,
            &parents,
            &taken,
            &mut columns,
            &mut storage,
            &mut scratch,
        )?;
        let size = design.columns().len();
        let groups = design::groups(monomials.degree(), taken.len());
        let mut storage = zeros(posterior::posterior_len(size, groups));
        let mut scratch = zeros(posterior::posterior_scratch_len(monomials, size));
        let posterior =
            dispatch::posterior(&grams, &design, taken.len(), &mut storage, &mut scratch)?;
        let search = Search {
            grams: &grams,
            design: &design,
            posterior: &posterior,
            saturated,
            parents: &parents,
            taken: &taken,
        };
        let mut scratch = zeros(interaction::scratch_len(monomials, size));
        if let Some(pair) = search.find(survival, &mut others, &mut scratch)? {
            found.push(pair);
            continue;
        }
        let mut mean = posterior.mean.to_vec();
        mean[0] += grams.center();
        let mut coefficients = zeros((actions + 1) * terms);
        design.regime_coefficients(&mean, &mut coefficients)?;
        let inflation = posterior.inflation(saturated);
        let terms: Vec<_> = covariance::terms(&design).collect();
        let mut covariance = zeros(packed::len(terms.len()));
        let of_columns = posterior.covariance;
        covariance::of_terms(
            &design,
            of_columns,
            &terms,
            &mut covariance,
            &mut zeros(size),
        )?;
        covariance.iter_mut().for_each(|value| *value *= inflation);
        return Ok(Fit {
            influences,
            found,
            others,
            variances: posterior.variances.to_vec(),
            noise: posterior.noise,
            steps: posterior.steps,
            inflation,
            freedom: posterior.degrees_of_freedom(),
            terms,
            covariance,
            coefficients,
            monomials,
            parents,
        });
    }
}

impl<S: Scalar> Fit<S> {
    /// The polynomial of a regime, and its packed covariance of order P.
    pub fn effect(&self, regime: Regime) -> (Vec<S>, Vec<S>) {
        let terms = self.monomials.len();
        let mut polynomial = vec![S::ZERO; terms];
        collapse(&self.coefficients, regime, &mut polynomial).unwrap();
        let support: Vec<_> = covariance::support(&self.terms, regime).collect();
        let mut dense = vec![S::ZERO; packed::len(support.len())];
        covariance::collapse(&self.terms, &self.covariance, regime, &support, &mut dense).unwrap();
        let mut covariance = vec![S::ZERO; packed::len(terms)];
        for (&i, row) in support.iter().zip(packed::rows(&dense)) {
            for (&j, &value) in support.iter().zip(row) {
                packed::row_mut(&mut covariance, i)[j] = value;
            }
        }
        (polynomial, covariance)
    }
}
