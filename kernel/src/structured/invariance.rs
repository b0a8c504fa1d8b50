//! What separate hidden causes, clean settings and equal conditions imply of the actions themselves, tested.
//!
//! By the assumptions, `E[A_k | actions that A_k does not move]` is a function of the parents of `A_k`, the same
//! in every regime that leaves action k alone: only its own equation makes `A_k`, whatever is done to others
//! (Pearl 2009, *Causality*, section 1.3; Peters, Bühlmann and Meinshausen 2016, JRSS B 78, 947–1012, who call it
//! invariance). So a regression m of `A_k` that is learned where an action j was set must hold where j was left
//! alone too:
//!
//! * `E[A_k − m] = 0` there: else setting j did more than to set j, or the rows were taken under other
//!   conditions ([`Implication::SameConditions`]);
//! * `E[(A_k − m) z_j] = 0` there, `z_j` what of `A_j` others do not tell: else the two are associated by more than
//!   one's moving the other. A hidden cause of both does that ([`Implication::SeparateCauses`]), for where j was
//!   set it has no hand in `A_j`.
//!
//! m has squares and products of the parents where the moments are of degree 3, so that `(A_k − m) z_j` is
//! a polynomial of which the moments have the mean and the variance. Its variance is therefore that of the rows,
//! whether the residuals spread alike or not (White 1980, *Econometrica* 48, 817–838).

use crate::algebra::cholesky::{self, semidefinite};
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector::{add_scaled, dot};
use crate::error::ShapeError;
use crate::features::monomials::Monomials;
use crate::features::orthogonal::{dependence, multiply_linear};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use crate::structured::gram::{self, Grams, entry, rows};
use crate::structured::influence::MAX_PARENTS;
use crate::structured::tails::f_survival;

/// Columns of a regression at the most: the constant, the actions, and squares and products of the parents.
const MOST_COLUMNS: usize = 1 + MAX_ACTIONS + MAX_PARENTS * (MAX_PARENTS + 1) / 2;

/// Monomials that a regression has as its columns.
type Columns = heapless::Vec<usize, MOST_COLUMNS>;

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Implication {
    /// No hidden cause moves both actions.
    SeparateCauses,
    /// Setting the one action did nothing to the other but through the influences that were learned.
    SameConditions,
}

/// A departure from what is implied, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departure<S> {
    /// The estimate, 0 by the assumptions: a correlation of two actions that none of them makes by moving the other,
    /// or a difference of means in standard deviations of what is left of the action.
    pub estimate: S,
    /// Its standard error.
    pub standard_error: S,
    /// Rows that the smaller side has to spare.
    pub degrees_of_freedom: S,
}

impl<S: Scalar> Departure<S> {
    /// The probability of an estimate as far from 0, or farther, if the implication holds.
    pub fn p_value(&self) -> S {
        let ratio = self.estimate / self.standard_error;
        f_survival(ratio * ratio, S::ONE, self.degrees_of_freedom)
    }
}

/// The actions that each moves, directly or through others; of `parents`, the direct causes of each.
pub fn descendants(parents: &[Regime]) -> heapless::Vec<Regime, MAX_ACTIONS> {
    let children = |cause: usize| {
        let each = parents.iter().enumerate();
        each.filter(move |(_, causes)| causes.sets(cause))
            .map(|(action, _)| action)
    };
    let mut all = heapless::Vec::new();
    for action in 0..parents.len() {
        let mut reached = Regime::OBSERVATIONAL;
        // As many rounds as a path can have steps.
        for _ in 0..parents.len() {
            let from = reached.actions().chain([action]);
            reached = from.flat_map(children).fold(reached, Regime::with);
        }
        if all.push(reached).is_err() {
            break;
        }
    }
    all
}

/// Tests of one influence graph.
#[derive(Clone, Copy, Debug)]
pub struct Invariance<'a, 'b, S> {
    /// The data.
    pub grams: &'a Grams<'b, S>,
    /// Their monomials.
    pub monomials: Monomials,
    /// The direct causes of every action.
    pub parents: &'a [Regime],
    /// What every action moves, of [`descendants`].
    pub descendants: &'a [Regime],
}

/// Scratch of [`Invariance::test`].
pub const fn scratch_len(monomials: Monomials) -> usize {
    2 * gram::len(monomials.len())
        + packed::len(MOST_COLUMNS)
        + 2 * MOST_COLUMNS
        + 4 * monomials.len()
        + monomials.variables()
}

/// What a test works with.
struct Room<'a, S> {
    learned: &'a mut [S],
    judged: &'a mut [S],
    factor: &'a mut [S],
    solution: &'a mut [S],
    right: &'a mut [S],
    residual: &'a mut [S],
    instrument: &'a mut [S],
    product: &'a mut [S],
    weight: &'a mut [S],
    slopes: &'a mut [S],
}

impl<S: Scalar> Invariance<'_, '_, S> {
    /// The departure of action `alone` where `set` was set and where both were left alone; `None` where the data
    /// cannot test it: one side has too few rows, an action never varies, `alone` moves `set` where causes are tested, or the degree is below 2.
    pub fn test(
        &self,
        implication: Implication,
        set: usize,
        alone: usize,
        scratch: &mut [S],
    ) -> Result<Option<Departure<S>>, ShapeError> {
        let monomials = self.monomials;
        ShapeError::exact("scratch", scratch_len(monomials), scratch.len())?;
        ShapeError::exact("parents", monomials.variables(), self.parents.len())?;
        ShapeError::exact("descendants", monomials.variables(), self.descendants.len())?;
        let mut rest = scratch;
        let terms = monomials.len();
        let mut room = Room {
            learned: cut(&mut rest, gram::len(terms)),
            judged: cut(&mut rest, gram::len(terms)),
            factor: cut(&mut rest, packed::len(MOST_COLUMNS)),
            solution: cut(&mut rest, MOST_COLUMNS),
            right: cut(&mut rest, MOST_COLUMNS),
            residual: cut(&mut rest, terms),
            instrument: cut(&mut rest, terms),
            product: cut(&mut rest, terms),
            weight: cut(&mut rest, terms),
            slopes: cut(&mut rest, monomials.variables()),
        };
        Ok(self.departure(implication, set, alone, &mut room))
    }

    /// What of an action that is left alone its parents do not tell, linearly: a polynomial of mean 0 and variance 1 over
    /// the rows that leave it alone. Whether there is any.
    pub fn innovation(
        &self,
        action: usize,
        polynomial: &mut [S],
        scratch: &mut [S],
    ) -> Result<bool, ShapeError> {
        let terms = self.monomials.len();
        ShapeError::exact("polynomial", terms, polynomial.len())?;
        ShapeError::exact("scratch", scratch_len(self.monomials), scratch.len())?;
        let mut rest = scratch;
        let pool = cut(&mut rest, gram::len(terms));
        let factor = cut(&mut rest, packed::len(MOST_COLUMNS));
        let solution = cut(&mut rest, MOST_COLUMNS);
        let any = self.grams.pool(|regime| !regime.sets(action), pool);
        let parents = self.parents.get(action).copied().unwrap_or_default();
        let powers = parents
            .actions()
            .filter_map(|parent| self.monomials.power(parent, 1));
        let columns = core::iter::once(0).chain(powers).collect();
        let own = self.monomials.power(action, 1).filter(|_| any);
        let regression =
            own.and_then(|own| regress(pool, columns, own, factor, solution).zip(Some(own)));
        let Some((regression, own)) = regression else {
            return Ok(false);
        };
        regression.subtract(own, solution, polynomial);
        let spread = mean(pool, polynomial, polynomial).sqrt();
        polynomial.iter_mut().for_each(|value| *value /= spread);
        Ok(spread > S::ZERO)
    }

    /// Whether `action` moves `other`.
    fn moves(&self, action: usize, other: usize) -> bool {
        let descendants = self.descendants.get(action);
        descendants.is_some_and(|descendants| descendants.sets(other))
    }

    fn departure(
        &self,
        implication: Implication,
        set: usize,
        alone: usize,
        room: &mut Room<'_, S>,
    ) -> Option<Departure<S>> {
        let causes = implication == Implication::SeparateCauses;
        if set == alone || self.monomials.degree() < 2 || causes && self.moves(alone, set) {
            return None;
        }
        let neither = |regime: Regime| !regime.sets(set) && !regime.sets(alone);
        let learns = |regime: Regime| regime.sets(set) && !regime.sets(alone);
        if !(self.grams.pool(learns, room.learned) && self.grams.pool(neither, room.judged)) {
            return None;
        }
        let target = self.monomials.power(alone, 1)?;

        // What is tested there: the constant, or what of the other action the rest do not tell.
        room.instrument.fill(S::ZERO);
        if causes {
            let others = self.linear(alone, |other| other != set);
            let own = self.monomials.power(set, 1)?;
            regress(room.judged, others, own, room.factor, room.solution)?.subtract(
                own,
                room.solution,
                room.instrument,
            );
        } else {
            *room.instrument.first_mut()? = S::ONE;
        }

        let columns = self.columns(alone);
        let regression = regress(room.learned, columns, target, room.factor, room.solution)?;
        regression.subtract(target, room.solution, room.residual);
        let rank = S::from_count(regression.columns.len() as u64);
        let (few, many) = (rows(room.learned), rows(room.judged));
        let spare = few - rank;
        if !(spare >= S::ONE && many > rank) {
            return None;
        }
        let spread = (mean(room.judged, room.residual, room.residual)
            * mean(room.judged, room.instrument, room.instrument))
        .sqrt();

        // The mean product, and its variance over the rows that judge.
        self.multiply(room.residual, room.instrument, room.slopes, room.product);
        let mut estimate = mean_of(room.judged, room.product);
        let square = mean(room.judged, room.product, room.product);
        let mut variance = (square - estimate * estimate) / many;

        // How the mean depends on the regression's coefficients: the polynomial `weight` of the rows it was
        // learned from, by whose products with the residuals it errs.
        for (slot, &column) in room.right.iter_mut().zip(&regression.columns) {
            *slot = along(room.judged, room.instrument, column) / entry(room.judged, 0, 0);
        }
        let size = regression.columns.len();
        let solved = room.right.get_mut(..size)?;
        cholesky::solve(room.factor.get(..packed::len(size))?, solved);
        let total = entry(room.learned, 0, 0);
        room.weight.fill(S::ZERO);
        for (&value, &column) in solved.iter().zip(&regression.columns) {
            *room.weight.get_mut(column)? = value * total;
        }
        let noise = mean(room.learned, room.residual, room.residual);
        let squares = mean(room.learned, room.weight, room.weight);
        // Moments have the products with the linear part alone: the rest is taken to vary as much more than
        // alike residuals would let it.
        let linear = self.linear(alone, |_| true);
        let unevenness = self.unevenness(linear, noise, room)?;
        variance += noise * squares * unevenness / spare;

        if causes && !self.moves(set, alone) {
            let (bias, own) = self.reverse(set, alone, room)?;
            estimate -= bias;
            variance += own;
        }
        let departure = Departure {
            estimate: estimate / spread,
            standard_error: variance.sqrt() / spread,
            degrees_of_freedom: if spare < many - S::ONE {
                spare
            } else {
                many - S::ONE
            },
        };
        let sure = departure.standard_error > S::ZERO && departure.standard_error.is_finite();
        (sure && departure.estimate.is_finite()).then_some(departure)
    }

    /// The constant, and the actions that `alone` does not move, as far as they are wanted.
    fn linear(&self, alone: usize, wanted: impl Fn(usize) -> bool) -> Columns {
        let others = (0..self.monomials.variables())
            .filter(|&other| other != alone && !self.moves(alone, other) && wanted(other));
        let powers = others.filter_map(|other| self.monomials.power(other, 1));
        core::iter::once(0).chain(powers).collect()
    }

    /// The columns of the regression of `alone`.
    fn columns(&self, alone: usize) -> Columns {
        let mut columns = self.linear(alone, |_| true);
        let parents = self.parents.get(alone).copied().unwrap_or_default();
        let own = parents.without(alone).actions();
        let own = own.filter(|&other| !self.moves(alone, other));
        if self.monomials.degree() > 2 {
            for first in own.clone() {
                for second in own.clone().filter(|&second| second >= first) {
                    let column = self.monomials.index_of([first, second]);
                    // A full list leaves out what is behind it.
                    column.map(|column| columns.push(column));
                }
            }
        }
        columns
    }

    /// `product = polynomial · linear`; terms beyond the degree are dropped.
    fn multiply(&self, polynomial: &[S], linear: &[S], slopes: &mut [S], product: &mut [S]) {
        for (action, slope) in slopes.iter_mut().enumerate() {
            let column = self.monomials.power(action, 1);
            let value = column.and_then(|column| linear.get(column));
            *slope = value.copied().unwrap_or_default();
        }
        copy(product, polynomial);
        let constant = linear.first().copied().unwrap_or_default();
        multiply_linear(self.monomials, constant, slopes, product);
    }

    /// How many times the variance of residuals that spread alike that of their products with the linear part of
    /// `room.weight` is; at least 1.
    fn unevenness(&self, linear: Columns, noise: S, room: &mut Room<'_, S>) -> Option<S> {
        // The part of `weight` that is linear, by its regression on these columns.
        let fitted = project(room.learned, linear, room.weight, room.factor, room.right)?;
        room.instrument.fill(S::ZERO);
        for (&value, &column) in room.right.iter().zip(&fitted) {
            *room.instrument.get_mut(column)? = value;
        }
        self.multiply(room.residual, room.instrument, room.slopes, room.product);
        let squares = noise * mean(room.learned, room.instrument, room.instrument);
        let found = mean(room.learned, room.product, room.product);
        Some(match squares > S::ZERO {
            true => S::ONE.max(found / squares),
            false => S::ONE,
        })
    }

    /// What a weak influence of `alone` on `set` that was not noticed adds to the mean product, to first order, and
    /// the variance of that: the slope of `set` where `alone` was set, times the variance of what is left of
    /// `alone`. No rows, none.
    fn reverse(&self, set: usize, alone: usize, room: &mut Room<'_, S>) -> Option<(S, S)> {
        let scale = mean(room.judged, room.residual, room.residual);
        let turned = |regime: Regime| regime.sets(alone) && !regime.sets(set);
        if !self.grams.pool(turned, room.learned) {
            return Some((S::ZERO, S::ZERO));
        }
        let cause = self.monomials.power(alone, 1)?;
        let target = self.monomials.power(set, 1)?;
        let constant: Columns = core::iter::once(0).collect();
        regress(
            room.learned,
            constant.clone(),
            cause,
            room.factor,
            room.right,
        )?
        .subtract(cause, room.right, room.instrument);
        let square = mean(room.learned, room.instrument, room.instrument);
        if square <= S::ZERO {
            return Some((S::ZERO, S::ZERO));
        }
        let slope =
            along(room.learned, room.instrument, target) / (entry(room.learned, 0, 0) * square);
        regress(room.learned, constant, target, room.factor, room.right)?.subtract(
            target,
            room.right,
            room.weight,
        );
        add_scaled(room.weight, -slope, room.instrument);
        self.multiply(room.weight, room.instrument, room.slopes, room.product);
        let found = mean(room.learned, room.product, room.product);
        let variance = found / (square * square * rows(room.learned));
        Some((slope * scale, scale * scale * variance))
    }
}

/// A regression whose coefficients are elsewhere.
struct Regression {
    columns: Columns,
}

impl Regression {
    /// `residual`, the polynomial that is the target less what the regression says.
    fn subtract<S: Scalar>(&self, target: usize, solution: &[S], residual: &mut [S]) {
        residual.fill(S::ZERO);
        for (&value, &column) in solution.iter().zip(&self.columns) {
            if let Some(slot) = residual.get_mut(column) {
                *slot -= value;
            }
        }
        if let Some(slot) = residual.get_mut(target) {
            *slot += S::ONE;
        }
    }
}

/// Least squares of a monomial on others, of which those are left out that depend on the ones before them: the
/// factor of their products, and the coefficients. `None` where the target depends on them, too.
fn regress<S: Scalar>(
    gram: &[S],
    columns: Columns,
    target: usize,
    factor: &mut [S],
    solution: &mut [S],
) -> Option<Regression> {
    let columns = independent(gram, columns, factor);
    for (slot, &column) in solution.iter_mut().zip(&columns) {
        *slot = entry(gram, column, target);
    }
    let solution = solution.get_mut(..columns.len())?;
    let factor = factor.get(..packed::len(columns.len()))?;
    cholesky::forward(factor, solution);
    let total = entry(gram, target, target);
    let varies = total - dot(solution, solution) > dependence::<S>() * total;
    cholesky::backward(factor, solution);
    varies.then_some(Regression { columns })
}

/// Least squares of a polynomial on monomials: those that are independent, and in `solution` their coefficients.
fn project<S: Scalar>(
    gram: &[S],
    columns: Columns,
    polynomial: &[S],
    factor: &mut [S],
    solution: &mut [S],
) -> Option<Columns> {
    let columns = independent(gram, columns, factor);
    for (slot, &column) in solution.iter_mut().zip(&columns) {
        *slot = along(gram, polynomial, column);
    }
    let solution = solution.get_mut(..columns.len())?;
    cholesky::solve(factor.get(..packed::len(columns.len()))?, solution);
    Some(columns)
}

/// The columns that do not depend on those before them, and the factor of their products.
fn independent<S: Scalar>(gram: &[S], columns: Columns, factor: &mut [S]) -> Columns {
    let mut kept = Columns::new();
    for column in columns {
        let row = packed::row_mut(factor, kept.len()).iter_mut();
        for (slot, &across) in row.zip(kept.iter().chain([&column])) {
            *slot = entry(gram, column, across);
        }
        if semidefinite::append(factor, kept.len(), dependence()) {
            // As many as there were.
            kept.push(column).ok();
        }
    }
    kept
}

/// The sum over the rows of a polynomial times a monomial.
fn along<S: Scalar>(gram: &[S], polynomial: &[S], monomial: usize) -> S {
    let each = polynomial.iter().enumerate();
    each.map(|(i, &value)| value * entry(gram, i, monomial))
        .sum()
}

/// The mean over the rows of a polynomial.
fn mean_of<S: Scalar>(gram: &[S], polynomial: &[S]) -> S {
    along(gram, polynomial, 0) / entry(gram, 0, 0)
}

/// The mean over the rows of the product of two polynomials.
fn mean<S: Scalar>(gram: &[S], first: &[S], second: &[S]) -> S {
    let sum: S = (first.iter().enumerate())
        .filter(|(_, value)| **value != S::ZERO)
        .map(|(i, &value)| value * along(gram, second, i))
        .sum();
    sum / entry(gram, 0, 0)
}
