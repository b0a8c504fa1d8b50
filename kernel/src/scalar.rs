//! The two number types the kernel computes in, and how products are added.

use core::fmt::Debug;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`. Nothing is ever computed in `f64` on the way to an `f32`.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + SubAssign
    + Mul<Output = Self>
    + MulAssign
    + Div<Output = Self>
    + DivAssign
    + Neg<Output = Self>
    + Sum
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Not a number.
    const NAN: Self;
    /// Distance from 1 to the next larger number: 2⁻²³ or 2⁻⁵².
    const EPSILON: Self;

    /// 2¹² + 1 or 2²⁷ + 1, which splits a number into two halves whose products are exact (Veltkamp).
    const SPLITTER: Self;

    /// Bytes of a number: 4 or 8.
    const BYTES: usize;

    /// The number of these bytes, the lowest first; `None` unless there are [`Scalar::BYTES`].
    fn from_le_bytes(bytes: &[u8]) -> Option<Self>;
    /// The nearest representable number.
    fn from_count(count: u64) -> Self;
    /// The square root; NaN below zero.
    fn sqrt(self) -> Self;
    /// |self|.
    fn abs(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The larger of two numbers that are not NaN.
    fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

macro_rules! scalar {
    ($float:ident, $root:ident, $half:literal) => {
        impl Scalar for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAN: Self = $float::NAN;
            const EPSILON: Self = $float::EPSILON;
            const SPLITTER: Self = ((1 << $half) + 1) as $float;
            const BYTES: usize = size_of::<$float>();

            #[inline]
            fn from_le_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($float::from_le_bytes)
            }

            #[inline]
            fn from_count(count: u64) -> Self {
                count as $float
            }

            // libm's is an instruction of SSE in assembly, on which a processor amid those of AVX stalls.
            // Before a call the compiler sees to that.
            #[inline(never)]
            fn sqrt(self) -> Self {
                #[cfg(feature = "libm")]
                return libm::$root(self);
                #[cfg(not(feature = "libm"))]
                return root::$root(self);
            }

            #[inline]
            fn abs(self) -> Self {
                $float::abs(self)
            }

            #[inline]
            fn is_finite(self) -> bool {
                $float::is_finite(self)
            }
        }
    };
}

scalar!(f32, sqrtf, 12);
scalar!(f64, sqrt, 27);

/// Square roots without a library: Heron's iteration on the mantissa, within one unit in the last
/// place.
#[cfg(any(test, not(feature = "libm")))]
mod root {
    macro_rules! heron {
        ($name:ident, $float:ident, $bits:ident, $mantissa:expr, $bias:expr, $steps:expr) => {
            pub(super) fn $name(x: $float) -> $float {
                if x < 0.0 {
                    return $float::NAN;
                }
                if x == 0.0 || !x.is_finite() {
                    return x;
                }
                // Subnormals are lifted by an even power of two, and their root lowered by half.
                if x < $float::MIN_POSITIVE {
                    let lift = $float::from_bits((($bias + 64) as $bits) << $mantissa);
                    let lower = $float::from_bits((($bias - 32) as $bits) << $mantissa);
                    return $name(x * lift) * lower;
                }
                let bits = x.to_bits();
                let exponent = ((bits >> $mantissa) as i32) - $bias;
                let odd = exponent & 1;
                let fraction = bits & ((1 << $mantissa) - 1);
                // x = m 2^(exponent − odd) with m in [1, 4).
                let m = $float::from_bits(fraction | ((($bias + odd) as $bits) << $mantissa));
                let mut root = 0.5 + 0.5 * m;
                for _ in 0..$steps {
                    root = 0.5 * (root + m / root);
                }
                let half = ((exponent - odd) / 2 + $bias) as $bits;
                root * $float::from_bits(half << $mantissa)
            }
        };
    }
    heron!(sqrtf, f32, u32, 23, 127, 5);
    heron!(sqrt, f64, u64, 52, 1023, 6);
}

/// How `a·b + c` is formed.
///
/// The kernel has no run-time knowledge of its processor; a caller that has detected a fused
/// instruction passes its own implementation to the functions where that matters.
pub trait MultiplyAdd<S>: Copy {
    /// `a·b + c`.
    fn multiply_add(self, a: S, b: S, c: S) -> S;
}

/// A multiplication and an addition, each rounded: what every target has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unfused;

impl<S: Scalar> MultiplyAdd<S> for Unfused {
    #[inline(always)]
    fn multiply_add(self, a: S, b: S, c: S) -> S {
        a * b + c
    }
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn heron_is_within_one_unit_in_the_last_place() {
        let mut x = f32::from_bits(1);
        while x < f32::MAX / 1.001 {
            let (got, want) = (root::sqrtf(x), libm::sqrtf(x));
            assert!(got.to_bits().abs_diff(want.to_bits()) <= 1, "{x:e}");
            x = (x * 1.0007).max(f32::from_bits(x.to_bits() + 1));
        }
        let mut x = f64::from_bits(1);
        while x < f64::MAX / 1.1 {
            let (got, want) = (root::sqrt(x), libm::sqrt(x));
            assert!(got.to_bits().abs_diff(want.to_bits()) <= 1, "{x:e}");
            x = (x * 1.0171).max(f64::from_bits(x.to_bits() + 1));
        }
        assert!(root::sqrt(-1.0).is_nan() && root::sqrtf(f32::NAN).is_nan());
        assert_eq!(root::sqrt(0.0), 0.0);
        assert_eq!(root::sqrtf(f32::INFINITY), f32::INFINITY);
    }
}
