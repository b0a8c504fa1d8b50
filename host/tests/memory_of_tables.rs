//! The memory of a fit does not depend on how many rows a table has, in any format.

#![cfg(all(target_os = "linux", feature = "parquet", feature = "app"))]

use crate::formats::{gzip, write_parquet};
use crate::program::peak;
use std::fmt::Write;
use std::fs;
use tempfile::TempDir;

/// A log whose every number is another, so that no dictionary holds a column.
fn log(rows: u32) -> String {
    let mut log = String::from("regime,a,b,c,y\n");
    for row in 0..rows {
        let regime = ["obs", "do(a)", "do(b)", "do(c)"][row as usize % 4];
        let x = f64::from(row);
        let [a, b, c] = [x.sin(), (1.3 * x).cos(), (2.7 * x).sin()];
        writeln!(log, "{regime},{a},{b},{c},{}", a + b * b - c).unwrap();
    }
    log
}

#[test]
fn rows_do_not_fill_it() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let mut peaks = Vec::new();
    for rows in [150_000, 600_000] {
        let log = log(rows);
        fs::write(here.join("log.csv"), &log).unwrap();
        gzip(&here.join("log.csv.gz"), &[&log]);
        // One row group: its columns have 19 MB at the larger number of rows.
        write_parquet(&here.join("log.parquet"), &log, rows as usize);
        let names = ["log.csv", "log.csv.gz", "log.parquet"];
        peaks.push(names.map(|name| {
            let peak = peak(here, &format!("fit {name} --outcome y --degree 1"));
            println!("{name}: {peak} KiB for {rows} rows");
            peak
        }));
    }
    for (few, many) in peaks[0].into_iter().zip(peaks[1]) {
        assert!(many < few + 4096, "{few} KiB, then {many} KiB");
        assert!(many < 32 << 10, "{many} KiB");
    }
}
