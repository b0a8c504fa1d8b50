//! A small experiment and a small fit, beside what they last gave: results change by a decision or
//! not at all.
//!
//! A change of any bit fails. Where the change is meant, look at the table, then accept it with
//!
//! ```sh
//! UPDATE_DIGEST=1 cargo test -p joint-effects --test tests digest
//! ```
//!
//! and commit `host/tests/digest.txt` with the change that made it.

#![cfg(feature = "app")]

use crate::program::succeed;
use joint_effects_kernel::digest::crc32;
use std::path::Path;
use std::{env, fs};
use tempfile::TempDir;

/// What the experiments give: the table of each, and the CRC-32 of every file.
fn results() -> String {
    let directory = TempDir::new().unwrap();
    let run = |arguments: &str| succeed(directory.path(), arguments);
    let sum = |name: &str| {
        let bytes = fs::read(directory.path().join(name)).unwrap();
        format!("{name}: {:08x}\n", crc32(&bytes))
    };
    let compare = run("compare --rows 500 --runs 4 --actions 3 --seed 1 --output compare");
    let mut text = compare + &sum("compare/runs.csv");
    text += &run("interaction --rows 300 --runs 2 --actions 3 --strengths 0,.5 --output pairs");
    text += &sum("pairs/runs.csv");
    run("simulate --actions 3 --rows 400 --seed 1 --output log");
    text += &sum("log/data.csv");
    for estimator in ["separate", "indicator", "structured"] {
        run(&format!(
            "fit log/data.csv --outcome y --estimator {estimator} -o {estimator}.json"
        ));
        let predictions = run(&format!("predict {estimator}.json log/test.csv"));
        text += &sum(&format!("{estimator}.json"));
        text += &format!("its predictions: {:08x}\n", crc32(predictions.as_bytes()));
    }
    text
}

/// Whether this machine rounds as the one whose results were recorded: `tile` promises the same bits
/// wherever products are added with one rounding, and the system's logarithms are another matter.
fn rounds_alike() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    return is_x86_feature_detected!("fma");
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")))]
    return false;
}

#[test]
fn results_are_those_recorded() {
    if !rounds_alike() {
        eprintln!("skipped: the digest holds on x86-64 Linux (glibc) with fused multiply–add");
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/digest.txt");
    let found = results();
    if env::var_os("UPDATE_DIGEST").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let recorded = fs::read_to_string(&path).unwrap();
    assert!(
        found == recorded,
        "results have changed. Recorded:\n{recorded}\nfound:\n{found}\nIf that is meant: \
         UPDATE_DIGEST=1 cargo test -p joint-effects --test tests digest"
    );
}

/// Whatever the number of threads, and every time.
#[test]
fn every_experiment_gives_the_same_bytes_on_any_number_of_threads() {
    let experiments = [
        "compare --rows 200 --actions 2 --runs 3",
        "ratio --rows 100 --actions 2 --ratios 0.5,2 --runs 3",
        "convergence --N_total 400 1000 --actions 2 --runs 3",
        "interaction --rows 200 --actions 2 --strengths 0,0.5 --runs 3",
        "confounding --rows 200 --actions 2 --correlations 0,0.5 --runs 3",
        "allocation --rows 100 --degree 1 --runs 2",
    ];
    for experiment in experiments {
        let outcome = |threads: usize| {
            let directory = TempDir::new().unwrap();
            let flags = format!("{experiment} --threads {threads} --output out");
            let table = succeed(directory.path(), &flags);
            let read = |name| fs::read_to_string(directory.path().join("out").join(name)).unwrap();
            (table, read("runs.csv"), read("summary.json"))
        };
        let one = outcome(1);
        for threads in [1, 2, 3] {
            assert!(outcome(threads) == one, "{experiment}: {threads} threads");
        }
    }
}
