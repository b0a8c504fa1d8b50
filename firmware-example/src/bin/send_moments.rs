//! Accumulates the rows in flash and sends the moments home: a moments file, as hexadecimal digits;
//! README.md says how it is read.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::plant::{ACTIONS, Quadratic, tell};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::line::line;
use joint_effects_firmware::program;
use joint_effects_kernel::device::{Names, Study, StudyError};

const NAMES: Names<'static> = Names {
    outcome: "y",
    actions: &["a1", "a2", "a3"],
};

/// Bytes of the file.
const CAPACITY: usize = 2048;

/// Bytes in a line.
const ACROSS: usize = 32;

#[entry]
fn main() -> ! {
    static mut STUDY: Quadratic<f32> = Study::new();
    static mut BYTES: [u8; CAPACITY] = [0; CAPACITY];
    program::end(send(STUDY, BYTES).is_ok())
}

fn send(study: &mut Quadratic<f32>, bytes: &mut [u8]) -> Result<(), StudyError> {
    // Without a warm-up, so that the moments of all devices are of the same variables.
    study.start(ACTIONS, 2, 0)?;
    tell(study, &ROWS, |x| x)?;
    let len = study.write_moments(NAMES, bytes)?;
    for bytes in bytes.get(..len).unwrap_or_default().chunks(ACROSS) {
        let text = line().text("moments ");
        bytes
            .iter()
            .fold(text, |text, &byte| text.byte_digits(byte))
            .print();
    }
    Ok(())
}
