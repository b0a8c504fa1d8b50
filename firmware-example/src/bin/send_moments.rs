//! Accumulates the rows in flash and sends the moments home, a line a regime; README.md says how.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::plant::{ACTIONS, Quadratic, tell};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::line::line;
use joint_effects_firmware::program;
use joint_effects_kernel::device::{Study, StudyError};

/// Numbers in a line.
const ACROSS: usize = 10;

#[entry]
fn main() -> ! {
    static mut STUDY: Quadratic<f32> = Study::new();
    program::end(send(STUDY).is_ok())
}

fn send(study: &mut Quadratic<f32>) -> Result<(), StudyError> {
    // Without a warm-up, so that the moments of all devices are of the same variables.
    study.start(ACTIONS, 2, 0)?;
    tell(study, &ROWS, |x| x)?;
    for (regime, moments) in study.moments()? {
        line()
            .text("moments ")
            .count(regime.bits().into())
            .text(" ")
            .count(moments.count())
            .text(" ")
            .count(moments.columns() as u64)
            .print();
        for numbers in moments.buffer().chunks(ACROSS) {
            let mut text = line();
            for (index, number) in numbers.iter().enumerate() {
                text = text
                    .text(if index > 0 { " " } else { "" })
                    .bits(number.to_bits());
            }
            text.print();
        }
    }
    Ok(())
}
