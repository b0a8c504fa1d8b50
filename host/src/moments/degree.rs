//! To which degree rows are summed, and what their moments are to a lower one.

use crate::moments::data::{Data, Mismatch};
use crate::moments::{Range, RegimeMoments, total};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{self, Basis, Monomials};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The degree of polynomials where rows ask for no other.
pub const CUBIC: usize = 3;

/// The highest power of an action within its bounds, where such powers are summed: a seventh and an eighth gain nothing.
pub const BOUNDED: usize = 6;

/// The highest that rows are summed to where none is asked for.
const HIGHEST: usize = 6;

/// So many monomials have five actions to degree 3: no row of fewer actions is to take longer.
const MONOMIALS: usize = monomials::count(5, CUBIC);

/// So many they have to degree 5, which takes about twice the time, that of reading the table included. Where values are
/// spread over a range, polynomials of such a degree follow what cubics do not.
const MONOMIALS_OF_SPREAD: usize = monomials::count(5, 5);

/// The degree to which rows of so many actions are summed where none is asked for: 3, or up to 6 where a row then
/// has no more monomials than one of five actions to degree 3. Where the values of the actions are spread, it is 5 or 6
/// if a row has no more monomials than one of five actions to degree 5; not 4, which follows a threshold hardly better
/// than 3.
///
/// ```
/// use joint_effects::moments::degree::summed;
/// assert_eq!([1, 2, 3, 4, 5, 12].map(|actions| summed(actions, false)), [6, 6, 5, 3, 3, 3]);
/// assert_eq!([1, 2, 3, 4, 5, 12].map(|actions| summed(actions, true)), [6, 6, 6, 6, 5, 3]);
/// ```
pub fn summed(actions: usize, spread: bool) -> usize {
    let affordable = |lowest: usize, most: usize| {
        let mut degrees = (lowest..=HIGHEST).rev();
        degrees.find(|&degree| monomials::count(actions, degree) <= most)
    };
    let of_spread = affordable(CUBIC + 2, MONOMIALS_OF_SPREAD).filter(|_| spread);
    of_spread
        .or_else(|| affordable(CUBIC, MONOMIALS))
        .unwrap_or(CUBIC)
}

/// How many standard deviations from their mean the values set of an action may lie that are spread over a range;
/// those of equal steps lie within 1.7, of normal numbers many are further.
const SPREAD: f64 = 2.5;

/// How far from the middle of the range in which an action was set it may lie when left alone, in halves of the range.
const BEYOND: f64 = 1.5;

/// Where values of an action lie.
struct Values {
    range: Range,
    mean: f64,
    deviation: f64,
}

impl Values {
    /// `None` if there are none.
    fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        (!values.is_empty()).then(|| Self {
            range: Range::of(values),
            mean,
            deviation: (squares.sum::<f64>() / n).sqrt(),
        })
    }

    /// Whether the values are spread over their range.
    fn are_spread(&self) -> bool {
        furthest(self.mean, self.range) <= SPREAD * self.deviation
    }
}

/// How far from a value a range reaches.
fn furthest(from: f64, range: Range) -> f64 {
    (range.max - from).max(from - range.min)
}

/// Whether the values of an action where it was set are spread over their range, and those where it was left alone are
/// near it, or a single one; whether the latter are spread, where it was never set.
fn are_spread(set: Option<&Values>, alone: Option<&Values>) -> bool {
    let Some(set) = set else {
        return alone.is_some_and(Values::are_spread);
    };
    let Range { min, max } = set.range;
    let (middle, half) = ((min + max) / 2.0, (max - min) / 2.0);
    let near =
        |alone: &Values| furthest(middle, alone.range) <= BEYOND * half || alone.range.is_single();
    set.are_spread() && alone.is_none_or(near)
}

/// The degree to which a log is summed that begins with these rows.
pub(crate) fn suggested<'a>(
    actions: usize,
    rows: impl Iterator<Item = (Regime, &'a [f64])> + Clone,
) -> usize {
    summed(actions, rows_are_spread(actions, rows))
}

/// The highest power of actions within their bounds that is summed of a log that begins with these rows: [`BOUNDED`],
/// or 0 where no action has more values, left alone, than a cubic tells apart.
pub(crate) fn bounded<'a>(
    actions: usize,
    rows: impl Iterator<Item = (Regime, &'a [f64])> + Clone,
) -> usize {
    let varies = |action: usize| {
        let alone = rows.clone().filter(|(regime, _)| !regime.sets(action));
        are_many(alone.map(|(_, row)| row[action]))
    };
    match (0..actions).any(varies) {
        true => BOUNDED,
        false => 0,
    }
}

/// Whether there are more values than a cubic tells apart.
fn are_many(values: impl Iterator<Item = f64>) -> bool {
    let distinct: BTreeSet<u64> = values.map(f64::to_bits).collect();
    distinct.len() > CUBIC + 1
}

/// Whether in these rows the values of every action are spread, as in [`Data::is_spread`], and any action has more of them
/// than a cubic tells apart.
fn rows_are_spread<'a>(
    actions: usize,
    rows: impl Iterator<Item = (Regime, &'a [f64])> + Clone,
) -> bool {
    let values = |action: usize, is_set: bool| {
        let kept = rows
            .clone()
            .filter(move |(regime, _)| regime.sets(action) == is_set);
        kept.map(move |(_, row)| row[action]).collect::<Vec<_>>()
    };
    let mut many = false;
    let spread = (0..actions).all(|action| {
        let [set, alone] = [true, false].map(|is_set| values(action, is_set));
        many |= are_many(set.iter().chain(&alone).copied());
        are_spread(Values::of(&set).as_ref(), Values::of(&alone).as_ref())
    });
    spread && many
}

/// The monomials without the powers of actions within their bounds.
pub(crate) fn without_bounded(basis: &Basis<f64, Vec<f64>>) -> Basis<f64, Vec<f64>> {
    let standardisation = [basis.shift(), basis.factor()].concat();
    let products = Basis::new(basis.monomials().without_bounded(), standardisation);
    products.expect("a shift and a factor for every action")
}

impl Data {
    /// Whether the values of every action are spread over the range in which it was set. Far values, of which heavy
    /// tails have some, decide a polynomial of a high degree, which then swings where most values are.
    pub fn is_spread(&self) -> bool {
        (0..self.actions.len()).all(|action| {
            let values = |is_set| self.values(|part| part.regime.sets(action) == is_set, action);
            are_spread(values(true).as_ref(), values(false).as_ref())
        })
    }

    /// Those of an action in the regimes that are `kept`.
    fn values(&self, kept: impl Fn(&RegimeMoments) -> bool, action: usize) -> Option<Values> {
        let parts = self.regimes.iter().zip(&self.ranges);
        let (kept, ranges): (Vec<_>, Vec<_>) = parts.filter(|(part, _)| kept(part)).unzip();
        let range = ranges
            .into_iter()
            .map(|ranges| ranges[action])
            .reduce(Range::union)?;
        let totals = kept.iter().map(|part| part.total());
        let total = total(&totals.collect::<Vec<_>>());
        let column = self.basis.monomials().power(action, 1)?.checked_sub(1)?;
        let variance = total.comoments().row(column).last()? / total.weight();
        let (shift, factor) = (self.basis.shift()[action], self.basis.factor()[action]);
        let mean = total.means()[column] / factor + shift;
        Some(Values {
            range,
            mean,
            deviation: variance.sqrt() / factor,
        })
    }

    /// `Ok` where polynomials of this degree can be fitted.
    pub fn expect_degree(&self, asked: Option<usize>) -> Result<(), Mismatch> {
        let own = self.basis.monomials().degree();
        let higher = asked.filter(|&asked| asked > own);
        higher.map_or(Ok(()), |asked| {
            Err(Mismatch {
                quantity: "the degree".into(),
                expected: format!("at most {own}"),
                found: asked.to_string(),
            })
        })
    }

    /// The same rows, summed to this degree: but for rounding, what reading them to it gives. `None` where it is
    /// higher than that of these.
    pub fn to_degree(&self, degree: usize) -> Option<Self> {
        let basis = self.basis.to_degree(degree)?;
        let lower = basis.monomials().degree() <= self.basis.monomials().degree();
        lower.then(|| self.restricted(basis))
    }

    /// The same rows, summed without the powers of actions within their bounds.
    pub fn without_bounded(&self) -> Self {
        self.restricted(without_bounded(&self.basis))
    }

    /// The same rows over the monomials of a model that was fitted to them.
    pub(crate) fn over(&self, basis: &Basis<f64, Vec<f64>>) -> Cow<'_, Self> {
        match basis.monomials() == self.basis.monomials() {
            true => Cow::Borrowed(self),
            false => Cow::Owned(self.without_bounded()),
        }
    }

    /// Over the monomials of this basis, all of which are among its own.
    fn restricted(&self, basis: Basis<f64, Vec<f64>>) -> Self {
        // The monomials of a lower degree are the first of those of a higher one.
        let powers = |monomials: Monomials| monomials.without_bounded().len()..monomials.len();
        let (own, fewer) = (self.basis.monomials(), basis.monomials());
        let powers = powers(own).take(powers(fewer).len());
        let kept = (0..fewer.without_bounded().len()).chain(powers);
        let mut data = self.clone();
        data.basis = basis;
        for part in &mut data.regimes {
            *part = part.select(kept.clone());
        }
        if let Some(blocks) = &mut data.blocks {
            blocks.select(kept);
        }
        data
    }
}
