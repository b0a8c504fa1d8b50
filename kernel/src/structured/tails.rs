//! Tails of the F distribution and quantiles of Student's, by the incomplete beta function.
//!
//! A tail of F has 13 digits in `f64` and 5 in `f32`, down to the least normal number and for up to
//! 10⁷ degrees of freedom; a quantile of t has 12 digits in `f64` and 6 in `f32`.

use crate::scalar::Scalar;

/// Steps of the continued fraction at the most: about the root of the degrees of freedom are needed.
const STEPS: u64 = 100_000;

/// Steps of Newton's iteration for a quantile at the most; it is quadratic.
const NEWTON: u64 = 64;

/// Argument from which three terms of Stirling's series are exact to rounding.
const STIRLING: u64 = 32;

/// Probability of a larger value under the F distribution with `above` and `below` degrees of
/// freedom; 1 where the statistic is not finite, or there are no degrees of freedom.
///
/// ```
/// use joint_effects_kernel::structured::tails::f_survival;
/// // scipy.stats.f.sf(4, 3, 5)
/// assert!((f_survival(4.0_f64, 3.0, 5.0) - 0.08487699754151325).abs() < 1e-14);
/// ```
pub fn f_survival<S: Scalar>(statistic: S, above: S, below: S) -> S {
    let positive = |freedom: S| freedom > S::ZERO && freedom.is_finite();
    if !(positive(above) && positive(below) && statistic.is_finite() && statistic > S::ZERO) {
        return S::ONE;
    }
    let half = S::ONE / S::from_count(2);
    // F > f where x < below / (below + above f), x of the beta distribution (below/2, above/2).
    Beta::of_ratio(statistic, above * half, below * half).lower()
}

/// How many standard errors either side of an estimate hold `level` of the probability under
/// Student's t with these degrees of freedom, at least 1. NaN for a level outside of (0, 1).
///
/// ```
/// use joint_effects_kernel::structured::tails::t_quantile;
/// // scipy.stats.t.ppf(0.975, 10)
/// assert!((t_quantile(0.95_f64, 10.0) - 2.2281388519862747).abs() < 1e-13);
/// ```
pub fn t_quantile<S: Scalar>(level: S, degrees_of_freedom: S) -> S {
    let tail = S::ONE - level;
    if !(tail > S::ZERO && level > S::ZERO) {
        return S::NAN;
    }
    let freedom = degrees_of_freedom.max(S::ONE);
    let half = S::ONE / S::from_count(2);
    // ln P(|T| > t) is concave in ln t: from anywhere, Newton's second step is beyond the root, and
    // every later one comes nearer from there.
    let mut t = S::ONE;
    for _ in 0..NEWTON {
        let beta = Beta::of_ratio(t * t, half, freedom * half);
        let outside = beta.lower();
        // Far beyond the root a tail of almost nothing has no logarithm: some way back it has.
        let step = match outside > S::ZERO && beta.front > S::ZERO {
            true => outside * (outside / tail).ln() / (beta.front + beta.front),
            false => -half,
        };
        t *= step.exp();
        if step.abs() <= S::from_count(4) * S::EPSILON {
            break;
        }
    }
    t
}

/// The beta distribution at a point.
struct Beta<S> {
    a: S,
    b: S,
    x: S,
    y: S,
    /// `a − (a + b) x`.
    excess: S,
    /// `xᵃ yᵇ / B(a, b)`.
    front: S,
}

impl<S: Scalar> Beta<S> {
    /// Beta(a, b) at `a / (a + b ratio)`: a ratio of 1 is the mean.
    fn of_ratio(ratio: S, b: S, a: S) -> Self {
        let scaled = b * ratio;
        let (all, n) = (a + scaled, a + b);
        // As a binomial probability by Loader's expansion, in which nothing large cancels (2000,
        // "Fast and accurate computation of binomial probabilities"); a − n x = n y − b.
        let excess = a * b * (ratio - S::ONE) / all;
        let correction = stirling(n) - stirling(a) - stirling(b);
        let (x, y) = (a / all, scaled / all);
        let exponent = correction - deviance(a, n * x, excess) - deviance(b, n * y, -excess);
        let front = exponent.exp() * (a * b / (n * S::TAU)).sqrt();
        Self {
            a,
            b,
            x,
            y,
            excess,
            front,
        }
    }

    /// The probability of a smaller value, the regularised incomplete beta function.
    fn lower(&self) -> S {
        let Self { a, b, x, y, .. } = *self;
        if self.excess >= S::ZERO {
            return self.front / fraction(a, b, x, y, self.excess);
        }
        let upper = self.front / fraction(b, a, y, x, -self.excess);
        (S::ONE - upper).max(S::ZERO)
    }
}

/// The continued fraction of the incomplete beta function (DiDonato and Morris 1992, *ACM TOMS* 18,
/// equation 9), by Lentz's algorithm. No two of its terms cancel where `excess`, `a − (a + b) x`, is
/// not negative.
fn fraction<S: Scalar>(a: S, b: S, x: S, y: S, excess: S) -> S {
    let tiny = S::EPSILON * S::EPSILON;
    let nonzero = |value: S| if value.abs() < tiny { tiny } else { value };
    let one = S::ONE;
    let mut value = nonzero(a * (excess + one) / (a + one));
    let (mut c, mut d) = (value, S::ZERO);
    for step in 1..STEPS {
        let n = S::from_count(step);
        let (before, after) = (a + n + n - one, a + n + n + one);
        let weight = n * (b - n) * x / before;
        let numerator = (a + n - one) * (a + b + n - one) / before * x * weight;
        let denominator = n + weight + (a + n) / after * (excess + one + n * (one + y));
        d = one / nonzero(denominator + numerator * d);
        c = nonzero(denominator + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - one).abs() <= S::EPSILON {
            break;
        }
    }
    value
}

/// `ln Γ(z + 1) − (z + ½) ln z + z − ½ ln 2π`, what Stirling's formula leaves.
fn stirling<S: Scalar>(z: S) -> S {
    let half = S::ONE / S::from_count(2);
    let (mut z, mut sum) = (z, S::ZERO);
    while z < S::from_count(STIRLING) {
        sum += (z + half) * (S::ONE / z).ln_1p() - S::ONE;
        z += S::ONE;
    }
    let reciprocal = S::ONE / z;
    let square = reciprocal * reciprocal;
    // B₂ₖ / (2k (2k − 1) z²ᵏ⁻¹)
    let terms = [12, 360, 1260, 1680, 1188].map(|divisor| S::ONE / S::from_count(divisor));
    let series = terms
        .iter()
        .rev()
        .fold(S::ZERO, |rest, &term| term - square * rest);
    sum + reciprocal * series
}

/// `x ln(x / mean) + mean − x` where `difference` is `x − mean`, without cancellation where the two
/// are close.
fn deviance<S: Scalar>(x: S, mean: S, difference: S) -> S {
    if difference.abs() * S::from_count(10) > x + mean {
        return x * (x / mean).ln() - difference;
    }
    // ln(x / mean) = 2 artanh v by its power series.
    let v = difference / (x + mean);
    let (mut sum, mut power) = (difference * v, (x + x) * v);
    for k in 1..STEPS {
        power *= v * v;
        let next = sum + power / S::from_count(2 * k + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_tail_is_answered() {
        assert_eq!(f_survival(f64::NAN, 1.0, 5.0), 1.0);
        assert_eq!(f_survival(f64::INFINITY, 1.0, 5.0), 1.0);
        assert_eq!(f_survival(-1.0, 1.0, 5.0), 1.0);
        assert_eq!(f_survival(1.0, 0.0, 5.0), 1.0);
        assert_eq!(f_survival(1e300, 4.0, 1e4), 0.0);
        assert!(t_quantile(1.0_f64, 5.0).is_nan() && t_quantile(0.0_f32, 5.0).is_nan());
    }

    /// However little is outside, and however light the tails.
    #[test]
    fn as_much_is_outside_as_was_asked() {
        for freedom in [1.0, 5.0, 30.0, 2000.0, 1e5, 1e7] {
            for tail in [0.3, 0.05, 0.05 / 60.0, 1e-6, 1e-12] {
                let t = t_quantile(1.0 - tail, freedom);
                // 1 − level has lost digits.
                let asked = 1.0 - (1.0 - tail);
                let error = f_survival(t * t, 1.0, freedom) / asked - 1.0;
                assert!(error.abs() < 1e-9, "{freedom} {tail}: {t}, {error:e}");
            }
        }
        for tail in [0.05_f32, 1e-3, 1e-5] {
            let t = t_quantile(1.0 - tail, 1e4);
            let error = f_survival(t * t, 1.0, 1e4) / (1.0 - (1.0 - tail)) - 1.0;
            assert!(error.abs() < 1e-2, "{tail}: {t}, {error:e}");
        }
    }

    /// F with 2 degrees of freedom above has an elementary tail; t with 1 is Cauchy's.
    #[test]
    fn elementary_cases() {
        for below in [1.0, 2.5, 30.0, 1e4] {
            for statistic in [0.01, 0.5, 1.0, 3.0, 20.0] {
                let tail = libm::pow(1.0 + 2.0 * statistic / below, -below / 2.0);
                let error = f_survival(statistic, 2.0, below) / tail - 1.0;
                assert!(error.abs() < 1e-11, "{statistic} {below}: {error:e}");
            }
        }
        for level in [0.1_f64, 0.5, 0.95, 0.999] {
            let cauchy = libm::tan(core::f64::consts::FRAC_PI_2 * level);
            assert!(
                (t_quantile(level, 1.0) / cauchy - 1.0).abs() < 1e-12,
                "{level}"
            );
        }
    }
}
