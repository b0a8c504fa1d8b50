//! The normal equations of one data set in standardised features, which every penalty shares.

use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::algebra::vector;
use crate::error::FitError;
use crate::moments::Moments;
use crate::scalar::Scalar;

/// Scratch of [`NormalEquations::assemble`] for `features` features.
pub(crate) const fn scratch_len(features: usize) -> usize {
    packed::len(features) + 2 * features
}

/// The standard deviation to divide by, of a column whose values, of this total weight, have this mean and
/// centred sum of squares: 1 where they differ by rounding only.
pub(crate) fn scale<S: Scalar>(weight: S, mean: S, sum_of_squares: S) -> S {
    let variance = sum_of_squares / weight;
    if varies(mean, variance) {
        variance.sqrt()
    } else {
        S::ONE
    }
}

/// Whether values of this mean and variance differ by more than rounding.
pub(crate) fn varies<S: Scalar>(mean: S, variance: S) -> bool {
    let rounding = S::from_count(32) * S::EPSILON * mean;
    variance > rounding * rounding && variance > S::ZERO
}

/// `ZᵀZ w = Zᵀ(y − ȳ)`, where Z holds the features centred and divided by their population standard
/// deviation (1 for a feature that does not vary).
pub(crate) struct NormalEquations<'a, S> {
    /// Sum of the rows' weights.
    pub(crate) weight: S,
    /// Packed `ZᵀZ`.
    pub(crate) matrix: &'a [S],
    /// `Zᵀ(y − ȳ)`.
    pub(crate) right: &'a [S],
    /// `Σ (y − ȳ)²`.
    pub(crate) outcome_spread: S,
    scale: &'a [S],
    means: &'a [S],
    outcome_mean: S,
}

impl<'a, S: Scalar> NormalEquations<'a, S> {
    /// Standardises the co-moments; `scratch` has [`scratch_len`] numbers.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn assemble<B: AsRef<[S]>>(
        moments: &'a Moments<S, B>,
        scratch: &'a mut [S],
    ) -> Result<Self, FitError> {
        if moments.count() == 0 {
            return Err(FitError::TooFewRows {
                needed: 1,
                found: 0,
            });
        }
        FitError::finite(moments.buffer())?;
        let means = moments.feature_means();
        let mut right = scratch;
        let matrix = cut(&mut right, packed::len(means.len()));
        let scale = cut(&mut right, means.len());
        let weight = moments.weight();
        let (xy, outcome_spread) = moments.outcome_comoments();
        let squares = moments.feature_comoments().diagonal();
        for ((scale, square), &mean) in scale.iter_mut().zip(squares).zip(means) {
            *scale = self::scale(weight, mean, square);
        }
        for (i, &scale_i) in scale.iter().enumerate() {
            let target = packed::row_mut(matrix, i).iter_mut();
            let source = moments.feature_comoments().row(i);
            for ((target, &source), &scale_j) in target.zip(source).zip(scale.iter()) {
                *target = source / (scale_i * scale_j);
            }
        }
        for ((right, &xy), &scale) in right.iter_mut().zip(xy).zip(scale.iter()) {
            *right = xy / scale;
        }
        Ok(Self {
            weight,
            matrix,
            right,
            outcome_spread,
            scale,
            means,
            outcome_mean: moments.outcome_mean(),
        })
    }

    /// Number of features, P − 1.
    pub(crate) fn features(&self) -> usize {
        self.means.len()
    }

    /// `residual = Zᵀ(y − ȳ) − ZᵀZ w`.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn residual(&self, weights: &[S], residual: &mut [S]) {
        packed::multiply(self.matrix, weights, residual);
        for (residual, &right) in residual.iter_mut().zip(self.right) {
            *residual = right - *residual;
        }
    }

    /// The P coefficients over the monomials, the constant first, of these weights.
    #[cfg_attr(target_arch = "x86_64", inline(always))]
    pub(crate) fn coefficients(
        &self,
        weights: &[S],
        coefficients: &mut [S],
    ) -> Result<(), FitError> {
        let Some((constant, slopes)) = coefficients.split_first_mut() else {
            return Ok(());
        };
        for ((slope, &weight), &scale) in slopes.iter_mut().zip(weights).zip(self.scale) {
            *slope = weight / scale;
        }
        *constant = self.outcome_mean - vector::dot(slopes, self.means);
        FitError::finite(coefficients)
    }
}
