//! A choice in the names of the log, for JSON.

use super::{Choice, Guarantee};
use crate::log::levels::Levels;
use crate::model::Model;
use serde::Serialize;

/// An answer, in the names of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChoiceSummary {
    /// The name of the outcome.
    pub outcome: String,
    /// What to do with each action.
    pub actions: Vec<Action>,
    /// The effect of the setting.
    pub effect: f64,
    /// Where it lies with 95 %, where the model knows.
    pub interval: Option<[f64; 2]>,
    /// How far the data support the setting.
    pub support: String,
    /// What it costs.
    pub cost: f64,
    /// What it gains over today's operation.
    pub gain: Option<Gain>,
    /// In what sense there is no better one.
    pub guarantee: Sense,
}

/// One action of a setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Its name.
    pub action: String,
    /// Where it is today.
    pub today: Option<Value>,
    /// Where it had better be.
    pub best: Value,
    /// From where to where it cannot be told from the best, the others held.
    pub as_good: Option<Vec<[Value; 2]>>,
}

/// A value of an action.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f64),
    /// The name of a category's level.
    Level(String),
}

impl Value {
    /// A value of an action, which has these levels if it is a category.
    pub fn of(levels: Option<&Levels>, value: f64) -> Self {
        match levels.and_then(|levels| levels.name(value)) {
            Some(level) => Self::Level(level.into()),
            None => Self::Number(value),
        }
    }
}

/// What is gained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gain {
    /// The estimate.
    pub estimate: f64,
    /// Where it lies with 95 %.
    pub interval: Option<[f64; 2]>,
}

/// A [`Guarantee`], its number under its name.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// By how much another may be better at the most.
    Exact(f64),
    /// How many were tried.
    Tried(usize),
}

impl ChoiceSummary {
    /// Of a choice by a model.
    pub fn of(model: &Model, choice: &Choice) -> Self {
        let value = |action: usize, value: f64| Value::of(model.levels[action].as_ref(), value);
        let action = |action: usize| Action {
            action: model.actions[action].clone(),
            today: choice
                .gain
                .as_ref()
                .map(|gain| value(action, gain.today[action])),
            best: value(action, choice.setting[action]),
            as_good: choice.alike.as_ref().map(|alike| {
                let runs = alike[action].iter();
                runs.map(|run| [run.min, run.max].map(|end| value(action, end)))
                    .collect()
            }),
        };
        let prediction = &choice.prediction;
        Self {
            outcome: model.outcome.clone(),
            actions: (0..model.actions.len()).map(action).collect(),
            effect: prediction.effect,
            interval: prediction
                .interval
                .map(|interval| [interval.lower, interval.upper]),
            support: prediction.support.display(&model.actions).to_string(),
            cost: choice.cost,
            gain: choice.gain.as_ref().map(|gain| Gain {
                estimate: gain.estimate,
                interval: gain.interval,
            }),
            guarantee: match choice.guarantee {
                Guarantee::Exact { gap } => Sense::Exact(gap),
                Guarantee::Tried { settings } => Sense::Tried(settings),
            },
        }
    }
}
