//! The structured indicator model on a desktop: storage that grows, and what is kept of a fit.

use crate::dispatch;
use crate::estimator;
use crate::memory::{self, zeros};
use crate::moments::{Moments, RegimeMoments, total};
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::error::{FitError, ShapeError};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::moments::buffer_len;
use joint_effects_kernel::storage::Storage;
use joint_effects_kernel::structured::covariance::{self, Term};
use joint_effects_kernel::structured::design::Regressor;
use joint_effects_kernel::structured::{self, Known, Sample};

/// An action that moves another.
pub type Influence = structured::Influence<f64>;

/// A pair of actions that was tested for an interaction.
pub type Interaction = structured::Interaction<f64>;

/// What the data say of blocks.
pub type BlockEffects = structured::block::BlockEffects<f64>;

/// The prior of a group of coefficients.
pub type Prior = structured::Prior<f64>;

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
    /// The coefficients that are not zero by assumption.
    pub terms: Vec<Term>,
    /// How far blocks differ, where the rows are in blocks.
    pub blocks: Option<BlockEffects>,
    /// How far the joint effect is that of near rows, which may have curves within bounds, from 0 to 1; `None` where no row
    /// was far and none was summed for such curves, or where near rows alone determine no fit.
    pub near_share: Option<f64>,
    /// How sure they are; `None` where the noise is neither given nor can be estimated: all actions rest when
    /// they are not set, and there are no more rows than coefficients.
    pub uncertainty: Option<Uncertainty>,
}

/// How sure a structured fit is of its coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// Noise variance.
    pub noise: f64,
    /// By what the covariance was multiplied for what the model cannot fit; at least 1.
    pub inflation: f64,
    /// Rows less effective parameters; at least 1.
    pub degrees_of_freedom: f64,
    /// The packed posterior covariance of the coefficients, inflated.
    pub covariance: Vec<f64>,
    /// The variance, in the covariance, of what polynomials leave out: of the joint effect, then of what leaving
    /// each action alone adds to it. Empty where it is unknown.
    pub left_out: Vec<f64>,
    /// The variance, in the covariance, of what interactions too small to be found add to the joint effect.
    pub unfound: f64,
}

/// Room on the heap, as much as is asked for.
#[derive(Clone, Debug, Default)]
pub struct Heap<T>(Vec<T>);

impl<T: Copy + Default> Storage<T> for Heap<T> {
    fn resize(&mut self, len: usize) -> Result<&mut [T], ShapeError> {
        if len > self.0.len() {
            memory::expect_room::<T>(len)?;
            // Memory that the system hands out as zeros is not written before it is used.
            let mut grown = vec![T::default(); len];
            grown[..self.0.len()].copy_from_slice(&self.0);
            self.0 = grown;
        }
        Ok(&mut self.0[..len])
    }
}

/// Where a structured fit works.
pub type Workspace<S> = structured::Workspace<Heap<S>, Heap<Regressor>>;

/// The fit of moments, whose `regimes` these are, as the kernel gives it.
pub fn fit<'a>(
    monomials: Monomials,
    regimes: &'a [Regime],
    data: &[RegimeMoments],
    known: Known<'a, f64>,
    workspace: &'a mut Workspace<f64>,
) -> Result<structured::Fit<'a, f64>, FitError> {
    let divided = data.iter().any(|part| !part.far.is_empty());
    let sets = 1 + usize::from(divided);
    memory::expect_room::<f64>(sets * data.len() * buffer_len(monomials.len()))?;
    let totals: Vec<Moments> = data.iter().map(RegimeMoments::total).collect();
    let near = || data.iter().map(|part| total(&part.near));
    let near: Option<Vec<Moments>> = divided.then(|| near().collect());
    let sample = Sample {
        all: &totals,
        near: near.as_deref(),
    };
    dispatch::structured(monomials, regimes, sample, known, workspace)
}

/// The regime of every part.
pub fn regimes(data: &[RegimeMoments]) -> Vec<Regime> {
    data.iter().map(|part| part.regime).collect()
}

impl Structured {
    /// Fits moments of any regimes that identify the effect of every action.
    pub fn fit(
        monomials: Monomials,
        data: &[RegimeMoments],
        known: Known<'_, f64>,
    ) -> Result<(estimator::Fit, Self), FitError> {
        let (regimes, mut workspace) = (regimes(data), Workspace::default());
        let fit = fit(monomials, &regimes, data, known, &mut workspace)?;
        let mut coefficients = vec![0.0; (monomials.variables() + 1) * monomials.len()];
        fit.coefficients(&mut coefficients)?;
        let terms: Vec<Term> = fit.terms().collect();
        let dispersion = fit.posterior.dispersion;
        let uncertainty = match dispersion.is_known {
            false => None,
            true => {
                let mut covariance = zeros(packed::len(terms.len()))?;
                let mut scratch = vec![0.0; fit.design.columns().len()];
                fit.covariance(&terms, &mut covariance, &mut scratch)?;
                let parts = [None]
                    .into_iter()
                    .chain((0..monomials.variables()).map(Some));
                Some(Uncertainty {
                    noise: dispersion.noise,
                    inflation: fit.inflation,
                    degrees_of_freedom: dispersion.degrees_of_freedom(),
                    covariance,
                    left_out: parts.map(|part| fit.left_out(part)).collect(),
                    unfound: fit.unfound,
                })
            }
        };
        let learned = Self {
            influences: fit.influences().collect(),
            interactions: fit.interactions().collect(),
            priors: fit.priors().collect(),
            uncertainty,
            blocks: (dispersion.blocks.count > 0).then_some(dispersion.blocks),
            near_share: fit.near_share(),
            terms,
        };
        let fit = estimator::Fit {
            coefficients,
            alphas: Vec::new(),
        };
        Ok((fit, learned))
    }

    /// How sure it is of the effect of a regime, where it knows.
    pub fn effect(&self, regime: Regime) -> Result<Option<EffectUncertainty>, ShapeError> {
        let Some(uncertainty) = &self.uncertainty else {
            return Ok(None);
        };
        let monomials: Vec<_> = covariance::support(&self.terms, regime).collect();
        let mut covariance = vec![0.0; packed::len(monomials.len())];
        covariance::collapse(
            &self.terms,
            &uncertainty.covariance,
            regime,
            &monomials,
            &mut covariance,
        )?;
        Ok(Some(EffectUncertainty {
            monomials,
            covariance,
            degrees_of_freedom: match &self.blocks {
                Some(blocks) => blocks.limit(uncertainty.degrees_of_freedom),
                None => uncertainty.degrees_of_freedom,
            },
        }))
    }
}

/// How sure a structured fit is of the polynomial of a regime.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectUncertainty {
    /// The monomials that the polynomial has; the coefficients of the others are 0.
    pub monomials: Vec<usize>,
    /// The packed covariance of their coefficients.
    pub covariance: Vec<f64>,
    /// Of Student's t, for intervals.
    pub degrees_of_freedom: f64,
}
