//! How deep the stack has been. The start-up code paints it.

use crate::line::line;
use core::ptr::{addr_of, read_volatile};
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    static _stack_end: u32;
    static _stack_start: u32;
}

/// The most bytes of stack in use since reset.
pub fn peak() -> usize {
    let start = addr_of!(_stack_start);
    let mut deepest = addr_of!(_stack_end);
    // SAFETY: all between the linker's two symbols is RAM set aside for the stack, and painted.
    while deepest < start && unsafe { read_volatile(deepest) } == STACK_PAINT_VALUE {
        deepest = deepest.wrapping_add(1);
    }
    start as usize - deepest as usize
}

/// Prints the peak.
pub fn report() {
    line()
        .text("peak stack ")
        .count(peak() as u64)
        .text(" bytes")
        .print();
}
