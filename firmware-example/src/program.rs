//! The end of a program.

#[cfg(not(feature = "panic-never"))]
use crate::line::line;

/// Ends the emulation, or the debug session: exit code 0 for success, 1
/// for failure.
pub fn end(success: bool) -> ! {
    semihosting::process::exit(i32::from(!success))
}

#[cfg(feature = "panic-never")]
use panic_never as _;

#[cfg(not(feature = "panic-never"))]
#[panic_handler]
fn panic(information: &core::panic::PanicInfo<'_>) -> ! {
    if let Some(location) = information.location() {
        line()
            .text("panic at ")
            .text(location.file())
            .text(", line ")
            .count(location.line().into())
            .print();
    }
    semihosting::process::exit(101)
}

#[cfg(feature = "defmt")]
#[defmt::panic_handler]
fn defmt_panic() -> ! {
    semihosting::process::exit(101)
}
