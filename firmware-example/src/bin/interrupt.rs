//! Rows from an interrupt: a timer samples the plant into a queue, and the main loop takes them in, fits and
//! predicts meanwhile.
#![no_std]
#![no_main]

use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::Peripherals;
use cortex_m::interrupt::{self, Mutex};
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::{entry, exception};
use heapless::spsc::{Producer, Queue};
use joint_effects_cases::plant::{self, ACTIONS, Quadratic, Row};
use joint_effects_firmware::line::line;
use joint_effects_firmware::{program, stack};
use joint_effects_kernel::device::{Study, StudyError};
use joint_effects_kernel::{Regime, sampling};
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// Ticks of the timer between rows: there are 25 million a second.
const PERIOD: u32 = 250_000;
/// Rows between fits.
const ROWS_A_FIT: u32 = 500;
const FITS: u32 = 3;

/// What the interrupt hands over.
type Sample = (Regime, Row);

/// The end of the queue that the interrupt is to have.
static PRODUCER: Mutex<Cell<Option<Producer<'static, Sample>>>> = Mutex::new(Cell::new(None));
/// Rows for which the queue had no room.
static LOST: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    static mut PRODUCER_HERE: Option<Producer<'static, Sample>> = None;
    static mut RANDOM: Option<Xoshiro128PlusPlus> = None;
    static mut TURN: usize = 0;
    if PRODUCER_HERE.is_none() {
        *PRODUCER_HERE = interrupt::free(|section| PRODUCER.borrow(section).take());
    }
    let rng = RANDOM.get_or_insert_with(|| Xoshiro128PlusPlus::seed_from_u64(1));
    // Observation, then every action on its own.
    let action = TURN.checked_sub(1);
    *TURN = (*TURN + 1) % (ACTIONS + 1);
    let set = action.map(|action| (action, sampling::uniform(rng, -1.5, 1.5)));
    let sample = (plant::regime(action), plant::run(rng, set));
    if let Some(producer) = PRODUCER_HERE
        && producer.enqueue(sample).is_err()
    {
        // No other interrupt counts.
        LOST.store(LOST.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

#[entry]
fn main() -> ! {
    static mut QUEUE: Queue<Sample, 128> = Queue::new();
    static mut STUDY: Quadratic<f32> = Study::new();
    let result = run(QUEUE, STUDY);
    stack::report();
    program::end(result == Ok(true))
}

/// Whether every fit was nearer than the one before, and no row was lost.
fn run(
    queue: &'static mut Queue<Sample, 128>,
    study: &mut Quadratic<f32>,
) -> Result<bool, StudyError> {
    let (producer, mut rows) = queue.split();
    interrupt::free(|section| PRODUCER.borrow(section).set(Some(producer)));
    study.start(ACTIONS, 2, 50)?;
    let Some(mut peripherals) = Peripherals::take() else {
        return Ok(false);
    };
    let timer = &mut peripherals.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(PERIOD - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();

    let at = [1.0, -1.0, 0.5];
    let mut surer = true;
    let mut before = f32::INFINITY;
    for fit in 1..=FITS {
        let mut taken = 0;
        while taken < ROWS_A_FIT {
            match rows.dequeue() {
                Some((regime, row)) => {
                    study.push(regime, &row.actions, row.outcome)?;
                    taken += 1;
                }
                None => cortex_m::asm::wfi(),
            }
        }
        // The interrupt goes on while this takes its time; the queue holds what comes.
        study.fit_structured()?;
        let waiting = rows.len();
        let prediction = study.predict(Regime::joint(ACTIONS), &at)?;
        let error = prediction.standard_error.ok_or(StudyError::NotFitted)?;
        surer &= error < before;
        before = error;
        line()
            .count(u64::from(fit * ROWS_A_FIT))
            .text(" rows: effect")
            .decimal(prediction.effect, 3)
            .text(" +-")
            .decimal(error, 3)
            .text(", truth")
            .decimal(plant::effect(&at), 3)
            .text("; rows that came meanwhile: ")
            .count(waiting as u64)
            .print();
    }
    let lost = LOST.load(Ordering::Relaxed);
    line().text("rows lost: ").count(lost.into()).print();
    Ok(surer && lost == 0)
}
