//! How sure a device can be of the effect.
//!
//! The covariance of the coefficients is `Σ c cᵀ`, each column c of its Cholesky factor being a
//! polynomial over the same monomials. So the variance of the effect is the sum of the squares of
//! these polynomials, which no rounding makes negative. Factored from the last monomial up, as here,
//! a column has all monomials before its last: the nested sums then have no gaps.

use super::{Monomial, Scalar, Sum, degree};
use joint_effects_kernel::algebra::packed::{self, Packed};
use joint_effects_kernel::algebra::vector;

/// The squared standard error of the effect, rounded to the device's numbers, with what it is to be
/// at the vectors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Uncertainty {
    pub(super) columns: Vec<Sum>,
    /// The monomials that the effect may have, ascending, and the packed covariance of their coefficients.
    pub(super) monomials: Vec<Vec<usize>>,
    covariance: Vec<f64>,
    /// Numbers in the columns that are not zero.
    pub(super) coefficients: usize,
    /// Standard errors either side of the effect that make its interval.
    pub(super) quantile: f64,
    pub(super) variances: Vec<f64>,
    pub(super) tolerance: f64,
    pub(super) error: f64,
    roundings: usize,
}

impl Uncertainty {
    /// From the columns of the factor, over so many variables, of this covariance of the coefficients of these
    /// monomials.
    pub(super) fn new(
        columns: &[Vec<Monomial>],
        monomials: Vec<Vec<usize>>,
        covariance: Vec<f64>,
        variables: usize,
        quantile: f64,
    ) -> Self {
        let degrees = columns.iter().map(|column| degree(column));
        Self {
            monomials,
            covariance,
            columns: columns.iter().map(|column| Sum::of(column)).collect(),
            coefficients: columns.iter().map(Vec::len).sum(),
            quantile,
            variances: Vec::new(),
            tolerance: 0.0,
            error: 0.0,
            roundings: degrees.max().unwrap_or(0) * (variables + 3),
        }
    }

    /// The packed factor of the covariance of these monomials, of which some may have none.
    pub(super) fn factor<'a>(&self, monomials: impl Iterator<Item = &'a Vec<usize>>) -> Vec<f64> {
        let places: Vec<_> = monomials
            .map(|factors| self.monomials.iter().position(|own| own == factors))
            .collect();
        let entries = places
            .iter()
            .enumerate()
            .flat_map(|(i, &own)| places[..=i].iter().map(move |&across| own.zip(across)));
        let covariance = entries.map(|places| {
            places.map_or(0.0, |(i, j)| {
                self.covariance[packed::len(i.max(j)) + i.min(j)]
            })
        });
        let mut factor = vec![0.0; packed::len(places.len())];
        for column in columns(covariance.collect()) {
            factor[packed::len(column.len() - 1)..][..column.len()].copy_from_slice(&column);
        }
        factor
    }

    /// Adds a vector: the variance, as the device computes it, where the model has this standard
    /// error. `None` where it is beyond the scalar's range.
    pub(super) fn push(&mut self, scalar: Scalar, variables: &[f64], exact: f64) -> Option<()> {
        let (mut variance, mut doubt) = (0.0, 0.0);
        for column in &self.columns {
            let value = column.value(scalar, variables);
            let relative = 2.0 * self.roundings as f64 * scalar.roundoff();
            let reach = relative * column.magnitude(variables);
            variance = scalar.round(variance + scalar.round(value * value));
            doubt += reach * (2.0 * value.abs() + reach);
        }
        if !(variance.is_finite() && scalar.holds(exact * exact)) {
            return None;
        }
        doubt += 2.0 * self.columns.len() as f64 * scalar.roundoff() * variance;
        self.tolerance = self.tolerance.max(doubt);
        if exact > 0.0 {
            self.error = self.error.max((variance.sqrt() / exact - 1.0).abs());
        }
        self.variances.push(variance);
        Some(())
    }
}

/// How a square root begins, from half the bits of the number and this, and how many steps of Newton's method
/// make it good to the last digit but one.
pub(super) struct Root {
    pub(super) magic: u64,
    pub(super) steps: usize,
}

impl Root {
    pub(super) fn of(scalar: Scalar) -> Self {
        match scalar {
            Scalar::F32 => Self {
                magic: 0x1fbd_1df5,
                steps: 3,
            },
            Scalar::F64 => Self {
                magic: 0x1ff7_a3be_a91d_9b1b,
                steps: 4,
            },
        }
    }
}

/// The columns of the factor of a packed covariance, the longest first; a direction that is known to
/// within rounding has none.
pub(super) fn columns(mut covariance: Vec<f64>) -> Vec<Vec<f64>> {
    let packed = Packed::of(&covariance).expect("a covariance is packed");
    let variances: Vec<f64> = packed.diagonal().collect();
    let noise = variances.len() as f64 * f64::EPSILON;
    let mut columns = Vec::new();
    for (last, variance) in variances.iter().enumerate().rev() {
        let row = &covariance[packed::len(last)..packed::len(last + 1)];
        let square = row[last];
        if square <= noise * variance {
            continue;
        }
        let column: Vec<f64> = row.iter().map(|value| value / square.sqrt()).collect();
        for (i, &value) in column.iter().enumerate() {
            let row = &mut covariance[packed::len(i)..packed::len(i + 1)];
            vector::add_scaled(row, -value, &column);
        }
        columns.push(column);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_make_the_covariance() {
        // Of x, y and x + y.
        let covariance = vec![2.0, 0.5, 1.0, 2.5, 1.5, 4.0];
        let columns = columns(covariance.clone());
        assert_eq!(columns.len(), 2);
        for (i, row) in Packed::of(&covariance).unwrap().rows().enumerate() {
            for (j, value) in row.iter().enumerate() {
                let entry = |column: &Vec<f64>| Some(column.get(i)? * column.get(j)?);
                let sum: f64 = columns.iter().filter_map(entry).sum();
                assert!((sum - value).abs() < 1e-14, "({i}, {j}): {sum}");
            }
        }
    }
}
