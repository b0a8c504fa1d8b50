//! Numbers that tell whether bytes are those that were written, or the same as others.

/// The CRC-32 of IEEE 802.3, which damage changes.
///
/// ```
/// assert_eq!(joint_effects_kernel::digest::crc32(b"123456789"), 0xcbf4_3926);
/// ```
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32_on(0, bytes)
}

/// The same of bytes behind others, whose CRC is this.
///
/// ```
/// use joint_effects_kernel::digest::{crc32, crc32_on};
/// assert_eq!(crc32_on(crc32(b"1234"), b"56789"), crc32(b"123456789"));
/// ```
pub fn crc32_on(before: u32, bytes: &[u8]) -> u32 {
    // Half a byte at a time: a table of 64 bytes, and a quarter of the time of bits.
    !bytes.iter().fold(!before, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let low = (crc >> 4) ^ half(crc);
        (low >> 4) ^ half(low)
    })
}

const HALVES: [u32; 16] = {
    let mut halves = [0; 16];
    let mut left: &mut [u32] = &mut halves;
    let mut index = 0;
    while let Some((half, rest)) = left.split_first_mut() {
        let mut crc = index;
        let mut bit = 0;
        while bit < 4 {
            crc = (crc >> 1) ^ ((crc & 1) * 0xedb8_8320);
            bit += 1;
        }
        *half = crc;
        left = rest;
        index += 1;
    }
    halves
};

fn half(crc: u32) -> u32 {
    HALVES.get(crc as usize & 15).copied().unwrap_or_default()
}

/// FNV-1a, of 64 bits: a name for bytes, which no one tries to forge.
///
/// ```
/// use joint_effects_kernel::digest::Digest;
/// assert_eq!(Digest::new().bytes(b"foo").bytes(b"bar").value(), 0x8594_4171_f739_67e8);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Digest(u64);

impl Digest {
    /// Of no bytes.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// With these bytes behind those that were.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let step = |value: u64, &byte| (value ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(bytes.iter().fold(self.0, step))
    }

    /// The digest.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}
