//! A program with the kernel's run-time predictor, 56 coefficients, and nothing else.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::entry;
use joint_effects_firmware as _;
use joint_effects_kernel::predict::predictor::{Layout, Predictor};

const CAPACITY: usize = Layout::Dense.capacity(5, 3);
static COEFFICIENTS: [f32; 56] = [0.5; 56];

#[entry]
fn main() -> ! {
    let actions = [1.0_f32; 5];
    let coefficients = black_box(&COEFFICIENTS);
    let layout = black_box(Layout::Dense);
    let made = Predictor::<f32, 5, CAPACITY>::new(layout, 3, &[0.0; 5], &[1.0; 5], coefficients);
    loop {
        if let Ok(predictor) = &made {
            black_box(predictor.predict(black_box(&actions)));
        }
    }
}
