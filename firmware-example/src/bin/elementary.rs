//! How many instructions square roots, logarithms and what is made of them take, call and return
//! included: the means over numbers from a thousandth to a thousand, and over a thousand draws. With the
//! feature `micromath` the kernel's are others. `measure.sh` makes a table of what this prints.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::{entry, exception};
use joint_effects_firmware::instructions::{self, Counter};
use joint_effects_firmware::line::line;
use joint_effects_firmware::program;
use joint_effects_kernel::elementary::Elementary;
use joint_effects_kernel::sampling;
use micromath::F32Ext;
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// A function, out of line whatever the compiler would like.
type Function = fn(f32) -> f32;

const FUNCTIONS: [(&str, Function); 6] = [
    ("`sqrt` of libm", libm::sqrtf),
    ("`sqrt` of micromath", F32Ext::sqrt),
    ("`rough_sqrt`", Elementary::rough_sqrt),
    ("`ln` of libm", libm::logf),
    ("`ln` of micromath", F32Ext::ln),
    ("`rough_ln`", Elementary::rough_ln),
];

const DRAWS: u64 = 1000;

#[exception]
fn SysTick() {
    instructions::wrapped();
}

#[entry]
fn main() -> ! {
    let Some(counter) = Counter::start() else {
        line().text("the timer stands still").print();
        program::end(false)
    };
    for (name, function) in black_box(FUNCTIONS) {
        let (mut instructions, mut calls) = (0, 0);
        let mut x = 1e-3;
        while x < 1e3 {
            instructions += counter.count(|| {
                black_box(function(x));
            });
            calls += 1;
            x *= 1.13;
        }
        report(name, instructions / calls);
    }
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
    let draws = counter.count(|| {
        for _ in 0..DRAWS {
            black_box(sampling::normal(&mut rng, 0.0_f32, 1.0));
        }
    });
    report("a normal draw", draws / DRAWS);
    program::end(true)
}

fn report(what: &str, instructions: u64) {
    line().text(what).text(" | ").count(instructions).print();
}
