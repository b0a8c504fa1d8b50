//! `compare` from end to end: what it writes, and that the same seed writes it again.

#![cfg(feature = "app")]

use crate::program::succeed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// `runs.csv` and `summary.json` of `compare` with these flags.
fn compare(flags: &str) -> (String, String) {
    let directory = TempDir::new().unwrap();
    succeed(directory.path(), &format!("compare {flags} --output out"));
    results(&directory.path().join("out"))
}

fn results(directory: &Path) -> (String, String) {
    let read = |name| fs::read_to_string(directory.join(name)).unwrap();
    (read("runs.csv"), read("summary.json"))
}

/// For each estimator, its RMSE and excess of every run.
fn scores(runs: &str) -> BTreeMap<String, Vec<[f64; 2]>> {
    let mut lines = runs.lines();
    let header = "run,estimator,rmse,excess,coverage,pair_found,false_pairs";
    assert_eq!(lines.next(), Some(header));
    let mut scores = BTreeMap::<_, Vec<_>>::new();
    for line in lines {
        let fields: Vec<_> = line.split(',').collect();
        let [run, estimator, rmse, excess, coverage, "", false_pairs] = fields[..] else {
            panic!("{line}");
        };
        let claims = [coverage, false_pairs].map(|claim| claim.parse::<f64>().is_ok());
        assert_eq!(claims, [estimator == "structured"; 2], "{line}");
        let of = scores.entry(estimator.to_string()).or_default();
        assert_eq!(run.parse(), Ok(of.len()), "{line}");
        of.push([rmse, excess].map(|number| number.parse().unwrap()));
    }
    scores
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let flags = "--rows 300 --runs 5 --actions 3";
    let one = compare(&format!("{flags} --threads 1"));
    assert_eq!(compare(&format!("{flags} --threads 1")), one);
    assert_eq!(compare(&format!("{flags} --threads 2")), one);
    let other = compare(&format!("{flags} --seed 1"));
    assert_ne!(other.0, one.0);
    assert_ne!(other.1, one.1);
    let more = compare("--rows 300 --runs 6 --actions 3").0;
    assert!(
        more.starts_with(&one.0),
        "earlier runs depend on later ones"
    );
}

/// Nor do an estimator's scores depend on which others are run.
#[test]
fn estimators_do_not_depend_on_each_other() {
    let flags = "--rows 300 --runs 3 --actions 3";
    let all = scores(&compare(flags).0);
    let some = scores(&compare(&format!("{flags} --estimators joint,separate")).0);
    assert_eq!(some.len(), 2);
    for (estimator, of) in some {
        assert_eq!(all[&estimator], of, "{estimator}");
    }
}

/// A lasso is another fit of one polynomial, a better one of few rows, and leaves the rest alone.
#[test]
fn a_lasso_takes_the_place_of_the_ridge() {
    let flags = "--rows 300 --runs 10";
    let (ridge, _) = compare(flags);
    let (lasso, summary) = compare(&format!("{flags} --regularization lasso"));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["settings"]["regularization"], "lasso");
    let (ridge, lasso) = (scores(&ridge), scores(&lasso));
    let excess = |of: &[[f64; 2]]| mean(of.iter().map(|score| score[1]));
    for (estimator, of) in &ridge {
        match estimator.as_str() {
            "truth" | "constant" | "indicator" | "structured" => {
                assert_eq!(&lasso[estimator], of, "{estimator}");
            }
            _ => assert!(excess(&lasso[estimator]) < excess(of), "{estimator}"),
        }
    }
}

#[test]
fn the_released_names_of_options_are_accepted() {
    let directory = TempDir::new().unwrap();
    succeed(
        directory.path(),
        "compare --N 300 --K 3 --N_runs 2 --n_order_fit 2 --scm_type linear \
         --regularization ridge --output_dir released",
    );
    let plain = compare("--rows 300 --actions 3 --runs 2 --degree 2 --scm linear");
    assert_eq!(results(&directory.path().join("released")), plain);
}

#[test]
fn the_summary_is_of_the_runs() {
    for runs in [1, 4] {
        let flags = format!("--rows 300 --actions 2 --degree 2 --runs {runs} --seed 3");
        let (rows, summary) = compare(&flags);
        let scores = scores(&rows);
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert_eq!(summary["experiment"], "compare");
        let settings = serde_json::json!({
            "scm": "polynomial", "actions": 2, "degree": 2, "regularization": "ridge", "seed": 3,
            "rows": 300, "runs": runs,
        });
        for (name, value) in settings.as_object().unwrap() {
            assert_eq!(summary["settings"][name], *value, "{name}");
        }
        let rows = summary["rows"].as_array().unwrap();
        assert_eq!(rows.len(), scores.len());
        for row in rows {
            let of = &scores[row["estimator"].as_str().unwrap()];
            assert_eq!(row["runs"], of.len());
            for (index, name) in ["rmse", "excess"].into_iter().enumerate() {
                let values = of.iter().map(|score| score[index]);
                let average = mean(values.clone());
                let variance = mean(values.map(|value| (value - average).powi(2)));
                let sem = (variance / (of.len() as f64 - 1.0).max(1.0)).sqrt();
                for (kind, expected) in [("mean", average), ("sem", sem)] {
                    let found = row[format!("{name}_{kind}")].as_f64().unwrap();
                    let close = (found - expected).abs() <= 1e-12 * average;
                    assert!(close, "{row}: {name}_{kind}, expected {expected}");
                }
            }
        }
    }
}

#[test]
fn statistics_are_sane() {
    let scores = scores(&compare("--rows 10000 --runs 6 --seed 5").0);
    // Medians: a model in fifty has effects that no polynomial of degree 3 follows.
    let excess = |estimator: &str| {
        let mut excess: Vec<f64> = scores[estimator].iter().map(|score| score[1]).collect();
        excess.sort_by(f64::total_cmp);
        excess[excess.len() / 2]
    };
    for [rmse, excess] in &scores["truth"] {
        assert_eq!(*excess, 0.0);
        assert!(*rmse > 0.05 && *rmse < 1.0, "{rmse}");
    }
    // What is unexplained by the truth is noise: independent of any estimator's error.
    for (estimator, of) in &scores {
        for (score, truth) in of.iter().zip(&scores["truth"]) {
            let ratio = score[0] / truth[0].hypot(score[1]);
            assert!(
                (ratio - 1.0).abs() < 0.05,
                "{estimator}: {score:?}, {truth:?}"
            );
        }
    }
    assert!(excess("structured") < excess("joint"));
    assert!(excess("joint-additive") <= excess("joint"));
    assert!(excess("joint") < excess("separate"));
    assert!(excess("separate") < excess("observational"));
    assert!(excess("indicator") < excess("observational"));
}

/// The parameters of every row of a summary, and the estimators reported at each.
fn points(directory: &Path, names: &[&str]) -> BTreeMap<String, usize> {
    let (_, summary) = results(directory);
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let mut points = BTreeMap::new();
    for row in summary["rows"].as_array().unwrap() {
        let values: Vec<_> = names.iter().map(|name| row[name].to_string()).collect();
        *points.entry(values.join(" ")).or_default() += 1;
        assert!(row["excess_mean"].as_f64().unwrap().is_finite(), "{row}");
    }
    points
}

#[test]
fn every_experiment_reports_each_of_its_points() {
    let directory = TempDir::new().unwrap();
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "ratio --N_avg 200 --K 3 --ratios 0.5 2 --N_runs 2",
            &["ratio"],
            &["0.5", "2"],
        ),
        (
            "convergence --N_total 400 2000 --K 2 --N_runs 2",
            &["total_rows"],
            &["400", "2000"],
        ),
        (
            "interaction --rows 300 --strengths 0,0.5 --actions 3 --runs 2",
            &["strength"],
            &["0", "0.5"],
        ),
        (
            "confounding --rows 300 --correlations=-0.5,0 --actions 3 --runs 2",
            &["correlation"],
            &["-0.5", "0"],
        ),
        (
            "allocation --rows 200 --degree 1 --runs 1",
            &["actions", "ratio"],
            &["2 1", "8 10"],
        ),
    ];
    for (flags, names, expected) in cases {
        succeed(directory.path(), &format!("{flags} --output out"));
        let points = points(&directory.path().join("out"), names);
        for point in expected {
            assert!(
                points.get(*point).is_some_and(|&n| n >= 2),
                "{flags}: {points:?}"
            );
        }
    }
}

/// A strong interaction is found, and no other is made up.
#[test]
fn a_strong_interaction_is_found() {
    let directory = TempDir::new().unwrap();
    let flags = "interaction --rows 2500 --strengths 0.5 --actions 3 --runs 3 \
                 --estimators structured,joint";
    succeed(directory.path(), &format!("{flags} --output out"));
    let (_, summary) = results(&directory.path().join("out"));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let row = &summary["rows"][0];
    assert_eq!(row["pair_found"], 1.0);
    assert_eq!(row["false_pairs"], 0.0);
    let excess = |row: &Value| row["excess_mean"].as_f64().unwrap();
    assert!(excess(row) < excess(&summary["rows"][1]));
}

/// The more two hidden causes go together, the farther off is what was learned without joint rows; what was learned
/// of joint rows is not.
#[test]
fn common_causes_mislead_and_whether_they_are_noticed_is_recorded() {
    let directory = TempDir::new().unwrap();
    let flags = "confounding --rows 2500 --correlations 0,0.9 --actions 3 --runs 8 --estimators structured,joint";
    succeed(directory.path(), &format!("{flags} --output out"));
    let (runs, summary) = results(&directory.path().join("out"));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let excess = |row: usize| summary["rows"][row]["excess_mean"].as_f64().unwrap();
    assert!(excess(2) > excess(0), "{summary}");
    assert!((excess(3) / excess(1) - 1.0).abs() < 0.5, "{summary}");
    let header = runs.lines().next().unwrap();
    assert!(header.ends_with(",noticed"), "{header}");
    assert!(summary["rows"][0]["noticed"].is_number());
    assert!(summary["rows"][1]["noticed"].is_null());
}
