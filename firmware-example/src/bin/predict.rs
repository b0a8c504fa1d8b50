//! Evaluates the exported predictor at its test vectors.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::additive::{
    ACTION_NAMES, ACTIONS, COEFFICIENTS, DEGREE, OUTCOME, TOLERANCE, VARIANCE_TOLERANCE, VARIANCES,
    VECTORS, predict, variance,
};
use joint_effects_firmware::{program, stack};

#[entry]
fn main() -> ! {
    let mut effect = line().text("E[").text(OUTCOME).text(" | do(");
    for (index, name) in ACTION_NAMES.iter().enumerate() {
        effect = effect.text(if index > 0 { ", " } else { "" }).text(name);
    }
    effect
        .text(")]: degree ")
        .count(DEGREE as u64)
        .text(", ")
        .count(COEFFICIENTS as u64)
        .text(" coefficients")
        .print();

    let mut effects = Compared::new(TOLERANCE);
    let mut variances = Compared::new(VARIANCE_TOLERANCE);
    for ((inputs, effect), of_effect) in VECTORS.iter().zip(VARIANCES) {
        let actions: [f32; ACTIONS] = inputs.map(f32::from_bits);
        effects.add(predict(&actions), *effect);
        variances.add(variance(&actions), *of_effect);
    }
    plant_panic(effects.exact);
    let passed = [
        effects.report(" test vectors: "),
        variances.report(" variances: "),
    ];
    stack::report();
    program::end(passed == [true, true])
}

/// How near to their bit patterns numbers came.
struct Compared {
    tolerance: f32,
    vectors: u32,
    exact: u32,
    within: u32,
    largest: f32,
}

impl Compared {
    fn new(tolerance: f32) -> Self {
        Self {
            tolerance,
            vectors: 0,
            exact: 0,
            within: 0,
            largest: 0.0,
        }
    }

    fn add(&mut self, found: f32, expected: u32) {
        let error = (found - f32::from_bits(expected)).abs();
        self.vectors += 1;
        self.exact += u32::from(found.to_bits() == expected);
        self.within += u32::from(error <= self.tolerance);
        self.largest = if error > self.largest {
            error
        } else {
            self.largest
        };
    }

    /// Whether all of them are within tolerance.
    fn report(&self, what: &str) -> bool {
        line()
            .count(self.vectors.into())
            .text(what)
            .count(self.exact.into())
            .text(" bit for bit, ")
            .count(self.within.into())
            .text(" within tolerance, largest error ")
            .scientific(self.largest)
            .print();
        self.vectors > 0 && self.within == self.vectors
    }
}

/// What `panic-never` must find.
#[allow(clippy::indexing_slicing)]
fn plant_panic(index: u32) {
    #[cfg(feature = "planted-panic")]
    line().count(VECTORS[index as usize].1.into()).print();
    #[cfg(not(feature = "planted-panic"))]
    let _ = index;
}
