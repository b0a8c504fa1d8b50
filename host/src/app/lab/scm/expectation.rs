//! What is to be expected of the outcome, given all actions and which of them were set.

use super::{Action, Distribution, Model};
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::regime::Regime;
use std::f64::consts::PI;

/// Places at which a law is integrated.
const NODES: usize = 2000;

/// Standard deviations of a normal variable beyond which next to nothing is.
const FURTHEST: f64 = 8.0;

impl Model {
    /// The true `E[Y | A = a, do(a_R)]`, R the actions that the regime sets: the outcome to expect where those were
    /// set, and the others were seen to take their values on their own. Hidden causes that go together, and
    /// interactions, are not allowed for.
    ///
    /// With `h_k(a_k, parents) = E[f_k(a_k, C_k) | a_k, parents]` it is `Σ_R τ_k + Σ_{not R} h_k`
    /// (`docs/theory.md`). `h_k` is an integral along the curve of the `(c, v)` that give `a_k`, of density
    /// `p(c) p(v) / |∇g_k|` (the coarea formula), in c where it is flat and in v where it is steep; its relative error
    /// is some 10⁻³.
    pub fn expected(&self, actions: &[f64], regime: Regime) -> Result<f64, ShapeError> {
        if actions.len() != self.actions() {
            return Err(ShapeError {
                what: "actions",
                needed: self.actions(),
                found: actions.len(),
            });
        }
        let each = self.actions.iter().zip(actions).enumerate();
        let effects = each.map(|(k, (action, &value))| match regime.sets(k) {
            true => {
                let [one, a, aa] = action.set();
                one + value * (a + value * aa)
            }
            false => action.left_alone(value, actions),
        });
        Ok(self.noise.mean() + effects.sum::<f64>())
    }
}

impl Action {
    /// `h_k`.
    fn left_alone(&self, value: f64, actions: &[f64]) -> f64 {
        let parents: Vec<f64> = self.parents.iter().map(|&parent| actions[parent]).collect();
        let mechanism = self.mechanism.given(&parents);
        let [one, c, v, cc, cv, vv] = mechanism;
        let steepness = |cause: f64, noise: f64| {
            let along_cause = c + 2.0 * cc * cause + cv * noise;
            let along_noise = v + 2.0 * vv * noise + cv * cause;
            (along_cause.abs(), along_noise.abs())
        };
        let (mut weight, mut sum) = (0.0, 0.0);
        let mut add = |own: f64, cause: f64| {
            weight += own;
            sum += own * self.effect.at(value, cause);
        };
        for (cause, own) in self.cause.nodes() {
            let constant = one - value + c * cause + cc * cause * cause;
            for noise in roots(vv, v + cv * cause, constant) {
                let (along_cause, along_noise) = steepness(cause, noise);
                if along_noise >= along_cause {
                    add(own * self.noise.density(noise) / along_noise, cause);
                }
            }
        }
        for (noise, own) in self.noise.nodes() {
            let constant = one - value + v * noise + vv * noise * noise;
            for cause in roots(cc, c + cv * noise, constant) {
                let (along_cause, along_noise) = steepness(cause, noise);
                if along_noise < along_cause {
                    add(own * self.cause.density(cause) / along_cause, cause);
                }
            }
        }
        sum / weight
    }
}

impl Distribution {
    /// Probability density at `x`.
    fn density(self, x: f64) -> f64 {
        let normal = |z: f64| (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
        match self {
            Self::Normal {
                mean,
                standard_deviation,
            } => normal((x - mean) / standard_deviation) / standard_deviation,
            Self::Uniform { standard_deviation } => {
                let half = 3f64.sqrt() * standard_deviation;
                if x.abs() <= half { 0.5 / half } else { 0.0 }
            }
            Self::Logistic { standard_deviation } => {
                let scale = 3f64.sqrt() / PI * standard_deviation;
                let tail = (-x.abs() / scale).exp();
                tail / (scale * (1.0 + tail) * (1.0 + tail))
            }
            Self::Lognormal { sigma } if x > 0.0 => normal(x.ln() / sigma) / (sigma * x),
            Self::Lognormal { .. } => 0.0,
        }
    }

    /// Values, and the probability around each.
    fn nodes(self) -> impl Iterator<Item = (f64, f64)> {
        // Of what is spread evenly: the value itself, or its logarithm.
        let half = match self {
            Self::Normal {
                standard_deviation, ..
            } => FURTHEST * standard_deviation,
            Self::Uniform { standard_deviation } => 3f64.sqrt() * standard_deviation,
            // As many of its tails as of a normal law's.
            Self::Logistic { standard_deviation } => 2.0 * FURTHEST * standard_deviation,
            Self::Lognormal { sigma } => FURTHEST * sigma,
        };
        let width = 2.0 * half / NODES as f64;
        (0..NODES).map(move |node| {
            let place = (node as f64 + 0.5) * width - half;
            let (x, stretch) = match self {
                Self::Normal { mean, .. } => (mean + place, 1.0),
                Self::Uniform { .. } | Self::Logistic { .. } => (place, 1.0),
                Self::Lognormal { .. } => (place.exp(), place.exp()),
            };
            (x, self.density(x) * stretch * width)
        })
    }
}

/// The real x of `a x² + b x + c = 0`, without what cancels (Goldberg 1991, "What every computer scientist should know
/// about floating-point arithmetic").
fn roots(a: f64, b: f64, c: f64) -> impl Iterator<Item = f64> {
    let root = (b * b - 4.0 * a * c).sqrt();
    let larger = -0.5 * (b + root.copysign(b));
    [larger / a, c / larger]
        .into_iter()
        .filter(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::scm::{Family, Purpose, Sampler, stream};
    use crate::moments::tile::{Column, ROWS};

    /// What the expectation leaves of the outcome has nothing to do with the actions, whatever was set.
    #[test]
    fn no_function_of_the_actions_explains_what_is_left() {
        const TILES: usize = 30;
        const ACTIONS: usize = 3;
        for (family, seed) in [
            (Family::Polynomial, 0),
            (Family::Polynomial, 1),
            (Family::Linear, 0),
        ] {
            let model = Model::draw(family, ACTIONS, &mut stream(seed, 0, Purpose::Model)).unwrap();
            let laws = model.interventions([(0.1, 0.4); ACTIONS]);
            for regime in (0..1 << ACTIONS).map(Regime::from_bits) {
                let rng = stream(seed, 0, Purpose::Test(regime));
                let mut sampler = Sampler::new(&model, regime, &laws, rng).unwrap();
                let mut tile = [Column::ZEROS; ACTIONS + 1];
                let mut sums = [[0.0; 2]; 1 + 2 * ACTIONS];
                for _ in 0..TILES {
                    sampler.fill(&mut tile, ROWS).unwrap();
                    for row in 0..ROWS {
                        let actions: [f64; ACTIONS] = std::array::from_fn(|k| tile[k].0[row]);
                        let left = tile[ACTIONS].0[row] - model.expected(&actions, regime).unwrap();
                        assert!(left.is_finite());
                        // Bounded, so that no far row decides.
                        let functions = actions.iter().flat_map(|a| [a.tanh(), (3.0 * a).sin()]);
                        for ([sum, squares], value) in sums.iter_mut().zip(functions.chain([1.0])) {
                            *sum += value * left;
                            *squares += (value * left).powi(2);
                        }
                    }
                }
                for [sum, squares] in sums {
                    let z = sum / squares.sqrt();
                    assert!(z.abs() < 4.5, "{family:?} {seed} {regime:?}: {z}");
                }
            }
        }
    }

    /// Where all actions are set, it is the effect in closed form.
    #[test]
    fn all_set_is_the_joint_effect() {
        for family in Family::ALL {
            let model = Model::draw(family, 4, &mut stream(5, 0, Purpose::Model)).unwrap();
            let setting = [0.3, -0.2, 1.5, 0.7];
            let expected = model.expected(&setting, Regime::joint(4)).unwrap();
            let effect = model.joint_effect(&setting).unwrap();
            assert!((expected - effect).abs() < 1e-12 * effect.abs().max(1.0));
        }
    }
}
