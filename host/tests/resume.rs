//! An experiment that was stopped goes on where it was, and ends as if it had not been stopped.

#![cfg(feature = "app")]

use crate::program::{command, run, succeed};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// All files of a directory of results, and of those in it, but for the reports, which say by what
/// command they were made.
fn results(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let (path, name) = entry
            .map(|entry| (entry.path(), entry.file_name()))
            .unwrap();
        let name = name.into_string().unwrap();
        if path.is_dir() {
            let inner = results(&path).into_iter();
            files.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else if name != "report.html" {
            files.push((name, fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

fn assert_same(directory: &Path, whole: &str, resumed: &str) {
    let [whole, resumed] = [whole, resumed].map(|name| results(&directory.join(name)));
    for ((name, expected), (found_name, found)) in whole.iter().zip(&resumed) {
        assert_eq!(found_name, name);
        assert!(found == expected, "{name} differs");
    }
    assert_eq!(resumed.len(), whole.len());
}

/// Starts an experiment and kills it once a file has so many lines.
fn kill(directory: &Path, arguments: &str, file: &str, lines: usize) {
    let mut child = command(directory, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let file = directory.join(file);
    while fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < lines {
        assert!(child.try_wait().unwrap().is_none(), "{arguments}: too fast");
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "{arguments}: too fast");
}

#[test]
fn a_killed_experiment_gives_the_same_bytes() {
    for flags in [
        "compare --rows 1000 --runs 60 --actions 3 --estimators joint,structured,truth",
        "confounding --rows 500 --runs 20 --actions 2 --correlations 0,0.3,1e-7",
        "interaction --rows 500 --runs 20 --actions 2 --strengths 0,0.3,1e-7",
    ] {
        let directory = TempDir::new().unwrap();
        let here = directory.path();
        succeed(here, &format!("{flags} -o whole"));
        kill(
            here,
            &format!("{flags} --threads 2 -o part"),
            "part/runs.csv",
            30,
        );
        assert!(!here.join("part/summary.json").exists());
        let runs = here.join("part/runs.csv");
        let (killed, whole) = (
            fs::read(&runs).unwrap(),
            fs::read(here.join("whole/runs.csv")),
        );
        assert!(whole.unwrap().starts_with(&killed));

        let cut = |end: usize| killed[..end].to_vec();
        let lines = || {
            killed
                .iter()
                .enumerate()
                .filter(|&(_, &byte)| byte == b'\n')
        };
        let last_line = lines().rev().nth(1).unwrap().0 + 1;
        let states = [
            ("as it was", killed.clone()),
            ("within a number", cut(last_line + 12)),
            ("at the end of a number", cut(killed.len() - 1)),
            ("between the lines of a run", cut(last_line)),
            ("within the header", cut(5)),
            ("with nothing written", Vec::new()),
            ("with a page of zeros", [&killed[..], &[0; 4096]].concat()),
            (
                "with a page that is no text",
                [&killed[..], &[0xff; 4096]].concat(),
            ),
        ];
        for (threads, (state, bytes)) in states.into_iter().enumerate() {
            println!("{flags}: {state}");
            fs::write(&runs, bytes).unwrap();
            let threads = 1 + threads % 2;
            let resume = format!("{flags} -o part --resume");
            let table = succeed(here, &format!("{resume} --threads {threads}"));
            assert_same(here, "whole", "part");
            assert_eq!(succeed(here, &resume), table, "of a finished experiment");
            assert_same(here, "whole", "part");
        }
        fs::remove_file(&runs).unwrap();
        succeed(here, &format!("{flags} -o part --resume"));
        assert_same(here, "whole", "part");
    }
}

#[test]
fn what_is_finished_is_not_done_again() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 100 --runs 3 --actions 2 --estimators joint -o out";
    succeed(here, &format!("{flags} --resume"));
    let path = here.join("out/runs.csv");
    let runs = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = runs.lines().collect();
    // A score that no run has.
    let altered = format!("{}\n0,joint,0.25,0.125,,,\n{}", lines[0], lines[2]);
    fs::write(&path, &altered).unwrap();
    let output = run(here, &format!("{flags} --resume"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "out/runs.csv: 1 of 3 runs are there\n";
    assert!(stderr.starts_with(expected), "{stderr}");
    let resumed = fs::read_to_string(&path).unwrap();
    assert!(resumed.starts_with(&altered), "{resumed}");
    assert_eq!(resumed.lines().skip(2).collect::<Vec<_>>(), lines[2..]);

    succeed(here, flags);
    assert_eq!(fs::read_to_string(&path).unwrap(), runs, "started anew");
}

#[test]
fn a_killed_suite_gives_the_same_bytes() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "suite --runs 1 --degree 1 --estimators separate,joint";
    let whole = succeed(here, &format!("{flags} -o whole --json"));
    kill(here, &format!("{flags} -o part"), "part/ratio/runs.csv", 8);
    assert!(here.join("part/compare/summary.json").exists());
    assert!(!here.join("part/convergence").exists());
    let resumed = succeed(here, &format!("{flags} -o part --resume --json"));
    assert_eq!(resumed, whole);
    assert_same(here, "whole", "part");
}

#[test]
fn another_experiment_is_not_gone_on_with() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "convergence --totals 100,200 --runs 2 --actions 2 --degree 1 --estimators joint";
    succeed(here, &format!("{flags} -o out"));
    let before = results(&here.join("out"));
    let other = |exchanged: &str, by: &str| {
        let output = run(
            here,
            &format!("{} -o out --resume", flags.replace(exchanged, by)),
        );
        assert_eq!(output.status.code(), Some(2), "{exchanged} by {by}");
        assert!(output.stdout.is_empty());
        assert!(results(&here.join("out")) == before, "{exchanged} by {by}");
        String::from_utf8(output.stderr).unwrap()
    };
    let cases = [
        (
            "--degree 1",
            "--degree 2",
            "points[0].settings.degree 1, this one 2",
        ),
        ("--runs 2", "--runs 3", "runs 2, this one 3"),
        (
            "--runs 2",
            "--runs 2 --seed 7",
            "points[0].settings.seed 0, this one 7",
        ),
        (
            "--runs 2",
            "--runs 2 --scm linear",
            "points[0].settings.scm \"polynomial\", this one \"linear\"",
        ),
        (
            "--estimators joint",
            "--estimators joint,truth",
            "points[0].settings.estimators [\"joint\"], this one [\"joint\",\"truth\"]",
        ),
        (
            "100,200",
            "100,300",
            "points[1].sizes.joint 200, this one 300",
        ),
        ("100,200", "100", "number of points 2, this one 1"),
        (
            "convergence --totals 100,200",
            "ratio --N_avg 100 --ratios 1",
            "name \"convergence\", this one \"ratio\"",
        ),
    ];
    for (exchanged, by, differs) in cases {
        let expected = format!(
            "error: out/settings.json: the stopped experiment had {differs}: resume it as it was, \
             or start anew without --resume\n"
        );
        assert_eq!(other(exchanged, by), expected);
    }

    let settings = here.join("out/settings.json");
    let written = fs::read_to_string(&settings).unwrap();
    let version = joint_effects::VERSION;
    fs::write(&settings, written.replace(version, "0.0.1")).unwrap();
    let output = run(here, &format!("{flags} -o out --resume"));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = format!("had program \"0.0.1\", this one \"{version}\": ");
    assert!(stderr.contains(&expected), "{stderr}");

    for (contents, expected) in [
        (Some("{"), "EOF while parsing an object at line 1 column 1"),
        (None, "No such file or directory (os error 2)"),
    ] {
        match contents {
            Some(contents) => fs::write(&settings, contents).unwrap(),
            None => fs::remove_file(&settings).unwrap(),
        }
        let output = run(here, &format!("{flags} -o out --resume"));
        let stderr = String::from_utf8(output.stderr).unwrap();
        let expected = format!("error: out/settings.json: cannot be read: {expected}\n");
        assert_eq!(stderr, expected);
    }
    // To start anew asks for nothing of what is there.
    succeed(here, &format!("{flags} -o out"));
    assert!(results(&here.join("out")) == before);
}
