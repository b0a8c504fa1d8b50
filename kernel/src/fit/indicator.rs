//! One ridge on `[φ, R₁φ, …, R_Kφ]`: the indicator model of rows from any mixture of regimes.
//!
//! `R_k` is 1 in rows where action k was set. Every column is standardised by its population
//! standard deviation over all rows, every coefficient but the intercept is penalised, so this is
//! scikit-learn's `StandardScaler` and `Ridge` on those (K + 1) P columns.
//!
//! The normal equations couple `γ_k` with `γ_l` only where some regime sets both. They are stored and
//! factored by P × P blocks, `γ₁ … γ_K` first and `β` last, without what is zero or follows from other
//! blocks ([`Pattern`]). With observational and single-action regimes alone that is K + 1 packed blocks
//! and costs O(K P³). Blocks below the diagonal are stored transposed: then the loops run along rows,
//! without a dot product.

mod pattern;

pub use pattern::Pattern;

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut};
use crate::error::{FitError, NotPositiveDefinite, ShapeError};
use crate::fit::normal_equations;
use crate::fit::penalty_path::Penalised;
use crate::fit::ridge;
use crate::moments::Moments;
use crate::regime::Regime;
use crate::scalar::Scalar;

/// A fit is refused where rounding, taken as one unit of it, could move predictions by more than one part in
/// so many.
const LEAST_RESOLVED: u64 = 10_000;

/// [`Pattern::scratch_len`] of [`Pattern::arrow`].
pub const fn arrow_scratch_len(actions: usize, terms: usize) -> usize {
    (actions + 1) * (2 * packed::len(terms) + 5 * terms)
}

/// The most that [`Pattern::scratch_len`] can be, whatever the regimes.
pub const fn dense_scratch_len(actions: usize, terms: usize) -> usize {
    let squares = actions * (actions + 1) / 2;
    arrow_scratch_len(actions, terms) + 2 * squares * terms * terms
}

/// The normal equations of the indicator model, to be solved for any penalty.
pub struct System<'a, S> {
    pattern: &'a Pattern,
    /// Sum of the rows' weights.
    weight: S,
    blocks: &'a mut [S],
    factor: &'a mut [S],
    scale: &'a mut [S],
    /// What the columns of every `γ` were divided by, over what those of `β` were.
    ratios: &'a mut [S],
    right: &'a mut [S],
    weights: &'a mut [S],
    /// P numbers longer than the weights, to work in.
    residual: &'a mut [S],
    /// The penalty in the factor.
    factored: S,
    /// `Σ (y − ȳ)²` over all rows.
    outcome_spread: S,
}

impl<'a, S: Scalar> System<'a, S> {
    /// Assembles the equations of all the given moments, each of rows of one regime; a regime may
    /// come in several parts. `scratch` has [`Pattern::scratch_len`] numbers.
    ///
    /// The features should be of about unit size ([`crate::features::monomials::Basis`]): unlike in
    /// [`ridge`], an indicator column cannot be centred without losing the arrow.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn assemble<'m>(
        pattern: &'a Pattern,
        data: impl Iterator<Item = (Regime, Moments<S, &'m [S]>)> + Clone,
        scratch: &'a mut [S],
    ) -> Result<Self, FitError> {
        ShapeError::exact("indicator scratch", pattern.scratch_len(), scratch.len())?;
        let coefficients = pattern.coefficients();
        let mut rest = scratch;
        let blocks = cut(&mut rest, pattern.len());
        let factor = cut(&mut rest, pattern.len());
        let scale = cut(&mut rest, coefficients);
        let ratios = cut(&mut rest, pattern.actions * pattern.terms);
        let right = cut(&mut rest, coefficients);
        let weights = cut(&mut rest, coefficients);
        let residual = rest;
        blocks.fill(S::ZERO);
        right.fill(S::ZERO);
        let mut weight = S::ZERO;
        let mut observational = false;
        for (regime, moments) in data.clone().filter(|(_, moments)| moments.count() > 0) {
            ShapeError::exact("columns", pattern.terms, moments.columns())?;
            if regime.actions().last() >= Some(pattern.actions) {
                return Err(FitError::UnknownAction { regime });
            }
            if !pattern.couples(regime) {
                return Err(FitError::UnknownRegime { regime });
            }
            FitError::finite(moments.buffer())?;
            weight += moments.weight();
            observational |= regime == Regime::OBSERVATIONAL;
            add_products(pattern, regime, &moments, blocks, right);
        }
        if !observational {
            return Err(FitError::NoObservational);
        }
        let mut system = Self {
            pattern,
            weight,
            blocks,
            factor,
            scale,
            ratios,
            right,
            weights,
            residual,
            factored: S::ZERO,
            outcome_spread: S::ZERO,
        };
        system.standardise(data);
        Ok(system)
    }

    /// Divides every column by its population standard deviation over all rows.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn standardise<'m>(&mut self, data: impl Iterator<Item = (Regime, Moments<S, &'m [S]>)>) {
        let (actions, terms) = (self.pattern.actions, self.pattern.terms);
        self.scale.fill(S::ZERO);
        self.weights.fill(S::ZERO);
        let (mut total, mut outcome) = (S::ZERO, S::ZERO);
        for (regime, moments) in data.filter(|(_, moments)| moments.count() > 0) {
            let added = moments.weight();
            let share = added / (total + added);
            let weight = total * share;
            total += added;
            let deviation = moments.outcome_mean() - outcome;
            outcome += deviation * share;
            let (_, spread) = moments.outcome_comoments();
            self.outcome_spread += spread + deviation * deviation * weight;
            let means = self.weights.chunks_exact_mut(terms.max(1));
            let squares = self.scale.chunks_exact_mut(terms.max(1));
            for (row, (means, squares)) in means.zip(squares).enumerate() {
                // The column of `γ_k` is zero in the rows where action k was not set.
                let set = row == actions || regime.sets(row);
                let value = |value: S| if set { value } else { S::ZERO };
                let values = [S::ONE].into_iter().chain(moments.means().iter().copied());
                let spreads = moments.comoments().diagonal();
                let spreads = [S::ZERO].into_iter().chain(spreads);
                for (((mean, squares), own), spread) in
                    means.iter_mut().zip(squares).zip(values).zip(spreads)
                {
                    let deviation = value(own) - *mean;
                    *mean += deviation * share;
                    *squares += value(spread) + deviation * deviation * weight;
                }
            }
        }
        for (scale, &mean) in self.scale.iter_mut().zip(&*self.weights) {
            *scale = normal_equations::scale(total, mean, *scale);
        }
        for (right, &scale) in self.right.iter_mut().zip(&*self.scale) {
            *right /= scale;
        }
        let (gammas, beta) = self.scale.split_at(self.ratios.len().min(self.scale.len()));
        let ratios = self.ratios.chunks_exact_mut(terms.max(1));
        for (ratios, gamma) in ratios.zip(gammas.chunks_exact(terms.max(1))) {
            for ((ratio, &gamma), &beta) in ratios.iter_mut().zip(gamma).zip(beta) {
                *ratio = gamma / beta;
            }
        }
        let part = |index: usize| self.scale.get(index * terms..).unwrap_or_default();
        for row in 0..=actions {
            for column in self.pattern.columns(row) {
                let start = self.pattern.block_start(row, column);
                let block = self.blocks.get_mut(start..).unwrap_or_default();
                let rows = block
                    .chunks_exact_mut(terms.max(1))
                    .zip(part(column))
                    .take(terms);
                for (values, &scale) in rows {
                    for (value, &across) in values.iter_mut().zip(part(row)) {
                        *value /= scale * across;
                    }
                }
            }
            let start = self.pattern.block_start(row, row);
            let block = self.blocks.get_mut(start..).unwrap_or_default();
            for (i, &scale) in part(row).iter().take(terms).enumerate() {
                for (value, &across) in packed::row_mut(block, i).iter_mut().zip(part(row)) {
                    *value /= scale * across;
                }
            }
        }
    }

    /// Solves for penalty `alpha`: `[β, γ₁, …, γ_K]`, P coefficients each, as
    /// [`crate::predict::predictor::collapse`] takes them. Returns the penalty used, which is `alpha` or,
    /// where that is below rounding, [`ridge::least_alpha`]. Refused where the precision is not enough for
    /// predictions to three digits.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn solve(&mut self, alpha: S, coefficients: &mut [S]) -> Result<S, FitError> {
        let alpha = self.least_alpha().max(alpha);
        self.solve_anew(alpha)?;
        self.coefficients(coefficients)?;
        self.resolved()?;
        Ok(alpha)
    }

    /// Whether the last weights w are what the data say, as in [`ridge`]: rounding is `ε √(aᵢᵢ aⱼⱼ)` in an
    /// entry, because the columns are not centred, so it changes the predictions by up to
    /// `ε √(Σ aⱼⱼ wⱼ²) √aᵢᵢ / lᵢᵢ`, all of them together.
    fn resolved(&self) -> Result<(), FitError> {
        let (mut length, mut least) = (S::ZERO, (0, S::ONE));
        for (index, (&weight, (entry, pivot))) in self.weights.iter().zip(self.pivots()).enumerate()
        {
            length += entry * weight * weight;
            let feature = (index % self.pattern.terms.max(1)).checked_sub(1);
            let share = pivot / entry;
            if let Some(feature) = feature.filter(|_| share < least.1) {
                least = (feature, share);
            }
        }
        let rounding = S::EPSILON * (length / least.1).sqrt();
        let spread = self.outcome_spread.sqrt();
        if spread > S::ZERO && rounding * S::from_count(LEAST_RESOLVED) > spread {
            return Err(FitError::Dependent { feature: least.0 });
        }
        Ok(())
    }

    /// Of every coefficient, its entry of the diagonal, and what is left of that by the others: all of them
    /// for an action that is alone, of which the inverse is kept, else those before it.
    fn pivots(&self) -> impl Iterator<Item = (S, S)> {
        let Self {
            pattern,
            blocks,
            factor,
            ratios,
            ..
        } = self;
        (0..=pattern.actions).flat_map(move |row| {
            let own = packed::diagonal(pattern.diagonal(blocks, row));
            let pivots = packed::diagonal(pattern.diagonal(factor, row));
            own.zip(pivots)
                .enumerate()
                .map(move |(i, (own, pivot))| match row < pattern.actions {
                    true if pattern.is_alone(row) => (own, S::ONE / pivot),
                    true => (own, pivot * pivot),
                    false => {
                        let of_alone = |action| {
                            let ratio = ratios
                                .get(action * pattern.terms + i)
                                .copied()
                                .unwrap_or_default();
                            let block = pattern.diagonal(blocks, action);
                            ratio
                                * ratio
                                * packed::row(block, i).last().copied().unwrap_or_default()
                        };
                        let alone = pattern.alone().map(of_alone);
                        (own + alone.sum::<S>(), pivot * pivot)
                    }
                })
        })
    }

    /// The coefficients of the last solution, `β` first.
    pub(crate) fn coefficients(&self, coefficients: &mut [S]) -> Result<(), FitError> {
        let needed = self.pattern.coefficients();
        ShapeError::exact("coefficients", needed, coefficients.len())?;
        let (beta, gammas) = coefficients
            .split_at_mut_checked(self.pattern.terms)
            .unwrap_or_default();
        let targets = gammas.iter_mut().chain(beta);
        for ((target, &weight), &scale) in targets.zip(&*self.weights).zip(&*self.scale) {
            *target = weight / scale;
        }
        FitError::finite(coefficients)
    }

    /// Where β's constant is, the one weight that is not penalised.
    fn intercept(&self) -> usize {
        self.pattern.actions * self.pattern.terms
    }

    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn factor(&mut self, alpha: S) -> Result<(), NotPositiveDefinite> {
        let (pattern, intercept) = (self.pattern, self.intercept());
        copy(self.factor, self.blocks);
        for row in 0..=pattern.actions {
            let start = pattern.block_start(row, row);
            let diagonal = self.factor.get_mut(start..).unwrap_or_default();
            for i in 0..pattern.terms {
                if let Some(value) = packed::row_mut(diagonal, i).last_mut()
                    && row * pattern.terms + i != intercept
                {
                    *value += alpha;
                }
            }
        }
        self.factored = alpha;
        pattern.factor(self.factor, alpha, self.ratios)
    }
}

impl<S: Scalar> Penalised<S> for System<'_, S> {
    fn least_alpha(&self) -> S {
        ridge::least_alpha(self.weight)
    }

    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn solve_anew(&mut self, alpha: S) -> Result<bool, FitError> {
        self.factor(alpha)?;
        let (pattern, intercept) = (self.pattern, self.intercept());
        let (blocks, factor, ratios) = (&*self.blocks, &*self.factor, &*self.ratios);
        copy(self.residual, self.right);
        pattern.solve(factor, alpha, ratios, self.residual);
        copy(self.weights, self.residual);
        let right = &*self.right;
        cholesky::refine(
            self.weights,
            self.residual,
            #[inline(always)]
            |x, residual| {
                pattern.multiply(blocks, ratios, x, residual);
                for (i, ((r, &b), &x)) in residual.iter_mut().zip(right).zip(x).enumerate() {
                    let penalty = if i == intercept { S::ZERO } else { alpha };
                    *r = b - (*r + penalty * x);
                }
            },
            #[inline(always)]
            |residual| pattern.solve(factor, alpha, ratios, residual),
        );
        Ok(true)
    }

    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn again(&mut self, x: &mut [S]) {
        if let Some(unpenalised) = x.get_mut(self.intercept()) {
            *unpenalised = S::ZERO;
        }
        copy(self.residual, x);
        self.pattern
            .solve(self.factor, self.factored, self.ratios, self.residual);
        copy(x, self.residual);
    }

    fn weights(&mut self) -> &mut [S] {
        self.weights
    }
}

/// Adds the products of a regime's rows to every stored block they enter.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn add_products<S: Scalar>(
    pattern: &Pattern,
    regime: Regime,
    moments: &Moments<S, &[S]>,
    blocks: &mut [S],
    right: &mut [S],
) {
    let (actions, terms) = (pattern.actions, pattern.terms);
    let active = |row: usize| row == actions || regime.sets(row);
    let alone = regime.only().is_some_and(|action| pattern.is_alone(action));
    for row in (0..=actions).filter(|&row| active(row)) {
        for column in pattern.columns(row).filter(|&column| active(column)) {
            let start = pattern.block_start(row, column);
            let block = blocks.get_mut(start..).unwrap_or_default();
            let rows = block.chunks_exact_mut(terms.max(1)).take(terms);
            for (i, values) in rows.enumerate() {
                for (j, value) in values.iter_mut().enumerate() {
                    *value += moments.product(i, j);
                }
            }
        }
        if row < actions || !alone {
            let start = pattern.block_start(row, row);
            let block = blocks.get_mut(start..).unwrap_or_default();
            for i in 0..terms {
                moments.add_products(i, packed::row_mut(block, i));
            }
        }
        let right = right.get_mut(row * terms..).unwrap_or_default();
        moments.add_products(terms, right.get_mut(..terms).unwrap_or_default());
    }
}
