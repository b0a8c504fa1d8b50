//! The part of a model file that the structured model adds: what it learned, and how sure it is.
//!
//! ```json
//! "structured": {
//!   "influences": [{"cause": "green", "action": "red", "p_value": 3e-12}],
//!   "interactions": [{"pair": ["red", "green"], "p_value": 0.3, "found": false}],
//!   "priors": [{"group": "joint", "order": 1, "variance": 0.5, "determined": 0.9}],
//!   "terms": [
//!     {"monomials": [0, 1, 2]},
//!     {"action": "red", "monomials": [0, 1, 2]},
//!     {"action": "green", "monomials": [0, 2]}
//!   ],
//!   "blocks": {
//!     "count": 10,
//!     "parameters": 8.6,
//!     "common": {"variance": 0.8, "degrees_of_freedom": 9.0, "share": 0.9},
//!     "own": {"variance": 0.1, "degrees_of_freedom": 18.0, "share": 0.05}
//!   },
//!   "near_share": 0.98,
//!   "uncertainty": {
//!     "degrees_of_freedom": 3790.2,
//!     "noise_variance": 250000.0,
//!     "inflation": 1.2,
//!     "left_out": [0.001, 0.02, 0.03],
//!     "unfound": 0.004,
//!     "covariance": [0.1, 0.0, 0.2]
//!   }
//! }
//! ```
//!
//! A pair is `found` where the joint effect has cross terms of it, and `measured` too where these are there because
//! rows set these two and no other; it is written where true.
//! `blocks` is there where the rows were in blocks: their number, and how many parameters their intercepts are; of
//! what all rows of a block share, and of what those of one regime share beside that, the variance, its degrees of
//! freedom, and the share of the joint effect's variance that is in proportion to it.
//! `near_share` is there where some rows were far or curves within bounds were summed: how far the joint effect is that of
//! the rows that are not far, with such curves, from 0 to 1.
//! `terms` are the coefficients that are not zero by assumption: first those of the joint effect,
//! then those of the γ of each action, by the index of the monomial. `covariance` is theirs, in this
//! order: the packed lower triangle, row after row. With `coefficients` it gives the standard error
//! of the effect of setting any actions. `left_out` is the part of it that polynomials do not follow, a variance of the
//! joint effect, then of what leaving each action alone adds to it, and `unfound` the variance of what interactions too
//! small to be found add to the joint effect; files of earlier programs have neither.

use super::{Problem, finite, position, quoted, wrong};
use crate::fit::dispatch;
use crate::fit::structured::{
    BlockEffects, Influence, Interaction, Prior, Structured, Uncertainty,
};
use crate::model::json::{on_one_line, present};
use joint_effects_kernel::algebra::packed::{self, PackedMut};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::block::Component;
use joint_effects_kernel::structured::covariance::Term;
use joint_effects_kernel::structured::design::{Group, joint_groups};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

#[derive(Serialize, Deserialize)]
#[serde(expecting = "what the structured model learned")]
pub(super) struct Part {
    influences: Vec<Edge>,
    interactions: Vec<Pair>,
    priors: Vec<Variance>,
    terms: Vec<Block>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    blocks: Option<Shifts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    near_share: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    uncertainty: Option<Sure>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "how sure the coefficients are")]
struct Sure {
    degrees_of_freedom: f64,
    noise_variance: f64,
    inflation: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(serialize_with = "on_one_line")]
    left_out: Vec<f64>,
    #[serde(default)]
    unfound: f64,
    #[serde(serialize_with = "on_one_line")]
    covariance: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "how far blocks differ")]
struct Shifts {
    count: usize,
    parameters: f64,
    common: Shift,
    own: Shift,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a variance between blocks")]
struct Shift {
    variance: f64,
    degrees_of_freedom: f64,
    share: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "an influence")]
struct Edge {
    cause: String,
    action: String,
    p_value: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a pair of actions")]
struct Pair {
    #[serde(serialize_with = "on_one_line")]
    pair: [String; 2],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    p_value: Option<f64>,
    found: bool,
    /// Files of before pairs were measured do not have it.
    #[serde(default, skip_serializing_if = "is_false")]
    measured: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "a prior")]
struct Variance {
    group: Kind,
    /// The degree of the group's terms, of curves within bounds one more than that of the model; the place of its pair among the interactions, or of its category
    /// among the actions.
    order: usize,
    variance: f64,
    determined: f64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Joint,
    Levels,
    Pair,
    Own,
    Family,
    Bounded,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "terms of the joint effect or of an action")]
struct Block {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    action: Option<String>,
    #[serde(serialize_with = "on_one_line")]
    monomials: Vec<usize>,
}

impl Sure {
    fn left_out(&self, actions: usize) -> Result<Vec<f64>, Problem> {
        let found = self.left_out.len();
        if found != 0 && found != 1 + actions {
            let expected = format!("{} numbers", 1 + actions);
            return Err(wrong("structured.uncertainty.left_out", expected, found));
        }
        let read = |(index, &variance): (usize, &f64)| {
            let field = || format!("structured.uncertainty.left_out[{index}]");
            within(variance, 0.0..=f64::MAX, field)
        };
        self.left_out.iter().enumerate().map(read).collect()
    }
}

impl Shifts {
    fn read(&self) -> Result<BlockEffects, Problem> {
        let field = |name: &str| format!("structured.blocks.{name}");
        if self.count < 2 {
            return Err(wrong(field("count"), "at least 2", self.count));
        }
        let parameters = within(self.parameters, 0.0..=f64::MAX, || field("parameters"))?;
        Ok(BlockEffects {
            count: self.count,
            parameters,
            common: self.common.read("common")?,
            own: self.own.read("own")?,
        })
    }
}

impl Shift {
    fn of(component: Component<f64>) -> Self {
        Self {
            variance: component.variance,
            degrees_of_freedom: component.degrees_of_freedom,
            share: component.share,
        }
    }

    fn read(&self, kind: &str) -> Result<Component<f64>, Problem> {
        let scalar = |value, least, field: &str| {
            let field = || format!("structured.blocks.{kind}.{field}");
            within(value, least..=f64::MAX, field)
        };
        Ok(Component {
            variance: scalar(self.variance, 0.0, "variance")?,
            degrees_of_freedom: scalar(self.degrees_of_freedom, 1.0, "degrees_of_freedom")?,
            share: scalar(self.share, 0.0, "share")?,
        })
    }
}

impl Part {
    /// `name` gives the name of an action.
    pub(super) fn of(learned: &Structured, name: &impl Fn(usize) -> String) -> Self {
        let influences = learned.influences.iter().map(|edge| Edge {
            cause: name(edge.cause),
            action: name(edge.action),
            p_value: edge.p_value,
        });
        let interactions = learned.interactions.iter().map(|interaction| Pair {
            pair: [name(interaction.pair.0), name(interaction.pair.1)],
            p_value: interaction.p_value,
            found: interaction.found,
            measured: interaction.measured,
        });
        let priors = learned.priors.iter().filter_map(|prior| {
            let (group, order) = match prior.group {
                Group::Flat => return None,
                Group::Joint(degree) => (Kind::Joint, degree),
                Group::Levels(action) => (Kind::Levels, action),
                Group::Pair(index) => (Kind::Pair, index),
                Group::Own(degree) => (Kind::Own, degree),
                Group::Family(degree) => (Kind::Family, degree),
                Group::Bounded => (Kind::Bounded, 0),
            };
            Some(Variance {
                group,
                order,
                variance: prior.variance,
                determined: prior.determined,
            })
        });
        let blocks = learned
            .terms
            .chunk_by(|one, next| one.action == next.action);
        let terms = blocks.map(|block| Block {
            action: block[0].action.map(name),
            monomials: block.iter().map(|term| term.monomial).collect(),
        });
        Self {
            influences: influences.collect(),
            interactions: interactions.collect(),
            priors: priors.collect(),
            terms: terms.collect(),
            blocks: learned.blocks.map(|blocks| Shifts {
                count: blocks.count,
                parameters: blocks.parameters,
                common: Shift::of(blocks.common),
                own: Shift::of(blocks.own),
            }),
            near_share: learned.near_share,
            uncertainty: learned.uncertainty.as_ref().map(|sure| Sure {
                degrees_of_freedom: sure.degrees_of_freedom,
                noise_variance: sure.noise,
                inflation: sure.inflation,
                left_out: sure.left_out.clone(),
                unfound: sure.unfound,
                covariance: sure.covariance.clone(),
            }),
        }
    }

    /// What the fields say of a model of these actions over these monomials, if they go with it and with each other.
    pub(super) fn read(
        &self,
        names: &[String],
        monomials: Monomials,
    ) -> Result<Structured, Problem> {
        Ok(Structured {
            influences: self.influences(names)?,
            interactions: self.interactions(names)?,
            priors: self.priors(monomials)?,
            terms: self.terms(names, monomials.len())?,
            blocks: self.blocks.as_ref().map(Shifts::read).transpose()?,
            near_share: (self.near_share)
                .map(|share| within(share, 0.0..=1.0, || "structured.near_share".into()))
                .transpose()?,
            uncertainty: self
                .uncertainty
                .as_ref()
                .map(|sure| self.sure(sure, names.len()))
                .transpose()?,
        })
    }

    fn influences(&self, names: &[String]) -> Result<Vec<Influence>, Problem> {
        let mut influences: Vec<Influence> = Vec::with_capacity(self.influences.len());
        for (index, edge) in self.influences.iter().enumerate() {
            let field = |name| format!("structured.influences[{index}].{name}");
            let cause = position(names, &edge.cause, || field("cause"))?;
            let action = position(names, &edge.action, || field("action"))?;
            let mut known = influences.iter().map(|edge| (edge.cause, edge.action));
            if cause == action || known.any(|edge| edge == (cause, action)) {
                let expected = "an action that it is not said to influence already";
                return Err(wrong(field("action"), expected, quoted(&edge.action)));
            }
            influences.push(Influence {
                cause,
                action,
                p_value: within(edge.p_value, 0.0..=1.0, || field("p_value"))?,
            });
        }
        Ok(influences)
    }

    fn interactions(&self, names: &[String]) -> Result<Vec<Interaction>, Problem> {
        let mut interactions: Vec<Interaction> = Vec::with_capacity(self.interactions.len());
        for (
            index,
            Pair {
                pair,
                p_value,
                found,
                measured,
            },
        ) in self.interactions.iter().enumerate()
        {
            let field = |name| format!("structured.interactions[{index}].{name}");
            let place =
                |side: usize| position(names, &pair[side], || format!("{}[{side}]", field("pair")));
            let places = (place(0)?, place(1)?);
            let known = interactions.iter().any(|other| other.pair == places);
            if places.0 >= places.1 || known {
                let expected = "a pair of its own, in the order of the actions";
                return Err(wrong(field("pair"), expected, format!("{pair:?}")));
            }
            if *found && interactions.last().is_some_and(|before| !before.found) {
                return Err(wrong(field("found"), "those found to come first", found));
            }
            if *measured && !found {
                return Err(wrong(field("measured"), "a pair that is found", measured));
            }
            interactions.push(Interaction {
                pair: places,
                p_value: p_value
                    .map(|p_value| within(p_value, 0.0..=1.0, || field("p_value")))
                    .transpose()?,
                found: *found,
                measured: *measured,
            });
        }
        Ok(interactions)
    }

    fn priors(&self, monomials: Monomials) -> Result<Vec<Prior>, Problem> {
        let (actions, degree) = (monomials.variables(), monomials.degree());
        let pairs = self.interactions.iter().filter(|pair| pair.found).count();
        let mut priors = Vec::with_capacity(self.priors.len());
        for (index, prior) in self.priors.iter().enumerate() {
            let field = |name| format!("structured.priors[{index}].{name}");
            let order = prior.order;
            let (group, orders) = match prior.group {
                Kind::Joint => (Group::Joint(order), 1..joint_groups(monomials) + 1),
                Kind::Levels => (Group::Levels(order), 0..actions),
                Kind::Pair => (Group::Pair(order), 0..pairs),
                Kind::Own => (Group::Own(order), 0..degree + 1),
                Kind::Family => (Group::Family(order), 1..degree + 1),
                Kind::Bounded => (Group::Bounded, 0..1),
            };
            if !orders.contains(&order) {
                let expected = format!("at least {} and below {}", orders.start, orders.end);
                return Err(wrong(field("order"), expected, order));
            }
            priors.push(Prior {
                group,
                variance: within(prior.variance, 0.0..=f64::MAX, || field("variance"))?,
                determined: within(prior.determined, 0.0..=1.0, || field("determined"))?,
            });
        }
        Ok(priors)
    }

    fn terms(&self, names: &[String], count: usize) -> Result<Vec<Term>, Problem> {
        let mut terms: Vec<Term> = Vec::new();
        for (index, block) in self.terms.iter().enumerate() {
            let field = |name| format!("structured.terms[{index}].{name}");
            let name = block.action.as_deref();
            let place = |name| position(names, name, || field("action"));
            let action = name.map(place).transpose()?;
            let last = terms.last().map(|term| term.action);
            if last.map_or(action.is_some(), |last| action <= last) {
                let expected = "none at first, then the actions in their order";
                let found = name.map_or("none".into(), quoted);
                return Err(wrong(field("action"), expected, found));
            }
            for (position, &monomial) in block.monomials.iter().enumerate() {
                let before = position
                    .checked_sub(1)
                    .map(|before| block.monomials[before]);
                if monomial >= count || before.is_some_and(|before| before >= monomial) {
                    let expected = format!("ascending indices below {count}");
                    let field = format!("{}[{position}]", field("monomials"));
                    return Err(wrong(field, expected, monomial));
                }
                terms.push(Term { action, monomial });
            }
        }
        Ok(terms)
    }

    fn sure(&self, sure: &Sure, actions: usize) -> Result<Uncertainty, Problem> {
        let scalar = |value, range, field: &str| {
            let field = || format!("structured.uncertainty.{field}");
            within(value, range, field)
        };
        Ok(Uncertainty {
            degrees_of_freedom: scalar(
                sure.degrees_of_freedom,
                1.0..=f64::MAX,
                "degrees_of_freedom",
            )?,
            noise: scalar(sure.noise_variance, 0.0..=f64::MAX, "noise_variance")?,
            inflation: scalar(sure.inflation, 1.0..=f64::MAX, "inflation")?,
            left_out: sure.left_out(actions)?,
            unfound: scalar(sure.unfound, 0.0..=f64::MAX, "unfound")?,
            covariance: self.covariance(sure)?,
        })
    }

    fn covariance(&self, sure: &Sure) -> Result<Vec<f64>, Problem> {
        let terms: usize = self.terms.iter().map(|block| block.monomials.len()).sum();
        let (expected, found) = (packed::len(terms), sure.covariance.len());
        if found != expected {
            let expected = format!("{expected} numbers");
            return Err(wrong("structured.uncertainty.covariance", expected, found));
        }
        for (index, &value) in sure.covariance.iter().enumerate() {
            finite(value, || {
                format!("structured.uncertainty.covariance[{index}]")
            })?;
        }
        for i in 0..terms {
            let place = packed::len(i) + i;
            let variance = sure.covariance[place];
            if variance < 0.0 {
                let field = format!("structured.uncertainty.covariance[{place}]");
                return Err(wrong(field, "a variance", variance));
            }
        }
        Ok(sure.covariance.clone())
    }

    /// Whether no combination of coefficients has a variance below zero, but for rounding.
    pub(super) fn check_covariance(&self) -> Result<(), Problem> {
        let wrong = |found: &dyn fmt::Display| {
            let expected = "that of some coefficients";
            wrong("structured.uncertainty.covariance", expected, found)
        };
        let Some(sure) = &self.uncertainty else {
            return Ok(());
        };
        let mut correlations = self.covariance(sure)?;
        let mut matrix = PackedMut::of(&mut correlations).map_err(|error| wrong(&error))?;
        let diagonal = (0..matrix.order()).map(|i| matrix.row_mut(i).last().copied());
        let deviations: Vec<f64> = diagonal.flatten().map(f64::sqrt).collect();
        for (i, own) in deviations.iter().enumerate() {
            for (value, deviation) in matrix.row_mut(i).iter_mut().zip(&deviations) {
                *value /= deviation * own;
                // A coefficient without a variance has no covariance either.
                if value.is_nan() {
                    *value = 0.0;
                }
            }
            matrix.row_mut(i)[i] = 1.0 + ROUNDING;
        }
        let factored = dispatch::factor(matrix);
        factored.map(drop).map_err(|error| wrong(&error))
    }
}

/// How far an eigenvalue of the correlations may be below zero.
const ROUNDING: f64 = 1e-6;

/// The value, where it lies in the range.
fn within(
    value: f64,
    range: RangeInclusive<f64>,
    field: impl Fn() -> String,
) -> Result<f64, Problem> {
    finite(value, &field)?;
    if range.contains(&value) {
        return Ok(value);
    }
    let expected = match (*range.start(), *range.end()) {
        (least, f64::MAX) => format!("at least {least}"),
        (least, most) => format!("a number from {least} to {most}"),
    };
    Err(wrong(field(), expected, value))
}
