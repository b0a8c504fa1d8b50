//! Random draws: what a controller that randomises its actions, or a simulated plant, needs.
//!
//! Bits come from any [`rand_core::Rng`]; every law is made of uniform numbers, a logarithm and a
//! square root. A seed gives the same numbers on every target: other ones with the feature
//! [`micromath`](crate::elementary), whose logarithms have four digits.
//!
//! ```
//! use joint_effects_kernel::sampling;
//! use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};
//!
//! let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
//! let setting = sampling::uniform(&mut rng, -1.0_f32, 1.0);
//! assert!(setting.abs() < 1.0);
//! ```

use crate::elementary::Elementary;
use rand_core::Rng;

/// A scalar that can be drawn at random.
pub trait Sample: Elementary {
    /// Uniform on (0, 1), symmetric about ½; never 0 or 1.
    fn unit(rng: &mut impl Rng) -> Self;
}

impl Sample for f32 {
    fn unit(rng: &mut impl Rng) -> Self {
        // Odd multiples of 2⁻²⁴.
        (rng.next_u32() >> 8 | 1) as Self * (1.0 / 16_777_216.0)
    }
}

impl Sample for f64 {
    fn unit(rng: &mut impl Rng) -> Self {
        // Odd multiples of 2⁻⁵³.
        (rng.next_u64() >> 11 | 1) as Self * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// Uniform between `low` and `high`.
pub fn uniform<S: Sample>(rng: &mut impl Rng, low: S, high: S) -> S {
    low + (high - low) * S::unit(rng)
}

/// Normal (Marsaglia's polar method: 1.27 trials on average).
pub fn normal<S: Sample>(rng: &mut impl Rng, mean: S, standard_deviation: S) -> S {
    let two = S::ONE + S::ONE;
    loop {
        let x = two * S::unit(rng) - S::ONE;
        let y = two * S::unit(rng) - S::ONE;
        let square = x * x + y * y;
        if square < S::ONE {
            // Near 1 a rough logarithm may have the wrong sign.
            let stretch = (-two * square.rough_ln()).max(S::ZERO) / square;
            let stretch = stretch.rough_sqrt();
            return mean + standard_deviation * (x * stretch);
        }
    }
}

/// Logistic; its standard deviation is `scale` times π / √3.
pub fn logistic<S: Sample>(rng: &mut impl Rng, mean: S, scale: S) -> S {
    let unit = S::unit(rng);
    mean + scale * (unit / (S::ONE - unit)).rough_ln()
}

/// Uniform on `0..choices`; 0 where there is no choice.
pub fn choice(rng: &mut impl Rng, choices: u32) -> u32 {
    // The bias, below `choices` / 2³², does not matter to an experiment.
    ((u64::from(rng.next_u32()) * u64::from(choices)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::{choice, logistic, normal, uniform};
    use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

    const DRAWS: u32 = 400_000;

    /// Mean, variance, and kurtosis (fourth central moment over squared variance).
    fn moments(mut draw: impl FnMut(&mut Xoshiro128PlusPlus) -> f64) -> [f64; 3] {
        let mut rng = Xoshiro128PlusPlus::seed_from_u64(7);
        let mut powers = [0.0; 4];
        for _ in 0..DRAWS {
            let x = draw(&mut rng);
            for (sum, power) in powers.iter_mut().zip([x, x * x, x * x * x, x * x * x * x]) {
                *sum += power / f64::from(DRAWS);
            }
        }
        let [m1, m2, m3, m4] = powers;
        let variance = m2 - m1 * m1;
        let fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1 * m1 * m1 * m1;
        [m1, variance, fourth / (variance * variance)]
    }

    /// Six standard errors of each are below these tolerances.
    fn assert_moments(got: [f64; 3], want: [f64; 3], spread: f64) {
        let tolerances = [0.01 * spread, 0.02 * spread * spread, 0.15];
        for ((got, want), tolerance) in got.iter().zip(want).zip(tolerances) {
            assert!((got - want).abs() < tolerance, "{got} for {want}");
        }
    }

    #[test]
    fn uniform_has_the_moments_of_its_law() {
        let got = moments(|rng| uniform(rng, -1.0_f32, 3.0).into());
        assert_moments(got, [1.0, 16.0 / 12.0, 1.8], 1.2);
    }

    #[test]
    fn normal_has_the_moments_of_its_law() {
        let got = moments(|rng| normal(rng, -2.0_f32, 0.5).into());
        assert_moments(got, [-2.0, 0.25, 3.0], 0.5);
    }

    #[test]
    fn logistic_has_the_moments_of_its_law() {
        let got = moments(|rng| logistic(rng, 1.0_f32, 0.5).into());
        let variance = core::f64::consts::PI * core::f64::consts::PI / 12.0;
        assert_moments(got, [1.0, variance, 4.2], 1.0);
    }

    #[test]
    fn doubles_have_the_moments_of_their_laws() {
        let got = moments(|rng| uniform(rng, 0.0_f64, 1.0));
        assert_moments(got, [0.5, 1.0 / 12.0, 1.8], 0.3);
        assert_moments(
            moments(|rng| normal(rng, 0.0_f64, 1.0)),
            [0.0, 1.0, 3.0],
            1.0,
        );
        let got = moments(|rng| logistic(rng, 0.0_f64, 1.0));
        let variance = core::f64::consts::PI * core::f64::consts::PI / 3.0;
        assert_moments(got, [0.0, variance, 4.2], 2.0);
    }

    #[test]
    fn uniform_stays_inside_whatever_the_bits() {
        struct Bits(u32);
        impl rand_core::TryRng for Bits {
            type Error = core::convert::Infallible;
            fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
                Ok(self.0)
            }
            fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
                Ok(u64::from(self.0) << 32 | u64::from(self.0))
            }
            fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
                bytes.fill(self.0 as u8);
                Ok(())
            }
        }
        for bits in [0, u32::MAX] {
            let x = uniform(&mut Bits(bits), 0.0_f32, 1.0);
            assert!(x > 0.0 && x < 1.0);
            assert!(logistic(&mut Bits(bits), 0.0_f32, 1.0).is_finite());
        }
    }

    #[test]
    fn choices_come_equally_often() {
        let mut rng = Xoshiro128PlusPlus::seed_from_u64(3);
        let mut counts = [0_u32; 5];
        for _ in 0..DRAWS {
            let chosen = choice(&mut rng, 5) as usize;
            for (index, count) in counts.iter_mut().enumerate() {
                *count += u32::from(index == chosen);
            }
        }
        assert!(counts.iter().all(|count| count.abs_diff(DRAWS / 5) < 1600));
        assert_eq!(choice(&mut rng, 0), 0);
    }
}
