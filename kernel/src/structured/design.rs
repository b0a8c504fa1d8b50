//! The columns of the structured model's regression, as polynomials over the monomials.
//!
//! A column belongs to the joint effect τ or to a change γ_k, and shares its prior with the columns
//! of its [`Group`]. See [`crate::structured::posterior`] for the model.

mod bounded;

use crate::algebra::cholesky;
use crate::algebra::packed::{self, add_scaled_column};
use crate::algebra::scratch::{copy, cut, larger, list};
use crate::algebra::vector::{add_scaled, dot};
use crate::error::{FitError, ShapeError};
use crate::features::monomials::{MAX_DEGREE, Monomials, count};
use crate::features::orthogonal::{compose, dependence, orthonormalise, table_len};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use crate::structured::gram::{self, Grams, entry, regress};
use crate::structured::influence::MAX_PARENTS;

/// Two actions, the lower first, whose effects are not additive.
pub type Pair = (usize, usize);

/// Terms whose coefficients share a prior variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Group {
    /// Terms of τ that are not shrunk: the constant, and those of an action that rests and has two values or is
    /// a category.
    #[default]
    Flat,
    /// Terms of τ of one action, of this degree. Those of a higher one than polynomials have are of the bounded action, and
    /// share one variance.
    Joint(usize),
    /// Terms of τ of an action that is a category, of any degree: with one variance it does not matter how
    /// its levels are numbered.
    Levels(usize),
    /// Terms of τ of the interacting pair of this index.
    Pair(usize),
    /// Terms of γ_k of a_k alone, of this degree.
    Own(usize),
    /// Terms of γ_k that involve its parents, of this total degree.
    Family(usize),
    /// Terms of γ_k of a bounded action alone: what polynomials of it leave out.
    Bounded,
}

impl Group {
    /// The place of the group's variance among [`groups`]; `None` for [`Group::Flat`].
    pub fn index(self, monomials: Monomials) -> Option<usize> {
        let degree = monomials.degree();
        let changes = joint_groups(monomials);
        let actions = changes + 2 * degree + 2;
        match self {
            Self::Flat => None,
            Self::Joint(order) => order.min(changes).checked_sub(1),
            Self::Own(order) => Some(changes + order),
            Self::Family(order) => Some(changes + degree + order),
            Self::Bounded => Some(changes + 2 * degree + 1),
            Self::Levels(action) => Some(actions + action),
            Self::Pair(index) => Some(actions + monomials.variables() + index),
        }
    }

    /// The degree of its polynomials, where all have the same.
    pub(crate) fn order(self) -> Option<usize> {
        match self {
            Self::Joint(order) | Self::Own(order) | Self::Family(order) => Some(order),
            Self::Flat | Self::Levels(_) | Self::Pair(_) | Self::Bounded => None,
        }
    }

    /// Whether an estimate of its variance is to be kept off zero.
    pub(crate) fn is_basic(self) -> bool {
        match self {
            Self::Joint(order) | Self::Own(order) | Self::Family(order) => order <= 1,
            Self::Levels(_) => true,
            Self::Flat | Self::Pair(_) | Self::Bounded => false,
        }
    }
}

/// The highest degree that a term of τ of one action may have.
pub(crate) const fn joint_degree(monomials: Monomials) -> usize {
    larger(monomials.degree(), monomials.bounded())
}

/// Number of groups of τ of one action: one a degree of polynomials, and one where it may have curves within bounds.
pub const fn joint_groups(monomials: Monomials) -> usize {
    let degree = monomials.degree();
    degree + (joint_degree(monomials) > degree) as usize
}

/// Number of prior variances.
pub const fn groups(monomials: Monomials, pairs: usize) -> usize {
    joint_groups(monomials) + 2 * monomials.degree() + 2 + monomials.variables() + pairs
}

/// A column of the regression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Regressor {
    /// The action whose γ it belongs to; `None` for τ.
    pub action: Option<usize>,
    /// Its prior.
    pub group: Group,
}

impl Regressor {
    /// How the column enters the mean outcome of a regime: 1, −1 or not at all.
    pub fn sign<S: Scalar>(self, regime: Regime) -> S {
        sign(self.action, regime)
    }
}

/// How τ, for no action, or an action's γ enters the mean outcome of a regime.
pub(crate) fn sign<S: Scalar>(action: Option<usize>, regime: Regime) -> S {
    match action {
        None => S::ONE,
        Some(action) if regime.sets(action) => S::ZERO,
        Some(_) => -S::ONE,
    }
}

/// Number of cross terms of two actions, of total degree at most `degree`.
pub const fn cross_terms(degree: usize) -> usize {
    degree * degree.saturating_sub(1) / 2
}

/// The most columns a design can have.
pub fn max_columns(monomials: Monomials, parents: &[Regime], pairs: usize) -> usize {
    let degree = monomials.degree();
    let changes = parents
        .iter()
        .map(|parents| count(parents.size() + 1, degree));
    1 + monomials.variables() * degree + pairs * cross_terms(degree) + changes.sum::<usize>()
}

/// Numbers that a [`Design`] of at most so many columns holds.
pub const fn storage_len(monomials: Monomials, columns: usize) -> usize {
    columns * monomials.len() + monomials.variables() * table_len(monomials.degree())
}

/// Scratch of [`Design::new`].
pub const fn scratch_len(monomials: Monomials) -> usize {
    gram::len(monomials.len())
        + (monomials.degree() + 4) * monomials.len()
        + 2 * table_len(monomials.degree())
        + bounded::scratch_len(monomials)
}

/// What is known or learned of the actions.
#[derive(Clone, Copy, Debug)]
pub struct Structure<'a> {
    /// Those that are categories, whose values number their levels.
    pub categories: Regime,
    /// The direct influences on each of them.
    pub parents: &'a [Regime],
    /// The pairs that interact.
    pub pairs: &'a [Pair],
}

/// What has powers of actions within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Within {
    /// τ, of every action.
    pub(crate) joint: bool,
    /// Every γ_k, of a_k.
    pub(crate) own: bool,
    /// Every γ_k, of the parents of a_k.
    pub(crate) parents: bool,
}

impl Within {
    /// Nothing.
    const NONE: Self = Self {
        joint: false,
        own: false,
        parents: false,
    };
}

/// The most columns that powers within bounds add to τ.
pub(crate) const fn joint_curves(monomials: Monomials) -> usize {
    monomials.variables() * (joint_degree(monomials) - monomials.degree())
}

/// The most columns that they add to τ and, of so many actions, to every γ_k.
pub(crate) const fn bounded_columns(monomials: Monomials, actions: usize) -> usize {
    joint_curves(monomials) + monomials.variables() * actions * monomials.bounded()
}

/// The columns of the regression, as polynomials.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a, S> {
    monomials: Monomials,
    columns: &'a [Regressor],
    polynomials: &'a [S],
    marginals: &'a [S],
}

impl<'a, S: Scalar> Design<'a, S> {
    /// Lays out the columns.
    ///
    /// `columns` has [`max_columns`] places, `storage` [`storage_len`] numbers, `scratch`
    /// [`scratch_len`].
    pub fn new(
        monomials: Monomials,
        grams: &Grams<'_, S>,
        structure: Structure<'_>,
        columns: &'a mut [Regressor],
        storage: &'a mut [S],
        scratch: &mut [S],
    ) -> Result<Self, ShapeError> {
        let (terms, degree) = (monomials.len(), monomials.degree());
        let most = max_columns(monomials, structure.parents, structure.pairs.len());
        ShapeError::exact("parents", monomials.variables(), structure.parents.len())?;
        ShapeError::exact("columns", most, columns.len())?;
        ShapeError::exact("design", storage_len(monomials, most), storage.len())?;
        ShapeError::exact("scratch", scratch_len(monomials), scratch.len())?;
        let (marginals, pool) = (most * terms, gram::len(terms));
        let resting = resting(monomials, grams);
        {
            let marginals = storage.get_mut(marginals..).unwrap_or_default();
            let pool = scratch.get_mut(..pool).unwrap_or_default();
            let tables = marginals.chunks_exact_mut(table_len(degree).max(1));
            for (action, table) in tables.enumerate() {
                pool_of_set(grams, resting, action, pool);
                let power = |exponent| monomials.power(action, exponent).unwrap_or_default();
                let product = |i, j| entry(pool, power(i), power(j));
                orthonormalise(degree, entry(pool, 0, 0), product, table)?;
            }
        }
        let rows = [grams; 2];
        Self::laid_out(
            monomials,
            rows,
            structure,
            Within::NONE,
            columns,
            storage,
            scratch,
        )
    }

    /// The columns of other rows of the same regimes: those of τ begin with these, those of every γ_k are of unit size in
    /// the other rows, and there are more `within` bounds. `all` are the rows of these, and the rest as in [`Design::new`], but
    /// that `columns` has [`bounded_columns`] more places.
    pub(crate) fn of_rows(
        &self,
        [rows, all]: [&Grams<'_, S>; 2],
        structure: Structure<'_>,
        within: Within,
        columns: &'a mut [Regressor],
        storage: &'a mut [S],
        scratch: &mut [S],
    ) -> Result<Self, ShapeError> {
        let monomials = self.monomials;
        let marginals = columns.len() * monomials.len();
        copy(
            storage.get_mut(marginals..).unwrap_or_default(),
            self.marginals,
        );
        let within = match bounded::are_steady(monomials, all) {
            true => within,
            false => Within::NONE,
        };
        Self::laid_out(
            monomials,
            [rows, all],
            structure,
            within,
            columns,
            storage,
            scratch,
        )
    }

    /// Lays out the columns of these rows, which are some of `all`, whose marginal polynomials stand at the end of
    /// `storage`.
    fn laid_out(
        monomials: Monomials,
        [rows, all]: [&Grams<'_, S>; 2],
        structure: Structure<'_>,
        within: Within,
        columns: &'a mut [Regressor],
        storage: &'a mut [S],
        scratch: &mut [S],
    ) -> Result<Self, ShapeError> {
        let Structure {
            categories,
            parents,
            pairs,
        } = structure;
        let terms = monomials.len();
        let (mut marginals, mut scratch) = (storage, scratch);
        let polynomials = cut(&mut marginals, columns.len() * terms);
        let pool = cut(&mut scratch, gram::len(terms));
        let mut layout = Layout {
            monomials,
            columns,
            polynomials,
            marginals,
            filled: 0,
        };
        let resting = resting(monomials, all);
        layout.joint(resting, categories, pairs, scratch);
        if within.joint {
            for action in (0..monomials.variables()).filter(|&action| !categories.sets(action)) {
                pool_of_set(all, resting, action, pool);
                layout.curve(action, pool, scratch);
            }
        }
        for (action, &parents) in parents.iter().enumerate() {
            // What an action does where it rests is no different from setting it there.
            if !resting.sets(action) && rows.pool(|regime| !regime.sets(action), pool) {
                let first = layout.filled;
                layout.change(action, parents, categories, pool, scratch)?;
                if within.own {
                    let others = match within.parents {
                        true => parents,
                        false => Regime::OBSERVATIONAL,
                    };
                    layout.bounded(action, others, first, pool, scratch);
                }
            }
        }
        let Layout {
            columns,
            polynomials,
            marginals,
            filled,
            ..
        } = layout;
        Ok(Self {
            monomials,
            columns: columns.get(..filled).unwrap_or_default(),
            polynomials: polynomials.get(..filled * terms).unwrap_or_default(),
            marginals,
        })
    }

    /// The one of `filled` columns that [`Design::new`] laid out in these columns and this storage.
    pub(crate) fn again(
        monomials: Monomials,
        filled: usize,
        columns: &'a [Regressor],
        storage: &'a [S],
    ) -> Self {
        let most = columns.len() * monomials.len();
        let (polynomials, marginals) = storage.split_at_checked(most).unwrap_or_default();
        Self {
            monomials,
            columns: columns.get(..filled).unwrap_or_default(),
            polynomials: polynomials
                .get(..filled * monomials.len())
                .unwrap_or_default(),
            marginals,
        }
    }

    /// The monomials.
    pub fn monomials(&self) -> Monomials {
        self.monomials
    }

    /// The columns.
    pub fn columns(&self) -> &'a [Regressor] {
        self.columns
    }

    /// Whether any is of a bounded action.
    pub(crate) fn is_bounded(&self) -> bool {
        let mut columns = self.columns.iter();
        let bounded = |column: &Regressor| column.group == Group::Bounded;
        columns.any(bounded) || self.has_curves()
    }

    /// Whether any of τ is.
    pub(crate) fn has_curves(&self) -> bool {
        let degree = self.monomials.degree();
        let curve =
            |column: &Regressor| matches!(column.group, Group::Joint(order) if order > degree);
        self.columns.iter().any(curve)
    }

    /// How many of them are of τ; they are the first.
    pub fn of_joint(&self) -> usize {
        let joint = self.columns.iter();
        joint.take_while(|column| column.action.is_none()).count()
    }

    /// Each column's polynomial: P coefficients over the monomials.
    pub fn polynomials(&self) -> impl DoubleEndedIterator<Item = &'a [S]> + Clone + use<'a, S> {
        self.polynomials.chunks_exact(self.monomials.len().max(1))
    }

    /// The cross terms of two actions in turn, each as P coefficients in `polynomial`: products of
    /// their marginal orthonormal polynomials. `factor` is scratch of P numbers.
    pub fn each_cross_term(
        &self,
        pair: Pair,
        polynomial: &mut [S],
        factor: &mut [S],
        mut visit: impl FnMut(&[S]),
    ) {
        each_cross_term(
            self.monomials,
            self.marginals,
            pair,
            polynomial,
            factor,
            &mut visit,
        );
    }

    /// The polynomial of a regime, P coefficients: `Σ sign_j mean_j c_j` of the columns.
    pub fn polynomial(&self, regime: Regime, mean: &[S], polynomial: &mut [S]) {
        polynomial.fill(S::ZERO);
        for ((column, c), &mean) in self.columns.iter().zip(self.polynomials()).zip(mean) {
            add_scaled(polynomial, column.sign::<S>(regime) * mean, c);
        }
    }

    /// The packed covariance of the coefficients of [`Design::polynomial`], from the packed
    /// covariance `columns` of the columns' coefficients. `scratch` has as many numbers as there are
    /// columns.
    pub fn covariance(
        &self,
        regime: Regime,
        columns: &[S],
        covariance: &mut [S],
        scratch: &mut [S],
    ) {
        let weight = |monomial: usize, (column, c): (&Regressor, &[S])| {
            column.sign::<S>(regime) * c.get(monomial).copied().unwrap_or_default()
        };
        let weights = |monomial: usize| {
            let columns = self.columns.iter().zip(self.polynomials());
            columns.map(move |column| weight(monomial, column))
        };
        for monomial in 0..self.monomials.len() {
            scratch.fill(S::ZERO);
            for (index, weight) in weights(monomial).enumerate() {
                if weight != S::ZERO {
                    add_scaled_column(scratch, weight, columns, index);
                }
            }
            for (other, target) in packed::row_mut(covariance, monomial).iter_mut().enumerate() {
                *target = weights(other).zip(&*scratch).map(|(x, &y)| x * y).sum();
            }
        }
    }

    /// The coefficients `[β, γ₁, …, γ_K]`, P numbers each, as [`crate::predict::predictor::collapse`] takes
    /// them.
    pub fn regime_coefficients(&self, mean: &[S], coefficients: &mut [S]) -> Result<(), FitError> {
        coefficients.fill(S::ZERO);
        let terms = self.monomials.len();
        for ((column, c), &mean) in self.columns.iter().zip(self.polynomials()).zip(mean) {
            let sign = column.sign::<S>(Regime::OBSERVATIONAL);
            if let Some(beta) = coefficients.get_mut(..terms) {
                add_scaled(beta, sign * mean, c);
            }
            let start = column.action.map(|action| (action + 1) * terms);
            let gamma = start.and_then(|start| coefficients.get_mut(start..start + terms));
            add_scaled(gamma.unwrap_or_default(), mean, c);
        }
        FitError::finite(coefficients)
    }
}

/// See [`Design::each_cross_term`], which it is before there is a design.
fn each_cross_term<S: Scalar>(
    monomials: Monomials,
    marginals: &[S],
    (first, second): Pair,
    polynomial: &mut [S],
    factor: &mut [S],
    visit: &mut impl FnMut(&[S]),
) {
    let degree = monomials.degree();
    let row = |action: usize, order: usize| marginal(marginals, degree, action, order);
    for p in 1..degree {
        // The second polynomial's buffer lends the constant that the first multiplies.
        constant(polynomial);
        compose(
            monomials,
            row(first, p),
            S::ZERO,
            &axis(first),
            polynomial,
            factor,
        );
        for q in 1..=degree - p {
            compose(
                monomials,
                row(second, q),
                S::ZERO,
                &axis(second),
                factor,
                polynomial,
            );
            visit(polynomial);
        }
    }
}

/// The actions that have a single value in all rows in which they were left alone.
fn resting<S: Scalar>(monomials: Monomials, grams: &Grams<'_, S>) -> Regime {
    let mut resting = Regime::OBSERVATIONAL;
    for action in 0..monomials.variables() {
        let linear = monomials.power(action, 1).unwrap_or_default();
        let sum = |i: usize, j: usize| -> S {
            let alone = grams.iter().filter(|(regime, _)| !regime.sets(action));
            alone.map(|(_, gram)| entry(gram, i, j)).sum()
        };
        let (n, total, square) = (sum(0, 0), sum(linear, 0), sum(linear, linear));
        if n > S::ZERO && square - total * total / n <= dependence::<S>() * square {
            resting = resting.with(action);
        }
    }
    resting
}

/// The Gram matrix of the rows that tell what setting an action does: where it was set it is independent of its causes, and
/// so it is where it rests. Of all rows where there are none.
fn pool_of_set<S: Scalar>(grams: &Grams<'_, S>, resting: Regime, action: usize, pool: &mut [S]) {
    let rests = resting.sets(action);
    let kept = |regime: Regime| regime.sets(action) || rests && regime.size() == 0;
    if !grams.pool(kept, pool) {
        grams.pool(|_| true, pool);
    }
}

fn constant<S: Scalar>(polynomial: &mut [S]) {
    polynomial.fill(S::ZERO);
    if let Some(one) = polynomial.first_mut() {
        *one = S::ONE;
    }
}

fn axis<S: Scalar>(action: usize) -> [S; MAX_ACTIONS] {
    core::array::from_fn(|k| if k == action { S::ONE } else { S::ZERO })
}

/// The coefficients of the orthonormal polynomial of degree `order` of one action.
fn marginal<S>(marginals: &[S], degree: usize, action: usize, order: usize) -> &[S] {
    let start = action * table_len(degree) + order * (degree + 1);
    marginals.get(start..start + degree + 1).unwrap_or_default()
}

/// A design being laid out.
struct Layout<'a, S> {
    monomials: Monomials,
    columns: &'a mut [Regressor],
    polynomials: &'a mut [S],
    marginals: &'a [S],
    filled: usize,
}

impl<S: Scalar> Layout<'_, S> {
    /// Keeps a column unless it is zero, as one of an action with few values can be.
    fn add(&mut self, column: Regressor, polynomial: &[S]) {
        if polynomial.iter().all(|&value| value == S::ZERO) {
            return;
        }
        let start = self.filled * self.monomials.len();
        let target = self.polynomials.get_mut(start..start + polynomial.len());
        if let (Some(place), Some(target)) = (self.columns.get_mut(self.filled), target) {
            *place = column;
            copy(target, polynomial);
            self.filled += 1;
        }
    }

    /// The columns of τ.
    fn joint(&mut self, resting: Regime, categories: Regime, pairs: &[Pair], scratch: &mut [S]) {
        let (monomials, terms) = (self.monomials, self.monomials.len());
        let mut scratch = scratch;
        let one = cut(&mut scratch, terms);
        let polynomial = cut(&mut scratch, terms);
        let factor = cut(&mut scratch, terms);
        constant(one);
        self.add(Regressor::default(), one);
        for action in 0..monomials.variables() {
            let square = marginal(self.marginals, monomials.degree(), action, 2);
            let curved = monomials.degree() > 1 && square.iter().any(|&value| value != S::ZERO);
            for order in 1..=monomials.degree() {
                let row = marginal(self.marginals, monomials.degree(), action, order);
                compose(monomials, row, S::ZERO, &axis(action), one, polynomial);
                let group = match (resting.sets(action), categories.sets(action)) {
                    (true, true) => Group::Flat,
                    (true, false) if !curved => Group::Flat,
                    (false, true) => Group::Levels(action),
                    _ => Group::Joint(order),
                };
                self.add(
                    Regressor {
                        action: None,
                        group,
                    },
                    polynomial,
                );
            }
        }
        for (index, &pair) in pairs.iter().enumerate() {
            let group = Group::Pair(index);
            each_cross_term(
                monomials,
                self.marginals,
                pair,
                polynomial,
                factor,
                &mut |term| {
                    self.add(
                        Regressor {
                            action: None,
                            group,
                        },
                        term,
                    );
                },
            );
        }
    }

    /// The columns of γ of one action; `pool` is the Gram matrix of the rows in which it was not
    /// set. They are products of orthonormal polynomials of its parents, and of what is left of the
    /// action when a linear prediction from them is taken away.
    fn change(
        &mut self,
        action: usize,
        parents: Regime,
        categories: Regime,
        pool: &[S],
        scratch: &mut [S],
    ) -> Result<(), ShapeError> {
        let monomials = self.monomials;
        let (terms, degree) = (monomials.len(), monomials.degree());
        let mut scratch = scratch;
        let products = cut(&mut scratch, table_len(degree));
        let own = cut(&mut scratch, table_len(degree));
        let (constant, slopes) = innovation(monomials, action, parents, pool);
        {
            let mut scratch = &mut *scratch;
            let powers = cut(&mut scratch, (degree + 1) * terms);
            let one = cut(&mut scratch, terms);
            let image = cut(&mut scratch, terms);
            self::constant(one);
            for (order, power) in powers.chunks_exact_mut(terms.max(1)).enumerate() {
                let mut monomial = [S::ZERO; MAX_DEGREE + 1];
                if let Some(last) = monomial.get_mut(order) {
                    *last = S::ONE;
                }
                let row = monomial.get(..=order).unwrap_or_default();
                compose(monomials, row, constant, &slopes, one, power);
            }
            let features = pool.get(..packed::len(terms)).unwrap_or_default();
            let rows = products.chunks_exact_mut((degree + 1).max(1));
            for (row, power) in rows.zip(powers.chunks_exact(terms.max(1))) {
                packed::multiply(features, power, image);
                for (target, other) in row.iter_mut().zip(powers.chunks_exact(terms.max(1))) {
                    *target = dot(image, other);
                }
            }
        }
        let product = |i: usize, j: usize| {
            let index = i * (degree + 1) + j;
            products.get(index).copied().unwrap_or_default()
        };
        orthonormalise(degree, entry(pool, 0, 0), product, own)?;
        let factor = cut(&mut scratch, terms);
        let polynomial = cut(&mut scratch, terms);
        let next = cut(&mut scratch, terms);
        // One product of the parents' polynomials for every monomial in as many variables.
        let Ok(orders) = Monomials::new(parents.size().max(1), degree) else {
            return Ok(());
        };
        let of_parents = if parents.size() == 0 { 1 } else { orders.len() };
        for index in 0..of_parents {
            self::constant(factor);
            for (position, parent) in parents.actions().enumerate() {
                let order = orders.factors(index).filter(|&f| f == position).count();
                let row = marginal(self.marginals, degree, parent, order);
                compose(monomials, row, S::ZERO, &axis(parent), factor, next);
                copy(factor, next);
            }
            let theirs = orders.degree_of(index);
            for (order, row) in own
                .chunks_exact((degree + 1).max(1))
                .enumerate()
                .take(degree + 1 - theirs)
            {
                compose(monomials, row, constant, &slopes, factor, polynomial);
                let group = match theirs {
                    // One variance, whatever the numbers of the levels.
                    0 if categories.sets(action) => Group::Own(order.min(1)),
                    0 => Group::Own(order),
                    theirs => Group::Family(theirs + order),
                };
                let action = Some(action);
                self.add(Regressor { action, group }, polynomial);
            }
        }
        Ok(())
    }
}

/// An action less its linear prediction from its parents, divided by its standard deviation: the
/// constant and the slopes of that form. An action that its parents determine is only centred and
/// scaled.
fn innovation<S: Scalar>(
    monomials: Monomials,
    action: usize,
    parents: Regime,
    pool: &[S],
) -> (S, [S; MAX_ACTIONS]) {
    const SIZE: usize = MAX_PARENTS + 1;
    let own = monomials.power(action, 1).unwrap_or_default();
    let linear = |parent| monomials.power(parent, 1).unwrap_or_default();
    let columns = core::iter::once(0).chain(parents.actions().map(linear));
    let columns: heapless::Vec<usize, SIZE> = list(columns);
    let mut scratch = [S::ZERO; packed::len(SIZE + 1)];
    let each = columns.iter().copied();
    let (square, _) = regress(pool, each, &[(own, S::ONE)], &mut scratch);
    if parents.size() > 0 && square <= dependence::<S>() * entry(pool, own, own) {
        // Nothing is left but rounding.
        return innovation(monomials, action, Regime::OBSERVATIONAL, pool);
    }
    let factor = cut(&mut &mut scratch[..], packed::len(columns.len()));
    for (i, &column) in columns.iter().enumerate() {
        for (target, &across) in packed::row_mut(factor, i).iter_mut().zip(&columns) {
            *target = entry(pool, column, across);
        }
        if let Some(diagonal) = packed::row_mut(factor, i).last_mut() {
            *diagonal += dependence::<S>() * *diagonal;
        }
    }
    let weights = columns.iter().map(|&column| entry(pool, own, column));
    let mut weights: heapless::Vec<S, SIZE> = list(weights);
    // Collinear parents leave the action as it is.
    match cholesky::factor(factor) {
        Ok(()) => cholesky::solve(factor, &mut weights),
        Err(_) => weights.fill(S::ZERO),
    }
    let variance = square / entry(pool, 0, 0);
    let scale = S::ONE / variance.max(dependence()).sqrt();
    let mut slopes = axis(action);
    for (parent, &weight) in parents.actions().zip(weights.iter().skip(1)) {
        if let Some(slope) = slopes.get_mut(parent) {
            *slope = -weight;
        }
    }
    let constant = weights.first().copied().unwrap_or_default();
    (-constant * scale, slopes.map(|slope| slope * scale))
}
