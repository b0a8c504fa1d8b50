//! `fit`: a table of observational and interventional rows becomes a model.

use crate::arguments::Fit;
use crate::commands::{log, note, print, print_json};
use anyhow::{Context, Result};
use joint_effects::data::{Data, FEW_ROWS};
use joint_effects::fit::fit;
use joint_effects::{model_file, write};

mod report;

pub(crate) fn run(arguments: &Fit) -> Result<()> {
    write::check(&arguments.output)?;
    let data = log::read(&arguments.log)?;
    let model = fit(&data, &arguments.log.outcome, arguments.estimator)
        .with_context(|| log::files(&arguments.log))?;
    model_file::write(&arguments.output, &model)?;
    if arguments.results.json {
        print_json(&report::json(&data, &model)?)?;
    } else {
        print(report::text(&data, &model)?)?;
    }
    note(format_args!("written: {}", arguments.output.display()));
    if let Some(warning) = few_rows(&data) {
        note(format_args!("warning: {warning}"));
    }
    Ok(())
}

/// Which regimes have few rows.
fn few_rows(data: &Data) -> Option<String> {
    let few = data.regimes.iter().filter(|part| part.count() < FEW_ROWS);
    let parts: Vec<_> = few
        .map(|part| format!("{} of {}", part.count(), data.name(part.regime)))
        .collect();
    let rows = parts.join(", ");
    (!parts.is_empty()).then(|| format!("fewer than {FEW_ROWS} rows: {rows}"))
}
