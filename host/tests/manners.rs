//! What goes to standard output and what to standard error; versions and completions.

#![cfg(feature = "app")]

use crate::program::{command, run, succeed};
use serde_json::Value;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A directory with a simulated log, `data.csv`.
fn simulated() -> TempDir {
    let directory = TempDir::new().unwrap();
    succeed(
        directory.path(),
        "simulate --actions 2 --rows 300 --test-rows 3 --seed 4 -o .",
    );
    directory
}

const EXPERIMENT: &str = "--rows 200 --runs 2 --degree 1 --estimators joint,separate -o out";

#[test]
fn json_of_experiments_is_their_summary() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let stdout = succeed(here, &format!("compare {EXPERIMENT} --json"));
    assert_eq!(
        stdout,
        fs::read_to_string(here.join("out/summary.json")).unwrap()
    );

    let totals = "--totals 200,2000,20000 --runs 4 --degree 1 --estimators joint,separate -o out";
    let stdout = succeed(here, &format!("convergence {totals} --json"));
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    let text = succeed(here, &format!("convergence {totals}"));
    let equivalents = summary["equivalents"].as_array().unwrap();
    let totals: Vec<_> = equivalents
        .iter()
        .map(|e| e["total_rows"].as_u64().unwrap())
        .collect();
    assert_eq!(totals, [200, 2000, 20000]);
    for equivalent in equivalents {
        let total = &equivalent["total_rows"];
        let line = match equivalent["joint_rows"].as_f64() {
            Some(joint) => {
                format!("separate with {total} rows is as near (median) as joint with {joint:.0}: ")
            }
            None => format!("separate with {total} rows: joint was never as near or far\n"),
        };
        assert!(text.contains(&line), "{line}: {text}");
    }

    let stdout = succeed(here, &format!("allocation {EXPERIMENT} --json"));
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    let best = summary["best_ratios"].as_array().unwrap();
    let actions: Vec<_> = best
        .iter()
        .map(|best| best["actions"].as_u64().unwrap())
        .collect();
    assert_eq!(actions, [2, 3, 5, 8]);
    for best in best {
        let excess = |row: &Value| row["excess_median"].as_f64().unwrap();
        let rows = summary["rows"].as_array().unwrap().iter();
        let alike =
            rows.filter(|row| row["actions"] == best["actions"] && row["estimator"] == "separate");
        let least = alike
            .min_by(|a, b| excess(a).total_cmp(&excess(b)))
            .unwrap();
        assert_eq!(least["ratio"].as_f64(), best["ratio"].as_f64());
    }
}

/// The same numbers as in the tables, which have four digits.
#[test]
fn json_of_tables_has_their_numbers() {
    let directory = simulated();
    let here = directory.path();
    let fit = "fit data.csv --outcome y";
    let (text, json) = (succeed(here, fit), succeed(here, &format!("{fit} --json")));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["actions"], serde_json::json!(["a1", "a2"]));
    let regimes = json["regimes"].as_array().unwrap();
    assert_eq!(regimes.len(), 3);
    for regime in regimes {
        let spread = regime["outcome_spread"].as_f64().unwrap();
        let residual = regime["residual"].as_f64().unwrap();
        let label = regime["regime"].as_str().unwrap();
        let mut lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = lines.find(|fields| fields.first() == Some(&label)).unwrap();
        assert_eq!(line[1], regime["rows"].to_string());
        assert_eq!(
            line[2..],
            [format!("{spread:.4}"), format!("{residual:.4}")]
        );
    }
    assert_eq!(
        json["structured"]["interactions"].as_array().unwrap().len(),
        1
    );

    let plan = "plan data.csv --outcome y --budget 3000";
    let (text, json) = (
        succeed(here, plan),
        succeed(here, &format!("{plan} --json")),
    );
    let json: Value = serde_json::from_str(&json).unwrap();
    let plans = json["plans"].as_array().unwrap();
    for (line, plan) in text.lines().skip(1).zip(plans) {
        let fields: Vec<_> = line.split_whitespace().collect();
        let error = plan["standard_error"].as_f64().unwrap();
        let rows = ["observational_rows", "single_rows"].map(|name| plan[name].to_string());
        let name = plan["estimator"].as_str().unwrap();
        assert_eq!(fields, [name, &rows[0], &rows[1], &format!("{error:.4}")]);
    }
    assert_eq!(plans.len(), 2);
}

#[test]
fn quiet_leaves_errors_alone() {
    let directory = simulated();
    let here = directory.path();
    for arguments in [
        "simulate --actions 2 --rows 20 --test-rows 3 -o few",
        "fit few/data.csv --outcome y --degree 1",
        "--quiet compare --rows 100 --runs 2 --degree 1 -o out",
        "compare --rows 100 --runs 2 --degree 1 -o out --resume",
    ] {
        let loud = run(here, &arguments.replace("--quiet ", ""));
        let quiet = run(
            here,
            &format!("{arguments} --quiet").replace("--quiet compare", "compare"),
        );
        assert!(
            loud.status.success() && quiet.status.success(),
            "{arguments}"
        );
        assert_eq!(loud.stdout, quiet.stdout, "{arguments}");
        assert!(!loud.stderr.is_empty(), "{arguments}");
        assert!(quiet.stderr.is_empty(), "{arguments}");
    }
    let error = run(here, "--quiet fit none.csv --outcome y");
    assert_eq!(error.status.code(), Some(2));
    assert!(error.stderr.starts_with(b"error: none.csv: "));
}

/// Not even where colours are asked for, since nothing here is a terminal.
#[test]
fn no_colour_and_no_bar_without_a_terminal() {
    let directory = simulated();
    let experiment = format!("compare {EXPERIMENT}");
    for arguments in [
        "--help",
        "compare --help",
        "fit",
        "fit data.csv --outcome",
        "fit data.csv --outcome y --degree many",
        "fit data.csv --outcome y",
        experiment.as_str(),
    ] {
        let output = command(directory.path(), arguments).output().unwrap();
        for stream in [&output.stdout, &output.stderr] {
            let control = |&&byte: &&u8| byte < b' ' && byte != b'\n';
            assert_eq!(stream.iter().find(control), None, "{arguments}");
        }
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty());
    }
}

/// Every command that may take long says what it is at; `script` lends it a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_what_takes_long() {
    let directory = simulated();
    let here = directory.path();
    succeed(here, "fit data.csv --outcome y -o model.json --no-report");
    for (arguments, said) in [
        ("fit data.csv --outcome y --no-report", "fitting"),
        ("diagnose data.csv --outcome y", "diagnosing"),
        ("export model.json --format c -o model.h", "exporting"),
    ] {
        let program = env!("CARGO_BIN_EXE_joint-effects");
        let shown = Command::new("script")
            .args(["-qec", &format!("{program} {arguments}"), "/dev/null"])
            .env("TERM", "xterm")
            .current_dir(here)
            .output();
        let shown = shown.expect("script, of Debian's bsdutils or util-linux");
        assert!(shown.status.success(), "{arguments}");
        let shown = String::from_utf8_lossy(&shown.stdout);
        assert!(shown.contains(said), "{arguments}: {shown}");
    }
}

#[test]
fn the_version_names_the_commit() {
    let version = succeed(TempDir::new().unwrap().path(), "--version");
    assert_eq!(
        version,
        format!("joint-effects {}\n", joint_effects::VERSION)
    );
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let git = Command::new("git")
        .current_dir(root)
        .args(["rev-parse", "HEAD"])
        .output();
    let head = git
        .ok()
        .filter(|git| git.status.success())
        .map(|git| String::from_utf8(git.stdout).unwrap());
    let number = env!("CARGO_PKG_VERSION");
    match head {
        Some(head) if fs::exists(format!("{root}/.git")).unwrap() => {
            assert_eq!(
                joint_effects::VERSION,
                format!("{number} ({})", &head[..10])
            );
        }
        _ => assert_eq!(joint_effects::VERSION, number),
    }
}

#[test]
fn a_shell_completes_commands_and_flags() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = succeed(here, &format!("completions {shell}"));
        assert!(
            script.contains("convergence") && script.contains("resume"),
            "{shell}"
        );
    }
    let script = succeed(here, "completions bash");
    let complete = |words: &str| {
        let ask = format!(
            "{script}
            COMP_WORDS=({words})
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
            $(complete -p joint-effects | sed 's/.*-F \\([^ ]*\\).*/\\1/') joint-effects $word $previous
            echo \"${{COMPREPLY[*]}}\""
        );
        let output = Command::new("bash").args(["-c", &ask]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("joint-effects conv"), "convergence\n");
    assert_eq!(complete("joint-effects compare --res"), "--resume\n");
    assert_eq!(
        complete("joint-effects fit --estimator struct"),
        "structured\n"
    );
}
