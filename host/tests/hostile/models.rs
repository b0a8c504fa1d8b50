//! Models that somebody has changed.

use super::{cases, refused, run, small};
use joint_effects::model_file::signed;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// A model of an earlier program, as this one would have written it.
fn of_this_version(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap();
    let mut model: Value = serde_json::from_str(&text).unwrap();
    model["version"] = 4.into();
    model["scale"] = "identity".into();
    model["checksum"] = "00000000".into();
    let structured = model["structured"].as_object_mut().unwrap();
    let sure = [
        "degrees_of_freedom",
        "noise_variance",
        "inflation",
        "covariance",
    ];
    let sure: Map<_, _> = sure
        .into_iter()
        .map(|field| (field.to_string(), structured.remove(field).unwrap()))
        .collect();
    structured.insert("uncertainty".into(), sure.into());
    signed(format!("{model}\n").as_bytes())
}

#[test]
fn a_covariance_has_no_negative_variances() {
    let Some(cases) = cases() else { return };
    let Some(directory) = small() else { return };
    let here = directory.path();
    fs::copy(cases.join("nonpsd/m.json"), here.join("n.json")).unwrap();
    let said = refused(here, "predict n.json log.csv");
    let earlier =
        "version: expected 4, found 2; fit the data again with this version of the program";
    assert_eq!(said, format!("error: n.json: {earlier}\n"));
    fs::write(
        here.join("n.json"),
        of_this_version(&cases.join("nonpsd/m.json")),
    )
    .unwrap();
    for arguments in ["predict n.json log.csv", "export n.json --format c -o n.h"] {
        let said = refused(here, arguments);
        let expected = "error: n.json: structured.uncertainty.covariance: expected that of some coefficients, found \
                        the matrix is not positive definite: pivot ";
        assert!(said.starts_with(expected), "{said}");
    }
}

/// Numbers at the ends of the range: predictions are refused, or finite.
#[test]
fn huge_coefficients() {
    let Some(cases) = cases() else { return };
    let Some(directory) = small() else { return };
    let here = directory.path();
    for entry in fs::read_dir(cases.join("model")).unwrap() {
        let path = entry.unwrap().path();
        fs::write(here.join("h.json"), of_this_version(&path)).unwrap();
        for arguments in [
            "predict h.json log.csv",
            "predict h.json log.csv --do none",
            "predict h.json --grid a",
            "export h.json --format rust -o h.rs",
            "export h.json --format rust -o h.rs --scalar f64 --do none",
        ] {
            let output = run(here, arguments);
            let said = String::from_utf8(output.stderr).unwrap();
            match output.status.code() {
                Some(0) => {
                    let text = String::from_utf8(output.stdout).unwrap();
                    assert!(
                        !text.contains("inf") && !text.contains("NaN"),
                        "{arguments}: {text}"
                    );
                }
                Some(2) => assert!(
                    said.starts_with("error: ") && said.lines().count() == 1,
                    "{said}"
                ),
                code => panic!("{}, {arguments}: {code:?} {said}", path.display()),
            }
        }
    }
}

/// Single precision has no digits left for an action that is a day's seconds since 1970.
#[test]
fn an_export_of_too_few_digits() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let log = fs::read_to_string(here.join("log.csv")).unwrap();
    let far = |line: &str| {
        let mut fields: Vec<_> = line.split(',').map(String::from).collect();
        if let Ok(a) = fields[1].parse::<f64>() {
            fields[1] = (1.7e9 + a).to_string();
        }
        fields.join(",") + "\n"
    };
    fs::write(
        here.join("far.csv"),
        log.lines().map(far).collect::<String>(),
    )
    .unwrap();
    let fit = "fit far.csv --outcome y --degree 1 -o far.json --no-report";
    assert!(run(here, fit).status.success());
    let said = refused(here, "export far.json --format c -o far.h");
    let expected = "error: far.json: in f32 predictions are off by up to ";
    let bound = "of the largest, expected at most 1e-3; --scalar f64 has more digits\n";
    assert!(
        said.starts_with(expected) && said.ends_with(bound),
        "{said}"
    );
    assert!(!here.join("far.h").exists());
    assert!(
        run(here, "export far.json --format c -o far.h --scalar f64")
            .status
            .success()
    );
}
