//! `predict`: the rows of a table, each with the effect of setting its actions. A structured model
//! adds the standard error of the effect and the interval that holds it with 95 %.

use crate::arguments::Predict;
use anyhow::{Context, Result, bail};
use joint_effects::model::{Model, Prediction, Predictor};
use joint_effects::model_file;
use joint_effects::table::Table;
use joint_effects_kernel::Regime;
use std::borrow::Cow;
use std::io;

pub(crate) fn run(arguments: &Predict) -> Result<()> {
    let model = model_file::read(&arguments.model)?;
    let regime = regime(&model, &arguments.set)?;
    let mut predictor = Predictor::new(&model, regime)?;
    let mut table = Table::open(&arguments.data)?;
    let columns: Result<Vec<_>, _> = model
        .actions
        .iter()
        .map(|name| table.column(name))
        .collect();
    let columns = columns?;
    let interval: &[&str] = match model.structured {
        Some(_) => &["se", "lower", "upper"],
        None => &[],
    };
    let added = ["effect"]
        .iter()
        .chain(interval)
        .chain(&["support"])
        .copied();
    if let Some(name) = added.clone().find(|name| table.column(name).is_ok()) {
        bail!(
            "{}, line 1, column {name:?}: expected another name, predictions are written under it",
            table.name()
        );
    }
    let mut actions = vec![0.0; columns.len()];
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    out.write_record(table.header().iter().map(String::as_str).chain(added))
        .context("standard output")?;
    while table.advance()? {
        table.numbers(&columns, &mut actions)?;
        let Prediction { effect, interval } = predictor.predict(&actions)?;
        let interval = interval
            .iter()
            .flat_map(|i| [i.standard_error, i.lower, i.upper]);
        let mut added: Vec<_> = [effect]
            .into_iter()
            .chain(interval)
            .map(|x| x.to_string())
            .collect();
        added.push(support(&model, regime, &actions));
        let added = added.iter().map(|text| Cow::from(text.as_bytes()));
        out.write_record(table.record().chain(added))
            .context("standard output")?;
    }
    out.flush().context("standard output")
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

/// `inside` where every action lies where it was seen in regimes that treat it as `regime` does, set
/// or left alone; the actions that do not, else.
fn support(model: &Model, regime: Regime, actions: &[f64]) -> String {
    let seen = |action: usize, value: f64| {
        let alike = |sets: bool| sets == regime.sets(action);
        let parts = model
            .regimes
            .iter()
            .filter(|part| alike(part.regime.sets(action)));
        let mut ranges = parts.map(|part| part.ranges[action]);
        ranges.any(|range| range.min <= value && value <= range.max)
    };
    let outside = actions
        .iter()
        .enumerate()
        .filter(|&(action, &value)| !seen(action, value));
    let names: Vec<_> = outside
        .map(|(action, _)| model.actions[action].as_str())
        .collect();
    match names.as_slice() {
        [] => "inside".into(),
        names => format!("outside: {}", names.join(" ")),
    }
}
