//! Pairs of actions whose joint effect is not the sum of their own: score tests of their cross terms.
//!
//! A model that is not exact fails these tests too, in three ways, and a pair must not be found for any of them:
//!
//! * A curve that the polynomials miss looks like cross terms where actions go together. The bar is therefore the
//!   lack of fit that the pair would leave, per degree of freedom, where that is more than the noise; but not where
//!   actions have so few values that the polynomials miss nothing ([`misses_nothing`]): lack of fit is then due to
//!   interactions, and as a bar it would hide the very pairs that cause it.
//! * Causes that actions share look like cross terms in all rows together. They do not in the experiments that set
//!   one of the two alone, each of which must show the pair again.
//! * A few far rows decide the cross terms of actions of heavy tails. Of independent actions the kurtosis of the
//!   product is that of the two multiplied, κᵢκⱼ, and 9 of normal ones: the test has the degrees of freedom of
//!   9 / κᵢκⱼ times the rows, where that is fewer.

use crate::algebra::cholesky;
use crate::algebra::packed;
use crate::algebra::scratch::{copy, cut};
use crate::algebra::vector::{add_scaled, dot};
use crate::error::{FitError, ShapeError};
use crate::features::monomials::Monomials;
use crate::features::orthogonal::dependence;
use crate::regime::Regime;
use crate::scalar::Scalar;
use crate::structured::block::Intercepts;
use crate::structured::design::{Design, Pair, cross_terms};
use crate::structured::gram::{self, Grams, entry, regress};
use crate::structured::posterior::{Posterior, Saturated};
use crate::structured::tails::f_survival;

/// One in so many fits may report a pair that does not interact, whatever the number of pairs.
pub const PAIR_ODDS: u64 = 100_000;

/// One in so many clean experiments may show a pair by chance; every one of them must show it.
const REPLICATE_ODDS: u64 = 100;

/// Scratch of [`Search::find`].
pub const fn scratch_len(monomials: Monomials, columns: usize) -> usize {
    let cross = cross_terms(monomials.degree());
    3 * monomials.len() + cross * (monomials.len() + columns + 3) + packed::len(cross) + columns
}

/// A pair found to interact, or measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<S> {
    /// The actions.
    pub pair: Pair,
    /// p-value, times the number of pairs that the data can test; see [`Search::find`].
    pub p_value: S,
    /// Whether it was measured; see [`Search::measured`].
    pub measured: bool,
}

/// What data say of adding the cross terms of a pair to the joint effect.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Score<S> {
    /// Score χ².
    chi_squared: S,
    /// How many terms there are; none where the data say nothing.
    terms: usize,
    /// The trace of their information, over the noise variance.
    information: S,
}

/// What a search for interactions goes by.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a, 'b, S> {
    /// The data, less the intercepts of blocks.
    pub grams: &'a Grams<'b, S>,
    /// These intercepts.
    pub intercepts: &'a Intercepts<'b, S>,
    /// The model so far.
    pub design: &'a Design<'b, S>,
    /// Its fit.
    pub posterior: &'a Posterior<'b, S>,
    /// What free polynomials in every regime leave.
    pub saturated: Saturated<S>,
    /// The direct influences on every action.
    pub parents: &'a [Regime],
    /// The pairs found already.
    pub taken: &'a [Pair],
    /// With each action, those whose interaction with it the data can show; see [`testable`].
    pub testable: &'a [Regime],
    /// Whether there is nothing that polynomials of this degree miss; see [`misses_nothing`].
    pub exact: bool,
}

/// With `action`, the other actions whose interaction with it the data can show: the product of the two is
/// no sum of a function of each. `pool` has [`len`](crate::structured::gram::len) numbers, the products of all rows, and `scratch`
/// [`testable_scratch_len`].
pub fn testable<S: Scalar>(
    monomials: Monomials,
    action: usize,
    pool: &[S],
    scratch: &mut [S],
) -> Regime {
    let powers = |action| (1..=monomials.degree()).filter_map(move |p| monomials.power(action, p));
    let mut others = Regime::OBSERVATIONAL;
    for other in (0..monomials.variables()).filter(|&other| other != action) {
        let sum = core::iter::once(0)
            .chain(powers(action))
            .chain(powers(other));
        let linear = monomials.power(action, 1);
        let product = linear.and_then(|linear| monomials.times(linear, other));
        let shows = product.is_some_and(|product| {
            let (rest, _) = regress(pool, sum, &[(product, S::ONE)], scratch);
            rest > dependence::<S>() * entry(pool, product, product)
        });
        if shows {
            others = others.with(other);
        }
    }
    others
}

/// Whether the model's polynomials follow any function of an action, and any change of an action that is set: every
/// action has no more values than their degree, and with those of the actions that move it, a polynomial in all of
/// them fits any value at any combination. `pool` and `scratch` are as in [`testable`].
pub fn misses_nothing<S: Scalar>(
    monomials: Monomials,
    parents: &[Regime],
    pool: &[S],
    scratch: &mut [S],
) -> bool {
    let degree = monomials.degree();
    // How many values an action has, one more than the degree at the most.
    let mut values = |action| {
        let powers = (1..=degree).filter_map(|power| monomials.power(action, power));
        regress(pool, core::iter::once(0).chain(powers), &[], scratch).1
    };
    parents.iter().enumerate().all(|(action, &causes)| {
        let family = causes.with(action).actions();
        let needed: usize = family.map(|member| values(member).saturating_sub(1)).sum();
        values(action) <= degree && needed <= degree
    })
}

/// Scratch of [`testable`] and of [`misses_nothing`].
pub const fn testable_scratch_len(monomials: Monomials) -> usize {
    packed::len(2 * monomials.degree() + 2)
}

impl<S: Scalar> Search<'_, '_, S> {
    /// The pair that the data demand most, if any.
    ///
    /// Its cross terms must improve on the model by far more than the model's own lack of fit could
    /// make them seem to, and must do so again in every regime that set one of the two alone and in
    /// which no change of another action could be mistaken for them.
    ///
    /// `p_values` gets K² numbers: each pair's p-value at `(lower, higher)`, 1 elsewhere. That of a pair which such
    /// regimes do not all show again is the largest of theirs: where no pair is found, none has a p-value below
    /// 1 / [`PAIR_ODDS`].
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn find(
        &self,
        p_values: &mut [S],
        scratch: &mut [S],
    ) -> Result<Option<Found<S>>, FitError> {
        let monomials = self.design.monomials();
        let actions = monomials.variables();
        let columns = self.design.columns().len();
        ShapeError::exact("p-values", actions * actions, p_values.len())?;
        ShapeError::exact("scratch", scratch_len(monomials, columns), scratch.len())?;
        p_values.fill(S::ONE);
        if !self.posterior.dispersion.is_known {
            return Ok(None);
        }
        let (chi_squared, freedom) = self.posterior.dispersion.lack_of_fit(self.saturated);
        let rows = self.posterior.dispersion.degrees_of_freedom();
        let squares = self.posterior.dispersion.residual / self.posterior.dispersion.noise;
        let count = |n: usize| S::from_count(n as u64);
        let pairs = count(
            self.testable
                .iter()
                .map(|others| others.size())
                .sum::<usize>()
                / 2,
        );
        let mut best: Option<(S, Found<S>)> = None;
        for pair in self.untaken() {
            let Score {
                chi_squared: score,
                terms,
                ..
            } = self.score(pair, None, scratch)?;
            if terms == 0 {
                continue;
            }
            let degrees = count(terms);
            // The noise that the pair would leave, as a share of what the model without it leaves: else a
            // pair would raise the bar that it has to pass.
            let noise = (squares - score) / (rows - degrees).max(S::ONE);
            let noise = noise.max(S::EPSILON);
            let rest = (chi_squared - score) / (freedom - degrees).max(S::ONE);
            let inflation = if self.exact { noise } else { rest.max(noise) };
            let tails = |action| gram::tails(self.grams, monomials, action, |_| true);
            let rows = rows / (tails(pair.0) * tails(pair.1));
            let statistic = |score: S| score / degrees / inflation;
            let p_value = pairs * f_survival(statistic(score), degrees, rows);
            let mut p_value = if p_value < S::ONE { p_value } else { S::ONE };
            let mut shown = p_value * S::from_count(PAIR_ODDS) < S::ONE;
            if shown {
                let mut weakest = S::ZERO;
                for index in self.clean(pair) {
                    let alone = self.score(pair, Some(index), scratch)?.chi_squared;
                    weakest = weakest.max(f_survival(statistic(alone), degrees, rows));
                }
                shown = weakest * S::from_count(REPLICATE_ODDS) < S::ONE;
                p_value = if shown { p_value } else { weakest };
            }
            if let Some(target) = p_values.get_mut(pair.0 * actions + pair.1) {
                *target = p_value;
            }
            if shown && best.is_none_or(|(most, _)| statistic(score) > most) {
                let measured = false;
                let found = Found {
                    pair,
                    p_value,
                    measured,
                };
                best = Some((statistic(score), found));
            }
        }
        Ok(best.map(|(_, found)| found))
    }

    /// The mean variance, over the settings of an experiment, of what interactions add to the joint effect that are too
    /// small to be found.
    ///
    /// The cross terms of the pairs that the data can test, and that the model has none of, are taken to be normal, of
    /// mean 0 and one variance v. The score χ² of m of them then has the mean `m + v tr I / σ²`, I being their
    /// information, so that v is the sum of `χ² − m` over that of `tr I / σ²`, and at least 0: an estimate by moments
    /// as in DerSimonian and Laird (1986, "Meta-analysis in clinical trials", *Controlled Clinical Trials* 7, 177–188).
    /// The sums are over the regimes that [`Search::find`] asks to show a pair again. Cross terms are orthonormal over
    /// the settings of an experiment, so each adds v there.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub fn unfound(&self, scratch: &mut [S]) -> Result<S, FitError> {
        if !self.posterior.dispersion.is_known {
            return Ok(S::ZERO);
        }
        let (mut excess, mut information, mut cross_terms) = (S::ZERO, S::ZERO, S::ZERO);
        for pair in self.untaken() {
            let mut most = 0;
            for index in self.clean(pair) {
                let score = self.score(pair, Some(index), scratch)?;
                excess += score.chi_squared - S::from_count(score.terms as u64);
                information += score.information;
                most = most.max(score.terms);
            }
            cross_terms += S::from_count(most as u64);
        }
        let share = if information > S::ZERO {
            cross_terms / information
        } else {
            S::ZERO
        };
        Ok(share * excess.max(S::ZERO))
    }

    /// The pairs whose interaction the data can show and that the model has no cross terms of.
    fn untaken(&self) -> impl Iterator<Item = Pair> {
        let actions = self.design.monomials().variables();
        let pairs = (0..actions).flat_map(|second| (0..second).map(move |first| (first, second)));
        pairs.filter(|pair| {
            let testable = self.testable.get(pair.0);
            testable.is_some_and(|others| others.sets(pair.1)) && !self.taken.contains(pair)
        })
    }

    /// The places of the regimes in which nothing else looks like the cross terms of a pair.
    fn clean(&self, pair: Pair) -> impl Iterator<Item = usize> {
        let regimes = self.grams.regimes().iter().enumerate();
        regimes
            .filter(move |&(_, &regime)| self.is_clean(regime, pair))
            .map(|(index, _)| index)
    }

    /// The pairs whose interaction the data can show, and which a regime set without any other action: what the two
    /// do together is then what was asked. A regime that sets more mixes several pairs, and [`Search::find`]
    /// picks those that matter. None where there are more than `CAPACITY`, or
    /// where rows are too few to tell the noise beside their cross terms and it is not `given`.
    ///
    /// `p_values` are those that [`Search::find`] left.
    pub fn measured<const CAPACITY: usize>(
        &self,
        p_values: &[S],
        given: bool,
    ) -> heapless::Vec<Found<S>, CAPACITY> {
        let monomials = self.design.monomials();
        let mut measured = heapless::Vec::new();
        for &regime in self.grams.regimes() {
            let mut actions = regime.actions();
            let (Some(first), Some(second), None) =
                (actions.next(), actions.next(), actions.next())
            else {
                continue;
            };
            let testable = self.testable.get(first);
            let p_value = p_values.get(first * monomials.variables() + second);
            let Some(&p_value) =
                p_value.filter(|_| testable.is_some_and(|others| others.sets(second)))
            else {
                continue;
            };
            let found = Found {
                pair: (first, second),
                p_value,
                measured: true,
            };
            if !measured.contains(&found) && measured.push(found).is_err() {
                return heapless::Vec::new();
            }
        }
        let columns =
            self.design.columns().len() + measured.len() * cross_terms(monomials.degree());
        if !given && self.posterior.dispersion.rows <= S::from_count(columns as u64) {
            measured.clear();
        }
        measured
    }

    /// Whether the regime set one of the two alone, and no other action that was left alone is
    /// influenced by both.
    fn is_clean(&self, regime: Regime, (first, second): Pair) -> bool {
        let both = |action: usize, parents: Regime| {
            let family = parents.with(action);
            !regime.sets(action) && family.sets(first) && family.sets(second)
        };
        let mut families = self.parents.iter().enumerate();
        regime.size() == 1
            && (regime.sets(first) || regime.sets(second))
            && !families.any(|(action, &parents)| both(action, parents))
    }

    /// What the data say of the cross terms of a pair: those of all regimes, or those of the one of an index.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    fn score(
        &self,
        pair: Pair,
        only: Option<usize>,
        scratch: &mut [S],
    ) -> Result<Score<S>, FitError> {
        let monomials = self.design.monomials();
        let terms = monomials.len();
        let columns = self.design.columns().len();
        let cross = cross_terms(monomials.degree());
        let mut along = scratch;
        let polynomial = cut(&mut along, terms);
        let factor = cut(&mut along, terms);
        let image = cut(&mut along, terms);
        let added = cut(&mut along, cross * terms);
        let across = cut(&mut along, cross * columns);
        let gradient = cut(&mut along, cross);
        let information = cut(&mut along, packed::len(cross));
        let sums = cut(&mut along, 2 * cross);
        let mut count = 0;
        self.design
            .each_cross_term(pair, polynomial, factor, |term| {
                let target = added.get_mut(count * terms..(count + 1) * terms);
                if let Some(target) = target.filter(|_| term.iter().any(|&value| value != S::ZERO))
                {
                    copy(target, term);
                    count += 1;
                }
            });
        across.fill(S::ZERO);
        gradient.fill(S::ZERO);
        information.fill(S::ZERO);
        let added = added.get(..count * terms).unwrap_or_default();
        let kept = |index| only.is_none_or(|only| only == index);
        for (index, (regime, gram)) in self.grams.iter().enumerate() {
            if !kept(index) {
                continue;
            }
            let features = gram.get(..packed::len(terms)).unwrap_or_default();
            self.design
                .polynomial(regime, self.posterior.mean, polynomial);
            for (i, term) in added.chunks_exact(terms.max(1)).enumerate() {
                packed::multiply(features, term, image);
                let residual = dot(term, packed::row(gram, terms)) - dot(image, polynomial);
                if let Some(target) = gradient.get_mut(i) {
                    *target += residual;
                }
                let row = packed::row_mut(information, i).iter_mut();
                for (target, other) in row.zip(added.chunks_exact(terms.max(1))) {
                    *target += dot(image, other);
                }
                let row = across.chunks_exact_mut(columns.max(1)).nth(i);
                let each = self.design.columns().iter().zip(self.design.polynomials());
                for (target, (column, c)) in row.into_iter().flatten().zip(each) {
                    *target += column.sign::<S>(regime) * dot(image, c);
                }
            }
        }
        let sums = sums.get_mut(..2 * count).unwrap_or_default();
        self.intercepts
            .each(kept, added, terms, sums, |weight, loadings, sums| {
                let rows = across.chunks_exact_mut(columns.max(1));
                for (i, (row, &sum)) in rows.zip(sums).enumerate() {
                    add_scaled(row, -weight * sum, loadings);
                    add_scaled(packed::row_mut(information, i), -weight * sum, sums);
                }
            });
        let gradient = gradient.get_mut(..count).unwrap_or_default();
        let information = information
            .get_mut(..packed::len(count))
            .unwrap_or_default();
        let trace: S = packed::diagonal(information).sum();
        let jitter = trace * dependence();
        let rows = across.chunks_exact(columns.max(1));
        for (i, row) in rows.clone().enumerate().take(count) {
            packed::multiply(self.posterior.covariance, row, along);
            let target = packed::row_mut(information, i).iter_mut();
            for (target, other) in target.zip(rows.clone()) {
                *target -= dot(along, other) / self.posterior.dispersion.noise;
            }
            if let Some(diagonal) = packed::row_mut(information, i).last_mut() {
                *diagonal += jitter;
            }
        }
        let left: S = packed::diagonal(information).sum();
        if trace == S::ZERO || cholesky::factor(information).is_err() {
            return Ok(Score::default());
        }
        cholesky::forward(information, gradient);
        let noise = self.posterior.dispersion.noise;
        Ok(Score {
            chi_squared: dot(gradient, gradient) / noise,
            terms: count,
            information: left / noise,
        })
    }
}
