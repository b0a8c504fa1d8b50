//! Which setting of all actions to choose, from a model.
//!
//! The effect alone is optimised exactly, by branch and bound
//! ([`optimum`](joint_effects_kernel::predict::optimum)). A bound of the effect is no
//! polynomial: it is improved action by action, from the best of many settings and from the best by the
//! effect alone, and [`Guarantee`] says which of both was done.
//!
//! A setting that is chosen because its estimate is the best is likely overestimated. The interval of the
//! [`Gain`] allows for that: it is as wide as it takes for the gains of many settings together to lie within
//! theirs with 95 %, by draws from the posterior of the coefficients, of 1,024 settings that are spread evenly and of
//! the one that is chosen.

mod line;
pub(super) mod space;
pub mod summary;
pub(super) mod surface;

use crate::model::{Model, Prediction, PredictionError, Predictor};
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::predict::optimum::Goal;
use space::Space;
use surface::Surface;

/// What is wanted of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// As much of it as there can be.
    Maximise,
    /// As little.
    Minimise,
    /// This much, as surely as can be.
    Target(f64),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is wanted.
    pub aim: Aim,
    /// Ranges of some actions, within those that the data support; the others have all of these.
    pub within: Vec<(usize, Range)>,
    /// What a unit of some actions costs, in units of the outcome.
    pub costs: Vec<(usize, f64)>,
    /// The probability with which the outcome may be worse than the bound that is optimised; at 0.5 that
    /// is the effect itself.
    pub risk: f64,
}

impl Question {
    /// With a risk of 5 %, no costs, wherever the data support it.
    pub fn new(aim: Aim) -> Self {
        Self {
            aim,
            within: Vec::new(),
            costs: Vec::new(),
            risk: 0.05,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The values of the K actions.
    pub setting: Vec<f64>,
    /// What to expect there.
    pub prediction: Prediction,
    /// What the setting costs.
    pub cost: f64,
    /// What it gains over today's operation; `None` where no rows tell where that is.
    pub gain: Option<Gain>,
    /// The values of each action that cannot be told from the best, the others held; none where the model
    /// does not know how sure it is.
    pub alike: Option<Vec<Vec<Range>>>,
    /// In what sense there is no better setting.
    pub guarantee: Guarantee,
}

/// What a setting gains over today's operation, costs taken off; of a minimum, how much less it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// The means of the actions in the rows where none was set, or the first level of a category.
    pub today: Vec<f64>,
    /// The estimate.
    pub estimate: f64,
    /// Where it lies with 95 %, the choice by the same data allowed for.
    pub interval: Option<[f64; 2]>,
}

/// In what sense there is no better setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guarantee {
    /// No other has an effect that is better by more than this, on the scale on which effects add up.
    Exact {
        /// By how much, at the most.
        gap: f64,
    },
    /// None of so many was better, and no change of one action alone.
    Tried {
        /// How many.
        settings: usize,
    },
}

/// Nothing can be chosen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChooseError {
    /// There is no prediction.
    #[error(transparent)]
    Prediction(#[from] PredictionError),
    /// Nothing tells where an action lies.
    #[error("no rows tell the range of {action:?}: expected one")]
    NoRange {
        /// The action.
        action: String,
    },
    /// A range has its ends in the wrong order, or is none.
    #[error(
        "{action:?}: expected a range from a number to one that is no smaller, found {min} to {max}"
    )]
    Inverted {
        /// The action.
        action: String,
        /// From.
        min: f64,
        /// To.
        max: f64,
    },
    /// A range goes beyond the data.
    #[error("{action:?}: {min} to {max} is beyond what the data support, {least} to {greatest}")]
    Outside {
        /// The action.
        action: String,
        /// From.
        min: f64,
        /// To.
        max: f64,
        /// The least value that is supported.
        least: f64,
        /// The greatest.
        greatest: f64,
    },
    /// A category has no range, and no cost of a unit.
    #[error("{action:?} is a category: expected an action whose values are numbers")]
    Category {
        /// The action.
        action: String,
    },
    /// A risk is none.
    #[error("a risk of {risk}: expected a number above 0, at most 0.5")]
    Risk {
        /// What was given.
        risk: f64,
    },
    /// What a target costs is not weighed against how near it is.
    #[error("costs are for a maximum or a minimum: a target has none")]
    TargetCosts,
    /// No setting is expected to have the outcome.
    #[error("no setting in reach is expected to be {target}: the nearest is {nearest}")]
    OutOfReach {
        /// What was wanted.
        target: f64,
        /// The nearest there is.
        nearest: f64,
    },
    /// Whether a setting has the outcome is too much to find out.
    #[error(
        "the levels have too many combinations to tell whether {target} is in reach: expected fewer categories"
    )]
    TooManyLevels {
        /// What was wanted.
        target: f64,
    },
}

/// Settings that are tried, spread evenly.
pub(super) const TRIED: usize = 1_024;

/// The setting of all actions that is best by a model.
///
/// ```
/// use joint_effects::decide::choose::{Aim, Question, choose};
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::table::Table;
/// use joint_effects::{Data, Estimator, fit};
///
/// // y = 4 red − red² − green, best at red = 2 and as little green as there is.
/// let mut log = String::from("regime,red,green,y\n");
/// for row in 0..400 {
///     for regime in ["obs", "do(red)", "do(green)"] {
///         let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
///         let red = 2.0 + 2.0 * red;
///         log += &format!("{regime},{red},{green},{}\n", 4.0 * red - red * red - green + 0.1 * noise);
///     }
/// }
/// let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &Columns::new("y"))?;
/// let model = fit(&Data::read(&mut rows, 2, |_| ())?, Estimator::Structured, None)?;
///
/// let choice = choose(&model, &Question::new(Aim::Maximise))?;
/// assert!((choice.setting[0] - 2.0).abs() < 0.1 && choice.setting[1] < -0.9);
/// let gain = choice.gain.expect("there are observational rows");
/// let [lower, upper] = gain.interval.expect("there is a covariance");
/// assert!(lower < gain.estimate && gain.estimate < upper);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ChooseError`]: ranges beyond the data, targets beyond reach, and what else cannot be.
pub fn choose(model: &Model, question: &Question) -> Result<Choice, ChooseError> {
    let surface = Surface::new(model, question)?;
    let space = space(model, question, &surface)?;
    let settings = space.spread(TRIED);
    let (setting, guarantee) = match question.aim {
        Aim::Target(target) => surface.reach(&space, &settings, target)?,
        Aim::Maximise => surface.best(&space, &settings, Goal::Greatest),
        Aim::Minimise => surface.best(&space, &settings, Goal::Least),
    };
    let today = today(model);
    let joint = Regime::joint(model.actions.len());
    Ok(Choice {
        prediction: Predictor::new(model, joint)?.predict(&setting)?,
        cost: surface.cost(&setting),
        gain: today.map(|today| surface.gain(&setting, today, &settings)),
        alike: surface.alike(&space, &setting),
        guarantee,
        setting,
    })
}

/// The settings among which is chosen.
pub(super) fn space<'a>(
    model: &Model,
    question: &Question,
    surface: &'a Surface,
) -> Result<Space<'a>, ChooseError> {
    let levels = model.levels.iter().map(|levels| {
        let names = levels.iter().flat_map(|levels| levels.names());
        (0..)
            .zip(names)
            .map(|(place, _)| f64::from(place))
            .collect()
    });
    Ok(Space {
        ranges: ranges(model, question)?,
        levels: levels.collect(),
        basis: &surface.basis,
    })
}

/// Where the actions are in today's operation, where rows tell that.
pub(super) fn today(model: &Model) -> Option<Vec<f64>> {
    (0..model.actions.len())
        .map(|action| model.mean(Regime::OBSERVATIONAL, action))
        .collect()
}

/// Where each action may lie.
fn ranges(model: &Model, question: &Question) -> Result<Vec<Range>, ChooseError> {
    let joint = Regime::joint(model.actions.len());
    let category = |&action: &usize| model.levels[action].is_some();
    let named = question.within.iter().map(|&(action, _)| action);
    let named = named.chain(question.costs.iter().map(|&(action, _)| action));
    if let Some(action) = named.into_iter().find(category) {
        let action = model.actions[action].clone();
        return Err(ChooseError::Category { action });
    }
    let each = (0..model.actions.len()).map(|action| {
        let name = || model.actions[action].clone();
        let range = model.range(joint, action);
        let range = range.ok_or_else(|| ChooseError::NoRange { action: name() })?;
        let asked = question.within.iter().find(|(asked, _)| *asked == action);
        let Some(&(_, Range { min, max })) = asked else {
            return Ok(range);
        };
        if min.is_nan() || max.is_nan() || min > max {
            let action = name();
            return Err(ChooseError::Inverted { action, min, max });
        }
        if min < range.min || max > range.max {
            return Err(ChooseError::Outside {
                action: name(),
                min,
                max,
                least: range.min,
                greatest: range.max,
            });
        }
        Ok(Range { min, max })
    });
    each.collect()
}
