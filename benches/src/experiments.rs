//! Runs of the experiments, and the program that makes them.

use joint_effects::app::lab::experiment::{Estimator, RunError, Settings};
use joint_effects::app::lab::experiments::Experiment;
use joint_effects::app::lab::scm::Family;
use joint_effects::fit::estimator::Regularization;
use std::hint::black_box;

/// `compare` as it is by default, but for these.
pub fn compare(
    actions: usize,
    degree: usize,
    rows: u64,
    runs: u64,
    estimators: &[Estimator],
) -> Experiment {
    let settings = Settings {
        scm: Family::Polynomial,
        actions,
        degree,
        bounded: 0,
        regularization: Regularization::Ridge,
        seed: 0,
        interaction: 0.0,
        confounding: None,
        estimators: estimators.to_vec(),
    };
    Experiment::compare(settings, rows, runs)
}

/// The first run of an experiment, on this thread, whose clock is read.
pub fn one_run(experiment: &Experiment) {
    let point = &experiment.points[0];
    let scores = point.settings.run(point.sizes, 0);
    black_box(scores.expect("the run can be made"));
}

/// All runs of an experiment, on so many threads.
pub fn all_runs(experiment: &Experiment, threads: usize) {
    let done = experiment.run(threads, 0, |_| Ok::<(), RunError>(()));
    done.expect("the experiment can be run");
}
