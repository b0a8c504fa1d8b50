//! To which degree rows are summed, and what their moments are to a lower one.

use crate::moments::data::{Data, Mismatch};
use crate::moments::{Range, RegimeMoments, total};
use joint_effects_kernel::features::monomials::{self, Monomials};

/// The degree of polynomials where rows ask for no other.
pub const CUBIC: usize = 3;

/// The highest that rows are summed to where none is asked for.
const HIGHEST: usize = 6;

/// So many monomials have five actions to degree 3: no row of fewer actions is to take longer.
const MONOMIALS: usize = monomials::count(5, CUBIC);

/// The degree to which rows of so many actions are summed where none is asked for: 3, or up to 6 where a row then
/// has no more monomials than one of five actions to degree 3.
///
/// ```
/// use joint_effects::moments::degree::summed;
/// assert_eq!([1, 2, 3, 4, 5, 12].map(summed), [6, 6, 5, 3, 3, 3]);
/// ```
pub fn summed(actions: usize) -> usize {
    let mut degrees = (CUBIC..=HIGHEST).rev();
    let affordable = degrees.find(|&degree| monomials::count(actions, degree) <= MONOMIALS);
    affordable.unwrap_or(CUBIC)
}

/// How many standard deviations from their mean the values set of an action may lie that are spread over a range;
/// those of equal steps lie within 1.7, of normal numbers many are further.
const SPREAD: f64 = 2.5;

/// How far from the middle of the range in which an action was set it may lie when left alone, in halves of the range.
const BEYOND: f64 = 1.5;

impl Data {
    /// Whether the values of every action are spread over the range in which it was set. Far values, of which heavy
    /// tails have some, decide a polynomial of a high degree, which then swings where most values are.
    pub fn is_spread(&self) -> bool {
        (0..self.actions.len()).all(|action| {
            let set = self.values(|part| part.regime.sets(action), action);
            let alone = self.values(|part| !part.regime.sets(action), action);
            let Some((range, mean, deviation)) = set else {
                return false;
            };
            let furthest = |from: f64, range: Range| (range.max - from).max(from - range.min);
            let (middle, half) = ((range.min + range.max) / 2.0, (range.max - range.min) / 2.0);
            let near = alone.is_none_or(|(alone, ..)| furthest(middle, alone) <= BEYOND * half);
            furthest(mean, range) <= SPREAD * deviation && (near || self.rests(action))
        })
    }

    /// Range, mean and standard deviation of an action in the regimes that are `kept`.
    fn values(
        &self,
        kept: impl Fn(&RegimeMoments) -> bool,
        action: usize,
    ) -> Option<(Range, f64, f64)> {
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
        Some((range, mean, variance.sqrt() / factor))
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
        let own = self.basis.monomials();
        let lower = Monomials::new(own.variables(), degree).ok();
        // The monomials of a lower degree are the first of those of a higher one.
        let kept = lower.filter(|lower| lower.degree() <= own.degree())?;
        let mut data = self.clone();
        data.basis = self.basis.to_degree(degree)?;
        for part in &mut data.regimes {
            *part = part.leading(kept.len());
        }
        if let Some(blocks) = &mut data.blocks {
            blocks.keep_leading(kept.len());
        }
        Some(data)
    }
}
