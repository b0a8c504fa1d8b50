//! The joint effect as data for the script of a page, which predicts at settings made by hand.

use crate::decide::choose::{Aim, Question, choose};
use crate::model::support::{Judge, MOST_LEVERAGE};
use crate::model::{Model, Predictor};
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use serde::Serialize;

/// The most coefficients whose covariance a page carries: some 20,000 numbers. Leverages have room for as many.
const MOST_COEFFICIENTS: usize = 200;

/// What the script computes the effect, its interval and its support from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// The name of the outcome.
    pub outcome: String,
    scale: &'static str,
    /// The variance about the polynomial, on the scale.
    variance: f64,
    /// The actions, all of which are set.
    pub actions: Vec<Action>,
    /// The shift and the factor of every action within bounds, if the model has these.
    bounded: Vec<(f64, f64)>,
    /// The factors of each monomial: places of actions, and of the same within bounds behind them.
    monomials: Vec<Vec<usize>>,
    /// A coefficient for each of them.
    coefficients: Vec<f64>,
    uncertainty: Option<Uncertainty>,
    /// Whether the model knows an interval that is too large for a page.
    #[serde(skip)]
    interval_left_out: bool,
    /// Whether leverages are.
    #[serde(skip)]
    leverage_left_out: bool,
    most_leverage: f64,
    /// What is chosen for as much of the outcome as there can be, and for as little: a value of each action.
    pub best: Option<[Vec<f64>; 2]>,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// The names of its levels, if it is a category.
    pub levels: Option<Vec<String>>,
    /// The least range that holds the values to which it was set.
    pub range: Range,
    /// Where it is held until a hand moves it.
    pub start: f64,
    shift: f64,
    factor: f64,
    /// Least and greatest value of each regime that sets it.
    ranges: Vec<[f64; 2]>,
    /// The monomials its leverage is computed from, as places in the list.
    monomials: Vec<usize>,
    /// The packed factor of their products.
    leverage: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Uncertainty {
    /// The monomials the covariance is of, as places in the list.
    monomials: Vec<usize>,
    covariance: Vec<f64>,
    quantile: f64,
}

impl Effect {
    /// The joint effect of a model, where all its actions were set somewhere.
    pub fn of(model: &Model) -> Option<Self> {
        let joint = Regime::joint(model.actions.len());
        let predictor = Predictor::new(model, joint).ok()?;
        let all = model.basis.monomials();
        let known = predictor.uncertainty.as_ref();
        let uncertainty = known.filter(|known| known.effect.monomials.len() <= MOST_COEFFICIENTS);
        let judges = &predictor.supported.actions;
        let numbers: usize = judges.iter().map(|judge| judge.factor.len()).sum();
        let leverage_left_out = numbers > packed::len(MOST_COEFFICIENTS);
        let judged = |judge: &Judge| match leverage_left_out {
            true => (Vec::new(), Vec::new()),
            false => (judge.monomials.clone(), judge.factor.clone()),
        };
        let mut used: Vec<usize> = (0..all.len())
            .filter(|&index| predictor.polynomial[index] != 0.0)
            .chain(judges.iter().flat_map(|judge| judged(judge).0))
            .chain(
                uncertainty
                    .iter()
                    .flat_map(|known| known.effect.monomials.clone()),
            )
            .collect();
        used.sort_unstable();
        used.dedup();
        let places = |monomials: &[usize]| {
            let place = |index: &usize| used.partition_point(|other| other < index);
            monomials.iter().map(place).collect()
        };
        let actions = judges.iter().enumerate().map(|(action, judge)| {
            let range = model.range(joint, action)?;
            let (monomials, leverage) = judged(judge);
            Some(Action {
                name: model.actions[action].clone(),
                levels: model.levels[action]
                    .as_ref()
                    .map(|levels| levels.names().to_vec()),
                range,
                start: model.mean(joint, action)?,
                shift: model.basis.shift()[action],
                factor: model.basis.factor()[action],
                ranges: judge
                    .ranges
                    .iter()
                    .map(|range| [range.min, range.max])
                    .collect(),
                monomials: places(&monomials),
                leverage,
            })
        });
        let interval_left_out = known.is_some() && uncertainty.is_none();
        Some(Self {
            outcome: model.outcome.clone(),
            scale: predictor.scale.name(),
            variance: predictor.variance,
            actions: actions.collect::<Option<_>>()?,
            bounded: model.basis.bounded().collect(),
            monomials: used
                .iter()
                .map(|&index| all.factors(index).collect())
                .collect(),
            coefficients: used
                .iter()
                .map(|&index| predictor.polynomial[index])
                .collect(),
            uncertainty: uncertainty.map(|known| Uncertainty {
                monomials: places(&known.effect.monomials),
                covariance: known.effect.covariance.clone(),
                quantile: known.quantile,
            }),
            interval_left_out,
            leverage_left_out,
            most_leverage: MOST_LEVERAGE,
            // Where there is so much to know, a choice takes its time.
            best: (!interval_left_out).then(|| best(model)).flatten(),
        })
    }

    /// As JSON that may stand in a page.
    pub fn json(&self) -> String {
        let json = serde_json::to_string(self).expect("numbers and names");
        json.replace('<', "\\u003c")
    }

    /// Whether the page carries what intervals are computed from.
    pub fn has_interval(&self) -> bool {
        self.uncertainty.is_some()
    }

    /// What to know of the panel.
    pub fn introduction(&self) -> String {
        let mut text = format!(
            "The expected {} if every action is set by hand, within the range to which it was set in the data.",
            self.outcome
        );
        if self.interval_left_out {
            text.push_str(&format!(
                " Intervals are left out: the page carries them for up to {MOST_COEFFICIENTS} coefficients. \
                 The command predict gives them."
            ));
        }
        if self.leverage_left_out {
            text.push_str(
                " Support is by ranges alone: what tells where rows are sparse is too large for the page.",
            );
        }
        if self.best.is_some() {
            text.push_str(
                " The buttons set every action to what the command choose finds best, by its default risk.",
            );
        }
        text
    }
}

fn best(model: &Model) -> Option<[Vec<f64>; 2]> {
    let setting = |aim| choose(model, &Question::new(aim)).map(|choice| choice.setting);
    Some([setting(Aim::Maximise).ok()?, setting(Aim::Minimise).ok()?])
}
