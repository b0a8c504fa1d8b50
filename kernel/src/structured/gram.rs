//! Gram matrices of (1, features, outcome) by regime, and tests of regressions within them.

use crate::algebra::cholesky::semidefinite;
use crate::algebra::packed;
use crate::algebra::vector::{add_scaled, dot};
use crate::error::{FitError, ShapeError};
use crate::features::monomials::Monomials;
use crate::features::orthogonal::dependence;
use crate::moments::Moments;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::tails::f_survival;

/// Numbers in one Gram matrix of `terms` = P monomials and an outcome, packed, and of its rows.
pub const fn len(terms: usize) -> usize {
    packed::len(terms + 1) + 1
}

/// The Gram matrix of every regime, of P + 1 columns each: the monomials, the constant first, and
/// the outcome less [`Grams::center`]; behind it, the number of rows, of which entry (0, 0) is the weight.
#[derive(Clone, Copy, Debug)]
pub struct Grams<'a, S> {
    terms: usize,
    center: S,
    regimes: &'a [Regime],
    products: &'a [S],
}

impl<'a, S: Scalar> Grams<'a, S> {
    /// Of moments of one regime each; `products` has [`len`] numbers a regime.
    pub fn new<B: AsRef<[S]>>(
        terms: usize,
        regimes: &'a [Regime],
        data: &[Moments<S, B>],
        products: &'a mut [S],
    ) -> Result<Self, FitError> {
        ShapeError::exact("regimes", data.len(), regimes.len())?;
        ShapeError::exact("Gram matrices", data.len() * len(terms), products.len())?;
        let (mut weight, mut center) = (S::ZERO, S::ZERO);
        for moments in data {
            ShapeError::exact("columns", terms, moments.columns())?;
            if moments.count() == 0 {
                return Err(FitError::TooFewRows {
                    needed: 1,
                    found: 0,
                });
            }
            FitError::finite(moments.buffer())?;
            let added = moments.weight();
            weight += added;
            center += (moments.outcome_mean() - center) * added / weight;
        }
        for (moments, gram) in data
            .iter()
            .zip(products.chunks_exact_mut(len(terms).max(1)))
        {
            let n = moments.weight();
            let mean = |column: usize| match column.checked_sub(1) {
                None => S::ONE,
                Some(last) if column == terms => {
                    moments.means().get(last).copied().unwrap_or_default() - center
                }
                Some(feature) => moments.means().get(feature).copied().unwrap_or_default(),
            };
            for i in 0..=terms {
                let centred = i.checked_sub(1).map(|i| moments.comoments().row(i));
                for (j, target) in packed::row_mut(gram, i).iter_mut().enumerate() {
                    let centred = j.checked_sub(1).and_then(|j| centred?.get(j)).copied();
                    *target = centred.unwrap_or_default() + n * mean(i) * mean(j);
                }
            }
            if let Some(rows) = gram.last_mut() {
                *rows = S::from_count(moments.count());
            }
        }
        FitError::finite(products)?;
        Ok(Self {
            terms,
            center,
            regimes,
            products,
        })
    }

    /// Those that [`Grams::new`] wrote to `products`.
    pub(crate) fn again(terms: usize, center: S, regimes: &'a [Regime], products: &'a [S]) -> Self {
        Self {
            terms,
            center,
            regimes,
            products,
        }
    }

    /// Number of monomials, P.
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// The mean outcome of all rows, which was subtracted.
    pub fn center(&self) -> S {
        self.center
    }

    /// The regimes.
    pub fn regimes(&self) -> &'a [Regime] {
        self.regimes
    }

    /// Each regime with its packed Gram matrix.
    pub fn iter(&self) -> impl Iterator<Item = (Regime, &'a [S])> + use<'a, S> {
        let grams = self.products.chunks_exact(len(self.terms).max(1));
        self.regimes.iter().copied().zip(grams)
    }

    /// The sum of the matrices of the regimes that are kept, into `pool`; whether there were any.
    pub fn pool(&self, keep: impl Fn(Regime) -> bool, pool: &mut [S]) -> bool {
        pool.fill(S::ZERO);
        let mut any = false;
        for (_, gram) in self.iter().filter(|&(regime, _)| keep(regime)) {
            add_scaled(pool, S::ONE, gram);
            any = true;
        }
        any
    }
}

/// The number of rows of a Gram matrix.
pub fn rows<S: Scalar>(gram: &[S]) -> S {
    gram.last().copied().unwrap_or_default()
}

/// Entry `(i, j)` of a packed symmetric matrix.
#[inline]
pub fn entry<S: Scalar>(gram: &[S], i: usize, j: usize) -> S {
    let (high, low) = if i > j { (i, j) } else { (j, i) };
    packed::row(gram, high)
        .get(low)
        .copied()
        .unwrap_or_default()
}

/// By what an action's kurtosis exceeds that of a normal one in the rows of the regimes that are kept; at least 1.
pub(crate) fn tails<S: Scalar>(
    grams: &Grams<'_, S>,
    monomials: Monomials,
    action: usize,
    keep: impl Fn(Regime) -> bool,
) -> S {
    let (Some(linear), Some(square)) = (monomials.power(action, 1), monomials.power(action, 2))
    else {
        return S::ONE;
    };
    let [n, first, second, third, fourth] = [
        (0, 0),
        (linear, 0),
        (linear, linear),
        (linear, square),
        (square, square),
    ]
    .map(|(i, j)| {
        let kept = grams.iter().filter(|&(regime, _)| keep(regime));
        kept.map(|(_, gram)| entry(gram, i, j)).sum::<S>()
    });
    let [mean, second, third, fourth] = [first, second, third, fourth].map(|sum| sum / n);
    let count = |n: u64| S::from_count(n);
    let variance = second - mean * mean;
    let fourth = fourth - count(4) * mean * third + count(6) * mean * mean * second
        - count(3) * mean * mean * mean * mean;
    let tails = fourth / (count(3) * variance * variance);
    if tails > S::ONE { tails } else { S::ONE }
}

/// Residual sum of squares, and rank, of regressing a combination of columns, given as pairs of
/// column and weight, on others. Columns that depend on the ones before them are passed over.
/// `scratch` has `packed::len(columns + 1)` numbers.
pub fn regress<S: Scalar>(
    gram: &[S],
    columns: impl Iterator<Item = usize> + Clone,
    target: &[(usize, S)],
    scratch: &mut [S],
) -> (S, usize) {
    let mut rank = 0;
    let mut last = 0;
    for (i, column) in columns.clone().enumerate() {
        let row = packed::row_mut(scratch, i);
        for (entry, across) in row.iter_mut().zip(columns.clone()) {
            *entry = self::entry(gram, column, across);
        }
        rank += usize::from(semidefinite::append(scratch, i, dependence()));
        last = i + 1;
    }
    let Some((above, rest)) = scratch.split_at_mut_checked(packed::len(last)) else {
        return (S::ZERO, 0);
    };
    let row = rest.get_mut(..last).unwrap_or_default();
    for (value, column) in row.iter_mut().zip(columns) {
        *value = target
            .iter()
            .map(|&(i, weight)| weight * entry(gram, column, i))
            .sum();
    }
    semidefinite::forward(above, row);
    let total: S = target
        .iter()
        .flat_map(|&(i, x)| target.iter().map(move |&(j, y)| x * y * entry(gram, i, j)))
        .sum();
    ((total - dot(row, row)).max(S::ZERO), rank)
}

/// p-value of the F test that the columns of `large` explain no more of the target than those of
/// `small`, which are among them. 1 where there is nothing to test with or nothing left to explain,
/// 0 where they explain all of it.
pub fn nested_test<S: Scalar>(
    gram: &[S],
    small: impl Iterator<Item = usize> + Clone,
    large: impl Iterator<Item = usize> + Clone,
    target: &[(usize, S)],
    scratch: &mut [S],
) -> S {
    let (less, few) = regress(gram, small, target, scratch);
    let (more, many) = regress(gram, large, target, scratch);
    let n = rows(gram);
    let count = |rank: usize| S::from_count(rank as u64);
    let (total, _) = regress(gram, core::iter::empty(), target, scratch);
    if many <= few || n <= count(many) || less <= dependence::<S>() * total {
        return S::ONE;
    }
    if more <= S::ZERO {
        return S::ZERO;
    }
    let (above, below) = (count(many - few), n - count(many));
    f_survival((less - more) / above / (more / below), above, below)
}
