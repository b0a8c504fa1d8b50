//! What an experiment's pictures show, in words that follow from the numbers.

use super::{EXCESS, Measure, value};
use crate::app::lab::experiment::Estimator;
use crate::app::lab::summary::{AverageScore, Summary};
use crate::number::{count, list, significant, with_error};
use serde_json::Value;

/// How to read the two errors.
pub(super) const MEASURES: &str = "RMSE to outcomes is the error against noisy outcomes, of which the \
    noise alone (truth) makes the most. RMSE to the true effect, the excess, is the error of the \
    prediction itself, which only a simulation knows. constant predicts the mean of the observational \
    outcomes; joint and joint-additive are oracles, trained on joint rows. Error bars are one standard \
    error of the mean over the models.";

/// The heading of an experiment's section.
pub(super) fn heading(name: &str) -> String {
    let about = match name {
        "compare" => "all estimators on random models",
        "ratio" => "single-action rows against observational rows",
        "convergence" => "more and more rows",
        "interaction" => "additivity violated by degrees",
        "confounding" => "two actions with a common hidden cause",
        "allocation" => "the split of a budget of rows",
        _ => return name.into(),
    };
    format!("{name}: {about}")
}

/// What a parameter is.
pub(super) fn axis(parameter: &str) -> &str {
    match parameter {
        "ratio" => "rows of a single-action regime / observational rows",
        "total_rows" => "rows of all regimes together",
        "strength" => "strength of the interaction",
        "correlation" => "correlation of two hidden causes",
        other => other,
    }
}

/// What was asked.
pub(super) fn asked(summary: &Summary) -> String {
    let setting = |name: &str| match &summary.settings[name] {
        Value::String(text) => text.clone(),
        number => number.as_u64().map_or_else(|| "?".into(), count),
    };
    let models = format!(
        "{} random {} models of {} actions",
        setting("runs"),
        setting("scm"),
        setting("actions")
    );
    let rows = setting("rows");
    match summary.experiment.as_ref() {
        "compare" => format!(
            "How near does each estimator come to the effect of setting all actions at once? On {models}, \
             with {rows} rows of every regime, a fifth of which is set aside."
        ),
        "ratio" => format!(
            "How should a budget be split between rows in which one action was set and rows in which \
             nothing was? On {models}, with {rows} rows of a regime on average."
        ),
        "convergence" => format!(
            "How fast does the error fall as rows are added, and how many joint rows would be as good? On \
             {models}, with a fixed number of rows shared by all regimes, or all of them joint."
        ),
        "interaction" => format!(
            "What if two actions interact, so that effects do not add up? On {models}, with {rows} rows \
             of every regime and the product of two actions added to the outcome."
        ),
        "confounding" => format!(
            "What if a hidden cause moves two actions, so that what one does seems to be the other’s doing? On \
             {models}, with {rows} rows of every regime and the hidden causes of two actions correlated."
        ),
        "allocation" => format!(
            "Which split of a budget is best for how many actions? On {} random {} models for each \
             number of actions, with {rows} rows of a regime on average.",
            setting("runs"),
            setting("scm")
        ),
        other => format!("{other} on {models}."),
    }
}

fn find(rows: &[AverageScore], estimator: Estimator) -> Option<&AverageScore> {
    rows.iter().find(|row| row.estimator == estimator)
}

/// The estimator that captions are about: the best one there is that needs no joint rows.
fn subject(rows: &[AverageScore]) -> Option<Estimator> {
    let order = [
        Estimator::Structured,
        Estimator::Separate,
        Estimator::Indicator,
        Estimator::Pooled,
        Estimator::PooledReleased,
        Estimator::Observational,
    ];
    order
        .into_iter()
        .find(|&estimator| find(rows, estimator).is_some())
}

/// `structured is at 0.0164 ± 0.0011, 0.63 times joint's 0.026 and 0.31 times constant's 0.052`.
fn standing(measure: Measure, rows: &[AverageScore]) -> Option<String> {
    let row = find(rows, subject(rows)?)?;
    let mean = (measure.mean)(row);
    let against = |other: Estimator| {
        let other_mean = (measure.mean)(find(rows, other)?);
        let times = significant(mean / other_mean);
        Some(format!(
            "{times} times {}’s {}",
            other.name(),
            significant(other_mean)
        ))
    };
    let references = [Estimator::Joint, Estimator::Constant];
    let against: Vec<_> = references.into_iter().filter_map(against).collect();
    let at = format!(
        "{} is at {}",
        row.estimator.name(),
        with_error(mean, (measure.error)(row))
    );
    Some(match against.is_empty() {
        true => at,
        false => format!("{at}, {}", list(&against)),
    })
}

/// The caption of one mark for each estimator.
pub(super) fn comparison(measure: Measure, rows: &[AverageScore]) -> String {
    let mean = measure.mean;
    let mut text = Vec::new();
    if let Some(truth) = find(rows, Estimator::Truth)
        .map(mean)
        .filter(|&noise| noise > 0.0)
    {
        text.push(format!(
            "The noise of the outcomes alone makes {} (truth).",
            significant(truth)
        ));
        let others = rows.iter().filter(|row| row.estimator != Estimator::Truth);
        let worst = others
            .max_by(|a, b| mean(a).total_cmp(&mean(b)))
            .map(|row| row.estimator);
        let named = [subject(rows), Some(Estimator::Constant), worst];
        let mut shown: Vec<Estimator> = Vec::new();
        shown.extend(named.into_iter().flatten());
        shown.dedup();
        let above = shown.into_iter().filter_map(|estimator| {
            let row = find(rows, estimator)?;
            Some(format!(
                "{} adds {}",
                estimator.name(),
                significant(mean(row) - truth)
            ))
        });
        text.push(format!("Above that, {}.", list(&above.collect::<Vec<_>>())));
    } else {
        text.extend(standing(measure, rows).map(|standing| format!("{standing}.")));
        if let Some(constant) = find(rows, Estimator::Constant).map(mean) {
            let worse = rows.iter().filter(|row| mean(row) > constant);
            let worse: Vec<_> = worse.map(|row| row.estimator.name()).collect();
            text.push(match worse.as_slice() {
                [] => "No estimator is worse than the constant prediction.".into(),
                worse => format!("Worse than the constant prediction: {}.", list(worse)),
            });
        }
    }
    text.join(" ")
}

/// A value of what is varied.
fn setting(value: f64) -> String {
    match value.fract() == 0.0 && value >= 0.0 {
        true => count(value as u64),
        false => value.to_string(),
    }
}

/// The rows of an estimator, in the order of what is varied.
fn curve(rows: &[AverageScore], estimator: Estimator) -> Vec<&AverageScore> {
    rows.iter()
        .filter(|row| row.estimator == estimator)
        .collect()
}

/// The value of what is varied at which an estimator has its least mean, and that.
fn best(
    measure: Measure,
    parameter: &str,
    rows: &[AverageScore],
    estimator: Estimator,
) -> Option<String> {
    let least =
        |a: &&&AverageScore, b: &&&AverageScore| (measure.mean)(a).total_cmp(&(measure.mean)(b));
    let rows = curve(rows, estimator);
    let row = rows.iter().min_by(least)?;
    Some(format!(
        "{} is lowest at {} ({})",
        estimator.name(),
        setting(value(row, parameter)),
        significant((measure.mean)(row)),
    ))
}

/// The caption of curves against what is varied.
pub(super) fn sweep(
    measure: Measure,
    name: &str,
    parameter: &str,
    rows: &[AverageScore],
) -> String {
    let mut text = Vec::new();
    let of_interest = subject(rows).into_iter().chain([Estimator::Joint]);
    let courses = of_interest.filter_map(|estimator| {
        let curve = curve(rows, estimator);
        let (first, last) = (curve.first()?, curve.last()?);
        let [from, to] = [first, last].map(|row| significant((measure.mean)(row)));
        Some(format!("{} goes from {from} to {to}", estimator.name()))
    });
    let courses: Vec<_> = courses.collect();
    if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
        let [from, to] = [first, last].map(|row| setting(value(row, parameter)));
        let what = axis(parameter);
        text.push(format!("From {from} to {to} ({what}), {}.", list(&courses)));
    }
    let measures_effect = measure.name == EXCESS.name;
    if measures_effect {
        text.extend(nearer_than_joint(measure, parameter, rows));
    }
    if name == "ratio" {
        let lowest = [Estimator::Structured, Estimator::Separate];
        let lowest = lowest
            .into_iter()
            .filter_map(|of| best(measure, parameter, rows, of));
        let lowest: Vec<_> = lowest.collect();
        if !lowest.is_empty() {
            text.push(format!("{}.", list(&lowest)));
        }
    }
    if name == "interaction" && measures_effect {
        let shares = shares(parameter, rows, |row| row.pair_found);
        text.extend(shares.map(|shares| format!("The interacting pair is found in {shares}.")));
    }
    if name == "confounding" && measures_effect {
        let shares = shares(parameter, rows, |row| row.noticed);
        text.extend(shares.map(|shares| format!("A violation is noticed in {shares}.")));
    }
    text.join(" ")
}

/// Where the estimator of interest beats the oracle.
fn nearer_than_joint(measure: Measure, parameter: &str, rows: &[AverageScore]) -> Option<String> {
    let subject = subject(rows)?;
    let (curve, joint) = (curve(rows, subject), curve(rows, Estimator::Joint));
    let pairs = curve.iter().zip(&joint);
    let below = pairs.filter(|(row, joint)| (measure.mean)(row) < (measure.mean)(joint));
    let below: Vec<_> = below
        .map(|(row, _)| setting(value(row, parameter)))
        .collect();
    let name = subject.name();
    match below.len() {
        _ if joint.is_empty() => None,
        0 => Some(format!("{name} is nowhere below joint.")),
        all if all == curve.len() => Some(format!("{name} is below joint throughout.")),
        _ => Some(format!("{name} is below joint at {}.", list(&below))),
    }
}

/// In what share of the models something was so, at every value of what is varied.
fn shares(
    parameter: &str,
    rows: &[AverageScore],
    share: fn(&AverageScore) -> Option<f64>,
) -> Option<String> {
    let shares = rows.iter().filter_map(|row| {
        let share = significant(100.0 * share(row)?);
        Some(format!(
            "{share} % of the models at {}",
            setting(value(row, parameter))
        ))
    });
    let shares: Vec<_> = shares.collect();
    (!shares.is_empty()).then(|| list(&shares))
}

/// The caption of curves for one number of actions.
pub(super) fn panel(
    measure: Measure,
    parameter: &str,
    actions: f64,
    rows: &[AverageScore],
) -> String {
    let lowest = [Estimator::Structured, Estimator::Separate];
    let lowest = lowest
        .into_iter()
        .filter_map(|of| best(measure, parameter, rows, of));
    let theory = significant(1.0 / (actions - 1.0));
    let lowest: Vec<_> = lowest.collect();
    format!(
        "{}. By theory, which counts variance alone, separate is best at {theory}.",
        list(&lowest)
    )
}
