//! Which actions move which others, read off the regimes in which they were set.

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::error::ShapeError;
use crate::features::monomials::{MAX_DEGREE, Monomials};
use crate::features::orthogonal::{orthonormalise, table_len};
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::gram::{self, Grams, entry, nested_test};

/// The most direct influences an action keeps: the strongest. It bounds the size of a fit.
pub const MAX_PARENTS: usize = 4;

/// The most direct influences on one of so many actions.
pub(crate) const fn most_parents(actions: usize) -> usize {
    let others = actions.saturating_sub(1);
    if others < MAX_PARENTS {
        others
    } else {
        MAX_PARENTS
    }
}

/// One in so many tests finds an influence that is not there; they are not corrected for their
/// number.
const EDGE_ODDS: u64 = 1000;

/// What of an action an influence may move: its mean and its spread.
const TARGETS: usize = 2;

/// Scratch of [`learn`].
pub const fn scratch_len(monomials: Monomials) -> usize {
    gram::len(monomials.len()) + packed::len(monomials.len() + 1) + table_len(monomials.degree())
}

/// Learns the influence graph.
///
/// `p_values` gets K² numbers, row i column k: the p-value of "setting action i moves the mean or
/// the spread of action k", from the regimes that set i and not k (1 where there are none).
/// `parents` gets, for each action, the set of those that influence it directly: what is left when
/// influences that others explain are taken away one by one, in the rows in which the action was
/// not set itself.
pub fn learn<S: Scalar>(
    monomials: Monomials,
    grams: &Grams<'_, S>,
    p_values: &mut [S],
    parents: &mut [Regime],
    scratch: &mut [S],
) -> Result<(), ShapeError> {
    let actions = monomials.variables();
    ShapeError::exact("p-values", actions * actions, p_values.len())?;
    ShapeError::exact("parents", actions, parents.len())?;
    ShapeError::exact("scratch", scratch_len(monomials), scratch.len())?;
    let mut scratch = scratch;
    let pool = cut(&mut scratch, gram::len(monomials.len()));
    let table = cut(&mut scratch, table_len(monomials.degree()));
    let level = S::ONE / S::from_count(EDGE_ODDS);
    p_values.fill(S::ONE);
    for (action, parents) in parents.iter_mut().enumerate() {
        grams.pool(|_| true, pool);
        let targets = targets(monomials, action, pool, table)?;
        let p_of = |row: usize| row * actions + action;
        let mut candidates = Regime::OBSERVATIONAL;
        for cause in (0..actions).filter(|&cause| cause != action) {
            let powers = (0..=monomials.degree()).filter_map(|p| monomials.power(cause, p));
            let mut least = S::ONE;
            let regimes = grams.iter();
            for (_, gram) in regimes.filter(|(r, _)| r.sets(cause) && !r.sets(action)) {
                let p = most_telling(&targets, |target| {
                    let constant = core::iter::once(0);
                    nested_test(gram, constant, powers.clone(), target, scratch)
                });
                least = if p < least { p } else { least };
            }
            if let Some(p) = p_values.get_mut(p_of(cause)) {
                *p = least;
            }
            if least < level {
                candidates = candidates.with(cause);
            }
        }
        grams.pool(|regime| !regime.sets(action), pool);
        while candidates.size() > 1 {
            let all = within(monomials, candidates);
            let mut worst = None;
            for cause in candidates.actions() {
                let others = within(monomials, candidates.without(cause));
                let p = most_telling(&targets, |target| {
                    nested_test(pool, others.clone(), all.clone(), target, scratch)
                });
                let total = p_values.get(p_of(cause)).copied().unwrap_or(S::ONE);
                if worst.is_none_or(|(_, least)| (p, total) > least) {
                    worst = Some((cause, (p, total)));
                }
            }
            match worst {
                Some((_, (p, _))) if p < level && candidates.size() <= MAX_PARENTS => break,
                Some((cause, _)) => candidates = candidates.without(cause),
                None => break,
            }
        }
        *parents = candidates;
    }
    Ok(())
}

/// A polynomial of one action: up to three columns of a Gram matrix and their weights.
type Target<S> = [(usize, S); TARGETS + 1];

/// The action and its spread: its orthonormal polynomials of degree 1 and 2 over all rows.
fn targets<S: Scalar>(
    monomials: Monomials,
    action: usize,
    pool: &[S],
    table: &mut [S],
) -> Result<[Option<Target<S>>; TARGETS], ShapeError> {
    let degree = monomials.degree();
    let mut powers = [0; MAX_DEGREE + 1];
    for (exponent, power) in powers.iter_mut().enumerate().take(degree + 1) {
        *power = monomials.power(action, exponent).unwrap_or_default();
    }
    let power = |exponent: usize| powers.get(exponent).copied().unwrap_or_default();
    let product = |i, j| entry(pool, power(i), power(j));
    orthonormalise(degree, entry(pool, 0, 0), product, table)?;
    Ok(core::array::from_fn(|index| {
        let row = table.chunks_exact((degree + 1).max(1)).nth(index + 1)?;
        let coefficient = |i: usize| row.get(i).copied().unwrap_or_default();
        Some(core::array::from_fn(|i| (power(i), coefficient(i))))
    }))
}

/// The smallest p-value over the targets there are, times their number.
fn most_telling<S: Scalar>(
    targets: &[Option<Target<S>>],
    mut test: impl FnMut(&[(usize, S)]) -> S,
) -> S {
    let mut least = S::ONE;
    let mut count = S::ZERO;
    for target in targets.iter().flatten() {
        let p = test(target);
        least = if p < least { p } else { least };
        count += S::ONE;
    }
    least * count
}

/// The monomials of degree at most 2 in some of the actions.
fn within(monomials: Monomials, actions: Regime) -> impl Iterator<Item = usize> + Clone {
    let end = crate::features::monomials::count(monomials.variables(), monomials.degree().min(2));
    (0..end).filter(move |&index| monomials.is_within(index, actions))
}
