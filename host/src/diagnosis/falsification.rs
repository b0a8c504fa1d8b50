//! What the rows could contradict of the assumptions, and whether they do.

use crate::fit::structured::{Structured, regimes};
use crate::model::LEVEL;
use crate::moments::{Moments, RegimeMoments};
use crate::number::{p_value, significant, with_error};
use joint_effects_kernel::Regime;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::gram::{self, Grams};
pub use joint_effects_kernel::structured::invariance::Implication;
use joint_effects_kernel::structured::invariance::{self, Departure, Invariance, descendants};
use joint_effects_kernel::structured::tails::t_quantile;
use serde::Serialize;

/// The probability with which a departure is to be noticed that is called noticeable.
pub const POWER: f64 = 0.8;

/// Something that the assumptions imply, and what the rows say of it.
///
/// Of a pair, that no hidden cause moves both; of an action that was set, that nothing changed with it but what it
/// moves. [`joint_effects_kernel::structured::invariance`] has the tests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What is implied.
    pub implication: Implication,
    /// The action that was set, and the one that was left alone; of several, the one that departs most clearly.
    pub actions: [String; 2],
    /// What the rows say; `None` where they cannot test it.
    pub tested: Option<Tested>,
}

/// What the rows say of an implication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tested {
    /// The departure, 0 by the assumptions: a correlation of the pair beyond what one's moving the other makes, or
    /// by how many of its standard deviations the action that was left alone changed.
    pub departure: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Where it lies with 95 %, taken alone.
    pub interval: [f64; 2],
    /// The probability of as clear a departure of any implication, if all hold (Holm 1979, *Scandinavian Journal of
    /// Statistics* 6, 65–70).
    pub p_value: f64,
    /// The least departure that is noticed with 80 %.
    pub noticeable: f64,
    /// Whether the rows contradict the implication: p is below 5 %.
    pub contradicted: bool,
}

impl Check {
    /// What was found, in a sentence.
    pub fn said(&self) -> String {
        let [set, alone] = &self.actions;
        let Some(tested) = &self.tested else {
            return match self.implication {
                Implication::SeparateCauses => {
                    format!("whether a hidden cause moves both {set} and {alone} cannot be tested")
                }
                Implication::SameConditions => {
                    format!("whether anything else changed where {set} was set cannot be tested")
                }
            };
        };
        let p = p_value(tested.p_value);
        let departure = with_error(tested.departure, tested.standard_error);
        match (self.implication, tested.contradicted) {
            (Implication::SeparateCauses, true) => format!(
                "where both are left alone, {set} and {alone} go together by more than one's moving the other: \
                 a correlation of {departure} is left, {p}; a hidden cause seems to move both"
            ),
            (Implication::SeparateCauses, false) => format!(
                "no hidden cause is seen to move both {set} and {alone}: a correlation of {departure} is left, \
                 {p}; {} would be noticed",
                significant(tested.noticeable)
            ),
            (Implication::SameConditions, true) => format!(
                "where {set} was set, {alone} is not as its causes say: it differs by {departure} of its \
                 standard deviations, {p}; either setting {set} did more than that, or the rows were taken \
                 under other conditions"
            ),
            (Implication::SameConditions, false) => format!(
                "where {set} was set, the other actions are as their causes say: {alone} differs most, by \
                 {departure} of its standard deviations, {p}"
            ),
        }
    }
}

/// Every check that there is of a structured model, of actions with these names: of all pairs, then of every action.
/// There is none where the moments are none that rows have.
pub fn checks(
    monomials: Monomials,
    names: &[String],
    parts: &[RegimeMoments],
    learned: &Structured,
) -> Vec<Check> {
    let outcomes = outcomes(monomials, parts, learned).unwrap_or_default();
    corrected(names, outcomes)
}

/// The test of every check.
fn outcomes(
    monomials: Monomials,
    parts: &[RegimeMoments],
    learned: &Structured,
) -> Result<Vec<Outcome>, FitError> {
    let actions = monomials.variables();
    let mut products = Vec::new();
    let regimes = regimes(parts);
    let grams = grams(monomials, &regimes, parts, &mut products)?;
    let graph = Graph::of(actions, learned);
    let invariance = graph.invariance(monomials, &grams);
    let descendants = &graph.descendants;
    let mut scratch = vec![0.0; invariance::scratch_len(monomials)];
    let mut outcomes = Vec::new();
    for (second, moved) in descendants.iter().enumerate() {
        for first in 0..second {
            let (set, alone) = match moved.sets(first) {
                true => (second, first),
                false => (first, second),
            };
            let implication = Implication::SeparateCauses;
            let departure = invariance.test(implication, set, alone, &mut scratch)?;
            outcomes.push(Outcome {
                implication,
                actions: [set, alone],
                departure,
                tests: 1,
            });
        }
    }
    for set in 0..actions {
        let implication = Implication::SameConditions;
        let mut worst: Option<(usize, Departure<f64>)> = None;
        let mut tests = 0;
        for alone in (0..actions).filter(|&alone| alone != set) {
            let Some(departure) = invariance.test(implication, set, alone, &mut scratch)? else {
                continue;
            };
            tests += 1;
            if worst.is_none_or(|(_, worst)| departure.p_value() < worst.p_value()) {
                worst = Some((alone, departure));
            }
        }
        outcomes.push(Outcome {
            implication,
            actions: [set, worst.map_or(set, |(alone, _)| alone)],
            departure: worst.map(|(_, departure)| departure),
            tests,
        });
    }
    Ok(outcomes)
}

/// Which actions move which.
pub(super) struct Graph {
    parents: Vec<Regime>,
    descendants: Vec<Regime>,
}

impl Graph {
    pub(super) fn of(actions: usize, learned: &Structured) -> Self {
        let mut parents = vec![Regime::OBSERVATIONAL; actions];
        for edge in &learned.influences {
            parents[edge.action] = parents[edge.action].with(edge.cause);
        }
        Self {
            descendants: descendants(&parents).to_vec(),
            parents,
        }
    }

    pub(super) fn invariance<'a, 'b>(
        &'a self,
        monomials: Monomials,
        grams: &'a Grams<'b, f64>,
    ) -> Invariance<'a, 'b, f64> {
        Invariance {
            grams,
            monomials,
            parents: &self.parents,
            descendants: &self.descendants,
        }
    }
}

/// The Gram matrices of moments of these regimes.
pub(super) fn grams<'a>(
    monomials: Monomials,
    regimes: &'a [Regime],
    parts: &[RegimeMoments],
    products: &'a mut Vec<f64>,
) -> Result<Grams<'a, f64>, FitError> {
    let totals: Vec<Moments> = parts.iter().map(RegimeMoments::total).collect();
    products.resize(parts.len() * gram::len(monomials.len()), 0.0);
    Grams::new(monomials.len(), regimes, &totals, products)
}

/// A test before the number of tests is allowed for.
struct Outcome {
    implication: Implication,
    actions: [usize; 2],
    departure: Option<Departure<f64>>,
    /// Of how many it is the clearest.
    tests: usize,
}

impl Outcome {
    fn p_value(&self) -> Option<f64> {
        let p = self.departure?.p_value() * self.tests as f64;
        Some(p.min(1.0))
    }
}

/// The checks, their p-values by Holm's correction.
fn corrected(names: &[String], outcomes: Vec<Outcome>) -> Vec<Check> {
    let mut order: Vec<usize> = (0..outcomes.len())
        .filter(|&index| outcomes[index].departure.is_some())
        .collect();
    let p_of = |index: &usize| outcomes[*index].p_value().unwrap_or(1.0);
    order.sort_by(|one, other| p_of(one).total_cmp(&p_of(other)));
    let mut adjusted = vec![1.0; outcomes.len()];
    let mut most = 0.0_f64;
    for (place, index) in order.iter().enumerate() {
        most = most
            .max((order.len() - place) as f64 * p_of(index))
            .min(1.0);
        adjusted[*index] = most;
    }
    let all = order.len();
    let checks = outcomes.iter().zip(adjusted).map(|(outcome, p_value)| {
        let tested = outcome.departure.map(|departure| {
            let quantile = |level| t_quantile(level, departure.degrees_of_freedom);
            let reach = quantile(LEVEL) * departure.standard_error;
            let threshold = quantile(1.0 - (1.0 - LEVEL) / (all * outcome.tests) as f64);
            Tested {
                departure: departure.estimate,
                standard_error: departure.standard_error,
                interval: [departure.estimate - reach, departure.estimate + reach],
                p_value,
                noticeable: (threshold + quantile(2.0 * POWER - 1.0)) * departure.standard_error,
                contradicted: p_value < 1.0 - LEVEL,
            }
        });
        Check {
            implication: outcome.implication,
            actions: outcome.actions.map(|action| names[action].clone()),
            tested,
        }
    });
    checks.collect()
}
