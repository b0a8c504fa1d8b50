//! Blocks: rows that share a shift of the outcome, such as those of a week, a batch, a site or a device.
//!
//! In a block the outcome is what the regression says, an intercept of the block `u ~ N(0, v)`, another of the
//! block in this regime `w ~ N(0, v′)`, and noise: a week may shift all its rows, or each regime's by another
//! amount. Effects are those in an average block, whose intercepts are 0. The intercepts are integrated out
//! (Woodbury's identity), so the columns of the regression stay what they are, and memory and time grow with
//! the number of blocks and not with its square.

use crate::algebra::packed;
use crate::algebra::vector::{add_scaled, dot};
use crate::error::{FitError, ShapeError};
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::design::Design;
use crate::structured::gram;

/// The rows of one block in one regime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The block, from 0.
    pub block: usize,
    /// The place of the regime among those that are fitted.
    pub regime: usize,
}

/// Numbers of a cell: the sums over its rows of the P monomials, the constant first, and of the outcome.
pub const fn cell_len(terms: usize) -> usize {
    terms + 1
}

/// The blocks of data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Blocks<'a, S> {
    /// How many there are. With fewer than two there is no telling them apart, and they are left out.
    pub count: usize,
    /// The cells that have rows, ascending.
    pub cells: &'a [Cell],
    /// Of each cell, [`cell_len`] sums.
    pub sums: &'a [S],
}

impl<'a, S: Scalar> Blocks<'a, S> {
    /// The blocks, or none where there are too few; refuses cells that are out of order or beyond the
    /// `regimes`.
    pub(crate) fn checked(self, terms: usize, regimes: usize) -> Result<Self, FitError> {
        if self.count < 2 {
            return Ok(Self::default());
        }
        let needed = self.cells.len() * cell_len(terms);
        ShapeError::exact("sums of blocks", needed, self.sums.len())?;
        let ascending = self.cells.is_sorted_by(|one, next| one < next);
        let known = |cell: &Cell| cell.block < self.count && cell.regime < regimes;
        if !ascending || !self.cells.iter().all(known) {
            return Err(FitError::UnknownCell);
        }
        FitError::finite(self.sums)?;
        Ok(self)
    }

    /// Each cell with the sums of its monomials and of its outcomes.
    fn each(self) -> impl Iterator<Item = (Cell, (&'a [S], S))> + Clone {
        let len = self.sums.len() / self.cells.len().max(1);
        let sums = self.sums.chunks_exact(len.max(1));
        let parts = sums.filter_map(|sums| sums.split_last());
        let parts = parts.map(|(&outcome, features)| (features, outcome));
        self.cells.iter().copied().zip(parts)
    }

    /// The number of regimes that have rows of blocks, as far as it matters: at least 1.
    fn regimes(&self) -> usize {
        let regimes = self.cells.iter().map(|cell| cell.regime + 1);
        regimes.max().unwrap_or(1)
    }
}

/// The cells of one block after the other.
fn by_block(mut cells: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    core::iter::from_fn(move || {
        let block = cells.first()?.block;
        let end = cells.iter().position(|cell| cell.block != block);
        let (own, rest) = cells.split_at_checked(end.unwrap_or(cells.len()))?;
        cells = rest;
        Some(own)
    })
}

/// A kind of intercept, of which there is one a block, or one for every regime of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Component<S> {
    /// Their variance.
    pub variance: S,
    /// Of that estimate; at least 1.
    pub degrees_of_freedom: S,
    /// Of the joint effect's mean variance, the share that is in proportion to it.
    pub share: S,
}

/// What the data say of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockEffects<S> {
    /// How many there are; 0 where the fit knows of none.
    pub count: usize,
    /// How many parameters all intercepts are, effectively.
    pub parameters: S,
    /// What all rows of a block share.
    pub common: Component<S>,
    /// What those of one regime share beside that.
    pub own: Component<S>,
}

impl<S: Scalar> BlockEffects<S> {
    /// Degrees of freedom of a standard error of which a part rests on blocks, of which there are few
    /// (Satterthwaite 1946), where the rows have this many.
    pub fn limit(&self, degrees_of_freedom: S) -> S {
        if self.count == 0 {
            return degrees_of_freedom;
        }
        let rest = (S::ONE - self.common.share - self.own.share).max(S::ZERO);
        let part = |share: S, freedom: S| share * share / freedom.max(S::ONE);
        let parts = part(self.common.share, self.common.degrees_of_freedom)
            + part(self.own.share, self.own.degrees_of_freedom)
            + part(rest, degrees_of_freedom);
        (S::ONE / parts).max(S::ONE)
    }
}

/// Beside its loadings, an intercept has its number of rows, the sum of their outcomes, its weight and its
/// estimate.
const OWN: usize = 4;

/// Numbers of [`Intercepts`] of so many blocks and cells in a regression of so many columns.
pub const fn intercepts_len(blocks: usize, cells: usize, columns: usize) -> usize {
    blocks * (2 * columns + OWN) + cells * (columns + OWN)
}

/// The intercepts of blocks and of cells, beside a regression. Each has loadings, the sums of the regression's
/// columns over its rows; a block's are of what its cells' intercepts leave. By default there are none.
#[derive(Debug, Default)]
pub struct Intercepts<'a, S> {
    blocks: Blocks<'a, S>,
    columns: usize,
    of_blocks: &'a mut [S],
    of_cells: &'a mut [S],
}

/// Variances of intercepts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variances<S> {
    /// Of blocks.
    pub(crate) common: S,
    /// Of cells; 0 where every block has but one.
    pub(crate) own: S,
}

/// What intercepts add to the sums of a step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Explained<S> {
    /// To the residual sum of squares.
    pub(crate) residual: S,
    /// To the effective parameters of the columns.
    pub(crate) of_columns: S,
    /// The effective parameters of the intercepts.
    pub(crate) parameters: S,
    /// The expected sums of squares of blocks' and cells' intercepts.
    pub(crate) squares: [S; 2],
    /// The derivatives of the joint effect's mean variance by the logarithms of the two variances.
    pub(crate) sensitivities: [S; 2],
}

impl<'a, S: Scalar> Intercepts<'a, S> {
    /// Those of blocks that were checked, whose cells have `scale` times the rows of their regime; `numbers` has
    /// at least [`intercepts_len`].
    pub(crate) fn new(
        blocks: Blocks<'a, S>,
        center: S,
        regimes: &[Regime],
        scale: impl Fn(Regime) -> S,
        design: &Design<'_, S>,
        numbers: &'a mut [S],
    ) -> Self {
        let columns = design.columns().len();
        let of_blocks = blocks.count * (2 * columns + OWN);
        let of_cells = blocks.cells.len() * (columns + OWN);
        let (of_blocks, rest) = numbers.split_at_mut_checked(of_blocks).unwrap_or_default();
        let of_cells = rest.get_mut(..of_cells).unwrap_or_default();
        of_cells.fill(S::ZERO);
        let records = of_cells.chunks_exact_mut((columns + OWN).max(1));
        for ((cell, (features, outcome)), record) in blocks.each().zip(records) {
            let record = record.split_last_chunk_mut::<OWN>();
            let (Some((loadings, [rows, total, ..])), Some(&regime)) =
                (record, regimes.get(cell.regime))
            else {
                continue;
            };
            let times = scale(regime);
            let counted = features.first().copied().unwrap_or_default();
            *rows = times * counted;
            *total = times * (outcome - counted * center);
            let each = design.columns().iter().zip(design.polynomials());
            for (loading, (column, c)) in loadings.iter_mut().zip(each) {
                *loading = times * column.sign::<S>(regime) * dot(c, features);
            }
        }
        Self {
            blocks,
            columns,
            of_blocks,
            of_cells,
        }
    }

    /// How many blocks there are.
    pub(crate) fn count(&self) -> usize {
        self.blocks.count
    }

    /// How many intercepts cells have: none where every block has but one.
    pub(crate) fn own(&self) -> usize {
        match self.blocks.cells.len() {
            cells if cells > self.blocks.count => cells,
            _ => 0,
        }
    }

    /// What is known of blocks, with the shares that are in proportion to their variances.
    pub(crate) fn effects(
        &self,
        variances: Variances<S>,
        parameters: S,
        [common, own]: [S; 2],
    ) -> BlockEffects<S> {
        if self.count() == 0 {
            return BlockEffects::default();
        }
        let between = self.count() - 1;
        let within = self.own().saturating_sub(between + self.blocks.regimes());
        let count = |count: usize| S::from_count(count.max(1) as u64);
        BlockEffects {
            count: self.count(),
            parameters,
            common: Component {
                variance: variances.common,
                degrees_of_freedom: count(between),
                share: common,
            },
            own: Component {
                variance: variances.own,
                degrees_of_freedom: count(within),
                share: own,
            },
        }
    }

    /// Takes the intercepts out of the equations `precision · β = right`.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn integrate(
        &mut self,
        noise: S,
        variances: Variances<S>,
        precision: &mut [S],
        right: &mut [S],
    ) {
        self.of_blocks.fill(S::ZERO);
        let mut blocks = self
            .of_blocks
            .chunks_exact_mut((2 * self.columns + OWN).max(1));
        let mut cells = self.of_cells.chunks_exact_mut((self.columns + OWN).max(1));
        let mut subtract = |factor: S, total: S, loadings: &[S]| {
            add_scaled(right, -factor * total, loadings);
            for (i, &loading) in loadings.iter().enumerate() {
                add_scaled(packed::row_mut(precision, i), -factor * loading, loadings);
            }
        };
        for of_block in by_block(self.blocks.cells) {
            let Some((loadings, [rows, total, weight, _])) =
                blocks.next().and_then(|block| block.split_last_chunk_mut())
            else {
                return;
            };
            for cell in cells.by_ref().take(of_block.len()) {
                let Some((own, [count, sum, weight, _])) = cell.split_last_chunk_mut() else {
                    return;
                };
                *weight = variances.own / (noise + *count * variances.own);
                if *weight > S::ZERO {
                    subtract(*weight / noise, *sum, own);
                }
                let left = S::ONE - *count * *weight;
                *rows += left * *count;
                *total += left * *sum;
                add_scaled(loadings, left, own);
            }
            *weight = variances.common / (noise + *rows * variances.common);
            let loadings = loadings.get(..self.columns).unwrap_or_default();
            subtract(*weight / noise, *total, loadings);
        }
    }

    /// Estimates the intercepts with the regression's coefficients and their covariance; `image` has as many
    /// numbers as there are columns.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn estimate(
        &mut self,
        design: &Design<'_, S>,
        noise: S,
        variances: Variances<S>,
        mean: &[S],
        covariance: &[S],
        image: &mut [S],
    ) -> Explained<S> {
        let mut all = Explained::default();
        let mut blocks = self
            .of_blocks
            .chunks_exact_mut((2 * self.columns + OWN).max(1));
        let mut cells = self.of_cells.chunks_exact_mut((self.columns + OWN).max(1));
        let [common, own] = &mut all.squares;
        let [by_common, by_own] = &mut all.sensitivities;
        for of_block in by_block(self.blocks.cells) {
            let Some((loadings, &mut [_, total, weight, ref mut shift])) =
                blocks.next().and_then(|block| block.split_last_chunk_mut())
            else {
                break;
            };
            let Some((loadings, of_block_image)) = loadings.split_at_mut_checked(self.columns)
            else {
                break;
            };
            *shift = weight * (total - dot(loadings, mean));
            packed::multiply(covariance, loadings, of_block_image);
            let spread = dot(loadings, of_block_image);
            let variance = noise * weight + weight * weight * spread;
            all.of_columns += -weight * spread / noise;
            all.parameters += S::ONE - variance / variances.common;
            *common += *shift * *shift + variance;
            let by = weight * weight / variances.common;
            *by_common += by * joint_square(design, of_block_image);
            for cell in cells.by_ref().take(of_block.len()) {
                let Some((loadings, &mut [rows, total, own_weight, ref mut intercept])) =
                    cell.split_last_chunk_mut()
                else {
                    break;
                };
                let left = total - dot(loadings, mean);
                let beside = own_weight * (left - rows * *shift);
                *intercept = *shift + beside;
                all.residual += *intercept * (rows * *intercept - left - left);
                if own_weight > S::ZERO {
                    packed::multiply(covariance, loadings, image);
                    let spread = dot(loadings, image);
                    let cross = -weight * dot(loadings, of_block_image);
                    let of_sum = spread + rows * (cross + cross + rows * variance);
                    let variance = noise * own_weight + own_weight * own_weight * of_sum;
                    all.of_columns += -own_weight * spread / noise;
                    all.parameters += S::ONE - variance / variances.own;
                    *own += beside * beside + variance;
                    add_scaled(image, -weight * rows, of_block_image);
                    let by = own_weight * own_weight / variances.own;
                    *by_own += by * joint_square(design, image);
                }
            }
        }
        all
    }

    /// Each cell, its sums, and its intercept with that of its block.
    fn estimates(&self) -> impl Iterator<Item = (Cell, (&'a [S], S), S)> {
        let records = self.of_cells.chunks_exact((self.columns + OWN).max(1));
        let intercepts = records.filter_map(|record| record.last().copied());
        let each = self.blocks.each().zip(intercepts);
        each.map(|((cell, sums), intercept)| (cell, sums, intercept))
    }

    /// Subtracts the intercepts from the outcomes in the regimes' Gram matrices, or adds them again.
    pub(crate) fn shift(&self, subtract: bool, terms: usize, center: S, products: &mut [S]) {
        for (cell, (features, total), intercept) in self.estimates() {
            let gram = products.chunks_exact_mut(gram::len(terms).max(1));
            let gram = gram.into_iter().nth(cell.regime).unwrap_or_default();
            let Some((square, row)) = packed::row_mut(gram, terms).split_last_mut() else {
                continue;
            };
            let rows = features.first().copied().unwrap_or_default();
            let cross = (intercept + intercept) * (total - rows * center);
            let own = rows * intercept * intercept;
            if subtract {
                *square += own - cross;
                add_scaled(row, -intercept, features);
            } else {
                *square += cross - own;
                add_scaled(row, intercept, features);
            }
        }
    }

    /// For every intercept its weight, its loadings, and those that further columns would have, `terms` of P
    /// numbers each, over its rows in the regimes that are kept. `sums` has twice as many numbers as there
    /// are terms.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn each(
        &self,
        keep: impl Fn(usize) -> bool,
        terms: &[S],
        width: usize,
        sums: &mut [S],
        mut visit: impl FnMut(S, &[S], &[S]),
    ) {
        let Some((common, own)) = sums.split_at_mut_checked(sums.len() / 2) else {
            return;
        };
        let mut blocks = self.of_blocks.chunks_exact((2 * self.columns + OWN).max(1));
        let mut cells = self.of_cells.chunks_exact((self.columns + OWN).max(1));
        let mut features = self.blocks.each();
        for of_block in by_block(self.blocks.cells) {
            common.fill(S::ZERO);
            let each = cells.by_ref().zip(features.by_ref());
            for (record, (cell, (features, _))) in each.take(of_block.len()) {
                if !keep(cell.regime) {
                    continue;
                }
                let Some((loadings, &[rows, _, weight, _])) = record.split_last_chunk() else {
                    return;
                };
                for (sum, term) in own.iter_mut().zip(terms.chunks_exact(width.max(1))) {
                    *sum = dot(term, features);
                }
                visit(weight, loadings, own);
                add_scaled(common, S::ONE - rows * weight, own);
            }
            let block = blocks.next().and_then(|block| block.split_last_chunk());
            let Some((loadings, &[_, _, weight, _])) = block else {
                return;
            };
            visit(
                weight,
                loadings.get(..self.columns).unwrap_or_default(),
                common,
            );
        }
    }
}

/// The sum of squares of those of a vector's entries that belong to columns of the joint effect.
fn joint_square<S: Scalar>(design: &Design<'_, S>, vector: &[S]) -> S {
    let joint = design.columns().iter().zip(vector);
    let joint = joint.filter(|(column, _)| column.action.is_none());
    joint.map(|(_, &value)| value * value).sum()
}
