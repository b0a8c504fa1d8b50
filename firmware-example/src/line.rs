//! Lines of text, without `core::fmt`: its floating point alone would be larger than a predictor,
//! and it can panic.

use heapless::Vec;

/// Bytes of a line, and a zero at its end.
const CAPACITY: usize = 128;

/// A line under construction; what does not fit is left out.
pub struct Line(Vec<u8, CAPACITY>);

/// An empty line.
pub fn line() -> Line {
    Line(Vec::new())
}

impl Line {
    fn byte(mut self, byte: u8) -> Self {
        // The end of the line and the zero find room.
        if self.0.len() < CAPACITY - 2 {
            self.0.push(byte).ok();
        }
        self
    }

    /// Text as it is.
    pub fn text(self, text: &str) -> Self {
        text.bytes().fold(self, Self::byte)
    }

    /// Spaces up to this column.
    pub fn column(mut self, column: usize) -> Self {
        while self.0.len() < column.min(CAPACITY - 2) {
            self = self.byte(b' ');
        }
        self
    }

    /// A number in decimal digits.
    pub fn count(self, count: u64) -> Self {
        let mut digits = Vec::<u8, 20>::new();
        let mut rest = count;
        while rest > 0 || digits.is_empty() {
            digits.push(b'0' + (rest % 10) as u8).ok();
            rest /= 10;
        }
        digits.into_iter().rev().fold(self, Self::byte)
    }

    /// A byte as two hexadecimal digits.
    pub fn byte_digits(self, byte: u8) -> Self {
        [byte >> 4, byte & 15]
            .into_iter()
            .fold(self, |line, digit| {
                line.byte(if digit < 10 {
                    b'0' + digit
                } else {
                    b'a' - 10 + digit
                })
            })
    }

    /// Bits as eight hexadecimal digits.
    pub fn bits(self, bits: u32) -> Self {
        bits.to_be_bytes().into_iter().fold(self, Self::byte_digits)
    }

    /// A number with this many digits after the point, at most 9.
    pub fn decimal(mut self, value: f32, digits: u32) -> Self {
        if value.is_nan() {
            return self.text("NaN");
        }
        self = if value < 0.0 {
            self.byte(b'-')
        } else {
            self.byte(b' ')
        };
        let value = value.abs();
        if value >= 4e9 {
            return self.text("large");
        }
        let scale = (0..digits.min(9)).fold(1, |scale, _| scale * 10);
        let mut whole = value as u32;
        let mut fraction = ((value - whole as f32) * scale as f32 + 0.5) as u32;
        if fraction >= scale {
            whole += 1;
            fraction -= scale;
        }
        self = self.count(whole.into()).byte(b'.');
        let mut unit = scale / 10;
        while unit > 0 {
            self = self.byte(b'0' + (fraction / unit % 10) as u8);
            unit /= 10;
        }
        self
    }

    /// A number below one, with its power of ten.
    pub fn scientific(self, value: f32) -> Self {
        let (mut value, mut power) = (value, 0);
        while value != 0.0 && value.abs() < 1.0 && power < 45 {
            value *= 10.0;
            power += 1;
        }
        self.decimal(value, 2).text("e-").count(power)
    }

    /// Sends the line: over RTT with the feature `defmt`, else by semihosting.
    pub fn print(self) {
        #[cfg(feature = "defmt")]
        {
            use defmt_rtt as _;
            defmt::info!("{=str}", core::str::from_utf8(&self.0).unwrap_or_default());
        }
        #[cfg(not(feature = "defmt"))]
        {
            let mut bytes = self.0;
            bytes.extend_from_slice(b"\n\0").ok();
            if let Ok(text) = core::ffi::CStr::from_bytes_until_nul(&bytes) {
                semihosting::sys::arm_compat::sys_write0(text);
            }
        }
    }
}
