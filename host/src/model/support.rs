//! Whether a prediction rests on data: where every action was seen, and how often.
//!
//! What setting an action does is learned from the rows in which it was set, and what it does when
//! left alone from the rows in which it was left alone. So each action of a point is judged by the
//! rows that treat it as the prediction does:
//!
//! * **outside**: its value lies beyond the least or the greatest one of every such regime;
//! * **sparse**: its leverage among those rows is more than [`MOST_LEVERAGE`] times the rows' own
//!   mean. Whatever the distribution, at most one row in [`MOST_LEVERAGE`] lies so far out (Markov's
//!   inequality): a value between a far outlier and the rest, say, is within the range and still
//!   unsupported.
//!
//! The leverage is that of a regression on the action's powers, `φᵀ (Σ φφᵀ)⁻¹ φ`, and of their
//! products with the powers of those actions that its effect is known to depend on: the causes of one
//! that is left alone, and the partners of an interaction. As a test of support it is the empirical
//! Christoffel function (Lasserre and Pauwels, 2019, *Adv. Comput. Math.* 45).
//!
//! Combinations of actions need not have been seen: that they add up is what the model assumes.

use crate::fit::dispatch;
use crate::fit::structured::Structured;
use crate::model::json::{on_one_line, present};
use crate::moments::data::Data;
use crate::moments::{Moments, Range, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::error::{FitError, NotPositiveDefinite};
use joint_effects_kernel::predict::support;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many times the mean leverage of the rows a supported point may have.
pub const MOST_LEVERAGE: f64 = support::MOST as f64;

/// What leverages among some rows are computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "what leverages are computed from")]
pub struct Leverage {
    /// How many rows.
    pub rows: u64,
    /// The monomials that are judged by, the constant first.
    #[serde(serialize_with = "on_one_line")]
    pub monomials: Vec<usize>,
    /// Packed means of the products of any two of them.
    #[serde(serialize_with = "on_one_line")]
    pub products: Vec<f64>,
}

/// How one action was seen. In a [model file](crate::model_file):
///
/// ```json
/// {
///   "set": {"rows": 1800, "monomials": [0, 1], "products": [1.0, 0.1, 0.9]},
///   "alone": {"rows": 1350, "monomials": [0, 1], "products": [1.0, -0.2, 1.1]}
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "how an action was seen")]
pub struct Seen {
    /// In the rows in which it was set; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    pub set: Option<Leverage>,
    /// In the rows in which it was left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    pub alone: Option<Leverage>,
}

impl Seen {
    /// How it was seen where it was set, or left alone.
    pub fn of(&self, set: bool) -> Option<&Leverage> {
        if set { &self.set } else { &self.alone }.as_ref()
    }
}

/// How every action of a log was seen; of a structured model, with the actions that its effect
/// depends on.
pub fn seen(data: &Data, learned: Option<&Structured>) -> Vec<Seen> {
    let monomials = data.basis.monomials();
    let totals: Vec<(Regime, Moments)> = data
        .regimes
        .iter()
        .map(|part| (part.regime, RegimeMoments::total(part)))
        .collect();
    let each = (0..monomials.variables()).map(|action| {
        let among = |set: bool| {
            let family = family(action, set, learned);
            let products = 0..monomials.without_bounded().len();
            let terms = products.filter(|&index| monomials.is_within(index, family));
            let alike = totals
                .iter()
                .filter(|(regime, _)| regime.sets(action) == set || data.rests(action));
            Leverage::of(alike.map(|(_, total)| total), terms.collect())
        };
        Seen {
            set: among(true),
            alone: among(false),
        }
    });
    each.collect()
}

/// The action, and those that its effect depends on.
fn family(action: usize, set: bool, learned: Option<&Structured>) -> Regime {
    let mut family = Regime::single(action);
    let Some(learned) = learned else {
        return family;
    };
    for pair in learned.interactions.iter().filter(|pair| pair.found) {
        if pair.pair.0 == action || pair.pair.1 == action {
            family = family.with(pair.pair.0).with(pair.pair.1);
        }
    }
    for edge in learned
        .influences
        .iter()
        .filter(|edge| !set && edge.action == action)
    {
        family = family.with(edge.cause);
    }
    family
}

impl Leverage {
    /// Of the rows of these moments; `None` where there are none.
    pub fn of<'a>(
        moments: impl Iterator<Item = &'a Moments> + Clone,
        monomials: Vec<usize>,
    ) -> Option<Self> {
        let rows: u64 = moments.clone().map(|moments| moments.count()).sum();
        let weight: f64 = moments.clone().map(|moments| moments.weight()).sum();
        let mut products = Vec::with_capacity(packed::len(monomials.len()));
        for (place, &i) in monomials.iter().enumerate() {
            for &j in &monomials[..=place] {
                let sum: f64 = moments.clone().map(|moments| moments.product(i, j)).sum();
                products.push(sum / weight);
            }
        }
        (rows > 0).then_some(Self {
            rows,
            monomials,
            products,
        })
    }

    /// The mean of one of the monomials; `None` where it is not among them.
    pub fn mean(&self, monomial: usize) -> Option<f64> {
        let place = self.monomials.iter().position(|&other| other == monomial)?;
        self.products.get(packed::len(place)).copied()
    }

    /// The factor of the products that leverages are computed with, packed.
    pub fn factor(&self) -> Result<Vec<f64>, NotPositiveDefinite> {
        let mut factor = self.products.clone();
        let products = PackedMut::of(&mut factor).expect("the products are packed");
        dispatch::leverage_factor(products)?;
        Ok(factor)
    }

    /// The mean leverage of other rows, as a multiple of these rows' own.
    pub fn mean_of(&self, others: &Self) -> Result<f64, FitError> {
        let mut products = self.products.clone();
        let products = PackedMut::of(&mut products)?;
        dispatch::mean_leverage(products, Packed::of(&others.products)?)
    }
}

/// How far the data support a point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Support {
    /// Actions beyond the values at which they were seen.
    pub outside: Vec<usize>,
    /// Actions within them, where hardly a row is.
    pub sparse: Vec<usize>,
}

impl Support {
    /// Whether the data support the point.
    pub fn is_inside(&self) -> bool {
        self.outside.is_empty() && self.sparse.is_empty()
    }

    /// `inside`, `outside: x y`, `sparse: z` or `outside: x y; sparse: z`.
    pub fn display(&self, actions: &[String]) -> impl fmt::Display {
        let part = |label: &str, places: &[usize]| {
            let names: Vec<_> = places.iter().map(|&k| actions[k].as_str()).collect();
            (!names.is_empty()).then(|| format!("{label}: {}", names.join(" ")))
        };
        let parts = [part("outside", &self.outside), part("sparse", &self.sparse)];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => "inside".to_string(),
            false => parts.join("; "),
        }
    }
}

/// Where a model is supported by data when the actions of one regime are set.
#[derive(Clone, Debug)]
pub(crate) struct Supported {
    pub(crate) actions: Vec<Judge>,
}

/// What one action is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    pub(crate) ranges: Vec<Range>,
    pub(crate) monomials: Vec<usize>,
    pub(crate) factor: Vec<f64>,
    point: Vec<f64>,
}

impl Supported {
    /// Of actions of which those of `regime` are set; `ranges` are those of the regimes that treat an
    /// action alike.
    ///
    /// Fails where the products of a [`Leverage`] are those of no rows.
    pub(crate) fn new(
        regime: Regime,
        seen: &[Seen],
        ranges: impl Fn(usize) -> Vec<Range>,
    ) -> Result<Self, NotPositiveDefinite> {
        let judge = |(action, seen): (usize, &Seen)| {
            let leverage = seen.of(regime.sets(action));
            let factor = leverage.map(Leverage::factor).transpose()?;
            let monomials = leverage.map_or(Vec::new(), |seen| seen.monomials.clone());
            Ok(Judge {
                ranges: ranges(action),
                point: vec![0.0; monomials.len()],
                monomials,
                factor: factor.unwrap_or_default(),
            })
        };
        let actions: Result<_, _> = seen.iter().enumerate().map(judge).collect();
        Ok(Self { actions: actions? })
    }

    /// Whether the data support the K values of the actions, whose P monomials have the values of
    /// `features`.
    pub(crate) fn at(&mut self, actions: &[f64], features: &[f64]) -> Support {
        let mut support = Support::default();
        for (action, (judge, &value)) in self.actions.iter_mut().zip(actions).enumerate() {
            if !judge.ranges.iter().any(|range| range.contains(value)) {
                support.outside.push(action);
            } else if judge.leverage(features) > MOST_LEVERAGE {
                support.sparse.push(action);
            }
        }
        support
    }
}

impl Judge {
    /// The leverage of a point whose P monomials have these values, as a multiple of the rows' mean.
    fn leverage(&mut self, features: &[f64]) -> f64 {
        for (value, &monomial) in self.point.iter_mut().zip(&self.monomials) {
            *value = features[monomial];
        }
        let factor = Packed::new(self.point.len(), &self.factor).map(Factor::in_place);
        let leverage = factor.and_then(|factor| support::leverage(factor, &mut self.point));
        leverage.expect("a row for every monomial")
    }
}
