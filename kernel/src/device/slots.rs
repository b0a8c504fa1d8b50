//! Two slots of flash for what must outlive a reset, a model or moments: while one is written the other is
//! whole, so that a power cut at any moment loses nothing that a write had finished.
//!
//! A slot begins with a header of 32 bytes, which is written last: `JEFS`, a sequence number, the length of
//! what follows, and the CRC-32 of both and of what follows, each number in four bytes, the lowest first. What
//! is in a slot counts only where the CRC is right, and of two slots the later.

use crate::digest::{crc32, crc32_on};
use core::fmt;
use core::ops::Range;
use embedded_storage::nor_flash::NorFlash;

const MAGIC: [u8; 4] = *b"JEFS";

/// Bytes before what is kept. A multiple of what any flash writes at once.
const HEADER: usize = 32;

/// Bytes that are checked at a time.
const CHUNK: usize = 64;

/// What is kept in flash cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SlotsError<E> {
    /// The flash failed.
    Flash(E),
    /// The slots are not where this flash can have any.
    Geometry {
        /// What is wrong with them.
        what: &'static str,
    },
    /// It takes more bytes than there is room for.
    TooLarge {
        /// How many it takes.
        needed: usize,
        /// How many there is room for.
        found: usize,
    },
    /// The flash does not hold what was written.
    Unverified,
}

impl<E: fmt::Debug> fmt::Display for SlotsError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flash(e) => write!(f, "the flash failed: {e:?}"),
            Self::Geometry { what } => write!(f, "no slots here: {what}"),
            Self::TooLarge { needed, found } => {
                write!(f, "takes {needed} bytes, there is room for {found}")
            }
            Self::Unverified => f.write_str("the flash does not hold what was written"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for SlotsError<E> {}

/// Two slots in a flash, one behind the other.
///
/// ```
/// # use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
/// # struct Flash([u8; 8192]);
/// # impl ErrorType for Flash { type Error = core::convert::Infallible; }
/// # impl ReadNorFlash for Flash {
/// #     const READ_SIZE: usize = 1;
/// #     fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
/// #         bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
/// #         Ok(())
/// #     }
/// #     fn capacity(&self) -> usize { self.0.len() }
/// # }
/// # impl NorFlash for Flash {
/// #     const WRITE_SIZE: usize = 4;
/// #     const ERASE_SIZE: usize = 2048;
/// #     fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
/// #         self.0[from as usize..to as usize].fill(0xff);
/// #         Ok(())
/// #     }
/// #     fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
/// #         self.0[offset as usize..][..bytes.len()].copy_from_slice(bytes);
/// #         Ok(())
/// #     }
/// # }
/// # let flash = Flash([0xff; 8192]);
/// use joint_effects_kernel::device::Slots;
/// // From the beginning of the flash, 4 kB each.
/// let mut slots = Slots::new(flash, 0, 4096)?;
/// let mut bytes = [0; 100];
/// assert_eq!(slots.read(&mut bytes)?, None);
/// slots.write(b"a model")?;
/// slots.write(b"a later one")?;
/// assert_eq!(slots.read(&mut bytes)?, Some(&b"a later one"[..]));
/// # Ok::<(), joint_effects_kernel::device::SlotsError<core::convert::Infallible>>(())
/// ```
#[derive(Debug)]
pub struct Slots<F> {
    flash: F,
    from: u32,
    size: u32,
}

/// What a slot holds, found whole.
#[derive(Clone, Copy)]
struct Held {
    slot: u32,
    sequence: u32,
    len: usize,
}

impl<F: NorFlash> Slots<F> {
    /// Slots of `size` bytes each, from this offset on. Whatever is there is left alone.
    ///
    /// # Errors
    ///
    /// [`SlotsError::Geometry`] where they are not made of whole pages of the flash.
    pub fn new(flash: F, from: u32, size: u32) -> Result<Self, SlotsError<F::Error>> {
        let page = F::ERASE_SIZE as u32;
        let pages = page > 0 && from.is_multiple_of(page) && size.is_multiple_of(page);
        let end = u64::from(from) + 2 * u64::from(size);
        let units = [F::WRITE_SIZE, F::READ_SIZE];
        let what = if !pages {
            "offset and size must be multiples of what is erased at once"
        } else if size as usize <= HEADER {
            "a slot must be larger than its header of 32 bytes"
        } else if end > flash.capacity() as u64 {
            "they end behind the flash"
        } else if units
            .iter()
            .any(|&unit| unit == 0 || !HEADER.is_multiple_of(unit))
        {
            "the flash reads or writes units that do not divide 32 bytes"
        } else {
            return Ok(Self { flash, from, size });
        };
        Err(SlotsError::Geometry { what })
    }

    /// The flash.
    pub fn release(self) -> F {
        self.flash
    }

    /// Bytes that a slot has room for.
    pub fn capacity(&self) -> usize {
        (self.size as usize).saturating_sub(HEADER)
    }

    /// Where in the flash the newest lies that was written whole: for flash that is seen as memory.
    pub fn newest(&mut self) -> Result<Option<Range<u32>>, SlotsError<F::Error>> {
        Ok(self.held()?.map(|held| {
            let start = self.payload(held.slot);
            start..start + held.len as u32
        }))
    }

    /// The newest that was written whole, in these bytes; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`SlotsError::TooLarge`] where there are too few bytes, which need be a few more than it has on a flash
    /// that reads several at once.
    pub fn read<'b>(
        &mut self,
        bytes: &'b mut [u8],
    ) -> Result<Option<&'b [u8]>, SlotsError<F::Error>> {
        let Some(held) = self.held()? else {
            return Ok(None);
        };
        let (needed, found) = (held.len.next_multiple_of(F::READ_SIZE), bytes.len());
        let start = self.payload(held.slot);
        let Some(target) = bytes.get_mut(..needed) else {
            return Err(SlotsError::TooLarge { needed, found });
        };
        self.flash.read(start, target).map_err(SlotsError::Flash)?;
        Ok(target.get(..held.len))
    }

    /// Writes it in place of the older of what the slots hold. Once this is `Ok` it is the newest; until then
    /// the newest is what it was before.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SlotsError<F::Error>> {
        let (needed, found) = (bytes.len(), self.capacity());
        if needed > found {
            return Err(SlotsError::TooLarge { needed, found });
        }
        let (slot, sequence) = match self.held()? {
            Some(held) => (1 - held.slot, held.sequence.wrapping_add(1)),
            None => (0, 0),
        };
        let start = self.start(slot);
        let flash = &mut self.flash;
        flash
            .erase(start, start + self.size)
            .map_err(SlotsError::Flash)?;
        // What does not fill a unit of the flash is filled with what erasing leaves.
        let (units, rest) = bytes
            .split_at_checked(needed - needed % F::WRITE_SIZE)
            .unwrap_or_default();
        let payload = start + HEADER as u32;
        flash.write(payload, units).map_err(SlotsError::Flash)?;
        if !rest.is_empty() {
            let mut last = [0xff; HEADER];
            last.iter_mut()
                .zip(rest)
                .for_each(|(target, &byte)| *target = byte);
            let last = last.get(..F::WRITE_SIZE).unwrap_or_default();
            let at = payload + units.len() as u32;
            flash.write(at, last).map_err(SlotsError::Flash)?;
        }
        let mut header = [0xff; HEADER];
        let sequence = sequence.to_le_bytes();
        let len = (needed as u32).to_le_bytes();
        let crc = crc32_on(crc32_on(crc32(&sequence), &len), bytes).to_le_bytes();
        let fields = [MAGIC, sequence, len, crc];
        let fields = fields.iter().flatten();
        header
            .iter_mut()
            .zip(fields)
            .for_each(|(target, &byte)| *target = byte);
        flash.write(start, &header).map_err(SlotsError::Flash)?;
        match self.look(slot)? {
            Some(held) if held.len == needed => Ok(()),
            _ => Err(SlotsError::Unverified),
        }
    }

    fn start(&self, slot: u32) -> u32 {
        self.from + slot * self.size
    }

    fn payload(&self, slot: u32) -> u32 {
        self.start(slot) + HEADER as u32
    }

    /// The later of what the slots hold.
    fn held(&mut self) -> Result<Option<Held>, SlotsError<F::Error>> {
        Ok(match (self.look(0)?, self.look(1)?) {
            // Sequence numbers may wrap.
            (Some(one), Some(other)) => {
                let later = other.sequence.wrapping_sub(one.sequence).cast_signed() > 0;
                Some(if later { other } else { one })
            }
            (one, other) => one.or(other),
        })
    }

    /// What a slot holds, where it is whole.
    fn look(&mut self, slot: u32) -> Result<Option<Held>, SlotsError<F::Error>> {
        let mut header = [0; HEADER];
        let start = self.start(slot);
        self.flash
            .read(start, &mut header)
            .map_err(SlotsError::Flash)?;
        let (fields, _) = header.as_chunks::<4>();
        let Some(&[magic, sequence, len, crc]) = fields.first_chunk() else {
            return Ok(None);
        };
        let held = Held {
            slot,
            sequence: u32::from_le_bytes(sequence),
            len: u32::from_le_bytes(len) as usize,
        };
        if magic != MAGIC || held.len > self.capacity() {
            return Ok(None);
        }
        let mut found = crc32_on(crc32(&sequence), &len);
        let mut chunk = [0; CHUNK];
        for at in (0..held.len).step_by(CHUNK) {
            let len = CHUNK.min(held.len - at);
            let whole = chunk
                .get_mut(..len.next_multiple_of(F::READ_SIZE))
                .unwrap_or_default();
            let from = self.payload(slot) + at as u32;
            self.flash.read(from, whole).map_err(SlotsError::Flash)?;
            found = crc32_on(found, whole.get(..len).unwrap_or_default());
        }
        Ok((found == u32::from_le_bytes(crc)).then_some(held))
    }
}
