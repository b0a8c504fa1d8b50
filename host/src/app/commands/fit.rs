//! `fit`: a table of observational and interventional rows becomes a model.

use crate::app::arguments::{Fit, ScaleChoice};
use crate::app::commands::{command_line, json, log, note, on_one_line, print_beside, progress};
use crate::app::report::fit as page;
use crate::diagnosis::{Diagnosis, Finding, checks, contradictions};
use crate::model::Model;
use crate::model::fit::{Estimator, check, fit};
use crate::model::likelihood::{Fitted, degrees, likeliest_degree, likeliest_scale};
use crate::model::summary::FitSummary;
use crate::moments::data::Data;
use crate::{model_file, write};
use anyhow::{Context, Result, bail};
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::predict::scale::Scale;
use std::path::{Path, PathBuf};

mod report;

pub(crate) fn run(arguments: &Fit) -> Result<()> {
    let output = &arguments.output;
    let report_path = report_path(arguments);
    let plots = report_path.as_deref().and_then(plots);
    if let (Some(report), Some(plots)) = (&report_path, &plots) {
        write::check_directory(&report.with_file_name(plots))?;
    }
    let outputs: Vec<_> = [output.as_path()]
        .into_iter()
        .chain(report_path.as_deref())
        .collect();
    let memory = |monomials, regimes| arguments.estimator.memory(monomials, regimes);
    let structured = arguments.estimator == Estimator::Structured;
    if arguments.noise.is_some() && !structured {
        bail!("--noise: expected with the estimator structured alone");
    }
    if arguments.log.block.is_some() && !structured {
        bail!("--block: expected with the estimator structured alone");
    }
    let scales = arguments.scale.map(|choice| match choice {
        ScaleChoice::Auto => Scale::CHOICES.to_vec(),
        ScaleChoice::One(scale) => vec![scale],
    });
    match arguments.scale {
        Some(ScaleChoice::Auto) if !structured => {
            bail!("--scale auto: expected with the estimator structured alone")
        }
        Some(ScaleChoice::Auto) if arguments.noise.is_some() => {
            bail!("--scale auto: expected without --noise")
        }
        _ => {}
    }
    let candidates = log::read_on(scales.as_deref(), &arguments.log, &outputs, &memory)?;
    let files = || log::files(&arguments.log);
    let working = progress::work("fitting");
    let (estimator, noise) = (arguments.estimator, arguments.noise);
    let fitted = candidates.iter().map(|data| {
        let degrees = degrees(data, estimator, noise, arguments.log.degree);
        likeliest_degree(data, degrees, |data| {
            check(data, estimator)?;
            anyhow::Ok(fit(data, estimator, noise)?)
        })
    });
    let fitted = fitted.collect::<Result<Vec<_>>>().with_context(files)?;
    let (fitted, comparison) = likeliest_scale(fitted);
    let Fitted {
        mut data,
        mut model,
        degrees,
    } = fitted;
    let summarise = |data: &Data, model: &Model| {
        let summary = FitSummary::of(data, model)?;
        Ok::<_, ShapeError>(FitSummary {
            comparison: comparison.clone(),
            degrees: degrees.clone(),
            ..summary
        })
    };
    let summary = summarise(&data, &model)?;
    let page = report_path.is_some().then(|| {
        let diagnosis = Diagnosis::of_fit(&data, &model);
        page::report(&summary, &model, &diagnosis, command_line(), plots)
    });
    drop(working);
    model_file::write(output, &model)?;
    if let (Some(page), Some(path)) = (&page, &report_path) {
        page.write(path)?;
    }
    let results = if arguments.results.json {
        json(&summary)?
    } else {
        let outcomes = [&mut data.outcome, &mut model.outcome];
        let actions = data.actions.iter_mut().chain(&mut model.actions);
        for name in actions.chain(outcomes) {
            *name = on_one_line(name);
        }
        report::text(&summarise(&data, &model)?, &doubts(&data, &model))
    };
    print_beside(&outputs, results)?;
    note(format_args!("written: {}", output.display()));
    if let Some(path) = &report_path {
        note(format_args!("report: {}", path.display()));
    }
    for warning in data.few_rows().into_iter().chain(data.apart()) {
        note(format_args!("warning: {warning}"));
    }
    Ok(())
}

/// What the actions say against the assumptions of a structured model, or that they say nothing against them.
fn doubts(data: &Data, model: &Model) -> Vec<Finding> {
    let checks = model.structured.as_ref().map(|learned| {
        let monomials = data.basis.monomials();
        checks(monomials, &data.actions, &data.regimes, learned)
    });
    contradictions(&checks.unwrap_or_default())
}

/// Where the report goes; the model alone may go where nothing can be beside it.
fn report_path(arguments: &Fit) -> Option<PathBuf> {
    let output = &arguments.output;
    let beside = !arguments.no_report && !write::is_stream(output);
    let default = beside.then(|| output.with_extension("html"));
    arguments.report.clone().or(default)
}

/// The name of the directory of a report's pictures.
fn plots(report: &Path) -> Option<String> {
    let stem = report.file_stem().filter(|_| !write::is_stream(report))?;
    Some(format!("{}-plots", stem.display()))
}
