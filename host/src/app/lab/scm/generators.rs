//! Generators of random numbers side by side, a draw of each at a time, and what is made of draws
//! by arithmetic without branches: a vector instruction serves all of them.
//!
//! Every operation rounds once and none is fused, so the draws have the same bits on every
//! processor.

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::f64::consts::{FRAC_PI_2, LN_2, SQRT_2};

/// Generators side by side; part of the definition of every result.
pub(super) const LANES: usize = 8;

/// A number for each generator.
pub(super) type Lanes = [f64; LANES];

/// `LANES` generators xoshiro256++ (Blackman and Vigna 2021), their states a word at a time.
#[derive(Clone, Debug)]
pub struct Generators([[u64; LANES]; 4]);

impl Generators {
    /// Generators whose states are drawn from `seeder`.
    pub fn new(seeder: &mut Xoshiro256PlusPlus) -> Self {
        let mut states = [[0; LANES]; 4];
        for lane in 0..LANES {
            for word in &mut states {
                word[lane] = seeder.next_u64();
            }
        }
        Self(states)
    }

    #[inline(always)]
    fn next(&mut self) -> [u64; LANES] {
        let mut results = [0; LANES];
        let [a, b, c, d] = &mut self.0;
        let words = a.iter_mut().zip(b).zip(c).zip(d);
        for (result, (((a, b), c), d)) in results.iter_mut().zip(words) {
            *result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
            let shifted = *b << 17;
            *c ^= *a;
            *d ^= *b;
            *b ^= *c;
            *a ^= *d;
            *c ^= shifted;
            *d = d.rotate_left(45);
        }
        results
    }

    /// Uniform on (0, 1): the odd multiples of 2⁻⁵³, so that one less a draw is exact and may be a
    /// draw too.
    #[inline(always)]
    pub(super) fn uniform(&mut self) -> Lanes {
        self.next().map(open01)
    }

    /// Logistic, of scale 1: the logarithm of the odds of a uniform draw.
    #[inline(always)]
    pub(super) fn logistic(&mut self) -> Lanes {
        let draws = self.uniform();
        log_ratio::<16>(draws, draws.map(|u| 1.0 - u))
    }

    /// Standard normal, two for each generator (Box and Muller 1958).
    #[inline(always)]
    pub(super) fn normal(&mut self) -> [Lanes; 2] {
        let radii = log_ratio::<10>(self.uniform(), [1.0; LANES]).map(|log| (-2.0 * log).sqrt());
        // A quarter of the circle about (1, 0); two of the bits that `open01` leaves choose which.
        let bits = self.next();
        let (sines, cosines) = sine_cosine(bits.map(|bits| FRAC_PI_2 * (open01(bits) - 0.5)));
        let mut draws = [[0.0; LANES]; 2];
        let [xs, ys] = &mut draws;
        let circle = radii
            .into_iter()
            .zip(bits)
            .zip(sines.into_iter().zip(cosines));
        for ((x, y), ((radius, bits), (sine, cosine))) in xs.iter_mut().zip(ys).zip(circle) {
            let cosine = f64::from_bits(cosine.to_bits() ^ bits << 63);
            let swapped = bits & 2 != 0;
            *x = radius * if swapped { sine } else { cosine };
            *y = radius * if swapped { cosine } else { sine };
        }
        draws
    }
}

/// The upper 52 bits as a number in (0, 1).
#[inline(always)]
fn open01(bits: u64) -> f64 {
    f64::from_bits(1.0f64.to_bits() | bits >> 12) - (1.0 - f64::EPSILON / 2.0)
}

/// ln(p / q) of normal numbers p, q > 0, by one division: 2 artanh((p − q) / (p + q)) of the
/// mantissas, and the exponents. 16 terms of the series are enough for any two numbers, 10 where one is
/// a power of two.
#[inline(always)]
fn log_ratio<const TERMS: usize>(p: Lanes, q: Lanes) -> Lanes {
    // Both mantissas are within a factor √2 of 1: |t| ≤ 1/3, and 3 − √8 where one is 1.
    let t = lanes(p.map(mantissa), q.map(mantissa), |p, q| (p - q) / (p + q));
    let logs = lanes(
        t,
        power_series(const { &artanh::<TERMS>() }, t.map(|t| t * t)),
        |t, sum| 2.0 * t * sum,
    );
    let exponents = lanes(p.map(exponent), q.map(exponent), |p, q| (p - q) * LN_2);
    lanes(exponents, logs, |exponent, log| exponent + log)
}

/// A function of two numbers, lane by lane.
#[inline(always)]
fn lanes(mut left: Lanes, right: Lanes, of: impl Fn(f64, f64) -> f64) -> Lanes {
    for (left, right) in left.iter_mut().zip(right) {
        *left = of(*left, right);
    }
    left
}

/// What a number's bits are raised by so that its exponent steps where its mantissa passes √2.
const ROUND: u64 = ONE - (SQRT_2 / 2.0).to_bits();
const ONE: u64 = 1.0f64.to_bits();

/// The exponent of a normal number, with the bias of the format, for a mantissa in (√½, √2).
#[inline(always)]
fn exponent(x: f64) -> f64 {
    const TWO_52: f64 = (1u64 << 52) as f64;
    // A whole number below 2⁵² is the mantissa of 2⁵² + itself.
    f64::from_bits(TWO_52.to_bits() | (x.to_bits() + ROUND) >> 52) - TWO_52
}

/// The mantissa in (√½, √2) of a normal number.
#[inline(always)]
fn mantissa(x: f64) -> f64 {
    let exponent = (x.to_bits() + ROUND) & !(u64::MAX >> 12);
    f64::from_bits((x.to_bits() + ONE).wrapping_sub(exponent))
}

/// Sine and cosine of angles in ±π/4.
#[inline(always)]
fn sine_cosine(angles: Lanes) -> (Lanes, Lanes) {
    let squares = angles.map(|angle| angle * angle);
    let sines = lanes(angles, power_series(&SINE, squares), |angle, sum| {
        angle * sum
    });
    (sines, power_series(&COSINE, squares))
}

/// artanh(t) / t in powers of t².
const fn artanh<const TERMS: usize>() -> [f64; TERMS] {
    let mut coefficients = [0.0; TERMS];
    let mut term = 0;
    while term < coefficients.len() {
        coefficients[term] = 1.0 / (2 * term + 1) as f64;
        term += 1;
    }
    coefficients
}

/// sin(x) / x in powers of x².
const SINE: [f64; 10] = reciprocal_factorials(1);

/// cos(x) in powers of x².
const COSINE: [f64; 10] = reciprocal_factorials(0);

/// (−1)ⁱ / (2i + first)!
const fn reciprocal_factorials(first: usize) -> [f64; 10] {
    let mut coefficients = [1.0; 10];
    let mut term = 1;
    while term < coefficients.len() {
        let number = 2 * term + first;
        coefficients[term] = -coefficients[term - 1] / (number * (number - 1)) as f64;
        term += 1;
    }
    coefficients
}

/// Σ cᵢ xⁱ, of an even number of terms: the even and the odd ones apart, so that one does not wait
/// for the other.
#[inline(always)]
fn power_series<const TERMS: usize>(coefficients: &[f64; TERMS], x: Lanes) -> Lanes {
    const { assert!(TERMS.is_multiple_of(2)) };
    let square = x.map(|x| x * x);
    let (mut even, mut odd) = ([0.0; LANES], [0.0; LANES]);
    for [constant, slope] in coefficients.as_chunks::<2>().0.iter().rev() {
        for ((even, odd), square) in even.iter_mut().zip(&mut odd).zip(square) {
            *even = *even * square + constant;
            *odd = *odd * square + slope;
        }
    }
    lanes(even, lanes(odd, x, |odd, x| odd * x), |even, odd| {
        even + odd
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::lab::scm::{Purpose, stream};
    use rand::SeedableRng;
    use std::array;

    #[test]
    fn a_lane_is_a_generator() {
        let mut seeder = stream(0, 0, Purpose::Model);
        let mut generators = Generators::new(&mut seeder);
        let mut seeder = stream(0, 0, Purpose::Model);
        let mut single = array::from_fn::<_, LANES, _>(|_| {
            let mut seed = [0; 32];
            seeder.fill_bytes(&mut seed);
            Xoshiro256PlusPlus::from_seed(seed)
        });
        for _ in 0..100 {
            let expected = single.each_mut().map(|generator| generator.next_u64());
            assert_eq!(generators.next(), expected);
        }
    }

    #[test]
    fn elementary_functions_are_the_librarys() {
        let mut rng = stream(0, 1, Purpose::Model);
        let edge = f64::EPSILON / 2.0;
        let drawn = (0..10_000).map(|_| open01(rng.next_u64()));
        let log_of = |u| log_ratio::<10>([u; LANES], [1.0; LANES])[0];
        for u in drawn.chain([edge, 1.0 - edge, 0.5 - edge, 0.5 + edge]) {
            assert!(u > 0.0 && u < 1.0);
            let log_ratio = |p, q| log_ratio::<16>([p; LANES], [q; LANES])[0];
            let expected = u.ln();
            for found in [log_ratio(u, 1.0), log_of(u)] {
                assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{u}");
            }
            let (found, expected) = (log_ratio(u, 1.0 - u), u.ln() - (-u).ln_1p());
            assert!((found - expected).abs() <= 1e-15 * expected.abs().max(1.0));
            assert_eq!(log_ratio(1.0 - u, u), -found);
            let angle = FRAC_PI_2 * (u - 0.5);
            let ([sine, ..], [cosine, ..]) = sine_cosine([angle; LANES]);
            assert!((sine - angle.sin()).abs() <= 3e-16);
            assert!((cosine - angle.cos()).abs() <= 3e-16);
        }
    }
}
