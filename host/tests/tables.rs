//! From a table to predictions: `simulate`, `fit`, `predict`.

#![cfg(feature = "app")]

use crate::program::{self, succeed};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The numbers in a column of a table without quotation marks.
fn column(table: &str, name: &str) -> Vec<f64> {
    let mut lines = table.lines();
    let header = lines.next().unwrap();
    let index = header.split(',').position(|column| column == name);
    let index = index.unwrap_or_else(|| panic!("no {name} in {header}"));
    let field = |line: &str| line.split(',').nth(index).unwrap().parse().unwrap();
    lines.map(field).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

fn rmse(these: &[f64], those: &[f64]) -> f64 {
    assert_eq!(these.len(), those.len());
    let squares = these.iter().zip(those).map(|(a, b)| (a - b).powi(2));
    mean(squares).sqrt()
}

fn spread(values: &[f64]) -> f64 {
    let center = mean(values.iter().copied());
    rmse(values, &vec![center; values.len()])
}

/// A directory with `out/data.csv` and `out/test.csv`.
fn simulated(flags: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    succeed(directory.path(), &format!("simulate --output out {flags}"));
    directory
}

fn fit(directory: &Path, arguments: &str) {
    let report = succeed(directory, &format!("fit --outcome y {arguments}"));
    assert!(report.contains("coefficients a regime"), "{report}");
}

fn text(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join(name)).unwrap()
}

/// These effects are nearly flat: their spread is a tenth of the noise's.
#[test]
fn joint_effects_are_found_from_single_interventions() {
    for actions in [2, 3] {
        let flags = format!("--rows 20000 --test-rows 2000 --actions {actions} --seed 3");
        let directory = simulated(&flags);
        let errors = ["observational", "separate", "indicator"].map(|estimator| {
            let arguments = format!("out/data.csv --degree 2 --estimator {estimator}");
            fit(directory.path(), &arguments);
            let table = succeed(directory.path(), "predict model.json out/test.csv");
            let truth = column(&table, "true_effect");
            rmse(&column(&table, "effect"), &truth) / spread(&truth)
        });
        println!("K = {actions}: observational, separate, indicator {errors:.3?} of the spread");
        let [observational, separate, indicator] = errors;
        assert!(separate < 0.25, "K = {actions}: {separate}");
        assert!(indicator < 0.25, "K = {actions}: {indicator}");
        assert!(separate < 0.5 * observational, "K = {actions}: {errors:?}");
    }
}

/// Files are read one after the other as if they were one, and the folds are dealt over all of
/// them: every byte of the model is the same. In another order it is another model, a little.
#[test]
fn two_files_are_one() {
    let directory = simulated("--rows 500 --actions 2");
    let data = text(directory.path(), "out/data.csv");
    let (header, rows) = data.split_once('\n').unwrap();
    let half = rows.len() / 3 + rows[rows.len() / 3..].find('\n').unwrap() + 1;
    for (name, rows) in [("1.csv", &rows[..half]), ("2.csv", &rows[half..])] {
        fs::write(directory.path().join(name), format!("{header}\n{rows}")).unwrap();
    }
    for estimator in ["observational", "separate", "indicator"] {
        let flags = format!("--estimator {estimator}");
        fit(
            directory.path(),
            &format!("out/data.csv -o one.json {flags}"),
        );
        fit(
            directory.path(),
            &format!("1.csv 2.csv -o two.json {flags}"),
        );
        let one = text(directory.path(), "one.json");
        assert_eq!(one, text(directory.path(), "two.json"), "{estimator}");
        fit(
            directory.path(),
            &format!("2.csv 1.csv -o two.json {flags}"),
        );
        let predict = |model| {
            let arguments = format!("predict {model} out/test.csv");
            column(&succeed(directory.path(), &arguments), "effect")
        };
        let (one, two) = (predict("one.json"), predict("two.json"));
        let error = rmse(&one, &two) / spread(&one);
        assert!(error < 0.05, "{estimator}: {error}");
    }
}

#[test]
fn a_table_is_echoed_as_it_was() {
    let directory = simulated("--rows 200 --actions 2");
    fit(directory.path(), "out/data.csv");
    let rows = [
        r#"note, a2 ,"a1",id"#,
        r#""a ""quoted"", word",-0.20,-0.1,007"#,
        ",-2e-1, -.1 ,",
    ];
    // A byte order mark, CRLF and a blank line.
    let table = format!("\u{feff}{}\r\n{}\r\n\r\n{}", rows[0], rows[1], rows[2]);
    fs::write(directory.path().join("table.csv"), table).unwrap();
    let found = succeed(directory.path(), "predict model.json table.csv");
    let lines: Vec<_> = found.lines().collect();
    let added = "effect,se,lower,upper,support";
    assert_eq!(lines[0], format!("note, a2 ,a1,id,{added}"));
    let predicted = lines[1].strip_prefix(rows[1]).unwrap();
    assert!(predicted.ends_with(",inside"), "{found}");
    assert_eq!(lines[2], format!("{}{predicted}", rows[2]));
    assert_eq!(lines.len(), 3, "{found}");
}

#[test]
fn any_subset_may_be_set() {
    let directory = simulated("--rows 20000 --actions 2");
    fit(directory.path(), "out/data.csv");
    let predict = |set: &str| {
        let arguments = format!("predict model.json out/data.csv --do {set}");
        succeed(directory.path(), &arguments)
    };
    let all = succeed(directory.path(), "predict model.json out/data.csv");
    assert_eq!(predict("all"), all);
    assert_eq!(predict("a2,a1"), all);
    // In the regime that a prediction is of, nothing predicts better.
    let tables = ["none", "a1", "a2", "all"].map(predict);
    for (regime, best) in [("obs,", 0), ("do(a1),", 1), ("do(a2),", 2)] {
        let errors = tables.each_ref().map(|table| {
            let mut part = table.lines().next().unwrap().to_string();
            for line in table.lines().filter(|line| line.starts_with(regime)) {
                part.push('\n');
                part.push_str(line);
            }
            rmse(&column(&part, "effect"), &column(&part, "y"))
        });
        let least = errors.into_iter().fold(f64::INFINITY, f64::min);
        assert_eq!(errors[best], least, "{regime} {errors:?}");
    }
}

/// Every regime reaches as far as its rows do, and a row beyond says which action is.
#[test]
fn support_names_the_actions_outside() {
    let directory = simulated("--rows 200 --actions 2");
    fit(directory.path(), "out/data.csv");
    let table = "a1,a2\n-0.1,-0.2\n100,-0.2\n100,-100\n";
    fs::write(directory.path().join("table.csv"), table).unwrap();
    let found = succeed(directory.path(), "predict model.json table.csv");
    let support: Vec<_> = found
        .lines()
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    let expected = ["support", "inside", "outside: a1", "outside: a1 a2"];
    assert_eq!(support, expected);
}

/// The same numbers whether a table comes from a file or a pipe, and a model from its own copy.
#[cfg(unix)]
#[test]
fn pipes_and_copies() {
    let directory = simulated("--rows 200 --actions 2");
    fit(directory.path(), "out/data.csv");
    let model = text(directory.path(), "model.json");
    let expected = succeed(directory.path(), "predict model.json out/test.csv");
    fs::copy(
        directory.path().join("model.json"),
        directory.path().join("copy.json"),
    )
    .unwrap();
    let from_copy = succeed(directory.path(), "predict copy.json out/test.csv");
    assert_eq!(from_copy, expected);
    let input = fs::File::open(directory.path().join("out/data.csv")).unwrap();
    let piped = program::command(directory.path(), "fit /dev/stdin --outcome y")
        .stdin(input)
        .output();
    assert!(piped.unwrap().status.success());
    assert_eq!(text(directory.path(), "model.json"), model);
}

/// Real measurements, where they are at hand: a light tunnel whose lamps were set one at a time.
#[test]
fn light_tunnel() {
    let yardsticks = env::var_os("JOINT_EFFECTS_YARDSTICKS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/yardsticks"),
        PathBuf::from,
    );
    let chamber = yardsticks.join("chamber");
    let Ok(joint) = fs::read_to_string(chamber.join("light_sum_joint.csv")) else {
        println!("skipped: no {}", chamber.display());
        return;
    };
    let directory = TempDir::new().unwrap();
    let test = joint
        .lines()
        .filter(|line| line.starts_with("block,") || line.starts_with("test,"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(directory.path().join("test.csv"), &test).unwrap();
    let data = chamber.join("light_sum.csv");
    fs::copy(data, directory.path().join("data.csv")).unwrap();
    let outcome = column(&test, "ir_1");
    let [observational, separate, indicator] =
        ["observational", "separate", "indicator"].map(|estimator| {
            let arguments = format!("fit data.csv --outcome ir_1 --estimator {estimator}");
            succeed(directory.path(), &arguments);
            let table = succeed(directory.path(), "predict model.json test.csv");
            rmse(&column(&table, "effect"), &outcome)
        });
    println!(
        "{} joint rows, spread {:.0}; RMSE: observational {observational:.0}, \
         separate {separate:.0}, indicator {indicator:.0}",
        outcome.len(),
        spread(&outcome)
    );
    assert!(separate < observational);
    assert!(indicator < observational);
}
