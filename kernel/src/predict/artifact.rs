//! Predictors as bytes: what `joint-effects export --format postcard` or a device has written, read where it
//! lies.
//!
//! The bytes are those that [postcard](https://postcard.jamesmunns.com/wire-format) 1 gives this structure;
//! `docs/predictor-format.md` has them field by field.
//!
//! ```
//! struct Artifact {
//!     magic: [u8; 4],  // "JEFX"
//!     version: u8,     // 2
//!     scalar: u8,      // bytes of a number: 4 or 8
//!     length: [u8; 4], // of all these bytes, the lowest first
//!     sections: Vec<Section>,
//!     crc: [u8; 4],    // CRC-32 (IEEE) of all before it, the lowest byte first
//! }
//! struct Section {
//!     tag: u8,          // ascending: each section at most once
//!     content: Vec<u8>, // the postcard encoding of what the tag says
//! }
//! ```
//!
//! What is behind the length is not looked at: an artifact may stand in a slot of flash that is larger.
//!
//! [`Artifact::read`] checks all of it and copies none: predictions, standard errors and the support are
//! computed from the bytes. A [`Predictor`](crate::predict::predictor::Predictor) made of it is faster, and
//! takes RAM. [`write()`] makes artifacts, on a device as on a desktop.

mod best;
mod error;
mod read;
mod write;

pub use error::ArtifactError;
pub use read::{Artifact, Checked};
pub use write::{Bounded, Contents, Uncertainty, write};

use crate::digest::Digest;

/// The first bytes of every artifact.
pub const MAGIC: [u8; 4] = *b"JEFX";

/// The version that is read and written.
pub const VERSION: u8 = 2;

/// Bytes before the sections.
const PREAMBLE: usize = 10;
/// Bytes behind them.
const CRC: usize = 4;

/// What a section holds, by its tag.
mod tag {
    pub(super) const IDENTITY: u8 = 1;
    pub(super) const NAMES: u8 = 2;
    pub(super) const SUPPORT: u8 = 3;
    pub(super) const STANDARDISATION: u8 = 4;
    pub(super) const DENSE: u8 = 5;
    pub(super) const ADDITIVE: u8 = 6;
    pub(super) const CROSS: u8 = 7;
    pub(super) const UNCERTAINTY: u8 = 8;
    pub(super) const LEVELS: u8 = 9;
    pub(super) const BOUNDED: u8 = 10;
}

/// What an action, an outcome or a level is called, in four bytes.
pub(crate) fn name(name: &str) -> [u8; 4] {
    let digest = Digest::new().bytes(name.as_bytes()).value();
    ((digest >> 32) as u32 ^ digest as u32).to_le_bytes()
}
