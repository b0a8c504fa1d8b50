//! Which setting of all actions to choose, from a model.
//!
//! The effect alone is optimised exactly, by branch and bound ([`optimum`]). A bound of the effect is no
//! polynomial: it is improved action by action, from the best of many settings and from the best by the
//! effect alone, and [`Guarantee`] says which of both was done.
//!
//! A setting that is chosen because its estimate is the best is likely overestimated. The interval of the
//! [`Gain`] allows for that: it is as wide as it takes for the gains of all settings together to lie within
//! theirs with 95 %, by draws from the posterior of the coefficients.

use crate::fit::structured::EffectUncertainty;
use crate::model::{LEVEL, Model, Prediction, PredictionError, Predictor};
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector::dot;
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::optimum::{self, Dense, Goal, Permitted};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::predict::scale::{self, Scale};
use joint_effects_kernel::sampling;
use joint_effects_kernel::structured::tails::t_quantile;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

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
}

/// Boxes that a search for the best effect looks at.
const BOXES: usize = 20_000;

/// Settings that are tried, spread evenly.
const TRIED: usize = 1_024;

/// The best of them from which a search starts.
const STARTS: usize = 6;

/// Values of one action that are compared.
const VALUES: usize = 100;

/// Draws of the coefficients by which the gains of all settings are bounded together.
const DRAWS: usize = 2_000;

/// Combinations of levels in which a target is looked for.
const COMBINATIONS: usize = 256;

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
    let ranges = ranges(model, question)?;
    let surface = Surface::new(model, question)?;
    let levels: Vec<Vec<f64>> = (model.levels.iter())
        .map(|levels| {
            let names = levels.iter().flat_map(|levels| levels.names());
            (0..)
                .zip(names)
                .map(|(place, _)| f64::from(place))
                .collect()
        })
        .collect();
    let space = Space {
        ranges,
        levels,
        basis: &surface.basis,
    };
    let settings = space.spread(TRIED);
    let (setting, guarantee) = match question.aim {
        Aim::Target(target) => surface.reach(&space, &settings, target)?,
        Aim::Maximise => surface.best(&space, &settings, Goal::Greatest),
        Aim::Minimise => surface.best(&space, &settings, Goal::Least),
    };
    let today: Option<Vec<f64>> = (0..model.actions.len())
        .map(|action| model.mean(Regime::OBSERVATIONAL, action))
        .collect();
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

/// The settings there are.
struct Space<'a> {
    ranges: Vec<Range>,
    /// The values of each category; none of an action whose values are numbers.
    levels: Vec<Vec<f64>>,
    basis: &'a Basis<f64, Vec<f64>>,
}

impl Space<'_> {
    /// Values of one action, from the least to the greatest.
    fn values(&self, action: usize) -> Vec<f64> {
        let (range, levels) = (self.ranges[action], &self.levels[action]);
        if !levels.is_empty() {
            return levels.clone();
        }
        let at = |index| {
            let share = index as f64 / VALUES as f64;
            range.min * (1.0 - share) + range.max * share
        };
        (0..=VALUES).map(at).collect()
    }

    /// Settings spread evenly (Roberts's additive recurrence, "The unreasonable effectiveness of
    /// quasirandom sequences", 2018).
    fn spread(&self, count: usize) -> Vec<Vec<f64>> {
        let actions = self.ranges.len();
        // The root of x^(K + 1) = x + 1.
        let root = (0..64).fold(1.5_f64, |x, _| (1.0 + x).powf(1.0 / (actions as f64 + 1.0)));
        let setting = |index: usize| {
            let value = |action: usize| {
                let share = (0.5 + (index as f64 + 1.0) / root.powi(action as i32 + 1)).fract();
                let (range, levels) = (self.ranges[action], &self.levels[action]);
                match levels.len() {
                    0 => range.min * (1.0 - share) + range.max * share,
                    count => levels[((share * count as f64) as usize).min(count - 1)],
                }
            };
            (0..actions).map(value).collect()
        };
        (0..count).map(setting).collect()
    }

    /// Combinations of levels; one without any where there are no categories.
    fn combinations(&self) -> Vec<Vec<Option<f64>>> {
        let mut all = vec![Vec::new()];
        for levels in &self.levels {
            let values: Vec<Option<f64>> = match levels.is_empty() {
                true => vec![None],
                false => levels.iter().copied().map(Some).collect(),
            };
            let longer = all.iter().flat_map(|start| {
                let with = |&value: &Option<f64>| [&start[..], &[value]].concat();
                values.iter().map(with)
            });
            all = longer.take(COMBINATIONS).collect();
        }
        all
    }

    /// The setting with the greatest or least value of a polynomial, some actions fixed; and the gap.
    fn optimum(&self, polynomial: &[f64], goal: Goal, fixed: &[Option<f64>]) -> (Vec<f64>, f64) {
        let basis = self.basis;
        let standardise =
            |action: usize, value: f64| (value - basis.shift()[action]) * basis.factor()[action];
        let standardised: Vec<Vec<f64>> = (0..self.ranges.len())
            .map(|action| {
                let (range, levels) = (self.ranges[action], &self.levels[action]);
                let values = match (fixed[action], levels.is_empty()) {
                    (Some(value), _) => vec![value],
                    (None, false) => levels.clone(),
                    (None, true) => vec![range.min, range.max],
                };
                values
                    .into_iter()
                    .map(|value| standardise(action, value))
                    .collect()
            })
            .collect();
        let permitted: Vec<_> = (standardised.iter().zip(&self.levels))
            .map(|(values, levels)| match (levels.is_empty(), &values[..]) {
                (true, &[low, high]) => Permitted::Between(low.min(high), low.max(high)),
                _ => Permitted::Levels(values),
            })
            .collect();
        let dense = Dense {
            monomials: basis.monomials(),
            coefficients: polynomial,
        };
        let mut setting = vec![0.0; self.ranges.len()];
        let found = optimum::best(&dense, goal, &permitted, BOXES, &mut setting);
        let found = found.expect("a place for every action");
        for (action, value) in setting.iter_mut().enumerate() {
            let range = self.ranges[action];
            let own = basis.shift()[action] + *value / basis.factor()[action];
            *value = match fixed[action] {
                Some(fixed) => fixed,
                None if !self.levels[action].is_empty() => own.round(),
                None => own.clamp(range.min, range.max),
            };
        }
        (setting, found.gap)
    }
}

/// The effect of setting all actions, and how sure it is.
struct Surface {
    scale: Scale,
    variance: f64,
    basis: Basis<f64, Vec<f64>>,
    polynomial: Vec<f64>,
    uncertainty: Option<EffectUncertainty>,
    /// Standard errors by which the bound is worse than the effect.
    caution: f64,
    /// 1, or −1 where less is better.
    sign: f64,
    /// Whether more is not better either.
    is_target: bool,
    /// Cost of a unit of each action.
    costs: Vec<f64>,
}

/// The surface at a setting.
struct At {
    /// What adds up.
    linked: f64,
    effect: f64,
    /// The derivatives of the effect by the coefficients of the uncertain monomials.
    gradient: Vec<f64>,
    cost: f64,
}

impl Surface {
    fn new(model: &Model, question: &Question) -> Result<Self, ChooseError> {
        let risk = question.risk;
        if !(risk > 0.0 && risk <= 0.5) {
            return Err(ChooseError::Risk { risk });
        }
        let mut costs = vec![0.0; model.actions.len()];
        for &(action, cost) in &question.costs {
            costs[action] = cost;
        }
        let is_target = matches!(question.aim, Aim::Target(_));
        if is_target && !question.costs.is_empty() {
            return Err(ChooseError::TargetCosts);
        }
        let joint = Regime::joint(model.actions.len());
        let known = model.regimes.iter();
        let known = known.filter_map(|part| Some((part.regime, part.variance?)));
        let uncertainty = match &model.structured {
            Some(learned) => learned.effect(joint).map_err(PredictionError::from)?,
            None => None,
        };
        let caution = uncertainty.as_ref().filter(|_| risk < 0.5);
        Ok(Self {
            scale: model.scale,
            variance: scale::variance(joint, known),
            basis: model.basis.clone(),
            polynomial: model.polynomial(joint).map_err(PredictionError::from)?,
            caution: caution.map_or(0.0, |uncertainty| {
                t_quantile(1.0 - 2.0 * risk, uncertainty.degrees_of_freedom)
            }),
            uncertainty,
            sign: if question.aim == Aim::Minimise {
                -1.0
            } else {
                1.0
            },
            is_target,
            costs,
        })
    }

    fn at(&self, setting: &[f64]) -> At {
        let monomials = self.basis.monomials();
        let (mut variables, mut features) = (vec![0.0; setting.len()], vec![0.0; monomials.len()]);
        let linked = self
            .basis
            .standardise(setting, &mut variables)
            .and_then(|()| {
                predictor::evaluate(monomials, &self.polynomial, &variables, &mut features)
            });
        let linked = linked.expect("a value for every action");
        let slope = self.scale.slope(linked, self.variance);
        let uncertain = self.uncertainty.iter().flat_map(|known| &known.monomials);
        At {
            linked,
            effect: self.scale.expect(linked, self.variance),
            gradient: uncertain
                .map(|&monomial| slope * features[monomial])
                .collect(),
            cost: self.cost(setting),
        }
    }

    fn cost(&self, setting: &[f64]) -> f64 {
        dot(&self.costs, setting)
    }

    /// What is gained at one setting over another.
    fn difference(&self, at: &At, other: &At) -> f64 {
        self.sign * (at.effect - other.effect) - (at.cost - other.cost)
    }

    /// The standard error of a combination of the coefficients.
    fn standard_error(&self, gradient: &[f64]) -> f64 {
        let Some(known) = &self.uncertainty else {
            return 0.0;
        };
        let covariance = Packed::new(gradient.len(), &known.covariance);
        let variance = covariance.and_then(|covariance| covariance.quadratic_form(gradient));
        variance.expect("a row for every monomial").max(0.0).sqrt()
    }

    /// What is to be as great as can be: the bound of the effect on the side of caution, less the cost.
    fn worth(&self, setting: &[f64]) -> f64 {
        let at = self.at(setting);
        // The standard error of what adds up.
        let slope = self.scale.slope(at.linked, self.variance);
        let error = match slope == 0.0 {
            true => 0.0,
            false => self.standard_error(&at.gradient) / slope,
        };
        let bound = at.linked - self.sign * self.caution * error;
        self.sign * self.scale.expect(bound, self.variance) - at.cost
    }

    /// The polynomial with the costs in it, where they are on its scale.
    fn with_costs(&self) -> Vec<f64> {
        let mut polynomial = self.polynomial.clone();
        for (action, cost) in self
            .costs
            .iter()
            .enumerate()
            .filter(|(_, cost)| **cost != 0.0)
        {
            let linear = self.basis.monomials().power(action, 1);
            let linear = linear.expect("a model has a degree of at least 1");
            polynomial[linear] -= self.sign * cost / self.basis.factor()[action];
            polynomial[0] -= self.sign * cost * self.basis.shift()[action];
        }
        polynomial
    }

    fn best(&self, space: &Space<'_>, settings: &[Vec<f64>], goal: Goal) -> (Vec<f64>, Guarantee) {
        let free = vec![None; self.costs.len()];
        let costs = self.costs.iter().any(|&cost| cost != 0.0);
        let polynomial = match self.scale.is_of_outcome() {
            true => self.with_costs(),
            false => self.polynomial.clone(),
        };
        let (exact, gap) = space.optimum(&polynomial, goal, &free);
        if self.caution == 0.0 && (self.scale.is_of_outcome() || !costs) {
            return (exact, Guarantee::Exact { gap });
        }
        let mut order: Vec<_> = settings.iter().map(|at| (self.worth(at), at)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let starts = order.into_iter().take(STARTS).map(|(_, at)| at.clone());
        let climbed = starts.chain([exact]).map(|start| self.climb(space, start));
        let best = climbed.max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, setting) = best.expect("the exact one is among them");
        let settings = settings.len() + 1;
        (setting, Guarantee::Tried { settings })
    }

    /// Sets one action after the other to its best, until none moves.
    fn climb(&self, space: &Space<'_>, mut setting: Vec<f64>) -> (f64, Vec<f64>) {
        let mut worth = self.worth(&setting);
        for _ in 0..50 {
            let before = worth;
            for action in 0..setting.len() {
                let mut of = |value: f64| {
                    let own = std::mem::replace(&mut setting[action], value);
                    let worth = self.worth(&setting);
                    setting[action] = own;
                    worth
                };
                let values = space.values(action);
                let better =
                    |best: (f64, f64), next: (f64, f64)| if next.0 > best.0 { next } else { best };
                let all = values.iter().map(|&value| (of(value), value));
                let mut best = all.fold((f64::NEG_INFINITY, 0.0), better);
                if space.levels[action].is_empty() {
                    // Between its neighbours, by halves.
                    let Range { min, max } = space.ranges[action];
                    let mut step = (max - min) / VALUES as f64;
                    while step > 1e-9 * (max - min) {
                        step /= 2.0;
                        for value in [best.1 - step, best.1 + step] {
                            let value = value.clamp(min, max);
                            best = better(best, (of(value), value));
                        }
                    }
                }
                if best.0 > worth {
                    (worth, setting[action]) = best;
                }
            }
            if worth - before <= 1e-12 * worth.abs() {
                break;
            }
        }
        (worth, setting)
    }

    /// A setting with this effect: of those found the one whose effect is surest.
    fn reach(
        &self,
        space: &Space<'_>,
        settings: &[Vec<f64>],
        target: f64,
    ) -> Result<(Vec<f64>, Guarantee), ChooseError> {
        let mut reached: Vec<Vec<f64>> = Vec::new();
        let mut nearest: Option<f64> = None;
        for fixed in space.combinations() {
            let [least, greatest] = [Goal::Least, Goal::Greatest]
                .map(|goal| space.optimum(&self.polynomial, goal, &fixed).0);
            for end in [&least, &greatest] {
                let effect = self.at(end).effect;
                if nearest.is_none_or(|nearest| (effect - target).abs() < (nearest - target).abs())
                {
                    nearest = Some(effect);
                }
            }
            if !(self.at(&least).effect <= target && target <= self.at(&greatest).effect) {
                continue;
            }
            reached.push(self.between(&least, &greatest, target));
            let own = |at: &&Vec<f64>| {
                fixed
                    .iter()
                    .zip(*at)
                    .all(|(level, at)| level.is_none_or(|level| level == *at))
            };
            for at in settings.iter().filter(own) {
                reached.push(match self.at(at).effect < target {
                    true => self.between(at, &greatest, target),
                    false => self.between(&least, at, target),
                });
            }
        }
        let error = |setting: &Vec<f64>| self.standard_error(&self.at(setting).gradient);
        let errors = reached
            .into_iter()
            .map(|setting| (error(&setting), setting));
        let surest = errors.min_by(|a, b| a.0.total_cmp(&b.0));
        let (_, setting) = surest.ok_or(ChooseError::OutOfReach {
            target,
            nearest: nearest.unwrap_or(f64::NAN),
        })?;
        let settings = settings.len();
        Ok((setting, Guarantee::Tried { settings }))
    }

    /// Where the effect is `target` on the way from a setting where it is less to one where it is more.
    fn between(&self, less: &[f64], more: &[f64], target: f64) -> Vec<f64> {
        let on_the_way = |share: f64| -> Vec<f64> {
            let both = less.iter().zip(more);
            both.map(|(less, more)| less * (1.0 - share) + more * share)
                .collect()
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            match self.at(&on_the_way(middle)).effect < target {
                true => low = middle,
                false => high = middle,
            }
        }
        on_the_way(high)
    }

    /// What a setting gains over today's, with an interval that holds for all settings together.
    fn gain(&self, setting: &[f64], today: Vec<f64>, settings: &[Vec<f64>]) -> Gain {
        let (at, then) = (self.at(setting), self.at(&today));
        let gradient = |at: &At| -> Vec<f64> {
            let both = at.gradient.iter().zip(&then.gradient);
            both.map(|(here, then)| here - then).collect()
        };
        let estimate = self.difference(&at, &then);
        let chosen = gradient(&at);
        let interval = self.uncertainty.as_ref().and_then(|known| {
            let others = settings.iter().map(|setting| gradient(&self.at(setting)));
            let gradients: Vec<Vec<f64>> = others.chain([chosen.clone()]).collect();
            let reach = self.simultaneous(known, &gradients)? * self.standard_error(&chosen);
            Some([estimate - reach, estimate + reach])
        });
        Gain {
            today,
            estimate,
            interval,
        }
    }

    /// Standard errors within which all of these combinations of the coefficients are with 95 %.
    fn simultaneous(&self, known: &EffectUncertainty, gradients: &[Vec<f64>]) -> Option<f64> {
        let order = known.monomials.len();
        let mut factor = known.covariance.clone();
        let diagonal = (0..order).map(|i| factor[packed::len(i + 1) - 1]);
        // What the posterior knows exactly has a variance of 0, which has no Cholesky factor.
        let largest = diagonal.fold(0.0, f64::max);
        let mut matrix = PackedMut::new(order, &mut factor).ok()?;
        matrix.add_to_diagonal(1e-12 * largest);
        let lower = Factor::of(matrix).ok()?.lower();
        let scaled: Vec<Vec<f64>> = (gradients.iter())
            .filter_map(|gradient| {
                let error = self.standard_error(gradient);
                // Lᵀ g / error, so that its product with a standard normal vector is one.
                let mut own = vec![0.0; order];
                for (row, &g) in lower.rows().zip(gradient) {
                    for (own, l) in own.iter_mut().zip(row) {
                        *own += l * g / error;
                    }
                }
                (error > 0.0).then_some(own)
            })
            .collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut most: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let draw: Vec<f64> = (0..order)
                    .map(|_| sampling::normal(&mut rng, 0.0, 1.0))
                    .collect();
                let all = scaled.iter().map(|own| dot(own, &draw).abs());
                all.fold(0.0, f64::max)
            })
            .collect();
        most.sort_by(f64::total_cmp);
        let normal = most[(LEVEL * DRAWS as f64) as usize];
        // The variance is an estimate: as much wider as Student's t is than the normal.
        let wider = t_quantile(LEVEL, known.degrees_of_freedom) / t_quantile(LEVEL, 1e9);
        Some(normal * wider)
    }

    /// The values of each action, the others held, that may be as good.
    fn alike(&self, space: &Space<'_>, setting: &[f64]) -> Option<Vec<Vec<Range>>> {
        let known = self.uncertainty.as_ref()?;
        let quantile = t_quantile(LEVEL, known.degrees_of_freedom);
        let best = self.at(setting);
        let each = (0..setting.len()).map(|action| {
            let mut values = space.values(action);
            if !values.contains(&setting[action]) {
                values.push(setting[action]);
                values.sort_by(f64::total_cmp);
            }
            let mut runs: Vec<Range> = Vec::new();
            let mut open = false;
            for value in values {
                let mut other = setting.to_vec();
                other[action] = value;
                let other = self.at(&other);
                let both = best.gradient.iter().zip(&other.gradient);
                let gradient: Vec<f64> = both.map(|(best, other)| best - other).collect();
                let reach = quantile * self.standard_error(&gradient);
                let behind = self.difference(&best, &other);
                let like = behind <= reach && (!self.is_target || behind >= -reach);
                match runs.last_mut() {
                    Some(run) if like && open && space.levels[action].is_empty() => run.max = value,
                    _ if like => runs.push(Range {
                        min: value,
                        max: value,
                    }),
                    _ => {}
                }
                open = like;
            }
            runs
        });
        Some(each.collect())
    }
}
