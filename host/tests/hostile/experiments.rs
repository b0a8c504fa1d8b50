//! Directories of experiments: one writer at a time, and nothing taken for a result that is none.

use super::{command, listing, refused, run, succeed};
use std::fs::{self, File};
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const LOCK: &str = ".joint-effects.lock";

#[test]
fn a_directory_has_one_writer() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --runs 100000 --rows 200 --actions 2 -o out";
    let mut first = command(here, flags)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while fs::read_to_string(here.join("out/runs.csv")).map_or(0, |runs| runs.len()) < 1000 {
        assert!(first.try_wait().unwrap().is_none(), "it ended too soon");
        thread::sleep(Duration::from_millis(2));
    }
    let expected = format!(
        "error: out: cannot be written: process {} is writing there; wait for it to end, or choose \
         another directory\n",
        first.id()
    );
    for other in [
        "compare --runs 3 --rows 200 --actions 2 --seed 2 -o out",
        "compare --runs 100000 --rows 200 --actions 2 -o out --resume",
        "simulate -o out",
    ] {
        assert_eq!(refused(here, other), expected, "{other}");
    }
    // What a process that was killed leaves holds nobody up.
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(
        listing(&here.join("out")),
        [LOCK, "runs.csv", "settings.json"]
    );
    let few = "compare --runs 3 --rows 200 --actions 2 -o";
    succeed(here, &format!("{few} out"));
    succeed(here, &format!("{few} whole"));
    let [out, whole] = ["out", "whole"].map(|name| listing(&here.join(name)));
    assert_eq!(out, whole);
    assert!(!out.contains(&LOCK.to_string()));
}

#[test]
fn a_suite_keeps_all_its_directory() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    fs::create_dir(here.join("out")).unwrap();
    let lock = File::create(here.join("out").join(LOCK)).unwrap();
    lock.lock().unwrap();
    let said = refused(here, "suite --runs 1 -o out");
    assert!(
        said.starts_with("error: out: cannot be written: another process is writing there"),
        "{said}"
    );
    assert_eq!(listing(&here.join("out")), [LOCK]);
}

/// Scores that no run can have.
#[test]
fn scores_that_cannot_be_are_refused() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 100 --runs 3 --actions 2 --estimators joint,structured -o out";
    succeed(here, flags);
    let path = here.join("out/runs.csv");
    let runs = fs::read_to_string(&path).unwrap();
    let error = "a finite number, at least 0";
    let share = "a number from 0 to 1";
    for (place, column, found, expected) in [
        (2, "rmse", "NaN", error),
        (2, "rmse", "-0.5", error),
        (3, "excess", "inf", error),
        (3, "excess", "-inf", error),
        (4, "coverage", "NaN", share),
        (4, "coverage", "1.5", share),
    ] {
        let mut lines: Vec<_> = runs.lines().map(String::from).collect();
        let mut fields: Vec<_> = lines[4].split(',').collect();
        fields[place] = found;
        lines[4] = fields.join(",");
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let said = refused(here, &format!("{flags} --resume"));
        let line = format!(
            "error: out/runs.csv, line 5, column \"{column}\": expected {expected}, found {found}; start \
             anew without --resume\n"
        );
        assert_eq!(said, line);
    }
}

/// Files without an end are not read to their end.
#[test]
fn endless_settings_and_runs() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 100 --runs 2 --actions 2 --estimators joint -o out";
    succeed(here, flags);
    let whole = fs::read(here.join("out/runs.csv")).unwrap();
    // More than there is memory for, and almost none of it on the disk.
    let runs = File::options()
        .write(true)
        .open(here.join("out/runs.csv"))
        .unwrap();
    runs.set_len(1 << 40).unwrap();
    succeed(here, &format!("{flags} --resume"));
    assert!(fs::read(here.join("out/runs.csv")).unwrap() == whole);

    let settings = File::create(here.join("out/settings.json")).unwrap();
    settings.set_len(1 << 40).unwrap();
    let said = refused(here, &format!("{flags} --resume"));
    let expected = "error: out/settings.json: cannot be read: longer than ";
    assert!(
        said.starts_with(expected) && said.ends_with(" bytes\n"),
        "{said}"
    );
}

#[test]
fn the_report_after_a_resume_is_the_same() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 100 --runs 3 --actions 2 --estimators joint,truth -o out";
    succeed(here, flags);
    let report = here.join("out/report.html");
    let whole = fs::read(&report).unwrap();
    let path = here.join("out/runs.csv");
    let runs = fs::read_to_string(&path).unwrap();
    fs::write(&path, &runs[..runs.len() / 2]).unwrap();
    fs::remove_file(&report).unwrap();
    assert!(run(here, &format!("{flags} --resume")).status.success());
    assert!(fs::read(&report).unwrap() == whole);
}
