//! What a log can and cannot tell: counts and spreads of every regime, how far the values that were
//! set and those left alone overlap, what was learned, and what follows for predictions. All from
//! moments and ranges.
//!
//! ```
//! use joint_effects::moments::data::Data;
//! use joint_effects::diagnosis::Diagnosis;
//! use joint_effects::log::observations::{Columns, Observations};
//! use joint_effects::log::table::Table;
//!
//! let log = "regime,red,ir\nobs,1,5\nobs,3,8\nobs,2,7\ndo(red),1,4\ndo(red),9,20\n";
//! let columns = Columns::new("ir");
//! let mut rows = Observations::new(vec![Table::new("log", log.as_bytes())?], &columns)?;
//! let diagnosis = Diagnosis::of(&Data::read(&mut rows, 1, |_| ())?);
//! assert_eq!(diagnosis.regimes[1].regime, "do(red)");
//! assert_eq!(diagnosis.regimes[1].actions[0].mean, 5.0);
//! // Rows in which red was set cover all of 1 … 3, where it was seen when left alone.
//! assert_eq!(diagnosis.overlaps[0].alone_covered, Some(1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::log::levels::Levels;
use crate::model::Model;
use crate::model::fit::{Estimator, fit};
use crate::model::summary::Learned;
use crate::model::support::Leverage;
use crate::moments::data::Data;
use crate::moments::{self, Moments, Range, RegimeMoments};
use crate::number::significant;
use joint_effects_kernel::algebra::condition;
use serde::Serialize;

mod falsification;
mod findings;
mod sensitivity;
pub mod violations;

pub use falsification::{Check, Implication, POWER, Tested, checks};
pub use findings::{BAD_FIT, Finding, Weight, contradictions};
pub use sensitivity::{PairSensitivity, Sensitivity};

/// What a log can and cannot tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The name of the outcome.
    pub outcome: String,
    /// The names of the K actions.
    pub actions: Vec<String>,
    /// The total degree of the polynomials.
    pub degree: usize,
    /// P, the number of coefficients of a regime's polynomial.
    pub coefficients: usize,
    /// The rows of every regime.
    pub regimes: Vec<RegimeDiagnosis>,
    /// For every action, how far the values that were set and those left alone overlap.
    pub overlaps: Vec<Overlap>,
    /// What the structured model learned; `None` where the log does not allow it, or another was
    /// fitted.
    pub learned: Option<Learned>,
    /// What the assumptions imply of the actions, and whether the rows contradict it; none where there is no structured
    /// model.
    pub checks: Vec<Check>,
    /// How wrong the assumptions would have to be for the best setting to gain nothing; none where there is no structured
    /// model, rows are in blocks, or the model was given ([`Diagnosis::of_fit`]): it takes two choices of a setting.
    pub sensitivity: Vec<Sensitivity>,
    /// Which regimes have no block in common with the others ([`Data::apart`]); `None` where all have, or where
    /// the rows are in no blocks.
    pub apart: Option<String>,
    /// What follows, the gravest first.
    pub findings: Vec<Finding>,
    /// What rows cannot tell, or not wholly, and predictions rest on.
    pub assumptions: [&'static str; 2],
}

/// [`Diagnosis::assumptions`] of rows without blocks.
const CONDITIONS: &str = "the rows of all regimes were taken under the same conditions: where an experiment ran in another week or on \
     another batch than the rest, all that changed with it is taken for the effect of setting its action. Rows \
     of several regimes in turn, and some observational ones in every week, would show it, with the week named \
     by --block";

/// The same with blocks.
const SHIFTS: &str = "a block shifts the outcome of its rows and nothing else: it does not change what an action does, and its \
     shift has nothing to do with the values that the actions take in it";

/// [`Diagnosis::assumptions`] of all rows.
const CAUSES: &str = "what drives each action when it is left alone, and moves the outcome too, drives no other action. Rows show \
     a hidden cause of two actions by a correlation that it leaves between them, and not where it leaves none";

/// The rows of one regime.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegimeDiagnosis {
    /// `obs`, `do(x)`, …
    pub regime: String,
    /// The names of the actions set.
    pub sets: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// The spread of each of the K actions.
    pub actions: Vec<Spread>,
    /// The spread of the outcome.
    pub outcome: Spread,
    /// How well the terms of a polynomial can be told apart by these rows alone
    /// ([`condition::number`]): 1 is best; `None` where some cannot be.
    pub condition: Option<f64>,
    /// Root mean square of what the model leaves of the outcome; `None` where there is none.
    pub residual: Option<f64>,
}

/// Mean, spread and range of one column, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The mean; NaN of an action where the degree is 0, since moments then know none.
    pub mean: f64,
    /// The population standard deviation, or NaN.
    pub sd: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// How far the values to which an action was set and those it took when left alone overlap.
///
/// A joint prediction uses what was learned where the action was set; what it took when left alone is
/// where a controller will usually find it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// The action.
    pub action: String,
    /// Its levels, where it is a category.
    pub levels: Option<Levels>,
    /// The rows in which it was set.
    pub set: Option<Spread>,
    /// The rows in which it was left alone.
    pub alone: Option<Spread>,
    /// The share of the range left alone that lies within the range set.
    pub alone_covered: Option<f64>,
    /// The share of the range set that lies within the range left alone.
    pub set_covered: Option<f64>,
    /// The mean leverage of the values left alone in a regression on powers of those set, as a
    /// multiple of the mean of those set themselves. 1 where they are distributed alike; this many
    /// times more variance has a prediction at a typical value left alone. A single value is
    /// unsupported beyond [`crate::model::support::MOST_LEVERAGE`].
    pub alone_leverage: Option<f64>,
    /// The same of the values set among those left alone.
    pub set_leverage: Option<f64>,
}

impl Overlap {
    /// Whether the action has a single value wherever it was left alone.
    pub fn rests(&self) -> bool {
        self.alone.is_some_and(|alone| alone.min == alone.max)
    }

    /// The value to which it was set that is farthest from its mean where it was left alone, as a number or
    /// the name of a level.
    pub fn farthest(&self) -> Option<String> {
        let (set, alone) = (self.set?, self.alone?);
        let lower = alone.mean - set.min > set.max - alone.mean;
        Some(self.written(if lower { set.min } else { set.max }))
    }

    /// A value as a number, or the name of its level.
    pub fn written(&self, value: f64) -> String {
        Levels::written(self.levels.as_ref(), value, significant)
    }
}

impl Diagnosis {
    /// Of a log that may or may not allow a fit; with the structured model where it does.
    pub fn of(data: &Data) -> Self {
        let fitted = data.check().map_err(|error| error.to_string());
        let fitted = fitted.and_then(|()| {
            let fitted = fit(data, Estimator::Structured, None);
            fitted.map_err(|error| error.to_string())
        });
        let mut diagnosis = Self::given(data, fitted.as_ref().map_err(String::as_str));
        if let Ok(model) = &fitted {
            diagnosis.sensitivity = sensitivity::sensitivities(data, model, &diagnosis);
            let robustness = diagnosis.sensitivity.iter().map(findings::robustness);
            diagnosis.findings.extend(robustness);
        }
        diagnosis
    }

    /// Of a log and the model that was fitted to it.
    pub fn of_fit(data: &Data, model: &Model) -> Self {
        Self::given(data, Ok(model))
    }

    /// Of a log and its model, or why there is none.
    fn given(data: &Data, fitted: Result<&Model, &str>) -> Self {
        let monomials = data.basis.monomials();
        let products = data.without_bounded();
        let totals: Vec<_> = products.regimes.iter().map(RegimeMoments::total).collect();
        let regimes = data.regimes.iter().zip(&data.ranges).zip(&totals);
        let regimes = regimes.map(|((part, ranges), total)| {
            let names = part.regime.actions().map(|k| data.actions[k].clone());
            let spread = |column| spread(data, total, ranges, column);
            RegimeDiagnosis {
                regime: data.name(part.regime),
                sets: names.collect(),
                rows: total.count(),
                actions: (0..data.actions.len()).map(spread).collect(),
                outcome: spread(data.actions.len()),
                condition: conditioned(&products, total),
                residual: fitted.ok().and_then(|model| {
                    let polynomial = model.polynomial(part.regime).ok()?;
                    part.residual(&polynomial).ok()
                }),
            }
        });
        let learned = fitted.ok().and_then(|model| model.structured.as_ref());
        let mut diagnosis = Self {
            outcome: data.outcome.clone(),
            actions: data.actions.clone(),
            degree: monomials.degree(),
            coefficients: products.basis.monomials().len(),
            regimes: regimes.collect(),
            overlaps: overlaps(data, &totals),
            learned: learned.map(|learned| Learned::of(learned, &data.actions)),
            checks: learned
                .map(|learned| checks(monomials, &data.actions, &data.regimes, learned))
                .unwrap_or_default(),
            sensitivity: Vec::new(),
            apart: data.apart(),
            findings: Vec::new(),
            assumptions: match data.blocks {
                Some(_) => [SHIFTS, CAUSES],
                None => [CONDITIONS, CAUSES],
            },
        };
        diagnosis.findings = findings::findings(&diagnosis, fitted.err());
        diagnosis
    }
}

fn conditioned(data: &Data, total: &Moments) -> Option<f64> {
    let monomials = data.basis.monomials();
    let mut scratch = vec![0.0; condition::scratch_len(monomials)];
    condition::number(monomials, total, &mut scratch).ok()?
}

/// The spread of action `column`, or of the outcome where that is K, in rows of these moments and
/// ranges.
fn spread(data: &Data, moments: &Moments, ranges: &[Range], column: usize) -> Spread {
    let actions = data.actions.len();
    // The first K monomials beside the constant are the standardised actions; the outcome is last.
    let (place, shift, factor) = match column < actions {
        true => (
            column,
            data.basis.shift()[column],
            data.basis.factor()[column],
        ),
        false => (moments.columns() - 1, 0.0, 1.0),
    };
    // Moments to degree 0 are of the outcome alone.
    let own = column == actions || data.basis.monomials().degree() > 0;
    let (mean, squares) = match own {
        true => (
            moments.means()[place],
            moments.comoments().row(place)[place],
        ),
        false => (f64::NAN, f64::NAN),
    };
    Spread {
        mean: shift + mean / factor,
        sd: (squares / moments.weight()).sqrt() / factor,
        min: ranges[column].min,
        max: ranges[column].max,
    }
}

/// The rows that treat an action alike.
struct Treated {
    spread: Spread,
    range: Range,
    leverage: Leverage,
}

impl Treated {
    /// The rows in which an action was set, or left alone; `None` where there are none.
    fn new(data: &Data, totals: &[Moments], action: usize, set: bool) -> Option<Self> {
        let each = data.regimes.iter().zip(totals).zip(&data.ranges);
        let alike = each.filter(|((part, _), _)| part.regime.sets(action) == set);
        let (moments, ranges): (Vec<Moments>, Vec<&Vec<Range>>) = alike
            .map(|((_, total), ranges)| (total.clone(), ranges))
            .unzip();
        let union = |one: Vec<Range>, next: &Vec<Range>| {
            let pairs = one.into_iter().zip(next);
            pairs.map(|(one, next)| one.union(*next)).collect()
        };
        let first = ranges.first()?.to_vec();
        let ranges = ranges.into_iter().fold(first, union);
        let moments = moments::total(&moments);
        let monomials = data.basis.monomials();
        let powers = (0..=monomials.degree()).filter_map(|p| monomials.power(action, p));
        Some(Self {
            spread: spread(data, &moments, &ranges, action),
            range: ranges[action],
            leverage: Leverage::of(std::iter::once(&moments), powers.collect())?,
        })
    }

    /// The share of this range that lies within another.
    fn covered_by(&self, other: &Self) -> f64 {
        let within = self.range.intersection(other.range);
        let (part, whole) = (within.max - within.min, self.range.max - self.range.min);
        match whole > 0.0 {
            true => (part / whole).max(0.0),
            false => f64::from(u8::from(!within.is_empty())),
        }
    }
}

fn overlaps(data: &Data, totals: &[Moments]) -> Vec<Overlap> {
    let each = data.actions.iter().enumerate().map(|(action, name)| {
        let treated = |set| Treated::new(data, totals, action, set);
        let (set, alone) = (treated(true), treated(false));
        let both = set.as_ref().zip(alone.as_ref());
        let leverage = |rows: &Treated, others: &Treated| {
            let leverage = rows.leverage.mean_of(&others.leverage);
            leverage.ok().filter(|leverage| leverage.is_finite())
        };
        Overlap {
            action: name.clone(),
            levels: data.levels[action].clone(),
            set: set.as_ref().map(|rows| rows.spread),
            alone: alone.as_ref().map(|rows| rows.spread),
            alone_covered: both.map(|(set, alone)| alone.covered_by(set)),
            set_covered: both.map(|(set, alone)| set.covered_by(alone)),
            alone_leverage: both.and_then(|(set, alone)| leverage(set, alone)),
            set_leverage: both.and_then(|(set, alone)| leverage(alone, set)),
        }
    });
    each.collect()
}
