//! Moments that a microcontroller has written: read, merged with a log's, and refused where they are damaged.

#![cfg(feature = "app")]

use crate::program::{run, succeed};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::moments::data::Data;
use joint_effects::moments_file;
use joint_effects_kernel::device::{Names, Study};
use joint_effects_kernel::{Regime, study};
use std::fs;
use tempfile::TempDir;

const NAMES: Names<'static> = Names {
    outcome: "y",
    actions: &["lamp", "fan"],
};

/// Rows of a plant, from this one on.
fn rows(first: usize, count: usize) -> Vec<(Regime, [f64; 2], f64)> {
    let row = |row: usize| {
        let at = |k: usize| ((row * k) as f64 * 0.618_034).fract() - 0.5;
        let regime = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)][row % 3];
        // As the device's sensors have them.
        let actions = [300.0 + 40.0 * at(1), 5.0 * at(7)].map(|x| f64::from(x as f32));
        let outcome = 20.0 + 0.1 * actions[0] - actions[1] * actions[1] + at(13);
        (regime, actions, f64::from(outcome as f32))
    };
    (first..first + count).map(row).collect()
}

fn log(rows: &[(Regime, [f64; 2], f64)]) -> String {
    let name = |regime: Regime| match regime.only() {
        Some(action) => format!("do({})", NAMES.actions[action]),
        None => "obs".into(),
    };
    let line = |(regime, [lamp, fan], y): &(Regime, [f64; 2], f64)| {
        format!("{},{lamp},{fan},{y}\n", name(*regime))
    };
    let lines: String = rows.iter().map(line).collect();
    format!("regime,lamp,fan,y\n{lines}")
}

fn device(rows: &[(Regime, [f64; 2], f64)]) -> Vec<u8> {
    let mut study: study!(f32, 2, 2) = Study::new();
    study.start(2, 2, 40).unwrap();
    for (regime, actions, outcome) in rows {
        let actions = actions.map(|x| x as f32);
        study.push(*regime, &actions, *outcome as f32).unwrap();
    }
    let mut bytes = vec![0; 4096];
    let len = study.write_moments(NAMES, &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

#[test]
fn a_device_and_a_log_are_one() {
    let directory = TempDir::new().unwrap();
    let directory = directory.path();
    let all = rows(0, 1500);
    let (here, there) = all.split_at(600);
    fs::write(directory.join("device.moments"), device(here)).unwrap();
    fs::write(directory.join("log.csv"), log(there)).unwrap();
    succeed(
        directory,
        "moments log.csv --like device.moments -o log.moments",
    );
    let fit = run(directory, "fit device.moments log.moments -o model.json");
    let said = String::from_utf8(fit.stderr).unwrap();
    assert!(fit.status.success(), "{said}");
    assert!(
        said.contains("device.moments: moments of a device, in single precision"),
        "{said}"
    );
    assert!(
        said.contains("log.moments: moments in double precision"),
        "{said}"
    );

    // The moments of all rows, to single precision, over the device's basis.
    let mut merged = moments_file::decode(&device(here)).unwrap();
    let mut straight = merged.without_rows();
    let read = |rows: &[(Regime, [f64; 2], f64)], into: Data| {
        let table = Table::new("log", Box::leak(log(rows).into_boxed_str()).as_bytes()).unwrap();
        let mut observations = Observations::new(vec![table], &Columns::new("y")).unwrap();
        into.with_rows(&mut observations, |_| ()).unwrap()
    };
    merged = read(there, merged);
    straight = read(&all, straight);
    assert_eq!(merged.ranges.len(), 3);
    for (one, other) in merged.regimes.iter().zip(&straight.regimes) {
        let (one, other) = (one.total(), other.total());
        assert_eq!(one.count(), other.count());
        let scale = other
            .buffer()
            .iter()
            .fold(0.0_f64, |most, x| most.max(x.abs()));
        for (one, other) in one.buffer().iter().zip(other.buffer()) {
            assert!((one - other).abs() < 1e-6 * scale, "{one} {other}");
        }
    }
    for (one, other) in merged
        .ranges
        .iter()
        .flatten()
        .zip(straight.ranges.iter().flatten())
    {
        assert!((one.min - other.min).abs() < 1e-5 && (one.max - other.max).abs() < 1e-5);
    }
}

#[test]
fn damaged_moments_of_a_device_are_refused() {
    let bytes = device(&rows(0, 90));
    for bit in 0..8 * bytes.len() {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(moments_file::decode(&damaged).is_err(), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(moments_file::decode(&bytes[..len]).is_err(), "{len} bytes");
    }
}

/// Ridges choose their penalty by folds, which a device does not keep.
#[test]
fn estimators_with_folds_say_what_they_need() {
    let directory = TempDir::new().unwrap();
    let directory = directory.path();
    fs::write(directory.join("device.moments"), device(&rows(0, 900))).unwrap();
    succeed(directory, "fit device.moments -o model.json");
    for estimator in ["indicator", "separate", "observational"] {
        let fit = run(
            directory,
            &format!("fit device.moments --estimator {estimator} -o m.json"),
        );
        assert_eq!(fit.status.code(), Some(2), "{estimator}");
        let said = String::from_utf8(fit.stderr).unwrap();
        assert!(
            said.contains("use the estimator structured"),
            "{estimator}: {said}"
        );
    }
}
