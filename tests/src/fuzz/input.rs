//! Numbers from bytes, so that changing a byte changes a number.

use crate::feed::{self, Owned};
use arbitrary::Unstructured;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::{Regime, Scalar};

/// Bytes that are taken one after another; zeros after the last.
pub(super) struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or_default()
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(super) fn count(&mut self) -> u64 {
        match self.byte() {
            255 => self.0.arbitrary().unwrap_or_default(),
            small => small.into(),
        }
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&mut self, least: usize, most: usize) -> usize {
        least + usize::from(self.byte()) % (most - least + 1)
    }

    /// Mostly a number of ordinary size; sometimes any bits, infinite and NaN among them.
    pub(super) fn number<S: Scalar>(&mut self) -> S {
        let ordinary = |byte: u8| {
            let size = S::from_count(u64::from(byte % 112)) / S::from_count(16);
            if byte < 112 { size } else { -size }
        };
        match self.byte() {
            byte @ ..224 => ordinary(byte),
            _ => S::from_le_bytes(self.0.bytes(S::BYTES).unwrap_or_default()).unwrap_or_default(),
        }
    }

    pub(super) fn numbers<S: Scalar>(&mut self, count: usize) -> Vec<S> {
        (0..count).map(|_| self.number()).collect()
    }

    /// Up to three actions to at most the third degree.
    pub(super) fn monomials(&mut self) -> Monomials {
        let (variables, degree) = (self.between(1, 3), self.between(0, 3));
        Monomials::new(variables, degree).expect("few enough")
    }

    pub(super) fn regime(&mut self, actions: usize) -> Regime {
        let bits = u32::from(self.byte()) & Regime::joint(actions).bits();
        Regime::from_bits(bits)
    }

    /// At most 200 rows.
    pub(super) fn rows<S: Scalar>(&mut self, actions: usize) -> Rows<S> {
        let mut rows = Rows::default();
        while !self.is_empty() && rows.0.len() < 200 {
            let regime = self.regime(actions);
            rows.0.push((regime, self.numbers(actions), self.number()));
        }
        rows
    }
}

/// Rows of any regimes: the regime, K actions, the outcome.
#[derive(Default)]
pub(super) struct Rows<S>(pub(super) Vec<(Regime, Vec<S>, S)>);

impl<S: Scalar> Rows<S> {
    /// The moments of every regime that has rows.
    pub(super) fn by_regime(&self, monomials: Monomials) -> Vec<(Regime, Owned<S>)> {
        let joint = Regime::joint(monomials.variables());
        let parts = (0..=joint.bits()).map(|bits| {
            let regime = Regime::from_bits(bits);
            (regime, self.moments(monomials, |_, own| own == regime))
        });
        parts.filter(|(_, moments)| moments.count() > 0).collect()
    }

    /// The moments of the rows that are kept, given their place and regime.
    pub(super) fn moments(
        &self,
        monomials: Monomials,
        keep: impl Fn(usize, Regime) -> bool,
    ) -> Owned<S> {
        let (mut actions, mut outcomes) = (Vec::new(), Vec::new());
        for (place, (regime, values, outcome)) in self.0.iter().enumerate() {
            if keep(place, *regime) {
                actions.extend_from_slice(values);
                outcomes.push(*outcome);
            }
        }
        feed::by_tiles(monomials, &actions, &outcomes)
    }

    /// Whether every number that enters the moments is.
    pub(super) fn are_finite(&self, monomials: Monomials) -> bool {
        let finite = |(_, actions, outcome): &(Regime, Vec<S>, S)| {
            let constant = monomials.degree() == 0;
            outcome.is_finite() && (constant || actions.iter().all(|value| value.is_finite()))
        };
        self.0.iter().all(finite)
    }
}
