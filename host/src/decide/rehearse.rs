//! The method tried on the rows at hand, with outcomes whose truth is known.
//!
//! The regimes and actions of all rows are kept, and their outcomes are drawn anew from a mechanism that was fitted to
//! them: the structured model's expected outcome of a row in its regime, and noise with the variance of the regime.
//! Rows that are in blocks stay in them. Shifts of blocks are drawn anew, with the variances that were estimated, so
//! that the errors of effects in an average block include what it costs to know few blocks.
//! The method is run on these rows, and its predictions of joint settings are held against the mechanism's own.
//! A [`Scenario`] adds a violation of the assumptions. Of a fit to the rows themselves, the errors are what to expect
//! if the world is like that mechanism: what no polynomial of the model follows is no part of it.

use crate::fit::structured::{BlockEffects, Structured};
use crate::log::rows::Rows;
use crate::model::fit::{Estimator, check, fit};
use crate::model::{Model, PredictionError, Predictor};
use crate::moments::RegimeMoments;
use crate::moments::blocks::Blocks;
use crate::moments::data::{Data, DataError};
use crate::random;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::vector::dot;
use joint_effects_kernel::error::{FitError, ShapeError};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::sampling::{choice, normal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use std::collections::BTreeMap;

/// Joint settings at which predictions are held against the truth.
const SETTINGS: usize = 256;

/// What outcomes are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// The fitted mechanism, with normal noise: all assumptions hold.
    Additive,
    /// The product of two actions is added to the outcome.
    Interaction,
    /// Two actions share a hidden cause. Where both are left alone, each of them tells of what the other one's hidden
    /// cause adds to the outcome; where one is set, it tells nothing of it. To the first order in how closely an
    /// action follows its cause, that adds a multiple of each to the expected outcome of rows in which neither was
    /// set, and nothing to the effect of setting both.
    SharedCause,
    /// Noise of the same variance that is Student's t with 3 degrees of freedom.
    HeavyTails,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Additive,
        Self::Interaction,
        Self::SharedCause,
        Self::HeavyTails,
    ];

    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Interaction => "interaction",
            Self::SharedCause => "shared-cause",
            Self::HeavyTails => "heavy-tails",
        }
    }
}

/// What is rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// Total degree of the fitted polynomials.
    pub degree: usize,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Standard deviation of the interaction over joint settings, in standard deviations of the outcome.
    pub interaction: f64,
    /// The same of what a shared hidden cause adds, over rows in which neither action was set.
    pub shared_cause: f64,
}

/// How the method did on outcomes that were drawn once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Root mean squared error of the joint effect.
    pub error: f64,
    /// What it would be by the standard errors.
    pub claimed: f64,
    /// The share of the joint settings at which the 95 % interval holds the truth.
    pub coverage: f64,
    /// Whether a violation of the assumptions was noticed, beside interactions that the mechanism has.
    pub noticed: bool,
}

/// There is nothing to rehearse.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// The rows do not allow a fit.
    #[error(transparent)]
    Data(#[from] DataError),
    /// There is no fit.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// There is no prediction.
    #[error(transparent)]
    Prediction(#[from] PredictionError),
    /// Nothing tells how large the noise is.
    #[error(
        "the noise is not known: expected repeated rows, or more rows than the model has coefficients"
    )]
    NoNoise,
}

impl From<ShapeError> for RehearseError {
    fn from(error: ShapeError) -> Self {
        Self::Prediction(error.into())
    }
}

/// The rows, and the mechanism that was fitted to them.
///
/// ```
/// use joint_effects::decide::rehearse::{Rehearsal, Scenario, Settings};
/// use joint_effects::diagnosis::violations::noticed_in_outcomes;
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::rows::Rows;
/// use joint_effects::log::table::Table;
///
/// # let mut log = String::from("regime,red,green,y\n");
/// # for row in 0..100 {
/// #     for regime in ["obs", "do(red)", "do(green)"] {
/// #         let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
/// #         log += &format!("{regime},{red},{green},{}\n", 3.0 * red + green * green + 0.1 * noise);
/// #     }
/// # }
/// # let table = Table::new("log", log.as_bytes())?;
/// let mut rows = Observations::new(vec![table], &Columns::new("y"))?;
/// let rows = Rows::read(&mut rows, |_| ())?;
/// let settings = Settings { degree: 2, seed: 0, interaction: 0.2, shared_cause: 0.2 };
/// let rehearsal = Rehearsal::new(&rows, settings)?;
/// let trial = rehearsal.run(Scenario::Additive, 0, |_, learned| noticed_in_outcomes(learned))?;
/// assert!(trial.error < 0.1 * rehearsal.spread());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rehearsal<'a> {
    rows: &'a Rows,
    settings: Settings,
    /// Of each row, the expected outcome and the standard deviation of the noise.
    expected: Vec<f64>,
    noise: Vec<f64>,
    /// What shifts the rows of blocks, where rows are in blocks.
    shifts: Option<Shifts>,
    /// Joint settings, and the effects there.
    joint: Vec<Vec<f64>>,
    effects: Vec<f64>,
    /// Standard deviation of the outcome.
    spread: f64,
    /// Means and standard deviations of the actions where they were set, and where they were left alone.
    set: Vec<Spread>,
    alone: Vec<Spread>,
    /// The pairs of actions that interact in the mechanism.
    interacting: Vec<[usize; 2]>,
}

impl<'a> Rehearsal<'a> {
    /// Fits the mechanism.
    pub fn new(rows: &'a Rows, settings: Settings) -> Result<Self, RehearseError> {
        let data = Data::of(rows, rows.outcomes(), settings.degree)?;
        check(&data, Estimator::Structured)?;
        let model = fit(&data, Estimator::Structured, None)?;
        let learned = model.structured.as_ref();
        let sure = learned.and_then(|learned| learned.uncertainty.as_ref());
        let noise = sure.ok_or(RehearseError::NoNoise)?.noise;
        let tested = learned.iter().flat_map(|learned| &learned.interactions);
        let found = tested.filter(|tested| tested.found);
        let interacting = found.map(|found| found.pair.into()).collect();
        let mut mechanism = Mechanism::of(&model, &data, noise)?;
        let of_blocks = learned.and_then(|learned| learned.blocks);
        let shifts = data.blocks.as_ref().zip(of_blocks);
        // What is left of a regime's rows by the fit is less than their noise, and the noise of all is estimated.
        let counts = data.regimes.iter().map(|part| part.total().weight());
        let (mut squares, mut count) = (0.0, 0.0);
        for (rows, part) in counts.zip(&data.regimes) {
            squares += rows * mechanism.regimes[&part.regime].1.powi(2);
            count += rows;
        }
        let corrected = match squares > 0.0 {
            true => (noise * count / squares).sqrt(),
            false => 0.0,
        };
        let (mut expected, mut deviations) = (Vec::new(), Vec::new());
        for row in rows.iter() {
            let (effect, residual) = mechanism.at(row.regime, row.actions)?;
            expected.push(effect);
            deviations.push(corrected * residual / row.weight.sqrt());
        }
        let actions = rows.actions.len();
        let of = |set: bool| {
            let of = |action: usize| {
                let rows = rows.iter().filter(|row| row.regime.sets(action) == set);
                Spread::of(rows.map(|row| row.actions[action]))
            };
            (0..actions).map(of).collect::<Vec<_>>()
        };
        let joint = settings_like(rows, &mut random::stream([settings.seed, u64::MAX]));
        let all = Regime::joint(actions);
        let effects = joint.iter().map(|setting| mechanism.at(all, setting));
        let effects = effects.map(|effect| Ok(effect?.0));
        Ok(Self {
            effects: effects.collect::<Result<_, ShapeError>>()?,
            spread: Spread::of(rows.outcomes().iter().copied()).deviation,
            set: of(true),
            alone: of(false),
            interacting,
            shifts: shifts.map(|(blocks, known)| Shifts::of(blocks, known)),
            rows,
            settings,
            expected,
            noise: deviations,
            joint,
        })
    }

    /// Standard deviation of the outcome.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// The scenarios that can be played: no cause can be shared by actions that rest until they are set, and one action
    /// has no other.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let possible = |scenario: &Scenario| match scenario {
            Scenario::Interaction => self.rows.actions.len() > 1,
            Scenario::SharedCause => !self.moving().is_empty(),
            Scenario::Additive | Scenario::HeavyTails => true,
        };
        Scenario::ALL.into_iter().filter(possible).collect()
    }

    /// Draws outcomes and runs the method on them. The trial depends on the rows, the settings, the scenario and the
    /// number of the repetition alone; `noticed` says whether a fit shows that an assumption does not hold.
    pub fn run(
        &self,
        scenario: Scenario,
        repetition: u64,
        noticed: impl Fn(&Data, &Structured) -> bool,
    ) -> Result<Trial, RehearseError> {
        // Scenarios share the noise of a repetition, so that they differ by the violation alone.
        let mut rng = random::stream([self.settings.seed, repetition, 0]);
        let mut outcomes = self.expected.clone();
        for (outcome, &deviation) in outcomes.iter_mut().zip(&self.noise) {
            *outcome += deviation * standard(scenario, &mut rng);
        }
        if let Some(shifts) = &self.shifts {
            let mut rng = random::stream([self.settings.seed, repetition, 2]);
            let drawn = shifts.draw(&mut rng);
            for (outcome, row) in outcomes.iter_mut().zip(self.rows.iter()) {
                *outcome += drawn[&(row.block, row.regime)];
            }
        }
        let mut rng = random::stream([self.settings.seed, repetition, 1]);
        let mut effects = self.effects.clone();
        match scenario {
            Scenario::Additive | Scenario::HeavyTails => {}
            Scenario::Interaction => {
                let actions: Vec<_> = (0..self.rows.actions.len()).collect();
                let [one, other] = any(&pairs(&actions), &mut rng);
                let size = self.settings.interaction * self.spread;
                let term = |actions: &[f64]| {
                    size * self.set[one].standardise(actions[one])
                        * self.set[other].standardise(actions[other])
                };
                for (outcome, row) in outcomes.iter_mut().zip(self.rows.iter()) {
                    *outcome += term(row.actions);
                }
                for (effect, setting) in effects.iter_mut().zip(&self.joint) {
                    *effect += term(setting);
                }
            }
            Scenario::SharedCause => {
                let pair = any(&self.moving(), &mut rng);
                let size = self.settings.shared_cause * self.spread / 2.0_f64.sqrt();
                for (outcome, row) in outcomes.iter_mut().zip(self.rows.iter()) {
                    if pair.iter().all(|&action| !row.regime.sets(action)) {
                        let told =
                            pair.map(|action| self.alone[action].standardise(row.actions[action]));
                        *outcome += size * told.iter().sum::<f64>();
                    }
                }
            }
        }
        let data = Data::of(self.rows, &outcomes, self.settings.degree)?;
        let mut model = fit(&data, Estimator::Structured, None)?;
        if let Some(learned) = &mut model.structured {
            let known = &self.interacting;
            let tested = &mut learned.interactions;
            tested.retain(|tested| !known.contains(&tested.pair.into()));
        }
        self.score(&data, &model, &effects, noticed)
    }

    /// Holds predictions against the effects.
    fn score(
        &self,
        data: &Data,
        model: &Model,
        effects: &[f64],
        noticed: impl Fn(&Data, &Structured) -> bool,
    ) -> Result<Trial, RehearseError> {
        let mut predictor = Predictor::new(model, Regime::joint(self.rows.actions.len()))?;
        let (mut squares, mut claimed, mut held) = (0.0, 0.0, 0.0);
        for (setting, effect) in self.joint.iter().zip(effects) {
            let found = predictor.predict(setting)?;
            let interval = found.interval.ok_or(RehearseError::NoNoise)?;
            squares += (found.effect - effect).powi(2);
            claimed += interval.standard_error.powi(2);
            held += f64::from(u8::from(
                interval.lower <= *effect && *effect <= interval.upper,
            ));
        }
        let count = self.joint.len() as f64;
        let learned = model.structured.as_ref();
        Ok(Trial {
            error: (squares / count).sqrt(),
            claimed: (claimed / count).sqrt(),
            coverage: held / count,
            noticed: learned.is_some_and(|learned| noticed(data, learned)),
        })
    }

    /// The pairs of actions that both vary where they are left alone.
    fn moving(&self) -> Vec<[usize; 2]> {
        let actions = 0..self.rows.actions.len();
        let moving: Vec<_> = actions
            .filter(|&action| self.alone[action].deviation > 0.0)
            .collect();
        pairs(&moving)
    }
}

/// The expected outcome of every regime, and what is left of it.
struct Mechanism<'a> {
    model: &'a Model,
    /// The polynomial of each, and the root mean square of its residuals; 0 where there are no rows.
    regimes: BTreeMap<Regime, (Vec<f64>, f64)>,
    variables: Vec<f64>,
    features: Vec<f64>,
}

impl<'a> Mechanism<'a> {
    /// `noise` is the variance of the regimes whose rows tell of none beside the shifts of blocks.
    fn of(model: &'a Model, data: &Data, noise: f64) -> Result<Self, ShapeError> {
        let monomials = model.basis.monomials();
        let joint = Regime::joint(monomials.variables());
        let mut regimes = BTreeMap::from([(joint, (model.polynomial(joint)?, 0.0))]);
        for part in &data.regimes {
            let polynomial = model.polynomial(part.regime)?;
            let residual = match &data.blocks {
                None => part.residual(&polynomial)?,
                Some(blocks) => within(part, blocks, &polynomial)?.unwrap_or(noise).sqrt(),
            };
            regimes.insert(part.regime, (polynomial, residual));
        }
        Ok(Self {
            model,
            regimes,
            variables: vec![0.0; monomials.all_variables()],
            features: vec![0.0; monomials.len()],
        })
    }

    fn at(&mut self, regime: Regime, actions: &[f64]) -> Result<(f64, f64), ShapeError> {
        let basis = &self.model.basis;
        basis.standardise(actions, &mut self.variables)?;
        let (polynomial, residual) = &self.regimes[&regime];
        let (variables, features) = (&self.variables, &mut self.features);
        let effect = predictor::evaluate(basis.monomials(), polynomial, variables, features)?;
        Ok((effect, *residual))
    }
}

/// The variance of what a polynomial leaves of a regime's outcomes, within blocks; `None` where every block has but one
/// row of the regime.
fn within(
    part: &RegimeMoments,
    blocks: &Blocks,
    polynomial: &[f64],
) -> Result<Option<f64>, ShapeError> {
    let (weight, rows) = (part.total().weight(), part.count() as f64);
    let mut squares = weight * part.residual(polynomial)?.powi(2);
    let mut freedom = rows;
    let cells = blocks.cells.iter();
    for (_, sums) in cells.filter(|((_, regime), _)| *regime == part.regime) {
        let (features, outcome) = sums.split_at(polynomial.len());
        squares -= (outcome[0] - dot(polynomial, features)).powi(2) / features[0];
        freedom -= 1.0;
    }
    Ok((freedom > 0.0).then(|| squares.max(0.0) / weight * rows / freedom))
}

/// How blocks shift the outcome.
#[derive(Clone, Debug)]
struct Shifts {
    /// Each block in each regime that it has rows of.
    cells: Vec<(usize, Regime)>,
    /// Standard deviations of what all rows of a block share, and of what those of one regime share beside that.
    common: f64,
    own: f64,
}

impl Shifts {
    fn of(blocks: &Blocks, known: BlockEffects) -> Self {
        Self {
            cells: blocks.cells.keys().copied().collect(),
            common: known.common.variance.sqrt(),
            own: known.own.variance.sqrt(),
        }
    }

    /// The shift of every cell.
    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> BTreeMap<(usize, Regime), f64> {
        let mut shifts = BTreeMap::new();
        for of_block in self.cells.chunk_by(|(one, _), (next, _)| one == next) {
            let common = normal(rng, 0.0, self.common);
            for &cell in of_block {
                shifts.insert(cell, normal(rng, common, self.own));
            }
        }
        shifts
    }
}

/// Mean and standard deviation of some values.
#[derive(Clone, Copy, Debug)]
struct Spread {
    mean: f64,
    deviation: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().sum::<f64>() / count;
        let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (squares / count).sqrt(),
        }
    }

    /// A value in standard deviations from the mean; 0 where there is no deviation.
    fn standardise(self, value: f64) -> f64 {
        match self.deviation > 0.0 {
            true => (value - self.mean) / self.deviation,
            false => 0.0,
        }
    }
}

/// Joint settings: of each action a value to which it was set.
fn settings_like(rows: &Rows, rng: &mut Xoshiro256PlusPlus) -> Vec<Vec<f64>> {
    let values = |action: usize| {
        let rows = rows.iter().filter(move |row| row.regime.sets(action));
        rows.map(|row| row.actions[action]).collect::<Vec<_>>()
    };
    let values: Vec<_> = (0..rows.actions.len()).map(values).collect();
    let one = |_| values.iter().map(|values| any(values, rng)).collect();
    (0..SETTINGS).map(one).collect()
}

/// One of several, of which there are some.
fn any<T: Copy>(of: &[T], rng: &mut Xoshiro256PlusPlus) -> T {
    of[choice(rng, of.len() as u32) as usize]
}

fn pairs(of: &[usize]) -> Vec<[usize; 2]> {
    let pairs = of.iter().enumerate();
    let pairs = pairs.flat_map(|(place, &other)| of[..place].iter().map(move |&one| [one, other]));
    pairs.collect()
}

/// A draw of noise with mean 0 and variance 1.
fn standard(scenario: Scenario, rng: &mut Xoshiro256PlusPlus) -> f64 {
    let draw = normal(rng, 0.0, 1.0);
    match scenario {
        // Student's t with 3 degrees of freedom has variance 3.
        Scenario::HeavyTails => {
            let squares: f64 = (0..3).map(|_| normal(rng, 0.0_f64, 1.0).powi(2)).sum();
            draw / squares.sqrt()
        }
        _ => draw,
    }
}
