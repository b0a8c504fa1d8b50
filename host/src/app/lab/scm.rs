//! Random structural causal models: where the rows of the experiments come from, and the truth they
//! are scored against.
//!
//! Hidden causes `C_k`, actions `A_k = g_k(A_j of the parents j < k, C_k, V_k)` and the outcome
//! `Y = Σ_k f_k(A_k, C_k) + U` (arXiv 2506.04945, assumption 2), with every `f_k` and `g_k` a
//! polynomial of degree at most 2 and all `C_k`, `V_k` and `U` independent.

pub mod distribution;
mod expectation;
pub mod generators;
pub mod polynomial;
pub mod randomness;
pub mod sampler;
pub mod tables;

pub use distribution::Distribution;
pub use generators::Generators;
pub use randomness::{Purpose, stream};
pub use sampler::Sampler;

use crate::moments::tile;
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::features::monomials::{Monomials, UnsupportedBasis};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::regime::Regime;
use polynomial::Polynomial;
use rand::seq::index;
use rand::{Rng, RngExt};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Observational rows from which the standardisation of an interaction's actions is estimated.
const CALIBRATION_TILES: usize = (1 << 16) / tile::ROWS;

/// The two families of models of the paper's experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Every mechanism a random polynomial of degree 2, its coefficients N(0, 1) divided by the sum
    /// of their absolute values. `C`, `V` and `U` have mean 0, standard deviations 0.5, 0.1 and 0.1,
    /// and are each Gaussian, uniform or logistic. Edges have probability 0.3. Interventions are
    /// normal, with the action's mean and standard deviation in the observational sample.
    Polynomial,
    /// `A_k = γ_k C_k + Σ_j δ_kj A_j + V_k` and `Y = Σ_k (α_k A_k + β_k C_k) + U`, with α, β and γ
    /// uniform on (0.5, 1.5), δ on (−0.5, 0.5), edges of probability 0.5. `C`, `V`, `U` and the
    /// interventions are lognormal(0, σ), each σ uniform on (0.5, 1.5), one for all interventions.
    Linear,
}

impl Family {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Polynomial, Self::Linear];

    /// The name in commands and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Polynomial => "polynomial",
            Self::Linear => "linear",
        }
    }
}

/// An action's place in the model.
#[derive(Clone, Debug)]
struct Action {
    /// The actions it listens to, ascending, all before it.
    parents: Box<[usize]>,
    /// Law of `C_k`.
    cause: Distribution,
    /// Law of `V_k`.
    noise: Distribution,
    /// `g_k`, of the parents, `C_k` and `V_k`.
    mechanism: Polynomial,
    /// `f_k`, of `A_k` and `C_k`.
    effect: Polynomial,
}

/// A term of the outcome that depends on two actions, against the assumption of additivity.
#[derive(Clone, Debug)]
struct Interaction {
    pair: [usize; 2],
    effect: Polynomial,
}

/// Hidden causes of two actions that go together, against the assumption that they are separate.
#[derive(Clone, Debug)]
struct Confounding {
    /// Ascending.
    pair: [usize; 2],
    correlation: f64,
}

/// A structural causal model.
///
/// ```
/// use joint_effects::app::lab::scm::{Family, Model, Purpose, Sampler, stream};
/// use joint_effects::moments::tile;
/// use joint_effects_kernel::Regime;
///
/// let (seed, run) = (0, 0);
/// let model = Model::draw(Family::Polynomial, 3, &mut stream(seed, run, Purpose::Model))?;
/// let rng = stream(seed, run, Purpose::Training(Regime::OBSERVATIONAL));
/// let mut sampler = Sampler::new(&model, Regime::OBSERVATIONAL, &[], rng)?;
/// // Three actions, then the outcome; 100 rows, the others zero.
/// let mut tile = [tile::Column::ZEROS; 4];
/// sampler.fill(&mut tile, 100)?;
/// assert_ne!(tile[3].0[99], 0.0);
/// assert_eq!(tile[3].0[100], 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    /// Monomials of degree 2 in the actions, over which the true effect is given.
    monomials: Monomials,
    actions: Box<[Action]>,
    /// Law of `U`.
    noise: Distribution,
    interaction: Option<Interaction>,
    confounding: Option<Confounding>,
    /// Law of all interventions, where it does not follow the observational sample.
    intervention: Option<Distribution>,
}

impl Model {
    /// A random model of `actions` actions.
    pub fn draw(
        family: Family,
        actions: usize,
        rng: &mut impl Rng,
    ) -> Result<Self, UnsupportedBasis> {
        let monomials = Monomials::new(actions, 2)?;
        Ok(match family {
            Family::Polynomial => Self {
                monomials,
                actions: (0..actions)
                    .map(|action| Action::polynomial(action, rng))
                    .collect(),
                noise: Distribution::symmetric(0.1, rng),
                interaction: None,
                confounding: None,
                intervention: None,
            },
            Family::Linear => Self {
                monomials,
                actions: (0..actions)
                    .map(|action| Action::linear(action, rng))
                    .collect(),
                noise: Distribution::lognormal(rng),
                interaction: None,
                confounding: None,
                intervention: Some(Distribution::lognormal(rng)),
            },
        })
    }

    /// This model with `strength · z_i z_j` added to its outcome, for a pair of actions drawn at
    /// random: `z` is an action standardised by its observational mean and standard deviation,
    /// which are estimated once, from 65,536 rows. Replaces an earlier interaction.
    ///
    /// A model of one action has no pair, which is an error.
    pub fn with_interaction(
        mut self,
        strength: f64,
        mut rng: Xoshiro256PlusPlus,
    ) -> Result<Self, ShapeError> {
        let pair = self.draw_pair(&mut rng)?;
        let mut sums = [[0.0; 2]; 2];
        let mut sampler = Sampler::new(&self, Regime::OBSERVATIONAL, &[], rng)?;
        let mut tile = vec![tile::Column::ZEROS; self.actions() + 1];
        for _ in 0..CALIBRATION_TILES {
            sampler.fill(&mut tile, tile::ROWS)?;
            for ([sum, squares], action) in sums.iter_mut().zip(pair) {
                *sum += tile[action].0.iter().sum::<f64>();
                *squares += tile[action].0.iter().map(|a| a * a).sum::<f64>();
            }
        }
        let rows = (CALIBRATION_TILES * tile::ROWS) as f64;
        let [(m, s), (n, t)] = sums.map(|[sum, squares]| {
            let mean = sum / rows;
            (mean, (squares / rows - mean * mean).sqrt())
        });
        let scale = strength / (s * t);
        self.interaction = Some(Interaction {
            pair,
            effect: Polynomial::new(
                2,
                [m * n, -n, -m, 0.0, 1.0, 0.0].map(|coefficient| scale * coefficient),
            ),
        });
        Ok(self)
    }

    /// This model with hidden causes `C_i` and `C_j` of a pair of actions, drawn at random, that have this
    /// correlation, from −1 to 1: `C_j` becomes a sum of `C_i` and of what it was, with its mean and variance.
    /// The true effect depends on no more of it, and stays as it is. Replaces earlier confounding.
    ///
    /// A model of one action has no pair, which is an error.
    pub fn with_confounding(
        mut self,
        correlation: f64,
        rng: &mut impl Rng,
    ) -> Result<Self, ShapeError> {
        self.confounding = Some(Confounding {
            pair: self.draw_pair(rng)?,
            correlation: correlation.clamp(-1.0, 1.0),
        });
        Ok(self)
    }

    /// Two actions, ascending.
    fn draw_pair(&self, rng: &mut impl Rng) -> Result<[usize; 2], ShapeError> {
        let actions = self.actions();
        if actions < 2 {
            return Err(ShapeError {
                what: "actions",
                needed: 2,
                found: actions,
            });
        }
        let chosen = index::sample(rng, actions, 2);
        let [one, other] = [chosen.index(0), chosen.index(1)];
        Ok([one.min(other), one.max(other)])
    }

    /// Number of actions, K.
    pub fn actions(&self) -> usize {
        self.actions.len()
    }

    /// Whether `A_parent` enters the mechanism of `A_action`.
    pub fn has_edge(&self, parent: usize, action: usize) -> bool {
        self.actions
            .get(action)
            .is_some_and(|action| action.parents.contains(&parent))
    }

    /// The two actions, ascending, whose effects are not additive.
    pub fn interaction(&self) -> Option<[usize; 2]> {
        self.interaction.as_ref().map(|term| term.pair)
    }

    /// The two actions, ascending, whose hidden causes go together.
    pub fn confounding(&self) -> Option<[usize; 2]> {
        self.confounding.as_ref().map(|shared| shared.pair)
    }

    /// The laws by which the actions are set, given each one's mean and standard deviation in the
    /// observational sample.
    pub fn interventions(
        &self,
        observed: impl IntoIterator<Item = (f64, f64)>,
    ) -> Vec<Distribution> {
        observed
            .into_iter()
            .take(self.actions())
            .map(|(mean, standard_deviation)| {
                self.intervention.unwrap_or(Distribution::Normal {
                    mean,
                    standard_deviation,
                })
            })
            .collect()
    }

    /// The true `E[Y | do(a_1, …, a_K)]`: its coefficients over `Monomials::new(K, 2)`, which are the
    /// first of those over any higher degree.
    pub fn effect(&self) -> Box<[f64]> {
        let mut coefficients = vec![0.0; self.monomials.len()].into_boxed_slice();
        let mut add = |factors: &[usize], coefficient| {
            if let Some(index) = self.monomials.index_of(factors.iter().copied()) {
                coefficients[index] += coefficient;
            }
        };
        add(&[], self.noise.mean());
        for (k, action) in self.actions.iter().enumerate() {
            let [one, a, aa] = action.set();
            add(&[], one);
            add(&[k], a);
            add(&[k, k], aa);
        }
        if let Some(Interaction { pair, effect }) = &self.interaction {
            let [i, j] = *pair;
            let [one, a, b, _, ab, _] = effect.of_two_variables();
            add(&[], one);
            add(&[i], a);
            add(&[j], b);
            add(&[i, j], ab);
        }
        coefficients
    }

    /// The true `E[Y | do(a_1, …, a_K)]` at the K values of `actions`; [`Model::effect`] is faster for
    /// many.
    pub fn joint_effect(&self, actions: &[f64]) -> Result<f64, ShapeError> {
        let mut features = vec![0.0; self.monomials.len()];
        predictor::evaluate(self.monomials, &self.effect(), actions, &mut features)
    }
}

/// A random polynomial model of `actions` actions: that of the first run of every experiment with this
/// seed and number of actions.
///
/// ```
/// let scm = joint_effects::sample_polynomial_scm(5, 0)?;
/// assert_eq!(scm.actions(), 5);
/// // What the outcome would be on average if all actions were set to zero.
/// assert!(scm.joint_effect(&[0.0; 5])?.is_finite());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sample_polynomial_scm(actions: usize, seed: u64) -> Result<Model, UnsupportedBasis> {
    let mut rng = stream(seed, tables::RUN, Purpose::Model);
    Model::draw(Family::Polynomial, actions, &mut rng)
}

impl Action {
    fn polynomial(action: usize, rng: &mut impl Rng) -> Self {
        let parents = draw_parents(action, 0.3, rng);
        Self {
            cause: Distribution::symmetric(0.5, rng),
            noise: Distribution::symmetric(0.1, rng),
            mechanism: Polynomial::random(parents.len() + 2, rng),
            effect: Polynomial::random(2, rng),
            parents,
        }
    }

    fn linear(action: usize, rng: &mut impl Rng) -> Self {
        let parents = draw_parents(action, 0.5, rng);
        let mut mechanism = vec![0.0];
        mechanism.extend(parents.iter().map(|_| rng.random_range(-0.5..0.5)));
        mechanism.extend([rng.random_range(0.5..1.5), 1.0]);
        let effect = [0.0, rng.random_range(0.5..1.5), rng.random_range(0.5..1.5)];
        Self {
            cause: Distribution::lognormal(rng),
            noise: Distribution::lognormal(rng),
            mechanism: Polynomial::new(parents.len() + 2, mechanism),
            effect: Polynomial::new(2, effect),
            parents,
        }
    }

    /// `τ_k = E[f_k(a, C_k)]`, what setting the action does: the coefficients of 1, a and a².
    fn set(&self) -> [f64; 3] {
        let mean = self.cause.mean();
        let square = self.cause.variance() + mean * mean;
        let [one, a, c, aa, ac, cc] = self.effect.of_two_variables();
        [one + c * mean + cc * square, a + ac * mean, aa]
    }
}

fn draw_parents(action: usize, probability: f64, rng: &mut impl Rng) -> Box<[usize]> {
    (0..action)
        .filter(|_| rng.random_bool(probability))
        .collect()
}
