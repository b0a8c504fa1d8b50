//! Moments of long streams of whole numbers, beside sums without rounding.

use crate::feed::{Owned, ROWS, Tiles, empty, zeros};
use crate::random::{self, normals};
use joint_effects_kernel::Scalar;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::moments::compensated::Compensated;

/// Rows after which the noise repeats; a whole number of tiles.
const PERIOD: usize = 32 * ROWS;

/// Columns: four actions and the outcome.
const COLUMNS: usize = 5;

/// What a column is like, in every period: where it starts, how far it moves on, and the standard
/// deviation of its noise. All its values are whole numbers below 2²⁴, which f32 holds exactly.
#[derive(Clone, Copy, Debug)]
struct Column {
    start: i64,
    drift: i64,
    spread: f64,
}

const NEAR_ZERO: usize = 0;
const FAR: usize = 1;
const DRIFTING: usize = 2;
const CONSTANT: usize = 3;

const SHAPES: [Column; COLUMNS] = [
    Column {
        start: 0,
        drift: 0,
        spread: 300.0,
    },
    Column {
        start: 15_000_000,
        drift: 0,
        spread: 15.0,
    },
    Column {
        start: 0,
        drift: 60,
        spread: 300.0,
    },
    Column {
        start: 10_000_019,
        drift: 0,
        spread: 0.0,
    },
    Column {
        start: 1_000_000,
        drift: 0,
        spread: 300.0,
    },
];

/// How rows are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One at a time.
    Rows,
    /// A tile of 128 at a time.
    Tiles,
    /// One at a time, compensated.
    Compensated,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rows, Self::Tiles, Self::Compensated];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Tiles => "tiles",
            Self::Compensated => "compensated",
        }
    }
}

/// How far moments are from the exact ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// The largest of a mean, in standard deviations; of the constant column, relative.
    pub mean: f64,
    /// Of the standard deviation near zero, relative.
    pub near_zero: f64,
    /// Of the standard deviation of the column far from zero, relative.
    pub far: f64,
    /// Of the standard deviation of the column that drifts, relative.
    pub drifting: f64,
    /// The standard deviation of the constant column, relative to its value: exactly 0.
    pub constant: f64,
    /// The largest of a correlation.
    pub correlation: f64,
}

/// Rows by the period, and the exact sums.
#[derive(Clone, Debug)]
pub struct Stream {
    periods: i64,
    noise: [Vec<i64>; COLUMNS],
}

impl Stream {
    /// At least as many rows, in whole periods.
    pub fn new(rows: u64) -> Self {
        let mut random = random::stream(1);
        let noise = SHAPES.map(|shape| {
            let normals = normals(&mut random, PERIOD).into_iter();
            normals.map(|z| (shape.spread * z).round() as i64).collect()
        });
        Self {
            periods: rows.div_ceil(PERIOD as u64) as i64,
            noise,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.periods as u64 * PERIOD as u64
    }

    /// The errors of summing them in `S`.
    pub fn errors<S: Scalar + Into<f64>>(&self, way: Way, round: fn(f64) -> S) -> Errors {
        let moments = match way {
            Way::Rows => {
                let mut moments = empty(COLUMNS);
                self.each(round, |features, outcome| {
                    moments.push(features, outcome).unwrap();
                });
                moments
            }
            Way::Compensated => {
                let mut moments =
                    Compensated::new(COLUMNS, zeros(COLUMNS), zeros(COLUMNS)).unwrap();
                self.each(round, |features, outcome| {
                    moments.push(features, outcome).unwrap();
                });
                moments.moments().clone()
            }
            Way::Tiles => {
                let monomials = Monomials::new(COLUMNS - 1, 1).unwrap();
                let mut tiles = Tiles::<S, 4>::new(monomials);
                let (mut actions, mut outcomes) = (Vec::new(), Vec::new());
                self.each(round, |features, outcome| {
                    actions.extend_from_slice(&features[1..]);
                    outcomes.push(outcome);
                    if outcomes.len() == ROWS {
                        tiles.push(&actions, &outcomes);
                        actions.clear();
                        outcomes.clear();
                    }
                });
                tiles.moments
            }
        };
        self.compare(&moments)
    }

    /// Calls `push` with every row: the constant 1, the actions, and the outcome.
    fn each<S: Scalar>(&self, round: fn(f64) -> S, mut push: impl FnMut(&[S], S)) {
        let round = |value: i64| round(value as f64);
        let noise: Vec<[S; COLUMNS]> = (0..PERIOD)
            .map(|place| std::array::from_fn(|column| round(self.noise[column][place])))
            .collect();
        for period in 0..self.periods {
            let base = SHAPES.map(|shape| round(shape.start + shape.drift * period));
            for noise in &noise {
                let [a, b, c, d, outcome] = std::array::from_fn(|i| base[i] + noise[i]);
                push(&[S::ONE, a, b, c, d], outcome);
            }
        }
    }

    fn compare<S: Scalar + Into<f64>>(&self, found: &Owned<S>) -> Errors {
        assert_eq!(found.count(), self.rows());
        let count = self.rows() as f64;
        let (means, comoments) = self.exact();
        let value = |i: usize, j: usize| -> f64 { found.comoments().row(i)[j].into() };
        let spread = |i: usize| Packed::of(&comoments).unwrap().row(i)[i].sqrt();
        let of_spread = |i: usize| (value(i, i).max(0.0).sqrt() / spread(i) - 1.0).abs();
        let scale = |i: usize| match i {
            CONSTANT => means[i],
            _ => spread(i) / count.sqrt(),
        };
        let of_mean = |i: usize| (found.means()[i].into() - means[i]).abs() / scale(i);
        let varying = || (0..COLUMNS).filter(|&i| i != CONSTANT);
        let pairs = varying().flat_map(|i| varying().filter(move |&j| j < i).map(move |j| (i, j)));
        let of_correlation = |(i, j): (usize, usize)| {
            (value(i, j) - Packed::of(&comoments).unwrap().row(i)[j]).abs()
                / (spread(i) * spread(j))
        };
        Errors {
            mean: (0..COLUMNS).map(of_mean).fold(0.0, f64::max),
            near_zero: of_spread(NEAR_ZERO),
            far: of_spread(FAR),
            drifting: of_spread(DRIFTING),
            constant: (value(CONSTANT, CONSTANT).abs() / count).sqrt() / means[CONSTANT],
            correlation: pairs.map(of_correlation).fold(0.0, f64::max),
        }
    }

    /// Means and packed co-moments, from sums of whole numbers: each value is one of the period, `b`,
    /// and one of the noise, `e`, so that Σ x x' = Σ b b' T + Σ b Σ e' + Σ b' Σ e + Σ e e' N.
    fn exact(&self) -> (Vec<f64>, Vec<f64>) {
        let (period, periods) = (PERIOD as i128, i128::from(self.periods));
        let count = period * periods;
        let base = |i: usize, period: i64| i128::from(SHAPES[i].drift * period);
        let bases = |i: usize| (0..self.periods).map(|p| base(i, p)).sum::<i128>();
        let noises = |i: usize| self.noise[i].iter().map(|&e| i128::from(e)).sum::<i128>();
        let sum = |i: usize| bases(i) * period + noises(i) * periods;
        let product = |i: usize, j: usize| {
            let of_bases = (0..self.periods).map(|p| base(i, p) * base(j, p));
            let both = self.noise[i].iter().zip(&self.noise[j]);
            let of_noises = both.map(|(&x, &y)| i128::from(x * y));
            of_bases.sum::<i128>() * period
                + bases(i) * noises(j)
                + bases(j) * noises(i)
                + of_noises.sum::<i128>() * periods
        };
        let mean = |i: usize| SHAPES[i].start as f64 + sum(i) as f64 / count as f64;
        let pairs = (0..COLUMNS).flat_map(|i| (0..=i).map(move |j| (i, j)));
        let comoment = |(i, j): (usize, usize)| {
            (count * product(i, j) - sum(i) * sum(j)) as f64 / count as f64
        };
        (
            (0..COLUMNS).map(mean).collect(),
            pairs.map(comoment).collect(),
        )
    }
}
