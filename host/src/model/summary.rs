//! What there is to say of a fit: how well it fits, what was learned, and the joint effect. Text, JSON
//! and pages are made of it.

use crate::fit::structured::{Prior, Structured};
use crate::log::levels::Levels;
use crate::model::Model;
use crate::model::likelihood::{DegreeLikelihood, ScaleComparison};
use crate::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::interaction::PAIR_ODDS;
use serde::Serialize;

/// A fit, in the names of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitSummary {
    /// The name of the estimator.
    pub estimator: String,
    /// The name of the outcome.
    pub outcome: String,
    /// What of the outcome the effects add up to; spreads, residuals and coefficients are of that.
    pub scale: Scale,
    /// What speaks for the scales that were compared.
    #[serde(flatten)]
    pub comparison: ScaleComparison,
    /// The names of the K actions.
    pub actions: Vec<String>,
    /// The total degree of the polynomials.
    pub degree: usize,
    /// How likely the outcomes are at the degrees that were compared; none where one was given.
    pub degrees: Vec<DegreeLikelihood>,
    /// P, the number of coefficients of a regime's polynomial.
    pub coefficients: usize,
    /// How every regime is fitted.
    pub regimes: Vec<RegimeFit>,
    /// The effect of setting all actions.
    pub joint_effect: JointEffect,
    /// What each level of the categories adds to the joint effect.
    pub levels: Vec<LevelEffect>,
    /// How many rows have an action that was left alone far from most of its values.
    pub far_rows: u64,
    /// What the structured model learned; `None` for other estimators.
    pub structured: Option<Learned>,
}

/// How one regime is fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegimeFit {
    /// `obs`, `do(x)`, …
    pub regime: String,
    /// How many rows.
    pub rows: u64,
    /// The penalty that its rows were fitted with; `None` where they were not used, and for the
    /// structured model, which estimates priors instead.
    pub alpha: Option<f64>,
    /// Population standard deviation of the outcome.
    pub outcome_spread: f64,
    /// Root mean square of what the fit leaves of the outcome.
    pub residual: f64,
}

/// The joint effect, a polynomial of the standardised actions `(a − shift) · factor` and of the same within bounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JointEffect {
    /// What is subtracted from each action.
    pub shifts: Vec<f64>,
    /// What each is multiplied by then.
    pub factors: Vec<f64>,
    /// Each action within bounds: −1 or 1 where `(a − shift) · factor` lies beyond. None where no term has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bounded: Vec<Standardisation>,
    /// The terms whose coefficients are not zero.
    pub terms: Vec<Term>,
}

/// What setting a category to a level adds, on the scale of the fit, to what setting it to its first does,
/// the other actions set to their origins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelEffect {
    /// The category.
    pub action: String,
    /// The level.
    pub level: String,
    /// What it adds.
    pub effect: f64,
    /// Its standard error, where the model knows.
    pub standard_error: Option<f64>,
}

/// `(a − shift) · factor`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Standardisation {
    /// What is subtracted.
    pub shift: f64,
    /// What the rest is multiplied by.
    pub factor: f64,
}

/// A term of a polynomial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// The names of the actions that are multiplied; none for the constant.
    pub actions: Vec<String>,
    /// Whether it is a power of the action within bounds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bounded: bool,
    /// The coefficient.
    pub coefficient: f64,
    /// Its standard error, where the model knows.
    pub standard_error: Option<f64>,
}

/// What the structured model learned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learned {
    /// Actions that move others.
    pub influences: Vec<Influence>,
    /// Every pair of actions that was tested for an interaction; those measured or found come first.
    pub interactions: Vec<Interaction>,
    /// The prior of every group of coefficients; the place of a pair is that among `interactions`.
    pub priors: Vec<Prior>,
    /// How far blocks differ; `None` where the rows are in none.
    pub blocks: Option<Blocks>,
    /// What the model leaves of the outcome; `None` where nothing tells how much of it is noise.
    pub noise: Option<Noise>,
    /// What the model leaves out, which standard errors include; `None` where that is nothing or unknown.
    pub left_out: Option<LeftOut>,
    /// How far the joint effect is that of the rows that are not far, which may have curves within bounds, from 0 to 1;
    /// `None` where no row was far and none was summed for such curves.
    pub near_share: Option<f64>,
}

/// The standard deviations of what the model leaves out. Those of what polynomials do not follow do not become smaller
/// by more rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// Of what polynomials do not follow of the joint effect.
    pub joint_effect: f64,
    /// The same of what leaving each action alone adds to it.
    pub alone: Vec<f64>,
    /// Of what interactions too small to be found add to the joint effect.
    pub interactions: f64,
}

/// How far the blocks of a log differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Blocks {
    /// How many there are.
    pub count: usize,
    /// The standard deviation of what one adds to the outcome of all its rows.
    pub deviation: f64,
    /// The standard deviation of what it adds beside that to those of one regime; 0 where no block has rows of
    /// several.
    pub deviation_in_regime: f64,
}

/// What a model leaves of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Noise {
    /// Standard deviation.
    pub deviation: f64,
    /// By what variances were multiplied for what the model cannot fit; at least 1.
    pub inflation: f64,
    /// Rows less effective parameters; at least 1.
    pub degrees_of_freedom: f64,
}

/// An action that moves another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Influence {
    /// The one that moves.
    pub cause: String,
    /// The one that is moved.
    pub action: String,
    /// Of the other being the same whatever this one is set to.
    pub p_value: f64,
}

/// A pair of actions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interaction {
    /// Their names.
    pub pair: [String; 2],
    /// Of their effects adding up, times the number of pairs that the data can test; `None` where they
    /// cannot test this one.
    pub p_value: Option<f64>,
    /// Whether the model has cross terms of theirs.
    pub found: bool,
    /// Whether it has them because rows set these two and no other, whatever the p-value.
    pub measured: bool,
}

impl Interaction {
    /// Whether the p-value alone would speak for an interaction, but is not as small as a search asks for.
    pub fn is_doubtful(&self) -> bool {
        !self.found && self.p_value.is_some_and(|p| p < 0.05)
    }

    /// What is asked of an interaction, in words, and why a small p-value is not enough.
    pub fn asked() -> String {
        format!(
            "to be found it takes p < {:.0e}, and an effect in every experiment on one of the two alone, because \
             curves that a polynomial misses, hidden causes that both share and a few far rows give small p-values \
             too",
            1.0 / PAIR_ODDS as f64
        )
    }
}

impl FitSummary {
    /// Of a model that was fitted to `data`.
    pub fn of(data: &Data, model: &Model) -> Result<Self, ShapeError> {
        let monomials = model.basis.monomials().without_bounded();
        let fitted = data.over(&model.basis);
        let parts = fitted.regimes.iter().zip(&model.regimes);
        let regimes: Result<_, ShapeError> = parts
            .map(|(part, fitted)| {
                Ok(RegimeFit {
                    regime: data.name(part.regime),
                    rows: fitted.rows,
                    alpha: fitted.alpha,
                    outcome_spread: part.spread(),
                    residual: part.residual(&model.polynomial(part.regime)?)?,
                })
            })
            .collect();
        let learned = model.structured.as_ref();
        Ok(Self {
            estimator: model.estimator.clone(),
            outcome: model.outcome.clone(),
            scale: model.scale,
            comparison: ScaleComparison::default(),
            actions: model.actions.clone(),
            degree: monomials.degree(),
            degrees: Vec::new(),
            coefficients: monomials.len(),
            regimes: regimes?,
            levels: level_effects(model)?,
            joint_effect: JointEffect::of(model)?,
            far_rows: data.far_rows(),
            structured: learned.map(|learned| Learned::of(learned, &model.actions)),
        })
    }
}

/// [`LevelEffect`] of every level of every category but its first.
fn level_effects(model: &Model) -> Result<Vec<LevelEffect>, ShapeError> {
    let joint = Regime::joint(model.actions.len());
    let (basis, polynomial) = (&model.basis, model.polynomial(joint)?);
    let monomials = basis.monomials();
    let learned = model.structured.as_ref();
    let sure = learned
        .map(|learned| learned.effect(joint))
        .transpose()?
        .flatten();
    let features = |action: usize, value: f64| {
        // A category has no powers within bounds.
        let mut variables = vec![0.0; monomials.all_variables()];
        variables[action] = (value - basis.shift()[action]) * basis.factor()[action];
        let mut features = vec![0.0; monomials.len()];
        monomials.evaluate(&variables, &mut features)?;
        Ok::<_, ShapeError>(features)
    };
    let mut effects = Vec::new();
    for (action, levels) in model.levels.iter().enumerate() {
        let names = levels.as_ref().map_or(&[][..], Levels::names);
        for (place, level) in (0..).zip(names).skip(1) {
            let mut added = features(action, f64::from(place))?;
            let first = features(action, 0.0)?;
            added
                .iter_mut()
                .zip(first)
                .for_each(|(added, first)| *added -= first);
            let variance = sure.as_ref().map(|sure| {
                let added: Vec<f64> = sure.monomials.iter().map(|&index| added[index]).collect();
                Packed::of(&sure.covariance)?.quadratic_form(&added)
            });
            effects.push(LevelEffect {
                action: model.actions[action].clone(),
                level: level.clone(),
                effect: vector::dot(&added, &polynomial),
                standard_error: variance
                    .transpose()?
                    .map(|variance| variance.max(0.0).sqrt()),
            });
        }
    }
    Ok(effects)
}

impl JointEffect {
    fn of(model: &Model) -> Result<Self, ShapeError> {
        let joint = Regime::joint(model.actions.len());
        let (basis, polynomial) = (&model.basis, model.polynomial(joint)?);
        let mut standard_errors = vec![None; polynomial.len()];
        let learned = model.structured.as_ref();
        let uncertainty = learned.map(|learned| learned.effect(joint)).transpose()?;
        if let Some(uncertainty) = uncertainty.flatten() {
            let variances = Packed::of(&uncertainty.covariance)?.diagonal();
            for (monomial, variance) in uncertainty.monomials.into_iter().zip(variances) {
                standard_errors[monomial] = Some(variance.sqrt());
            }
        }
        let monomials = basis.monomials();
        let actions = model.actions.len();
        let terms = polynomial.into_iter().zip(standard_errors).enumerate();
        let terms = terms.filter(|(_, (coefficient, _))| *coefficient != 0.0);
        let terms = terms.map(|(index, (coefficient, standard_error))| {
            let factors: Vec<usize> = monomials.factors(index).collect();
            let names = factors
                .iter()
                .map(|factor| &model.actions[factor % actions]);
            Term {
                actions: names.cloned().collect(),
                bounded: factors.first().is_some_and(|&factor| factor >= actions),
                coefficient,
                standard_error,
            }
        });
        let terms: Vec<Term> = terms.collect();
        let bounded = basis
            .bounded()
            .filter(|_| terms.iter().any(|term| term.bounded));
        Ok(Self {
            shifts: basis.shift().to_vec(),
            factors: basis.factor().to_vec(),
            bounded: bounded
                .map(|(shift, factor)| Standardisation { shift, factor })
                .collect(),
            terms,
        })
    }
}

impl Learned {
    /// In the names of the actions.
    pub fn of(learned: &Structured, names: &[String]) -> Self {
        let name = |action: usize| names[action].clone();
        let influences = learned.influences.iter().map(|edge| Influence {
            cause: name(edge.cause),
            action: name(edge.action),
            p_value: edge.p_value,
        });
        let interactions = learned.interactions.iter().map(|tested| Interaction {
            pair: [name(tested.pair.0), name(tested.pair.1)],
            p_value: tested.p_value,
            found: tested.found,
            measured: tested.measured,
        });
        Self {
            influences: influences.collect(),
            interactions: interactions.collect(),
            priors: learned.priors.clone(),
            blocks: learned.blocks.map(|blocks| Blocks {
                count: blocks.count,
                deviation: blocks.common.variance.sqrt(),
                deviation_in_regime: blocks.own.variance.sqrt(),
            }),
            noise: learned.uncertainty.as_ref().map(|uncertainty| Noise {
                deviation: uncertainty.noise.sqrt(),
                inflation: uncertainty.inflation,
                degrees_of_freedom: uncertainty.degrees_of_freedom,
            }),
            left_out: learned.uncertainty.as_ref().and_then(|uncertainty| {
                let (joint_effect, alone) = uncertainty.left_out.split_first()?;
                let mut all = uncertainty.left_out.iter().chain([&uncertainty.unfound]);
                let some = all.any(|&variance| variance > 0.0);
                some.then(|| LeftOut {
                    joint_effect: joint_effect.sqrt(),
                    alone: alone.iter().map(|variance| variance.sqrt()).collect(),
                    interactions: uncertainty.unfound.sqrt(),
                })
            }),
            near_share: learned.near_share,
        }
    }
}
