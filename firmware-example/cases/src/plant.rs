//! A plant of three actions and one outcome, with a hidden cause behind every action.

use joint_effects_kernel::sampling::normal;
use rand_xoshiro::rand_core::Rng;

/// Number of actions, K.
pub const ACTIONS: usize = 3;

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
    let mut hidden = [0.0_f32; ACTIONS];
    hidden.fill_with(|| normal(rng, 0.0, 1.0));
    let mut noise = || normal(rng, 0.0, 0.3);
    let own = |action: usize, natural: f32| match set {
        Some((chosen, value)) if chosen == action => value,
        _ => natural,
    };
    let [c0, c1, c2] = hidden;
    let a0 = own(0, 0.8 * c0 + noise());
    let a1 = own(1, 0.5 * a0 - 0.9 * c1 + noise());
    let a2 = own(2, 0.4 * a1 + 0.7 * c2 + noise());
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
