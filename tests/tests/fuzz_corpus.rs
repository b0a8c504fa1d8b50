//! The inputs that fuzzing kept, each through its target's law: `fuzz/corpus` has those that reach
//! different code, `fuzz/regressions` those that once broke a law. `docs/fuzzing.md` tells of both.

use joint_effects_tests::fuzz::TARGETS;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz")
        .join(name)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// How many inputs there are; panics where a law does not hold of one.
fn replay(kept: &str) -> usize {
    let mut count = 0;
    let mut broken = Vec::new();
    for target in TARGETS {
        for path in files(&folder(kept).join(target.name)) {
            let bytes = fs::read(&path).unwrap();
            count += 1;
            if catch_unwind(|| (target.run)(&bytes)).is_err() {
                broken.push(path);
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
    count
}

#[test]
fn the_corpus_holds() {
    assert!(replay("corpus") > 100);
}

#[test]
fn what_was_found_stays_mended() {
    assert!(replay("regressions") > 0);
}

/// Else a sum that leaves its type's range would pass here, and mean another number.
#[test]
#[should_panic(expected = "overflow")]
fn overflow_is_a_panic_in_tests() {
    let most = std::hint::black_box(u64::MAX);
    assert_ne!(most + 1, most);
}

#[test]
fn every_target_is_fuzzed_and_every_folder_replayed() {
    let mut names: Vec<String> = TARGETS.iter().map(|target| target.name.into()).collect();
    names.sort();
    let stems = |directory: &str| -> Vec<String> {
        let paths = files(&folder(directory));
        let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().into();
        paths.iter().map(stem).collect()
    };
    assert_eq!(stems("fuzz_targets"), names);
    assert_eq!(stems("corpus"), names);
    assert!(stems("regressions").iter().all(|name| names.contains(name)));
}
