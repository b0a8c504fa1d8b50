//! The moments of a study as bytes: to go on after a reset, or for `joint-effects fit` to merge with others.
//! `docs/moments-format.md` has them field by field.

use super::error::StudyError;
use crate::bytes::{Numbers, Reader, Writer};
use crate::digest::crc32;
use crate::error::ShapeError;
use crate::features::monomials::Monomials;
use crate::moments::buffer_len;
use crate::regime::Regime;
use crate::scalar::Scalar;
use core::fmt;

/// The first bytes of every moments file.
const MAGIC: [u8; 4] = *b"JEFM";

/// What follows them in one that a device has written: its version, 1, with the top bit set.
const VERSION: u8 = 0x81;

/// Bytes before the length, of the length, and of the checksum.
const PREAMBLE: usize = 5;
const LENGTH: usize = 8;
const CRC: usize = 4;

/// Bytes hold no moments, or not those of this study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MomentsFileError {
    /// They begin with something else.
    Magic,
    /// Another version of the format, or a file that no device has written.
    Version {
        /// The version.
        found: u8,
    },
    /// They end too early.
    Truncated {
        /// How many there must be.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// They are not what was written.
    Crc,
    /// The numbers are of another scalar.
    Scalar {
        /// Bytes of a number.
        found: u8,
    },
    /// They are of other quantities than were asked for.
    Names,
    /// A list is not as long as actions and degree call for, or a number is infinite or NaN.
    Content,
}

impl fmt::Display for MomentsFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("no moments"),
            Self::Version { found } => {
                write!(
                    f,
                    "version {found}, expected {VERSION}, which a device writes"
                )
            }
            Self::Truncated { needed, found } => {
                write!(f, "truncated: {needed} bytes needed, {found} found")
            }
            Self::Crc => f.write_str("damaged: the CRC differs"),
            Self::Scalar { found } => write!(f, "numbers of another scalar, {found} bytes each"),
            Self::Names => f.write_str("of other actions or another outcome"),
            Self::Content => f.write_str("not what actions and degree call for"),
        }
    }
}

impl core::error::Error for MomentsFileError {}

/// What the moments are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    /// The outcome.
    pub outcome: &'a str,
    /// The actions.
    pub actions: &'a [&'a str],
}

/// What all regimes share.
pub(super) struct Head<'a, S> {
    pub(super) monomials: Monomials,
    /// K shifts, then K factors.
    pub(super) standardisation: &'a [S],
    /// What is subtracted from the outcome.
    pub(super) center: S,
}

/// The rows of one regime.
pub(super) struct Part<'a, S> {
    pub(super) regime: Regime,
    pub(super) rows: u64,
    /// The least values of the actions and, last, the outcome; then the greatest.
    pub(super) ranges: &'a [S],
    /// Means and co-moments.
    pub(super) numbers: &'a [S],
}

/// Writes a file to the front of `bytes`; how many it takes.
pub(super) fn write<'p, S: Scalar>(
    names: Names<'_>,
    head: &Head<'_, S>,
    parts: impl Iterator<Item = Part<'p, S>> + Clone,
    bytes: &mut [u8],
) -> Result<usize, StudyError> {
    let actions = head.monomials.variables();
    ShapeError::exact("names", actions, names.actions.len())?;
    let found = bytes.len();
    let mut out = Writer::new(bytes);
    out.bytes(&MAGIC);
    out.bytes(&[VERSION]);
    out.bytes(&[0; LENGTH]);
    out.bytes(&[S::BYTES as u8, head.monomials.degree() as u8]);
    out.text(names.outcome);
    out.number(head.center);
    out.integer(actions as u64);
    let (shifts, factors) = head
        .standardisation
        .split_at_checked(actions)
        .unwrap_or_default();
    for (name, (&shift, &factor)) in names.actions.iter().zip(shifts.iter().zip(factors)) {
        out.text(name);
        out.number(shift);
        out.number(factor);
    }
    out.integer(parts.clone().count() as u64);
    for part in parts {
        out.integer(part.regime.bits().into());
        out.bytes(&part.rows.to_le_bytes());
        out.list(part.ranges);
        out.list(part.numbers);
    }
    let needed = out.len() + CRC;
    ShapeError::room("bytes", needed, found)?;
    out.replace(PREAMBLE, &(needed as u64).to_le_bytes());
    let crc = crc32(out.written());
    out.bytes(&crc.to_le_bytes());
    Ok(needed)
}

/// What a file says, found whole.
pub(super) struct File<'a, S> {
    pub(super) monomials: Monomials,
    pub(super) center: S,
    actions: &'a [u8],
    regimes: u32,
    parts: &'a [u8],
}

/// The rows of one regime, in bytes.
pub(super) struct ReadPart<'a, S> {
    pub(super) regime: Regime,
    pub(super) rows: u64,
    pub(super) ranges: Numbers<'a, S>,
    pub(super) numbers: Numbers<'a, S>,
}

impl<'a, S: Scalar> File<'a, S> {
    /// What the front of these bytes says of these quantities.
    pub(super) fn read(names: Names<'_>, bytes: &'a [u8]) -> Result<Self, MomentsFileError> {
        let found = bytes.len();
        let truncated = |needed| MomentsFileError::Truncated { needed, found };
        let mut reader = Reader(bytes);
        let magic: [u8; 4] = reader.array().ok_or(truncated(PREAMBLE + LENGTH))?;
        if magic != MAGIC {
            return Err(MomentsFileError::Magic);
        }
        let version = reader.byte().ok_or(truncated(PREAMBLE + LENGTH))?;
        if version != VERSION {
            return Err(MomentsFileError::Version { found: version });
        }
        let length = reader.array().ok_or(truncated(PREAMBLE + LENGTH))?;
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        let whole = bytes.get(..length).ok_or(truncated(length))?;
        let (signed, crc) = whole.split_last_chunk::<CRC>().ok_or(truncated(CRC))?;
        if *crc != crc32(signed).to_le_bytes() {
            return Err(MomentsFileError::Crc);
        }
        let content = signed.get(PREAMBLE + LENGTH..).ok_or(truncated(length))?;
        let mut reader = Reader(content);
        match reader.byte() {
            Some(bytes) if usize::from(bytes) == S::BYTES => {}
            found => {
                return Err(MomentsFileError::Scalar {
                    found: found.unwrap_or_default(),
                });
            }
        }
        let file = Self::content(names, &mut reader).ok_or(MomentsFileError::Content)??;
        // All parts are whole, of numbers that are finite.
        let parts = file.parts().filter(|part| {
            part.ranges
                .iter()
                .chain(part.numbers.iter())
                .all(S::is_finite)
        });
        let whole = parts.count() == file.regimes as usize;
        let finite = file.center.is_finite() && file.standardisation().all(|x| x.is_finite());
        match whole && finite {
            true => Ok(file),
            false => Err(MomentsFileError::Content),
        }
    }

    fn content(
        names: Names<'_>,
        reader: &mut Reader<'a>,
    ) -> Option<Result<Self, MomentsFileError>> {
        let degree = reader.byte()?;
        let outcome = reader.text()?;
        let center = reader.number()?;
        let count = reader.integer()?;
        let actions = reader.0;
        let mut alike =
            outcome == names.outcome.as_bytes() && count as usize == names.actions.len();
        let mut expected = names.actions.iter();
        for _ in 0..count {
            let name = reader.text()?;
            alike &= expected.next().is_some_and(|own| own.as_bytes() == name);
            reader.bytes(2 * S::BYTES)?;
        }
        if !alike {
            return Some(Err(MomentsFileError::Names));
        }
        Some(Ok(Self {
            monomials: Monomials::new(names.actions.len(), degree.into()).ok()?,
            center,
            actions,
            regimes: reader.integer()?,
            parts: reader.0,
        }))
    }

    /// The shift and the factor of every action in turn.
    pub(super) fn standardisation(&self) -> impl Iterator<Item = S> + use<'a, S> {
        let mut reader = Reader(self.actions);
        (0..2 * self.monomials.variables()).map_while(move |place| {
            if place % 2 == 0 {
                reader.text()?;
            }
            reader.number()
        })
    }

    /// The regimes, as long as they are whole.
    pub(super) fn parts(&self) -> impl Iterator<Item = ReadPart<'a, S>> + use<'a, S> {
        let monomials = self.monomials;
        let mut reader = Reader(self.parts);
        (0..self.regimes).map_while(move |_| {
            let part = ReadPart {
                regime: Regime::from_bits(reader.integer()?),
                rows: u64::from_le_bytes(reader.array()?),
                ranges: reader.list()?,
                numbers: reader.list()?,
            };
            let known = part
                .regime
                .actions()
                .all(|action| action < monomials.variables());
            let whole = part.ranges.len() == ranges_len(monomials)
                && part.numbers.len() == buffer_len(monomials.len());
            (known && whole).then_some(part)
        })
    }
}

/// Numbers of a regime's ranges: the least and the greatest value of every action and of the outcome.
pub(super) const fn ranges_len(monomials: Monomials) -> usize {
    2 * (monomials.variables() + 1)
}
