//! Fitted models, and what they predict.

pub mod fit;
mod json;
pub mod likelihood;
pub mod model_file;
pub mod response;
pub mod summary;
pub mod support;

use crate::fit::structured::{EffectUncertainty, Structured};
use crate::log::levels::Levels;
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::error::{NotPositiveDefinite, ShapeError};
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::predict::scale::{self, Scale};
use joint_effects_kernel::structured::covariance;
use joint_effects_kernel::structured::tails::t_quantile;
use support::{Seen, Support, Supported};

/// The coefficients of every regime over one basis, and what they were fitted to.
///
/// [`model_file`] keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The name of the estimator.
    pub estimator: String,
    /// The name of the outcome.
    pub outcome: String,
    /// What of the outcome the effects of the actions add up to.
    pub scale: Scale,
    /// The names of the K actions.
    pub actions: Vec<String>,
    /// The levels of each action that is a category; its values number them.
    pub levels: Vec<Option<Levels>>,
    /// The P monomials of the standardised actions, and powers of these within bounds.
    pub basis: Basis<f64, Vec<f64>>,
    /// `[β, γ₁, …, γ_K]`, P numbers each.
    pub coefficients: Vec<f64>,
    /// The regimes of the rows.
    pub regimes: Vec<FittedRegime>,
    /// How each of the K actions was seen.
    pub seen: Vec<Seen>,
    /// What the structured model learned besides the coefficients; `None` for other estimators.
    pub structured: Option<Structured>,
}

/// The rows of one regime that a model was fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedRegime {
    /// The regime.
    pub regime: Regime,
    /// How many rows.
    pub rows: u64,
    /// The penalty of its fit, where it had one of its own.
    pub alpha: Option<f64>,
    /// The variance about the fit of what the scale makes of the outcome, if that is not the outcome itself.
    pub variance: Option<f64>,
    /// Where each of the K actions was seen.
    pub ranges: Vec<Range>,
}

impl Model {
    /// The effect of setting the actions of `regime`: a coefficient for each monomial of the basis. Those that the
    /// structured model takes to be zero are exactly that.
    ///
    /// It is that on what [`Model::scale`] makes of the outcome.
    ///
    /// Fails where `regime` sets an action the model does not have.
    pub fn polynomial(&self, regime: Regime) -> Result<Vec<f64>, ShapeError> {
        let mut polynomial = vec![0.0; self.basis.monomials().len()];
        predictor::collapse(&self.coefficients, regime, &mut polynomial)?;
        if let Some(structured) = &self.structured {
            // Sums that should cancel leave rounding behind.
            let mut support = covariance::support(&structured.terms, regime).peekable();
            for (monomial, coefficient) in polynomial.iter_mut().enumerate() {
                if support.next_if_eq(&monomial).is_none() {
                    *coefficient = 0.0;
                }
            }
        }
        Ok(polynomial)
    }

    /// Whether it knows how sure its predictions are.
    pub fn has_intervals(&self) -> bool {
        let learned = self.structured.as_ref();
        learned.is_some_and(|learned| learned.uncertainty.is_some())
    }

    /// The single value that an action has wherever it was left alone, if it rests.
    pub fn rest(&self, action: usize) -> Option<f64> {
        let seen = self.regimes.iter();
        Range::rest(action, seen.map(|part| (part.regime, part.ranges[action])))
    }

    /// Where an action was seen in each regime that treats it as `regime` does, set or left alone; in all
    /// regimes if it rests.
    pub fn ranges(&self, regime: Regime, action: usize) -> impl Iterator<Item = Range> {
        let rests = self.rest(action).is_some();
        let alike =
            move |part: &&FittedRegime| rests || part.regime.sets(action) == regime.sets(action);
        let parts = self.regimes.iter().filter(alike);
        parts.map(move |part| part.ranges[action])
    }

    /// The least range that holds all of [`Model::ranges`], where there are any.
    pub fn range(&self, regime: Regime, action: usize) -> Option<Range> {
        self.ranges(regime, action).reduce(Range::union)
    }

    /// The mean of an action over the rows that treat it as `regime` does, where it rests if it does, or the
    /// first level of a category; `None` where it is not known.
    pub fn mean(&self, regime: Regime, action: usize) -> Option<f64> {
        if self.levels.get(action).is_some_and(Option::is_some) {
            return Some(0.0);
        }
        if let Some(rest) = self.rest(action) {
            return Some(rest);
        }
        let seen = self.seen.get(action)?.of(regime.sets(action))?;
        let standardised = seen.mean(self.basis.monomials().power(action, 1)?)?;
        Some(self.basis.shift()[action] + standardised / self.basis.factor()[action])
    }

    /// The expected outcome where the actions of `regime` are set and all K have these values;
    /// [`Predictor`] is faster for many rows.
    pub fn predict(&self, regime: Regime, actions: &[f64]) -> Result<Prediction, PredictionError> {
        Predictor::new(self, regime)?.predict(actions)
    }
}

/// There is no prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictionError {
    /// A slice has the wrong length, or an action is set that the model does not have.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// What leverages are computed from is not of any rows.
    #[error("leverages: {0}")]
    Leverage(#[from] NotPositiveDefinite),
    /// The effect or its standard error is too large for a number.
    #[error("the prediction is not a finite number: the actions are too far from those of the fit")]
    NotFinite,
}

/// The probability with which an [`Interval`] is to hold the expected outcome.
pub const LEVEL: f64 = 0.95;

/// An expected outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The estimate.
    pub effect: f64,
    /// How sure it is, where the model knows: the structured one does, unless it has no more rows than
    /// coefficients.
    pub interval: Option<Interval>,
    /// Whether the data support it.
    pub support: Support,
}

/// Where the expected outcome lies, not single outcomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The standard error of the estimate.
    pub standard_error: f64,
    /// The lower end, by Student's t.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

/// The effect of one regime, with the scratch to evaluate it row by row.
#[derive(Clone, Debug)]
pub struct Predictor {
    pub(crate) scale: Scale,
    /// The variance about the polynomial, on the scale.
    pub(crate) variance: f64,
    basis: Basis<f64, Vec<f64>>,
    pub(crate) polynomial: Vec<f64>,
    pub(crate) uncertainty: Option<Uncertainty>,
    pub(crate) supported: Supported,
    variables: Vec<f64>,
    features: Vec<f64>,
}

/// How sure a regime's polynomial is.
#[derive(Clone, Debug)]
pub(crate) struct Uncertainty {
    pub(crate) effect: EffectUncertainty,
    /// Standard errors either side of an estimate that reach the level.
    pub(crate) quantile: f64,
    /// The values of the monomials.
    features: Vec<f64>,
}

impl Predictor {
    /// The effect of setting the actions of `regime`, with intervals at [`LEVEL`].
    ///
    /// Fails where `regime` sets an action the model does not have.
    pub fn new(model: &Model, regime: Regime) -> Result<Self, PredictionError> {
        Self::at_level(model, regime, LEVEL)
    }

    /// The same, with intervals that are to hold the expected outcome with another probability.
    pub fn at_level(model: &Model, regime: Regime, level: f64) -> Result<Self, PredictionError> {
        let terms = model.basis.monomials();
        let learned = model.structured.as_ref();
        let effect = learned.map(|learned| learned.effect(regime)).transpose()?;
        let uncertainty = effect.flatten().map(|effect| Uncertainty {
            features: vec![0.0; effect.monomials.len()],
            quantile: t_quantile(level, effect.degrees_of_freedom),
            effect,
        });
        let known = model.regimes.iter();
        let known = known.filter_map(|part| Some((part.regime, part.variance?)));
        Ok(Self {
            scale: model.scale,
            variance: scale::variance(regime, known),
            basis: model.basis.clone(),
            polynomial: model.polynomial(regime)?,
            uncertainty,
            supported: Supported::new(regime, &model.seen, |action| {
                // Between where it rests and where it was set there is nothing unknown.
                match model.rest(action) {
                    Some(_) => model.range(regime, action).into_iter().collect(),
                    None => model.ranges(regime, action).collect(),
                }
            })?,
            variables: vec![0.0; terms.all_variables()],
            features: vec![0.0; terms.len()],
        })
    }

    /// The expected outcome at K values of the actions.
    pub fn predict(&mut self, actions: &[f64]) -> Result<Prediction, PredictionError> {
        self.basis.standardise(actions, &mut self.variables)?;
        let effect = predictor::evaluate(
            self.basis.monomials(),
            &self.polynomial,
            &self.variables,
            &mut self.features,
        )?;
        let (scale, variance) = (self.scale, self.variance);
        let interval = self.uncertainty.as_mut().map(|uncertainty| {
            let standard_error = uncertainty.standard_error(&self.features);
            let reach = uncertainty.quantile * standard_error;
            Interval {
                standard_error: standard_error * scale.slope(effect, variance),
                lower: scale.expect(effect - reach, variance),
                upper: scale.expect(effect + reach, variance),
            }
        });
        let effect = scale.expect(effect, variance);
        let ends = interval.map_or([effect; 2], |interval| [interval.lower, interval.upper]);
        if !ends.iter().all(|end| end.is_finite()) {
            return Err(PredictionError::NotFinite);
        }
        Ok(Prediction {
            effect,
            interval,
            support: self.supported.at(actions, &self.features),
        })
    }
}

impl Uncertainty {
    /// The standard error of the polynomial where the P monomials have these values.
    fn standard_error(&mut self, features: &[f64]) -> f64 {
        for (feature, &monomial) in self.features.iter_mut().zip(&self.effect.monomials) {
            *feature = features[monomial];
        }
        let covariance = Packed::new(self.features.len(), &self.effect.covariance);
        let variance = covariance.and_then(|covariance| covariance.quadratic_form(&self.features));
        let variance = variance.expect("a row for every monomial");
        variance.max(0.0).sqrt()
    }
}
