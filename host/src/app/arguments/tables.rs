//! Of tables, and of the models fitted to them.

use super::Results;
use super::choices;
use super::numbers::{DEGREES, MANY, MANY_THREADS, finite, positive, within};
use crate::export::Scalar;
use crate::log::observations::{Baseline, Missing};
use crate::model::fit;
use clap::{Args, ValueEnum};
use joint_effects_kernel::predict::scale::Scale;
use std::path::PathBuf;

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
    /// Total degree of the fitted polynomials [default: the most likely of 3 to 6 with up to four actions and of
    /// 3 to 5 with five, where they have no far values; else 3]; moments are of the highest that is to be chosen among
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
