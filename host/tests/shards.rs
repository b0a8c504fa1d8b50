//! Shards of an experiment, run apart and put together, give the bytes of one machine.

#![cfg(feature = "app")]

use crate::program::{command, run, succeed};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

const COMPARE: &str =
    "compare --rows 200 --runs 7 --actions 2 --estimators separate,structured,joint";

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

/// The one line of an error.
fn refused(directory: &Path, arguments: &str) -> String {
    let output = run(directory, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn shards_give_the_bytes_of_one_machine() {
    let convergence = "convergence --totals 300,1000,500 --runs 5 --actions 2 --estimators separate,structured,joint";
    for (flags, shards) in [(COMPARE, 1), (COMPARE, 3), (COMPARE, 9), (convergence, 4)] {
        println!("{flags}, {shards} shards");
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        let table = succeed(here, &format!("{flags} -o whole"));
        // In another order than their own.
        let parts: Vec<_> = (1..=shards)
            .rev()
            .map(|shard| format!("part-{shard}"))
            .collect();
        for (shard, part) in (1..=shards).rev().zip(&parts) {
            let printed = succeed(here, &format!("{flags} --shard {shard}/{shards} -o {part}"));
            assert_eq!(printed.is_empty(), shards > 1);
            assert_eq!(here.join(part).join("summary.json").exists(), shards == 1);
        }
        let merged = succeed(here, &format!("merge {} -o merged", parts.join(" ")));
        assert_eq!(merged, table);
        let experiment = flags.split(' ').next().unwrap();
        let plot = format!("plots/{experiment}-excess.svg");
        for file in ["summary.json", "runs.csv", "settings.json", &plot] {
            let [whole, merged] =
                ["whole", "merged"].map(|name| fs::read(here.join(name).join(file)).unwrap());
            assert!(whole == merged, "{file} differs");
        }
    }
}

#[test]
fn a_shard_that_was_killed_goes_on() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 1000 --runs 60 --actions 3 --estimators joint,structured";
    succeed(here, &format!("{flags} -o whole"));
    succeed(here, &format!("{flags} --shard 1/2 -o one"));
    let second = format!("{flags} --shard 2/2 -o two");
    let mut child = command(here, &second)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while fs::read_to_string(here.join("two/runs.csv")).map_or(0, |runs| runs.lines().count()) < 9 {
        assert!(child.try_wait().unwrap().is_none(), "too fast");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let unfinished = refused(here, "merge one two -o merged");
    let expected = "of 30 runs are there: end shard 2/2 with --resume\n";
    assert!(unfinished.ends_with(expected), "{unfinished}");
    assert!(!here.join("merged").exists());
    let other = refused(here, &format!("{flags} --shard 1/2 -o two --resume"));
    assert!(
        other.contains("the stopped experiment had shard \"2/2\", this one \"1/2\""),
        "{other}"
    );
    succeed(here, &format!("{second} --resume"));
    succeed(here, "merge two one -o merged");
    for file in ["summary.json", "runs.csv"] {
        assert_eq!(
            text(here.join("merged").join(file)),
            text(here.join("whole").join(file))
        );
    }
}

#[test]
fn shards_that_do_not_make_one_experiment_are_refused() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    for (shard, of, more) in [
        (1, 3, ""),
        (2, 3, ""),
        (3, 3, ""),
        (1, 2, ""),
        (3, 3, "--seed 1"),
    ] {
        let name = format!("{shard}-{of}{}", more.replace(' ', ""));
        succeed(
            here,
            &format!("{COMPARE} {more} --shard {shard}/{of} -o {name}"),
        );
    }
    succeed(here, &format!("{COMPARE} --shard 1/3 -o again"));
    succeed(here, &format!("{COMPARE} -o altered"));
    let settings = here.join("altered/settings.json");
    fs::write(
        &settings,
        text(&settings).replacen("\"runs\"", "\"rums\"", 1),
    )
    .unwrap();
    for (directories, expected) in [
        ("1-3 2-3", "no shard 3/3: expected the directories of all"),
        (
            "1-3 again",
            "again: shard 1/3, as 1-3 is, expected each once",
        ),
        (
            "1-3 1-2",
            "1-2: shard is \"of 2\", expected \"of 3\" as in 1-3",
        ),
        (
            "1-3 2-3 3-3--seed1",
            "3-3--seed1: points[0].settings.seed is 1, expected 0 as in 1-3",
        ),
        (
            "1-3 missing",
            "missing/settings.json: cannot be read: No such file or directory (os error 2)",
        ),
        (
            "altered",
            "altered/settings.json: cannot be read: missing field `runs`",
        ),
        (
            "1-3 2-3 3-3 -o 1-3",
            "1-3/runs.csv: cannot be written: the same command reads it; expected another file",
        ),
    ] {
        let output = if directories.contains("-o") {
            ""
        } else {
            "-o merged"
        };
        let said = refused(here, &format!("merge {directories} {output}"));
        assert_eq!(said, format!("error: {expected}\n"));
        assert!(!here.join("merged").exists());
    }
}
