//! Writing, on a device as on a desktop.

use super::{Artifact, ArtifactError, CRC, MAGIC, VERSION, name, tag};
use crate::bytes::Writer;
use crate::digest::{Digest, crc32};
use crate::predict::predictor::{Cross, Layout};
use crate::regime::Regime;
use crate::scalar::Scalar;

/// What an artifact is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contents<'a, S> {
    /// The name of the outcome.
    pub outcome: &'a str,
    /// The names of the K actions.
    pub actions: &'a [&'a str],
    /// The names of the levels of every action that is a category, in the order of their values, which count
    /// from 0; none of an action whose values are numbers. Nothing where all are such.
    pub levels: &'a [&'a [&'a str]],
    /// What tells the data of the fit from others, as a [`Digest`].
    pub data: u64,
    /// The actions that the effect is of setting.
    pub regime: Regime,
    /// What is subtracted from every action.
    pub shifts: &'a [S],
    /// What that is multiplied by.
    pub factors: &'a [S],
    /// The least value of every action that the data support.
    pub least: &'a [S],
    /// The greatest.
    pub greatest: &'a [S],
    /// Which monomials there are.
    pub layout: Layout,
    /// Total degree.
    pub degree: usize,
    /// Of these monomials, in the order of [`Monomials`](crate::features::monomials::Monomials).
    pub coefficients: &'a [S],
    /// The terms beside those of an additive polynomial.
    pub cross: &'a [Cross<S>],
    /// The powers of bounded actions beside them, by ascending actions.
    pub bounded: &'a [Bounded<S, &'a [S]>],
    /// How sure it is of the effect, where that is known.
    pub uncertainty: Option<Uncertainty<'a, S>>,
}

/// A polynomial without a constant of an action that is kept within bounds: of `(a − shift) · factor`, or of −1 or 1
/// where that lies beyond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded<S, B> {
    /// The action.
    pub action: u8,
    /// The middle of the bounds.
    pub shift: S,
    /// The reciprocal of half their distance.
    pub factor: S,
    /// Of its powers, from the first up.
    pub coefficients: B,
}

/// How sure a model is of the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertainty<'a, S> {
    /// Standard errors either side of a prediction that make its 95 % interval.
    pub quantile: S,
    /// Packed rows of a triangle: the variance is `Σ_i (Σ_{j ≤ i} factor_ij φ_j)²`, φ the monomials, then
    /// the products of the cross terms, then the powers of bounded actions. The covariance of the coefficients is
    /// `factorᵀ factor`.
    pub factor: &'a [S],
}

/// Writes an artifact to the front of `bytes`; how many it takes.
///
/// # Errors
///
/// [`ArtifactError::Truncated`], which says how many are needed, where there are too few; else what
/// [`Artifact::read`] would say of the result.
pub fn write<S: Scalar>(
    contents: &Contents<'_, S>,
    bytes: &mut [u8],
) -> Result<usize, ArtifactError> {
    let found = bytes.len();
    let mut out = Writer::new(bytes);
    out.bytes(&MAGIC);
    out.bytes(&[VERSION, S::BYTES as u8]);
    let at_len = out.len();
    out.bytes(&[0; 4]);
    let categories = contents.levels.iter().any(|names| !names.is_empty());
    let more = [
        !contents.cross.is_empty(),
        contents.uncertainty.is_some(),
        categories,
        !contents.bounded.is_empty(),
    ];
    out.integer(5 + more.map(u64::from).iter().sum::<u64>());
    let mut at_model = 0;
    section(&mut out, tag::IDENTITY, |out| {
        at_model = out.len();
        out.bytes(&[0; 8]);
        out.bytes(&contents.data.to_le_bytes());
        out.integer(contents.regime.bits().into());
    });
    section(&mut out, tag::NAMES, |out| {
        out.bytes(&name(contents.outcome));
        digests(out, contents.actions);
    });
    section(&mut out, tag::SUPPORT, |out| {
        out.list(contents.least);
        out.list(contents.greatest);
    });
    let at_polynomial = out.len();
    section(&mut out, tag::STANDARDISATION, |out| {
        out.list(contents.shifts);
        out.list(contents.factors);
    });
    let layout = match contents.layout {
        Layout::Dense => tag::DENSE,
        Layout::Additive => tag::ADDITIVE,
    };
    section(&mut out, layout, |out| {
        out.bytes(&[contents.degree as u8]);
        out.list(contents.coefficients);
    });
    if !contents.cross.is_empty() {
        section(&mut out, tag::CROSS, |out| {
            out.integer(contents.cross.len() as u64);
            for term in contents.cross {
                out.bytes(&term.parent.to_le_bytes());
                out.bytes(&[term.action]);
                out.number(term.coefficient);
            }
        });
    }
    let end_of_polynomial = out.len();
    if let Some(uncertainty) = contents.uncertainty {
        section(&mut out, tag::UNCERTAINTY, |out| {
            out.number(uncertainty.quantile);
            out.list(uncertainty.factor);
        });
    }
    if categories {
        section(&mut out, tag::LEVELS, |out| {
            out.integer(contents.levels.len() as u64);
            for names in contents.levels {
                digests(out, names);
            }
        });
    }
    let at_bounded = out.len();
    if !contents.bounded.is_empty() {
        section(&mut out, tag::BOUNDED, |out| {
            out.integer(contents.bounded.len() as u64);
            for own in contents.bounded {
                out.bytes(&[own.action]);
                out.number(own.shift);
                out.number(own.factor);
                out.list(own.coefficients);
            }
        });
    }
    let needed = out.len() + CRC;
    if needed > found {
        return Err(ArtifactError::Truncated { needed, found });
    }
    let of_model = [at_polynomial..end_of_polynomial, at_bounded..out.len()];
    let model = of_model.into_iter().fold(Digest::new(), |digest, range| {
        digest.bytes(out.written().get(range).unwrap_or_default())
    });
    out.replace(at_len, &(needed as u32).to_le_bytes());
    out.replace(at_model, &model.value().to_le_bytes());
    let crc = crc32(out.written());
    out.bytes(&crc.to_le_bytes());
    Artifact::<S>::read(out.written())?;
    Ok(needed)
}

fn digests(out: &mut Writer<'_>, names: &[&str]) {
    out.integer(names.len() as u64);
    for own in names {
        out.bytes(&name(own));
    }
}

/// Writes a section: its content twice, the first time to see how long it is.
fn section(out: &mut Writer<'_>, tag: u8, mut content: impl FnMut(&mut Writer<'_>)) {
    let mut counted = Writer::new(&mut []);
    content(&mut counted);
    out.bytes(&[tag]);
    out.integer(counted.len() as u64);
    content(out);
}
