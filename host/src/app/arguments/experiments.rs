//! Of experiments on simulated models.

use super::Results;
use super::choices;
use super::numbers::{ACTIONS, DEGREES, MANY, MANY_THREADS, correlation, finite, positive, within};
use crate::app::lab::experiment::{Estimator, FEWEST_ROWS};
use crate::app::lab::scm::Family;
use crate::app::lab::shards::Shard;
use crate::fit::estimator::Regularization;
use clap::Args;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::path::PathBuf;

/// The random model of a simulation.
#[derive(Debug, Args)]
pub(crate) struct Model {
    /// Number of actions
    #[arg(
        long,
        alias = "K",
        value_name = "K",
        default_value_t = 5,
        value_parser = within::<usize>(ACTIONS)
    )]
    pub(crate) actions: usize,
    /// Family of the structural causal models
    #[arg(
        long,
        alias = "scm_type",
        value_name = "FAMILY",
        default_value = "polynomial",
        value_parser = choices::family()
    )]
    pub(crate) scm: Family,
    /// Seed of the random numbers
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
}

/// What all experiments take.
#[derive(Debug, Args)]
pub(crate) struct Experiments {
    /// Family of the structural causal models
    #[arg(
        long,
        alias = "scm_type",
        value_name = "FAMILY",
        default_value = "polynomial",
        value_parser = choices::family()
    )]
    pub(crate) scm: Family,
    /// Seed of the random numbers
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Number of random models [default: 100; of a suite 20, or 100 with --full]
    #[arg(
        long,
        alias = "N_runs",
        value_name = "RUNS",
        value_parser = within::<u64>(1..=MANY)
    )]
    pub(crate) runs: Option<u64>,
    /// Total degree of the fitted polynomials [default: 3, and for structured the powers of actions within bounds
    /// that fit takes besides]
    #[arg(
        long,
        alias = "n_order_fit",
        value_name = "DEGREE",
        value_parser = within::<usize>(DEGREES)
    )]
    pub(crate) degree: Option<usize>,
    /// Estimators to compare [default: those the experiment is about]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = choices::compared())]
    pub(crate) estimators: Vec<Estimator>,
    /// How coefficients are penalised, but for indicator and structured
    #[arg(long, value_name = "KIND", default_value = "ridge", value_parser = choices::regularization())]
    pub(crate) regularization: Regularization,
    /// Number of threads [default: one a core]
    #[arg(long, value_name = "THREADS", value_parser = within::<usize>(1..=MANY_THREADS))]
    pub(crate) threads: Option<usize>,
    /// Directory of the results [default: output/ and the command's name]
    #[arg(long, short, alias = "output_dir", value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Go on where the same experiment was stopped
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) results: Results,
}

/// A budget of rows.
#[derive(Debug, Args)]
pub(crate) struct AverageRows {
    /// Rows of a regime on average: K + 1 times as many in all
    #[arg(
        long,
        alias = "N_avg",
        value_name = "N",
        default_value_t = 10_000,
        value_parser = within::<u64>(FEWEST_ROWS..=MANY)
    )]
    pub(crate) rows: u64,
}

/// Number of actions of an experiment.
#[derive(Debug, Args)]
pub(crate) struct Actions {
    /// Number of actions
    #[arg(
        long,
        alias = "K",
        value_name = "K",
        default_value_t = 5,
        value_parser = within::<usize>(ACTIONS)
    )]
    pub(crate) actions: usize,
}

/// A part of an experiment.
#[derive(Debug, Args)]
pub(crate) struct Part {
    /// Make only one part of the runs, such as 2/4, the second of four; merge puts all together [default:
    /// all]
    #[arg(long, value_name = "PART/PARTS")]
    pub(crate) shard: Option<Shard>,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) common: Experiments,
    #[command(flatten)]
    pub(crate) part: Part,
    #[command(flatten)]
    pub(crate) actions: Actions,
    /// Rows of each regime, a fifth of which is set aside
    #[arg(
        long,
        alias = "N",
        value_name = "N",
        default_value_t = 10_000,
        value_parser = within::<u64>(FEWEST_ROWS..=MANY)
    )]
    pub(crate) rows: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Ratio {
    #[command(flatten)]
    pub(crate) common: Experiments,
    #[command(flatten)]
    pub(crate) actions: Actions,
    #[command(flatten)]
    pub(crate) rows: AverageRows,
    /// Single-action to observational rows [default: 0.05 to 10 in 12 steps]
    #[arg(long, value_name = "RATIOS", value_delimiter = ',', num_args = 1.., value_parser = positive)]
    pub(crate) ratios: Vec<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Convergence {
    #[command(flatten)]
    pub(crate) common: Experiments,
    #[command(flatten)]
    pub(crate) part: Part,
    #[command(flatten)]
    pub(crate) actions: Actions,
    /// Rows of all regimes together [default: 1000 to 10,000,000 in 9 steps]
    #[arg(
        long,
        alias = "N_total",
        value_name = "TOTALS",
        value_delimiter = ',',
        num_args = 1..,
        value_parser = within::<u64>(FEWEST_ROWS..=MANY)
    )]
    pub(crate) totals: Vec<u64>,
}

/// An experiment in which an assumption about two actions is violated.
#[derive(Debug, Args)]
pub(crate) struct Violated {
    #[command(flatten)]
    pub(crate) common: Experiments,
    /// Number of actions
    #[arg(
        long,
        alias = "K",
        value_name = "K",
        default_value_t = 4,
        value_parser = within::<usize>(2..=MAX_ACTIONS as u64)
    )]
    pub(crate) actions: usize,
    /// Rows of each regime, a fifth of which is set aside
    #[arg(
        long,
        alias = "N",
        value_name = "N",
        default_value_t = 2_500,
        value_parser = within::<u64>(FEWEST_ROWS..=MANY)
    )]
    pub(crate) rows: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Interaction {
    #[command(flatten)]
    pub(crate) violated: Violated,
    /// Strengths of the interaction [default: 0, 0.05, 0.2, 0.5]
    #[arg(long, value_name = "STRENGTHS", value_delimiter = ',', num_args = 1.., value_parser = finite)]
    pub(crate) strengths: Vec<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Confounding {
    #[command(flatten)]
    pub(crate) violated: Violated,
    /// Correlations of the hidden causes of two actions [default: 0, 0.1, 0.2, 0.5, 0.9]
    #[arg(
        long,
        value_name = "CORRELATIONS",
        value_delimiter = ',',
        num_args = 1..,
        value_parser = correlation,
        allow_negative_numbers = true
    )]
    pub(crate) correlations: Vec<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Allocation {
    #[command(flatten)]
    pub(crate) common: Experiments,
    #[command(flatten)]
    pub(crate) rows: AverageRows,
}

#[derive(Debug, Args)]
pub(crate) struct Suite {
    #[command(flatten)]
    pub(crate) common: Experiments,
    /// The paper's settings: 100 runs, and up to 10,000,000 rows
    #[arg(long)]
    pub(crate) full: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The directories of all shards
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,
    /// Directory of the results [default: output/ and the experiment's name]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) results: Results,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    pub(crate) model: Model,
    /// Rows of each regime
    #[arg(
        long,
        alias = "N",
        value_name = "N",
        default_value_t = 1_000,
        value_parser = within::<u64>(2..=MANY)
    )]
    pub(crate) rows: u64,
    /// Joint rows, with the true effect, in the test table
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1_000,
        value_parser = within::<u64>(1..=MANY)
    )]
    pub(crate) test_rows: u64,
    /// Directory that gets data.csv and test.csv
    #[arg(
        long,
        short,
        alias = "output_dir",
        value_name = "DIR",
        default_value = "output/simulate"
    )]
    pub(crate) output: PathBuf,
}
