//! Reading of a log: the tables that `fit`, `diagnose` and `plan` take.

use crate::arguments::Log;
use crate::commands::progress;
use anyhow::{Context, Result};
use joint_effects::data::Data;
use joint_effects::observations::{Columns, Observations};

/// Reads the tables and checks that they identify the effect of every action.
pub(crate) fn read(log: &Log) -> Result<Data> {
    let data = summarise(log)?;
    data.check().with_context(|| files(log))?;
    Ok(data)
}

/// Reads the tables.
pub(crate) fn summarise(log: &Log) -> Result<Data> {
    let columns = Columns {
        regime: log.regime.clone(),
        outcome: log.outcome.clone(),
        actions: (!log.actions.is_empty()).then(|| log.actions.clone()),
    };
    let mut observations = Observations::open(&log.data, &columns)?;
    let bar = progress::bytes(observations.size());
    let data = Data::read(&mut observations, log.degree, |bytes| {
        bar.set_position(bytes)
    })?;
    bar.finish_and_clear();
    Ok(data)
}

/// The names of the tables, for a message.
pub(crate) fn files(log: &Log) -> String {
    let names = log.data.iter().map(|path| path.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}
