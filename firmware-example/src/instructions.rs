//! Instructions executed, counted by the SysTick timer of the emulator, in which every instruction
//! takes the same time (`-icount shift=7`). On silicon this would count cycles.

use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

const RANGE: u32 = 1 << 24;

/// How often the timer has been all the way down.
static WRAPS: AtomicU32 = AtomicU32::new(0);

/// To be called by the exception `SysTick`. It takes some ten instructions in every five million.
pub fn wrapped() {
    WRAPS.store(
        WRAPS.load(Ordering::Relaxed).wrapping_add(1),
        Ordering::Relaxed,
    );
}

/// A counter calibrated with instructions whose number is known.
pub struct Counter {
    empty: u64,
    thousand: u64,
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
        timer.enable_interrupt();
        let empty = ticks(|| ());
        let thousand = ticks(thousand_instructions);
        let thousand = thousand.checked_sub(empty).filter(|&ticks| ticks > 0)?;
        Some(Self { empty, thousand })
    }

    /// Instructions that `work` takes.
    pub fn count(&self, work: impl FnOnce()) -> u64 {
        let ticks = ticks(work).saturating_sub(self.empty);
        let rounded = 1000 * ticks + self.thousand / 2;
        rounded.checked_div(self.thousand).unwrap_or_default()
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
fn ticks(work: impl FnOnce()) -> u64 {
    let before = (WRAPS.load(Ordering::Relaxed), SYST::get_current());
    work();
    let after = (SYST::get_current(), WRAPS.load(Ordering::Relaxed));
    // The timer counts down.
    let wraps = u64::from(after.1.wrapping_sub(before.0));
    (wraps * u64::from(RANGE) + u64::from(before.1)).wrapping_sub(after.0.into())
}
