//! The experiments: `compare`, `ratio`, `convergence`, `interaction`, `confounding`, `allocation`,
//! and `suite`.

use crate::app::arguments::{
    Allocation, Compare, Confounding, Convergence, Experiments, Interaction, Merge, Part, Ratio,
    Results, Suite, Violated,
};
use crate::app::commands::{command_line, interrupt, note, print, print_json, progress};
use crate::app::lab::experiment::Settings;
use crate::app::lab::experiments::{
    ALLOCATION_ACTIONS, CORRELATIONS, Experiment, Finished, RATIOS, STRENGTHS, TOTALS,
    default_estimators,
};
use crate::app::lab::runs::Runs;
use crate::app::lab::shards::{self, Shard};
use crate::app::lab::summary::Summary;
use crate::app::report::{Report, experiment};
use crate::memory;
use crate::moments::degree::{BOUNDED, CUBIC};
use crate::write::{self, DirectoryLock};
use anyhow::{Context, Result, bail};
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
    let settings = settings(common, actions, "compare")?;
    let experiment = Experiment::compare(settings, arguments.rows, common.runs.unwrap_or(RUNS));
    run(&experiment.sharded(shard(&arguments.part)), common)
}

/// `ratio`: single-action and observational rows in different ratios.
pub(crate) fn ratio(arguments: &Ratio) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions.actions);
    let settings = settings(common, actions, "ratio")?;
    let ratios = or_default(&arguments.ratios, &RATIOS);
    let runs = common.runs.unwrap_or(RUNS);
    let experiment = Experiment::ratio(settings, arguments.rows.rows, ratios, runs);
    run(&experiment, common)
}

/// `convergence`: more and more rows.
pub(crate) fn convergence(arguments: &Convergence) -> Result<()> {
    let (common, actions) = (&arguments.common, arguments.actions.actions);
    let settings = settings(common, actions, "convergence")?;
    let totals = or_default(&arguments.totals, &TOTALS);
    let experiment = Experiment::convergence(settings, totals, common.runs.unwrap_or(RUNS));
    run(&experiment.sharded(shard(&arguments.part)), common)
}

/// `interaction`: additivity violated by degrees.
pub(crate) fn interaction(arguments: &Interaction) -> Result<()> {
    let strengths = or_default(&arguments.strengths, &STRENGTHS);
    violated(
        &arguments.violated,
        "interaction",
        |settings, rows, runs| Experiment::interaction(settings, rows, strengths, runs),
    )
}

/// `confounding`: the hidden causes of two actions go together by degrees.
pub(crate) fn confounding(arguments: &Confounding) -> Result<()> {
    let correlations = or_default(&arguments.correlations, &CORRELATIONS);
    violated(
        &arguments.violated,
        "confounding",
        |settings, rows, runs| Experiment::confounding(settings, rows, correlations, runs),
    )
}

/// An experiment in which an assumption is violated.
fn violated(
    arguments: &Violated,
    name: &str,
    experiment: impl Fn(Settings, u64, u64) -> Experiment,
) -> Result<()> {
    let common = &arguments.common;
    let settings = settings(common, arguments.actions, name)?;
    let experiment = experiment(settings, arguments.rows, common.runs.unwrap_or(RUNS));
    run(&experiment, common)
}

/// `allocation`: the best split of a budget against the number of actions.
pub(crate) fn allocation(arguments: &Allocation) -> Result<()> {
    let common = &arguments.common;
    let settings = settings(common, ALLOCATION_ACTIONS[0], "allocation")?;
    let runs = common.runs.unwrap_or(RUNS);
    let (rows, actions) = (arguments.rows.rows, &ALLOCATION_ACTIONS);
    let experiment = Experiment::allocation(settings, rows, actions, &RATIOS, runs);
    run(&experiment, common)
}

fn or_default<'a, T>(chosen: &'a [T], default: &'a [T]) -> &'a [T] {
    if chosen.is_empty() { default } else { chosen }
}

/// What the experiments of a command hold in common.
fn settings(arguments: &Experiments, actions: usize, name: &str) -> Result<Settings> {
    let estimators = &arguments.estimators;
    for (index, estimator) in estimators.iter().enumerate() {
        if estimators[..index].contains(estimator) {
            bail!("--estimators: {} is named twice", estimator.name());
        }
    }
    // As `fit` has it, whose polynomials of actions with far values are cubics where no degree is asked for.
    let (degree, bounded) = match arguments.degree {
        Some(degree) => (degree, 0),
        None => (CUBIC, BOUNDED),
    };
    Ok(Settings {
        scm: arguments.scm,
        actions,
        degree,
        bounded,
        regularization: arguments.regularization,
        seed: arguments.seed,
        interaction: 0.0,
        confounding: None,
        estimators: match arguments.estimators.as_slice() {
            [] => default_estimators(name),
            chosen => chosen.to_vec(),
        },
    })
}

fn shard(part: &Part) -> Shard {
    part.shard.unwrap_or_default()
}

/// Runs and reports the one experiment of a command.
fn run(experiment: &Experiment, arguments: &Experiments) -> Result<()> {
    check(experiment, arguments)?;
    let shard = experiment.shard;
    if shard.is_whole() {
        let output = DirectoryLock::acquire(&output(arguments, &experiment.name))?;
        let finished = run_into(&output, experiment, arguments)?;
        return conclude(&output, experiment, &finished, &arguments.results);
    }
    let name = format!("{}-{shard}", experiment.name).replace('/', "-of-");
    let output = DirectoryLock::acquire(&output(arguments, &name))?;
    let runs = run_into(&output, experiment, arguments)?.len();
    let output = output.directory().display();
    note(format_args!(
        "written: the {runs} runs of shard {shard}, in {output}; merge puts all shards together"
    ));
    Ok(())
}

/// `merge`: the shards of an experiment become what it would have written on one machine.
pub(crate) fn merge(arguments: &Merge) -> Result<()> {
    let (experiment, finished) = shards::merge(&arguments.shards)?;
    let default = || Path::new("output").join(&*experiment.name);
    let output = arguments.output.clone().unwrap_or_else(default);
    let runs = |directory: &PathBuf| directory.join("runs.csv");
    let inputs: Vec<_> = arguments.shards.iter().map(runs).collect();
    let inputs: Vec<_> = inputs.iter().map(PathBuf::as_path).collect();
    write::expect_apart(&inputs, &[&runs(&output)])?;
    let output = DirectoryLock::acquire(&output)?;
    let mut runs = Runs::start(&output, &experiment)?;
    finished.iter().try_for_each(|done| runs.push(done))?;
    conclude(&output, &experiment, &finished, &arguments.results)
}

/// Sums up the runs of an experiment, and reports them.
fn conclude(
    output: &DirectoryLock,
    experiment: &Experiment,
    finished: &[Finished],
    results: &Results,
) -> Result<()> {
    let output = output.directory();
    let summary = summarise(output, experiment, finished)?;
    let title = format!("joint-effects {}", experiment.name);
    report(output, title, std::slice::from_ref(&summary))?;
    match results.json {
        true => print_json(&summary),
        false => print(summary),
    }?;
    written(output);
    Ok(())
}

/// Writes the summary of an experiment.
fn summarise(output: &Path, experiment: &Experiment, finished: &[Finished]) -> Result<Summary> {
    let summary = Summary::new(experiment, finished);
    write::json(&output.join("summary.json"), &summary)?;
    Ok(summary)
}

/// Writes the page of an experiment, or of several, into the directory of the results.
fn report(output: &Path, title: String, summaries: &[Summary]) -> Result<()> {
    let report = Report {
        title,
        sections: summaries.iter().map(experiment::section).collect(),
        command: command_line(),
        plots: Some("plots".into()),
    };
    let path = output.join("report.html");
    report.write(&path)?;
    note(format_args!("report: {}", path.display()));
    Ok(())
}

fn written(output: &Path) {
    let output = output.display();
    note(format_args!(
        "written: runs.csv and summary.json in {output}"
    ));
}

/// The directory of a command's results.
fn output(arguments: &Experiments, command: &str) -> PathBuf {
    let chosen = arguments.output.clone();
    chosen.unwrap_or_else(|| Path::new("output").join(command))
}

/// Whether all runs can be made.
fn check(experiment: &Experiment, arguments: &Experiments) -> Result<()> {
    experiment.check()?;
    let threads = threads(experiment, arguments);
    memory::expect(threads as u64 * experiment.memory()).with_context(|| {
        let name = &experiment.name;
        let once = if threads == 1 {
            "one run".into()
        } else {
            format!("{threads} runs")
        };
        format!("{name}, {once} at a time; lower --degree, --actions or --threads")
    })
}

/// On how many threads runs are made.
fn threads(experiment: &Experiment, arguments: &Experiments) -> usize {
    let available = || thread::available_parallelism().map_or(1, NonZero::get);
    let threads = arguments.threads.unwrap_or_else(available);
    threads.min(usize::try_from(experiment.total_runs()).unwrap_or(usize::MAX))
}

/// Runs an experiment and writes its runs to a directory.
fn run_into(
    output: &DirectoryLock,
    experiment: &Experiment,
    arguments: &Experiments,
) -> Result<Vec<Finished>> {
    let (mut runs, mut finished) = match arguments.resume {
        true => Runs::resume(output, experiment)?,
        false => (Runs::start(output, experiment)?, Vec::new()),
    };
    let total = experiment.total_runs();
    if !finished.is_empty() {
        let path = runs.path().display();
        note(format_args!(
            "{path}: {} of {total} runs are there",
            finished.len()
        ));
    }
    interrupt::finished(finished.len(), total);
    let bar = progress::rows(experiment.name.clone(), experiment.rows());
    let rows = |done: &Finished| experiment.points[done.point].rows();
    bar.inc(finished.iter().map(rows).sum());
    bar.reset_eta();
    experiment.run(
        threads(experiment, arguments),
        finished.len() as u64,
        |done| {
            runs.push(&done)?;
            bar.inc(rows(&done));
            finished.push(done);
            interrupt::finished(finished.len(), total);
            anyhow::Ok(())
        },
    )?;
    bar.finish_and_clear();
    Ok(finished)
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
    let (compare, ratio) = (of(5, "compare")?, of(5, "ratio")?);
    let allocation = of(ALLOCATION_ACTIONS[0], "allocation")?;
    let experiments = [
        Experiment::compare(compare, 10_000, runs),
        Experiment::ratio(ratio, 10_000, &RATIOS, runs),
        Experiment::convergence(of(5, "convergence")?, &totals, runs),
        Experiment::interaction(of(4, "interaction")?, 2_500, &STRENGTHS, runs),
        Experiment::confounding(of(4, "confounding")?, 2_500, &CORRELATIONS, runs),
        Experiment::allocation(allocation, 10_000, &ALLOCATION_ACTIONS, &RATIOS, runs),
    ];
    let mut each = experiments.iter();
    each.try_for_each(|experiment| check(experiment, common))?;
    let output = output(common, "suite");
    let _lock = DirectoryLock::acquire(&output)?;
    let mut summaries = Vec::new();
    for experiment in experiments {
        let directory = output.join(&*experiment.name);
        let lock = DirectoryLock::acquire(&directory)?;
        let finished = run_into(&lock, &experiment, common)?;
        let summary = summarise(&directory, &experiment, &finished)?;
        if !common.results.json {
            print(format_args!("\n{}\n{summary}", experiment.name))?;
        }
        written(&directory);
        summaries.push(summary);
    }
    report(&output, "joint-effects suite".into(), &summaries)?;
    if common.results.json {
        print_json(&summaries)?;
    }
    Ok(())
}
