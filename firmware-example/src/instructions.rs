//! Instructions executed, counted by the SysTick timer of the emulator, in which every instruction
//! takes the same time (`-icount shift=7`). On silicon this would count cycles.

use core::arch::asm;
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const RANGE: u32 = 1 << 24;

/// A counter calibrated with instructions whose number is known.
pub struct Counter {
    empty: u32,
    thousand: u32,
}

impl Counter {
    /// Starts the timer. `None` where something else has taken the peripherals, or where the timer
    /// stands still.
    pub fn start() -> Option<Self> {
        let mut timer = Peripherals::take()?.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(RANGE - 1);
        timer.clear_current();
        timer.enable_counter();
        let empty = ticks(|| ());
        let thousand = ticks(thousand_instructions);
        let thousand = thousand.checked_sub(empty).filter(|&ticks| ticks > 0)?;
        Some(Self { empty, thousand })
    }

    /// Instructions that `work` takes, at most five million.
    pub fn count(&self, work: impl FnOnce()) -> u32 {
        let ticks = u64::from(ticks(work).saturating_sub(self.empty));
        let rounded = 1000 * ticks + u64::from(self.thousand / 2);
        rounded
            .checked_div(self.thousand.into())
            .unwrap_or_default() as u32
    }
}

/// In a function of their own: between the instructions around them and the constants these load they
/// would be out of a Cortex-M0's reach.
#[inline(never)]
fn thousand_instructions() {
    // SAFETY: these do nothing.
    unsafe { asm!(".rept 998", "nop", ".endr") }
}

#[inline(always)]
fn ticks(work: impl FnOnce()) -> u32 {
    // The timer counts down.
    let before = SYST::get_current();
    work();
    before.wrapping_sub(SYST::get_current()) % RANGE
}
