//! Rows of a model under a regime, a tile at a time.

use super::{Confounding, Distribution, Generators, Interaction, Model};
use crate::moments::tile::{Column, ROWS};
use joint_effects_kernel::error::ShapeError;
use joint_effects_kernel::regime::{MAX_ACTIONS, Regime};
use rand_xoshiro::Xoshiro256PlusPlus;

/// An endless sample of a model under a regime.
///
/// Row i is a function of the model, the regime, the interventions and the stream. It does not
/// depend on how many rows are taken, as long as every tile but the last is full.
#[derive(Clone, Debug)]
pub struct Sampler<'a> {
    model: &'a Model,
    regime: Regime,
    interventions: &'a [Distribution],
    generators: Generators,
    causes: Box<[Column]>,
    noise: Box<Column>,
}

impl<'a> Sampler<'a> {
    /// `interventions` has a law for each action, and may end at the last one that `regime` sets.
    pub fn new(
        model: &'a Model,
        regime: Regime,
        interventions: &'a [Distribution],
        mut rng: Xoshiro256PlusPlus,
    ) -> Result<Self, ShapeError> {
        let needed = regime.actions().last().map_or(0, |last| last + 1);
        for (what, found) in [
            ("actions", model.actions()),
            ("interventions", interventions.len()),
        ] {
            if found < needed {
                return Err(ShapeError {
                    what,
                    needed,
                    found,
                });
            }
        }
        Ok(Self {
            model,
            regime,
            interventions,
            generators: Generators::new(&mut rng),
            causes: vec![Column::ZEROS; model.actions()].into(),
            noise: Box::new(Column::ZEROS),
        })
    }

    /// The next `rows ≤ ROWS` rows: `tile` has K + 1 columns, the actions and then the outcome. Later
    /// rows are zero. A tile that is not full ends the sample: what follows skips its missing rows.
    pub fn fill(&mut self, tile: &mut [Column], rows: usize) -> Result<(), ShapeError> {
        let model = self.model;
        if tile.len() != model.actions() + 1 {
            return Err(ShapeError {
                what: "columns",
                needed: model.actions() + 1,
                found: tile.len(),
            });
        }
        let (outcome, actions) = tile.split_last_mut().expect("there is an outcome");
        model.noise.fill(&mut self.generators, outcome);
        for (k, action) in model.actions.iter().enumerate() {
            let (causes, others) = self.causes.split_at_mut(k);
            let cause = &mut others[0];
            action.cause.fill(&mut self.generators, cause);
            if let Some(shared) = &model.confounding
                && shared.pair[1] == k
            {
                let first = shared.pair[0];
                shared.mix(
                    model.actions[first].cause,
                    &causes[first],
                    action.cause,
                    cause,
                );
            }
            let (before, rest) = actions.split_at_mut(k);
            let target = &mut rest[0];
            if self.regime.sets(k) {
                self.interventions[k].fill(&mut self.generators, target);
            } else {
                action.noise.fill(&mut self.generators, &mut self.noise);
                let mut variables = [&Column::ZEROS; MAX_ACTIONS + 1];
                let count = action.parents.len() + 2;
                for (variable, &parent) in variables.iter_mut().zip(&action.parents) {
                    *variable = &before[parent];
                }
                variables[count - 2] = cause;
                variables[count - 1] = &self.noise;
                *target = Column::ZEROS;
                action.mechanism.add_to(&variables[..count], target);
            }
            action.effect.add_to(&[target, cause], outcome);
        }
        if let Some(Interaction { pair, effect }) = &model.interaction {
            effect.add_to(&[&actions[pair[0]], &actions[pair[1]]], outcome);
        }
        for column in tile {
            column.0[rows.min(ROWS)..].fill(0.0);
        }
        Ok(())
    }
}

impl Confounding {
    /// Makes a cause of law `own` go together with another one, of law `of`.
    fn mix(&self, of: Distribution, other: &Column, own: Distribution, cause: &mut Column) {
        let share = self.correlation * (own.variance() / of.variance()).sqrt();
        let rest = (1.0 - self.correlation * self.correlation).sqrt();
        for (cause, other) in cause.0.iter_mut().zip(&other.0) {
            *cause = own.mean() + share * (other - of.mean()) + rest * (*cause - own.mean());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::scm::{Family, Purpose, stream};

    /// An action that is set listens neither to its own hidden cause nor to anything else.
    #[test]
    fn set_actions_are_independent_of_hidden_causes() {
        const TILES: usize = 100;
        let regime = Regime::single(1).with(3);
        for family in [Family::Polynomial, Family::Linear] {
            let model = Model::draw(family, 5, &mut stream(0, 0, Purpose::Model)).unwrap();
            let laws = model.interventions([(0.3, 0.5); 5]);
            let rng = stream(0, 0, Purpose::Training(regime));
            let mut sampler = Sampler::new(&model, regime, &laws, rng).unwrap();
            let mut tile = vec![Column::ZEROS; 6];
            // Σ z_k c_k, both standardised: of mean 0 and variance 1 for every row.
            let mut sums = [0.0; 5];
            for _ in 0..TILES {
                sampler.fill(&mut tile, ROWS).unwrap();
                for (k, sum) in sums.iter_mut().enumerate() {
                    let (law, cause) = (laws[k], model.actions[k].cause);
                    let scale = (law.variance() * cause.variance()).sqrt();
                    let values = tile[k].0;
                    let causes = sampler.causes[k].0;
                    for (value, c) in values.iter().zip(causes) {
                        *sum += (value - law.mean()) * (c - cause.mean()) / scale;
                    }
                }
            }
            let limit = 4.0 * ((TILES * ROWS) as f64).sqrt();
            for (k, sum) in sums.into_iter().enumerate() {
                assert_eq!(sum.abs() < limit, regime.sets(k), "{family:?}, action {k}");
            }
        }
    }
}
