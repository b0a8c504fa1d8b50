//! The posterior of the structured model: prior and noise variances by marginal likelihood, and the
//! coefficients with them.

use crate::algebra::cholesky::{self, semidefinite};
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut, larger};
use crate::algebra::vector::dot;
use crate::error::{FitError, ShapeError};
use crate::features::monomials::Monomials;
use crate::features::orthogonal::dependence;
use crate::identification::first_unidentified;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::block::{BlockEffects, Blocks, Intercepts, Variances, intercepts_len};
use crate::structured::design::{Design, Regressor, groups};
use crate::structured::gram::{self, Grams, entry, regress};
use crate::structured::resolution;

/// Steps of the marginal-likelihood iteration at the most.
const STEPS: usize = 40;

/// Numbers that a [`Posterior`] of so many columns and groups holds.
pub const fn posterior_len(columns: usize, groups: usize) -> usize {
    columns + packed::len(columns) + 2 * groups
}

/// Scratch of [`Posterior::fit`].
pub const fn posterior_scratch_len(monomials: Monomials, columns: usize) -> usize {
    let fit = packed::len(columns) + 2 * columns + monomials.len();
    larger(fit, monomials.variables() * monomials.variables())
}

/// Scratch of [`expected_covariance`] of so many columns.
pub const fn expected_scratch_len<S>(
    monomials: Monomials,
    columns: usize,
    blocks: Blocks<'_, S>,
) -> usize {
    posterior_scratch_len(monomials, columns)
        + intercepts_len(blocks.count, blocks.cells.len(), columns)
}

/// The coefficients of a design given the data: normal, with this mean and covariance.
#[derive(Clone, Copy, Debug)]
pub struct Posterior<'a, S> {
    /// Mean of every column's coefficient.
    pub mean: &'a [S],
    /// Their packed covariance.
    pub covariance: &'a [S],
    /// Prior variance of every group.
    pub variances: &'a [S],
    /// What the columns leave of the outcome.
    pub dispersion: Dispersion<S>,
}

/// What the columns of a design leave of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dispersion<S> {
    /// Noise variance of a row of weight 1.
    pub noise: S,
    /// Whether that is given or estimated. Where all actions rest and the columns fit any outcome there is
    /// nothing to estimate it from: it then stands for next to none.
    pub is_known: bool,
    /// Effective number of parameters, `tr(S H) / σ²`, of blocks too.
    pub parameters: S,
    /// What blocks are of that, and how far they differ.
    pub blocks: BlockEffects<S>,
    /// Residual sum of squares.
    pub residual: S,
    /// Number of rows.
    pub rows: S,
    /// Steps that were taken.
    pub steps: usize,
}

impl<'a, S: Scalar> Posterior<'a, S> {
    /// The one of so many columns and groups that [`Posterior::fit`] wrote to this storage.
    pub(crate) fn again(
        columns: usize,
        groups: usize,
        dispersion: Dispersion<S>,
        storage: &'a [S],
    ) -> Self {
        let cut = |start: usize, len: usize| storage.get(start..start + len).unwrap_or_default();
        let covariance = packed::len(columns);
        Self {
            mean: cut(0, columns),
            covariance: cut(columns, covariance),
            variances: cut(columns + covariance, groups),
            dispersion,
        }
    }

    /// Fits prior and noise variances by expectation maximisation, and the coefficients with them.
    ///
    /// Refuses regimes that do not identify every action's effect, of which the prior alone would
    /// decide, an outcome that never varies, and actions so far from their origin that the precision does
    /// not suffice.
    ///
    /// The noise variance is estimated where it is not given.
    ///
    /// The intercepts of blocks are estimated too.
    ///
    /// `storage` has [`posterior_len`] numbers, `scratch` [`posterior_scratch_len`].
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn fit(
        grams: &Grams<'_, S>,
        design: &Design<'_, S>,
        pairs: usize,
        given: Option<S>,
        intercepts: &mut Intercepts<'_, S>,
        storage: &'a mut [S],
        scratch: &mut [S],
    ) -> Result<Self, FitError> {
        let (columns, terms) = (design.columns().len(), grams.terms());
        let groups = groups(design.monomials(), pairs);
        let needed = posterior_len(columns, groups);
        ShapeError::exact("posterior", needed, storage.len())?;
        let needed = posterior_scratch_len(design.monomials(), columns);
        ShapeError::exact("scratch", needed, scratch.len())?;
        check_identified(design.monomials().variables(), grams.regimes(), scratch)?;
        let (mut updated, mut scratch) = (storage, scratch);
        let mean = cut(&mut updated, columns);
        let covariance = cut(&mut updated, packed::len(columns));
        let variances = cut(&mut updated, groups);
        let normal = cut(&mut scratch, packed::len(columns));
        let right = cut(&mut scratch, columns);
        let scale = cut(&mut scratch, columns);
        let image = cut(&mut scratch, terms);
        normal_equations(grams, design, |_| S::ONE, normal, right, image);
        let (mut rows, mut weight, mut squares) = (S::ZERO, S::ZERO, S::ZERO);
        for (_, gram) in grams.iter() {
            rows += gram::rows(gram);
            weight += entry(gram, 0, 0);
            squares += entry(gram, terms, terms);
        }
        if squares == S::ZERO {
            return Err(FitError::ConstantOutcome);
        }
        // The outcome's variance, and that of a row of weight 1.
        let (spread, alone) = (squares / weight, squares / rows);
        let all_rest = design
            .columns()
            .iter()
            .all(|column| column.action.is_none());
        let fits_anything = all_rest && rows <= S::from_count(columns as u64) && {
            copy(covariance, normal);
            (0..columns).all(|i| semidefinite::append(covariance, i, dependence()))
        };
        let is_known = given.is_some() || !fits_anything;
        let fixed = given.or((!is_known).then(|| alone * dependence()));
        let mut noise = fixed.unwrap_or(alone);
        variances.fill(spread / S::from_count(10));
        let mut shifts = Variances {
            common: spread / S::from_count(10),
            own: match intercepts.own() {
                0 => S::ZERO,
                _ => spread / S::from_count(10),
            },
        };
        let mut steps = 0;
        loop {
            steps += 1;
            precision(design, normal, noise, variances, covariance);
            for (target, &value) in mean.iter_mut().zip(&*right) {
                *target = value / noise;
            }
            intercepts.integrate(noise, shifts, covariance, mean);
            invert(covariance, mean, scale)?;

            let two = S::ONE + S::ONE;
            let fitted = packed::quadratic_form(normal, mean) - two * dot(right, mean);
            let explained = intercepts.estimate(design, noise, shifts, mean, covariance, scale);
            let residual = (squares + fitted + explained.residual).max(rounding(squares));
            let diagonals = packed::diagonal(normal).zip(packed::diagonal(covariance));
            let trace = two * dot(normal, covariance) - diagonals.map(|(x, y)| x * y).sum::<S>();
            let parameters = trace / noise + explained.of_columns + explained.parameters;
            update_variances(design, mean, covariance, spread, updated);
            let likely = |count: usize, squares: S, old: S| match count {
                0 => old,
                // Half of what keeps variances off zero, as t quantiles allow for few blocks too.
                _ => {
                    let freedom = S::from_count(count as u64) - S::ONE / (S::ONE + S::ONE);
                    likely_variance(squares, freedom, spread)
                }
            };
            let [common, own] = explained.squares;
            let next_shifts = Variances {
                common: likely(intercepts.count(), common, shifts.common),
                own: likely(intercepts.own(), own, shifts.own),
            };
            let left = (rows - parameters).max(rows / S::from_count(10));
            let next = fixed.unwrap_or(residual / left);
            let moves = variances
                .iter()
                .zip(&*updated)
                .filter(|(_, new)| **new > S::ZERO);
            let moved = moves
                .map(|(&old, &new)| distance(old, new))
                .fold(distance(noise, next), S::max)
                .max(distance(shifts.common, next_shifts.common))
                .max(match intercepts.own() {
                    0 => S::ZERO,
                    _ => distance(shifts.own, next_shifts.own),
                });
            if moved < S::ONE / S::from_count(1000) || steps == STEPS {
                resolution::check(grams, design, normal, mean, squares, image)?;
                FitError::finite(mean)?;
                FitError::finite(covariance)?;
                FitError::finite(&[noise, parameters, residual])?;
                let joint = joint_variance(design, covariance);
                // The variances stay those that the mean and the covariance belong to.
                return Ok(Self {
                    mean,
                    covariance,
                    variances,
                    dispersion: Dispersion {
                        noise,
                        is_known,
                        parameters,
                        blocks: intercepts.effects(
                            shifts,
                            explained.parameters,
                            explained.sensitivities.map(|by| by / joint),
                        ),
                        residual,
                        rows,
                        steps,
                    },
                });
            }
            copy(variances, updated);
            noise = next;
            shifts = next_shifts;
        }
    }

    /// The prior variance of a column; `None` where it is not shrunk.
    pub(crate) fn prior(&self, design: &Design<'_, S>, column: &Regressor) -> Option<S> {
        let index = column.group.index(design.monomials())?;
        self.variances.get(index).copied()
    }

    /// How far the data decide the coefficients of the group of an index, rather than their prior:
    /// 1 − posterior variance / prior variance, averaged; from 0 to 1. `None` for a group without
    /// columns.
    pub fn determined(&self, design: &Design<'_, S>, group: usize) -> Option<S> {
        let monomials = design.monomials();
        let prior = *self.variances.get(group)?;
        let (mut sum, mut size) = (S::ZERO, S::ZERO);
        for (column, square) in design
            .columns()
            .iter()
            .zip(packed::diagonal(self.covariance))
        {
            if column.group.index(monomials) == Some(group) {
                sum += (S::ONE - square / prior).max(S::ZERO);
                size += S::ONE;
            }
        }
        (size > S::ZERO).then(|| sum / size)
    }
}

impl<S: Scalar> Dispersion<S> {
    /// Rows less effective parameters, at least 1.
    pub fn degrees_of_freedom(&self) -> S {
        (self.rows - self.parameters).max(S::ONE)
    }

    /// How much better free polynomials in every regime fit: χ² and its degrees of freedom.
    pub fn lack_of_fit(&self, saturated: Saturated<S>) -> (S, S) {
        let chi_squared = (self.residual - saturated.residual) / self.noise;
        // The intercepts of blocks are the same in both.
        let of_columns = self.parameters - self.blocks.parameters;
        let freedom = S::from_count(saturated.rank as u64) - of_columns;
        (chi_squared, freedom.max(S::ONE))
    }

    /// By what the covariance is multiplied to allow for what the model cannot fit: the root of χ²
    /// per degree of freedom, because part of that is no matter to the joint effect; at least 1.
    pub fn inflation(&self, saturated: Saturated<S>) -> S {
        let (chi_squared, freedom) = self.lack_of_fit(saturated);
        (chi_squared / freedom).max(S::ONE).sqrt()
    }
}

/// Whether the regimes identify the effect of every action. `scratch` has at least K² numbers.
fn check_identified<S: Scalar>(
    actions: usize,
    regimes: &[Regime],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let unknown = |regime: &&Regime| regime.actions().last() >= Some(actions);
    if let Some(&regime) = regimes.iter().find(unknown) {
        return Err(FitError::UnknownAction { regime });
    }
    if !regimes.contains(&Regime::OBSERVATIONAL) {
        return Err(FitError::NoObservational);
    }
    let scratch = scratch.get_mut(..actions * actions).unwrap_or_default();
    match first_unidentified(actions, regimes.iter().copied(), scratch)? {
        Some(action) => Err(FitError::NotIdentifiable { action }),
        None => Ok(()),
    }
}

/// Replaces a packed positive definite matrix by its inverse and `x` by its product with that, by
/// way of a unit diagonal; `scale` is scratch of the matrix's order.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn invert<S: Scalar>(
    matrix: &mut [S],
    x: &mut [S],
    scale: &mut [S],
) -> Result<(), FitError> {
    for (scale, diagonal) in scale.iter_mut().zip(packed::diagonal(matrix)) {
        *scale = S::ONE / diagonal.sqrt();
    }
    let balance = |matrix: &mut [S], x: &mut [S]| {
        for (i, &own) in scale.iter().enumerate() {
            for (value, &across) in packed::row_mut(matrix, i).iter_mut().zip(scale.iter()) {
                *value *= own * across;
            }
        }
        for (value, &scale) in x.iter_mut().zip(scale.iter()) {
            *value *= scale;
        }
    };
    balance(matrix, x);
    cholesky::factor(matrix)?;
    cholesky::solve(matrix, x);
    cholesky::invert(matrix);
    balance(matrix, x);
    Ok(())
}

/// The prior variances that these coefficients make most likely, between 10⁻⁹ and 10³ of the
/// outcome's; 0 for a group without columns.
fn update_variances<S: Scalar>(
    design: &Design<'_, S>,
    mean: &[S],
    covariance: &[S],
    spread: S,
    updated: &mut [S],
) {
    let monomials = design.monomials();
    for (index, target) in updated.iter_mut().enumerate() {
        let (mut size, mut second, mut basic) = (S::ZERO, S::ZERO, false);
        let diagonal = packed::diagonal(covariance);
        for ((column, &mean), square) in design.columns().iter().zip(mean).zip(diagonal) {
            if column.group.index(monomials) == Some(index) {
                size += S::ONE;
                second += mean * mean + square;
                basic = column.group.is_basic();
            }
        }
        *target = if size > S::ZERO {
            // A prior √v on the variance of a basic group keeps its mode off zero, where intervals
            // would be too short (Chung et al. 2013, "A nondegenerate penalized likelihood estimator").
            let half = size / (S::ONE + S::ONE);
            let boundary = match basic {
                true if half < S::ONE => half,
                true => S::ONE,
                false => S::ZERO,
            };
            likely_variance(second, size - boundary, spread)
        } else {
            S::ZERO
        };
    }
}

/// The variance, between 10⁻⁹ and 10³ of the outcome's, of coefficients of this expected sum of squares.
fn likely_variance<S: Scalar>(squares: S, freedom: S, spread: S) -> S {
    let least = spread / S::from_count(1_000_000_000);
    let most = spread * S::from_count(1000);
    let variance = (squares / freedom).max(least);
    if variance > most { most } else { variance }
}

/// Mean variance of the joint effect, over independent actions distributed as where they were set: the columns
/// of τ are orthonormal over those, so it is the trace of their covariance.
pub(crate) fn joint_variance<S: Scalar>(design: &Design<'_, S>, covariance: &[S]) -> S {
    let joint = design.columns().iter().zip(packed::diagonal(covariance));
    let joint = joint.filter(|(column, _)| column.action.is_none());
    joint.map(|(_, variance)| variance).sum()
}

/// What free polynomials in every regime leave of the outcome, and how many coefficients they have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturated<S> {
    /// Residual sum of squares.
    pub residual: S,
    /// Rank.
    pub rank: usize,
}

impl<S: Scalar> Saturated<S> {
    /// Regresses the outcome of every regime on the first `terms` monomials; `scratch` has
    /// `packed::len(terms + 1)` numbers.
    pub fn fit(grams: &Grams<'_, S>, terms: usize, scratch: &mut [S]) -> Self {
        let outcome = [(grams.terms(), S::ONE)];
        let (mut residual, mut squares, mut rank) = (S::ZERO, S::ZERO, 0);
        for (_, gram) in grams.iter() {
            let (left, columns) = regress(gram, 0..terms, &outcome, scratch);
            residual += left;
            squares += entry(gram, grams.terms(), grams.terms());
            rank += columns;
        }
        Self {
            residual: residual.max(rounding(squares)),
            rank,
        }
    }
}

/// What rounding may leave of a sum of squares when another is subtracted.
fn rounding<S: Scalar>(squares: S) -> S {
    squares * S::from_count(4096) * S::EPSILON
}

/// The packed covariance of the columns' coefficients if every regime had `scale` times the rows it has. The rows of
/// a regime are then in the same blocks, in the same proportions. Noise, blocks and priors vary as in the pilot's
/// `posterior`.
///
/// `scratch` has [`expected_scratch_len`].
pub fn expected_covariance<S: Scalar>(
    grams: &Grams<'_, S>,
    blocks: Blocks<'_, S>,
    design: &Design<'_, S>,
    posterior: &Posterior<'_, S>,
    scale: impl Fn(Regime) -> S,
    covariance: &mut [S],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let columns = design.columns().len();
    ShapeError::exact("covariance", packed::len(columns), covariance.len())?;
    let needed = expected_scratch_len(design.monomials(), columns, blocks);
    ShapeError::exact("scratch", needed, scratch.len())?;
    let mut scratch = scratch;
    let normal = cut(&mut scratch, packed::len(columns));
    let right = cut(&mut scratch, columns);
    let balance = cut(&mut scratch, columns);
    let image = cut(&mut scratch, grams.terms());
    normal_equations(grams, design, &scale, normal, right, image);
    let Dispersion {
        noise,
        blocks: known,
        ..
    } = posterior.dispersion;
    precision(design, normal, noise, posterior.variances, covariance);
    let shifts = Variances {
        common: known.common.variance,
        own: known.own.variance,
    };
    Intercepts::new(
        blocks,
        grams.center(),
        grams.regimes(),
        scale,
        design,
        scratch,
    )
    .integrate(noise, shifts, covariance, right);
    invert(covariance, right, balance)
}

/// `H / σ²`, and the priors' precisions on its diagonal.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn precision<S: Scalar>(
    design: &Design<'_, S>,
    normal: &[S],
    noise: S,
    variances: &[S],
    precision: &mut [S],
) {
    for (target, &value) in precision.iter_mut().zip(normal) {
        *target = value / noise;
    }
    let monomials = design.monomials();
    for (i, column) in design.columns().iter().enumerate() {
        let variance = column
            .group
            .index(monomials)
            .and_then(|group| variances.get(group));
        if let Some(diagonal) = packed::row_mut(precision, i).last_mut() {
            *diagonal += variance.map_or(S::ZERO, |&variance| S::ONE / variance);
        }
    }
}

/// `Σ X G Xᵀ` and `Σ X g` over the regimes, each `scale` times, X the design with the regime's
/// signs.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn normal_equations<S: Scalar>(
    grams: &Grams<'_, S>,
    design: &Design<'_, S>,
    scale: impl Fn(Regime) -> S,
    normal: &mut [S],
    right: &mut [S],
    image: &mut [S],
) {
    let terms = grams.terms();
    normal.fill(S::ZERO);
    right.fill(S::ZERO);
    for (regime, gram) in grams.iter() {
        let features = gram.get(..packed::len(terms)).unwrap_or_default();
        let signs = design
            .columns()
            .iter()
            .map(|column| column.sign::<S>(regime));
        let signed = signs.zip(design.polynomials());
        for (i, ((sign, c), right)) in signed.clone().zip(right.iter_mut()).enumerate() {
            if sign == S::ZERO {
                continue;
            }
            let weight = scale(regime) * sign;
            *right += weight * dot(c, packed::row(gram, terms));
            packed::multiply(features, c, image);
            for (target, (across, other)) in
                packed::row_mut(normal, i).iter_mut().zip(signed.clone())
            {
                if across != S::ZERO {
                    *target += weight * across * dot(image, other);
                }
            }
        }
    }
}

/// Ratio of two positive numbers, the larger to the smaller, less 1.
fn distance<S: Scalar>(x: S, y: S) -> S {
    (if x > y { x / y } else { y / x }) - S::ONE
}
