//! One run of an experiment: a random model, its data, every estimator, and their scores.
//!
//! Rows are drawn tile by tile and only their moments are kept, the test rows' as well: the squared
//! error of a polynomial against the outcomes, and against the true effect, which is a polynomial
//! itself, are both forms in the moments.

mod source;

use crate::app::lab::scm::{Family, Model, Purpose, stream, tables};
use crate::diagnosis::violations::{noticed_in_actions, noticed_in_outcomes};
use crate::fit::estimator::{self, Fit, Regularization};
use crate::fit::structured::Structured;
use crate::model::fit;
use crate::moments::data::Data;
use crate::moments::degree::{BOUNDED, CUBIC};
use crate::moments::tile::Accumulator;
use crate::moments::{self, FOLDS, Moments, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::error::{FitError, ShapeError};
use joint_effects_kernel::features::monomials::{Monomials, UnsupportedBasis};
use joint_effects_kernel::predict::predictor::collapse;
use joint_effects_kernel::structured::Known;
use serde::{Deserialize, Serialize};
use source::Source;
use std::borrow::Cow;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// The true effect: its RMSE is the noise floor.
    Truth,
    /// The mean of the observational outcomes.
    Constant,
    /// A fit of the observational rows.
    Observational,
    /// One fit of all observational and single-action rows.
    Pooled,
    /// The released code's pooled model: a fit per chunk of those rows, drawn afresh, summed and
    /// divided by K + 1. A chunk is as long as the shortest regime, and at most 10,000 rows.
    PooledReleased,
    /// A fit per regime, `Σ ŷ_k − (K − 1) ŷ_obs`.
    Separate,
    /// One ridge on `[φ, R₁φ, …, R_Kφ]`, whatever the regularization of the others.
    Indicator,
    /// The structured indicator model, which has a prior of its own.
    Structured,
    /// A fit of joint rows: the oracle.
    Joint,
    /// The oracle that also knows that the effect is additive.
    JointAdditive,
}

impl Estimator {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 10] = [
        Self::Truth,
        Self::Constant,
        Self::Observational,
        Self::Pooled,
        Self::PooledReleased,
        Self::Separate,
        Self::Indicator,
        Self::Structured,
        Self::Joint,
        Self::JointAdditive,
    ];

    /// Whether it is trained on joint rows.
    pub fn is_oracle(self) -> bool {
        matches!(self, Self::Joint | Self::JointAdditive)
    }

    /// The name in commands, tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Truth => "truth",
            Self::Constant => "constant",
            Self::Observational => "observational",
            Self::Pooled => "pooled",
            Self::PooledReleased => "pooled-released",
            Self::Separate => "separate",
            Self::Indicator => "indicator",
            Self::Structured => "structured",
            Self::Joint => "joint",
            Self::JointAdditive => "joint-additive",
        }
    }
}

/// What all runs of an experiment have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The family the models are drawn from.
    pub scm: Family,
    /// Number of actions, K.
    pub actions: usize,
    /// Total degree of the fitted polynomials.
    pub degree: usize,
    /// The highest power of actions within bounds that the structured model has besides; 0 for none.
    #[serde(default)]
    pub bounded: usize,
    /// How the coefficients of every fit of one polynomial are penalised.
    pub regularization: Regularization,
    /// Seed of every random stream.
    pub seed: u64,
    /// Strength of a term that violates additivity: the standardised product of two actions, times
    /// this. 0 for none.
    pub interaction: f64,
    /// Correlation of the hidden causes of two actions, which is to be noticed where it is not 0; `None` where
    /// that is not the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confounding: Option<f64>,
    /// The estimators to run.
    pub estimators: Vec<Estimator>,
}

/// Rows of each regime, before a fifth of them is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Observational rows.
    pub observational: u64,
    /// Rows of each single-action regime.
    pub single: u64,
    /// Joint rows.
    pub joint: u64,
}

impl Sizes {
    /// The same number of rows of every regime.
    pub fn equal(rows: u64) -> Self {
        Self {
            observational: rows,
            single: rows,
            joint: rows,
        }
    }
}

/// The fewest rows of a regime that can be split: two in each fold of the four fifths.
pub const FEWEST_ROWS: u64 = 8;

/// How far an estimator is from the joint rows set aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Whose.
    pub estimator: Estimator,
    /// Root mean squared error against the outcomes.
    pub rmse: f64,
    /// Root mean squared error against the true effect.
    pub excess: f64,
    /// What the structured model claims besides.
    pub claims: Option<Claims>,
}

/// Claims of a structured model, held against the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claims {
    /// Share of joint rows at which the 95 % interval holds the true effect.
    pub coverage: f64,
    /// Whether the interacting pair was found, where there is one.
    pub pair_found: Option<bool>,
    /// How many pairs were found that do not interact.
    pub false_pairs: usize,
    /// Whether the data were seen to contradict the assumptions, where that is the question.
    pub noticed: Option<bool>,
}

/// A run cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// K or the degree is too large.
    #[error(transparent)]
    Basis(#[from] UnsupportedBasis),
    /// Polynomials of degree 0 have no effects.
    #[error("the degree is 0: at least 1 is needed")]
    NoDegree,
    /// An interaction needs two actions, and a model those of the settings.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A regime has too few rows to split.
    #[error("{rows} rows of a regime are too few to split: at least {FEWEST_ROWS} are needed")]
    TooFewRows {
        /// How many it has.
        rows: u64,
    },
    /// An estimator failed.
    #[error("run {run}, {}: {error}", estimator.name())]
    Fit {
        /// The run.
        run: u64,
        /// The estimator.
        estimator: Estimator,
        /// Why.
        error: FitError,
    },
}

impl Default for Settings {
    /// The paper's: polynomial models of five actions, all estimators with ridges of degree 3; the structured one is
    /// that of `fit`, which takes powers of actions within bounds besides.
    fn default() -> Self {
        Self {
            scm: Family::Polynomial,
            actions: 5,
            degree: CUBIC,
            bounded: BOUNDED,
            regularization: Regularization::Ridge,
            seed: 0,
            interaction: 0.0,
            confounding: None,
            estimators: Estimator::ALL.to_vec(),
        }
    }
}

/// Trains all estimators on `rows` rows of every regime of a model, less a fifth, and scores them on
/// that fifth of the joint rows: the first run of `compare`, with the paper's settings. The oracles
/// alone are trained on joint rows.
///
/// ```
/// let scm = joint_effects::sample_polynomial_scm(3, 0)?;
/// for score in joint_effects::run_experiment(&scm, 1_000, 0)? {
///     println!("{}: {} from the true effect", score.estimator.name(), score.excess);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run_experiment(model: &Model, rows: u64, seed: u64) -> Result<Vec<Score>, RunError> {
    let settings = Settings {
        actions: model.actions(),
        seed,
        ..Settings::default()
    };
    settings.run_on(model, Sizes::equal(rows), tables::RUN)
}

impl Settings {
    /// Whether runs of these sizes can be made.
    pub fn check(&self, sizes: Sizes) -> Result<(), RunError> {
        let [_, summed] = self.monomials()?;
        if summed.degree() == 0 {
            return Err(RunError::NoDegree);
        }
        let Sizes {
            observational,
            single,
            joint,
        } = sizes;
        match [observational, single, joint]
            .into_iter()
            .find(|&rows| rows < FEWEST_ROWS)
        {
            Some(rows) => Err(RunError::TooFewRows { rows }),
            None => Ok(()),
        }
    }

    /// The least bytes that a run takes.
    pub fn memory(&self) -> u64 {
        let Ok([products, summed]) = self.monomials() else {
            return 0;
        };
        let regimes = self.actions + 1;
        let fits = self.estimators.iter().map(|estimator| match estimator {
            Estimator::Structured => fit::Estimator::Structured.memory(summed, regimes),
            Estimator::Indicator => fit::Estimator::Indicator.memory(products, regimes),
            _ => fit::Estimator::Separate.memory(products, regimes),
        });
        // The moments of the other estimators are beside those of the structured one.
        let others = (summed != products).then(|| Data::memory(products, regimes));
        let moments = Data::memory(summed, regimes) + others.unwrap_or_default();
        moments + fits.max().unwrap_or_default()
    }

    /// The monomials of all estimators but the structured one, and those over which training rows are summed.
    fn monomials(&self) -> Result<[Monomials; 2], UnsupportedBasis> {
        let products = Monomials::new(self.actions, self.degree)?;
        let summed = match self.estimators.contains(&Estimator::Structured) {
            true => products.with_bounded(self.bounded)?,
            false => products,
        };
        Ok([products, summed])
    }

    /// Run number `run`: the scores of the estimators, in their order. The result depends on the
    /// settings, the sizes and the number alone.
    pub fn run(&self, sizes: Sizes, run: u64) -> Result<Vec<Score>, RunError> {
        self.check(sizes)?;
        let mut rng = stream(self.seed, run, Purpose::Model);
        let mut model = Model::draw(self.scm, self.actions, &mut rng)?;
        if self.interaction != 0.0 {
            let rng = stream(self.seed, run, Purpose::Interaction);
            model = model.with_interaction(self.interaction, rng)?;
        }
        if let Some(correlation) = self.confounding {
            let mut rng = stream(self.seed, run, Purpose::Confounding);
            model = model.with_confounding(correlation, &mut rng)?;
        }
        self.run_on(&model, sizes, run)
    }

    /// [`Settings::run`] on a model of the caller's, which has as many actions as the settings; their
    /// family, interaction and confounding are not used.
    pub fn run_on(&self, model: &Model, sizes: Sizes, run: u64) -> Result<Vec<Score>, RunError> {
        self.check(sizes)?;
        if model.actions() != self.actions {
            let (needed, found) = (self.actions, model.actions());
            let what = "actions of the model";
            return Err(RunError::Shape(ShapeError {
                what,
                needed,
                found,
            }));
        }
        let [monomials, summed] = self.monomials()?;
        let mut source = Source::new(self.seed, run, model, kept(sizes.observational));
        let mut training = Accumulator::new(source.near.raw_basis(summed));
        let mut all = vec![source.observe(&mut training, sizes.observational)];
        for action in 0..self.actions {
            let regime = Regime::single(action);
            all.push(source.train(&mut training, regime, kept(sizes.single)));
        }
        let products = |part: &RegimeMoments| part.select(0..monomials.len());
        let data: Cow<'_, [RegimeMoments]> = match summed == monomials {
            true => Cow::from(&all),
            false => all.iter().map(products).collect(),
        };
        let mut accumulator = Accumulator::raw(monomials);
        let joint = Regime::joint(self.actions);
        let mut oracle = Vec::new();
        if self
            .estimators
            .iter()
            .any(|estimator| estimator.is_oracle())
        {
            let mut rows = source.rows(Purpose::Training(joint), joint);
            oracle = rows.folds(&mut accumulator, kept(sizes.joint));
        }
        // The true effect has degree 2.
        let scored = Monomials::new(self.actions, self.degree.max(2))?;
        let test = |scored: Monomials| {
            let mut test = moments::empty(scored.len());
            source.rows(Purpose::Test(joint), joint).add_to(
                &mut test,
                &mut Accumulator::new(source.near.raw_basis(scored)),
                held_out(sizes.joint),
            );
            let truth = over(scored, model.effect().into_vec(), monomials.len());
            (scored, test, truth)
        };
        // Scores of the others do not depend on whether the structured model is among them.
        let of_products = test(scored);
        let of_all = match summed == monomials {
            true => None,
            false => Some(test(scored.with_bounded(summed.bounded())?)),
        };
        let penalised = |folds: &[Moments]| Ok(self.regularization.fit(folds)?.coefficients);
        let joint_of = |fit: Fit| {
            let mut polynomial = vec![0.0; fit.coefficients.len() / (self.actions + 1)];
            collapse(&fit.coefficients, joint, &mut polynomial)?;
            Ok(polynomial)
        };
        let mut scores = Vec::with_capacity(self.estimators.len());
        for &estimator in &self.estimators {
            let mut learned = None;
            let polynomial = match estimator {
                Estimator::Truth => Ok(model.effect().into_vec()),
                Estimator::Constant => Ok(vec![data[0].total().outcome_mean()]),
                Estimator::Observational => penalised(&data[0].folds()),
                Estimator::Pooled => penalised(&pooled(&data)),
                Estimator::PooledReleased => {
                    source.pooled_released(self.regularization, &mut accumulator, sizes)
                }
                Estimator::Separate => {
                    estimator::separate(self.regularization, self.actions, &data).and_then(joint_of)
                }
                Estimator::Indicator => {
                    estimator::indicator(self.actions, monomials, &data).and_then(joint_of)
                }
                Estimator::Structured => {
                    Structured::fit(summed, &all, Known::default()).and_then(|(fit, structured)| {
                        learned = Some(structured);
                        joint_of(fit)
                    })
                }
                Estimator::Joint => penalised(&oracle),
                Estimator::JointAdditive => {
                    let fit = self.regularization.fit_additive(monomials, &oracle);
                    fit.map(|fit| fit.coefficients)
                }
            };
            let polynomial = polynomial.map_err(|error| RunError::Fit {
                run,
                estimator,
                error,
            })?;
            let (scored, test, truth) = match &of_all {
                Some(of_all) if estimator == Estimator::Structured => of_all,
                _ => &of_products,
            };
            let polynomial = over(*scored, polynomial, monomials.len());
            let differences = polynomial.iter().zip(truth).map(|(p, t)| p - t);
            let difference: Vec<f64> = differences.collect();
            let root_mean = |sum: Result<f64, _>| {
                let sum = sum.expect("the polynomial is over the test basis");
                (sum / test.count() as f64).sqrt()
            };
            scores.push(Score {
                estimator,
                rmse: root_mean(test.residual_sum_of_squares(&polynomial)),
                excess: root_mean(test.sum_of_squared_predictions(&difference)),
                claims: learned.map(|fit| Claims {
                    noticed: self.confounding.map(|_| {
                        noticed_in_outcomes(&fit) || noticed_in_actions(summed, &all, &fit)
                    }),
                    ..source.verify(&fit, summed, *scored, &difference, held_out(sizes.joint))
                }),
            });
        }
        Ok(scores)
    }
}

/// Rows kept of `rows` when a fifth, rounded up, is set aside (scikit-learn's `train_test_split`).
fn kept(rows: u64) -> u64 {
    rows - held_out(rows)
}

fn held_out(rows: u64) -> u64 {
    rows.div_ceil(5)
}

/// A polynomial over the monomials of a higher degree and the powers of bounded actions; the first `products` of its own
/// coefficients are not of such powers.
fn over(monomials: Monomials, mut polynomial: Vec<f64>, products: usize) -> Vec<f64> {
    let powers = polynomial.split_off(products.min(polynomial.len()));
    polynomial.resize(monomials.without_bounded().len(), 0.0);
    polynomial.extend(powers);
    polynomial.resize(monomials.len(), 0.0);
    polynomial
}

/// The folds of all regimes' rows together.
fn pooled(data: &[RegimeMoments]) -> Vec<Moments> {
    let fold = |fold: usize| {
        let parts: Vec<_> = data.iter().map(|part| part.folds()[fold].clone()).collect();
        moments::total(&parts)
    };
    (0..FOLDS).map(fold).collect()
}
