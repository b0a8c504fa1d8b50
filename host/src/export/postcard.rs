//! Bytes that the kernel's [`artifact`] reads.

use super::{Export, Scalar};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::artifact;
use joint_effects_kernel::predict::predictor::Layout;
use serde::{Deserialize, Serialize};

/// The structure whose postcard encoding the bytes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact<S> {
    /// [`artifact::MAGIC`].
    pub magic: [u8; 4],
    /// [`artifact::VERSION`].
    pub version: u8,
    /// Bytes of a number.
    pub scalar: u8,
    /// Which monomials there are.
    pub layout: Layout,
    /// K.
    pub actions: u8,
    /// Total degree.
    pub degree: u8,
    /// K numbers.
    pub shifts: Vec<S>,
    /// K numbers.
    pub factors: Vec<S>,
    /// Of the layout's monomials, in the order of the kernel's [`Monomials`].
    pub coefficients: Vec<S>,
    /// CRC-32 of all before it, the lowest byte first.
    pub crc: [u8; 4],
}

/// The encoded predictor: additive where the effect is, dense otherwise.
pub fn bytes(export: &Export) -> Vec<u8> {
    match export.scalar {
        Scalar::F32 => encode(export, |value| value as f32),
        Scalar::F64 => encode(export, |value| value),
    }
}

fn encode<S: Serialize>(export: &Export, number: impl Fn(f64) -> S) -> Vec<u8> {
    let (actions, degree) = (export.actions.len(), export.degree());
    let monomials = &export.monomials;
    let additive = monomials.iter().all(|(factors, _)| is_power(factors));
    let layout = if additive {
        Layout::Additive
    } else {
        Layout::Dense
    };
    let factors: Vec<Vec<usize>> = if additive {
        let powers = |power| (0..actions).map(move |action| vec![action; power]);
        std::iter::once(Vec::new())
            .chain((1..=degree).flat_map(powers))
            .collect()
    } else {
        let all = Monomials::new(actions, degree).expect("no more than the model has");
        (0..all.len())
            .map(|index| all.factors(index).collect())
            .collect()
    };
    let mut known = monomials.iter().peekable();
    let coefficients = factors.iter().map(|factors| {
        let own = known.next_if(|(monomial, _)| monomial == factors);
        number(own.map_or(0.0, |&(_, value)| value))
    });
    let coefficients = coefficients.collect();
    let numbers = |values: &[f64]| values.iter().map(|&value| number(value)).collect();
    let mut artifact = Artifact {
        magic: artifact::MAGIC,
        version: artifact::VERSION,
        scalar: export.scalar.bytes() as u8,
        layout,
        actions: actions as u8,
        degree: degree as u8,
        shifts: numbers(&export.shift),
        factors: numbers(&export.factor),
        coefficients,
        crc: [0; 4],
    };
    let encode = |artifact: &_| postcard::to_allocvec(artifact).expect("every length is known");
    let unsigned = encode(&artifact);
    artifact.crc = artifact::crc32(&unsigned[..unsigned.len() - 4]).to_le_bytes();
    encode(&artifact)
}

fn is_power(factors: &[usize]) -> bool {
    factors.iter().all(|&factor| factor == factors[0])
}
