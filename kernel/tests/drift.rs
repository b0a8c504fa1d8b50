//! The alarm for drift: how long it waits where there is none, and where there is.

#![cfg(feature = "sampling")]

use joint_effects_kernel::device::{Alarm, Drift};
use joint_effects_kernel::sampling::normal;
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// The mean number of errors up to the alarm, of this mean.
fn run_length(threshold: f64, drift: f64, runs: u32) -> f64 {
    let mut rng = Xoshiro128PlusPlus::seed_from_u64(1);
    let mut total = 0;
    for _ in 0..runs {
        let mut alarm = Alarm::new(0.5, threshold);
        loop {
            total += 1;
            if let Some(found) = alarm.push(normal(&mut rng, drift, 1.0)) {
                assert!(
                    drift.abs() < 1.0 || found == if drift > 0.0 { Drift::Up } else { Drift::Down }
                );
                break;
            }
        }
    }
    f64::from(total) / f64::from(runs)
}

/// Montgomery, "Introduction to Statistical Quality Control", 7th edition, table 9.3; Siegmund's
/// approximation for the threshold of 8.
#[test]
fn it_waits_as_long_as_published() {
    for (threshold, drift, expected) in [
        (5.0, 0.0, 465.0),
        (5.0, 0.5, 38.0),
        (5.0, 1.0, 10.4),
        (5.0, -1.0, 10.4),
        (5.0, 2.0, 4.01),
        (8.0, 1.0, 16.4),
        (8.0, 2.0, 6.01),
    ] {
        let found = run_length(threshold, drift, 4000);
        let error = (found / expected - 1.0).abs();
        assert!(
            error < 0.06,
            "threshold {threshold}, drift {drift}: {found}, not {expected}"
        );
    }
    let rare = run_length(8.0, 0.0, 600);
    assert!((rare / 9_556.0 - 1.0).abs() < 0.15, "{rare}");
}

#[test]
fn it_forgets_and_leaves_out_what_is_no_number() {
    let mut alarm = Alarm::new(0.5_f32, 5.0);
    assert_eq!(alarm.push(f32::NAN), None);
    assert_eq!(alarm, Alarm::new(0.5, 5.0));
    assert_eq!(alarm.push(f32::NEG_INFINITY), Some(Drift::Down));
    assert_eq!(alarm.push(0.0), Some(Drift::Down));
    alarm.reset();
    assert_eq!(alarm.push(0.0), None);
}
