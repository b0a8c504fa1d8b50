//! What is chosen by its name, and what the help says of it.

use crate::app::arguments::ScaleChoice;
use crate::app::lab::experiment;
use crate::app::lab::scm::Family;
use crate::export::{Scalar, c};
use crate::fit::estimator::Regularization;
use crate::log::observations::Missing;
use crate::model::fit;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use joint_effects_kernel::predict::scale::Scale;

/// One of `all`.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
    help: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let values = all.map(|value| PossibleValue::new(name(value)).help(help(value)));
    PossibleValuesParser::new(values).map(move |given| {
        let mut all = all.into_iter();
        all.find(|value| name(*value) == given)
            .expect("one of their names")
    })
}

/// How a log is fitted.
pub(super) fn estimator() -> impl TypedValueParser<Value = fit::Estimator> {
    use fit::Estimator;
    one_of(
        Estimator::ALL,
        Estimator::name,
        |estimator| match estimator {
            Estimator::Observational => {
                "A ridge on the observational rows: what watching alone would predict"
            }
            Estimator::Separate => "A ridge per regime, added up",
            Estimator::Indicator => {
                "One ridge on all regimes, with an indicator for every action set"
            }
            Estimator::Structured => {
                "Additivity, learned influences and estimated shrinkage: the most accurate, and it knows \
             how sure it is"
            }
        },
    )
}

/// What an experiment compares.
pub(super) fn compared() -> impl TypedValueParser<Value = experiment::Estimator> {
    use experiment::Estimator;
    one_of(
        Estimator::ALL,
        Estimator::name,
        |estimator| match estimator {
            Estimator::Truth => "The true effect: its RMSE is the noise floor",
            Estimator::Constant => "The mean of the observational outcomes",
            Estimator::Observational => "A fit of the observational rows",
            Estimator::Pooled => "One fit of all observational and single-action rows",
            Estimator::PooledReleased => {
                "The released code's pooled model: a fit per chunk of those rows, drawn afresh, summed and \
             divided by K + 1. A chunk is as long as the shortest regime, and at most 10,000 rows"
            }
            Estimator::Separate => "A fit per regime, Σ ŷ_k − (K − 1) ŷ_obs",
            Estimator::Indicator => {
                "One ridge on [φ, R₁φ, …, R_Kφ], whatever the regularization of the others"
            }
            Estimator::Structured => "The structured indicator model, which has a prior of its own",
            Estimator::Joint => "A fit of joint rows: the oracle",
            Estimator::JointAdditive => "The oracle that also knows that the effect is additive",
        },
    )
}

/// What an experiment's fits are penalised by.
pub(super) fn regularization() -> impl TypedValueParser<Value = Regularization> {
    one_of(
        Regularization::ALL,
        Regularization::name,
        |kind| match kind {
            Regularization::Ridge => "By the sum of their squares",
            Regularization::Lasso => "By the sum of their magnitudes",
        },
    )
}

/// What random models are drawn from.
pub(super) fn family() -> impl TypedValueParser<Value = Family> {
    one_of(Family::ALL, Family::name, |family| match family {
        Family::Polynomial => {
            "Every mechanism is a random polynomial of degree 2, its coefficients N(0, 1) divided by the \
             sum of their absolute values. C, V and U have mean 0, standard deviations 0.5, 0.1 and \
             0.1, and are each Gaussian, uniform or logistic. Edges have probability 0.3. Interventions \
             are normal, with the action's mean and standard deviation in the observational sample"
        }
        Family::Linear => {
            "A_k = γ_k C_k + Σ_j δ_kj A_j + V_k and Y = Σ_k (α_k A_k + β_k C_k) + U, with α, β and γ \
             uniform on (0.5, 1.5), δ on (−0.5, 0.5), edges of probability 0.5. C, V, U and the \
             interventions are lognormal(0, σ), each σ uniform on (0.5, 1.5), one for all interventions"
        }
    })
}

/// What becomes of rows with cells that have no value.
pub(super) fn missing() -> impl TypedValueParser<Value = Missing> {
    one_of(Missing::ALL, Missing::name, |missing| match missing {
        Missing::Drop => "It is left out, and how many are is said",
        Missing::Refuse => "It is an error",
    })
}

/// What of the outcome adds up.
pub(super) fn scale() -> impl TypedValueParser<Value = Scale> {
    one_of(Scale::CHOICES, Scale::name, scale_help)
}

/// The same, or to be found out.
pub(super) fn scale_or_auto() -> impl TypedValueParser<Value = ScaleChoice> {
    one_of(ScaleChoice::ALL, ScaleChoice::name, |scale| match scale {
        ScaleChoice::One(scale) => scale_help(scale),
        ScaleChoice::Auto => {
            "That of these on which the outcomes are most likely and effects add up no worse than on the first"
        }
    })
}

fn scale_help(scale: Scale) -> &'static str {
    match scale {
        Scale::Identity | Scale::Probability => {
            "The outcome itself; one that is always 0 or 1 is predicted between these"
        }
        Scale::Log => "The logarithm of a positive outcome: effects multiply",
        Scale::Logit => "ln(y / (1 − y)) of a share, between 0 and 1",
    }
}

/// What a device computes in.
pub(super) fn scalar() -> impl TypedValueParser<Value = Scalar> {
    one_of(Scalar::ALL, Scalar::name, |scalar| match scalar {
        Scalar::F32 => "Single precision",
        Scalar::F64 => "Double precision",
    })
}

/// What names in C begin with.
pub(super) fn c_name(text: &str) -> Result<String, String> {
    match c::prefix(text) == text {
        true => Ok(text.into()),
        false => Err("expected letters, digits and _, a letter first".into()),
    }
}
