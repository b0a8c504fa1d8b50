//! Sums of products of columns, in registers.

use crate::algebra::scratch::cut;
use crate::features::monomials::Column;
use crate::scalar::{MultiplyAdd, Scalar};

/// Sums kept apart by the row's number modulo `LANES`, so that they are a vector.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Lanes<S, const LANES: usize>(pub(super) [S; LANES]);

impl<S: Scalar, const LANES: usize> Lanes<S, LANES> {
    /// Sums of nothing.
    pub const ZEROS: Self = Self([S::ZERO; LANES]);
}

/// Adds products of the columns to sums kept in `LANES` lanes.
pub(super) struct Products<'a, S, A, const ROWS: usize, const LANES: usize> {
    arithmetic: A,
    columns: &'a [Column<S, ROWS>],
    /// How many times `LANES` rows of them there are.
    chunks: usize,
}

impl<'a, S, A, const ROWS: usize, const LANES: usize> Products<'a, S, A, ROWS, LANES>
where
    S: Scalar,
    A: MultiplyAdd<S>,
{
    pub(super) fn new(arithmetic: A, columns: &'a [Column<S, ROWS>], height: usize) -> Self {
        Self {
            arithmetic,
            columns,
            chunks: height.div_ceil(LANES).min(ROWS / LANES),
        }
    }

    /// Adds the products of every column of `down` with every one of `across` to `sums`, by rows.
    #[inline(always)]
    pub(super) fn add<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32],
        across: &[u32],
        sums: &mut [Lanes<S, LANES>],
    ) {
        let mut rest = sums;
        let (groups, others) = down.as_chunks::<DOWN>();
        let (triples, others) = others.as_chunks::<3>();
        let (pairs, singles) = others.as_chunks::<2>();
        for down in groups {
            let sums = cut(&mut rest, DOWN * across.len());
            self.add_rows::<DOWN, ACROSS>(down, across, sums);
        }
        // Where there can be none, none need be compiled.
        if DOWN > 3 {
            for down in triples {
                let sums = cut(&mut rest, 3 * across.len());
                self.add_rows::<3, ACROSS>(down, across, sums);
            }
        }
        if DOWN > 2 {
            for down in pairs {
                let sums = cut(&mut rest, 2 * across.len());
                self.add_rows::<2, ACROSS>(down, across, sums);
            }
        }
        for down in singles.as_chunks().0 {
            let sums = cut(&mut rest, across.len());
            self.add_rows::<1, ACROSS>(down, across, sums);
        }
    }

    #[inline(always)]
    fn add_rows<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32; DOWN],
        across: &[u32],
        sums: &mut [Lanes<S, LANES>],
    ) {
        let width = across.len();
        let (groups, others) = across.as_chunks::<ACROSS>();
        let (triples, others) = others.as_chunks::<3>();
        let (pairs, singles) = others.as_chunks::<2>();
        let mut left = 0;
        for across in groups {
            self.add_block(down, across, sums, left, width);
            left += ACROSS;
        }
        if ACROSS > 3 {
            for across in triples {
                self.add_block(down, across, sums, left, width);
                left += 3;
            }
        }
        if ACROSS > 2 {
            for across in pairs {
                self.add_block(down, across, sums, left, width);
                left += 2;
            }
        }
        for across in singles.as_chunks::<1>().0 {
            self.add_block(down, across, sums, left, width);
            left += 1;
        }
    }

    /// Adds to columns `left` and on of `sums`, whose rows are `width` long.
    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // Every index is below the const length of its array.
    fn add_block<const DOWN: usize, const ACROSS: usize>(
        &self,
        down: &[u32; DOWN],
        across: &[u32; ACROSS],
        sums: &mut [Lanes<S, LANES>],
        left: usize,
        width: usize,
    ) {
        let (Some(down), Some(across)) = (self.chosen(down), self.chosen(across)) else {
            return;
        };
        let mut block = [[[S::ZERO; LANES]; ACROSS]; DOWN];
        for (i, block) in block.iter_mut().enumerate() {
            let start = i * width + left;
            let Some(sums) = sums.get(start..start + ACROSS) else {
                return;
            };
            for (block, sum) in block.iter_mut().zip(sums) {
                *block = sum.0;
            }
        }
        for chunk in 0..self.chunks {
            let x: [[S; LANES]; DOWN] = core::array::from_fn(|i| down[i].0.as_chunks().0[chunk]);
            let y: [[S; LANES]; ACROSS] =
                core::array::from_fn(|j| across[j].0.as_chunks().0[chunk]);
            for i in 0..DOWN {
                for j in 0..ACROSS {
                    for lane in 0..LANES {
                        block[i][j][lane] =
                            self.arithmetic
                                .multiply_add(x[i][lane], y[j][lane], block[i][j][lane]);
                    }
                }
            }
        }
        for (i, block) in block.iter().enumerate() {
            let start = i * width + left;
            let Some(sums) = sums.get_mut(start..start + ACROSS) else {
                return;
            };
            for (block, sum) in block.iter().zip(sums) {
                sum.0 = *block;
            }
        }
    }

    #[inline(always)]
    fn chosen<const N: usize>(&self, indices: &[u32; N]) -> Option<[&'a Column<S, ROWS>; N]> {
        let mut chosen = [self.columns.first()?; N];
        for (chosen, &index) in chosen.iter_mut().zip(indices) {
            *chosen = self.columns.get(index as usize)?;
        }
        Some(chosen)
    }
}
