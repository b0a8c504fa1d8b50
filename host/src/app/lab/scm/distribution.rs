//! The laws of noises and interventions.

use super::generators::{Generators, LANES};
use crate::moments::tile::{Column, ROWS};
use multiversion::multiversion;
use rand::{Rng, RngExt};
use std::f64::consts::PI;

/// The law of one random variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        standard_deviation: f64,
    },
    /// Uniform on `±√3` standard deviations.
    Uniform {
        /// Standard deviation; the mean is 0.
        standard_deviation: f64,
    },
    /// Logistic.
    Logistic {
        /// Standard deviation; the mean is 0.
        standard_deviation: f64,
    },
    /// The exponential of a normal variable of mean 0.
    Lognormal {
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
}

impl Distribution {
    /// Gaussian, uniform or logistic, with equal chances, of mean 0.
    pub(super) fn symmetric(standard_deviation: f64, rng: &mut impl Rng) -> Self {
        match rng.random_range(0..3) {
            0 => Self::Normal {
                mean: 0.0,
                standard_deviation,
            },
            1 => Self::Uniform { standard_deviation },
            _ => Self::Logistic { standard_deviation },
        }
    }

    /// Lognormal, with σ uniform on (0.5, 1.5).
    pub(super) fn lognormal(rng: &mut impl Rng) -> Self {
        Self::Lognormal {
            sigma: rng.random_range(0.5..1.5),
        }
    }

    /// Mean.
    pub fn mean(self) -> f64 {
        match self {
            Self::Normal { mean, .. } => mean,
            Self::Uniform { .. } | Self::Logistic { .. } => 0.0,
            Self::Lognormal { sigma } => (sigma * sigma / 2.0).exp(),
        }
    }

    /// Variance.
    pub fn variance(self) -> f64 {
        match self {
            Self::Normal {
                standard_deviation, ..
            }
            | Self::Uniform { standard_deviation }
            | Self::Logistic { standard_deviation } => standard_deviation * standard_deviation,
            Self::Lognormal { sigma } => {
                let square = sigma * sigma;
                square.exp_m1() * square.exp()
            }
        }
    }

    /// Fills a column with independent draws.
    pub fn fill(self, generators: &mut Generators, column: &mut Column) {
        fill(self, generators, column);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq", "x86_64+avx2"))]
fn fill(law: Distribution, generators: &mut Generators, column: &mut Column) {
    let (chunks, _) = column.0.as_chunks_mut::<LANES>();
    match law {
        Distribution::Uniform { .. } => {
            for chunk in chunks {
                *chunk = generators.uniform();
            }
        }
        Distribution::Logistic { .. } => {
            for chunk in chunks {
                *chunk = generators.logistic();
            }
        }
        Distribution::Normal { .. } | Distribution::Lognormal { .. } => {
            const { assert!(ROWS.is_multiple_of(2 * LANES)) };
            for pair in chunks.as_chunks_mut::<2>().0 {
                *pair = generators.normal();
            }
        }
    }
    let standard = column.0.iter_mut();
    match law {
        Distribution::Normal {
            mean,
            standard_deviation,
        } => standard.for_each(|z| *z = mean + standard_deviation * *z),
        Distribution::Uniform { standard_deviation } => {
            let width = 12f64.sqrt() * standard_deviation;
            standard.for_each(|u| *u = width * (*u - 0.5));
        }
        Distribution::Logistic { standard_deviation } => {
            let scale = 3f64.sqrt() / PI * standard_deviation;
            standard.for_each(|x| *x *= scale);
        }
        Distribution::Lognormal { sigma } => standard.for_each(|z| *z = (sigma * *z).exp()),
    }
}
