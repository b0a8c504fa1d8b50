//! Ctrl-C, and disks without room: what is finished is kept, and nothing is left half-written.

#![cfg(all(unix, feature = "app"))]

use crate::program::{command, run, succeed};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", "kill -INT $0", &pid])
        .status();
    assert!(sent.unwrap().success());
}

/// Waits until something holds of a running program.
fn wait_until(child: &mut Child, holds: impl Fn() -> bool) {
    while !holds() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Exit code and standard error of a program that was interrupted.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn start(directory: &Path, arguments: &str) -> Child {
    let mut command = command(directory, arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn an_interrupted_experiment_says_how_to_go_on() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let flags = "compare --rows 1000 --runs 200 --actions 3 --estimators joint";
    let runs = here.join("out/runs.csv");
    let mut child = start(here, &format!("{flags} -o out"));
    // A run is counted once it is written, so the last line may not be counted yet.
    wait_until(&mut child, || lines(&runs) > 11);
    interrupt(&child);
    let (code, stderr) = ended(child);
    assert_eq!(code, Some(130), "{stderr}");
    let said = stderr.strip_prefix("interrupted after ");
    let said = said.and_then(|rest| rest.strip_suffix(" of 200 runs; --resume goes on\n"));
    let finished: usize = said
        .and_then(|runs| runs.parse().ok())
        .unwrap_or_else(|| panic!("{stderr}"));
    // One may have been added while the line was being written.
    let kept = lines(&runs) - 1;
    assert!(
        (finished..=finished + 1).contains(&kept),
        "{finished} said, {kept} kept"
    );
    assert!(finished >= 10 && kept < 200);

    succeed(here, &format!("{flags} -o out --resume"));
    succeed(here, &format!("{flags} -o whole"));
    for name in ["runs.csv", "summary.json"] {
        let [whole, resumed] =
            ["whole", "out"].map(|at| fs::read(here.join(at).join(name)).unwrap());
        assert!(resumed == whole, "{name}");
    }
}

#[test]
fn an_interrupted_file_is_not_left_behind() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let mut child = start(here, "simulate --rows 1000000000 -o out");
    wait_until(&mut child, || {
        let mut entries = fs::read_dir(here.join("out"))
            .into_iter()
            .flatten()
            .flatten();
        entries.any(|entry| {
            let aside = entry.file_name().to_string_lossy().ends_with(".partial");
            aside && entry.metadata().is_ok_and(|file| file.len() > 0)
        })
    });
    interrupt(&child);
    assert_eq!(ended(child), (Some(130), "interrupted\n".into()));
    assert_eq!(fs::read_dir(here.join("out")).unwrap().count(), 0);
}

#[test]
fn an_interrupted_fit_leaves_nothing() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let mut child = start(here, "fit /dev/stdin --outcome y");
    let mut table = child.stdin.take().unwrap();
    // More than a pipe holds, so that some of it has been read.
    let rows = "obs,1,2,3\n".repeat(20_000);
    write!(table, "regime,a,b,y\n{rows}").unwrap();
    interrupt(&child);
    assert_eq!(ended(child), (Some(130), "interrupted\n".into()));
    assert_eq!(fs::read_dir(here).unwrap().count(), 0);
}

/// The first one cannot end the program here: nobody reads what it has to say.
#[test]
fn a_second_one_ends_the_program_at_once() {
    let directory = TempDir::new().unwrap();
    let (mut reader, mut stderr) = io::pipe().unwrap();
    let pipe_holds = 1 << 16;
    stderr.write_all(&vec![b'.'; pipe_holds]).unwrap();
    let mut command = command(directory.path(), "compare --rows 1000 --runs 100000 -o out");
    command.stdout(Stdio::null()).stderr(stderr);
    let mut child = command.spawn().unwrap();
    drop(command);
    let runs = directory.path().join("out/runs.csv");
    wait_until(&mut child, || lines(&runs) > 1);
    let mut sent = 0;
    let status = loop {
        interrupt(&child);
        sent += 1;
        thread::sleep(Duration::from_millis(50));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(sent < 200, "it does not end");
    };
    assert_eq!(status.code(), Some(130));
    assert!(sent >= 2);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert_eq!(said.len(), pipe_holds);
}

/// A limit on the size of files fails as a full disk does.
#[test]
fn a_full_disk_keeps_what_is_finished() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let limited = |arguments: &str| {
        let limit = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
        let output = Command::new("sh")
            .current_dir(here)
            .args(["-c", limit, "sh", env!("CARGO_BIN_EXE_joint-effects")])
            .args(arguments.split(' '))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        String::from_utf8(output.stderr).unwrap()
    };
    let too_large = "cannot be written: File too large (os error 27)\n";
    let error = limited("simulate --rows 10000 -o simulated");
    assert_eq!(error, format!("error: simulated/data.csv: {too_large}"));
    assert_eq!(fs::read_dir(here.join("simulated")).unwrap().count(), 0);

    let flags = "compare --rows 100 --runs 100 --actions 2 --degree 1";
    let error = limited(&format!("{flags} -o out"));
    assert_eq!(error, format!("error: out/runs.csv: {too_large}"));
    assert!(!here.join("out/summary.json").exists());
    let kept = lines(&here.join("out/runs.csv"));
    assert!(kept > 100, "{kept}");
    let resumed = run(here, &format!("{flags} -o out --resume"));
    let said = String::from_utf8(resumed.stderr).unwrap();
    assert!(said.contains(" of 100 runs are there\n"), "{said}");
    assert_eq!(
        resumed.stdout,
        succeed(here, &format!("{flags} -o whole")).as_bytes()
    );
    for name in ["runs.csv", "summary.json"] {
        let [whole, resumed] =
            ["whole", "out"].map(|at| fs::read(here.join(at).join(name)).unwrap());
        assert!(resumed == whole, "{name}");
    }
}
