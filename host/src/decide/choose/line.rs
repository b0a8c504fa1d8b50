//! The effect along one action, the others held.

use crate::fit::structured::EffectUncertainty;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::features::monomials::{Basis, MAX_DEGREE};
use joint_effects_kernel::predict::predictor;

/// What adds up is a polynomial of the action, and its variance one of twice the degree. Both are
/// collected once, and are quick at every value.
pub(super) struct Line {
    shift: f64,
    factor: f64,
    linked: [f64; MAX_DEGREE + 1],
    variance: [f64; 2 * MAX_DEGREE + 1],
}

impl Line {
    pub(super) fn new(
        basis: &Basis<f64, Vec<f64>>,
        polynomial: &[f64],
        uncertainty: Option<&EffectUncertainty>,
        setting: &[f64],
        action: usize,
    ) -> Self {
        let monomials = basis.monomials();
        let (mut variables, mut features) = (vec![0.0; setting.len()], vec![0.0; monomials.len()]);
        let evaluated = basis.standardise(setting, &mut variables).and_then(|()| {
            variables[action] = 1.0;
            predictor::evaluate(monomials, polynomial, &variables, &mut features)
        });
        evaluated.expect("a value for every action");
        let mut exponents = Vec::with_capacity(monomials.len());
        monomials.each(|factors| {
            exponents.push(factors.iter().filter(|&&factor| factor == action).count());
        });
        let mut line = Self {
            shift: basis.shift()[action],
            factor: basis.factor()[action],
            linked: [0.0; MAX_DEGREE + 1],
            variance: [0.0; 2 * MAX_DEGREE + 1],
        };
        let terms = exponents.iter().zip(&features).zip(polynomial);
        for ((&exponent, feature), coefficient) in terms {
            line.linked[exponent] += feature * coefficient;
        }
        if let Some(known) = uncertainty {
            let covariance = Packed::new(known.monomials.len(), &known.covariance);
            let rows = covariance.expect("a row for every monomial").rows();
            for (row, &one) in rows.zip(&known.monomials) {
                for (entry, &other) in row.iter().zip(&known.monomials) {
                    let twice = if one == other { 1.0 } else { 2.0 };
                    line.variance[exponents[one] + exponents[other]] +=
                        twice * entry * features[one] * features[other];
                }
            }
        }
        line
    }

    /// What adds up at a value of the action, and its standard error.
    pub(super) fn at(&self, value: f64) -> (f64, f64) {
        let variable = (value - self.shift) * self.factor;
        let evaluate = |powers: &[f64]| {
            let powers = powers.iter().rev();
            powers.fold(0.0, |sum, power| power + variable * sum)
        };
        let variance = evaluate(&self.variance).max(0.0);
        (evaluate(&self.linked), variance.sqrt())
    }
}
