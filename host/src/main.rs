//! The program `joint-effects`.

use std::process::ExitCode;

fn main() -> ExitCode {
    joint_effects::app::main()
}
