//! Tails and quantiles of the laws of test statistics.

use statrs::distribution::{ContinuousCDF, FisherSnedecor, Normal, StudentsT};

/// Probability of a larger value under the F distribution with `above` and `below` degrees of
/// freedom; 1 where the statistic is not a number.
///
/// To 10 digits for up to 10⁵ degrees of freedom and 6 for 10⁷, down to 10⁻²⁹⁹; 0 beyond 10⁻³⁰⁸.
pub fn f_survival(statistic: f64, above: f64, below: f64) -> f64 {
    match FisherSnedecor::new(above, below) {
        Ok(law) if statistic.is_finite() => law.sf(statistic.max(0.0)),
        _ => 1.0,
    }
}

/// Degrees of freedom from which [`t_quantile`] expands about the normal quantile.
const NEARLY_NORMAL: f64 = 1000.0;

/// How many standard errors either side of a prediction cover `level` of the probability, under
/// Student's t with at least one degree of freedom. To 11 digits.
pub fn t_quantile(level: f64, degrees_of_freedom: f64) -> f64 {
    let probability = 0.5 + level / 2.0;
    if degrees_of_freedom < NEARLY_NORMAL {
        let law = StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1.0));
        return law.map_or(f64::NAN, |law| law.inverse_cdf(probability));
    }
    // Abramowitz and Stegun 26.7.5. The incomplete beta function would cancel to nothing here.
    let z = Normal::standard().inverse_cdf(probability);
    let s = z * z;
    let terms = [
        (s + 1.0) / 4.0,
        ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92160.0,
    ];
    let expansion = |sum, term: &f64| (sum + term) / degrees_of_freedom;
    z * (1.0 + terms.iter().rev().fold(0.0, expansion))
}
