//! Predictors as bytes: what `joint-effects export --format postcard` writes, read on the device.
//!
//! The bytes are those that [postcard](https://postcard.jamesmunns.com/wire-format) 1 gives this
//! structure, `S` being `f32` or `f64`:
//!
//! ```
//! # use joint_effects_kernel::predict::predictor::Layout;
//! struct Artifact<S> {
//!     magic: [u8; 4],       // "JEFX"
//!     version: u8,          // 1
//!     scalar: u8,           // bytes of a number: 4 or 8
//!     layout: Layout,       // 0 dense, 1 additive
//!     actions: u8,          // K
//!     degree: u8,           // d
//!     shifts: Vec<S>,       // K
//!     factors: Vec<S>,      // K
//!     coefficients: Vec<S>, // C(K + d, d), or 1 + K d
//!     crc: [u8; 4],         // CRC-32 (IEEE) of all before it, the lowest byte first
//! }
//! ```
//!
//! Numbers are in IEEE 754, the lowest byte first; the length of a list stands before it as a
//! variable-length integer, seven bits a byte, the lowest first. The coefficients are in the order
//! of [`Monomials`](crate::features::monomials::Monomials), those that an additive polynomial lacks left out.

use crate::predict::predictor::{Layout, Predictor, PredictorError};
use crate::scalar::Scalar;
use core::fmt;

/// The first bytes of every artifact.
pub const MAGIC: [u8; 4] = *b"JEFX";

/// The version that is read and written.
pub const VERSION: u8 = 1;

/// Bytes hold no predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ArtifactError {
    /// They end too early.
    Truncated {
        /// How many bytes there are.
        found: usize,
    },
    /// They begin with something else.
    Magic,
    /// Another version of the format, probably newer.
    Version {
        /// The version.
        found: u8,
    },
    /// The numbers are of another scalar.
    Scalar {
        /// Bytes of a number.
        found: u8,
    },
    /// There is no such layout.
    Layout {
        /// Its number.
        found: u8,
    },
    /// A list is not as long as actions and degree call for.
    Count {
        /// What it lists.
        what: &'static str,
        /// How many numbers it must have.
        needed: usize,
    },
    /// They go on after the end.
    Trailing {
        /// How many bytes are left over.
        left: usize,
    },
    /// They are not what was written.
    Crc,
    /// The predictor is too large, or its numbers are not finite.
    Predictor(PredictorError),
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { found } => write!(f, "truncated after {found} bytes"),
            Self::Magic => f.write_str("not a predictor"),
            Self::Version { found } => {
                write!(f, "version {found}, expected {VERSION}")
            }
            Self::Scalar { found } => write!(f, "numbers of another scalar, {found} bytes each"),
            Self::Layout { found } => write!(f, "layout {found}, expected 0 or 1"),
            Self::Count { what, needed } => write!(f, "{what}: {needed} numbers expected"),
            Self::Trailing { left } => write!(f, "{left} bytes after the end"),
            Self::Crc => f.write_str("damaged: the CRC differs"),
            Self::Predictor(e) => e.fmt(f),
        }
    }
}

impl core::error::Error for ArtifactError {}

impl From<PredictorError> for ArtifactError {
    fn from(error: PredictorError) -> Self {
        Self::Predictor(error)
    }
}

/// Reads a predictor; whatever the bytes, it is a sound one or an error.
pub fn read<S: Scalar, const ACTIONS: usize, const CAPACITY: usize>(
    bytes: &[u8],
) -> Result<Predictor<S, ACTIONS, CAPACITY>, ArtifactError> {
    let mut reader = Reader { bytes, rest: bytes };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(ArtifactError::Magic);
    }
    match reader.byte()? {
        VERSION => {}
        found => return Err(ArtifactError::Version { found }),
    }
    match reader.byte()? {
        bytes if usize::from(bytes) == S::BYTES => {}
        found => return Err(ArtifactError::Scalar { found }),
    }
    let layout = match reader.byte()? {
        0 => Layout::Dense,
        1 => Layout::Additive,
        found => return Err(ArtifactError::Layout { found }),
    };
    let actions = usize::from(reader.byte()?);
    let degree = usize::from(reader.byte()?);
    let terms = Predictor::<S, ACTIONS, CAPACITY>::room(layout, actions, degree)?;
    let shifts = reader.list("shifts", actions)?;
    let factors = reader.list("factors", actions)?;
    let coefficients = reader.list("coefficients", terms)?;
    let crc = crc32(reader.done());
    if reader.take(4)? != crc.to_le_bytes() {
        return Err(ArtifactError::Crc);
    }
    match reader.rest.len() {
        0 => {}
        left => return Err(ArtifactError::Trailing { left }),
    }
    Ok(Predictor::from_lists(
        layout,
        actions,
        degree,
        shifts,
        factors,
        coefficients,
    )?)
}

/// The CRC-32 of IEEE 802.3.
///
/// ```
/// assert_eq!(joint_effects_kernel::predict::artifact::crc32(b"123456789"), 0xcbf4_3926);
/// ```
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc = (crc >> 1) ^ (carry * 0xedb8_8320);
        }
    }
    !crc
}

struct Reader<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ArtifactError> {
        let found = self.bytes.len();
        let split = self.rest.split_at_checked(count);
        let (taken, rest) = split.ok_or(ArtifactError::Truncated { found })?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, ArtifactError> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// What has been taken.
    fn done(&self) -> &'a [u8] {
        let done = self.bytes.len() - self.rest.len();
        self.bytes.get(..done).unwrap_or_default()
    }

    /// What looks up the numbers of a list of exactly `needed`.
    fn list<S: Scalar>(
        &mut self,
        what: &'static str,
        needed: usize,
    ) -> Result<impl Fn(usize) -> Option<S> + use<'a, S>, ArtifactError> {
        // Byte by byte the only encoding of that length.
        let mut length = needed;
        loop {
            let low = (length & 0x7f) as u8;
            length >>= 7;
            let expected = if length > 0 { low | 0x80 } else { low };
            if self.byte()? != expected {
                return Err(ArtifactError::Count { what, needed });
            }
            if length == 0 {
                break;
            }
        }
        let numbers = self.take(needed.saturating_mul(S::BYTES))?;
        Ok(|index| S::from_le_bytes(numbers.chunks_exact(S::BYTES).nth(index)?))
    }
}
