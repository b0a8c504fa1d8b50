//! Evaluates the exported predictor at its test vectors, in whatever precision it is, and beyond its data.
#![no_std]
#![no_main]
// In single precision a number is what `as f32` makes of it.
#![allow(clippy::unnecessary_cast)]

use cortex_m_rt::entry;
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::additive::{
    ACTION_NAMES, ACTIONS, COEFFICIENTS, DEGREE, MAX, OUTCOME, Scalar, Support, TOLERANCE, VECTORS,
    predict, predict_checked,
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

    let (mut exact, mut within, mut inside) = (0, 0, 0);
    let mut largest: Scalar = 0.0;
    for (inputs, expected) in VECTORS {
        let actions: [Scalar; ACTIONS] = inputs.map(Scalar::from_bits);
        let found = predict(&actions);
        let error = (found - Scalar::from_bits(*expected)).abs();
        exact += u32::from(found.to_bits() == *expected);
        within += u32::from(error <= TOLERANCE);
        inside += u32::from(predict_checked(&actions).support == Support::Inside);
        largest = if error > largest { error } else { largest };
    }
    plant_panic(exact);
    let vectors = VECTORS.len() as u32;
    line()
        .count(vectors.into())
        .text(" test vectors: ")
        .count(exact.into())
        .text(" bit for bit, ")
        .count(within.into())
        .text(" within tolerance, largest error ")
        .scientific(largest as f32)
        .print();

    // Where the data support the actions, and where they do not.
    let mut far = MAX;
    for action in &mut far {
        *action *= 1000.0;
    }
    let supported = [MAX, far].map(|actions| {
        let checked = predict_checked(&actions);
        let text = line().text("effect ").decimal(checked.effect as f32, 3);
        let text = match checked.standard_error {
            Some(error) => text.text(", standard error ").decimal(error as f32, 3),
            None => text.text(", standard error not known"),
        };
        text.text(match checked.support {
            Support::Inside => ", inside the data",
            Support::Outside => ", outside the data",
            Support::NotANumber => ", not a number",
        })
        .print();
        checked.support
    });
    stack::report();
    let passed = [within, inside] == [vectors; 2] && vectors > 0;
    program::end(passed && supported == [Support::Inside, Support::Outside])
}

/// What `panic-never` must find.
#[allow(clippy::indexing_slicing)]
fn plant_panic(index: u32) {
    #[cfg(feature = "planted-panic")]
    line().count(VECTORS[index as usize].1.into()).print();
    #[cfg(not(feature = "planted-panic"))]
    let _ = index;
}
