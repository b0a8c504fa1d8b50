//! Which experiment to run now, for the choice at hand.
//!
//! After more rows the estimates will have moved. How far they will move is known beforehand: their covariance
//! will have fallen by what the rows tell, and by that much the estimates are going to vary. So the estimates
//! after the rows are drawn, the best setting by them is found, and it is worth what it is better by them than
//! the setting that is the best now. The mean of this over the draws is the *knowledge gradient* (Frazier,
//! Powell and Dayanik 2008, "A knowledge-gradient policy for sequential information collection"), here of a
//! polynomial over all settings.
//!
//! Moments say what more rows *like those of a regime* tell, so it is a regime that is recommended, and not values
//! to which its actions be set.

use crate::decide::choose::space::Space;
use crate::decide::choose::surface::Surface;
use crate::decide::choose::{Aim, ChooseError, Question, TRIED, space, today};
use crate::fit::structured::{self, Workspace};
use crate::memory;
use crate::model::fit::{Estimator, fit};
use crate::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_kernel::allocation::Costs;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::predict::optimum::Goal;
use joint_effects_kernel::structured::Known;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Draws of the estimates after an experiment.
const DRAWS: usize = 128;

/// What is known now, and what each experiment would add.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// The setting that is the best now, by the effect itself.
    pub setting: Vec<f64>,
    /// The standard error of what it gains over today's operation; of a target, that of the effect.
    pub standard_error: f64,
    /// More rows of each regime of the log, those with the greatest value per cost first.
    pub experiments: Vec<Experiment>,
}

/// More rows of one regime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Experiment {
    /// The regime.
    pub regime: Regime,
    /// What the rows cost.
    pub cost: f64,
    /// By how much the setting that is best after them is expected to be better than the one that is best now, in
    /// units of the outcome, costs of actions taken off; of a target, by how much nearer its outcome will be to it.
    pub value: f64,
    /// What [`Next::standard_error`] will have become, of the same setting.
    pub standard_error: f64,
}

impl Experiment {
    /// What a unit of cost buys.
    pub fn value_per_cost(&self) -> f64 {
        match self.value > 0.0 {
            true => self.value / self.cost,
            false => 0.0,
        }
    }
}

/// No experiment can be recommended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NextError {
    /// The rows cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Nothing can be chosen.
    #[error(transparent)]
    Choice(#[from] ChooseError),
    /// Nothing tells how far estimates are from the truth.
    #[error("the rows do not tell the noise of the outcome: expected more rows than coefficients")]
    NoNoise,
}

/// What so many more rows of each regime would add to what is known of the best setting. The risk of the question is
/// left aside: what is learned is worth what it adds to the effect itself. More rows of a regime are taken to be in the
/// blocks of those that there are, in the same proportions.
///
/// ```
/// use joint_effects::Data;
/// use joint_effects::decide::choose::{Aim, Question};
/// use joint_effects::decide::next::next;
/// # use joint_effects::log::observations::{Columns, Observations};
/// # use joint_effects::log::table::Table;
/// use joint_effects_kernel::Regime;
/// use joint_effects_kernel::allocation::Costs;
///
/// // What red does is hardly known from ten rows, what green does from a thousand.
/// # let mut log = String::from("regime,red,green,y\n");
/// # for row in 0..1_000 {
/// #     for (regime, rows) in [("obs", 1_000), ("do(red)", 10), ("do(green)", 1_000)] {
/// #         let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
/// #         if row < rows {
/// #             log += &format!("{regime},{red},{green},{}\n", red - red * red + green + noise);
/// #         }
/// #     }
/// # }
/// # let table = Table::new("log", log.as_bytes())?;
/// # let mut rows = Observations::new(vec![table], &Columns::new("y"))?;
/// let data = Data::read(&mut rows, 2, |_| ())?;
/// let costs = Costs {
///     observational: 1.0,
///     single: 1.0,
/// };
/// let next = next(&data, &Question::new(Aim::Maximise), 100, costs)?;
/// let best = next.experiments[0];
/// assert_eq!(best.regime, Regime::single(0));
/// assert!(best.value > 0.0 && best.standard_error < next.standard_error);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`NextError`]: rows that cannot be fitted or tell no noise, and what [`choose`](super::choose::choose) refuses.
pub fn next(
    data: &Data,
    question: &Question,
    rows: u64,
    costs: Costs<f64>,
) -> Result<Next, NextError> {
    let question = Question {
        risk: 0.5,
        ..question.clone()
    };
    let model = fit(data, Estimator::Structured, None)?;
    let surface = Surface::new(&model, &question)?;
    let space = space(&model, &question, &surface)?;
    let search = Search {
        aim: question.aim,
        settings: space.spread(TRIED),
        today: today(&model),
        space,
    };
    let setting = search.best(&surface)?;

    let (regimes, mut workspace) = (structured::regimes(&data.regimes), Workspace::default());
    let cells = data.cells();
    let known = Known {
        categories: data.categories(),
        blocks: cells.view(),
        ..Known::default()
    };
    let monomials = data.basis.monomials();
    let pilot = structured::fit(monomials, &regimes, &data.regimes, known, &mut workspace)?;
    let scratch = memory::zeros(pilot.expected_variance_scratch_len());
    let mut scratch = scratch.map_err(FitError::from)?;
    let mut experiments = Vec::with_capacity(regimes.len());
    for part in &data.regimes {
        let of_now = |regime: Regime| match regime == part.regime {
            true => 1.0 + rows as f64 / part.count() as f64,
            false => 1.0,
        };
        // The same model, as sure as it will be.
        let mut later = model.clone();
        let learned = later.structured.as_mut().ok_or(NextError::NoNoise)?;
        let known = learned.uncertainty.as_mut().ok_or(NextError::NoNoise)?;
        let (terms, covariance) = (&learned.terms, &mut known.covariance);
        pilot.expected_covariance(of_now, terms, covariance, &mut scratch)?;
        let later = Surface::new(&later, &question)?;
        let cost = match part.regime.size() {
            0 => costs.observational,
            _ => costs.single,
        };
        experiments.push(Experiment {
            regime: part.regime,
            cost: rows as f64 * cost,
            value: search.value(&surface, &later, &setting)?,
            standard_error: search.error(&later, &setting),
        });
    }
    experiments.sort_by(|a, b| b.value_per_cost().total_cmp(&a.value_per_cost()));
    Ok(Next {
        standard_error: search.error(&surface, &setting),
        setting,
        experiments,
    })
}

/// How the best setting is looked for.
struct Search<'a> {
    aim: Aim,
    space: Space<'a>,
    settings: Vec<Vec<f64>>,
    today: Option<Vec<f64>>,
}

impl Search<'_> {
    fn best(&self, surface: &Surface) -> Result<Vec<f64>, ChooseError> {
        let (space, settings) = (&self.space, &self.settings);
        Ok(match self.aim {
            Aim::Target(target) => surface.reach(space, settings, target)?.0,
            Aim::Maximise => surface.best(space, settings, Goal::Greatest).0,
            Aim::Minimise => surface.best(space, settings, Goal::Least).0,
        })
    }

    fn error(&self, surface: &Surface, setting: &[f64]) -> f64 {
        match (self.aim, &self.today) {
            (Aim::Maximise | Aim::Minimise, Some(today)) => {
                surface.error_of_difference(setting, today)
            }
            _ => surface.error(setting),
        }
    }

    /// What it is worth to know the surface as surely as `later` does.
    fn value(&self, now: &Surface, later: &Surface, setting: &[f64]) -> Result<f64, ChooseError> {
        if let Aim::Target(_) = self.aim {
            // The mean distance of a normal number from its mean, in standard deviations.
            let distance = (2.0 / std::f64::consts::PI).sqrt();
            return Ok(distance * (now.error(setting) - later.error(setting)).max(0.0));
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut sum = 0.0;
        for change in now.changes(later, DRAWS, &mut rng) {
            let moved = now.moved(&change);
            sum += (moved.worth(&self.best(&moved)?) - moved.worth(setting)).max(0.0);
        }
        Ok(sum / DRAWS as f64)
    }
}
