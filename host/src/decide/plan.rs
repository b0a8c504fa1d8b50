//! How many rows of each regime to collect, from a pilot.

use crate::fit::structured::{self, Workspace};
use crate::memory;
use crate::moments::RegimeMoments;
use crate::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_kernel::allocation::{Allocation, Costs, separate_ratio};
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::structured::Fit;
use joint_effects_kernel::structured::Known;

/// A split of the budget, and what to expect of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The estimator it is best for.
    pub estimator: &'static str,
    /// Rows.
    pub allocation: Allocation<f64>,
    /// Root mean square of the standard errors of the joint effect, over actions like those that
    /// were set in the pilot.
    pub standard_error: f64,
}

/// What the budget is best spent on, for each estimator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plans {
    /// By theory; `None` where the pilot is in blocks, of which this estimator knows nothing.
    pub separate: Option<Plan>,
    /// From what the pilot tells.
    pub structured: Plan,
}

/// A plan cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The pilot cannot be fitted.
    #[error(transparent)]
    Pilot(#[from] FitError),
    /// The budget does not buy as many rows of every regime as there are coefficients.
    #[error("a budget of {budget}: expected at least {least}, for {terms} rows of every regime")]
    Budget {
        /// What there is.
        budget: f64,
        /// What is needed.
        least: f64,
        /// Number of coefficients.
        terms: usize,
    },
}

/// Steps of a search for a ratio.
const STEPS: usize = 24;

/// How much more variance than the least a more even split may have: a tenth in standard error. The
/// variance knows nothing of what a polynomial cannot follow, which `allocation` shows to grow where
/// a regime has few rows.
const TOLERANCE: f64 = 1.21;

/// Good splits of a budget for `separate`, by theory, and for `structured`: the most even one whose
/// standard error is within a tenth of the least.
///
/// Where the pilot is in blocks, the rows of each regime are taken to be in the blocks of the pilot's, in the same
/// proportions. How far blocks differ then bounds the standard error from below, whatever the number of rows.
///
/// ```
/// use joint_effects::Data;
/// use joint_effects::decide::plan::plans;
/// # use joint_effects::log::observations::{Columns, Observations};
/// # use joint_effects::log::table::Table;
/// use joint_effects_kernel::allocation::Costs;
///
/// # let mut log = String::from("regime,red,green,y\n");
/// # for row in 0..300 {
/// #     for regime in ["obs", "do(red)", "do(green)"] {
/// #         let [red, green, noise] = [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row)).sin());
/// #         log += &format!("{regime},{red},{green},{}\n", 3.0 * red + green * green + 0.1 * noise);
/// #     }
/// # }
/// # let table = Table::new("log", log.as_bytes())?;
/// # let mut rows = Observations::new(vec![table], &Columns::new("y"))?;
/// let data = Data::read(&mut rows, 2, |_| ())?;
/// let costs = Costs {
///     observational: 1.0,
///     single: 10.0,
/// };
/// let budget = 5_000.0;
/// let plans = plans(&data, budget, costs)?;
/// for plan in plans.separate.into_iter().chain([plans.structured]) {
///     let rows = plan.allocation;
///     println!("{}: {rows:?}, standard error {}", plan.estimator, plan.standard_error);
///     assert!((rows.observational + 2.0 * 10.0 * rows.single - budget).abs() < 1e-6);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn plans(data: &Data, budget: f64, costs: Costs<f64>) -> Result<Plans, PlanError> {
    let monomials = data.basis.monomials();
    let (actions, terms) = (monomials.variables(), monomials.without_bounded().len());
    let of_every_regime = costs.observational + actions as f64 * costs.single;
    let least = terms as f64 * of_every_regime;
    if budget < least {
        return Err(PlanError::Budget {
            budget,
            least,
            terms,
        });
    }
    let at = |ratio: f64| Allocation::at_ratio(actions, budget, costs, ratio);
    // No regime gets fewer rows than there are coefficients.
    let spare = budget - least;
    let most = 1.0 + spare / (actions as f64 * costs.single * terms as f64);
    let fewest = 1.0 / (1.0 + spare / (costs.observational * terms as f64));

    let (regimes, mut workspace) = (structured::regimes(&data.regimes), Workspace::default());
    let cells = data.cells();
    let known = Known {
        noise: None,
        categories: data.categories(),
        blocks: cells.view(),
    };
    let pilot = Pilot {
        regimes: &data.regimes,
        fit: structured::fit(monomials, &regimes, &data.regimes, known, &mut workspace)?,
    };
    let separate = data.blocks.is_none().then(|| {
        let ratio = separate_ratio(actions, costs).unwrap_or(most);
        let allocation = at(ratio.clamp(fewest, most));
        let noise = pilot.fit.posterior.dispersion.noise;
        Plan {
            estimator: "separate",
            allocation,
            standard_error: allocation.separate_variance(actions, terms, noise).sqrt(),
        }
    });

    let expected = |log_ratio: f64| pilot.expected_variance(at(log_ratio.exp()));
    let best = least_of(fewest.ln(), most.ln(), expected)?;
    let even = 0.0_f64.clamp(fewest.ln(), most.ln());
    let log_ratio = least_extreme(even, best, TOLERANCE * expected(best)?, expected)?;
    let structured = Plan {
        estimator: "structured",
        allocation: at(log_ratio.exp()),
        standard_error: expected(log_ratio)?.sqrt(),
    };
    Ok(Plans {
        separate,
        structured,
    })
}

/// Where a function of one minimum is least, by golden-section search.
fn least_of(
    mut low: f64,
    mut high: f64,
    f: impl Fn(f64) -> Result<f64, FitError>,
) -> Result<f64, FitError> {
    let share = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - share * (high - low), low + share * (high - low));
    let (mut at_left, mut at_right) = (f(left)?, f(right)?);
    for _ in 0..STEPS {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - share * (high - low);
            at_left = f(left)?;
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + share * (high - low);
            at_right = f(right)?;
        }
    }
    Ok((low + high) / 2.0)
}

/// The point nearest to `even` on the way to `best` at which a function falls to `enough`, by
/// bisection.
fn least_extreme(
    even: f64,
    best: f64,
    enough: f64,
    f: impl Fn(f64) -> Result<f64, FitError>,
) -> Result<f64, FitError> {
    let (mut short, mut reached) = (even, best);
    if f(even)? <= enough {
        return Ok(even);
    }
    for _ in 0..STEPS {
        let middle = (short + reached) / 2.0;
        if f(middle)? <= enough {
            reached = middle;
        } else {
            short = middle;
        }
    }
    Ok(reached)
}

/// The rows that there are, and what was learned from them.
struct Pilot<'a> {
    regimes: &'a [RegimeMoments],
    fit: Fit<'a, f64>,
}

impl Pilot<'_> {
    /// Mean variance of the joint effect that `structured` would have with these rows.
    fn expected_variance(&self, allocation: Allocation<f64>) -> Result<f64, FitError> {
        let planned = |regime: Regime| {
            let rows = match regime.size() {
                0 => allocation.observational,
                1 => allocation.single,
                _ => 0.0,
            };
            let pilot = self.regimes.iter().find(|part| part.regime == regime);
            rows / pilot.map_or(1.0, |part| part.count() as f64)
        };
        let mut scratch = memory::zeros(self.fit.expected_variance_scratch_len())?;
        self.fit.expected_variance(planned, &mut scratch)
    }
}
