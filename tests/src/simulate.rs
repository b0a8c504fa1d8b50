//! Rows of random structural causal models, and the host's models of them.

use crate::feed;
use joint_effects::app::lab::scm::{self, Distribution, Family, Purpose, Sampler, stream};
use joint_effects::fit::structured::Structured;
use joint_effects::log::observations::LEADING_ROWS;
use joint_effects::model::{Model, Prediction, Predictor};
use joint_effects::moments::degree::BOUNDED;
use joint_effects::moments::near::Near;
use joint_effects::moments::tile::{Column, ROWS};
use joint_effects::moments::{self, FOLDS, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::predict::optimum::Dense;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::Known;

/// A random model and the laws of its interventions.
pub struct Simulation {
    /// The model.
    pub model: scm::Model,
    interventions: Vec<Distribution>,
    seed: u64,
}

/// Rows of one regime.
#[derive(Default)]
pub struct Rows {
    /// K numbers a row.
    pub actions: Vec<f64>,
    /// One a row.
    pub outcomes: Vec<f64>,
}

/// The true effect of setting all actions.
pub struct Truth {
    monomials: Monomials,
    coefficients: Box<[f64]>,
}

impl Truth {
    /// That of a setting.
    pub fn at(&self, setting: &[f64]) -> f64 {
        let mut features = vec![0.0; self.monomials.len()];
        predictor::evaluate(self.monomials, &self.coefficients, setting, &mut features).unwrap()
    }

    /// The polynomial.
    pub fn polynomial(&self) -> Dense<'_, f64> {
        Dense {
            monomials: self.monomials,
            coefficients: &self.coefficients,
            bounded: &[],
        }
    }
}

impl Simulation {
    /// The model of a seed, its interventions as spread as the actions of 2000 observational rows.
    pub fn draw(family: Family, actions: usize, seed: u64) -> Self {
        let model =
            scm::Model::draw(family, actions, &mut stream(seed, 0, Purpose::Model)).unwrap();
        let mut simulation = Self {
            model,
            interventions: Vec::new(),
            seed,
        };
        let observed = simulation.rows(Regime::OBSERVATIONAL, 2000, Purpose::Training);
        let column = |k: usize| observed.actions.iter().skip(k).step_by(actions);
        let moments: Vec<_> = (0..actions)
            .map(|k| {
                let mean = column(k).sum::<f64>() / 2000.0;
                let variance = column(k).map(|a| (a - mean).powi(2)).sum::<f64>() / 2000.0;
                (mean, variance.sqrt())
            })
            .collect();
        simulation.interventions = simulation.model.interventions(moments);
        simulation
    }

    /// The first `count` rows of a regime.
    pub fn rows(&self, regime: Regime, count: usize, purpose: fn(Regime) -> Purpose) -> Rows {
        let actions = self.model.actions();
        let rng = stream(self.seed, 0, purpose(regime));
        let mut sampler = Sampler::new(&self.model, regime, &self.interventions, rng).unwrap();
        let mut tile = vec![Column::ZEROS; actions + 1];
        let mut rows = Rows {
            actions: Vec::with_capacity(count * actions),
            outcomes: Vec::with_capacity(count),
        };
        for row in 0..count {
            if row % ROWS == 0 {
                sampler.fill(&mut tile, ROWS).unwrap();
            }
            let values = tile.iter().map(|column| column.0[row % ROWS]);
            rows.actions.extend(values);
            rows.outcomes.extend(rows.actions.pop());
        }
        rows
    }

    /// `count` rows of every training regime: observation, and every action set on its own.
    pub fn training(&self, count: usize) -> Vec<(Regime, Rows)> {
        let single = (0..self.model.actions()).map(Regime::single);
        let regimes = [Regime::OBSERVATIONAL].into_iter().chain(single);
        regimes
            .map(|regime| (regime, self.rows(regime, count, Purpose::Training)))
            .collect()
    }

    /// The effect of setting all actions.
    pub fn truth(&self) -> Truth {
        Truth {
            monomials: Monomials::new(self.model.actions(), 2).unwrap(),
            coefficients: self.model.effect(),
        }
    }

    /// What a model predicts of setting all actions as in `count` rows that it has not seen, each beside the true
    /// effect.
    pub fn compare(&self, model: &Model, count: usize) -> Vec<(Prediction, f64)> {
        let truth = self.truth();
        let joint = Regime::joint(self.model.actions());
        self.compare_with(model, joint, count, |setting| truth.at(setting))
    }

    /// The same of setting the actions of a regime, the others left alone.
    pub fn compare_subset(
        &self,
        model: &Model,
        regime: Regime,
        count: usize,
    ) -> Vec<(Prediction, f64)> {
        let expected = |actions: &[f64]| self.model.expected(actions, regime).unwrap();
        self.compare_with(model, regime, count, expected)
    }

    fn compare_with(
        &self,
        model: &Model,
        regime: Regime,
        count: usize,
        truth: impl Fn(&[f64]) -> f64,
    ) -> Vec<(Prediction, f64)> {
        let mut predictor = Predictor::new(model, regime).unwrap();
        let test = self.rows(regime, count, Purpose::Test);
        let rows = test.actions.chunks_exact(self.model.actions());
        rows.map(|row| (predictor.predict(row).unwrap(), truth(row)))
            .collect()
    }
}

/// The near values of the actions by the first rows, which are of the first regime.
pub fn near(actions: usize, data: &[(Regime, Rows)]) -> Near {
    let leading = data.iter().flat_map(|(regime, rows)| {
        let rows = rows.actions.chunks_exact(actions);
        rows.map(move |row| (*regime, row))
    });
    Near::of(actions, leading.take(LEADING_ROWS)).unwrap()
}

/// The moments of these rows, over [`Near::raw_basis`], in folds dealt in turn, with far rows apart.
pub fn regimes(monomials: Monomials, data: &[(Regime, Rows)]) -> Vec<RegimeMoments> {
    let (actions, terms) = (monomials.variables(), monomials.len());
    let near = near(actions, data);
    let basis = near.raw_basis(monomials);
    let regime = |(regime, rows): &(Regime, Rows)| {
        let mut moments = RegimeMoments::new(*regime, terms);
        for fold in 0..FOLDS {
            let mut dealt = [false, true].map(|_| (Vec::new(), Vec::new()));
            let each = rows.actions.chunks_exact(actions).zip(&rows.outcomes);
            for (row, &outcome) in each.skip(fold).step_by(FOLDS) {
                let (actions, outcomes) = &mut dealt[usize::from(near.is_far(*regime, row))];
                actions.extend_from_slice(row);
                outcomes.push(outcome);
            }
            let [near, far] = dealt.map(|(actions, outcomes)| {
                let all = feed::over(basis.clone(), &actions, &outcomes);
                let buffer = moments::empty(terms).buffer().into();
                all.select(0..terms - 1, buffer).unwrap()
            });
            moments.near[fold] = near;
            if far.count() > 0 {
                *moments.far_mut(fold) = far;
            }
        }
        moments
    };
    data.iter().map(regime).collect()
}

/// The structured model of these rows, over monomials of the actions as they are, and powers of those within bounds.
pub fn structured(actions: usize, degree: usize, data: &[(Regime, Rows)]) -> Model {
    let monomials = Monomials::new(actions, degree).unwrap();
    let monomials = monomials.with_bounded(BOUNDED).unwrap();
    structured_over(monomials, data, Known::default())
}

/// The same over these monomials, of rows of which something is known.
pub fn structured_over(
    monomials: Monomials,
    data: &[(Regime, Rows)],
    known: Known<'_, f64>,
) -> Model {
    let actions = monomials.variables();
    let basis = near(actions, data).raw_basis(monomials);
    of_moments(basis, &regimes(monomials, data), known)
}

/// The structured model of moments over these monomials.
pub fn of_moments(
    basis: Basis<f64, Vec<f64>>,
    data: &[RegimeMoments],
    known: Known<'_, f64>,
) -> Model {
    let actions = basis.monomials().variables();
    let (fit, learned) = Structured::fit(basis.monomials(), data, known).unwrap();
    Model {
        estimator: "structured".into(),
        outcome: "y".into(),
        scale: Scale::Identity,
        actions: (0..actions).map(|k| format!("a{k}")).collect(),
        levels: vec![None; actions],
        basis,
        coefficients: fit.coefficients,
        regimes: Vec::new(),
        seen: Vec::new(),
        structured: Some(learned),
    }
}
