//! A plant of three actions and one outcome, with a hidden cause behind every action.

use joint_effects_kernel::device::{Study, StudyError};
use joint_effects_kernel::elementary::Elementary;
use joint_effects_kernel::sampling::normal;
use joint_effects_kernel::{Regime, study};
use rand_xoshiro::rand_core::Rng;

/// Number of actions, K.
pub const ACTIONS: usize = 3;

/// A study of the plant in polynomials of degree 2.
pub type Quadratic<S> = study!(S, ACTIONS, 2);

/// A study of the plant in polynomials of degree 3.
pub type Cubic<S> = study!(S, ACTIONS, 3);

/// One observation: where the actions stood, and the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The actions.
    pub actions: [f32; ACTIONS],
    /// The outcome.
    pub outcome: f32,
}

/// Runs the plant once. Its operator moves the actions by what he senses of the hidden causes; `set`
/// overrides one action by a value.
pub fn run(rng: &mut impl Rng, set: Option<(usize, f32)>) -> Row {
    let mut values = [None; ACTIONS];
    for (action, value) in values.iter_mut().enumerate() {
        *value = set
            .filter(|&(chosen, _)| chosen == action)
            .map(|(_, value)| value);
    }
    run_with(rng, values)
}

/// The same with any of the actions set.
pub fn run_with(rng: &mut impl Rng, set: [Option<f32>; ACTIONS]) -> Row {
    let mut hidden = [0.0_f32; ACTIONS];
    hidden.fill_with(|| normal(rng, 0.0, 1.0));
    let mut noise = || normal(rng, 0.0, 0.3);
    let [set0, set1, set2] = set;
    let [c0, c1, c2] = hidden;
    // The noise is drawn whether it is used or not.
    let natural = 0.8 * c0 + noise();
    let a0 = set0.unwrap_or(natural);
    let natural = 0.5 * a0 - 0.9 * c1 + noise();
    let a1 = set1.unwrap_or(natural);
    let natural = 0.4 * a1 + 0.7 * c2 + noise();
    let a2 = set2.unwrap_or(natural);
    let confounding = -1.5 * c0 + 1.2 * c1 + 0.6 * a1 * c1 - 1.3 * c2;
    let actions = [a0, a1, a2];
    Row {
        actions,
        outcome: effect(&actions) + confounding + noise(),
    }
}

/// The true joint effect, `E[Y | do(a)]`: the hidden causes have mean zero.
pub fn effect(&[a0, a1, a2]: &[f32; ACTIONS]) -> f32 {
    a0 + 0.4 * a0 * a0 - 0.5 * a1 + 0.3 * a1 * a1 + 0.7 * a2 - 0.4 * a2 * a2
}

/// The regime of a row in which this action was set, or none.
pub fn regime(set: Option<usize>) -> Regime {
    set.map_or(Regime::OBSERVATIONAL, Regime::single)
}

/// Tells a study some rows, with the action that was set, in its own numbers.
pub fn tell<S: Elementary, const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>(
    study: &mut Study<S, NUMBERS, COLUMNS, REGIMES>,
    rows: &[(Option<usize>, Row)],
    number: impl Fn(f32) -> S,
) -> Result<(), StudyError> {
    for (set, row) in rows {
        study.push(regime(*set), &row.actions.map(&number), number(row.outcome))?;
    }
    Ok(())
}
