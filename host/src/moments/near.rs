//! Which rows are near: those in which no action that was left alone is far from most of its values.

use crate::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use serde::{Deserialize, Serialize};

/// The share of the values of an action that may lie below its near ones, and the share of those above.
const TAIL: f64 = 0.01;

/// How many standard deviations from their mean all values are near.
const DEVIATIONS: f64 = 3.0;

/// The near values of every action, fixed by some rows before the others are read: those within three standard
/// deviations of their mean, and all but a hundredth at either end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Near {
    /// A range an action.
    pub ranges: Vec<Range>,
}

impl Near {
    /// By the rows in which an action was left alone, or by all of them where it never was; `None` if there are no
    /// rows.
    ///
    /// ```
    /// use joint_effects::moments::near::Near;
    /// use joint_effects_kernel::Regime;
    ///
    /// // Their mean is 50 and their standard deviation 29.
    /// let values: Vec<[f64; 1]> = (0..=100).map(|value| [f64::from(value)]).collect();
    /// let rows = values.iter().map(|row| (Regime::OBSERVATIONAL, &row[..]));
    /// let near = Near::of(1, rows).unwrap();
    /// assert!(!near.is_far(Regime::OBSERVATIONAL, &[130.0]));
    /// assert!(near.is_far(Regime::OBSERVATIONAL, &[140.0]));
    /// // Whoever sets an action may set it to anything.
    /// assert!(!near.is_far(Regime::single(0), &[140.0]));
    /// ```
    pub fn of<'a>(
        actions: usize,
        rows: impl Iterator<Item = (Regime, &'a [f64])> + Clone,
    ) -> Option<Self> {
        let ranges = (0..actions).map(|action| {
            let alone = rows.clone().filter(|(regime, _)| !regime.sets(action));
            let values = |(_, row): (Regime, &[f64])| row[action];
            let mut values: Vec<_> = match alone.clone().next() {
                Some(_) => alone.map(values).collect(),
                None => rows.clone().map(values).collect(),
            };
            values.sort_unstable_by(f64::total_cmp);
            let last = values.len().checked_sub(1)?;
            let n = values.len() as f64;
            let beyond = (TAIL * n) as usize;
            let mean = values.iter().sum::<f64>() / n;
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let reach = DEVIATIONS * (squares.sum::<f64>() / n).sqrt();
            Some(Range {
                min: values[beyond].min(mean - reach),
                max: values[last - beyond].max(mean + reach),
            })
        });
        let ranges = ranges.collect::<Option<Vec<_>>>()?;
        Some(Self { ranges })
    }

    /// The shift and the factor of every bounded variable, which lies between −1 and 1 where its action is near. They
    /// are rounded to a few binary digits, as those of [`Basis`] are.
    pub fn standardisation(&self) -> [Vec<f64>; 2] {
        let each = self.ranges.iter().map(|range| {
            let half = (range.max - range.min) / 2.0;
            let half = match half > 0.0 && half.is_finite() {
                true => half,
                false => 1.0,
            };
            let step = (half.log2().floor().clamp(-1000.0, 1000.0) - 4.0).exp2();
            let middle = range.min / 2.0 + range.max / 2.0;
            (
                (middle / step).round() * step,
                1.0 / ((half / step).round() * step),
            )
        });
        let (shifts, factors) = each.unzip();
        [shifts, factors]
    }

    /// These monomials of actions with this shift and factor each, and of the same actions within the bounds of their
    /// near values.
    ///
    /// # Panics
    ///
    /// If there is not a shift, a factor and a range for every action.
    pub fn basis(
        &self,
        monomials: Monomials,
        [shifts, factors]: [Vec<f64>; 2],
    ) -> Basis<f64, Vec<f64>> {
        let [own_shifts, own_factors] = match monomials.bounded() {
            0 => [Vec::new(), Vec::new()],
            _ => self.standardisation(),
        };
        let all = [shifts, own_shifts, factors, own_factors].concat();
        Basis::new(monomials, all).expect("a shift and a factor for every variable")
    }

    /// [`Near::basis`] of the actions as they are.
    pub fn raw_basis(&self, monomials: Monomials) -> Basis<f64, Vec<f64>> {
        let actions = monomials.variables();
        self.basis(monomials, [vec![0.0; actions], vec![1.0; actions]])
    }

    /// Whether a row of a regime is far.
    pub fn is_far(&self, regime: Regime, actions: &[f64]) -> bool {
        let mut alone = self.ranges.iter().zip(actions).enumerate();
        alone.any(|(action, (range, &value))| !regime.sets(action) && !range.contains(value))
    }

    /// Whether a row of a regime is far whose actions `beyond` are.
    pub(crate) fn is_far_beyond(regime: Regime, beyond: Regime) -> bool {
        beyond.bits() & !regime.bits() != 0
    }

    /// Which of the actions of each row, given by columns, are far, into `beyond`.
    pub(crate) fn beyond(&self, columns: &[&[f64]], beyond: &mut Vec<Regime>) {
        let rows = columns.first().map_or(0, |column| column.len());
        beyond.clear();
        beyond.resize(rows, Regime::OBSERVATIONAL);
        for (action, (range, column)) in self.ranges.iter().zip(columns).enumerate() {
            let bit = Regime::single(action).bits();
            for (beyond, &value) in beyond.iter_mut().zip(*column) {
                let far = u32::from(!range.contains(value)) * bit;
                *beyond = Regime::from_bits(beyond.bits() | far);
            }
        }
    }
}
