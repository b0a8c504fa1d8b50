//! Streams of random numbers that are functions of what they are for.

use rand::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

/// The stream of these words. Those of two lists that differ in one word alone never start alike: each step of
/// the hash is a bijection (SplitMix64's).
pub fn stream(words: impl IntoIterator<Item = u64>) -> Xoshiro256PlusPlus {
    let hash = words.into_iter().fold(0, |hash, word| {
        SplitMix64::seed_from_u64(hash ^ word).next_u64()
    });
    Xoshiro256PlusPlus::seed_from_u64(hash)
}
