//! One ridge on `[φ, R₁φ, …, R_Kφ]`: the indicator model of rows from any mixture of regimes.
//!
//! `R_k` is 1 in rows where action k was set. Every column is standardised by its population
//! standard deviation over all rows, every coefficient but the intercept is penalised, so this is
//! scikit-learn's `StandardScaler` and `Ridge` on those (K + 1) P columns.
//!
//! The normal equations couple `γ_k` with `γ_l` only where some regime sets both. They are stored and
//! factored by P × P blocks, `γ₁ … γ_K` first and `β` last, zero blocks left out. With observational
//! and single-action regimes alone that is a block arrow and costs O(K P³).

use crate::cholesky;
use crate::error::{FitError, NotPositiveDefinite, ShapeError};
use crate::moments::Moments;
use crate::normal_equations;
use crate::packed::{self, add_scaled, dot};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::ridge;
use crate::scalar::Scalar;
use crate::scratch::{copy, cut};

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

    /// Block Cholesky in place.
    fn factor<S: Scalar>(&self, blocks: &mut [S]) -> Result<(), NotPositiveDefinite> {
        let terms = self.terms;
        for row in 0..=self.actions {
            for column in self.columns(row) {
                let (before, block) = self.split(blocks, row, column);
                let shared = self.row(row) & self.row(column);
                let target = block.chunks_exact_mut(terms.max(1)).take(terms);
                for (i, target) in target.enumerate() {
                    for inner in (0..column).filter(|inner| shared >> inner & 1 == 1) {
                        let left = self.off_diagonal(before, row, inner);
                        let left = left.get(i * terms..(i + 1) * terms).unwrap_or_default();
                        let right = self.off_diagonal(before, column, inner);
                        for (target, right) in
                            target.iter_mut().zip(right.chunks_exact(terms.max(1)))
                        {
                            *target -= dot(left, right);
                        }
                    }
                    cholesky::forward(self.diagonal(before, column), target);
                }
            }
            let (before, diagonal) = self.split(blocks, row, row);
            let diagonal = diagonal.get_mut(..packed::len(terms)).unwrap_or_default();
            for inner in self.columns(row) {
                let block = self.off_diagonal(before, row, inner);
                for (i, left) in block.chunks_exact(terms.max(1)).enumerate() {
                    let target = packed::row_mut(diagonal, i).iter_mut();
                    for (target, right) in target.zip(block.chunks_exact(terms.max(1))) {
                        *target -= dot(left, right);
                    }
                }
            }
            cholesky::factor(diagonal).map_err(|error| NotPositiveDefinite {
                pivot: row * terms + error.pivot,
            })?;
        }
        Ok(())
    }

    /// Replaces `x` by the solution, of the factored blocks.
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
                for (value, row) in value.iter_mut().zip(block.chunks_exact(terms.max(1))) {
                    *value -= dot(row, known);
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
                for (&value, row) in value.iter().zip(block.chunks_exact(terms.max(1))) {
                    add_scaled(target, -value, row);
                }
            }
        }
    }

    /// `product = A x`, of the blocks before they are factored.
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
                for ((row, target), &own) in rows.zip(target.iter_mut()).zip(own) {
                    *target += dot(row, other);
                    add_scaled(transposed, own, row);
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
                    .zip(part(row))
                    .take(terms);
                for (values, &scale) in rows {
                    for (value, &across) in values.iter_mut().zip(part(column)) {
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
    pub fn solve(&mut self, alpha: S, coefficients: &mut [S]) -> Result<S, FitError> {
        let pattern = self.pattern;
        ShapeError::exact("coefficients", pattern.coefficients(), coefficients.len())?;
        let alpha = ridge::least_alpha::<S>(self.count).max(alpha);
        let (terms, intercept) = (pattern.terms, pattern.actions * pattern.terms);
        let penalty = |index: usize| if index == intercept { S::ZERO } else { alpha };
        copy(self.factor, self.blocks);
        for row in 0..=pattern.actions {
            let start = pattern.block_start(row, row);
            let diagonal = self.factor.get_mut(start..).unwrap_or_default();
            for i in 0..terms {
                if let Some(value) = packed::row_mut(diagonal, i).last_mut() {
                    *value += penalty(row * terms + i);
                }
            }
        }
        pattern.factor(self.factor)?;
        copy(self.weights, self.right);
        pattern.solve(self.factor, self.weights);
        let (blocks, factor, right) = (&*self.blocks, &*self.factor, &*self.right);
        cholesky::refine(
            self.weights,
            self.residual,
            |x, residual| {
                pattern.multiply(blocks, x, residual);
                for (i, ((r, &b), &x)) in residual.iter_mut().zip(right).zip(x).enumerate() {
                    *r = b - (*r + penalty(i) * x);
                }
            },
            |residual| pattern.solve(factor, residual),
        );
        let (beta, gammas) = coefficients.split_at_mut_checked(terms).unwrap_or_default();
        let targets = gammas.iter_mut().chain(beta);
        for ((target, &weight), &scale) in targets.zip(&*self.weights).zip(&*self.scale) {
            *target = weight / scale;
        }
        FitError::finite(coefficients)?;
        Ok(alpha)
    }
}

/// Adds the products of a regime's rows to every block it enters.
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
