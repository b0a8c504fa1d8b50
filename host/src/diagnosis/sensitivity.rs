//! How wrong the assumptions would have to be for the best setting to gain nothing.
//!
//! Two ways to be wrong are weighed, as robustness values do in regression (Cinelli and Hazlett 2020, *Journal of the
//! Royal Statistical Society* B 82, 39–67). What the model makes of either is
//! [`joint_effects_kernel::structured::omission`].
//!
//! * The pair (i, j) interacts: the outcome has a further term `s σ z_i z_j`, σ its standard deviation and z the actions
//!   standardised by the values that they take when they are left alone. The gain is then off by s times what the
//!   model makes of `σ z_i z_j`, less what that is, at the best setting over today's. The least |s| that makes the gain
//!   nothing is the gain over the size of that.
//! * A hidden cause C moves both: with unit variance it has the share q of the variance of what drives each action,
//!   `corr(C, u_k)² = q` for what `u_k` of the action its parents do not tell, and the share q of the outcome's variance,
//!   `√q σ C`. In normal variables `E[C | a]` is then `√q (u_i ± u_j) / (1 + q)` where both are left alone, `√q u_j` where
//!   i was set, and 0 where both were, which is what the joint effect should say. What the model makes of these three is
//!   the bias. The least q at which it is as large as the gain is the robustness value. Such a cause leaves a
//!   correlation q between the two, which [`super::Check`] looks for.

use super::falsification::{Graph, grams};
use super::{Diagnosis, Implication, Overlap};
use crate::decide::choose::{Aim, Question, choose};
use crate::fit::structured::{Structured, regimes};
use crate::model::Model;
use crate::moments::RegimeMoments;
use crate::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::vector::dot;
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::structured::Known;
use joint_effects_kernel::structured::gram::Grams;
use joint_effects_kernel::structured::invariance;
use joint_effects_kernel::structured::omission::Omission;
use serde::Serialize;

/// Shares of a hidden cause that are tried, evenly from 0 to 1.
const SHARES: u32 = 1_000;

/// How robust the gain of the best setting is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Whether the most of the outcome is wanted, or the least.
    pub maximise: bool,
    /// The best setting, by [`choose`] with its usual caution.
    pub setting: Vec<f64>,
    /// What it gains over the actions' means of today, on the scale on which effects add up.
    pub gain: f64,
    /// Every pair of actions.
    pub pairs: Vec<PairSensitivity>,
    /// How strongly all pairs that no rows can test would have to interact at once; `None` where there are none.
    pub all_untested: Option<f64>,
}

/// What would have to be true of a pair for the gain to be nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairSensitivity {
    /// The actions.
    pub pair: [String; 2],
    /// The interaction: standard deviations of the outcome that the product of one standard deviation of each adds;
    /// `None` where none would do, and of a pair whose interaction the model has.
    pub interaction: Option<f64>,
    /// The share of the variance that the model leaves which this interaction would be, could the model not take it
    /// for something else; above 1 it cannot have gone unseen.
    pub of_residual: Option<f64>,
    /// The share of the variance of both actions and of the outcome that a hidden cause would have to have; `None` where
    /// none would do.
    pub shared_cause: Option<f64>,
    /// The largest correlation of the two by a hidden cause that the rows allow, with 95 %; `None` where they cannot test
    /// it.
    pub allowed: Option<f64>,
}

impl PairSensitivity {
    /// Whether the rows allow a hidden cause that is strong enough.
    pub fn is_open(&self) -> bool {
        let cause = self.shared_cause;
        cause.is_some_and(|share| self.allowed.is_none_or(|allowed| share <= allowed))
    }
}

/// For the most and for the least of the outcome; none where there is no structured model without blocks, or no setting
/// to choose.
pub(super) fn sensitivities(data: &Data, model: &Model, diagnosis: &Diagnosis) -> Vec<Sensitivity> {
    let Some(learned) = model.structured.as_ref().filter(|_| data.blocks.is_none()) else {
        return Vec::new();
    };
    // What a departure does is linear in the rows where polynomials of all of them decide.
    let data = &data.without_bounded();
    let monomials = data.basis.monomials();
    let (regimes, mut products) = (regimes(&data.regimes), Vec::new());
    let Ok(grams) = grams(monomials, &regimes, &data.regimes, &mut products) else {
        return Vec::new();
    };
    let mut undivided = data.regimes.clone();
    undivided.iter_mut().for_each(RegimeMoments::undivide);
    let known = Known {
        categories: data.categories(),
        ..Known::default()
    };
    let is_of_all = learned.near_share.is_none() && model.basis.monomials() == monomials;
    let of_all = match is_of_all {
        true => Ok(learned.clone()),
        false => Structured::fit(monomials, &undivided, known).map(|(_, of_all)| of_all),
    };
    let Ok(of_all) = of_all else {
        return Vec::new();
    };
    let outcome = |regime: Regime| {
        let part = data.regimes.iter().find(|part| part.regime == regime);
        part.map_or(f64::NAN, |part| part.spread())
    };
    let spread = outcome(Regime::OBSERVATIONAL);
    let question = Weighing {
        data,
        model,
        learned,
        of_all: &of_all,
        diagnosis,
        grams: &grams,
        innovations: innovations(data, learned, &grams),
        spread,
    };
    let aims = [Aim::Maximise, Aim::Minimise].into_iter();
    aims.filter_map(|aim| question.answer(aim)).collect()
}

/// What of every action its parents do not tell; `None` where there is nothing.
fn innovations(data: &Data, learned: &Structured, grams: &Grams<'_, f64>) -> Vec<Option<Vec<f64>>> {
    let monomials = data.basis.monomials();
    let graph = Graph::of(monomials.variables(), learned);
    let invariance = graph.invariance(monomials, grams);
    let mut scratch = vec![0.0; invariance::scratch_len(monomials)];
    let each = (0..monomials.variables()).map(|action| {
        let mut polynomial = vec![0.0; monomials.len()];
        let any = invariance.innovation(action, &mut polynomial, &mut scratch);
        (any == Ok(true)).then_some(polynomial)
    });
    each.collect()
}

/// What is weighed.
struct Weighing<'a> {
    data: &'a Data,
    model: &'a Model,
    learned: &'a Structured,
    /// The same where far rows count like others.
    of_all: &'a Structured,
    diagnosis: &'a Diagnosis,
    grams: &'a Grams<'a, f64>,
    innovations: Vec<Option<Vec<f64>>>,
    /// The outcome's standard deviation when nothing is set.
    spread: f64,
}

/// The monomials at a setting.
fn features(basis: &Basis<f64, Vec<f64>>, setting: &[f64]) -> Option<Vec<f64>> {
    let monomials = basis.monomials();
    let mut variables = vec![0.0; monomials.all_variables()];
    let mut features = vec![0.0; monomials.len()];
    basis.standardise(setting, &mut variables).ok()?;
    monomials.evaluate(&variables, &mut features).ok()?;
    Some(features)
}

impl Weighing<'_> {
    fn answer(&self, aim: Aim) -> Option<Sensitivity> {
        let choice = choose(self.model, &Question::new(aim)).ok()?;
        let today = choice.gain?.today;
        let contrast = |basis| {
            let (best, today) = (features(basis, &choice.setting)?, features(basis, &today)?);
            let both = best.iter().zip(today);
            Some(both.map(|(best, today)| best - today).collect::<Vec<f64>>())
        };
        let joint = Regime::joint(self.model.actions.len());
        let polynomial = self.model.polynomial(joint).ok()?;
        let change = dot(&polynomial, &contrast(&self.model.basis)?);
        let contrast = contrast(&self.data.basis)?;
        let gain = if aim == Aim::Minimise {
            -change
        } else {
            change
        };
        let weights = self.weights(&contrast)?;
        let mut pairs = Vec::new();
        let mut untested = 0.0;
        for tested in &self.learned.interactions {
            let (i, j) = tested.pair;
            let product = self.product(i, j).filter(|_| !tested.found);
            let bias = product.as_ref().map(|product| {
                let model: f64 = weights.iter().map(|weights| dot(weights, product)).sum();
                (model - dot(&contrast, product)).abs()
            });
            let strength = bias.map(|bias| gain.max(0.0) / bias);
            if tested.p_value.is_none() {
                untested += bias.unwrap_or(0.0);
            }
            pairs.push(PairSensitivity {
                pair: [i, j].map(|action| self.model.actions[action].clone()),
                interaction: strength.filter(|strength| strength.is_finite()),
                of_residual: product
                    .zip(strength)
                    .and_then(|(product, strength)| self.of_residual(&product, strength)),
                shared_cause: self.shared_cause([i, j], &weights, gain.max(0.0)),
                allowed: self.allowed([i, j]),
            });
        }
        Some(Sensitivity {
            maximise: aim == Aim::Maximise,
            setting: choice.setting,
            gain,
            pairs,
            all_untested: (untested > 0.0).then(|| gain.max(0.0) / untested),
        })
    }

    fn omission(&self) -> Option<Omission<'_, '_, f64>> {
        let sure = self.of_all.uncertainty.as_ref()?;
        Some(Omission {
            grams: self.grams,
            terms: &self.of_all.terms,
            covariance: &sure.covariance,
            noise: sure.noise * sure.inflation,
        })
    }

    /// By what a departure in every regime changes the contrast; nothing where the covariance is not known, which is
    /// where all actions rest and products of two are 0 in all rows.
    fn weights(&self, contrast: &[f64]) -> Option<Vec<Vec<f64>>> {
        let mut weights = vec![0.0; self.data.regimes.len() * contrast.len()];
        if let Some(omission) = self.omission() {
            let mut scratch = vec![0.0; omission.scratch_len()];
            omission
                .weights(contrast, &mut weights, &mut scratch)
                .ok()?;
        }
        Some(
            weights
                .chunks(contrast.len())
                .map(<[f64]>::to_vec)
                .collect(),
        )
    }

    /// `σ z_i z_j`; `None` where one is a category or never varies, or the degree is 1.
    fn product(&self, i: usize, j: usize) -> Option<Vec<f64>> {
        let monomials = self.data.basis.monomials();
        let standard = |action: usize| {
            let Overlap {
                set, alone, levels, ..
            } = &self.diagnosis.overlaps[action];
            let alone = (*alone)?;
            let unit = if alone.sd > 0.0 { alone.sd } else { (*set)?.sd };
            let basis = &self.data.basis;
            let (shift, factor) = (basis.shift()[action], basis.factor()[action]);
            // z = slope · x + constant, x the standardised action of the moments.
            let slope = 1.0 / (factor * unit);
            (levels.is_none() && slope.is_finite()).then(|| [(shift - alone.mean) / unit, slope])
        };
        let ([a, b], [c, d]) = (standard(i)?, standard(j)?);
        let mut product = vec![0.0; monomials.len()];
        product[0] = self.spread * a * c;
        product[monomials.power(i, 1)?] = self.spread * b * c;
        product[monomials.power(j, 1)?] = self.spread * a * d;
        product[monomials.index_of([i, j])?] = self.spread * b * d;
        product
            .iter()
            .all(|value| value.is_finite())
            .then_some(product)
    }

    /// The share of what the model leaves that so strong a product would be.
    fn of_residual(&self, product: &[f64], strength: f64) -> Option<f64> {
        let omission = self.omission()?;
        let departures = product.repeat(self.data.regimes.len());
        let mut scratch = vec![0.0; omission.scratch_len()];
        let left = omission.left(&departures, &mut scratch).ok()?;
        let noise = self.learned.uncertainty.as_ref()?.noise;
        let weights = self.data.regimes.iter().map(|part| part.total().weight());
        let share = strength * strength * left / (noise * weights.sum::<f64>());
        share.is_finite().then_some(share)
    }

    /// The robustness value.
    fn shared_cause(&self, pair: [usize; 2], weights: &[Vec<f64>], gain: f64) -> Option<f64> {
        let [first, second] = pair.map(|action| self.innovations[action].as_ref());
        let (first, second) = (first?, second?);
        // What the model makes of the innovations of each, where the other was left alone and where it was set.
        let response = |own: usize, other: usize, polynomial: &[f64], set: bool| -> f64 {
            let regimes = self.data.regimes.iter().zip(weights);
            let kept = regimes
                .filter(|(part, _)| !part.regime.sets(own) && part.regime.sets(other) == set);
            kept.map(|(_, weights)| dot(weights, polynomial)).sum()
        };
        let [i, j] = pair;
        let alone = [response(i, j, first, false), response(j, i, second, false)];
        let other_set = [response(i, j, first, true), response(j, i, second, true)];
        let bias = |share: f64| {
            let either = [1.0, -1.0].map(|sign| {
                let alone = (alone[0] + sign * alone[1]) / (1.0 + share);
                self.spread * share * (alone + other_set[0] + sign * other_set[1]).abs()
            });
            either[0].max(either[1])
        };
        let shares = (1..=SHARES).map(|step| f64::from(step) / f64::from(SHARES));
        shares.into_iter().find(|&share| bias(share) >= gain)
    }

    fn allowed(&self, pair: [usize; 2]) -> Option<f64> {
        let names = pair.map(|action| &self.model.actions[action]);
        let check = self.diagnosis.checks.iter().find(|check| {
            check.implication == Implication::SeparateCauses
                && names.iter().all(|name| check.actions.contains(name))
        });
        let [lower, upper] = check?.tested?.interval;
        Some(lower.abs().max(upper.abs()).min(1.0))
    }
}
