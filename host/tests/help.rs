//! `--help`: what is shown of every command can be typed.

#![cfg(feature = "app")]

use crate::program::{run, succeed};
use tempfile::TempDir;

/// The commands that `--help` lists under its headings.
fn commands(help: &str) -> Vec<&str> {
    let (groups, _) = help.split_once("\nOptions:").unwrap();
    let (_, groups) = groups.split_once("Usage:").unwrap();
    let listed = groups.lines().filter_map(|line| line.strip_prefix("  "));
    listed.filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn without_arguments_it_shows_where_to_start() {
    let directory = TempDir::new().unwrap();
    let nothing = run(directory.path(), "");
    assert_eq!(nothing.status.code(), Some(2));
    let help = succeed(directory.path(), "--help");
    assert_eq!(String::from_utf8(nothing.stderr).unwrap(), help);
    let (_, start) = help.split_once("\nWhere to start:\n").unwrap();
    assert!(start.starts_with("  joint-effects simulate "));
}

/// Takes minutes even with few runs.
const NOT_RUN: &str = "suite";

/// One after the other in one directory.
#[test]
fn every_example_runs() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    for shard in ["1/2", "2/2"] {
        let name = shard.replace("/2", "");
        let few = "compare --rows 100 --runs 2 --degree 1";
        succeed(here, &format!("{few} --shard {shard} -o shard-{name}"));
    }
    let help = succeed(here, "--help");
    let mut commands = commands(&help);
    assert!(commands.len() > 16, "{commands:?}");
    // The others need what it writes.
    commands.sort_by_key(|&command| command != "simulate");
    for command in commands {
        for flag in ["-h", "--help"] {
            let help = succeed(here, &format!("{command} {flag}"));
            let (_, example) = help.split_once("\nExample:\n  joint-effects ").unwrap();
            assert_eq!(example.split(' ').next(), Some(command));
            if flag == "-h" && command != NOT_RUN {
                succeed(here, example);
            }
        }
    }
}

/// Every page of the manual is of a command, and shows its options and its example.
#[test]
fn the_manual_has_a_page_of_every_command() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    succeed(here, "man --output manual");
    let page = |name: &str| std::fs::read_to_string(here.join("manual").join(name)).unwrap();
    let help = succeed(here, "--help");
    let commands = commands(&help);
    for command in &commands {
        let page = page(&format!("joint-effects-{command}.1"));
        assert!(
            page.contains(r"\-\-quiet") && page.contains("Example:"),
            "{command}"
        );
        assert!(!page.contains('\u{1b}'), "{command}");
    }
    assert!(page("joint-effects.1").contains("Where to start"));
    let pages = std::fs::read_dir(here.join("manual")).unwrap().count();
    assert_eq!(pages, commands.len() + 1);
}
