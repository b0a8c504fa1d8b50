//! The command line: flags as they are typed, with the released code's names as aliases.

mod choices;

use crate::VERSION;
use crate::app::lab::experiment::{Estimator, FEWEST_ROWS};
use crate::app::lab::scm::Family;
use crate::app::lab::shards::Shard;
use crate::export::Scalar;
use crate::fit::estimator::Regularization;
use crate::log::observations::{Baseline, Missing};
use crate::model::fit;
use bytesize::ByteSize;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use joint_effects_kernel::features::monomials::MAX_DEGREE;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::ops::RangeInclusive;
use std::path::PathBuf;

const ACTIONS: RangeInclusive<u64> = 1..=MAX_ACTIONS as u64;
const DEGREES: RangeInclusive<u64> = 1..=MAX_DEGREE as u64;

/// The most rows of a regime and the most runs: more than anyone can wait for, and few enough that
/// their sums do not overflow.
const MANY: u64 = 1_000_000_000_000;

/// The most threads: far more of them than cores stall the machine.
const MANY_THREADS: u64 = 256;

fn within<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> RangedU64ValueParser<T> {
    RangedU64ValueParser::new().range(range)
}

/// Predicts what setting several actions at once will do, from data in which one at a time was set.
#[derive(Debug, Parser)]
#[command(name = "joint-effects", version = VERSION)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// No progress and no notes on standard error, only errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Most memory to take, such as 500MB or 2GiB [default: what there is]
    #[arg(long, global = true, value_name = "SIZE")]
    pub(crate) memory: Option<ByteSize>,
}

/// The form of results on standard output.
#[derive(Debug, Args)]
pub(crate) struct Results {
    /// Results as JSON, not as tables
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare all estimators on random structural causal models
    Compare(Compare),
    /// Vary the ratio of single-action to observational rows
    Ratio(Ratio),
    /// Vary the number of rows
    Convergence(Convergence),
    /// Violate additivity by degrees
    Interaction(Interaction),
    /// Give two actions a common hidden cause by degrees
    Confounding(Confounding),
    /// Find the best split of a budget of rows, for different numbers of actions
    Allocation(Allocation),
    /// Put the shards of an experiment together, which were run with --shard
    Merge(Merge),
    /// Run all experiments
    Suite(Suite),
    /// Write the data of one random structural causal model as tables
    Simulate(Simulate),
    /// Fit a table of observational and interventional rows
    Fit(Fit),
    /// Summarise a table as the moments that a fit needs of it
    Moments(Moments),
    /// Tell what a table can and cannot tell: spreads, overlaps, influences, and what to beware of
    Diagnose(Diagnose),
    /// Plan how many rows of each regime to collect, from a pilot
    ///
    /// With --block, the rows of each regime are taken to be in the blocks of the pilot's rows, in the same
    /// proportions.
    Plan(Plan),
    /// Tell which regime to collect more rows of, for the best setting to be known better
    ///
    /// With --block, more rows of a regime are taken to be in the blocks of its rows, in the same proportions.
    Next(Next),
    /// Try the method on a table whose outcomes are drawn anew from known effects
    ///
    /// With --block, rows stay in their blocks, whose shifts are drawn anew too.
    Rehearse(Rehearse),
    /// Choose the setting of all actions that is best by a model
    Choose(Choose),
    /// Predict the effect of setting actions, for the rows of a table
    Predict(Predict),
    /// Write the effect of setting actions as code or bytes for a device
    Export(Export),
    /// Write the completions of a shell to standard output
    Completions(Completions),
    /// Write the pages of the manual
    Man(Man),
}

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
    /// Total degree of the fitted polynomials
    #[arg(
        long,
        alias = "n_order_fit",
        value_name = "DEGREE",
        default_value_t = 3,
        value_parser = within::<usize>(DEGREES)
    )]
    pub(crate) degree: usize,
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

/// `most-frequent`, or `x=0,y=1`.
fn baseline(text: &str) -> Result<Baseline, String> {
    if text == "most-frequent" {
        return Ok(Baseline::MostFrequent);
    }
    let values = text.split(',').map(|part| {
        let (name, value) = part
            .rsplit_once('=')
            .ok_or("expected most-frequent, or a value of each action, x=0,y=1")?;
        Ok((name.trim().to_string(), value.trim().to_string()))
    });
    values.collect::<Result<_, String>>().map(Baseline::Values)
}

fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a number".into())
}

fn correlation(text: &str) -> Result<f64, String> {
    let number = finite(text).ok().filter(|number| number.abs() <= 1.0);
    number.ok_or_else(|| "expected a number from -1 to 1".into())
}

fn positive(text: &str) -> Result<f64, String> {
    let number = finite(text).ok().filter(|&number| number > 0.0);
    number.ok_or_else(|| "expected a number above 0".into())
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

/// A log: rows with their regimes.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Tables (CSV, compressed with gzip or not, and Parquet) with the same columns, and moments
    /// files
    #[arg(required = true, value_name = "DATA")]
    pub(crate) data: Vec<PathBuf>,
    /// Column of the outcome; moments files know it
    #[arg(long, value_name = "COLUMN")]
    pub(crate) outcome: Option<String>,
    /// Column of the regime: obs, do(x), do(x,y), …
    #[arg(long, value_name = "COLUMN", default_value = "regime")]
    pub(crate) regime: String,
    /// Word of that column for rows in which nothing was set, beside obs, observational, control,
    /// baseline, none and an empty cell
    #[arg(long, value_name = "WORD")]
    pub(crate) observational: Option<String>,
    /// Columns that are 1 where an action was set and 0 where it was not, instead of a column of the
    /// regime: one for each action, in their order
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        conflicts_with_all = ["regime", "observational"]
    )]
    pub(crate) indicators: Vec<String>,
    /// Values at which the actions rest, x=0,y=1 or most-frequent, instead of a column of the regime: the
    /// actions that differ from them in a row are those that were set
    #[arg(
        long,
        value_name = "VALUES",
        value_parser = baseline,
        conflicts_with_all = ["regime", "observational", "indicators"]
    )]
    pub(crate) baseline: Option<Baseline>,
    /// Columns of the actions [default: all others that have a name and hold numbers]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) actions: Vec<String>,
    /// Actions that are categories: their columns may hold text, and the values of numbers have no order
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) categorical: Vec<String>,
    /// Column of weights: how many rows each row counts for, as the mean of so many measurements does
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// Column that names the week, batch, site, device or subject of a row: rows of the same one share a shift of
    /// the outcome, which is estimated and allowed for. Effects are then those in an average block, and intervals
    /// hold although rows of a block (a cluster) are not independent
    #[arg(long, visible_alias = "cluster", value_name = "COLUMN")]
    pub(crate) block: Option<String>,
    /// What becomes of a row in which an action, the outcome or the block has no value
    #[arg(long, value_name = "HOW", default_value = "drop", value_parser = choices::missing())]
    pub(crate) missing: Missing,
    /// Total degree of the fitted polynomials [default: the most likely of 3 to 6 with one or two actions, of 3 to 5
    /// with three, and 3 with more]; moments are of the highest that is to be chosen among
    #[arg(
        long,
        alias = "n_order_fit",
        value_name = "DEGREE",
        value_parser = within::<usize>(DEGREES)
    )]
    pub(crate) degree: Option<usize>,
}

/// On which scale a log is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScaleChoice {
    /// That on which the outcomes are most likely.
    Auto,
    /// This one.
    One(Scale),
}

impl ScaleChoice {
    /// All that can be asked for.
    pub(crate) const ALL: [Self; 4] = [
        Self::One(Scale::Identity),
        Self::One(Scale::Log),
        Self::One(Scale::Logit),
        Self::Auto,
    ];

    /// The name in commands.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::One(scale) => scale.name(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Fit {
    #[command(flatten)]
    pub(crate) log: Log,
    /// How the joint effect is estimated
    #[arg(long, value_name = "NAME", default_value = "structured", value_parser = choices::estimator())]
    pub(crate) estimator: fit::Estimator,
    /// What of the outcome the effects of the actions add up to [default: that of the moments files, or
    /// identity]
    #[arg(long, value_name = "SCALE", value_parser = choices::scale_or_auto())]
    pub(crate) scale: Option<ScaleChoice>,
    /// Standard deviation of the outcome's noise, where it is known; else it is estimated, which takes more
    /// rows than coefficients
    #[arg(long, value_name = "SD", value_parser = positive)]
    pub(crate) noise: Option<f64>,
    /// File of the fitted model
    #[arg(long, short, value_name = "MODEL", default_value = "model.json")]
    pub(crate) output: PathBuf,
    /// Page of what was fitted [default: beside the model, MODEL.html for MODEL.json]; its pictures are
    /// in MODEL-plots
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// The model alone, without a page
    #[arg(long, conflicts_with = "report")]
    pub(crate) no_report: bool,
    #[command(flatten)]
    pub(crate) results: Results,
}

#[derive(Debug, Args)]
pub(crate) struct Moments {
    #[command(flatten)]
    pub(crate) log: Log,
    /// Moments file with which these are to be merged later: its outcome, actions, degree, column of
    /// blocks and standardisation are used, its rows are not
    #[arg(long, value_name = "MOMENTS")]
    pub(crate) like: Option<PathBuf>,
    /// What of the outcome the effects of the actions add up to [default: that of the moments files, or
    /// identity]
    #[arg(long, value_name = "SCALE", value_parser = choices::scale())]
    pub(crate) scale: Option<Scale>,
    /// File of the moments
    #[arg(long, short, value_name = "MOMENTS")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    #[command(flatten)]
    pub(crate) log: Log,
    #[command(flatten)]
    pub(crate) results: Results,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) log: Log,
    /// What may be spent, in the unit of the costs
    #[arg(long, value_name = "BUDGET", value_parser = positive)]
    pub(crate) budget: f64,
    #[command(flatten)]
    pub(crate) costs: RowCosts,
    #[command(flatten)]
    pub(crate) results: Results,
}

/// What a row costs.
#[derive(Debug, Args)]
pub(crate) struct RowCosts {
    /// Cost of an observational row
    #[arg(long, value_name = "COST", default_value = "1", value_parser = positive)]
    pub(crate) cost_observational: f64,
    /// Cost of a row in which an action was set
    #[arg(long, value_name = "COST", default_value = "1", value_parser = positive)]
    pub(crate) cost_single: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Next {
    #[command(flatten)]
    pub(crate) log: Log,
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// Number of rows that an experiment has
    #[arg(long, value_name = "N", value_parser = within::<u64>(1..=MANY))]
    pub(crate) rows: u64,
    #[command(flatten)]
    pub(crate) costs: RowCosts,
    #[command(flatten)]
    pub(crate) results: Results,
}

#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    #[command(flatten)]
    pub(crate) log: Log,
    /// How often outcomes are drawn from each mechanism
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = within::<u64>(1..=MANY))]
    pub(crate) repetitions: u64,
    /// Seconds after which no further repetition is begun
    #[arg(long, value_name = "SECONDS", value_parser = within::<u64>(1..=MANY))]
    pub(crate) seconds: Option<u64>,
    /// Strength of the interaction of two actions, in standard deviations of the outcome
    #[arg(long, value_name = "STRENGTH", default_value = "0.2", value_parser = positive)]
    pub(crate) interaction: f64,
    /// Strength of the hidden cause that two actions share, in standard deviations of the outcome
    #[arg(long, value_name = "STRENGTH", default_value = "0.2", value_parser = positive)]
    pub(crate) shared_cause: f64,
    /// Seed of the random numbers
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Number of threads [default: one a core]
    #[arg(long, value_name = "THREADS", value_parser = within::<usize>(1..=MANY_THREADS))]
    pub(crate) threads: Option<usize>,
    /// Directory that keeps the trials as they finish [default: none]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Go on where the same rehearsal was stopped
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) results: Results,
}

#[derive(Debug, Args)]
pub(crate) struct Choose {
    /// A model that fit has written
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// Probability with which the expected outcome may be worse than the bound that is optimised; 0.5
    /// optimises the effect itself
    #[arg(long, value_name = "RISK", default_value = "0.05", value_parser = positive)]
    pub(crate) risk: f64,
    #[command(flatten)]
    pub(crate) results: Results,
}

/// What is wanted, and among which settings.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    #[command(flatten)]
    pub(crate) aim: Aim,
    /// Range of an action, within the one that the data support [default: all of that]
    #[arg(long, value_name = "ACTION=FROM:TO", value_delimiter = ',')]
    pub(crate) within: Vec<String>,
    /// Cost of a unit of an action, in units of the outcome
    #[arg(long, value_name = "ACTION=COST", value_delimiter = ',')]
    pub(crate) cost: Vec<String>,
}

/// What is wanted of the outcome.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Aim {
    /// As much of the outcome as there can be
    #[arg(long)]
    pub(crate) maximise: bool,
    /// As little
    #[arg(long)]
    pub(crate) minimise: bool,
    /// This much, as surely as can be
    #[arg(long, value_name = "OUTCOME", value_parser = finite, allow_negative_numbers = true)]
    pub(crate) target: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    /// A model that fit has written
    pub(crate) model: PathBuf,
    /// Table (CSV or Parquet) with a column for every action of the model
    #[arg(required_unless_present = "grid", conflicts_with = "grid")]
    pub(crate) data: Option<PathBuf>,
    /// Response curve of one action instead of a table [default: 50 points of the supported range]
    #[arg(long, value_name = "ACTION[=FROM:TO:POINTS]")]
    pub(crate) grid: Option<String>,
    /// Value of another action along the curve [default: its mean]
    #[arg(long, value_name = "ACTION=VALUE", requires = "grid")]
    pub(crate) hold: Vec<String>,
    /// Prefix of the names of the columns that are added, for a table that has such columns
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,
    /// File of the predictions, written whole or not at all [default: standard output, row by row]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Actions that are set: all, none, or names
    #[arg(
        long = "do",
        value_name = "ACTIONS",
        value_delimiter = ',',
        default_value = "all"
    )]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A model that fit has written
    pub(crate) model: PathBuf,
    /// Form of the predictor
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Format,
    /// Actions that are set: all, none, or names
    #[arg(
        long = "do",
        value_name = "ACTIONS",
        value_delimiter = ',',
        default_value = "all"
    )]
    pub(crate) set: Vec<String>,
    /// Numbers that the device computes in
    #[arg(long, value_name = "NAME", default_value = "f32", value_parser = choices::scalar())]
    pub(crate) scalar: Scalar,
    /// What names in C begin with, in place of the stem of the file
    #[arg(long, value_name = "NAME", value_parser = choices::c_name)]
    pub(crate) name: Option<String>,
    /// File of the predictor
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Forms of an exported predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A Rust module without dependencies
    Rust,
    /// A C99 header that needs no library
    C,
    /// Bytes that the kernel reads at run time
    Postcard,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Directory that gets a page of the program and one of each command
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
}
