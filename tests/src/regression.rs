//! Rows of one regime to regress, the same in every run.

use crate::feed::{self, Feed, Owned};
use crate::random;
use joint_effects_kernel::Scalar;
use joint_effects_kernel::features::monomials::Monomials;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Rows of normal actions, row-major, and outcomes that depend on half of the monomials.
#[derive(Clone, Debug)]
pub struct Data {
    /// The monomials to fit.
    pub monomials: Monomials,
    /// K numbers a row.
    pub actions: Vec<f64>,
    /// One a row.
    pub outcomes: Vec<f64>,
}

impl Data {
    /// Actions of mean 0.3 and standard deviation 1; noise of standard deviation ½.
    pub fn draw(variables: usize, degree: usize, rows: usize, seed: u64) -> Self {
        let mut random = random::stream(seed);
        let mut normal = || random.sample::<f64, _>(StandardNormal);
        let monomials = Monomials::new(variables, degree).unwrap();
        let actions: Vec<f64> = (0..rows * variables).map(|_| 0.3 + normal()).collect();
        let coefficients: Vec<f64> = (0..monomials.len())
            .map(|index| normal() * (index % 2) as f64)
            .collect();
        let rows: Vec<_> = actions.chunks(variables).map(<[f64]>::to_vec).collect();
        let outcomes = feed::predict(monomials, &coefficients, &rows)
            .into_iter()
            .map(|outcome| outcome + 0.5 * normal())
            .collect();
        Self {
            monomials,
            actions,
            outcomes,
        }
    }

    /// Its moments, a row at a time.
    pub fn moments(&self) -> Owned<f64> {
        self.moments_in(feed::by_rows, |x| x)
    }

    /// Its moments in any scalar.
    pub fn moments_in<S: Scalar>(&self, feed: Feed<S>, round: fn(f64) -> S) -> Owned<S> {
        let round = |values: &[f64]| -> Vec<S> { values.iter().map(|&x| round(x)).collect() };
        feed(
            self.monomials,
            &round(&self.actions),
            &round(&self.outcomes),
        )
    }

    /// The values of a polynomial at every row.
    pub fn predict(&self, coefficients: &[f64]) -> Vec<f64> {
        let rows = self.actions.chunks(self.monomials.variables());
        let rows: Vec<_> = rows.map(<[f64]>::to_vec).collect();
        feed::predict(self.monomials, coefficients, &rows)
    }
}
