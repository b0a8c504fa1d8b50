//! The structured indicator model on a desktop: storage sized at run time, and the search for
//! interactions.

use crate::fit::dispatch;
use crate::fit::estimator::Fit;
use crate::fit::probability::f_survival;
use crate::moments::{Moments, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::error::{FitError, ShapeError};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::covariance::{self, Term};
use joint_effects_kernel::structured::design::{self, Column, Design, Group, Pair};
use joint_effects_kernel::structured::gram::{self, Grams};
use joint_effects_kernel::structured::influence;
use joint_effects_kernel::structured::interaction::{self, Found, Search};
use joint_effects_kernel::structured::posterior::{self, Posterior, Saturated};

/// What a structured fit learned, and how sure it is of its coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Structured {
    /// The direct influences of actions on each other.
    pub influences: Vec<Influence>,
    /// Every pair of actions: those found to interact, in the order in which they were found, then
    /// the others.
    pub interactions: Vec<Interaction>,
    /// The prior of every group of coefficients; the place of a pair is that among `interactions`.
    pub priors: Vec<Prior>,
    /// Noise variance.
    pub noise: f64,
    /// By what the covariance was multiplied for what the model cannot fit; at least 1.
    pub inflation: f64,
    /// Rows less effective parameters; at least 1.
    pub degrees_of_freedom: f64,
    /// The coefficients that are not zero by assumption.
    pub terms: Vec<Term>,
    /// Their packed posterior covariance, inflated.
    pub covariance: Vec<f64>,
}

/// An action that moves another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Influence {
    /// The one that moves.
    pub cause: usize,
    /// The one that is moved.
    pub action: usize,
    /// p-value of the mean and the spread of `action` being the same whatever `cause` is set to.
    pub p_value: f64,
}

/// A pair of actions that was tested for an interaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// The actions, the lower first.
    pub pair: Pair,
    /// p-value of their effects being additive, times the number of pairs.
    pub p_value: f64,
    /// Whether cross terms of theirs are in the model.
    pub found: bool,
}

/// The prior of a group of coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// The group.
    pub group: Group,
    /// Its variance.
    pub variance: f64,
    /// How far the data decide the coefficients, rather than the prior: 1 − posterior variance /
    /// prior variance, averaged; from 0 to 1.
    pub determined: f64,
}

/// What a design of any size is laid out in.
pub(crate) struct DesignStorage {
    columns: Vec<Column>,
    numbers: Vec<f64>,
    scratch: Vec<f64>,
}

impl DesignStorage {
    /// Room for the columns of these parents and so many interacting pairs.
    pub(crate) fn new(monomials: Monomials, parents: &[Regime], pairs: usize) -> Self {
        let most = design::max_columns(monomials, parents, pairs);
        Self {
            columns: vec![Column::EMPTY; most],
            numbers: vec![0.0; design::storage_len(monomials, most)],
            scratch: vec![0.0; design::scratch_len(monomials)],
        }
    }

    /// Lays the design out.
    pub(crate) fn lay_out(
        &mut self,
        monomials: Monomials,
        grams: &Grams<'_, f64>,
        parents: &[Regime],
        pairs: &[Pair],
    ) -> Result<Design<'_, f64>, ShapeError> {
        let Self {
            columns,
            numbers,
            scratch,
        } = self;
        Design::new(monomials, grams, parents, pairs, columns, numbers, scratch)
    }
}

impl Structured {
    /// Fits moments of any regimes that identify the effect of every action.
    pub fn fit(monomials: Monomials, data: &[RegimeMoments]) -> Result<(Fit, Self), FitError> {
        let (actions, terms) = (monomials.variables(), monomials.len());
        let regimes: Vec<Regime> = data.iter().map(|part| part.regime).collect();
        let totals: Vec<Moments> = data.iter().map(RegimeMoments::total).collect();
        let mut products = vec![0.0; regimes.len() * gram::len(terms)];
        let grams = Grams::new(terms, &regimes, &totals, &mut products)?;

        let mut influences = vec![1.0; actions * actions];
        let mut parents = vec![Regime::OBSERVATIONAL; actions];
        let mut scratch = vec![0.0; influence::scratch_len(monomials)];
        influence::learn(
            monomials,
            &grams,
            &f_survival,
            &mut influences,
            &mut parents,
            &mut scratch,
        )?;

        let saturated = Saturated::fit(&grams, &mut vec![0.0; packed::len(terms + 1)]);

        let mut found: Vec<Found<f64>> = Vec::new();
        let mut others = vec![1.0; actions * actions];
        loop {
            let taken: Vec<Pair> = found.iter().map(|found| found.pair).collect();
            let mut storage = DesignStorage::new(monomials, &parents, taken.len());
            let design = storage.lay_out(monomials, &grams, &parents, &taken)?;
            let size = design.columns().len();
            let groups = design::groups(monomials.degree(), taken.len());
            let mut storage = vec![0.0; posterior::posterior_len(size, groups)];
            let mut scratch = vec![0.0; posterior::posterior_scratch_len(monomials, size)];
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
            let mut scratch = vec![0.0; interaction::scratch_len(monomials, size)];
            if let Some(pair) =
                dispatch::interaction(&search, &f_survival, &mut others, &mut scratch)?
            {
                found.push(pair);
                continue;
            }

            let mut mean = posterior.mean.to_vec();
            // The first column is the constant of τ.
            mean[0] += grams.center();
            let mut coefficients = vec![0.0; (actions + 1) * terms];
            design.regime_coefficients(&mean, &mut coefficients)?;
            let inflation = posterior.inflation(saturated);
            let terms: Vec<Term> = covariance::terms(&design).collect();
            let mut covariance = vec![0.0; packed::len(terms.len())];
            let mut scratch = vec![0.0; size];
            covariance::of_terms(
                &design,
                posterior.covariance,
                &terms,
                &mut covariance,
                &mut scratch,
            )?;
            covariance.iter_mut().for_each(|value| *value *= inflation);
            let fit = Fit {
                coefficients,
                alphas: Vec::new(),
            };
            let learned = Self {
                influences: graph(&parents, &influences),
                interactions: tested(actions, &found, &others),
                priors: priors(&design, &posterior, taken.len()),
                noise: posterior.noise,
                inflation,
                degrees_of_freedom: posterior.degrees_of_freedom(),
                terms,
                covariance,
            };
            return Ok((fit, learned));
        }
    }

    /// The monomials of a regime's polynomial, and the packed covariance of their coefficients; the
    /// other coefficients are 0.
    pub fn covariance_of(&self, regime: Regime) -> Result<(Vec<usize>, Vec<f64>), ShapeError> {
        let monomials: Vec<_> = covariance::support(&self.terms, regime).collect();
        let mut covariance = vec![0.0; packed::len(monomials.len())];
        covariance::collapse(
            &self.terms,
            &self.covariance,
            regime,
            &monomials,
            &mut covariance,
        )?;
        Ok((monomials, covariance))
    }
}

/// The influence graph, from the parents of every action and the K² p-values.
fn graph(parents: &[Regime], p_values: &[f64]) -> Vec<Influence> {
    let edges = parents.iter().enumerate().flat_map(|(action, causes)| {
        causes.actions().map(move |cause| Influence {
            cause,
            action,
            p_value: p_values[cause * parents.len() + action],
        })
    });
    edges.collect()
}

/// Every pair with its p-value, from those found and the K² p-values of the others.
fn tested(actions: usize, found: &[Found<f64>], others: &[f64]) -> Vec<Interaction> {
    let interactions = found.iter().map(|&Found { pair, p_value }| Interaction {
        pair,
        p_value,
        found: true,
    });
    let pairs = (0..actions).flat_map(|i| (i + 1..actions).map(move |j| (i, j)));
    let others = pairs
        .filter(|pair| found.iter().all(|found| found.pair != *pair))
        .map(|pair| Interaction {
            pair,
            p_value: others[pair.0 * actions + pair.1],
            found: false,
        });
    interactions.chain(others).collect()
}

/// The priors of the groups that have columns.
fn priors(design: &Design<'_, f64>, posterior: &Posterior<'_, f64>, pairs: usize) -> Vec<Prior> {
    let degree = design.monomials().degree();
    let joint = (1..=degree).map(Group::Joint);
    let own = (0..=degree).map(Group::Own);
    let family = (1..=degree).map(Group::Family);
    let groups = joint
        .chain((0..pairs).map(Group::Pair))
        .chain(own)
        .chain(family);
    let prior = |group: Group| {
        let index = group.index(degree)?;
        Some(Prior {
            group,
            variance: posterior.variances[index],
            determined: posterior.determined(design, index)?,
        })
    };
    groups.filter_map(prior).collect()
}
