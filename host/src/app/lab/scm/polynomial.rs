//! Polynomials of degree at most 2, evaluated on columns.

use super::generators::LANES;
use crate::moments::tile::Column;
use joint_effects_kernel::features::monomials;
use multiversion::multiversion;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// A polynomial of degree 1 or 2 in some variables.
#[derive(Clone, Debug)]
pub(super) struct Polynomial {
    variables: usize,
    /// In the order of the kernel's monomials; those of degree 2 may be absent, all of them.
    coefficients: Box<[f64]>,
}

impl Polynomial {
    pub(super) fn new(variables: usize, coefficients: impl Into<Box<[f64]>>) -> Self {
        Self {
            variables,
            coefficients: coefficients.into(),
        }
    }

    /// All monomials of degree at most 2, the constant among them, with N(0, 1) coefficients divided
    /// by the sum of their absolute values.
    pub(super) fn random(variables: usize, rng: &mut impl Rng) -> Self {
        let count = monomials::count(variables, 2);
        let mut coefficients: Box<[f64]> = (0..count).map(|_| rng.sample(StandardNormal)).collect();
        let total: f64 = coefficients.iter().map(|c| c.abs()).sum();
        for coefficient in &mut coefficients {
            *coefficient /= total;
        }
        Self::new(variables, coefficients)
    }

    /// The coefficients of 1, a, b, aa, ab and bb, of a polynomial in two variables.
    pub(super) fn of_two_variables(&self) -> [f64; 6] {
        debug_assert_eq!(self.variables, 2);
        std::array::from_fn(|index| self.coefficients.get(index).copied().unwrap_or(0.0))
    }

    /// The value of a polynomial in two variables.
    pub(super) fn at(&self, a: f64, b: f64) -> f64 {
        let [one, by_a, by_b, aa, ab, bb] = self.of_two_variables();
        one + a * (by_a + aa * a + ab * b) + b * (by_b + bb * b)
    }

    /// The coefficients of 1, a, b, aa, ab and bb in its last two variables, where those before them have these
    /// values.
    pub(super) fn given(&self, values: &[f64]) -> [f64; 6] {
        debug_assert_eq!(self.variables, values.len() + 2);
        let mut rest = [0.0; 6];
        let (affine, quadratic) = self.coefficients.split_at(1 + self.variables);
        let known = |variable: usize| values.get(variable).copied();
        // Where a variable is not known, the place of what it is a factor of.
        let place = |variable: usize| variable - values.len();
        rest[0] = affine[0];
        for (variable, &coefficient) in affine[1..].iter().enumerate() {
            match known(variable) {
                Some(value) => rest[0] += coefficient * value,
                None => rest[1 + place(variable)] += coefficient,
            }
        }
        let pairs = (0..self.variables).flat_map(|i| (i..self.variables).map(move |j| (i, j)));
        for ((i, j), &coefficient) in pairs.zip(quadratic) {
            match (known(i), known(j)) {
                (Some(one), Some(other)) => rest[0] += coefficient * one * other,
                (Some(one), None) => rest[1 + place(j)] += coefficient * one,
                (None, _) => rest[3 + place(i) + place(j)] += coefficient,
            }
        }
        rest
    }

    /// Adds the polynomial's values to a column.
    pub(super) fn add_to(&self, variables: &[&Column], target: &mut Column) {
        debug_assert_eq!(self.variables, variables.len());
        add(self, variables, target);
    }
}

#[multiversion(targets("x86_64+avx512f", "x86_64+avx2"))]
fn add(polynomial: &Polynomial, variables: &[&Column], target: &mut Column) {
    let (affine, quadratic) = polynomial.coefficients.split_at(1 + variables.len());
    let (constant, linear) = (affine[0], &affine[1..]);
    let (targets, _) = target.0.as_chunks_mut::<LANES>();
    let chunk_of = |variable: &Column, chunk: usize| variable.0.as_chunks::<LANES>().0[chunk];
    for (chunk, target) in targets.iter_mut().enumerate() {
        let mut sum = target.map(|value| value + constant);
        // Σ_i x_i (c_i + Σ_{j ≥ i} c_ij x_j)
        let mut quadratic = quadratic;
        for (i, &coefficient) in linear.iter().enumerate() {
            let mut slope = [coefficient; LANES];
            let from = variables.len() - i;
            let (row, rest) = quadratic.split_at(from.min(quadratic.len()));
            quadratic = rest;
            for (&coefficient, variable) in row.iter().zip(&variables[i..]) {
                for (slope, value) in slope.iter_mut().zip(chunk_of(variable, chunk)) {
                    *slope += coefficient * value;
                }
            }
            for ((sum, slope), value) in
                sum.iter_mut().zip(slope).zip(chunk_of(variables[i], chunk))
            {
                *sum += slope * value;
            }
        }
        *target = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::scm::{Distribution, Generators, Purpose, stream};
    use joint_effects_kernel::features::monomials::Monomials;

    #[test]
    fn agrees_with_the_kernels_monomials() {
        let mut rng = stream(0, 0, Purpose::Model);
        for variables in 2..=6 {
            let monomials = Monomials::new(variables, 2).unwrap();
            let mut columns = vec![Column::ZEROS; variables];
            let mut generators = Generators::new(&mut rng);
            for column in &mut columns {
                Distribution::Uniform {
                    standard_deviation: 1.0,
                }
                .fill(&mut generators, column);
            }
            let mut polynomial = Polynomial::random(variables, &mut rng);
            let total: f64 = polynomial.coefficients.iter().map(|c| c.abs()).sum();
            assert!((total - 1.0).abs() < 1e-14);

            let references: Vec<&Column> = columns.iter().collect();
            let mut features = vec![0.0; monomials.len()];
            for degree in [2, 1] {
                let count = monomials::count(variables, degree);
                polynomial.coefficients = polynomial.coefficients[..count].into();
                let mut target = Column::ZEROS;
                target.0.fill(10.0);
                polynomial.add_to(&references, &mut target);
                for (row, value) in target.0.iter().enumerate() {
                    let values: Vec<f64> = columns.iter().map(|c| c.0[row]).collect();
                    monomials.evaluate(&values, &mut features).unwrap();
                    let expected: f64 = polynomial
                        .coefficients
                        .iter()
                        .zip(&features)
                        .map(|(c, f)| c * f)
                        .sum();
                    assert!((value - 10.0 - expected).abs() < 1e-13);
                }
            }
        }
    }
}
