//! Where the parts of a fit lie among its numbers.

use crate::algebra::packed;
use crate::algebra::scratch::{cut, larger};
use crate::features::monomials::Monomials;
use crate::structured::design::Regressor;
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

    /// Numbers of a design of so many columns.
    const fn design(&self, columns: usize) -> usize {
        design::storage_len(self.monomials, columns)
    }

    pub(super) const fn groups(&self) -> usize {
        design::groups(self.monomials, self.pairs)
    }

    /// Numbers of their coefficients.
    const fn posterior(&self, columns: usize) -> usize {
        posterior::posterior_len(columns, self.groups())
    }

    pub(super) const fn intercepts(&self) -> usize {
        let [blocks, cells] = self.blocks;
        block::intercepts_len(blocks, cells, self.most_columns())
    }

    /// Places for columns of the design within bounds; none where no action is bounded.
    pub(super) const fn within_bounds(&self) -> usize {
        match self.monomials.bounded() {
            0 => 0,
            _ => self.columns + design::bounded_columns(self.monomials, 1),
        }
    }

    /// Places for columns of the design of near rows, in which every γ_k has those of a_k and its parents within bounds.
    const fn of_near(&self) -> usize {
        let family = 1 + influence::most_parents(self.monomials.variables());
        match self.near {
            true => self.columns + design::bounded_columns(self.monomials, family),
            false => 0,
        }
    }

    /// Of the largest design.
    const fn most_columns(&self) -> usize {
        larger(self.columns, larger(self.within_bounds(), self.of_near()))
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
            posterior::posterior_scratch_len(monomials, self.most_columns()),
        );
        if self.near || self.within_bounds() > 0 {
            most = larger(most, trimming::scratch_len(self.most_of_joint()));
        }
        larger(most, interaction::scratch_len(monomials, self.columns))
    }

    /// The most columns of the joint effect.
    pub(super) const fn most_of_joint(&self) -> usize {
        let (actions, degree) = (self.monomials.variables(), self.monomials.degree());
        let polynomials = 1 + actions * degree + self.pairs * design::cross_terms(degree);
        polynomials + design::joint_curves(self.monomials)
    }

    /// Of the fit of near rows.
    pub(super) const fn near(&self) -> usize {
        match self.of_near() {
            0 => 0,
            columns => {
                let fit = self.design(columns) + self.posterior(columns);
                self.products() + fit + self.most_of_joint()
            }
        }
    }

    /// Of the fit within bounds.
    const fn bounded(&self) -> usize {
        match self.within_bounds() {
            0 => 0,
            columns => self.design(columns) + self.posterior(columns),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.products()
            + 2 * self.p_values()
            + self.design(self.columns)
            + self.posterior(self.columns)
            + self.intercepts()
            + self.near()
            + self.bounded()
            + self.scratch()
    }

    /// The columns of the fit, of that of near rows, and of that within bounds.
    pub(super) const fn all_columns(&self) -> usize {
        self.columns + self.of_near() + self.within_bounds()
    }

    pub(super) fn columns<'a>(&self, mut columns: &'a mut [Regressor]) -> Columns<'a> {
        Columns {
            all: cut(&mut columns, self.columns),
            near: cut(&mut columns, self.of_near()),
            bounded: cut(&mut columns, self.within_bounds()),
        }
    }

    pub(super) fn parts<'a, S>(&self, mut numbers: &'a mut [S]) -> Parts<'a, S> {
        Parts {
            products: cut(&mut numbers, self.products()),
            influences: cut(&mut numbers, self.p_values()),
            pairs: cut(&mut numbers, self.p_values()),
            design: cut(&mut numbers, self.design(self.columns)),
            posterior: cut(&mut numbers, self.posterior(self.columns)),
            intercepts: cut(&mut numbers, self.intercepts()),
            near: cut(&mut numbers, self.near()),
            bounded: cut(&mut numbers, self.bounded()),
            scratch: numbers,
        }
    }

    /// The parts of [`Parts::near`].
    pub(super) fn near_parts<'a, S>(&self, mut numbers: &'a mut [S]) -> NearParts<'a, S> {
        NearParts {
            products: cut(&mut numbers, self.products()),
            design: cut(&mut numbers, self.design(self.of_near())),
            posterior: cut(&mut numbers, self.posterior(self.of_near())),
            step: numbers,
        }
    }

    /// The parts of [`Parts::bounded`].
    pub(super) fn bounded_parts<'a, S>(&self, mut numbers: &'a mut [S]) -> BoundedParts<'a, S> {
        BoundedParts {
            design: cut(&mut numbers, self.design(self.within_bounds())),
            posterior: numbers,
        }
    }
}

/// The columns of the fits.
pub(super) struct Columns<'a> {
    pub(super) all: &'a mut [Regressor],
    pub(super) near: &'a mut [Regressor],
    pub(super) bounded: &'a mut [Regressor],
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
    pub(super) bounded: &'a mut [S],
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

/// Of those of the fit within bounds.
pub(super) struct BoundedParts<'a, S> {
    pub(super) design: &'a mut [S],
    pub(super) posterior: &'a mut [S],
}
