//! `predict`: the rows of a table, or the points of a response curve, each with the effect of setting
//! its actions and whether the data support it. A structured model adds the standard error of the
//! effect and the interval that holds it with 95 %.

use crate::app::arguments::Predict;
use crate::app::commands::{note, progress};
use crate::log::input::Input;
use crate::log::levels::Levels;
use crate::log::table::{Problem, Table};
use crate::model::model_file;
use crate::model::response::{self, POINTS};
use crate::model::{Model, Prediction, Predictor};
use crate::moments::Range;
use crate::number::finite;
use crate::write::{self, Partial};
use anyhow::{Context, Result, anyhow, bail};
use joint_effects_kernel::Regime;
use std::io::{self, Write};
use std::path::PathBuf;

pub(crate) fn run(arguments: &Predict) -> Result<()> {
    let inputs = [Some(&arguments.model), arguments.data.as_ref()];
    let inputs: Vec<_> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    write::expect_apart(&inputs, arguments.output.as_deref().as_slice())?;
    let model = model_file::read(&arguments.model)?;
    match &arguments.output {
        None => predictions(arguments, &model, io::stdout().lock(), "standard output"),
        Some(path) => {
            let mut file = Partial::create(path)?;
            let label = format!("{}: cannot be written", path.display());
            predictions(arguments, &model, &mut file, &label)?;
            file.finish()?;
            note(format_args!("written: {}", path.display()));
            Ok(())
        }
    }
}

/// Writes the predictions that are asked for; `label` stands for `out` in messages.
fn predictions(arguments: &Predict, model: &Model, out: impl Write, label: &str) -> Result<()> {
    let regime = regime(model, &arguments.set)?;
    let out = Predictions {
        model,
        out: csv::Writer::from_writer(out),
        label,
        prefix: &arguments.prefix,
        whole: arguments.output.is_some(),
        rows: 0,
    };
    match (&arguments.grid, &arguments.data) {
        (Some(grid), _) => curve(model, regime, grid, &arguments.hold, out),
        (None, Some(data)) => table(model, regime, Table::open(data)?, out),
        (None, None) => bail!("expected a table, or --grid"),
    }
}

/// Predictions as rows of a table.
struct Predictions<'a, W: Write> {
    model: &'a Model,
    out: csv::Writer<W>,
    label: &'a str,
    prefix: &'a str,
    /// Whether they are written whole or not at all, rather than as they come.
    whole: bool,
    rows: u64,
}

impl<W: Write> Predictions<'_, W> {
    /// The names of the columns that are added.
    fn added(&self) -> Vec<String> {
        let names: &[_] = match self.model.has_intervals() {
            true => &["effect", "se", "lower", "upper", "support"],
            false => &["effect", "support"],
        };
        let prefixed = |name| format!("{}{name}", self.prefix);
        names.iter().map(prefixed).collect()
    }

    fn header(&mut self, fields: impl IntoIterator<Item: AsRef<[u8]>>) -> Result<()> {
        let added = self.added();
        self.record(fields, &added)
    }

    fn row(
        &mut self,
        fields: impl IntoIterator<Item: AsRef<[u8]>>,
        prediction: &Prediction,
    ) -> Result<()> {
        let intervals = prediction.interval.iter();
        let interval = intervals.flat_map(|i| [i.standard_error, i.lower, i.upper]);
        let numbers = [prediction.effect].into_iter().chain(interval);
        let mut added: Vec<_> = numbers.map(|number| number.to_string()).collect();
        added.push(prediction.support.display(&self.model.actions).to_string());
        self.rows += 1;
        self.record(fields, &added)
    }

    fn record(
        &mut self,
        fields: impl IntoIterator<Item: AsRef<[u8]>>,
        added: &[impl AsRef<[u8]>],
    ) -> Result<()> {
        let write = || {
            for field in fields {
                self.out.write_field(field)?;
            }
            self.out.write_record(added)
        };
        write().with_context(|| self.label.to_string())
    }

    /// An error that ends them, and after how many rows where some have been written.
    fn cut_short(&self, error: anyhow::Error) -> anyhow::Error {
        match self.rows {
            0 => error,
            _ if self.whole => error,
            1 => anyhow!("{error:#}; predictions end with the 1 row before it"),
            rows => anyhow!("{error:#}; predictions end with the {rows} rows before it"),
        }
    }

    fn finish(mut self) -> Result<()> {
        let flushed = self.out.flush();
        flushed.with_context(|| self.label.to_string())
    }
}

/// Predicts the rows of a table as they come.
fn table<W: Write>(
    model: &Model,
    regime: Regime,
    mut table: Table<Input>,
    mut out: Predictions<'_, W>,
) -> Result<()> {
    let columns = table.indices(&model.actions)?;
    let numbers = columns.iter().zip(&model.levels);
    let numbers = numbers.filter(|(_, levels)| levels.is_none());
    let numbers: Vec<usize> = numbers.map(|(&column, _)| column).collect();
    table.liberties(&numbers).iter().for_each(note);
    for (column, name) in table.columns().iter().enumerate() {
        if let Some(kind) = table.unreadable(column) {
            note(format_args!("left empty: {name:?} ({kind})"));
        }
    }
    if let Some(name) = out.added().iter().find(|name| table.column(name).is_ok()) {
        return Err(table.column_error(name, Problem::Taken).into());
    }
    let mut predictor = Predictor::new(model, regime)?;
    let mut actions = vec![0.0; columns.len()];
    out.header(table.header())?;
    // Where they go to standard output, they show themselves how far they are.
    let bar = out.whole.then(|| progress::bytes(table.size()));
    loop {
        if let Some(bar) = bar.as_ref().filter(|_| out.rows.is_multiple_of(1 << 12)) {
            bar.set_position(table.bytes_read());
        }
        let row = predict(
            &mut table,
            &columns,
            &model.levels,
            &mut actions,
            &mut predictor,
        );
        let Some(prediction) = row.map_err(|error| out.cut_short(error))? else {
            return out.finish();
        };
        out.row(table.record(), &prediction)?;
    }
}

/// The prediction of the next row; `None` after the last.
fn predict(
    table: &mut Table<Input>,
    columns: &[usize],
    levels: &[Option<Levels>],
    actions: &mut [f64],
    predictor: &mut Predictor,
) -> Result<Option<Prediction>> {
    if !table.advance()? {
        return Ok(None);
    }
    table.actions(columns, levels, actions)?;
    let prediction = predictor.predict(actions);
    prediction
        .map(Some)
        .with_context(|| table.place().to_string())
}

/// Writes a response curve.
fn curve<W: Write>(
    model: &Model,
    regime: Regime,
    grid: &str,
    hold: &[String],
    mut out: Predictions<'_, W>,
) -> Result<()> {
    let (action, range, points) = parse_grid(model, grid)?;
    let held: Result<Vec<_>> = hold.iter().map(|text| parse_hold(model, text)).collect();
    let held = held?;
    let mut named = vec![action];
    for &(other, _) in &held {
        if named.contains(&other) {
            bail!("--hold: {:?} has a value already", model.actions[other]);
        }
        named.push(other);
    }
    let points = response::curve(model, regime, action, range, points, &held);
    let points = points.context("--grid")?;
    if let Some(name) = out
        .added()
        .iter()
        .find(|name| model.actions.iter().any(|action| action == *name))
    {
        bail!(
            "--grid: an action is named {name:?}, as a column of predictions is: --prefix renames those"
        );
    }
    out.header(&model.actions)?;
    for point in points {
        let fields = point.actions.iter().zip(&model.levels);
        let fields = fields.map(|(&value, levels)| {
            Levels::written(levels.as_ref(), value, |value| value.to_string())
        });
        out.row(fields, &point.prediction)?;
    }
    out.finish()
}

/// The action, range and number of points of `x` or `x=from:to:points`.
fn parse_grid(model: &Model, text: &str) -> Result<(usize, Option<Range>, usize)> {
    if let Some(action) = model.actions.iter().position(|name| name == text) {
        let levels = model.levels[action].as_ref();
        return Ok((
            action,
            None,
            levels.map_or(POINTS, |levels| levels.names().len()),
        ));
    }
    let expected = || format!("--grid: expected ACTION or ACTION=FROM:TO:POINTS, found {text:?}");
    let (name, grid) = text
        .rsplit_once('=')
        .with_context(|| unknown(&model.actions, "--grid", text))?;
    let action = action(&model.actions, "--grid", name)?;
    if let Some(levels) = &model.levels[action] {
        bail!(
            "--grid: {name:?} has levels, expected its name alone: {}",
            levels.list()
        );
    }
    let [min, max, points] = grid.split(':').collect::<Vec<_>>()[..] else {
        bail!(expected());
    };
    let range = finite(min).zip(finite(max)).filter(|(min, max)| min < max);
    let points = points
        .parse()
        .ok()
        .filter(|points| (2..=MOST_POINTS).contains(points));
    match range.zip(points) {
        Some(((min, max), points)) => Ok((action, Some(Range { min, max }), points)),
        None => bail!(
            "{}: FROM below TO, and 2 to {MOST_POINTS} points",
            expected()
        ),
    }
}

/// The most points of a curve.
const MOST_POINTS: usize = 1_000_000;

/// The action and value of `x=value`.
fn parse_hold(model: &Model, text: &str) -> Result<(usize, f64)> {
    let expected = || format!("--hold: expected ACTION=NUMBER, found {text:?}");
    let (name, value) = text.rsplit_once('=').with_context(expected)?;
    let held = action(&model.actions, "--hold", name);
    let Some(levels) = held
        .as_ref()
        .ok()
        .and_then(|&held| model.levels[held].as_ref())
    else {
        let value = finite(value).with_context(expected)?;
        return Ok((held?, value));
    };
    let value = levels.value(value);
    let expected = || format!("--hold: {text:?}: expected a level, {}", levels.list());
    Ok((held?, value.with_context(expected)?))
}

pub(crate) fn action(actions: &[String], flag: &str, name: &str) -> Result<usize> {
    let action = actions.iter().position(|action| action == name.trim());
    action.with_context(|| unknown(actions, flag, name))
}

fn unknown(actions: &[String], flag: &str, name: &str) -> String {
    let actions = actions.join(", ");
    format!("{flag}: no action {name:?}; the actions are {actions}")
}

/// The regime that `--do` names.
pub(crate) fn regime(model: &Model, set: &[String]) -> Result<Regime> {
    match set {
        [all] if all == "all" => return Ok(Regime::joint(model.actions.len())),
        [none] if none == "none" => return Ok(Regime::OBSERVATIONAL),
        _ => {}
    }
    let mut regime = Regime::OBSERVATIONAL;
    for name in set {
        match model
            .actions
            .iter()
            .position(|action| action == name.trim())
        {
            Some(action) => regime = regime.with(action),
            None => bail!(
                "--do: no action {name:?}: expected all, none, or some of {}",
                model.actions.join(", ")
            ),
        }
    }
    Ok(regime)
}
