//! Response curves: the effect of setting actions as one of them varies and the others are held.

use crate::model::{Model, Prediction, PredictionError, Predictor};
use crate::moments::Range;
use joint_effects_kernel::Regime;

/// Points of a curve where no number is asked for.
pub const POINTS: usize = 50;

/// A point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The values of the K actions.
    pub actions: Vec<f64>,
    /// The prediction there.
    pub prediction: Prediction,
}

/// A curve cannot be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ResponseError {
    /// Nothing tells where to hold an action.
    #[error("no rows tell the mean of {0:?}: expected a value to hold it at")]
    NoMean(String),
    /// Nothing tells where an action lies.
    #[error("no rows tell the range of {0:?}: expected one")]
    NoRange(String),
    /// There is no prediction at one of the points.
    #[error("{action:?} = {value:?}: {cause}")]
    Prediction {
        /// The action that varies.
        action: String,
        /// Its value.
        value: f64,
        /// Why not.
        cause: PredictionError,
    },
    /// There is no prediction anywhere.
    #[error(transparent)]
    Predictor(#[from] PredictionError),
}

/// The effect of setting the actions of `regime`, at `points` values of one action in equal steps
/// over `range`; where that is `None`, over the range of the rows that treat the action alike. A category has
/// a point for each of its levels instead. The others are held at `held`, or at their means over the rows that treat them alike.
///
/// ```no_run
/// use joint_effects::model::{model_file, response};
/// use joint_effects_kernel::Regime;
///
/// let model = model_file::read("model.json")?;
/// let every = Regime::joint(model.actions.len());
/// for point in response::curve(&model, every, 0, None, response::POINTS, &[])? {
///     println!("{} {}", point.actions[0], point.prediction.effect);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn curve(
    model: &Model,
    regime: Regime,
    action: usize,
    range: Option<Range>,
    points: usize,
    held: &[(usize, f64)],
) -> Result<Vec<Point>, ResponseError> {
    let name = |action: usize| model.actions[action].clone();
    let range = range.or_else(|| model.range(regime, action));
    let range = range.ok_or_else(|| ResponseError::NoRange(name(action)))?;
    let hold = |other: usize| {
        let asked = held.iter().find(|(held, _)| *held == other);
        let value = asked.map(|&(_, value)| value);
        let value = value.or_else(|| model.mean(regime, other));
        match value.filter(|_| other != action) {
            Some(value) => Ok(value),
            None if other == action => Ok(range.min),
            None => Err(ResponseError::NoMean(name(other))),
        }
    };
    let at: Result<Vec<_>, _> = (0..model.actions.len()).map(hold).collect();
    let mut at = at?;
    let mut predictor = Predictor::new(model, regime)?;
    let levels = model.levels.get(action).and_then(Option::as_ref);
    let steps = points.saturating_sub(1).max(1) as f64;
    let point = |index: usize| {
        let share = index as f64 / steps;
        at[action] = match levels {
            Some(_) => index as f64,
            None => range.min * (1.0 - share) + range.max * share,
        };
        let prediction = predictor.predict(&at);
        Ok(Point {
            actions: at.clone(),
            prediction: prediction.map_err(|cause| ResponseError::Prediction {
                action: name(action),
                value: at[action],
                cause,
            })?,
        })
    };
    let points = levels.map_or(points, |levels| levels.names().len());
    (0..points).map(point).collect()
}
