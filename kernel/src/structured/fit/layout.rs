//! Where the parts of a fit lie among its numbers.

use crate::algebra::packed;
use crate::algebra::scratch::{cut, larger};
use crate::features::monomials::Monomials;
use crate::structured::{block, design, gram, influence, interaction, posterior, trimming};

/// Where the parts of a fit lie among its numbers, each after the one before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) monomials: Monomials,
    pub(super) regimes: usize,
    /// Places for columns.
    pub(super) columns: usize,
    pub(super) pairs: usize,
    /// How many there are, and how many cells.
    pub(super) blocks: [usize; 2],
    /// Whether near rows are fitted too.
    pub(super) near: bool,
}

impl Layout {
    pub(super) const fn new(
        monomials: Monomials,
        regimes: usize,
        columns: usize,
        pairs: usize,
        blocks: [usize; 2],
        near: bool,
    ) -> Self {
        Self {
            monomials,
            regimes,
            columns,
            pairs,
            blocks,
            near,
        }
    }

    pub(super) const fn products(&self) -> usize {
        self.regimes * gram::len(self.monomials.len())
    }

    /// Of the p-values of influences, and as many of pairs.
    pub(super) const fn p_values(&self) -> usize {
        self.monomials.variables() * self.monomials.variables()
    }

    pub(super) const fn design(&self) -> usize {
        design::storage_len(self.monomials, self.columns)
    }

    pub(super) const fn groups(&self) -> usize {
        design::groups(self.monomials, self.pairs)
    }

    pub(super) const fn posterior(&self) -> usize {
        posterior::posterior_len(self.columns, self.groups())
    }

    pub(super) const fn intercepts(&self) -> usize {
        let [blocks, cells] = self.blocks;
        block::intercepts_len(blocks, cells, self.columns)
    }

    /// The longest scratch of any step.
    pub(super) const fn scratch(&self) -> usize {
        let monomials = self.monomials;
        let mut most = influence::scratch_len(monomials);
        most = larger(most, packed::len(monomials.len() + 1));
        most = larger(
            most,
            gram::len(monomials.len()) + interaction::testable_scratch_len(monomials),
        );
        most = larger(most, design::scratch_len(monomials));
        most = larger(
            most,
            posterior::posterior_scratch_len(monomials, self.columns),
        );
        if self.near {
            most = larger(most, trimming::scratch_len(self.most_of_joint()));
        }
        larger(most, interaction::scratch_len(monomials, self.columns))
    }

    /// The most columns of the joint effect.
    pub(super) const fn most_of_joint(&self) -> usize {
        let (actions, degree) = (self.monomials.variables(), self.monomials.degree());
        1 + actions * degree + self.pairs * design::cross_terms(degree)
    }

    /// Of the fit of near rows.
    pub(super) const fn near(&self) -> usize {
        if self.near {
            self.products() + self.design() + self.posterior() + self.most_of_joint()
        } else {
            0
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.products()
            + 2 * self.p_values()
            + self.design()
            + self.posterior()
            + self.intercepts()
            + self.near()
            + self.scratch()
    }

    /// The columns of the fit, and of that of near rows.
    pub(super) const fn all_columns(&self) -> usize {
        if self.near {
            2 * self.columns
        } else {
            self.columns
        }
    }

    pub(super) fn parts<'a, S>(&self, mut numbers: &'a mut [S]) -> Parts<'a, S> {
        Parts {
            products: cut(&mut numbers, self.products()),
            influences: cut(&mut numbers, self.p_values()),
            pairs: cut(&mut numbers, self.p_values()),
            design: cut(&mut numbers, self.design()),
            posterior: cut(&mut numbers, self.posterior()),
            intercepts: cut(&mut numbers, self.intercepts()),
            near: cut(&mut numbers, self.near()),
            scratch: numbers,
        }
    }

    /// The parts of [`Parts::near`].
    pub(super) fn near_parts<'a, S>(&self, mut numbers: &'a mut [S]) -> NearParts<'a, S> {
        NearParts {
            products: cut(&mut numbers, self.products()),
            design: cut(&mut numbers, self.design()),
            posterior: cut(&mut numbers, self.posterior()),
            step: numbers,
        }
    }
}

/// The numbers of a fit.
pub(super) struct Parts<'a, S> {
    pub(super) products: &'a mut [S],
    pub(super) influences: &'a mut [S],
    pub(super) pairs: &'a mut [S],
    pub(super) design: &'a mut [S],
    pub(super) posterior: &'a mut [S],
    pub(super) intercepts: &'a mut [S],
    pub(super) near: &'a mut [S],
    pub(super) scratch: &'a mut [S],
}

/// Of those of the fit of near rows.
pub(super) struct NearParts<'a, S> {
    pub(super) products: &'a mut [S],
    pub(super) design: &'a mut [S],
    pub(super) posterior: &'a mut [S],
    /// What was moved.
    pub(super) step: &'a mut [S],
}
