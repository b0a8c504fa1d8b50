//! What a terminal gets: names are shown there, never obeyed.

use super::{cases, command, listing, run, small};
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

/// Neither stream has a control character but ends of lines.
fn assert_harmless(output: &Output, what: &str) {
    for stream in [&output.stdout, &output.stderr] {
        let text = str::from_utf8(stream).unwrap();
        let control = text.chars().find(|&c| c.is_control() && c != '\n');
        assert_eq!(control, None, "{what}: {text:?}");
    }
}

/// Columns whose names are escape sequences, ends of lines and other control characters.
#[test]
fn names_are_written_out() {
    let Some(cases) = cases() else { return };
    let Some(directory) = small() else { return };
    let here = directory.path();
    let logs = cases.join("inject");
    for name in listing(&logs) {
        fs::copy(logs.join(&name), here.join("log.csv")).unwrap();
        let header = fs::read_to_string(here.join("log.csv")).unwrap();
        let outcome = match name.ends_with("-outcome.csv") {
            true => header
                .split("a,b,")
                .nth(1)
                .unwrap()
                .split("\nobs")
                .next()
                .unwrap(),
            false => "y",
        };
        let outcome = outcome.trim_matches('"');
        for first in [
            "fit",
            "fit --json",
            "diagnose",
            "diagnose --json",
            "plan --budget 1000",
            "moments -o x.moments",
        ] {
            let mut command = command(here, first);
            command.args(["log.csv", "--degree", "1", "--outcome", outcome]);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{name}, {first}: {output:?}");
            assert_harmless(&output, &format!("{name}, {first}"));
            if first.ends_with("json") {
                let json: Value = serde_json::from_slice(&output.stdout).unwrap();
                assert_eq!(json["outcome"], outcome, "{name}");
            }
            // A line that a name begins could say anything.
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(!text.contains("\\r\n"), "{name}, {first}: {text}");
        }
        let output = run(here, "predict model.json log.csv --do nothing");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_harmless(&output, &name);
    }
}

/// What turns the direction of a text could show a line that says something else.
#[test]
fn names_turn_no_text() {
    let directory = tempfile::TempDir::new().unwrap();
    let here = directory.path();
    let turns = ['\u{61c}', '\u{200f}', '\u{202e}', '\u{2067}', '\u{2028}'];
    for turn in turns {
        let mut log = format!("regime,{turn}evil,b,y\n");
        for row in 0..90 {
            let regime = [
                String::from("obs"),
                format!("do({turn}evil)"),
                "do(b)".into(),
            ];
            let (a, b) = (row * 7 % 23, row * 5 % 29);
            log += &format!("{},{a},{b},{}\n", regime[row % 3], a + b * b);
        }
        fs::write(here.join("log.csv"), log).unwrap();
        for first in ["fit -o m.json", "fit --json -o m.json", "diagnose"] {
            let mut command = command(here, first);
            let output = command
                .args(["log.csv", "--degree", "1", "--outcome", "y"])
                .output()
                .unwrap();
            assert!(output.status.success(), "{first}: {output:?}");
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(
                said.contains("evil") && !said.contains(turn),
                "{first}: {said}"
            );
        }
    }
}

#[test]
fn so_are_names_of_files() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let name = "no\x1b[31m\n\u{9b}.csv";
    for first in ["fit --outcome y", "predict m.json"] {
        let output = command(here, first).arg(name).output().unwrap();
        assert_harmless(&output, first);
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = "error: no\\u{1b}[31m\\n\\u{9b}.csv: cannot be read: ";
        assert!(
            said.starts_with(expected) && said.lines().count() == 1,
            "{said}"
        );
    }
    let output = command(here, "export m.json --format c -o")
        .arg(name)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert_harmless(&output, "export");
    assert!(Path::new(&here.join(name)).exists());
    let output = command(here, "fit log.csv --outcome")
        .arg("\x1b[31m")
        .output()
        .unwrap();
    assert_harmless(&output, "a column");
    let output = command(here, "fit log.csv --estimator")
        .arg("\x1b[31m")
        .output()
        .unwrap();
    assert_harmless(&output, "a choice");
}

#[test]
fn help_that_cannot_be_written_is_an_error() {
    let Some(directory) = small() else { return };
    for arguments in ["--help", "fit --help", "--version", "completions bash"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(directory.path(), arguments)
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let expected = "error: standard output: No space left on device (os error 28)\n";
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            expected,
            "{arguments}"
        );
    }
}

/// What takes long says how far it is, where somebody looks.
#[test]
fn long_work_shows_how_far_it_is() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let program = env!("CARGO_BIN_EXE_joint-effects");
    let on_a_terminal = |arguments: &str| {
        let command = format!("{program} {arguments}");
        let output = Command::new("script")
            .current_dir(here)
            .args(["-qec", &command, "/dev/null"])
            .output();
        let output = output.ok()?;
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments}: {text}");
        Some(text)
    };
    let simulate = "simulate --actions 2 --rows 100000 --test-rows 30000 -o out";
    let Some(text) = on_a_terminal(simulate) else {
        println!("skipped: no script(1) to run a program on a terminal");
        return;
    };
    assert!(
        text.contains("data.csv █") && text.contains(" of 300,000 rows, "),
        "{text}"
    );
    for arguments in [
        "fit out/data.csv --outcome y -o m.json --no-report",
        "predict m.json out/test.csv -o p.csv",
        "diagnose out/data.csv --outcome y",
    ] {
        let text = on_a_terminal(arguments).unwrap();
        assert!(
            text.contains("█") && text.contains("iB, "),
            "{arguments}: {text}"
        );
    }
    for arguments in [
        "predict m.json out/test.csv -o p.csv --quiet",
        "predict m.json out/test.csv",
    ] {
        assert!(
            !on_a_terminal(arguments).unwrap().contains("█"),
            "{arguments}"
        );
    }
}
