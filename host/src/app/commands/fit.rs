//! `fit`: a table of observational and interventional rows becomes a model.

use crate::app::arguments::Fit;
use crate::app::commands::{command_line, log, note, print, print_json};
use crate::app::report::fit as page;
use crate::diagnosis::Diagnosis;
use crate::model::fit::fit;
use crate::moments::data::{Data, FEW_ROWS};
use crate::{model_file, write};
use anyhow::{Context, Result};

mod report;

pub(crate) fn run(arguments: &Fit) -> Result<()> {
    let beside = || arguments.output.with_file_name("report.html");
    let report_path = arguments.report.clone().unwrap_or_else(beside);
    write::check(&arguments.output)?;
    write::check(&report_path)?;
    let data = log::read(&arguments.log)?;
    let model = fit(&data, arguments.estimator).with_context(|| log::files(&arguments.log))?;
    let diagnosis = Diagnosis::of(&data);
    let page = page::report(&data, &model, &diagnosis, command_line())?;
    model_file::write(&arguments.output, &model)?;
    page.write(&report_path)?;
    if arguments.results.json {
        print_json(&report::json(&data, &model)?)?;
    } else {
        print(report::text(&data, &model)?)?;
    }
    note(format_args!("written: {}", arguments.output.display()));
    note(format_args!("report: {}", report_path.display()));
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
