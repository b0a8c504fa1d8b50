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

    /// 2π.
    const TAU: Self;

    /// Bytes of a number: 4 or 8.
    const BYTES: usize;

    /// The number of these bytes, the lowest first; `None` unless there are [`Scalar::BYTES`].
    fn from_le_bytes(bytes: &[u8]) -> Option<Self>;
    /// Its bytes, the lowest first.
    fn to_le_bytes(self) -> impl AsRef<[u8]>;
    /// The nearest representable number.
    fn from_count(count: u64) -> Self;
    /// The square root, correctly rounded; NaN below zero.
    fn sqrt(self) -> Self;
    /// The natural logarithm; NaN below zero.
    fn ln(self) -> Self;
    /// `ln(1 + self)`, without cancellation near 0.
    fn ln_1p(self) -> Self;
    /// The exponential.
    fn exp(self) -> Self;
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
    ($float:ident, $root:ident, $ln:ident, $ln_1p:ident, $exp:ident, $half:literal) => {
        impl Scalar for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAN: Self = $float::NAN;
            const EPSILON: Self = $float::EPSILON;
            const SPLITTER: Self = ((1 << $half) + 1) as $float;
            const TAU: Self = core::$float::consts::TAU;
            const BYTES: usize = size_of::<$float>();

            #[inline]
            fn from_le_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map($float::from_le_bytes)
            }

            #[inline]
            fn to_le_bytes(self) -> impl AsRef<[u8]> {
                $float::to_le_bytes(self)
            }

            #[inline]
            fn from_count(count: u64) -> Self {
                count as $float
            }

            #[inline]
            fn sqrt(self) -> Self {
                libm::$root(self)
            }

            #[inline]
            fn ln(self) -> Self {
                libm::$ln(self)
            }

            #[inline]
            fn ln_1p(self) -> Self {
                libm::$ln_1p(self)
            }

            #[inline]
            fn exp(self) -> Self {
                libm::$exp(self)
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

scalar!(f32, sqrtf, logf, log1pf, expf, 12);
scalar!(f64, sqrt, log, log1p, exp, 27);

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
