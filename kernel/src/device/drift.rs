//! Whether predictions still hold: the cumulative sums of their errors (Page 1954, "Continuous inspection
//! schemes", *Biometrika* 41).

use crate::scalar::Scalar;

/// Which way outcomes have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Drift {
    /// They are larger than predicted.
    Up,
    /// They are smaller.
    Down,
}

/// An alarm for outcomes that move away from their predictions.
///
/// Errors are told in standard deviations of a single outcome about its prediction. Each adds to a sum what
/// it is beyond `slack`, either way, and a sum is never below zero; the alarm is a sum beyond `threshold`.
/// With a slack of 1/2 and a threshold of 5 errors without drift raise it once in 465 on average, and a
/// drift of one standard deviation after 10, of two after 4. A threshold of 8 waits for some 9,600, and 16
/// and 6.
///
/// ```
/// use joint_effects_kernel::device::{Alarm, Drift};
/// let mut alarm = Alarm::new(0.5_f32, 5.0);
/// for error in [0.3, -1.1, 0.8, -0.4] {
///     assert_eq!(alarm.push(error), None);
/// }
/// // From here on outcomes are two standard deviations too large.
/// let errors = [2.3, 0.9, 2.8, 1.6];
/// assert_eq!(errors.map(|error| alarm.push(error)), [None, None, None, Some(Drift::Up)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Alarm<S> {
    slack: S,
    threshold: S,
    up: S,
    down: S,
}

impl<S: Scalar> Alarm<S> {
    /// An alarm that has seen nothing. Half the drift that matters is the best slack.
    pub const fn new(slack: S, threshold: S) -> Self {
        Self {
            slack,
            threshold,
            up: S::ZERO,
            down: S::ZERO,
        }
    }

    /// Tells the error of one more prediction, the outcome less what was predicted, in standard deviations;
    /// the drift, as long as there is one. An error that is not a number is left out.
    pub fn push(&mut self, error: S) -> Option<Drift> {
        if error.partial_cmp(&error).is_some() {
            self.up = S::ZERO.max(self.up + error - self.slack);
            self.down = S::ZERO.max(self.down - error - self.slack);
        }
        match (self.up > self.threshold, self.down > self.threshold) {
            (true, _) => Some(Drift::Up),
            (_, true) => Some(Drift::Down),
            _ => None,
        }
    }

    /// Forgets what it has seen, as after a new fit.
    pub fn reset(&mut self) {
        self.up = S::ZERO;
        self.down = S::ZERO;
    }
}
