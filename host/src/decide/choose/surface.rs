//! The effect over the settings: its optimum, its bound, and what is gained.

use super::line::Line;
use super::space::{Space, VALUES};
use super::{Aim, ChooseError, Gain, Guarantee, Question};
use crate::fit::structured::EffectUncertainty;
use crate::model::{LEVEL, Model, PredictionError};
use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::{Factor, Semidefinite};
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::algebra::vector::dot;
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::optimum::Goal;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::predict::scale::{self, Scale};
use joint_effects_kernel::sampling;
use joint_effects_kernel::structured::tails::t_quantile;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The best of them from which a search starts.
const STARTS: usize = 6;

/// Combinations of levels in which a target is looked for.
const COMBINATIONS: usize = 256;

/// Parts of the settings that are looked at before it is left open whether a target is in reach.
const PARTS: usize = 2_000;

/// Draws of the coefficients by which the gains of all settings are bounded together.
const DRAWS: usize = 2_000;

/// What rounding may leave of the largest variance where a variance does not fall.
const ROUNDING: f64 = 1e-9;

/// The effect of setting all actions, and how sure it is.
#[derive(Clone)]
pub(in crate::decide) struct Surface {
    scale: Scale,
    variance: f64,
    pub(super) basis: Basis<f64, Vec<f64>>,
    polynomial: Vec<f64>,
    uncertainty: Option<EffectUncertainty>,
    /// Standard errors by which the bound is worse than the effect.
    caution: f64,
    /// 1, or −1 where less is better.
    sign: f64,
    /// Whether more is not better either.
    is_target: bool,
    /// Cost of a unit of each action.
    costs: Vec<f64>,
}

/// The surface at a setting.
struct At {
    /// What adds up.
    linked: f64,
    /// The derivative of the effect by that.
    slope: f64,
    effect: f64,
    /// The uncertain monomials.
    features: Vec<f64>,
    cost: f64,
}

/// A search for the combinations of levels with which a target is in reach: one category after the other is
/// fixed, and what cannot reach it with any levels of the others is left.
struct Search<'a> {
    surface: &'a Surface,
    space: &'a Space<'a>,
    target: f64,
    /// The effect that is nearest to the target, of what was left.
    nearest: f64,
    /// Of each combination found, the settings with the least and the greatest effect.
    ends: Vec<[Vec<f64>; 2]>,
    /// Parts of the settings that may still be looked at.
    left: usize,
}

impl Search<'_> {
    fn look(&mut self, fixed: Vec<Option<f64>>) {
        if self.left == 0 || self.ends.len() == COMBINATIONS {
            return;
        }
        self.left -= 1;
        let ends = [Goal::Least, Goal::Greatest].map(|goal| {
            let polynomial = &self.surface.polynomial;
            self.space.optimum(polynomial, goal, &fixed).0
        });
        let [least, greatest] = ends.each_ref().map(|end| self.surface.at(end).effect);
        if !(least <= self.target && self.target <= greatest) {
            let end = if self.target < least { least } else { greatest };
            if (end - self.target).abs() < (self.nearest - self.target).abs() {
                self.nearest = end;
            }
            return;
        }
        let levels = self.space.levels.iter();
        let open =
            (levels.zip(&fixed)).position(|(levels, fixed)| !levels.is_empty() && fixed.is_none());
        let Some(action) = open else {
            self.ends.push(ends);
            return;
        };
        for &level in &self.space.levels[action] {
            let mut fixed = fixed.clone();
            fixed[action] = Some(level);
            self.look(fixed);
        }
    }
}

impl At {
    /// The derivatives, by the coefficients, of the effect here less that elsewhere.
    fn gradient_over(&self, other: &Self) -> Vec<f64> {
        let both = self.features.iter().zip(&other.features);
        both.map(|(here, there)| self.slope * here - other.slope * there)
            .collect()
    }
}

impl Surface {
    pub(in crate::decide) fn new(model: &Model, question: &Question) -> Result<Self, ChooseError> {
        let risk = question.risk;
        if !(risk > 0.0 && risk <= 0.5) {
            return Err(ChooseError::Risk { risk });
        }
        let mut costs = vec![0.0; model.actions.len()];
        for &(action, cost) in &question.costs {
            costs[action] = cost;
        }
        let is_target = matches!(question.aim, Aim::Target(_));
        if is_target && !question.costs.is_empty() {
            return Err(ChooseError::TargetCosts);
        }
        let joint = Regime::joint(model.actions.len());
        let known = model.regimes.iter();
        let known = known.filter_map(|part| Some((part.regime, part.variance?)));
        let uncertainty = match &model.structured {
            Some(learned) => learned.effect(joint).map_err(PredictionError::from)?,
            None => None,
        };
        let caution = uncertainty.as_ref().filter(|_| risk < 0.5);
        Ok(Self {
            scale: model.scale,
            variance: scale::variance(joint, known),
            basis: model.basis.clone(),
            polynomial: model.polynomial(joint).map_err(PredictionError::from)?,
            caution: caution.map_or(0.0, |uncertainty| {
                t_quantile(1.0 - 2.0 * risk, uncertainty.degrees_of_freedom)
            }),
            uncertainty,
            sign: if question.aim == Aim::Minimise {
                -1.0
            } else {
                1.0
            },
            is_target,
            costs,
        })
    }

    fn at(&self, setting: &[f64]) -> At {
        let monomials = self.basis.monomials();
        let mut variables = vec![0.0; monomials.all_variables()];
        let mut features = vec![0.0; monomials.len()];
        let linked = self
            .basis
            .standardise(setting, &mut variables)
            .and_then(|()| {
                predictor::evaluate(monomials, &self.polynomial, &variables, &mut features)
            });
        let linked = linked.expect("a value for every action");
        let slope = self.scale.slope(linked, self.variance);
        let uncertain = self.uncertainty.iter().flat_map(|known| &known.monomials);
        At {
            linked,
            slope,
            effect: self.scale.expect(linked, self.variance),
            features: uncertain.map(|&monomial| features[monomial]).collect(),
            cost: self.cost(setting),
        }
    }

    pub(super) fn cost(&self, setting: &[f64]) -> f64 {
        dot(&self.costs, setting)
    }

    /// What is gained at one setting over another.
    fn difference(&self, at: &At, other: &At) -> f64 {
        self.sign * (at.effect - other.effect) - (at.cost - other.cost)
    }

    /// The standard error of a combination of the coefficients.
    fn standard_error(&self, gradient: &[f64]) -> f64 {
        let Some(known) = &self.uncertainty else {
            return 0.0;
        };
        let covariance = Packed::new(gradient.len(), &known.covariance);
        let variance = covariance.and_then(|covariance| covariance.quadratic_form(gradient));
        variance.expect("a row for every monomial").max(0.0).sqrt()
    }

    /// The surface with other coefficients of the uncertain monomials, by so much.
    pub(in crate::decide) fn moved(&self, change: &[f64]) -> Self {
        let mut moved = self.clone();
        let monomials = self.uncertainty.iter().flat_map(|known| &known.monomials);
        for (&monomial, change) in monomials.zip(change) {
            moved.polynomial[monomial] += change;
        }
        moved
    }

    /// By how much the uncertain coefficients may have moved once they are known as `later` does: by draws, each
    /// followed by its mirror image.
    pub(in crate::decide) fn changes(
        &self,
        later: &Self,
        count: usize,
        rng: &mut impl Rng,
    ) -> Vec<Vec<f64>> {
        let (Some(now), Some(later)) = (&self.uncertainty, &later.uncertainty) else {
            return Vec::new();
        };
        let order = now.monomials.len();
        let both = now.covariance.iter().zip(&later.covariance);
        let mut fall: Vec<f64> = both.map(|(now, later)| now - later).collect();
        let largest = now.covariance.iter().copied().fold(0.0, f64::max);
        let mut places: Vec<usize> = (0..order).collect();
        let matrix = PackedMut::new(order, &mut fall).expect("a row for every monomial");
        let factor = Semidefinite::of(matrix, ROUNDING * largest, |i, j| places.swap(i, j));
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            let draws = (0..order).map(|_| sampling::normal(rng, 0.0, 1.0));
            let mut draw: Vec<f64> = draws.collect();
            let multiplied = factor.multiply(&mut draw);
            multiplied.expect("a number for every monomial");
            for sign in [1.0, -1.0] {
                let mut change = vec![0.0; order];
                for (&place, value) in places.iter().zip(&draw) {
                    change[place] = sign * value;
                }
                changes.push(change);
            }
        }
        changes
    }

    /// The standard error of the effect at a setting.
    pub(in crate::decide) fn error(&self, setting: &[f64]) -> f64 {
        let at = self.at(setting);
        at.slope * self.standard_error(&at.features)
    }

    /// The standard error of what is gained at one setting over another.
    pub(in crate::decide) fn error_of_difference(&self, setting: &[f64], other: &[f64]) -> f64 {
        self.standard_error(&self.at(setting).gradient_over(&self.at(other)))
    }

    /// What is to be as great as can be: the bound of the effect on the side of caution, less the cost.
    pub(in crate::decide) fn worth(&self, setting: &[f64]) -> f64 {
        let at = self.at(setting);
        self.bound(at.linked, self.standard_error(&at.features)) - at.cost
    }

    /// The bound, of what adds up and its standard error.
    fn bound(&self, linked: f64, error: f64) -> f64 {
        let bound = linked - self.sign * self.caution * error;
        self.sign * self.scale.expect(bound, self.variance)
    }

    fn line(&self, setting: &[f64], action: usize) -> Line {
        let uncertainty = self.uncertainty.as_ref();
        Line::new(&self.basis, &self.polynomial, uncertainty, setting, action)
    }

    /// The polynomial with the costs in it, where they are on its scale.
    fn with_costs(&self) -> Vec<f64> {
        let mut polynomial = self.polynomial.clone();
        for (action, cost) in self
            .costs
            .iter()
            .enumerate()
            .filter(|(_, cost)| **cost != 0.0)
        {
            let linear = self.basis.monomials().power(action, 1);
            let linear = linear.expect("a model has a degree of at least 1");
            polynomial[linear] -= self.sign * cost / self.basis.factor()[action];
            polynomial[0] -= self.sign * cost * self.basis.shift()[action];
        }
        polynomial
    }

    pub(in crate::decide) fn best(
        &self,
        space: &Space<'_>,
        settings: &[Vec<f64>],
        goal: Goal,
    ) -> (Vec<f64>, Guarantee) {
        let free = vec![None; self.costs.len()];
        let costs = self.costs.iter().any(|&cost| cost != 0.0);
        let polynomial = match self.scale.is_of_outcome() {
            true => self.with_costs(),
            false => self.polynomial.clone(),
        };
        let (exact, gap) = space.optimum(&polynomial, goal, &free);
        if self.caution == 0.0 && (self.scale.is_of_outcome() || !costs) {
            return (exact, Guarantee::Exact { gap });
        }
        let mut order: Vec<_> = settings.iter().map(|at| (self.worth(at), at)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let starts = order.into_iter().take(STARTS).map(|(_, at)| at.clone());
        let climbed = starts.chain([exact]).map(|start| self.climb(space, start));
        let best = climbed.max_by(|a, b| a.0.total_cmp(&b.0));
        let (_, setting) = best.expect("the exact one is among them");
        let settings = settings.len() + 1;
        (setting, Guarantee::Tried { settings })
    }

    /// Sets one action after the other to its best, until none moves.
    fn climb(&self, space: &Space<'_>, mut setting: Vec<f64>) -> (f64, Vec<f64>) {
        let mut worth = self.worth(&setting);
        for _ in 0..50 {
            let before = worth;
            for action in 0..setting.len() {
                let line = self.line(&setting, action);
                let others = self.cost(&setting) - self.costs[action] * setting[action];
                let of = |value: f64| {
                    let (linked, error) = line.at(value);
                    self.bound(linked, error) - (others + self.costs[action] * value)
                };
                let values = space.values(action);
                let better =
                    |best: (f64, f64), next: (f64, f64)| if next.0 > best.0 { next } else { best };
                let all = values.iter().map(|&value| (of(value), value));
                let mut best = all.fold((f64::NEG_INFINITY, 0.0), better);
                if space.levels[action].is_empty() {
                    // Between its neighbours, by halves.
                    let Range { min, max } = space.ranges[action];
                    let mut step = (max - min) / VALUES as f64;
                    while step > 1e-9 * (max - min) {
                        step /= 2.0;
                        for value in [best.1 - step, best.1 + step] {
                            let value = value.clamp(min, max);
                            best = better(best, (of(value), value));
                        }
                    }
                }
                if best.0 > worth {
                    (worth, setting[action]) = best;
                }
            }
            if worth - before <= 1e-12 * worth.abs() {
                break;
            }
        }
        (worth, setting)
    }

    /// A setting with this effect: of those found the one whose effect is surest.
    pub(in crate::decide) fn reach(
        &self,
        space: &Space<'_>,
        settings: &[Vec<f64>],
        target: f64,
    ) -> Result<(Vec<f64>, Guarantee), ChooseError> {
        let mut search = Search {
            surface: self,
            space,
            target,
            nearest: f64::INFINITY,
            ends: Vec::new(),
            left: PARTS,
        };
        search.look(vec![None; self.costs.len()]);
        let Search {
            nearest,
            ends,
            left,
            ..
        } = search;
        if ends.is_empty() {
            return Err(match left {
                0 => ChooseError::TooManyLevels { target },
                _ => ChooseError::OutOfReach { target, nearest },
            });
        }
        let mut reached: Vec<Vec<f64>> = Vec::new();
        for [least, greatest] in &ends {
            reached.push(self.between(least, greatest, target));
            let same = |at: &&Vec<f64>| space.has_levels_of(at, least);
            for at in settings.iter().filter(same) {
                reached.push(match self.at(at).effect < target {
                    true => self.between(at, greatest, target),
                    false => self.between(least, at, target),
                });
            }
        }
        let errors = reached
            .into_iter()
            .map(|setting| (self.error(&setting), setting));
        let surest = errors.min_by(|a, b| a.0.total_cmp(&b.0));
        let (_, setting) = surest.expect("one for the ends at least");
        let settings = settings.len();
        Ok((setting, Guarantee::Tried { settings }))
    }

    /// Where the effect is `target` on the way from a setting where it is less to one where it is more.
    fn between(&self, less: &[f64], more: &[f64], target: f64) -> Vec<f64> {
        let on_the_way = |share: f64| -> Vec<f64> {
            let both = less.iter().zip(more);
            both.map(|(less, more)| less * (1.0 - share) + more * share)
                .collect()
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            match self.at(&on_the_way(middle)).effect < target {
                true => low = middle,
                false => high = middle,
            }
        }
        on_the_way(high)
    }

    /// What a setting gains over today's, with an interval that holds for all settings together.
    pub(super) fn gain(&self, setting: &[f64], today: Vec<f64>, settings: &[Vec<f64>]) -> Gain {
        let (at, then) = (self.at(setting), self.at(&today));
        let estimate = self.difference(&at, &then);
        let chosen = at.gradient_over(&then);
        let interval = self.uncertainty.as_ref().and_then(|known| {
            let others = (settings.iter()).map(|setting| self.at(setting).gradient_over(&then));
            let gradients: Vec<Vec<f64>> = others.chain([chosen.clone()]).collect();
            let reach = self.simultaneous(known, &gradients)? * self.standard_error(&chosen);
            Some([estimate - reach, estimate + reach])
        });
        Gain {
            today,
            estimate,
            interval,
        }
    }

    /// Standard errors within which all of these combinations of the coefficients are with 95 %.
    fn simultaneous(&self, known: &EffectUncertainty, gradients: &[Vec<f64>]) -> Option<f64> {
        let order = known.monomials.len();
        let mut factor = known.covariance.clone();
        let diagonal = (0..order).map(|i| factor[packed::len(i + 1) - 1]);
        // What the posterior knows exactly has a variance of 0, which has no Cholesky factor.
        let largest = diagonal.fold(0.0, f64::max);
        let mut matrix = PackedMut::new(order, &mut factor).ok()?;
        matrix.add_to_diagonal(1e-12 * largest);
        let lower = Factor::of(matrix).ok()?.lower();
        let scaled: Vec<Vec<f64>> = (gradients.iter())
            .filter_map(|gradient| {
                let error = self.standard_error(gradient);
                // Lᵀ g / error, so that its product with a standard normal vector is one.
                let mut own = vec![0.0; order];
                for (row, &g) in lower.rows().zip(gradient) {
                    for (own, l) in own.iter_mut().zip(row) {
                        *own += l * g / error;
                    }
                }
                (error > 0.0).then_some(own)
            })
            .collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut most: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let draw: Vec<f64> = (0..order)
                    .map(|_| sampling::normal(&mut rng, 0.0, 1.0))
                    .collect();
                let all = scaled.iter().map(|own| dot(own, &draw).abs());
                all.fold(0.0, f64::max)
            })
            .collect();
        most.sort_by(f64::total_cmp);
        let normal = most[(LEVEL * DRAWS as f64) as usize];
        // The variance is an estimate: as much wider as Student's t is than the normal.
        let wider = t_quantile(LEVEL, known.degrees_of_freedom) / t_quantile(LEVEL, 1e9);
        Some(normal * wider)
    }

    /// The values of each action, the others held, that may be as good.
    pub(super) fn alike(&self, space: &Space<'_>, setting: &[f64]) -> Option<Vec<Vec<Range>>> {
        let known = self.uncertainty.as_ref()?;
        let quantile = t_quantile(LEVEL, known.degrees_of_freedom);
        let best = self.at(setting);
        let each = (0..setting.len()).map(|action| {
            let mut values = space.values(action);
            if !values.contains(&setting[action]) {
                values.push(setting[action]);
                values.sort_by(f64::total_cmp);
            }
            let mut runs: Vec<Range> = Vec::new();
            let mut open = false;
            for value in values {
                let mut other = setting.to_vec();
                other[action] = value;
                let other = self.at(&other);
                let reach = quantile * self.standard_error(&best.gradient_over(&other));
                let behind = self.difference(&best, &other);
                let like = behind <= reach && (!self.is_target || behind >= -reach);
                match runs.last_mut() {
                    Some(run) if like && open && space.levels[action].is_empty() => run.max = value,
                    _ if like => runs.push(Range {
                        min: value,
                        max: value,
                    }),
                    _ => {}
                }
                open = like;
            }
            runs
        });
        Some(each.collect())
    }
}
