//! A hundred kills over all commands: nothing is lost, and nothing is left.

use super::{command, listing, small, succeed};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

const KILLS: u32 = 100;

const EXPERIMENT: &str = "compare --rows 300 --runs 12 --actions 2 --estimators joint,structured";

/// What writes files, and the files.
const COMMANDS: [(&str, &[&str]); 6] = [
    (
        "simulate --actions 3 --rows 3000 --seed 1 -o s",
        &["s/data.csv", "s/test.csv"],
    ),
    (
        "fit s/data.csv --outcome y -o f/m.json",
        &["f/m.json", "f/m.html"],
    ),
    (
        "moments s/data.csv --outcome y -o s.moments",
        &["s.moments"],
    ),
    ("predict f/m.json s/test.csv -o p.csv", &["p.csv"]),
    ("export f/m.json --format c -o m.h", &["m.h"]),
    (
        "EXPERIMENT -o out --resume",
        &["out/summary.json", "out/runs.csv"],
    ),
];

fn words(command: &str) -> String {
    command.replace("EXPERIMENT", EXPERIMENT)
}

/// The names of everything in a directory and below.
fn tree(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for name in listing(directory) {
        let path = directory.join(&name);
        if path.is_dir() {
            names.extend(
                tree(&path)
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        } else {
            names.push(name);
        }
    }
    names
}

#[test]
fn nothing_is_lost_and_nothing_is_left() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    fs::create_dir(here.join("f")).unwrap();
    for (command, _) in COMMANDS {
        succeed(here, &words(command));
    }
    let names = tree(here);
    let wanted = |file: &str| fs::read(here.join(file)).unwrap();
    let whole: Vec<Vec<Vec<u8>>> = COMMANDS
        .iter()
        .map(|(_, files)| files.iter().map(|file| wanted(file)).collect())
        .collect();
    // The same runs of the same delays, so that a failure comes again.
    let mut random = 1u64;
    let (mut ended, mut killed) = (0, 0);
    for kill in 0..KILLS {
        let which = kill as usize % COMMANDS.len();
        let (arguments, files) = COMMANDS[which];
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let mut child = command(here, &words(arguments))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_micros((random >> 33) % 60_000));
        let signal = ["KILL", "TERM", "HUP", "INT"][kill as usize / COMMANDS.len() % 4];
        let signal = format!("kill -{signal} {} 2>&-", child.id());
        let sent = Command::new("sh").args(["-c", &signal]).status().unwrap();
        match child.wait().unwrap().success() {
            true => ended += 1,
            false => killed += 1,
        }
        assert!(sent.success() || ended > 0);
        // Whatever has a file's name is the whole file; of an experiment, its beginning.
        for (file, whole) in files.iter().zip(&whole[which]) {
            let found = fs::read(here.join(file));
            let sound = match (*file, found) {
                ("out/runs.csv", found) => whole.starts_with(&found.unwrap_or_default()),
                ("out/summary.json", Err(_)) => true,
                (_, found) => found.unwrap() == *whole,
            };
            assert!(sound, "{file}, kill {kill}");
        }
        if which == COMMANDS.len() - 1 && kill % 2 == 1 {
            // Begun anew, so that there is something to go on with; it may not have begun.
            let _ = fs::remove_dir_all(here.join("out"));
        }
    }
    println!("{killed} killed, {ended} had ended");
    assert!(killed > 20, "{killed} killed, {ended} had ended");
    for (command, files) in COMMANDS {
        succeed(here, &words(command));
        let place = COMMANDS
            .iter()
            .position(|(other, _)| *other == command)
            .unwrap();
        for (file, whole) in files.iter().zip(&whole[place]) {
            assert!(fs::read(here.join(file)).unwrap() == *whole, "{file}");
        }
    }
    assert_eq!(tree(here), names);
}
