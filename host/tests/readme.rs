//! The commands of the README and of the pages in `docs`, as they are written there.

#![cfg(all(unix, feature = "app"))]

use std::env;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// How pages start the program: installed, or in a checkout.
const INSTALLED: &str = "joint-effects ";
const CHECKOUT: &str = "cargo run --release -- ";

/// How lines begin that are run; awk takes rows of a table.
const STARTS: [&str; 3] = [INSTALLED, CHECKOUT, "awk "];

/// How a block of commands begins, and one of those that take too long or install something.
const COMMANDS: &str = "```sh";
const NOT_RUN: &str = "```sh not-run";

/// The README, and all pages of `docs`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = fs::read_dir(root.join("docs")).unwrap();
    let mut pages: Vec<_> = documents.map(|entry| entry.unwrap().path()).collect();
    pages.push(root.join("README.md"));
    pages.retain(|path| path.extension().is_some_and(|end| end == "md"));
    pages.sort();
    pages
}

/// The lines of all blocks that begin like this, and start the program.
fn commands<'a>(page: &'a str, begin: &str) -> Vec<&'a str> {
    let mut within = false;
    let started = |line: &&str| STARTS.iter().any(|start| line.starts_with(start));
    let inside = page.lines().filter(|&line| {
        within = (within || line == begin) && line != "```";
        within
    });
    inside.filter(started).collect()
}

/// Runs the commands of a page in their order, in a directory of their own.
fn run(page: &Path, commands: &[&str]) -> TempDir {
    let directory = TempDir::new().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_joint-effects"));
    let others = env::var_os("PATH").unwrap_or_default();
    let paths = iter::once(program.parent().unwrap().to_path_buf());
    let paths = env::join_paths(paths.chain(env::split_paths(&others))).unwrap();
    for line in commands {
        let output = Command::new("sh")
            .current_dir(directory.path())
            .env("PATH", &paths)
            .args(["-c", &line.replacen(CHECKOUT, INSTALLED, 1)])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let page = page.file_name().unwrap().display();
        assert!(
            output.status.success(),
            "{page}, {line}: {said}\nEarlier lines of the page have to make the files, or the block begins with {NOT_RUN:?}"
        );
    }
    directory
}

#[test]
fn the_commands_of_all_pages_work() {
    let (mut ran, mut not_run) = (0, 0);
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let commands = self::commands(&text, COMMANDS);
        ran += commands.len();
        not_run += self::commands(&text, NOT_RUN).len();
        run(&page, &commands);
    }
    println!("{ran} commands ran; {not_run} did not, of blocks that say so");
    assert!(ran > not_run, "{ran} commands ran, and {not_run} did not");
    assert!(ran > 25, "{ran} commands found");
}

/// Links between pages, and to pictures, lead to files that are there.
#[test]
fn links_lead_somewhere() {
    let mut links = 0;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let more = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    for page in pages().into_iter().chain(more.map(|page| root.join(page))) {
        let text = fs::read_to_string(&page).unwrap();
        let linked = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        let pictures = ["src=\"", "srcset=\""].map(|attribute| text.split(attribute).skip(1));
        let pictures = pictures.into_iter().flatten();
        let pictures = pictures.filter_map(|rest| rest.split('"').next());
        for link in linked.chain(pictures) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let target = page.parent().unwrap().join(file);
            assert!(target.exists(), "{}: {link}", page.display());
            links += 1;
        }
    }
    assert!(links > 40, "{links} links found");
}

/// What the first minute promises.
#[test]
fn the_readme_leads_to_predictions() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.lines().count() <= 200, "the README is one page");
    let start = commands(&text, COMMANDS);
    let directory = run(&page, &start[..5]);
    let predictions = fs::read_to_string(directory.path().join("predictions.csv")).unwrap();
    assert!(predictions.starts_with("a1,a2,a3,y,true_effect,effect,se,lower,upper,support\n"));
    assert!(predictions.lines().count() > 100);
    assert!(directory.path().join("model.html").is_file());
}
