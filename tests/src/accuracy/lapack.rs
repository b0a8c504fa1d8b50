//! LAPACK's test ratios (`dchkpo`: `dpot01`, `dpot02`, `dpot03`) of the packed Cholesky factor, of
//! solutions and of the inverse, over LAPACK's nine kinds of symmetric matrices (`dlatb4`).

use crate::random::{self, normals};
use joint_effects_kernel::algebra::cholesky::{self, Factor};
use joint_effects_kernel::algebra::packed::{Packed, PackedMut};
use joint_effects_kernel::scalar::Scalar;
use rand_xoshiro::Xoshiro256PlusPlus;

/// LAPACK passes ratios below this.
pub const THRESHOLD: f64 = 30.0;

/// Orders of the matrices: LAPACK's own, and larger ones.
const ORDERS: [usize; 10] = [1, 2, 3, 5, 10, 16, 50, 64, 129, 300];

/// LAPACK's kinds, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Diagonal, of condition 2.
    Diagonal,
    /// Of condition 2.
    Random,
    /// The first row and column zero.
    FirstZero,
    /// The last row and column zero.
    LastZero,
    /// The middle row and column zero.
    MiddleZero,
    /// Of condition √(0.1 / ε).
    Moderate,
    /// Of condition 0.1 / ε.
    Bad,
    /// Of condition 2, near underflow.
    Small,
    /// Of condition 2, near overflow.
    Large,
}

impl Kind {
    /// All nine.
    pub const ALL: [Self; 9] = [
        Self::Diagonal,
        Self::Random,
        Self::FirstZero,
        Self::LastZero,
        Self::MiddleZero,
        Self::Moderate,
        Self::Bad,
        Self::Small,
        Self::Large,
    ];

    /// What it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Diagonal => "diagonal, condition 2",
            Self::Random => "random, condition 2",
            Self::FirstZero => "first row and column zero",
            Self::LastZero => "last row and column zero",
            Self::MiddleZero => "middle row and column zero",
            Self::Moderate => "condition √(0.1/ε)",
            Self::Bad => "condition 0.1/ε",
            Self::Small => "near underflow",
            Self::Large => "near overflow",
        }
    }

    /// The row that is zero, of a matrix of this order.
    pub fn zero(self, order: usize) -> Option<usize> {
        match self {
            Self::FirstZero => Some(0),
            Self::LastZero => Some(order - 1),
            Self::MiddleZero => Some(order / 2),
            _ => None,
        }
    }

    /// A matrix of this kind for a scalar of this unit roundoff and least positive normal number.
    fn matrix(self, order: usize, precision: Precision, random: &mut Xoshiro256PlusPlus) -> Matrix {
        let Precision { roundoff, least } = precision;
        let small = 0.25 * least / roundoff;
        let (condition, norm) = match self {
            Self::Moderate => ((0.1 / roundoff).sqrt(), 1.0),
            Self::Bad => (0.1 / roundoff, 1.0),
            Self::Small => (2.0, small),
            Self::Large => (2.0, 1.0 / small),
            _ => (2.0, 1.0),
        };
        let mut matrix = match self {
            Self::Diagonal => Matrix::diagonal(order, condition),
            _ => Matrix::random(order, condition, norm, random),
        };
        if let Some(zero) = self.zero(order) {
            matrix.clear(zero);
        }
        matrix
    }
}

/// What a scalar can tell apart.
#[derive(Clone, Copy, Debug)]
struct Precision {
    /// Half the distance from 1 to the next number.
    roundoff: f64,
    /// The least positive normal number.
    least: f64,
}

/// The ratios of factor, solution and inverse.
pub type Ratios = [f64; 3];

/// The worst ratios over all orders in f64; `None` where the factor does not exist and its failing
/// pivot was named right for every order.
pub fn worst_in_f64(kind: Kind) -> Option<Ratios> {
    worst(kind, f64::MIN_POSITIVE, |entry| entry)
}

/// The same in f32.
pub fn worst_in_f32(kind: Kind) -> Option<Ratios> {
    worst::<f32>(kind, f32::MIN_POSITIVE.into(), |entry| entry as f32)
}

fn worst<S: Scalar + Into<f64>>(kind: Kind, least: f64, round: fn(f64) -> S) -> Option<Ratios> {
    let roundoff = S::EPSILON.into() / 2.0;
    let precision = Precision { roundoff, least };
    let mut random = random::stream(1);
    let mut worst: Option<Ratios> = None;
    for order in ORDERS {
        let matrix = kind.matrix(order, precision, &mut random).packed(round);
        let mut factor = matrix.clone();
        let packed = PackedMut::new(order, &mut factor).unwrap();
        match (Factor::of(packed), kind.zero(order)) {
            (Ok(_), None) => {}
            (Err(error), Some(zero)) if error.pivot == zero => continue,
            (outcome, zero) => panic!("{kind:?}, order {order}: {outcome:?}, zero row {zero:?}"),
        }
        let ratios = ratios(order, &matrix, &factor, round, &mut random);
        let worst = worst.get_or_insert_default();
        for (worst, ratio) in worst.iter_mut().zip(ratios) {
            // A ratio that is no number is the worst of all.
            *worst = if ratio <= *worst { *worst } else { ratio };
        }
    }
    worst
}

fn ratios<S: Scalar + Into<f64>>(
    order: usize,
    matrix: &[S],
    factor: &[S],
    round: fn(f64) -> S,
    random: &mut Xoshiro256PlusPlus,
) -> Ratios {
    let exact = Matrix::of_packed(order, matrix);
    let roundoff = S::EPSILON.into() / 2.0;
    let size = order as f64;

    let lower: Vec<Vec<f64>> = Packed::of(factor)
        .unwrap()
        .rows()
        .map(|row| row.iter().map(|&entry| entry.into()).collect())
        .collect();
    let product: Vec<f64> = (0..order)
        .flat_map(|i| (0..order).map(move |j| (i, j)))
        .map(|(i, j)| lower[i].iter().zip(&lower[j]).map(|(x, y)| x * y).sum())
        .collect();
    let difference = product.iter().zip(&exact.entries).map(|(x, y)| x - y);
    let difference = Matrix {
        order,
        entries: difference.collect(),
    };
    let of_factor = difference.norm() / (size * exact.norm() * roundoff);

    let right: Vec<S> = exact
        .multiply(&normals(random, order))
        .into_iter()
        .map(round)
        .collect();
    let mut solution = right.clone();
    let factored = Factor::in_place(Packed::new(order, factor).unwrap());
    factored.solve(&mut solution).unwrap();
    let solution: Vec<f64> = solution.into_iter().map(Into::into).collect();
    let left = exact.multiply(&solution);
    let residual: Vec<f64> = right
        .iter()
        .zip(&left)
        .map(|(&b, l)| b.into() - l)
        .collect();
    let scale = exact.norm() * one_norm(&solution) * roundoff;
    let of_solution = one_norm(&residual) / scale;

    let mut inverse = factor.to_vec();
    cholesky::inverse(PackedMut::new(order, &mut inverse).unwrap());
    let inverse = Matrix::of_packed(order, &inverse);
    let entries = inverse
        .entries
        .chunks_exact(order)
        .enumerate()
        .flat_map(|(i, row)| {
            let mut row = exact.multiply(row);
            row[i] -= 1.0;
            row
        });
    let residual = Matrix {
        order,
        entries: entries.collect(),
    };
    let scale = size * exact.norm() * inverse.norm() * roundoff;
    [of_factor, of_solution, residual.norm() / scale]
}

/// A full matrix, in f64 whatever the scalar under test.
pub struct Matrix {
    order: usize,
    entries: Vec<f64>,
}

impl Matrix {
    /// Entries from 1 down to `1 / condition`, evenly spaced in the logarithm.
    fn diagonal(order: usize, condition: f64) -> Self {
        let mut entries = vec![0.0; order * order];
        for i in 0..order {
            let place = i as f64 / (order.max(2) - 1) as f64;
            entries[i * order + i] = condition.powf(-place);
        }
        Self { order, entries }
    }

    /// Eigenvalues from `norm` down to `norm / condition`, evenly spaced in the logarithm, turned by
    /// random reflections.
    pub fn random(
        order: usize,
        condition: f64,
        norm: f64,
        random: &mut Xoshiro256PlusPlus,
    ) -> Self {
        let mut matrix = Self::diagonal(order, condition);
        for _ in 0..10 {
            matrix.reflect(&normals(random, order));
        }
        matrix.entries.iter_mut().for_each(|entry| *entry *= norm);
        matrix
    }

    /// Replaces a row and its column by zeros.
    fn clear(&mut self, zero: usize) {
        for k in 0..self.order {
            self.entries[zero * self.order + k] = 0.0;
            self.entries[k * self.order + zero] = 0.0;
        }
    }

    /// `H A H` with `H = I − 2 v vᵀ / vᵀv`.
    fn reflect(&mut self, v: &[f64]) {
        let square: f64 = v.iter().map(|v| v * v).sum();
        let product = self.multiply(v);
        let inner: f64 = product.iter().zip(v).map(|(p, v)| p * v).sum();
        let w: Vec<f64> = product
            .iter()
            .zip(v)
            .map(|(p, v)| 2.0 / square * (p - inner / square * v))
            .collect();
        for i in 0..self.order {
            for j in 0..self.order {
                self.entries[i * self.order + j] -= v[i] * w[j] + w[i] * v[j];
            }
        }
    }

    fn of_packed<S: Scalar + Into<f64>>(order: usize, matrix: &[S]) -> Self {
        let mut entries = vec![0.0; order * order];
        for (i, row) in Packed::of(matrix).unwrap().rows().enumerate() {
            for (j, &entry) in row.iter().enumerate() {
                entries[i * order + j] = entry.into();
                entries[j * order + i] = entry.into();
            }
        }
        Self { order, entries }
    }

    /// Its lower triangle, rounded.
    pub fn packed<S: Scalar>(&self, round: impl Fn(f64) -> S) -> Vec<S> {
        (0..self.order)
            .flat_map(|i| &self.entries[i * self.order..=i * self.order + i])
            .map(|&entry| round(entry))
            .collect()
    }

    fn multiply(&self, x: &[f64]) -> Vec<f64> {
        self.entries
            .chunks_exact(self.order)
            .map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum())
            .collect()
    }

    /// The largest row sum, which is the 1-norm of a symmetric matrix.
    fn norm(&self) -> f64 {
        self.entries
            .chunks_exact(self.order)
            .map(one_norm)
            .fold(0.0, f64::max)
    }
}

fn one_norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).sum()
}
