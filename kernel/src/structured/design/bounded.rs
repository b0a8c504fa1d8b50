//! The columns of actions within their bounds.

use super::{Group, Layout, Regressor, constant, joint_degree};
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector::{add_scaled, dot};
use crate::features::monomials::{Monomials, count};
use crate::features::orthogonal::dependence;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::gram::{self, Grams, entry};
use crate::structured::influence::most_parents;
use core::cmp::Ordering;

/// Scratch of [`Layout::bounded`], of the most columns that a γ can have, and of [`Layout::curve`].
pub(super) const fn scratch_len(monomials: Monomials) -> usize {
    let parents = most_parents(monomials.variables());
    let columns = match monomials.bounded() {
        0 => 0,
        // A polynomial, its image and the constant.
        highest => count(parents + 1, monomials.degree()) + highest + 3,
    };
    columns * monomials.len()
}

/// Whether the variance of every action that was set is known to a fifth, by the kurtosis of its values. Where it is not,
/// a few rows decide what setting it does, and powers within bounds would follow these.
pub(super) fn are_steady<S: Scalar>(monomials: Monomials, grams: &Grams<'_, S>) -> bool {
    let count = |n: u64| S::from_count(n);
    (0..monomials.variables()).all(|action| {
        let set = |regime: Regime| regime.sets(action);
        let kept = grams.iter().filter(|&(regime, _)| set(regime));
        let n: S = kept.map(|(_, gram)| entry(gram, 0, 0)).sum();
        let kurtosis = count(3) * gram::tails(grams, monomials, action, set);
        n == S::ZERO || count(25) * (kurtosis - S::ONE) < n
    })
}

impl<S: Scalar> Layout<'_, S> {
    /// What powers within bounds of an action, and of `others`, add to its γ, whose columns of polynomials are those from
    /// `first` on.
    ///
    /// Those of one action are orthonormal to each other in the rows of `pool`, less what polynomials explain of them
    /// there. That is not scaled again: of a power that hardly differs from a cubic but in a few far rows, these would
    /// else decide alone.
    ///
    /// `scratch` has [`scratch_len`] numbers.
    pub(super) fn bounded(
        &mut self,
        action: usize,
        others: Regime,
        first: usize,
        pool: &[S],
        scratch: &mut [S],
    ) {
        let (monomials, terms) = (self.monomials, self.monomials.len());
        if monomials.bounded() == 0 {
            return;
        }
        let mut rest = scratch;
        let polynomial = cut(&mut rest, terms);
        let image = cut(&mut rest, terms);
        let own = cut(&mut rest, (monomials.bounded() + 1) * terms);
        let [mut own, mut polynomials] =
            [own, rest].map(|place| Orthonormal::of(pool, terms, place));
        let columns = self.polynomials.get(first * terms..self.filled * terms);
        for column in columns.unwrap_or_default().chunks_exact(terms.max(1)) {
            copy(polynomial, column);
            polynomials.append(polynomial, image);
        }
        for of in core::iter::once(action).chain(others.actions()) {
            own.filled = 0;
            constant(polynomial);
            own.append(polynomial, image);
            let variable = monomials.variables() + of;
            let powers = (1..=monomials.bounded()).filter_map(|p| monomials.power(variable, p));
            for power in powers {
                monomial(power, polynomial);
                if own.append(polynomial, image) && polynomials.subtract(polynomial, image) {
                    let (action, group) = (Some(action), Group::Bounded);
                    self.add(Regressor { action, group }, polynomial);
                }
            }
        }
    }
}

impl<S: Scalar> Layout<'_, S> {
    /// What powers of an action within its bounds, of degrees that its polynomials have not, add to τ: orthonormal to
    /// these and to each other in the rows of `pool`.
    ///
    /// `scratch` has [`scratch_len`] numbers.
    pub(super) fn curve(&mut self, action: usize, pool: &[S], scratch: &mut [S]) {
        let (monomials, terms) = (self.monomials, self.monomials.len());
        let mut rest = scratch;
        let polynomial = cut(&mut rest, terms);
        let image = cut(&mut rest, terms);
        let mut own = Orthonormal::of(pool, terms, rest);
        let bounded = monomials.variables() + action;
        for order in 0..=joint_degree(monomials) {
            let is_curve = order > monomials.degree();
            let variable = if is_curve { bounded } else { action };
            let Some(power) = monomials.power(variable, order) else {
                continue;
            };
            monomial(power, polynomial);
            if own.append(polynomial, image) && is_curve {
                let (action, group) = (None, Group::Joint(order));
                self.add(Regressor { action, group }, polynomial);
            }
        }
    }
}

/// The polynomial that is one monomial.
fn monomial<S: Scalar>(index: usize, polynomial: &mut [S]) {
    polynomial.fill(S::ZERO);
    if let Some(one) = polynomial.get_mut(index) {
        *one = S::ONE;
    }
}

/// Polynomials that are orthonormal in some rows.
struct Orthonormal<'a, S> {
    /// The packed Gram matrix of the monomials in these rows.
    features: &'a [S],
    /// Their weight.
    n: S,
    polynomials: &'a mut [S],
    filled: usize,
}

impl<'a, S: Scalar> Orthonormal<'a, S> {
    /// None yet, in the rows of `pool`, with room for some.
    fn of(pool: &'a [S], terms: usize, polynomials: &'a mut [S]) -> Self {
        Self {
            features: pool.get(..packed::len(terms)).unwrap_or_default(),
            n: entry(pool, 0, 0),
            polynomials,
            filled: 0,
        }
    }

    /// Replaces a polynomial by what these leave of it; `false` where it depends on them. `image` is scratch of P
    /// numbers, and what the polynomial's Gram matrix makes of it afterwards.
    fn subtract(&self, polynomial: &mut [S], image: &mut [S]) -> bool {
        let terms = polynomial.len();
        packed::multiply(self.features, polynomial, image);
        // Gram and Schmidt, twice, as one of it loses digits to the cancellation.
        for _ in 0..2 {
            for other in self
                .polynomials
                .chunks_exact(terms.max(1))
                .take(self.filled)
            {
                let along = dot(image, other) / self.n;
                add_scaled(polynomial, -along, other);
            }
            packed::multiply(self.features, polynomial, image);
        }
        // A small difference of large monomials is rounding.
        let parts = polynomial.iter().zip(packed::diagonal(self.features));
        let whole: S = parts.map(|(c, square)| c.abs() * square.sqrt()).sum();
        let left = dot(polynomial, image);
        left.partial_cmp(&(dependence::<S>() * whole * whole)) == Some(Ordering::Greater)
    }

    /// The same, of unit mean square, and keeps it with them.
    fn append(&mut self, polynomial: &mut [S], image: &mut [S]) -> bool {
        if !self.subtract(polynomial, image) {
            return false;
        }
        let scale = (self.n / dot(polynomial, image)).sqrt();
        polynomial.iter_mut().for_each(|value| *value *= scale);
        let start = self.filled * polynomial.len();
        if let Some(place) = self.polynomials.get_mut(start..start + polynomial.len()) {
            copy(place, polynomial);
            self.filled += 1;
        }
        true
    }
}
