//! The experiments: `compare`, `ratio`, `convergence`, `interaction`, `allocation`, and `suite`.

use crate::arguments::{Allocation, Compare, Convergence, Experiments, Interaction, Ratio, Suite};
use crate::commands::{note, progress};
use anyhow::{Context, Result};
use joint_effects::experiment::{Estimator, Settings};
use joint_effects::experiments::{
    ALLOCATION_ACTIONS, Experiment, RATIOS, STRENGTHS, TOTALS, default_estimators,
};
use joint_effects::summary::{self, Row, Summary};
use joint_effects::write;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

/// Runs of every experiment of the suite, and at the most so many rows, without `--full`.
const QUICK_RUNS: u64 = 20;
const QUICK_TOTAL: u64 = 300_000;

/// Runs where none are asked for.
const RUNS: u64 = 100;

/// `compare`: all estimators on random models.
pub(crate) fn compare(arguments: &Compare) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions.actions);
    let settings = settings(common, actions, "compare");
    let experiment = Experiment::compare(settings, arguments.rows, common.runs.unwrap_or(RUNS));
    let asked = json!({"actions": actions, "rows": arguments.rows});
    run(&experiment, common, asked).map(drop)
}

/// `ratio`: single-action and observational rows in different ratios.
pub(crate) fn ratio(arguments: &Ratio) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions.actions);
    let settings = settings(common, actions, "ratio");
    let ratios = or_default(&arguments.ratios, &RATIOS);
    let runs = common.runs.unwrap_or(RUNS);
    let experiment = Experiment::ratio(settings, arguments.rows.rows, ratios, runs);
    let asked = json!({"actions": actions, "rows": arguments.rows.rows});
    run(&experiment, common, asked).map(drop)
}

/// `convergence`: more and more rows.
pub(crate) fn convergence(arguments: &Convergence) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions.actions);
    let settings = settings(common, actions, "convergence");
    let totals = or_default(&arguments.totals, &TOTALS);
    let experiment = Experiment::convergence(settings, totals, common.runs.unwrap_or(RUNS));
    let rows = run(&experiment, common, json!({"actions": actions}))?;
    report_equivalents(&rows)
}

/// `interaction`: additivity violated by degrees.
pub(crate) fn interaction(arguments: &Interaction) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions);
    let settings = settings(common, actions, "interaction");
    let strengths = or_default(&arguments.strengths, &STRENGTHS);
    let runs = common.runs.unwrap_or(RUNS);
    let experiment = Experiment::interaction(settings, arguments.rows, strengths, runs);
    let asked = json!({"actions": actions, "rows": arguments.rows});
    run(&experiment, common, asked).map(drop)
}

/// `allocation`: the best split of a budget against the number of actions.
pub(crate) fn allocation(arguments: &Allocation) -> Result<()> {
    let common = &arguments.common;
    let settings = settings(common, ALLOCATION_ACTIONS[0], "allocation");
    let runs = common.runs.unwrap_or(RUNS);
    let (rows, actions) = (arguments.rows.rows, &ALLOCATION_ACTIONS);
    let experiment = Experiment::allocation(settings, rows, actions, &RATIOS, runs);
    let rows = run(&experiment, common, json!({"rows": rows}))?;
    report_allocation(&rows)
}

fn or_default<'a, T>(chosen: &'a [T], default: &'a [T]) -> &'a [T] {
    if chosen.is_empty() { default } else { chosen }
}

/// What the experiments of a command hold in common.
fn settings(arguments: &Experiments, actions: usize, name: &str) -> Settings {
    Settings {
        scm: arguments.scm,
        actions,
        degree: arguments.degree,
        regularization: arguments.regularization,
        seed: arguments.seed,
        interaction: 0.0,
        estimators: match arguments.estimators.as_slice() {
            [] => default_estimators(name),
            chosen => chosen.to_vec(),
        },
    }
}

/// Runs the one experiment of a command; `asked` is what its summary says of the settings.
fn run(experiment: &Experiment, arguments: &Experiments, asked: Value) -> Result<Vec<Row>> {
    run_into(
        &output(arguments, experiment.name),
        experiment,
        arguments,
        asked,
    )
}

/// The directory of a command's results.
fn output(arguments: &Experiments, command: &str) -> PathBuf {
    let chosen = arguments.output.clone();
    chosen.unwrap_or_else(|| Path::new("output").join(command))
}

/// Runs an experiment and writes its results to a directory.
fn run_into(
    output: &Path,
    experiment: &Experiment,
    arguments: &Experiments,
    asked: Value,
) -> Result<Vec<Row>> {
    experiment.check()?;
    let runs_path = output.join("runs.csv");
    write::directory(output)?;
    // An interrupted experiment is not to leave an earlier one's summary beside its own runs.
    let summary_path = output.join("summary.json");
    if summary_path.is_file() {
        let cannot_remove = || format!("{}: cannot be removed", summary_path.display());
        fs::remove_file(&summary_path).with_context(cannot_remove)?;
    }
    let cannot_write = || format!("{}: cannot be written", runs_path.display());
    let file = File::create(&runs_path).with_context(cannot_write)?;
    let mut file = BufWriter::new(file);
    summary::write_header(&mut file, experiment).with_context(cannot_write)?;
    let bar = progress::rows(experiment.name, experiment.rows());
    let available = || thread::available_parallelism().map_or(1, NonZero::get);
    let mut finished = Vec::new();
    experiment.run(arguments.threads.unwrap_or_else(available), |done| {
        summary::write_run(&mut file, experiment, &done)
            .and_then(|()| file.flush())
            .with_context(cannot_write)?;
        bar.inc(experiment.points[done.point].rows());
        finished.push(done);
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    let rows = summary::summarise(experiment, &finished);
    let first = &experiment.points[0].settings;
    let mut settings = json!({
        "scm": first.scm,
        "degree": first.degree,
        "regularization": first.regularization,
        "seed": first.seed,
        "runs": experiment.runs,
    });
    if let (Some(settings), Value::Object(asked)) = (settings.as_object_mut(), asked) {
        settings.extend(asked);
    }
    let summary = Summary {
        experiment: experiment.name,
        settings,
        rows: rows.clone(),
    };
    write::json(&summary_path, &summary)?;
    let table = summary::table(experiment, &rows);
    writeln!(io::stdout(), "{table}").context("standard output")?;
    note(format_args!(
        "written: {} and summary.json beside it",
        runs_path.display()
    ));
    Ok(rows)
}

/// What joint rows alone would need to be as near, after `convergence`.
fn report_equivalents(rows: &[Row]) -> Result<()> {
    let mut out = io::stdout().lock();
    for estimator in [Estimator::Separate, Estimator::Structured] {
        let equivalents = summary::equivalents(rows, estimator, Estimator::Joint);
        for (total, joint) in equivalents {
            let name = estimator.name();
            match joint {
                Some(joint) => writeln!(
                    out,
                    "{name} with {total} rows is as near (median) as joint with {joint:.0}: {:.2} \
                     times the rows",
                    total / joint
                ),
                None => writeln!(
                    out,
                    "{name} with {total} rows: joint was never as near or far"
                ),
            }
            .context("standard output")?;
        }
    }
    Ok(())
}

/// The best ratio for each number of actions, after `allocation`.
fn report_allocation(rows: &[Row]) -> Result<()> {
    let mut out = io::stdout().lock();
    let value = |row: &Row, name: &str| row.parameters[name].as_f64().unwrap_or(f64::NAN);
    for estimator in [Estimator::Separate, Estimator::Structured] {
        for actions in ALLOCATION_ACTIONS {
            let at =
                |row: &&Row| row.estimator == estimator && value(row, "actions") == actions as f64;
            let best = rows
                .iter()
                .filter(at)
                .min_by(|a, b| a.excess_median.total_cmp(&b.excess_median));
            if let Some(best) = best {
                writeln!(
                    out,
                    "{}, K = {actions}: best at n_single / n_obs = {} (theory for separate: {:.2})",
                    estimator.name(),
                    value(best, "ratio"),
                    1.0 / (actions as f64 - 1.0),
                )
                .context("standard output")?;
            }
        }
    }
    Ok(())
}

/// `suite`: every experiment.
pub(crate) fn suite(arguments: &Suite) -> Result<()> {
    let common = &arguments.common;
    let runs = if arguments.full { RUNS } else { QUICK_RUNS };
    let runs = common.runs.unwrap_or(runs);
    let totals: Vec<u64> = TOTALS
        .into_iter()
        .filter(|&total| arguments.full || total <= QUICK_TOTAL)
        .collect();
    let of = |actions: usize, name: &str| settings(common, actions, name);
    let experiments = [
        Experiment::compare(of(5, "compare"), 10_000, runs),
        Experiment::ratio(of(5, "ratio"), 10_000, &RATIOS, runs),
        Experiment::convergence(of(5, "convergence"), &totals, runs),
        Experiment::interaction(of(4, "interaction"), 2_500, &STRENGTHS, runs),
        Experiment::allocation(
            of(5, "allocation"),
            10_000,
            &ALLOCATION_ACTIONS,
            &RATIOS,
            runs,
        ),
    ];
    let output = output(common, "suite");
    for experiment in &experiments {
        writeln!(io::stdout(), "\n{}", experiment.name).context("standard output")?;
        let rows = run_into(&output.join(experiment.name), experiment, common, json!({}))?;
        match experiment.name {
            "convergence" => report_equivalents(&rows)?,
            "allocation" => report_allocation(&rows)?,
            _ => {}
        }
    }
    Ok(())
}
