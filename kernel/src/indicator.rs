//! One ridge on `[φ, R₁φ, …, R_Kφ]`: the indicator model of rows from any mixture of regimes.
//!
//! `R_k` is 1 in rows where action k was set. Every column is standardised by its population
//! standard deviation over all rows, every coefficient but the intercept is penalised, so this is
//! scikit-learn's `StandardScaler` and `Ridge` on those (K + 1) P columns.
//!
//! The normal equations couple `γ_k` with `γ_l` only where some regime sets both. They are stored and
//! factored by P × P blocks, `γ₁ … γ_K` first and `β` last, zero blocks left out. With observational
//! and single-action regimes alone that is a block arrow and costs O(K P³). Blocks below the diagonal
//! are stored transposed: then the loops run along rows, without a dot product.

use crate::cholesky;
use crate::error::{FitError, NotPositiveDefinite, ShapeError};
use crate::moments::Moments;
use crate::normal_equations;
use crate::packed::{self, add_scaled, dot};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::ridge;
use crate::scalar::Scalar;
use crate::scratch::{copy, cut};

/// How many times farther from a solution than with its own factor refinement may end with another
/// penalty's.
const NEAR: u64 = 16;

/// Columns of a triangular inverse that are solved for together.
const STRIP: usize = 32;

/// Which blocks of the normal equations and of their factor are not zero.
///
/// Block row `k < K` is `γ_k`; block row K is `β`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    actions: usize,
    terms: usize,
    /// For every block row, the block columns before its diagonal that are stored.
    rows: [u64; MAX_ACTIONS + 1],
}

impl Pattern {
    /// The pattern of data from these regimes, with `terms` = P coefficients a block, for at most
    /// [`MAX_ACTIONS`] actions.
    pub fn new(actions: usize, terms: usize, regimes: impl Iterator<Item = Regime>) -> Self {
        let actions = actions.min(MAX_ACTIONS);
        let mut rows = [0; MAX_ACTIONS + 1];
        for regime in regimes {
            for (action, row) in rows.iter_mut().enumerate().take(actions) {
                if regime.sets(action) {
                    *row |= u64::from(regime.bits()) & ((1 << action) - 1);
                }
            }
        }
        if let Some(head) = rows.get_mut(actions) {
            *head = (1 << actions) - 1;
        }
        // Eliminating a block couples all the later ones that it is coupled with.
        for eliminated in 0..actions {
            let coupled = |row: u64| row >> eliminated & 1 == 1;
            let mut later = 0;
            for (index, row) in rows.iter_mut().enumerate().take(actions + 1) {
                if index > eliminated && coupled(*row) {
                    *row |= later;
                    later |= 1 << index;
                }
            }
        }
        Self {
            actions,
            terms,
            rows,
        }
    }

    /// The pattern of observational and single-action data.
    pub fn arrow(actions: usize, terms: usize) -> Self {
        Self::new(actions, terms, core::iter::empty())
    }

    /// Numbers in the stored blocks.
    pub fn len(&self) -> usize {
        self.block_start(self.actions + 1, 0)
    }

    /// Whether there are no coefficients at all.
    pub fn is_empty(&self) -> bool {
        self.terms == 0
    }

    /// Numbers of scratch that [`System::assemble`] needs.
    pub fn scratch_len(&self) -> usize {
        2 * self.len() + 4 * self.coefficients()
    }

    /// Number of coefficients a block, P.
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// Number of coefficients, (K + 1) P.
    pub fn coefficients(&self) -> usize {
        (self.actions + 1) * self.terms
    }

    fn row(&self, row: usize) -> u64 {
        self.rows.get(row).copied().unwrap_or(0)
    }

    /// The block columns stored before the diagonal of a block row.
    fn columns(&self, row: usize) -> impl Iterator<Item = usize> + use<> {
        let stored = self.row(row);
        (0..row).filter(move |column| stored >> column & 1 == 1)
    }

    /// Where block `(row, column)` begins: by rows, the packed diagonal block at each row's end.
    fn block_start(&self, row: usize, column: usize) -> usize {
        let square = self.terms * self.terms;
        let before: usize = (0..row)
            .map(|row| self.row(row).count_ones() as usize * square + packed::len(self.terms))
            .sum();
        let left = self.row(row) & ((1 << column) - 1);
        before + left.count_ones() as usize * square
    }

    fn off_diagonal<'a, S>(&self, blocks: &'a [S], row: usize, column: usize) -> &'a [S] {
        let start = self.block_start(row, column);
        let end = start + self.terms * self.terms;
        blocks.get(start..end).unwrap_or_default()
    }

    fn diagonal<'a, S>(&self, blocks: &'a [S], row: usize) -> &'a [S] {
        let start = self.block_start(row, row);
        let end = start + packed::len(self.terms);
        blocks.get(start..end).unwrap_or_default()
    }

    /// Everything before block `(row, column)`, and that block with all after it.
    fn split<'a, S>(
        &self,
        blocks: &'a mut [S],
        row: usize,
        column: usize,
    ) -> (&'a [S], &'a mut [S]) {
        let start = self.block_start(row, column);
        match blocks.split_at_mut_checked(start) {
            Some((before, after)) => (before, after),
            None => (&[], &mut []),
        }
    }

    /// Whether `γ_k` is coupled with `β` alone.
    fn is_alone(&self, action: usize) -> bool {
        let coupled = |row: usize| self.row(row) >> action & 1 == 1;
        self.row(action) == 0 && !(0..self.actions).any(coupled)
    }

    /// Block Cholesky in place of `factor`, which holds `blocks` and a penalty of `alpha` on every
    /// `γ`: `A = L Lᵀ`, block `(row, column)` of L transposed like that of A. `scale` is what the
    /// columns were divided by.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn factor<S: Scalar>(
        &self,
        factor: &mut [S],
        blocks: &[S],
        alpha: S,
        scale: &[S],
    ) -> Result<(), NotPositiveDefinite> {
        let terms = self.terms;
        for row in 0..=self.actions {
            let head = row == self.actions;
            for column in self.columns(row) {
                if head && self.is_alone(column) {
                    continue;
                }
                let (before, block) = self.split(factor, row, column);
                let block = block.get_mut(..terms * terms).unwrap_or_default();
                let shared = self.row(row) & self.row(column);
                for inner in (0..column).filter(|inner| shared >> inner & 1 == 1) {
                    let left = self.off_diagonal(before, row, inner);
                    let right = self.off_diagonal(before, column, inner);
                    for (i, target) in block.chunks_exact_mut(terms.max(1)).enumerate() {
                        let factors = right.iter().skip(i).step_by(terms.max(1));
                        packed::subtract_combination(target, factors, left, terms);
                    }
                }
                cholesky::forward_rows(self.diagonal(before, column), block, terms);
            }
            for inner in self.columns(row) {
                if head && self.is_alone(inner) {
                    self.eliminate_alone(factor, inner, blocks, alpha, scale);
                    continue;
                }
                let (before, diagonal) = self.split(factor, row, row);
                let block = self.off_diagonal(before, row, inner);
                for i in 0..terms {
                    let target = packed::row_mut(diagonal, i);
                    let factors = block.iter().skip(i).step_by(terms.max(1));
                    packed::subtract_combination(target, factors, block, terms);
                }
            }
            let (_, diagonal) = self.split(factor, row, row);
            let diagonal = diagonal.get_mut(..packed::len(terms)).unwrap_or_default();
            cholesky::factor(diagonal).map_err(|error| NotPositiveDefinite {
                pivot: row * terms + error.pivot,
            })?;
        }
        Ok(())
    }

    /// Eliminates from `β` a `γ_k` that is coupled with it alone.
    ///
    /// The same rows make `γ_k`'s own block `M` and the coupling `R M`, with R what its columns were
    /// divided by over what `β`'s were. With `M + α I = L Lᵀ` the factor's block is therefore
    /// `(Lᵀ − α L⁻¹) R`, transposed, and what `β` loses is `R (M − α I) R + ZᵀZ` with
    /// `Z = −α L⁻¹ R`: a triangular inverse and its square, half of the work there is in general.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn eliminate_alone<S: Scalar>(
        &self,
        factor: &mut [S],
        action: usize,
        blocks: &[S],
        alpha: S,
        scale: &[S],
    ) {
        let (terms, head) = (self.terms, self.actions);
        let (before, rest) = self.split(factor, head, action);
        let Some((block, rest)) = rest.split_at_mut_checked(terms * terms) else {
            return;
        };
        let after = self.block_start(head, head) - self.block_start(head, action) - terms * terms;
        let beta = rest.get_mut(after..).unwrap_or_default();
        let lower = self.diagonal(before, action);
        let ratio = |i: usize| {
            let of = |row: usize| scale.get(row * terms + i).copied().unwrap_or(S::ONE);
            of(action) / of(head)
        };
        block.fill(S::ZERO);
        for (j, row) in packed::rows(lower).enumerate() {
            let Some((&diagonal, row)) = row.split_last() else {
                return;
            };
            let Some((known, rest)) = block.split_at_mut_checked(j * terms) else {
                return;
            };
            let values = rest.get_mut(..=j).unwrap_or_default();
            if let Some(last) = values.last_mut() {
                *last = -alpha * ratio(j);
            }
            // Row k of Z ends with column k.
            for (strip, values) in values.chunks_mut(STRIP).enumerate() {
                let first = strip * STRIP;
                let factors = row.get(first..).unwrap_or_default().iter();
                let known = known.get(first * terms + first..).unwrap_or_default();
                packed::subtract_combination(values, factors, known, terms);
            }
            let reciprocal = S::ONE / diagonal;
            values.iter_mut().for_each(|value| *value *= reciprocal);
        }
        for (i, own) in packed::rows(self.diagonal(blocks, action)).enumerate() {
            let target = packed::row_mut(beta, i);
            let ratio_i = ratio(i);
            for (j, (target, &value)) in target.iter_mut().zip(own).enumerate() {
                let penalty = if i == j { alpha } else { S::ZERO };
                *target -= ratio_i * ratio(j) * (value - penalty);
            }
            let rows = block.get(i * terms..).unwrap_or_default();
            let factors = rows.iter().skip(i).step_by(terms.max(1));
            packed::subtract_combination(target, factors, rows, terms);
        }
        for (i, row) in packed::rows(lower).enumerate() {
            let ratio = ratio(i);
            for (target, &value) in block.iter_mut().skip(i).step_by(terms.max(1)).zip(row) {
                *target += value * ratio;
            }
        }
    }

    /// Replaces `x` by the solution, of the factored blocks.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn solve<S: Scalar>(&self, factor: &[S], x: &mut [S]) {
        let terms = self.terms;
        for row in 0..=self.actions {
            let Some((known, rest)) = x.split_at_mut_checked(row * terms) else {
                return;
            };
            let value = rest.get_mut(..terms).unwrap_or_default();
            for column in self.columns(row) {
                let block = self.off_diagonal(factor, row, column);
                let known = known.get(column * terms..).unwrap_or_default();
                for (&known, row) in known.iter().zip(block.chunks_exact(terms.max(1))) {
                    add_scaled(value, -known, row);
                }
            }
            cholesky::forward(self.diagonal(factor, row), value);
        }
        for row in (0..=self.actions).rev() {
            let Some((before, rest)) = x.split_at_mut_checked(row * terms) else {
                return;
            };
            let value = rest.get_mut(..terms).unwrap_or_default();
            cholesky::backward(self.diagonal(factor, row), value);
            for column in self.columns(row) {
                let block = self.off_diagonal(factor, row, column);
                let target = before.get_mut(column * terms..).unwrap_or_default();
                for (target, row) in target.iter_mut().zip(block.chunks_exact(terms.max(1))) {
                    *target -= dot(row, value);
                }
            }
        }
    }

    /// `product = A x`, of the blocks before they are factored.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn multiply<S: Scalar>(&self, blocks: &[S], x: &[S], product: &mut [S]) {
        let terms = self.terms;
        for row in 0..=self.actions {
            let part = |index: usize| index * terms..(index + 1) * terms;
            let own = x.get(part(row)).unwrap_or_default();
            let Some((before, rest)) = product.split_at_mut_checked(row * terms) else {
                return;
            };
            let target = rest.get_mut(..terms).unwrap_or_default();
            packed::multiply(self.diagonal(blocks, row), own, target);
            for column in self.columns(row) {
                let block = self.off_diagonal(blocks, row, column);
                let other = x.get(part(column)).unwrap_or_default();
                let transposed = before.get_mut(part(column)).unwrap_or_default();
                let rows = block.chunks_exact(terms.max(1));
                for ((row, transposed), &other) in rows.zip(transposed).zip(other) {
                    *transposed += dot(row, own);
                    add_scaled(target, other, row);
                }
            }
        }
    }
}

/// [`Pattern::scratch_len`] of [`Pattern::arrow`].
pub const fn arrow_scratch_len(actions: usize, terms: usize) -> usize {
    let blocks = (actions + 1) * packed::len(terms) + actions * terms * terms;
    2 * blocks + 4 * (actions + 1) * terms
}

/// The first action whose effect these regimes cannot tell from the others' under additivity, if
/// any: its indicator is not a combination of the regimes' indicators. `scratch` has K² numbers.
pub fn first_unidentified<S: Scalar>(
    actions: usize,
    regimes: impl Iterator<Item = Regime>,
    scratch: &mut [S],
) -> Result<Option<usize>, ShapeError> {
    ShapeError::exact("scratch", actions * actions, scratch.len())?;
    scratch.fill(S::ZERO);
    // Row p of `scratch`, where it has been filled, has its first nonzero number, a 1, at p.
    let mut candidate = [S::ZERO; MAX_ACTIONS];
    let is_zero = |value: S| value.abs() <= S::from_count(1 << 10) * S::EPSILON;
    for regime in regimes {
        for (action, value) in candidate.iter_mut().enumerate() {
            *value = if regime.sets(action) { S::ONE } else { S::ZERO };
        }
        reduce(&mut candidate, scratch, actions);
        let pivot = candidate
            .iter()
            .take(actions)
            .position(|&value| !is_zero(value));
        if let Some(pivot) = pivot {
            let scale = candidate.get(pivot).copied().unwrap_or(S::ONE);
            let row = scratch.chunks_exact_mut(actions).nth(pivot);
            for (target, &value) in row.into_iter().flatten().zip(&candidate) {
                *target = if is_zero(value) {
                    S::ZERO
                } else {
                    value / scale
                };
            }
        }
    }
    Ok((0..actions).find(|&action| {
        candidate.fill(S::ZERO);
        if let Some(one) = candidate.get_mut(action) {
            *one = S::ONE;
        }
        reduce(&mut candidate, scratch, actions);
        candidate.iter().take(actions).any(|&value| !is_zero(value))
    }))
}

/// Subtracts from `candidate` its parts along the rows of an echelon form.
fn reduce<S: Scalar>(candidate: &mut [S], echelon: &[S], actions: usize) {
    for (pivot, row) in echelon.chunks_exact(actions.max(1)).enumerate() {
        let filled = row.get(pivot).is_some_and(|&one| one != S::ZERO);
        if let Some(&value) = candidate.get(pivot).filter(|_| filled) {
            add_scaled(candidate, -value, row);
        }
    }
}

/// The normal equations of the indicator model, to be solved for any penalty.
pub struct System<'a, S> {
    pattern: &'a Pattern,
    count: u64,
    blocks: &'a mut [S],
    factor: &'a mut [S],
    scale: &'a mut [S],
    right: &'a mut [S],
    weights: &'a mut [S],
    residual: &'a mut [S],
    /// How near refinement came with the factor at hand; 0 without one.
    attained: S,
}

impl<'a, S: Scalar> System<'a, S> {
    /// Assembles the equations of all the given moments, each of rows of one regime; a regime may
    /// come in several parts. `scratch` has [`Pattern::scratch_len`] numbers.
    ///
    /// The features should be of about unit size ([`crate::monomials::Basis`]): unlike in
    /// [`ridge`], an indicator column cannot be centred without losing the arrow.
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
        let right = cut(&mut rest, coefficients);
        let weights = cut(&mut rest, coefficients);
        let residual = rest;
        blocks.fill(S::ZERO);
        right.fill(S::ZERO);
        let mut count = 0_u64;
        let mut observational = false;
        for (regime, moments) in data.clone().filter(|(_, moments)| moments.count() > 0) {
            ShapeError::exact("columns", pattern.terms, moments.columns())?;
            if regime.actions().last() >= Some(pattern.actions) {
                return Err(FitError::UnknownAction { regime });
            }
            FitError::finite(moments.buffer())?;
            count = count.saturating_add(moments.count());
            observational |= regime == Regime::OBSERVATIONAL;
            add_products(pattern, regime, &moments, blocks, right);
        }
        if !observational {
            return Err(FitError::NoObservational);
        }
        let mut system = Self {
            pattern,
            count,
            blocks,
            factor,
            scale,
            right,
            weights,
            residual,
            attained: S::ZERO,
        };
        system.standardise(data);
        Ok(system)
    }

    /// Divides every column by its standard deviation over all rows.
    fn standardise<'m>(
        &mut self,
        data: impl Iterator<Item = (Regime, Moments<S, &'m [S]>)> + Clone,
    ) {
        let (actions, terms) = (self.pattern.actions, self.pattern.terms);
        for (row, scale) in self.scale.chunks_exact_mut(terms.max(1)).enumerate() {
            for (term, scale) in scale.iter_mut().enumerate() {
                *scale = column_scale(data.clone(), (row < actions).then_some(row), term);
            }
        }
        for (right, &scale) in self.right.iter_mut().zip(&*self.scale) {
            *right /= scale;
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
    /// [`crate::predictor::collapse`] takes them. Returns the penalty used, which is `alpha` or,
    /// where that is below rounding, [`ridge::least_alpha`].
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn solve(&mut self, alpha: S, coefficients: &mut [S]) -> Result<S, FitError> {
        let pattern = self.pattern;
        ShapeError::exact("coefficients", pattern.coefficients(), coefficients.len())?;
        let alpha = ridge::least_alpha::<S>(self.count).max(alpha);
        // The factor of another penalty serves where refinement comes about as near with it.
        let near = self.attained * S::from_count(NEAR);
        if !(near > S::ZERO && self.refine(alpha, near) <= near) {
            self.attained = S::ZERO;
            self.factor(alpha)?;
            copy(self.weights, self.right);
            pattern.solve(self.factor, self.weights);
            self.attained = self.refine(alpha, S::EPSILON).max(S::EPSILON);
        }
        let (beta, gammas) = coefficients
            .split_at_mut_checked(pattern.terms)
            .unwrap_or_default();
        let targets = gammas.iter_mut().chain(beta);
        for ((target, &weight), &scale) in targets.zip(&*self.weights).zip(&*self.scale) {
            *target = weight / scale;
        }
        FitError::finite(coefficients)?;
        Ok(alpha)
    }

    /// What is added to a diagonal entry: nothing to that of β's constant.
    fn penalty(&self, alpha: S) -> impl Fn(usize) -> S + use<S> {
        let intercept = self.pattern.actions * self.pattern.terms;
        move |index| if index == intercept { S::ZERO } else { alpha }
    }

    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn factor(&mut self, alpha: S) -> Result<(), NotPositiveDefinite> {
        let (pattern, penalty) = (self.pattern, self.penalty(alpha));
        copy(self.factor, self.blocks);
        for row in 0..=pattern.actions {
            let start = pattern.block_start(row, row);
            let diagonal = self.factor.get_mut(start..).unwrap_or_default();
            for i in 0..pattern.terms {
                if let Some(value) = packed::row_mut(diagonal, i).last_mut() {
                    *value += penalty(row * pattern.terms + i);
                }
            }
        }
        pattern.factor(self.factor, self.blocks, alpha, self.scale)
    }

    /// Improves the weights; returns how near it came ([`cholesky::refine`]).
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn refine(&mut self, alpha: S, enough: S) -> S {
        let (pattern, penalty) = (self.pattern, self.penalty(alpha));
        let (blocks, factor, right) = (&*self.blocks, &*self.factor, &*self.right);
        cholesky::refine(
            self.weights,
            self.residual,
            enough,
            #[inline(always)]
            |x, residual| {
                pattern.multiply(blocks, x, residual);
                for (i, ((r, &b), &x)) in residual.iter_mut().zip(right).zip(x).enumerate() {
                    *r = b - (*r + penalty(i) * x);
                }
            },
            #[inline(always)]
            |residual| pattern.solve(factor, residual),
        )
    }
}

/// Adds the products of a regime's rows to every block it enters.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn add_products<S: Scalar>(
    pattern: &Pattern,
    regime: Regime,
    moments: &Moments<S, &[S]>,
    blocks: &mut [S],
    right: &mut [S],
) {
    let terms = pattern.terms;
    let active = |row: usize| row == pattern.actions || regime.sets(row);
    for row in (0..=pattern.actions).filter(|&row| active(row)) {
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
        let start = pattern.block_start(row, row);
        let block = blocks.get_mut(start..).unwrap_or_default();
        for i in 0..terms {
            for (j, value) in packed::row_mut(block, i).iter_mut().enumerate() {
                *value += moments.product(i, j);
            }
        }
        let right = right.get_mut(row * terms..).unwrap_or_default();
        for (i, right) in right.iter_mut().take(terms).enumerate() {
            *right += moments.product(i, terms);
        }
    }
}

/// Population standard deviation of one column over all rows; the column of `γ_k` is zero in the
/// rows where action k was not set.
fn column_scale<'m, S: Scalar>(
    data: impl Iterator<Item = (Regime, Moments<S, &'m [S]>)>,
    action: Option<usize>,
    term: usize,
) -> S {
    let (mut count, mut mean, mut squares) = (S::ZERO, S::ZERO, S::ZERO);
    for (regime, moments) in data.filter(|(_, moments)| moments.count() > 0) {
        let active = action.is_none_or(|action| regime.sets(action));
        let (value, spread) = match term.checked_sub(1) {
            _ if !active => (S::ZERO, S::ZERO),
            None => (S::ONE, S::ZERO),
            Some(column) => (
                moments.means().get(column).copied().unwrap_or_default(),
                packed::row(moments.comoments(), column)
                    .last()
                    .copied()
                    .unwrap_or_default(),
            ),
        };
        let added = S::from_count(moments.count());
        let deviation = value - mean;
        count += added;
        mean += deviation * added / count;
        squares += spread + deviation * deviation * added * (count - added) / count;
    }
    normal_equations::scale(count, mean, squares)
}
