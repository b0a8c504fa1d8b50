//! One stream of random numbers for every purpose.

use crate::random;
use joint_effects_kernel::regime::Regime;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Drawing the model.
    Model,
    /// Drawing the pair of an interaction, and standardising it.
    Interaction,
    /// Drawing the pair of actions whose hidden causes go together.
    Confounding,
    /// Rows of a regime to train on.
    Training(Regime),
    /// Rows of a regime to score on.
    Test(Regime),
    /// The further rows of a regime that the paper's released code draws for its pooled baseline.
    Pooled(Regime),
}

/// The stream of a purpose, in a run, under a seed.
///
/// It is a function of the three alone: results depend neither on the number of threads nor on what
/// else was run, and settings of one run that differ in the number of rows share their first ones.
/// For a seed, the streams of two runs, or of two purposes in a run, never start alike.
///
/// ```
/// use joint_effects::app::lab::scm::{Purpose, stream};
/// assert_eq!(stream(1, 2, Purpose::Model), stream(1, 2, Purpose::Model));
/// assert_ne!(stream(1, 2, Purpose::Model), stream(1, 2, Purpose::Interaction));
/// ```
pub fn stream(seed: u64, run: u64, purpose: Purpose) -> Xoshiro256PlusPlus {
    let (kind, regime) = match purpose {
        Purpose::Model => (0, Regime::OBSERVATIONAL),
        Purpose::Interaction => (1, Regime::OBSERVATIONAL),
        Purpose::Training(regime) => (2, regime),
        Purpose::Test(regime) => (3, regime),
        Purpose::Pooled(regime) => (4, regime),
        Purpose::Confounding => (5, Regime::OBSERVATIONAL),
    };
    let purpose = kind << 32 | u64::from(regime.bits());
    random::stream([seed, run, purpose])
}
