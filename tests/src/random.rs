//! Random numbers, the same in every run.

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

/// A stream of its own for every number.
pub fn stream(number: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(number)
}

/// Numbers of the standard normal law.
pub fn normals(random: &mut Xoshiro256PlusPlus, count: usize) -> Vec<f64> {
    random.sample_iter(StandardNormal).take(count).collect()
}
