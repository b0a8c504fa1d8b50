//! How likely the outcomes are under structured fits: it chooses the scale on which effects add up, and the degree of
//! the polynomials.

use crate::model::Model;
use crate::model::fit::{Estimator, check, fit};
use crate::moments::data::Data;
use crate::moments::degree::CUBIC;
use crate::moments::{Range, RegimeMoments};
use joint_effects_kernel::predict::scale::Scale;
use serde::Serialize;
use std::ops::RangeInclusive;

/// A log, and its fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The log.
    pub data: Data,
    /// The fit.
    pub model: Model,
    /// How likely the outcomes are at the degrees that were compared; none where there was one alone, or it is not
    /// known.
    pub degrees: Vec<DegreeLikelihood>,
}

/// How likely the outcomes are on a scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScaleLikelihood {
    /// The scale.
    pub scale: Scale,
    /// The logarithm of the profile likelihood of the outcomes, less the number of parameters.
    pub log_likelihood: f64,
    /// How much worse than free polynomials in every regime a sum of effects follows the rows: the root of χ²
    /// per degree of freedom, at least 1.
    pub misfit: f64,
}

/// What speaks for the scales that were compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScaleComparison {
    /// How likely the outcomes are on each; none where there was one alone, or it is not known.
    pub scales: Vec<ScaleLikelihood>,
    /// What the effects measured add up to at the lowest, where that decided against their sum.
    pub lowest_sum: Option<f64>,
}

/// How likely the outcomes are under polynomials of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DegreeLikelihood {
    /// The total degree.
    pub degree: usize,
    /// The logarithm of the profile likelihood of the outcomes, less what the parameters cost.
    pub log_likelihood: f64,
}

/// What a structured fit leaves of the outcomes.
struct Residual {
    rows: f64,
    /// Effective parameters.
    parameters: f64,
    variance: f64,
    misfit: f64,
}

/// `None` where there are no more rows than coefficients, or another estimator was used.
fn residual(data: &Data, model: &Model) -> Option<Residual> {
    let sure = model.structured.as_ref()?.uncertainty.as_ref()?;
    let rows: u64 = data.regimes.iter().map(RegimeMoments::count).sum();
    let rows = rows as f64;
    Some(Residual {
        rows,
        parameters: rows - sure.degrees_of_freedom,
        variance: sure.noise,
        misfit: sure.inflation,
    })
}

/// The likelihood by which scales are compared, of normal residuals of one variance (Box and Cox 1964,
/// "An analysis of transformations"), less the number of parameters (Akaike 1974).
fn scale_likelihood(data: &Data, model: &Model) -> Option<ScaleLikelihood> {
    let left = residual(data, model)?;
    let likelihood = data.log_jacobian - left.rows / 2.0 * left.variance.ln();
    Some(ScaleLikelihood {
        scale: data.scale,
        log_likelihood: likelihood - left.parameters,
        misfit: left.misfit,
    })
}

/// By how much a scale has to be more likely than that of the outcome itself.
const CLEARLY: f64 = 2.0;

/// The fit of the scale on which the outcomes are most likely, of those on which effects add up as well as on that
/// of the outcome itself, the first; and what speaks for each.
///
/// A likelihood alone would often be decided by where the noise is more even, which moves no effect. Where no rows
/// test whether effects add up, and their sum would be where no outcome can be, they are taken to multiply.
pub fn likeliest_scale(mut fitted: Vec<Fitted>) -> (Fitted, ScaleComparison) {
    let each = fitted
        .iter()
        .map(|fitted| scale_likelihood(&fitted.data, &fitted.model));
    let mut scales: Vec<_> = each.map_while(|likelihood| likelihood).collect();
    let best = scales.split_first().and_then(|(own, others)| {
        let better = |other: &ScaleLikelihood| {
            other.log_likelihood > own.log_likelihood + CLEARLY && other.misfit <= own.misfit
        };
        let others = (1..).zip(others).filter(|(_, other)| better(other));
        others.max_by(|(_, one), (_, other)| one.log_likelihood.total_cmp(&other.log_likelihood))
    });
    let best = best.map_or(0, |(place, _)| place);
    let log = |fitted: &Fitted| fitted.data.scale == Scale::Log;
    let log = fitted.iter().position(log).filter(|_| best == 0);
    let lowest_sum = log.and_then(|_| lowest_sum(&fitted.first()?.data));
    let best = lowest_sum.and(log).unwrap_or(best);
    if scales.len() < 2 {
        scales.clear();
    }
    let comparison = ScaleComparison { scales, lowest_sum };
    (fitted.swap_remove(best), comparison)
}

/// What the effects measured add up to at the lowest, if that is below zero and no outcome is, where every action
/// rests unless it is set alone: no rows test then whether effects add up.
fn lowest_sum(data: &Data) -> Option<f64> {
    let rests = (0..data.actions.len()).all(|action| data.rests(action));
    let alone = data
        .regimes
        .iter()
        .all(|part| part.regime.actions().count() <= 1);
    if !(data.scale == Scale::Identity && rests && alone) {
        return None;
    }
    let (resting, singles) = data.regimes.split_first()?;
    let resting = resting.total().outcome_mean();
    let least = |ranges: &Vec<Range>| ranges.last().map_or(resting, |outcome| outcome.min);
    let sum = |sum: f64, ranges| sum + (least(ranges) - resting).min(0.0);
    let above = data.ranges.iter().all(|ranges| least(ranges) > 0.0);
    let sum = data
        .ranges
        .iter()
        .skip(1)
        .take(singles.len())
        .fold(resting, sum);
    (above && sum < 0.0).then_some(sum)
}

/// The likelihood by which degrees are compared: that of normal residuals, less half the logarithm of the number of
/// rows for every parameter (Schwarz 1978, "Estimating the dimension of a model"), and more where rows are few
/// (McQuarrie 1999, "A small-sample correction for the Schwarz SIC model selection criterion").
fn degree_likelihood(data: &Data, model: &Model) -> Option<DegreeLikelihood> {
    let Residual {
        rows,
        parameters,
        variance,
        ..
    } = residual(data, model)?;
    let spare = rows - parameters - 2.0;
    let own = variance * (rows - parameters) / rows;
    let cost = rows.ln() / 2.0 * parameters * rows / spare;
    (spare > 0.0).then(|| DegreeLikelihood {
        degree: data.basis.monomials().degree(),
        log_likelihood: -rows / 2.0 * own.ln() - cost,
    })
}

/// The degrees that a fit of a log chooses among, where `asked` names none: from 3, or the lowest that tells the levels
/// of every category apart, up to that of the moments; that lowest one alone for estimators but the structured one,
/// where the noise is given, so that nothing estimates how likely the outcomes are, and where actions have far values
/// ([`Data::is_spread`]).
pub fn degrees(
    data: &Data,
    estimator: Estimator,
    noise: Option<f64>,
    asked: Option<usize>,
) -> RangeInclusive<usize> {
    let highest = data.basis.monomials().degree();
    let levels = data.levels.iter().flatten();
    let apart = levels.map(|levels| levels.names().len() - 1).max();
    let lowest = CUBIC.max(apart.unwrap_or(0)).min(highest);
    match (asked, estimator, noise) {
        (Some(degree), ..) => degree..=degree,
        (None, Estimator::Structured, None) if data.is_spread() => lowest..=highest,
        (None, ..) => lowest..=lowest,
    }
}

/// The fit at that of `degrees`, none higher than that of the moments, at which the outcomes are most likely; the
/// first where that is not known. A degree is left out that cannot be fitted, if the first can.
///
/// ```
/// use joint_effects::log::observations::{Columns, Observations};
/// use joint_effects::log::table::Table;
/// use joint_effects::model::likelihood::likeliest_degree;
/// use joint_effects::{Data, Estimator, fit};
///
/// // A dose has no effect up to 2, and saturates from 4 on.
/// let mut log = String::from("regime,dose,other,y\n");
/// for row in 0..200 {
///     let (dose, other) = (f64::from(row % 13) / 2.0, f64::from(row % 7));
///     let y = 1.0 / (1.0 + (9.0 - 3.0 * dose).exp()) + other / 10.0 + f64::from(row % 3) / 1000.0;
///     for regime in ["obs", "do(dose)", "do(other)"] {
///         log += &format!("{regime},{dose},{other},{y}\n");
///     }
/// }
/// let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &Columns::new("y"))?;
/// let data = Data::read(&mut rows, 6, |_| ())?;
/// let fitted = likeliest_degree(&data, 3..=6, |data| fit(data, Estimator::Structured, None))?;
/// assert_eq!(fitted.data.basis.monomials().degree(), 5);
/// assert_eq!(fitted.degrees.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of `fit` at the first degree.
///
/// # Panics
///
/// If there is no degree, or the first is higher than that of the moments.
pub fn likeliest_degree<E>(
    data: &Data,
    degrees: RangeInclusive<usize>,
    fit: impl Fn(&Data) -> Result<Model, E>,
) -> Result<Fitted, E> {
    let each = degrees.filter_map(|degree| data.to_degree(degree));
    let mut each = each.map(|data| {
        let model = fit(&data)?;
        Ok((degree_likelihood(&data, &model), data, model))
    });
    let (mut known, mut data, mut model) = each.next().expect("a degree that the moments have")?;
    let mut degrees = Vec::from_iter(known);
    for other in each {
        // The terms of a high degree may be so alike in the rows that nothing tells them apart.
        let Ok((Some(likelihood), other, fit)) = other else {
            break;
        };
        let Some(best) = known else { break };
        degrees.push(likelihood);
        if likelihood.log_likelihood > best.log_likelihood {
            (known, data, model) = (Some(likelihood), other, fit);
        }
    }
    if degrees.len() < 2 {
        degrees.clear();
    }
    Ok(Fitted {
        data,
        model,
        degrees,
    })
}

/// A log at the degree at which a structured fit of it is most likely; at the lowest, where it cannot be fitted.
pub fn at_likeliest_degree(data: &Data, asked: Option<usize>) -> Data {
    let degrees = degrees(data, Estimator::Structured, None, asked);
    let fit = |data: &Data| {
        let checked = check(data, Estimator::Structured).ok();
        checked.and_then(|()| fit(data, Estimator::Structured, None).ok())
    };
    let fitted = likeliest_degree(data, degrees, |data| fit(data).ok_or(()));
    fitted.map_or_else(|()| at_lowest_degree(data, asked), |fitted| fitted.data)
}

/// A log at the lowest degree that a fit chooses among.
pub fn at_lowest_degree(data: &Data, asked: Option<usize>) -> Data {
    let lowest = *degrees(data, Estimator::Structured, None, asked).start();
    data.to_degree(lowest).unwrap_or_else(|| data.clone())
}
