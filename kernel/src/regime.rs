//! Which actions were set when a row was recorded.

use core::fmt;

/// The most actions a problem can have.
pub const MAX_ACTIONS: usize = 32;

/// A set of actions: empty for observation, `{k}` for `do(a_k)`, all of them for the joint effect.
///
/// ```
/// use joint_effects_kernel::Regime;
/// let both = Regime::single(0).with(2);
/// assert_eq!(both.to_string(), "do(0,2)");
/// assert_eq!(Regime::OBSERVATIONAL.to_string(), "obs");
/// assert!(both.sets(2) && !both.sets(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Regime(u32);

impl Regime {
    /// Nothing is set.
    pub const OBSERVATIONAL: Self = Self(0);

    /// `do(a_action)` alone; observational for an action beyond [`MAX_ACTIONS`].
    pub const fn single(action: usize) -> Self {
        Self::OBSERVATIONAL.with(action)
    }

    /// Every one of `actions` actions is set.
    pub const fn joint(actions: usize) -> Self {
        match 1u32.checked_shl(actions as u32) {
            Some(bit) => Self(bit - 1),
            None => Self(u32::MAX),
        }
    }

    /// This regime with one more action set.
    pub const fn with(self, action: usize) -> Self {
        if action >= MAX_ACTIONS {
            return self;
        }
        Self(self.0 | 1 << action)
    }

    /// This regime with one action fewer.
    pub const fn without(self, action: usize) -> Self {
        Self(self.0 & !Self::single(action).0)
    }

    /// Whether `action` is set.
    pub const fn sets(self, action: usize) -> bool {
        action < MAX_ACTIONS && self.0 >> action & 1 == 1
    }

    /// How many actions are set.
    pub const fn size(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The actions set, ascending.
    pub fn actions(self) -> impl Iterator<Item = usize> + Clone {
        (0..MAX_ACTIONS).filter(move |&action| self.sets(action))
    }

    /// The action, where exactly one is set.
    pub fn only(self) -> Option<usize> {
        (self.size() == 1).then(|| self.0.trailing_zeros() as usize)
    }

    /// The bits, action 0 the lowest.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The regime of these bits.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::OBSERVATIONAL {
            return f.write_str("obs");
        }
        for (position, action) in self.actions().enumerate() {
            f.write_str(if position == 0 { "do(" } else { "," })?;
            write!(f, "{action}")?;
        }
        f.write_str(")")
    }
}
