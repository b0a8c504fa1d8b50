//! `fit`: a table of observational and interventional rows becomes a model.

use crate::arguments::{Fit, TableEstimator};
use crate::commands::{log, note};
use anyhow::{Context, Result};
use joint_effects::data::{Data, FEW_ROWS};
use joint_effects::estimator::Regularization;
use joint_effects::model::{Model, RegimeSummary};
use joint_effects::structured::Structured;
use joint_effects::{estimator, model_file, support, write};
use joint_effects_kernel::Regime;
use std::io;

mod report;

pub(crate) fn run(arguments: &Fit) -> Result<()> {
    write::check(&arguments.output)?;
    let data = log::read(&arguments.log)?;
    let model = fit(arguments, &data)?;
    model_file::write(&arguments.output, &model)?;
    report::write(&data, &model, &mut io::stdout().lock())?;
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

fn fit(arguments: &Fit, data: &Data) -> Result<Model> {
    let monomials = data.basis.monomials();
    let actions = monomials.variables();
    let used = |regime: Regime| match arguments.estimator {
        TableEstimator::Observational => regime == Regime::OBSERVATIONAL,
        TableEstimator::Separate => regime.size() <= 1,
        TableEstimator::Indicator | TableEstimator::Structured => true,
    };
    let mut learned = None;
    let (name, fitted) = match arguments.estimator {
        TableEstimator::Observational => {
            let observational = &data.regimes[0].folds;
            let fitted = Regularization::Ridge.fit(observational).map(|mut fit| {
                fit.coefficients
                    .resize((actions + 1) * monomials.len(), 0.0);
                fit
            });
            ("observational", fitted)
        }
        TableEstimator::Separate => (
            "separate",
            estimator::separate(Regularization::Ridge, actions, &data.regimes),
        ),
        TableEstimator::Indicator => {
            let fitted = estimator::indicator(actions, monomials, &data.regimes);
            ("indicator", fitted)
        }
        TableEstimator::Structured => {
            let fitted = Structured::fit(monomials, &data.regimes);
            let fitted = fitted.map(|(fit, structured)| {
                learned = Some(structured);
                fit
            });
            ("structured", fitted)
        }
    };
    let fitted = fitted.with_context(|| log::files(&arguments.log))?;
    let one = fitted.alphas.len() == 1;
    let mut alphas = fitted.alphas.into_iter();
    let first = alphas.next();
    let mut alpha = |regime| match (used(regime), one) {
        (false, _) => None,
        (true, true) => first,
        (true, false) if regime == Regime::OBSERVATIONAL => first,
        (true, false) => alphas.next(),
    };
    let regimes = data
        .regimes
        .iter()
        .zip(&data.ranges)
        .map(|(part, ranges)| RegimeSummary {
            regime: part.regime,
            rows: part.count(),
            alpha: alpha(part.regime),
            ranges: ranges[..actions].to_vec(),
        });
    Ok(Model {
        estimator: name.into(),
        outcome: arguments.log.outcome.clone(),
        actions: data.actions.clone(),
        basis: data.basis.clone(),
        coefficients: fitted.coefficients,
        regimes: regimes.collect(),
        seen: support::seen(data, learned.as_ref()),
        structured: learned,
    })
}
