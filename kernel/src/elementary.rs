//! Square roots and logarithms where a few digits are enough: in draws, and for the scales that actions are
//! divided by.
//!
//! They are libm's; with the feature `micromath`, for `f32`, they are made of that library's first
//! guesses. Nothing that a fit computes goes through here: the roots of a factorisation are those of
//! [`Scalar::sqrt`], which is correctly rounded.
//!
//! | | largest error | Cortex-M4F | Cortex-M0 |
//! |---|---|--:|--:|
//! | `sqrt` of libm | half a unit in the last place | 56 | 417 |
//! | `sqrt` of micromath | 6.1e-2, relative | 18 | 51 |
//! | [`Elementary::rough_sqrt`] with micromath | 1.9e-6, relative | 24 | 831 |
//! | `ln` of libm | a unit in the last place | 59 | 2612 |
//! | `ln` of micromath | .12 | 45 | 1624 |
//! | [`Elementary::rough_ln`] with micromath | 7e-5 | 44 | 1726 |
//! | a normal draw with libm | | 154 | 4981 |
//! | a normal draw with micromath | | 101 | 4554 |
//!
//! The columns of processors have the mean number of instructions, which `firmware-example/measure.sh`
//! counts. Micromath's own root and logarithm would distort a law that is drawn from: `rough_sqrt` takes two
//! of Newton's steps from there, and `rough_ln` divides where micromath guesses a reciprocal. Without a
//! floating-point unit libm's root is the quicker one, and a draw as a whole still gains.

use crate::scalar::Scalar;

/// Functions of a few digits.
pub trait Elementary: Scalar {
    /// The square root of a positive normal number.
    fn rough_sqrt(self) -> Self;
    /// The natural logarithm of a positive normal number.
    fn rough_ln(self) -> Self;
}

#[cfg(not(feature = "micromath"))]
impl Elementary for f32 {
    #[inline]
    fn rough_sqrt(self) -> Self {
        libm::sqrtf(self)
    }

    #[inline]
    fn rough_ln(self) -> Self {
        libm::logf(self)
    }
}

#[cfg(feature = "micromath")]
impl Elementary for f32 {
    #[inline]
    fn rough_sqrt(self) -> Self {
        let newton = |root: Self| 0.5 * (root + self / root);
        newton(newton(micromath::F32Ext::sqrt(self)))
    }

    #[inline]
    fn rough_ln(self) -> Self {
        // Below 1 micromath turns to the reciprocal, which it has to one digit only.
        match self < 1.0 {
            true => -micromath::F32Ext::ln(1.0 / self),
            false => micromath::F32Ext::ln(self),
        }
    }
}

impl Elementary for f64 {
    #[inline]
    fn rough_sqrt(self) -> Self {
        libm::sqrt(self)
    }

    #[inline]
    fn rough_ln(self) -> Self {
        libm::log(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Elementary;
    use crate::scalar::Scalar;

    /// The largest error over the positive normal numbers.
    fn largest_error(error: impl Fn(f32) -> f64) -> f64 {
        let bits = (f32::MIN_POSITIVE.to_bits()..f32::MAX.to_bits()).step_by(997);
        bits.map(|bits| error(f32::from_bits(bits)))
            .fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_those_of_the_table() {
        let root = |found: f32, x: f32| (f64::from(found) / libm::sqrt(x.into()) - 1.0).abs();
        let logarithm = |found: f32, x: f32| (f64::from(found) - libm::log(x.into())).abs();
        let rough_root = largest_error(|x| root(x.rough_sqrt(), x));
        let rough_logarithm = largest_error(|x| logarithm(x.rough_ln(), x));
        let exact_root = largest_error(|x| root(Scalar::sqrt(x), x));
        assert!(exact_root < 6e-8, "{exact_root:e}");
        let (least, most) = match cfg!(feature = "micromath") {
            true => ([1e-6, 5e-5], [1.9e-6, 7e-5]),
            false => ([0.0; 2], [6e-8, 8e-6]),
        };
        for ((error, least), most) in [rough_root, rough_logarithm].iter().zip(least).zip(most) {
            assert!((least..most).contains(error), "{error:e}");
        }
    }

    #[cfg(feature = "micromath")]
    #[test]
    fn errors_of_micromath_alone_are_those_of_the_table() {
        use micromath::F32Ext;
        let root =
            largest_error(|x| (f64::from(F32Ext::sqrt(x)) / libm::sqrt(x.into()) - 1.0).abs());
        let logarithm = largest_error(|x| (f64::from(F32Ext::ln(x)) - libm::log(x.into())).abs());
        assert!((0.06..0.061).contains(&root), "{root:e}");
        assert!((0.11..0.12).contains(&logarithm), "{logarithm:e}");
    }
}
