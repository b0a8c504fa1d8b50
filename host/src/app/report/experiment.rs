//! The report of an experiment, drawn from its summary alone.

mod caption;

use super::{Section, Table};
use crate::app::lab::experiment::Estimator;
use crate::app::lab::summary::{AverageScore, BestRatio, Equivalent, Summary};
use crate::app::plot::chart::{Axis, Chart, Level, Point, Scale, Series, Style};
use crate::app::plot::colour;
use crate::app::plot::{Drawing, Figure};
use crate::number::{count, significant};
use kuva::plot::MarkerShape;
use serde_json::Value;

/// The section of an experiment.
pub fn section(summary: &Summary) -> Section {
    let (name, rows) = (summary.experiment.as_ref(), summary.rows.as_slice());
    let parameters: Vec<&str> = rows.iter().take(1).flat_map(names).collect();
    let figures = match parameters.as_slice() {
        [] => comparison(name, rows),
        [parameter] => sweep(name, parameter, rows),
        [group, parameter, ..] => panels(name, group, parameter, rows),
    };
    let mut tables = Vec::new();
    if !summary.equivalents.is_empty() {
        tables.push(equivalents(&summary.equivalents));
    }
    if !summary.best_ratios.is_empty() {
        tables.push(best_ratios(&summary.best_ratios));
    }
    let caption = "Mean ± its standard error over the models";
    tables.push(Table::of(&summary.table(), caption, parameters.len() + 1));
    Section {
        name: name.into(),
        heading: caption::heading(name),
        paragraphs: vec![caption::asked(summary), caption::MEASURES.into()],
        settings: settings(&summary.settings),
        figures,
        tables,
        ..Section::default()
    }
}

fn names(row: &AverageScore) -> impl Iterator<Item = &str> {
    row.parameters.keys().map(String::as_str)
}

/// The value of a parameter.
fn value(row: &AverageScore, parameter: &str) -> f64 {
    let value = row.parameters.get(parameter).and_then(Value::as_f64);
    value.unwrap_or(f64::NAN)
}

fn settings(settings: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.as_u64().map_or(other.to_string(), count),
    };
    let pairs = settings.as_object().into_iter().flatten();
    pairs
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// What is measured of an estimator.
#[derive(Clone, Copy)]
struct Measure {
    name: &'static str,
    title: &'static str,
    label: &'static str,
    mean: fn(&AverageScore) -> f64,
    error: fn(&AverageScore) -> f64,
}

const RMSE: Measure = Measure {
    name: "rmse",
    title: "Error against noisy outcomes",
    label: "RMSE to outcomes",
    mean: |row| row.rmse_mean,
    error: |row| row.rmse_sem,
};

const EXCESS: Measure = Measure {
    name: "excess",
    title: "Error against the true effect",
    label: "RMSE to true effect (excess)",
    mean: |row| row.excess_mean,
    error: |row| row.excess_sem,
};

impl Measure {
    /// A row's mean with its standard error, along y.
    fn point(self, x: f64, row: &AverageScore) -> Point {
        let (mean, error) = ((self.mean)(row), (self.error)(row));
        Point {
            x,
            y: mean,
            // On a logarithmic axis a bar cannot reach 0.
            low: (mean - error).max(mean / 10.0),
            high: mean + error,
        }
    }

    /// The rows that can be drawn: the truth has no excess.
    fn drawn(self, rows: &[AverageScore]) -> Vec<&AverageScore> {
        rows.iter().filter(|row| (self.mean)(row) > 0.0).collect()
    }

    fn axis(self, points: &[AverageScore]) -> Axis {
        let drawn = self.drawn(points);
        Axis {
            label: self.label.into(),
            scale: spanning(drawn.into_iter().map(self.mean)),
        }
    }
}

/// Logarithmic where values of one sign lie far apart.
fn spanning(values: impl Iterator<Item = f64>) -> Scale {
    let (least, greatest) = values.fold((f64::INFINITY, 0.0_f64), |(least, greatest), value| {
        (least.min(value), greatest.max(value))
    });
    match least > 0.0 && greatest >= 5.0 * least {
        true => Scale::Logarithmic,
        false => Scale::Linear,
    }
}

/// One mark for each estimator, beside lines for the constant and the oracle.
fn comparison(name: &str, rows: &[AverageScore]) -> Vec<Figure> {
    let figure = |measure: Measure| {
        let drawn = measure.drawn(rows);
        let series = drawn.iter().enumerate().map(|(place, row)| {
            let Point { y, low, high, .. } = measure.point(0.0, row);
            Series {
                label: String::new(),
                colour: colour::of(row.estimator),
                style: Style::Marks(mark(row.estimator)),
                points: vec![Point {
                    x: y,
                    y: place as f64,
                    low,
                    high,
                }],
            }
        });
        let reference = [Estimator::Constant, Estimator::Joint];
        let references = drawn
            .iter()
            .filter(|row| reference.contains(&row.estimator));
        let levels = references.map(|row| Level {
            label: row.estimator.name().into(),
            colour: colour::of(row.estimator),
            at: (measure.mean)(row),
        });
        let names = drawn.iter().map(|row| row.estimator.name().to_string());
        Figure {
            name: format!("{name}-{}", measure.name),
            title: measure.title.into(),
            caption: caption::comparison(measure, rows),
            drawing: Drawing::Chart(Chart {
                x: measure.axis(rows),
                y: Axis {
                    label: String::new(),
                    scale: Scale::Names(names.collect()),
                },
                series: series.collect(),
                levels: levels.collect(),
            }),
        }
    };
    vec![figure(RMSE), figure(EXCESS)]
}

/// A curve for each estimator against what is varied.
fn sweep(name: &str, parameter: &str, rows: &[AverageScore]) -> Vec<Figure> {
    let figure = |measure: Measure| Figure {
        name: format!("{name}-{}", measure.name),
        title: measure.title.into(),
        caption: caption::sweep(measure, name, parameter, rows),
        drawing: Drawing::Chart(curves(measure, parameter, rows)),
    };
    vec![figure(RMSE), figure(EXCESS)]
}

/// A picture for each value of the first parameter.
fn panels(name: &str, group: &str, parameter: &str, rows: &[AverageScore]) -> Vec<Figure> {
    let mut groups: Vec<f64> = rows.iter().map(|row| value(row, group)).collect();
    groups.dedup();
    let figure = |of: &f64| {
        let rows: Vec<AverageScore> = rows
            .iter()
            .filter(|row| value(row, group) == *of)
            .cloned()
            .collect();
        Figure {
            name: format!("{name}-{of}"),
            title: format!("{group}: {of}"),
            caption: caption::panel(EXCESS, parameter, *of, &rows),
            drawing: Drawing::Chart(curves(EXCESS, parameter, &rows)),
        }
    };
    groups.iter().map(figure).collect()
}

fn curves(measure: Measure, parameter: &str, rows: &[AverageScore]) -> Chart {
    let drawn = measure.drawn(rows);
    let mut estimators: Vec<Estimator> = Vec::new();
    for row in &drawn {
        if !estimators.contains(&row.estimator) {
            estimators.push(row.estimator);
        }
    }
    let series = estimators.into_iter().map(|estimator| {
        let rows = drawn.iter().filter(|row| row.estimator == estimator);
        Series {
            label: estimator.name().into(),
            colour: colour::of(estimator),
            style: match estimator {
                Estimator::Truth | Estimator::Constant => Style::Dashes,
                _ => Style::Curve(mark(estimator)),
            },
            points: rows
                .map(|row| measure.point(value(row, parameter), row))
                .collect(),
        }
    });
    Chart {
        x: Axis {
            label: caption::axis(parameter).into(),
            scale: spanning(rows.iter().map(|row| value(row, parameter))),
        },
        y: measure.axis(rows),
        series: series.collect(),
        levels: Vec::new(),
    }
}

/// A mark for an estimator, the same throughout.
fn mark(estimator: Estimator) -> MarkerShape {
    match estimator {
        Estimator::Truth => MarkerShape::Plus,
        Estimator::Constant => MarkerShape::Cross,
        Estimator::Observational => MarkerShape::TriangleDown,
        Estimator::Pooled => MarkerShape::Pentagon,
        Estimator::PooledReleased => MarkerShape::Hexagon,
        Estimator::Separate => MarkerShape::Square,
        Estimator::Indicator => MarkerShape::Star,
        Estimator::Structured => MarkerShape::Circle,
        Estimator::Joint => MarkerShape::Diamond,
        Estimator::JointAdditive => MarkerShape::Triangle,
    }
}

/// How many joint rows would have been as good.
fn equivalents(equivalents: &[Equivalent]) -> Table {
    let header = [
        "estimator",
        "its rows",
        "rows of joint",
        "its rows / joint's",
    ];
    let rows = equivalents.iter().map(|equivalent| {
        let total = equivalent.total_rows;
        let (joint, factor) = match equivalent.joint_rows {
            Some(joint) => (count(joint as u64), significant(total as f64 / joint)),
            None => ("outside what was measured".into(), String::new()),
        };
        vec![
            equivalent.estimator.name().into(),
            count(total),
            joint,
            factor,
        ]
    });
    Table {
        caption: "Rows with which joint has the same median error against the true effect".into(),
        header: header.map(String::from).into(),
        labels: 2,
        rows: rows.collect(),
    }
}

/// The best split for every number of actions.
fn best_ratios(best: &[BestRatio]) -> Table {
    let header = ["estimator", "actions", "best ratio", "theory for separate"];
    let rows = best.iter().map(|best| {
        let ratios = [best.ratio, best.theory_for_separate].map(significant);
        let label = [best.estimator.name().into(), best.actions.to_string()];
        label.into_iter().chain(ratios).collect()
    });
    Table {
        caption:
            "Single-action to observational rows at which the median error against the true effect \
                  is least"
                .into(),
        header: header.map(String::from).into(),
        labels: 2,
        rows: rows.collect(),
    }
}
