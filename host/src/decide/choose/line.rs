//! The effect along one action, the others held.

use crate::fit::structured::EffectUncertainty;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::features::monomials::{Basis, MAX_DEGREE};
use joint_effects_kernel::predict::predictor;

/// What adds up is a polynomial of the action and of the same within bounds, and its variance one of twice the
/// degrees. Both are collected once, and are quick at every value.
pub(super) struct Line {
    /// A shift and a factor: of the action, and of the same within bounds.
    standardisations: [[f64; 2]; 2],
    linked: [f64; ORDERS],
    /// The powers that the variance is of, and a symmetric matrix of these.
    orders: Vec<usize>,
    variance: Vec<f64>,
}

/// Powers of an action from 0 up, and of the same within bounds from 1 up.
const ORDERS: usize = 2 * MAX_DEGREE + 1;

impl Line {
    pub(super) fn new(
        basis: &Basis<f64, Vec<f64>>,
        polynomial: &[f64],
        uncertainty: Option<&EffectUncertainty>,
        setting: &[f64],
        action: usize,
    ) -> Self {
        let monomials = basis.monomials();
        let bounded = monomials.variables() + action;
        let mut variables = vec![0.0; monomials.all_variables()];
        let mut features = vec![0.0; monomials.len()];
        let evaluated = basis.standardise(setting, &mut variables).and_then(|()| {
            variables[action] = 1.0;
            if let Some(variable) = variables.get_mut(bounded) {
                *variable = 1.0;
            }
            predictor::evaluate(monomials, polynomial, &variables, &mut features)
        });
        evaluated.expect("a value for every action");
        let mut orders = Vec::with_capacity(monomials.len());
        monomials.each(|factors| {
            let of = |variable: usize| factors.iter().filter(|&&factor| factor == variable).count();
            let (own, within) = (of(action), of(bounded));
            orders.push(if within > 0 { MAX_DEGREE + within } else { own });
        });
        let mut linked = [0.0; ORDERS];
        let terms = orders.iter().zip(&features).zip(polynomial);
        for ((&order, feature), coefficient) in terms {
            linked[order] += feature * coefficient;
        }
        let (mut own, mut variance) = (Vec::new(), Vec::new());
        if let Some(known) = uncertainty {
            own.extend(known.monomials.iter().map(|&index| orders[index]));
            own.sort_unstable();
            own.dedup();
            variance = vec![0.0; own.len() * own.len()];
            let place = |index: usize| own.partition_point(|&order| order < orders[index]);
            let covariance = Packed::new(known.monomials.len(), &known.covariance);
            let rows = covariance.expect("a row for every monomial").rows();
            for (row, &one) in rows.zip(&known.monomials) {
                for (entry, &other) in row.iter().zip(&known.monomials) {
                    let twice = if one == other { 1.0 } else { 2.0 };
                    variance[place(one) * own.len() + place(other)] +=
                        twice * entry * features[one] * features[other];
                }
            }
        }
        let within = basis.bounded().nth(action);
        let within = within.map_or([0.0; 2], |(shift, factor)| [shift, factor]);
        Self {
            standardisations: [[basis.shift()[action], basis.factor()[action]], within],
            linked,
            orders: own,
            variance,
        }
    }

    /// What adds up at a value of the action, and its standard error.
    pub(super) fn at(&self, value: f64) -> (f64, f64) {
        let [own, within] = self
            .standardisations
            .map(|[shift, factor]| (value - shift) * factor);
        let within = within.clamp(-1.0, 1.0);
        let mut powers = [1.0; ORDERS];
        for order in 1..=MAX_DEGREE {
            powers[order] = powers[order - 1] * own;
        }
        let mut power = 1.0;
        for slot in &mut powers[MAX_DEGREE + 1..] {
            power *= within;
            *slot = power;
        }
        let linked = self.linked.iter().zip(&powers);
        let linked = linked.map(|(coefficient, power)| coefficient * power).sum();
        let rows = self.variance.chunks(self.orders.len().max(1));
        let variance = self.orders.iter().zip(rows).map(|(&one, row)| {
            let row = self.orders.iter().zip(row);
            let row: f64 = row.map(|(&other, entry)| entry * powers[other]).sum();
            powers[one] * row
        });
        let variance: f64 = variance.sum();
        (linked, variance.max(0.0).sqrt())
    }
}
