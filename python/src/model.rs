//! Models, and what they predict.

use crate::error::{error, of_table, warn};
use crate::moments::Moments;
use crate::table::table;
use joint_effects::decide::choose::summary::ChoiceSummary;
use joint_effects::decide::choose::{Aim, Question, choose};
use joint_effects::log::expression;
use joint_effects::log::table::{Problem, TableError};
use joint_effects::memory;
use joint_effects::model::fit::check;
use joint_effects::model::likelihood::{degrees, likeliest_degree};
use joint_effects::model::summary::{FitSummary, Learned};
use joint_effects::model::{Prediction, Predictor, model_file, response};
use joint_effects::moments::Range;
use joint_effects::{Estimator, Regime};
use numpy::{PyArray1, ToPyArray};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A model; `joint_effects.Model` is what Python users see of it.
#[pyclass(frozen, eq, module = "joint_effects._core")]
#[derive(PartialEq)]
pub(crate) struct Model {
    model: joint_effects::Model,
}

/// Effects, their standard errors, and the ends of their intervals, NaN where the model knows none; and
/// whether the data support each.
type Columns<'py> = ([Bound<'py, PyArray1<f64>>; 4], Vec<String>);

#[pymethods]
impl Model {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        let model = py.detach(|| model_file::decode(text.as_bytes()));
        let model = model.map_err(error)?;
        Ok(Self { model })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let text = py.detach(|| model_file::encode(&self.model));
        String::from_utf8(text.map_err(error)?).map_err(error)
    }

    #[getter]
    fn estimator(&self) -> &str {
        &self.model.estimator
    }

    #[getter]
    fn outcome(&self) -> &str {
        &self.model.outcome
    }

    #[getter]
    fn actions(&self) -> Vec<String> {
        self.model.actions.clone()
    }

    #[getter]
    fn degree(&self) -> usize {
        self.model.basis.monomials().degree()
    }

    fn actions_set(&self, regime: &str) -> PyResult<Vec<&str>> {
        let actions = &self.model.actions;
        let regime = expression::parse(regime, actions).map_err(error)?;
        Ok(regime
            .actions()
            .map(|action| actions[action].as_str())
            .collect())
    }

    /// Influences, interactions and noise, as JSON; null where the estimator learns none.
    fn learned(&self) -> PyResult<String> {
        let learned = self.model.structured.as_ref();
        let learned = learned.map(|learned| Learned::of(learned, &self.model.actions));
        serde_json::to_string(&learned).map_err(error)
    }

    /// The document of `joint-effects fit --json`.
    fn summary(&self, moments: PyRef<'_, Moments>) -> PyResult<String> {
        let summary = FitSummary::of(&moments.data, &self.model).map_err(error)?;
        serde_json::to_string(&summary).map_err(error)
    }

    fn predict<'py>(
        &self,
        py: Python<'py>,
        data: AnyRecordBatch,
        set: Option<Vec<String>>,
        level: f64,
    ) -> PyResult<Columns<'py>> {
        let mut predictor = self.predictor(set, level)?;
        let names = self.model.actions.iter().zip(&self.model.levels);
        let categories = names.filter_map(|(name, levels)| levels.as_ref().map(|_| name.clone()));
        let categories: Vec<_> = categories.collect();
        let mut table = table(data, &categories, None)?.map_err(of_table)?;
        let columns = table.indices(&self.model.actions).map_err(of_table)?;
        let places = columns.iter().zip(&self.model.levels);
        let (texts, numbers): (Vec<_>, Vec<_>) = places.partition(|(_, levels)| levels.is_some());
        let of = |places: &[(&usize, _)]| places.iter().map(|(column, _)| **column).collect();
        let (texts, numbers): (Vec<usize>, Vec<usize>) = (of(&texts), of(&numbers));
        table.select(&numbers, &texts).map_err(of_table)?;
        let predictions = py.detach(|| {
            let mut predictions = Vec::new();
            let mut actions = vec![0.0; columns.len()];
            while table.advance()? {
                table.actions(&columns, &self.model.levels, &mut actions)?;
                predictions.push(match predictor.predict(&actions) {
                    Ok(prediction) => prediction,
                    Err(problem) => {
                        return Ok(Err(error(format_args!("{}: {problem}", table.place()))));
                    }
                });
            }
            Ok(Ok(predictions))
        });
        let predictions = match predictions {
            Err(TableError {
                problem: Problem::NoRows,
                ..
            }) => Vec::new(),
            predictions => predictions.map_err(of_table)??,
        };
        Ok(self.columns(py, &predictions))
    }

    #[allow(clippy::too_many_arguments)]
    fn curve<'py>(
        &self,
        py: Python<'py>,
        action: &str,
        set: Option<Vec<String>>,
        over: Option<(f64, f64)>,
        points: usize,
        held: Vec<(String, Setting)>,
        level: f64,
    ) -> PyResult<(Vec<Setting>, Columns<'py>)> {
        let action = self.action(action)?;
        let held = held
            .iter()
            .map(|(name, setting)| self.setting(name, setting));
        let held: Vec<_> = held.collect::<PyResult<_>>()?;
        let over = over.map(|(min, max)| Range { min, max });
        let mut predictor = self.predictor(set.clone(), level)?;
        let regime = self.regime(set)?;
        let curve = response::curve(&self.model, regime, action, over, points, &held);
        let curve = curve.map_err(error)?;
        let predictions = curve.iter().map(|point| predictor.predict(&point.actions));
        let predictions: Vec<_> = predictions.collect::<Result<_, _>>().map_err(error)?;
        let values = curve.iter().map(|point| point.actions[action]);
        let levels = self.model.levels[action].as_ref();
        let values = values.map(|value| match levels.and_then(|levels| levels.name(value)) {
            Some(level) => Setting::Level(level.into()),
            None => Setting::Number(value),
        });
        Ok((values.collect(), self.columns(py, &predictions)))
    }

    /// The document of `joint-effects choose --json`.
    fn choose(
        &self,
        py: Python<'_>,
        aim: Wanted,
        within: Vec<(String, (f64, f64))>,
        cost: Vec<(String, f64)>,
        risk: f64,
    ) -> PyResult<String> {
        let within = within
            .into_iter()
            .map(|(name, (min, max))| Ok((self.action(&name)?, Range { min, max })));
        let costs = cost
            .into_iter()
            .map(|(name, cost)| Ok((self.action(&name)?, cost)));
        let question = Question {
            aim: aim.checked()?,
            within: within.collect::<PyResult<_>>()?,
            costs: costs.collect::<PyResult<_>>()?,
            risk,
        };
        let choice = py
            .detach(|| choose(&self.model, &question))
            .map_err(error)?;
        serde_json::to_string(&ChoiceSummary::of(&self.model, &choice)).map_err(error)
    }
}

/// What is wanted of the outcome: a value, or as much or as little of it as there can be.
#[derive(FromPyObject)]
enum Wanted {
    Target(f64),
    Extreme(String),
}

impl Wanted {
    fn checked(&self) -> PyResult<Aim> {
        match self {
            Self::Target(target) if target.is_finite() => Ok(Aim::Target(*target)),
            Self::Extreme(name) if name == "maximise" => Ok(Aim::Maximise),
            Self::Extreme(name) if name == "minimise" => Ok(Aim::Minimise),
            Self::Target(found) => Err(Self::unknown(found)),
            Self::Extreme(found) => Err(Self::unknown(&format_args!("{found:?}"))),
        }
    }

    fn unknown(found: &dyn Display) -> PyErr {
        error(format_args!(
            "aim: expected \"maximise\", \"minimise\" or a number to reach, found {found}"
        ))
    }
}

/// A value of an action.
#[derive(FromPyObject, IntoPyObject)]
enum Setting {
    Number(f64),
    Level(String),
}

impl Model {
    /// An action of this name, and the value to which it is set.
    fn setting(&self, name: &str, setting: &Setting) -> PyResult<(usize, f64)> {
        let action = self.action(name)?;
        let value = match (setting, &self.model.levels[action]) {
            (Setting::Number(value), None) => Ok(*value),
            (Setting::Level(level), Some(levels)) => levels.value(level).ok_or(level.clone()),
            (Setting::Level(level), None) => Err(level.clone()),
            (Setting::Number(value), Some(levels)) => {
                let level = value.to_string();
                levels.value(&level).ok_or(level)
            }
        };
        let value = value.map_err(|found| {
            let expected = match &self.model.levels[action] {
                Some(levels) => format!("a level, {}", levels.list()),
                None => "a number".into(),
            };
            error(format_args!("{name}: expected {expected}, found {found:?}"))
        });
        Ok((action, value?))
    }

    fn action(&self, name: &str) -> PyResult<usize> {
        let actions = &self.model.actions;
        let found = actions.iter().position(|known| known == name);
        found.ok_or_else(|| {
            error(format_args!(
                "no action {name:?}; the actions are {}",
                actions.join(", ")
            ))
        })
    }

    /// The regime in which these actions are set; all of them where it is `None`.
    fn regime(&self, set: Option<Vec<String>>) -> PyResult<Regime> {
        let Some(set) = set else {
            return Ok(Regime::joint(self.model.actions.len()));
        };
        set.iter().try_fold(Regime::OBSERVATIONAL, |regime, name| {
            Ok(regime.with(self.action(name)?))
        })
    }

    fn predictor(&self, set: Option<Vec<String>>, level: f64) -> PyResult<Predictor> {
        if !(0.0 < level && level < 1.0) {
            return Err(error(format_args!(
                "interval: expected a probability between 0 and 1, found {level}"
            )));
        }
        Predictor::at_level(&self.model, self.regime(set)?, level).map_err(error)
    }

    fn columns<'py>(&self, py: Python<'py>, predictions: &[Prediction]) -> Columns<'py> {
        let column = |value: &dyn Fn(&Prediction) -> Option<f64>| {
            let values = predictions.iter().map(|one| value(one).unwrap_or(f64::NAN));
            values.collect::<Vec<_>>().to_pyarray(py)
        };
        let supports = predictions.iter();
        let supports = supports.map(|one| one.support.display(&self.model.actions).to_string());
        let columns = [
            column(&|one| Some(one.effect)),
            column(&|one| Some(one.interval?.standard_error)),
            column(&|one| Some(one.interval?.lower)),
            column(&|one| Some(one.interval?.upper)),
        ];
        (columns, supports.collect())
    }
}

/// A model of moments, by one of the estimators; `noise` is the standard deviation of the outcome's, where it is
/// known, and `degree` that of the polynomials, where it is not to be chosen. With the moments to the degree of the
/// model, and how likely the outcomes are at those that were compared.
#[pyfunction]
pub(crate) fn fit(
    py: Python<'_>,
    moments: PyRef<'_, Moments>,
    estimator: &str,
    noise: Option<f64>,
    degree: Option<usize>,
) -> PyResult<(Model, Moments, String)> {
    let known = Estimator::ALL.into_iter();
    let found = known.clone().find(|known| known.name() == estimator);
    let estimator = found.ok_or_else(|| {
        let names: Vec<_> = known.map(Estimator::name).collect();
        error(format_args!(
            "estimator: expected one of {}, found {estimator:?}",
            names.join(", ")
        ))
    })?;
    let data = Arc::clone(&moments.data);
    if let Some(noise) = noise.filter(|&noise| !(noise > 0.0 && noise.is_finite())) {
        return Err(error(format_args!(
            "noise: expected a number above 0, found {noise}"
        )));
    }
    if noise.is_some() && estimator != Estimator::Structured {
        return Err(error("noise: expected with the estimator structured alone"));
    }
    data.expect_degree(degree).map_err(error)?;
    // Who asks for a degree gets polynomials of it and nothing else.
    let data = match degree {
        Some(_) => Arc::new(data.without_bounded()),
        None => data,
    };
    let degrees = degrees(&data, estimator, noise, degree);
    memory::expect(estimator.memory(data.basis.monomials(), data.regimes.len())).map_err(error)?;
    if let Some(warning) = data.few_rows() {
        warn(py, &warning)?;
    }
    let fitted = interruptible(py, move || {
        likeliest_degree(&data, degrees, |data| {
            check(data, estimator).map_err(|refused| refused.to_string())?;
            let model = joint_effects::fit(data, estimator, noise);
            model.map_err(|failed| failed.to_string())
        })
    })?;
    let fitted = fitted.map_err(error)?;
    let degrees = serde_json::to_string(&fitted.degrees).map_err(error)?;
    let model = fitted.model;
    Ok((Model { model }, fitted.data.into(), degrees))
}

/// What `work` returns; Ctrl-C and other signals end the waiting for it.
fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    const LISTEN: Duration = Duration::from_millis(50);
    let (sender, mut receiver) = mpsc::channel();
    let worker = thread::Builder::new().name("joint_effects.fit".into());
    worker.spawn(move || sender.send(work()))?;
    loop {
        let receiver = &mut receiver;
        match py.detach(move || receiver.recv_timeout(LISTEN)) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(error("the fit ended without a model"));
            }
        }
    }
}
