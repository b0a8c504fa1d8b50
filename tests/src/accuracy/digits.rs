//! Digits that agree.

/// More digits than this nobody certifies.
const MOST: f64 = 15.0;

/// The logarithm of the relative error, and of the error itself where the truth is 0: NIST's LRE,
/// cut to 0 … 15.
pub fn digits(found: f64, truth: f64) -> f64 {
    let scale = if truth == 0.0 { 1.0 } else { truth.abs() };
    let error = (found - truth).abs() / scale;
    if error.is_nan() {
        return 0.0;
    }
    (-error.log10()).clamp(0.0, MOST)
}

/// The least digits of two lists.
pub fn least(found: &[f64], truth: &[f64]) -> f64 {
    assert_eq!(found.len(), truth.len());
    let digits = found.iter().zip(truth).map(|(&x, &y)| digits(x, y));
    digits.fold(MOST, f64::min)
}
