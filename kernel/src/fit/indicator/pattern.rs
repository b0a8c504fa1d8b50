//! The blocks of the indicator model's normal equations, and of their factor.

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::vector;
use crate::algebra::vector::{add_scaled, dot};
use crate::error::NotPositiveDefinite;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;

/// Which blocks of the normal equations and of their factor are not zero, and are stored.
///
/// Block row `k < K` is `γ_k`; block row K is `β`. An action is *alone* where no regime sets it beside
/// another. Its `γ_k` is coupled with `β` only, and by the same rows that make its own block `M`: the
/// coupling is `R M`, with R what `γ_k`'s columns were divided by over what `β`'s were, and those rows
/// add `R M R` to `β`'s block. Neither is stored, and what `β`'s block does hold is of the regimes that
/// set no action which is alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub(super) actions: usize,
    pub(super) terms: usize,
    /// The actions that are not alone.
    coupled: u64,
    /// For every block row, the block columns before its diagonal that are stored.
    rows: [u64; MAX_ACTIONS + 1],
}

impl Pattern {
    /// The pattern of data from these regimes, with `terms` = P coefficients a block, for at most
    /// [`MAX_ACTIONS`] actions.
    pub fn new(actions: usize, terms: usize, regimes: impl Iterator<Item = Regime>) -> Self {
        let actions = actions.min(MAX_ACTIONS);
        let (mut coupled, mut rows) = (0, [0; MAX_ACTIONS + 1]);
        for regime in regimes.filter(|regime| regime.size() > 1) {
            let set = u64::from(regime.bits()) & ((1 << actions) - 1);
            coupled |= set;
            for (action, row) in rows.iter_mut().enumerate().take(actions) {
                if regime.sets(action) {
                    *row |= set & ((1 << action) - 1);
                }
            }
        }
        if let Some(head) = rows.get_mut(actions) {
            *head = coupled;
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
            coupled,
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

    /// Numbers of scratch that [`System::assemble`](super::System::assemble) needs.
    pub fn scratch_len(&self) -> usize {
        2 * self.len() + 5 * self.coefficients()
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
    pub(super) fn columns(&self, row: usize) -> impl Iterator<Item = usize> + use<> {
        let stored = self.row(row);
        (0..row).filter(move |column| stored >> column & 1 == 1)
    }

    /// Where block `(row, column)` begins: by rows, the packed diagonal block at each row's end.
    pub(super) fn block_start(&self, row: usize, column: usize) -> usize {
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

    pub(super) fn diagonal<'a, S>(&self, blocks: &'a [S], row: usize) -> &'a [S] {
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

    /// Whether all actions that a regime sets are coupled with one another.
    pub(super) fn couples(&self, regime: Regime) -> bool {
        let set = u64::from(regime.bits());
        let before = |action: usize| set & ((1 << action) - 1);
        regime
            .actions()
            .all(|action| before(action) & !self.row(action) == 0)
    }

    /// Whether no regime sets the action beside another.
    pub(super) fn is_alone(&self, action: usize) -> bool {
        self.coupled >> action & 1 == 0
    }

    pub(super) fn alone(&self) -> impl Iterator<Item = usize> + use<'_> {
        (0..self.actions).filter(|&action| self.is_alone(action))
    }

    /// Where a block row's coefficients are.
    fn part(&self, row: usize) -> core::ops::Range<usize> {
        row * self.terms..(row + 1) * self.terms
    }

    /// Block Cholesky in place: `A = L Lᵀ`, block `(row, column)` of L transposed like that of A, with
    /// the penalty `alpha` already on the diagonal. Of an action that is alone it leaves the inverse of
    /// its block. `ratios` are the diagonals of R.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(super) fn factor<S: Scalar>(
        &self,
        factor: &mut [S],
        alpha: S,
        ratios: &[S],
    ) -> Result<(), NotPositiveDefinite> {
        let terms = self.terms;
        for row in 0..=self.actions {
            for column in self.columns(row) {
                let (before, block) = self.split(factor, row, column);
                let block = block.get_mut(..terms * terms).unwrap_or_default();
                let shared = self.row(row) & self.row(column);
                for inner in (0..column).filter(|inner| shared >> inner & 1 == 1) {
                    let left = self.off_diagonal(before, row, inner);
                    let right = self.off_diagonal(before, column, inner);
                    for (i, target) in block.chunks_exact_mut(terms.max(1)).enumerate() {
                        let factors = right.iter().skip(i).step_by(terms.max(1));
                        vector::subtract_combination(target, factors, left, terms);
                    }
                }
                cholesky::forward_rows(self.diagonal(before, column), block, terms);
            }
            let (before, diagonal) = self.split(factor, row, row);
            let diagonal = diagonal.get_mut(..packed::len(terms)).unwrap_or_default();
            for inner in self.columns(row) {
                let block = self.off_diagonal(before, row, inner);
                for i in 0..terms {
                    let target = packed::row_mut(diagonal, i);
                    let factors = block.iter().skip(i).step_by(terms.max(1));
                    vector::subtract_combination(target, factors, block, terms);
                }
            }
            if row == self.actions {
                for action in self.alone() {
                    let ratios = ratios.get(self.part(action)).unwrap_or_default();
                    eliminate(self.diagonal(before, action), alpha, ratios, diagonal);
                }
            }
            cholesky::factor(diagonal).map_err(|error| NotPositiveDefinite {
                pivot: row * terms + error.pivot,
            })?;
            if row < self.actions && self.is_alone(row) {
                cholesky::invert(diagonal);
            }
        }
        Ok(())
    }

    /// Replaces x by the solution, of the factored blocks. `x` has P numbers more, to work in.
    ///
    /// With N the inverse that is kept of an action alone, and r its right side, `β`'s loses
    /// `R (r − α N r)`, and `γ = N (r + α R β) − R β`.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(super) fn solve<S: Scalar>(&self, factor: &[S], alpha: S, ratios: &[S], x: &mut [S]) {
        let terms = self.terms;
        let (x, work) = x.split_at_mut(self.coefficients().min(x.len()));
        for row in 0..=self.actions {
            let Some((known, rest)) = x.split_at_mut_checked(row * terms) else {
                return;
            };
            let value = rest.get_mut(..terms).unwrap_or_default();
            if row == self.actions {
                for action in self.alone() {
                    let (ratios, own) =
                        (ratios.get(self.part(action)), known.get(self.part(action)));
                    let (ratios, own) = (ratios.unwrap_or_default(), own.unwrap_or_default());
                    packed::multiply(self.diagonal(factor, action), own, work);
                    let each = value.iter_mut().zip(ratios).zip(own.iter().zip(&*work));
                    for ((value, &ratio), (&own, &work)) in each {
                        *value -= ratio * (own - alpha * work);
                    }
                }
            } else if self.is_alone(row) {
                continue;
            }
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
            if row < self.actions && self.is_alone(row) {
                let beta = (self.actions - row) * terms;
                let (value, rest) = rest.split_at_mut(beta.min(rest.len()));
                let value = value.get_mut(..terms).unwrap_or_default();
                let ratios = ratios.get(self.part(row)).unwrap_or_default();
                let shifts = || {
                    ratios
                        .iter()
                        .zip(&*rest)
                        .map(|(&ratio, &beta)| ratio * beta)
                };
                for ((work, &value), shift) in work.iter_mut().zip(&*value).zip(shifts()) {
                    *work = value + alpha * shift;
                }
                packed::multiply(self.diagonal(factor, row), work, value);
                for (value, shift) in value.iter_mut().zip(shifts()) {
                    *value -= shift;
                }
                continue;
            }
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

    /// `product = A x`, of the blocks before they are factored. `product` has P numbers more, to work
    /// in.
    ///
    /// An action alone gives `γ_k`'s rows `M (γ + R β)`, and `β`'s R times that.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(super) fn multiply<S: Scalar>(
        &self,
        blocks: &[S],
        ratios: &[S],
        x: &[S],
        product: &mut [S],
    ) {
        let terms = self.terms;
        let (product, work) = product.split_at_mut(self.coefficients().min(product.len()));
        let beta = x.get(self.part(self.actions)).unwrap_or_default();
        for row in 0..=self.actions {
            let own = x.get(self.part(row)).unwrap_or_default();
            let Some((before, rest)) = product.split_at_mut_checked(row * terms) else {
                return;
            };
            let target = rest.get_mut(..terms).unwrap_or_default();
            if row < self.actions && self.is_alone(row) {
                let ratios = ratios.get(self.part(row)).unwrap_or_default();
                let each = own.iter().zip(ratios).zip(beta);
                for (work, ((&own, &ratio), &beta)) in work.iter_mut().zip(each) {
                    *work = own + ratio * beta;
                }
                packed::multiply(self.diagonal(blocks, row), work, target);
                continue;
            }
            packed::multiply(self.diagonal(blocks, row), own, target);
            for column in self.columns(row) {
                let block = self.off_diagonal(blocks, row, column);
                let other = x.get(self.part(column)).unwrap_or_default();
                let transposed = before.get_mut(self.part(column)).unwrap_or_default();
                let rows = block.chunks_exact(terms.max(1));
                for ((row, transposed), &other) in rows.zip(transposed).zip(other) {
                    *transposed += dot(row, own);
                    add_scaled(target, other, row);
                }
            }
        }
        let halves = product.split_at_mut_checked(self.actions * terms);
        let (gammas, beta) = halves.unwrap_or_default();
        for action in self.alone() {
            let part = gammas
                .get(self.part(action))
                .zip(ratios.get(self.part(action)));
            let (part, ratios) = part.unwrap_or_default();
            for ((target, &part), &ratio) in beta.iter_mut().zip(part).zip(ratios) {
                *target += ratio * part;
            }
        }
    }
}

/// Eliminates a `γ_k` that is alone from `β`'s block, to which its rows have added nothing.
///
/// They would add `R M R`, and eliminating takes `R M (M + α I)⁻¹ M R` away: what is left is
/// `R (α I − α² N) R`, with `N = (M + α I)⁻¹`.
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn eliminate<S: Scalar>(inverse: &[S], alpha: S, ratios: &[S], block: &mut [S]) {
    for (i, (inverse, &own)) in packed::rows(inverse).zip(ratios).enumerate() {
        let target = packed::row_mut(block, i);
        let shrunk = own * alpha;
        if let Some(diagonal) = target.last_mut() {
            *diagonal += shrunk * own;
        }
        let scaled = shrunk * alpha;
        for ((target, &value), &across) in target.iter_mut().zip(inverse).zip(ratios) {
            *target -= scaled * (value * across);
        }
    }
}
