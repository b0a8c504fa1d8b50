//! The parts of postcard's encoding that the kernel's files consist of: bytes, integers of seven bits a byte,
//! the lowest first, and numbers in IEEE 754, the lowest byte first. A list stands behind its length.

use crate::scalar::Scalar;
use core::marker::PhantomData;

/// Takes parts from the front of bytes; `None` where these end too early.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// In the fewest bytes it can have: any other encoding is refused.
    pub(crate) fn integer(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            let low = u32::from(byte & 0x7f);
            let shifted = low << shift;
            if shifted >> shift != low || (byte == 0 && shift > 0) {
                return None;
            }
            value |= shifted;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let len = self.integer()? as usize;
        self.bytes(len)
    }

    pub(crate) fn list<S: Scalar>(&mut self) -> Option<Numbers<'a, S>> {
        let bytes = (self.integer()? as usize).checked_mul(S::BYTES)?;
        Some(Numbers(self.bytes(bytes)?, PhantomData))
    }

    pub(crate) fn number<S: Scalar>(&mut self) -> Option<S> {
        S::from_le_bytes(self.bytes(S::BYTES)?)
    }
}

/// Numbers that lie in bytes, aligned or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Numbers<'a, S>(&'a [u8], PhantomData<S>);

impl<'a, S: Scalar> Numbers<'a, S> {
    pub(crate) fn len(self) -> usize {
        self.0.len() / S::BYTES
    }

    pub(crate) fn get(self, index: usize) -> Option<S> {
        S::from_le_bytes(self.0.chunks_exact(S::BYTES).nth(index)?)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = S> + use<'a, S> {
        self.0.chunks_exact(S::BYTES).filter_map(S::from_le_bytes)
    }
}

impl<S> Default for Numbers<'_, S> {
    fn default() -> Self {
        Self(&[], PhantomData)
    }
}

/// Appends parts to bytes, and goes on counting where these are full.
pub(crate) struct Writer<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, len: 0 }
    }

    /// How many bytes there are, or would be.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What has been written.
    pub(crate) fn written(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.replace(self.len, bytes);
        self.len = self.len.saturating_add(bytes.len());
    }

    /// Writes over what is here, as far as there is room.
    pub(crate) fn replace(&mut self, at: usize, bytes: &[u8]) {
        let targets = self.bytes.iter_mut().skip(at);
        targets
            .zip(bytes)
            .for_each(|(target, &byte)| *target = byte);
    }

    pub(crate) fn integer(&mut self, mut value: u64) {
        while value > 0x7f {
            self.bytes(&[value as u8 | 0x80]);
            value >>= 7;
        }
        self.bytes(&[value as u8]);
    }

    pub(crate) fn number<S: Scalar>(&mut self, number: S) {
        self.bytes(number.to_le_bytes().as_ref());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.integer(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub(crate) fn list<S: Scalar>(&mut self, numbers: &[S]) {
        self.integer(numbers.len() as u64);
        for &number in numbers {
            self.number(number);
        }
    }
}
