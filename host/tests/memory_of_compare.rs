//! The memory of an experiment does not depend on how many rows are drawn.

#![cfg(all(target_os = "linux", feature = "app"))]

use crate::program;
use tempfile::TempDir;

/// The most memory that `compare` ever had, in KiB.
fn peak(rows: u32) -> u64 {
    let directory = TempDir::new().unwrap();
    let flags = "--K 5 --N_runs 1 --threads 1 --estimators separate,indicator,joint";
    program::peak(directory.path(), &format!("compare {flags} --N {rows}"))
}

#[test]
fn rows_do_not_fill_it() {
    let (few, many) = (peak(10_000), peak(200_000));
    println!("{few} KiB for 10,000 rows of each regime, {many} KiB for 200,000");
    assert!(many < 64 << 10, "{many} KiB");
    // One column of one regime would take 1562 KiB more; what two runs of one program take differs by some hundred.
    assert!(many < few + 1024, "{few} KiB, then {many} KiB");
}
