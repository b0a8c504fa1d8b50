//! The scale on which effects add up: that of the outcome, or of its logarithm or logit.
//!
//! Where an outcome is a product of what the actions do, `Y = Π g_k(A_k, C_k) · V`, its logarithm is a sum.
//! A model of `link(Y)` predicts the expectation of `link(Y)`; that of `Y` follows from it and the variance v
//! of `link(Y)` about it, taken as normal: `exp(x + v/2)` for the logarithm, and for the logit MacKay's
//! approximation `1 / (1 + exp(−x / √(1 + π v / 8)))` ("The evidence framework applied to classification
//! networks", 1992), which is within .013 of the integral for
//! variances up to 9.

use crate::regime::Regime;
use crate::scalar::Scalar;

/// How the outcome is turned into what adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Scale {
    /// The outcome itself.
    #[default]
    Identity,
    /// An outcome that is 0 or 1: itself, and predictions are kept within 0 and 1.
    Probability,
    /// The logarithm of a positive outcome.
    Log,
    /// `ln(y / (1 − y))` of a share between 0 and 1.
    Logit,
}

impl Scale {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Probability, Self::Log, Self::Logit];

    /// Those that may be asked for; of outcomes that are all 0 or 1 it is noticed.
    pub const CHOICES: [Self; 3] = [Self::Identity, Self::Log, Self::Logit];

    /// The name in commands and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Probability => "probability",
            Self::Log => "log",
            Self::Logit => "logit",
        }
    }

    /// Whether what adds up is the outcome itself.
    pub const fn is_of_outcome(self) -> bool {
        matches!(self, Self::Identity | Self::Probability)
    }

    /// What of an outcome adds up; `None` for one that the scale does not have.
    ///
    /// ```
    /// use joint_effects_kernel::predict::scale::Scale;
    /// assert_eq!(Scale::Log.link(1.0), Some(0.0));
    /// assert_eq!(Scale::Logit.link(0.5), Some(0.0));
    /// assert_eq!(Scale::Log.link(-2.0), None);
    /// ```
    pub fn link<S: Scalar>(self, outcome: S) -> Option<S> {
        let linked = match self {
            Self::Identity | Self::Probability => outcome,
            Self::Log => outcome.ln(),
            Self::Logit => outcome.ln() - (-outcome).ln_1p(),
        };
        linked.is_finite().then_some(linked)
    }

    /// The expected outcome where `x` is expected of what adds up, with this variance.
    ///
    /// ```
    /// use joint_effects_kernel::predict::scale::Scale;
    /// assert!((Scale::Log.expect(1.0, 0.5) - f64::exp(1.25)).abs() < 1e-15);
    /// assert_eq!(Scale::Probability.expect(1.1, 0.2), 1.0);
    /// assert_eq!(Scale::Identity.expect(1.1, 0.2), 1.1);
    /// ```
    pub fn expect<S: Scalar>(self, x: S, variance: S) -> S {
        match self {
            Self::Identity => x,
            Self::Probability if x > S::ONE => S::ONE,
            Self::Probability => x.max(S::ZERO),
            Self::Log => (x + variance / (S::ONE + S::ONE)).exp(),
            Self::Logit => S::ONE / (S::ONE + (-x * shrinkage(variance)).exp()),
        }
    }

    /// The derivative of [`Scale::expect`] by `x`, for standard errors.
    pub fn slope<S: Scalar>(self, x: S, variance: S) -> S {
        match self {
            Self::Identity | Self::Probability => S::ONE,
            Self::Log => self.expect(x, variance),
            Self::Logit => {
                let share = self.expect(x, variance);
                share * (S::ONE - share) * shrinkage(variance)
            }
        }
    }

    /// What turns the density of what adds up into that of the outcome, in logarithms:
    /// `ln |d link / d outcome|`.
    pub fn log_jacobian<S: Scalar>(self, outcome: S) -> S {
        match self {
            Self::Identity | Self::Probability => S::ZERO,
            Self::Log => -outcome.ln(),
            Self::Logit => -outcome.ln() - (-outcome).ln_1p(),
        }
    }
}

fn shrinkage<S: Scalar>(variance: S) -> S {
    // π / 8 as 355 / 904, to seven digits.
    let eighth = S::from_count(355) / S::from_count(904);
    S::ONE / (S::ONE + eighth * variance).sqrt()
}

/// The variance about its expectation of what adds up, in a regime, from that in the regimes there are.
///
/// Hidden causes of different actions are independent, so setting an action adds to the variance what its
/// cause did unseen: `v(R) = v(∅) + Σ_{k in R} (v({k}) − v(∅))`. At least the smallest of the variances.
pub fn variance<S: Scalar>(regime: Regime, known: impl Iterator<Item = (Regime, S)> + Clone) -> S {
    let of = |wanted: Regime| {
        let mut known = known.clone();
        known
            .find(|&(regime, _)| regime == wanted)
            .map(|(_, variance)| variance)
    };
    let mut all = known.clone().map(|(_, variance)| variance);
    let first = all.next().unwrap_or_default();
    let least = all.fold(first, |least, next| if next < least { next } else { least });
    let Some(alone) = of(Regime::OBSERVATIONAL) else {
        return least;
    };
    let added = regime
        .actions()
        .filter_map(|action| of(Regime::single(action)));
    let sum = added.fold(alone, |sum, set| sum + set - alone);
    of(regime).unwrap_or_else(|| sum.max(least))
}

#[cfg(test)]
mod tests {
    use super::{Scale, variance};
    use crate::regime::Regime;

    #[test]
    fn what_is_expected_without_a_variance_is_the_inverse_of_the_link() {
        for scale in Scale::ALL {
            for outcome in [0.01, 0.3, 0.5, 0.99] {
                let linked = scale.link(outcome).unwrap_or(f64::NAN);
                let back: f64 = scale.expect(linked, 0.0);
                assert!((back - outcome).abs() < 1e-14, "{scale:?} {outcome}");
            }
        }
    }

    #[test]
    fn the_slope_is_the_derivative() {
        for scale in Scale::ALL {
            for (x, v) in [(0.2_f64, 0.0), (0.7, 0.4), (0.5, 2.0)] {
                let step = 1e-6;
                let rise = scale.expect(x + step, v) - scale.expect(x - step, v);
                assert!(
                    (rise / (2.0 * step) - scale.slope(x, v)).abs() < 1e-8,
                    "{scale:?} {x}"
                );
            }
        }
    }

    #[test]
    fn the_jacobian_is_the_derivative_of_the_link() {
        for scale in Scale::ALL {
            let (y, step) = (0.3_f64, 1e-6);
            let rise =
                scale.link(y + step).unwrap_or(f64::NAN) - scale.link(y - step).unwrap_or(f64::NAN);
            let slope = (rise / (2.0 * step)).ln();
            assert!((slope - scale.log_jacobian(y)).abs() < 1e-8, "{scale:?}");
        }
    }

    #[test]
    fn outcomes_beyond_a_scale_have_no_link() {
        assert_eq!(Scale::Log.link(0.0_f32), None);
        assert_eq!(Scale::Logit.link(1.0_f32), None);
        assert_eq!(Scale::Logit.link(-0.1_f64), None);
        assert_eq!(Scale::Identity.link(-3.0), Some(-3.0));
    }

    #[test]
    fn variances_of_regimes_add_up() {
        let [none, a, b] = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)];
        let known = [(none, 1.0), (a, 1.5), (b, 4.0)];
        assert_eq!(variance(Regime::joint(2), known.into_iter()), 4.5);
        assert_eq!(variance(a, known.into_iter()), 1.5);
        let smaller = [(none, 3.0), (a, 1.0), (b, 1.5)];
        assert_eq!(variance(Regime::joint(2), smaller.into_iter()), 1.0);
    }
}
