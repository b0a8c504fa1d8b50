//! Numbers that can be asked for.

use clap::builder::RangedU64ValueParser;
use joint_effects_kernel::features::monomials::MAX_DEGREE;
use joint_effects_kernel::regime::MAX_ACTIONS;
use std::ops::RangeInclusive;

pub(super) const ACTIONS: RangeInclusive<u64> = 1..=MAX_ACTIONS as u64;
pub(super) const DEGREES: RangeInclusive<u64> = 1..=MAX_DEGREE as u64;

/// The most rows of a regime and the most runs: more than anyone can wait for, and few enough that
/// their sums do not overflow.
pub(super) const MANY: u64 = 1_000_000_000_000;

/// The most threads: far more of them than cores stall the machine.
pub(super) const MANY_THREADS: u64 = 256;

pub(super) fn within<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> RangedU64ValueParser<T> {
    RangedU64ValueParser::new().range(range)
}

pub(super) fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a number".into())
}

pub(super) fn correlation(text: &str) -> Result<f64, String> {
    let number = finite(text).ok().filter(|number| number.abs() <= 1.0);
    number.ok_or_else(|| "expected a number from -1 to 1".into())
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = finite(text).ok().filter(|&number| number > 0.0);
    number.ok_or_else(|| "expected a number above 0".into())
}
