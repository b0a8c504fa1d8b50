//! Charts: marks with error bars, lines and bands between two axes.

use super::colour::{Colour, Medium};
use super::{draw, literal, shortened};
use kuva::plot::annotations::ReferenceLine;
use kuva::plot::{
    LegendEntry, LegendPosition, LegendShape, LinePlot, LineStyle, MarkerShape, ScatterPlot,
};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::Scene;
use std::sync::Arc;

/// Series of points between two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// From left to right.
    pub x: Axis,
    /// From bottom to top; names from top to bottom.
    pub y: Axis,
    /// In the order of the legend.
    pub series: Vec<Series>,
    /// Values to compare with, as lines across.
    pub levels: Vec<Level>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures, with the unit.
    pub label: String,
    /// How.
    pub scale: Scale,
}

/// What an axis is divided into.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors.
    Logarithmic,
    /// A place for each name: the index of a name is its coordinate.
    Names(Vec<String>),
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend; none where it is empty.
    pub label: String,
    /// Its colour.
    pub colour: Colour,
    /// How it is drawn.
    pub style: Style,
    /// From left to right.
    pub points: Vec<Point>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    /// A mark and an error bar at each point.
    Marks(MarkerShape),
    /// The same, and lines between them.
    Curve(MarkerShape),
    /// Dashed lines.
    Dashes,
    /// A line with a band from the low to the high ends.
    Band,
    /// The error bars alone, wide.
    Spans,
}

/// A point, with an error bar along y, or along x where y has names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Horizontally.
    pub x: f64,
    /// Vertically.
    pub y: f64,
    /// The low end of the error bar.
    pub low: f64,
    /// The high end.
    pub high: f64,
}

/// A value to compare with, of what the error bars are along.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its name in the legend; none where it is empty.
    pub label: String,
    /// Its colour.
    pub colour: Colour,
    /// Where.
    pub at: f64,
}

/// Width of a chart, in pixels of a small telephone's page.
pub(super) const WIDTH: f64 = 400.0;

/// Height of the space between the axes, of a name's place, and of a line of the legend.
const HEIGHT: f64 = 215.0;
const PLACE: f64 = 24.0;
const LEGEND_LINE: f64 = 18.0;

/// Heights of what surrounds the space: title, ticks and label.
const SURROUNDINGS: f64 = 90.0;

/// Columns of the legend.
const COLUMNS: usize = 2;

/// Share of an axis that is left free at each end.
const MARGIN: f64 = 0.04;

impl Chart {
    pub(super) fn draw(&self, title: &str, medium: Medium) -> Scene {
        let turned = self.names().is_some();
        let mut plots = Vec::new();
        for series in &self.series {
            self.plot(series, medium, &mut plots);
        }
        let (x, y) = self.ranges();
        let legend = self.legend(medium);
        let height = SURROUNDINGS
            + self
                .names()
                .map_or(HEIGHT, |names| PLACE * (names.len() as f64 + 0.4))
            + match legend.len().div_ceil(COLUMNS) {
                0 => 0.0,
                lines => 30.0 + LEGEND_LINE * lines as f64,
            };
        let mut layout = Layout::new(x, y)
            .with_width(WIDTH)
            .with_height(height)
            .with_x_axis_min(x.0)
            .with_x_axis_max(x.1)
            .with_y_axis_min(y.0)
            .with_y_axis_max(y.1)
            .with_title(literal(title))
            .with_x_label(literal(&self.x.label))
            .with_y_label(literal(&self.y.label))
            .with_title_size(14)
            .with_label_size(12)
            .with_tick_size(12)
            .with_body_size(12)
            .with_legend_position(LegendPosition::OutsideBottomColumns)
            .with_legend_col_limit(COLUMNS);
        if self.x.scale == Scale::Logarithmic {
            layout = layout.with_log_x().with_x_tick_format(powers());
        }
        if self.y.scale == Scale::Logarithmic {
            layout = layout.with_log_y().with_y_tick_format(powers());
        }
        if let Some(names) = self.names() {
            let names = names.iter().rev().map(|name| literal(&shortened(name)));
            layout = layout.with_y_categories(names.collect());
        }
        for level in &self.levels {
            let line = match turned {
                true => ReferenceLine::vertical(level.at),
                false => ReferenceLine::horizontal(level.at),
            };
            layout = layout.with_reference_line(line.with_color(level.colour.on(medium)));
        }
        if !legend.is_empty() {
            layout = layout.with_legend_entries(legend);
        }
        draw(plots, layout, medium)
    }

    fn names(&self) -> Option<&[String]> {
        match &self.y.scale {
            Scale::Names(names) => Some(names),
            _ => None,
        }
    }

    /// The height of a point: names count from the top.
    fn height(&self, y: f64) -> f64 {
        self.names().map_or(y, |names| names.len() as f64 - y)
    }

    fn plot(&self, series: &Series, medium: Medium, plots: &mut Vec<Plot>) {
        let turned = self.names().is_some();
        let points: Vec<(f64, f64)> = series
            .points
            .iter()
            .map(|point| (point.x, self.height(point.y)))
            .collect();
        let colour = series.colour.on(medium);
        let line = || {
            LinePlot::new()
                .with_data(points.clone())
                .with_color(colour.clone())
        };
        let marks = |shape: MarkerShape| {
            let arms = series.points.iter().map(|point| {
                let at = if turned { point.x } else { point.y };
                (at - point.low, point.high - at)
            });
            let marks = ScatterPlot::new()
                .with_data(points.clone())
                .with_color(colour.clone())
                .with_marker(shape)
                .with_size(4.0);
            match turned {
                true => marks.with_x_err_asymmetric(arms),
                false => marks.with_y_err_asymmetric(arms),
            }
        };
        match series.style {
            Style::Marks(shape) => plots.push(marks(shape).into()),
            Style::Curve(shape) => {
                plots.push(line().with_stroke_width(1.5).into());
                plots.push(marks(shape).into());
            }
            Style::Dashes => {
                let dashed = line()
                    .with_stroke_width(1.5)
                    .with_line_style(LineStyle::Dashed);
                plots.push(dashed.into());
            }
            Style::Band => {
                let ends =
                    |end: fn(&Point) -> f64| series.points.iter().map(end).collect::<Vec<_>>();
                let band = line().with_band(ends(|point| point.low), ends(|point| point.high));
                plots.push(band.into());
            }
            Style::Spans => plots.extend(series.points.iter().map(|point| {
                let y = self.height(point.y);
                LinePlot::new()
                    .with_data([(point.low, y), (point.high, y)])
                    .with_color(colour.clone())
                    .with_stroke_width(6.0)
                    .into()
            })),
        }
    }

    /// Where the axes begin and end.
    fn ranges(&self) -> ((f64, f64), (f64, f64)) {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let along = points().flat_map(|point| [point.low, point.high]);
        let along = along.chain(self.levels.iter().map(|level| level.at));
        match self.names() {
            Some(names) => {
                let across = (0.3, names.len() as f64 + 0.7);
                (
                    range(along.chain(points().map(|point| point.x)), &self.x.scale),
                    across,
                )
            }
            None => (
                range(points().map(|point| point.x), &self.x.scale),
                range(along.chain(points().map(|point| point.y)), &self.y.scale),
            ),
        }
    }

    fn legend(&self, medium: Medium) -> Vec<LegendEntry> {
        let entry = |label: &str, colour: Colour, shape, dashed: bool| LegendEntry {
            label: label.to_string(),
            color: colour.on(medium),
            shape,
            dasharray: dashed.then(|| "6 4".into()),
        };
        let series = self.series.iter().map(|series| {
            let (shape, dashed) = match series.style {
                Style::Marks(shape) | Style::Curve(shape) => (LegendShape::Marker(shape), false),
                Style::Dashes => (LegendShape::Line, true),
                Style::Band => (LegendShape::Line, false),
                Style::Spans => (LegendShape::Rect, false),
            };
            entry(&series.label, series.colour, shape, dashed)
        });
        let levels = self.levels.iter();
        let levels = levels.map(|level| entry(&level.label, level.colour, LegendShape::Line, true));
        series
            .chain(levels)
            .filter(|entry| !entry.label.is_empty())
            .collect()
    }
}

/// From the least to the greatest value, and a little further.
fn range(values: impl Iterator<Item = f64>, scale: &Scale) -> (f64, f64) {
    let logarithmic = *scale == Scale::Logarithmic;
    let values = values.filter(|value| value.is_finite() && !(logarithmic && *value <= 0.0));
    let (least, greatest) = values.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, greatest), value| (least.min(value), greatest.max(value)),
    );
    if least > greatest {
        return if logarithmic { (0.1, 1.0) } else { (0.0, 1.0) };
    }
    if logarithmic {
        let margin = (greatest / least).max(2.0).powf(MARGIN);
        (least / margin, greatest * margin)
    } else {
        let spread = greatest - least;
        let spread = if spread > 0.0 {
            spread
        } else {
            greatest.abs().max(1.0)
        };
        (least - MARGIN * spread, greatest + MARGIN * spread)
    }
}

/// Ticks of a logarithmic axis: powers of ten with an exponent where they are far from 1, and no
/// others there.
fn powers() -> TickFormat {
    TickFormat::Custom(Arc::new(|value| {
        let exponent = value.log10().round();
        match (0.001..1000.0).contains(&(value * (1.0 + 1e-9))) {
            true => format!("{}", (value * 1e6).round() / 1e6),
            false if (value.log10() - exponent).abs() < 1e-9 => {
                format!("10{}", superscript(exponent as i32))
            }
            false => String::new(),
        }
    }))
}

fn superscript(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        _ => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][c as usize - '0' as usize],
    };
    exponent.to_string().chars().map(raised).collect()
}
