//! Models, and their files whole and damaged.

use joint_effects::model::support::{Leverage, Seen};
use joint_effects::model::{FittedRegime, Model};
use joint_effects::model_file::{self, signed};
use joint_effects::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::predict::scale::Scale;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two actions, degree 2, numbers that are hard to write in decimal.
fn model() -> Model {
    let monomials = Monomials::new(2, 2).unwrap();
    let numbers = (0..18).map(|i| f64::from(i - 7).exp() / 3.0 * [1.0, -1.0][i as usize % 2]);
    let summary = |regime, rows, alpha| FittedRegime {
        regime,
        rows,
        alpha,
        variance: None,
        ranges: vec![
            Range {
                min: -1.0 / 3.0,
                max: f64::MAX,
            },
            Range {
                min: -0.0,
                max: 5e-324,
            },
        ],
    };
    Model {
        estimator: "separate".to_string(),
        outcome: "light, \"lux\"".to_string(),
        scale: Scale::Identity,
        actions: vec!["red".to_string(), "grün\n".to_string()],
        levels: vec![None; 2],
        basis: Basis::new(monomials, vec![0.1, -2.5, 1.0 / 0.3, 0.7]).unwrap(),
        coefficients: numbers.collect(),
        regimes: vec![
            summary(Regime::OBSERVATIONAL, 1350, Some(1e-8)),
            summary(Regime::single(0), 1800, None),
            summary(Regime::joint(2), u64::MAX, Some(0.1)),
        ],
        seen: vec![
            Seen {
                set: Some(leverage(vec![0, 1], vec![1.0, 0.1, 1.0 / 3.0])),
                alone: Some(leverage(vec![0, 1, 3], vec![1.0, -0.2, 1.1, 1.1, 0.3, 2.3])),
            },
            Seen::default(),
        ],
        structured: None,
    }
}

fn leverage(monomials: Vec<usize>, products: Vec<f64>) -> Leverage {
    Leverage {
        rows: 1800,
        monomials,
        products,
    }
}

#[test]
fn a_model_is_read_back_bit_by_bit() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    let model = model();
    model_file::write(&path, &model).unwrap();
    let read = model_file::read(&path).unwrap();
    assert_eq!(read, model);
    let bits = |model: &Model| -> Vec<u64> {
        let numbers = model.coefficients.iter().chain(model.basis.shift());
        numbers.map(|number| number.to_bits()).collect()
    };
    assert_eq!(bits(&read), bits(&model));
    assert!(read.regimes[0].ranges[1].min.is_sign_negative());
    assert!(fs::read_to_string(&path).unwrap().ends_with("}\n"));

    model_file::write(&path, &model).unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn the_effect_of_a_regime_is_its_polynomial() {
    let model = model();
    let (beta, gamma) = model.coefficients.split_at(6);
    let polynomial = model.polynomial(Regime::single(1)).unwrap();
    let sum: Vec<_> = beta.iter().zip(&gamma[6..]).map(|(b, c)| b + c).collect();
    assert_eq!(polynomial, sum);

    let actions = [0.4, -1.5];
    let [a, b] = [(0.4 - 0.1) / 0.3, (-1.5 + 2.5) * 0.7];
    let monomials = [1.0, a, b, a * a, a * b, b * b];
    let terms = sum.iter().zip(monomials).map(|(c, m)| c * m);
    let effect = model.predict(Regime::single(1), &actions).unwrap();
    assert_eq!(effect.interval, None);
    let effect = effect.effect;
    assert!((effect - terms.sum::<f64>()).abs() < 1e-12 * effect.abs());

    let error = model.predict(Regime::single(2), &actions).unwrap_err();
    assert_eq!(
        error.to_string(),
        "regime coefficients: 24 numbers needed, 18 given"
    );
    let error = model.predict(Regime::joint(2), &[1.0]).unwrap_err();
    assert_eq!(error.to_string(), "actions: 2 numbers needed, 1 given");
}

/// The message of reading these bytes, without the path.
fn message(path: &Path, bytes: &[u8]) -> String {
    fs::write(path, signed(bytes)).unwrap();
    let message = model_file::read(path).unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1);
    let rest = message.strip_prefix(&format!("{}: ", path.display()));
    rest.expect("the message begins with the path").to_string()
}

#[test]
fn what_is_not_json_is_damaged() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    let whole = fs::read(&path).unwrap();
    for end in (0..whole.len() - 2).step_by(3) {
        let message = message(&path, &whole[..end]);
        assert!(message.starts_with("damaged JSON: "), "{message}");
    }
    let cases: [(&[u8], &str); 4] = [
        (b"", "EOF while parsing a value at line 1 column 0"),
        (b"regime,x,y\n", "expected value at line 1 column 1"),
        (
            &[&whole, &b"{}"[..]].concat(),
            "trailing characters at line 76 column 1",
        ),
        (
            b"{\"format\": \"joint-effects model\", \"version\": 1e999}",
            "number out of range at line 1 column 50",
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(message(&path, bytes), format!("damaged JSON: {expected}"));
    }
}

#[test]
fn a_damaged_field_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let long = json!(vec![json!({"name": "a", "shift": 0, "factor": 1}); 33]);
    // Where, what is put there, and the message up to the place in the file.
    let cases = [
        (
            "/format",
            json!("moments"),
            r#"format: expected "joint-effects model", found "moments""#,
        ),
        (
            "/format",
            json!(1),
            "format: invalid type: integer `1`, expected a string",
        ),
        (
            "/version",
            json!(1),
            "version: expected 4, found 1; fit the data again with this version of the program",
        ),
        ("/seen", json!([]), "seen: expected 2 actions, found 0"),
        (
            "/seen/0/set/monomials",
            json!([0, 6]),
            "seen[0].set.monomials: expected ascending indices from 0, below 6, found [0, 6]",
        ),
        (
            "/seen/0/set/monomials",
            json!([1]),
            "seen[0].set.monomials: expected ascending indices from 0, below 6, found [1]",
        ),
        (
            "/seen/0/alone/products",
            json!([1.0]),
            "seen[0].alone.products: expected 6 numbers, found 1",
        ),
        (
            "/seen/0/set/products",
            json!([1.0, 2.0, 1.0]),
            "seen[0].set.products: expected mean products of the monomials of some rows, found the \
             matrix is not positive definite: pivot 1",
        ),
        (
            "/version",
            json!("1"),
            r#"version: invalid type: string "1", expected u32"#,
        ),
        (
            "/outcome",
            json!(null),
            "outcome: invalid type: null, expected a string",
        ),
        (
            "/outcome",
            json!("red"),
            r#"actions[0].name: expected a name of its own, found "red""#,
        ),
        (
            "/degree",
            json!(-1),
            "degree: invalid value: integer `-1`, expected usize",
        ),
        (
            "/degree",
            json!(3),
            "coefficients[0].values: expected 10 numbers, found 6",
        ),
        (
            "/degree",
            json!(17),
            "degree: 2 actions to degree 17 are not supported: at most 32 actions, degree 16 and 8192 monomials",
        ),
        (
            "/actions",
            long,
            "degree: 33 actions to degree 2 are not supported: at most 32 actions, degree 16 and 8192 monomials",
        ),
        (
            "/actions",
            json!([]),
            "degree: 0 actions to degree 2 are not supported: at most 32 actions, degree 16 and 8192 monomials",
        ),
        (
            "/actions/1",
            json!({"name": "a", "shift": 0}),
            "actions[1]: missing field `factor`",
        ),
        (
            "/actions/1/name",
            json!("red"),
            r#"actions[1].name: expected a name of its own, found "red""#,
        ),
        (
            "/actions/1/name",
            json!(""),
            r#"actions[1].name: expected a name of its own, found """#,
        ),
        (
            "/actions/1/name",
            json!("b"),
            r#"coefficients[2].block: expected "b", found "grün\n""#,
        ),
        (
            "/actions/0/shift",
            json!(null),
            "actions[0].shift: invalid type: null, expected f64",
        ),
        (
            "/coefficients",
            json!([]),
            "coefficients: expected 3 blocks, found 0",
        ),
        (
            "/coefficients/1/values",
            json!([1, 2]),
            "coefficients[1].values: expected 6 numbers, found 2",
        ),
        (
            "/coefficients/1/values/3",
            json!(null),
            "coefficients[1].values[3]: invalid type: null, expected f64",
        ),
        (
            "/coefficients/0/block",
            json!("red"),
            r#"coefficients[0].block: expected "obs", found "red""#,
        ),
        (
            "/regimes/1/sets",
            json!(["blue"]),
            r#"regimes[1].sets[0]: expected an action, found "blue""#,
        ),
        (
            "/regimes/1/sets",
            json!([]),
            "regimes[1].sets: expected a regime of its own, found []",
        ),
        (
            "/regimes/0/rows",
            json!(0.5),
            "regimes[0].rows: invalid type: floating point `0.5`, expected u64",
        ),
        (
            "/regimes/0/alpha",
            json!(null),
            "regimes[0].alpha: invalid type: null, expected f64",
        ),
        (
            "/regimes/0/ranges",
            json!([]),
            "regimes[0].ranges: expected 2 ranges, found 0",
        ),
        (
            "/regimes/0/ranges/1",
            json!({"min": 2, "max": 1}),
            "regimes[0].ranges[1]: expected min ≤ max, found 2 > 1",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut damaged = whole.clone();
        *damaged.pointer_mut(pointer).unwrap() = value;
        let message = message(&path, damaged.to_string().as_bytes());
        let (message, _) = message.split_once(" at line ").unwrap_or((&message, ""));
        assert_eq!(message, expected);
    }
    for field in whole.as_object().unwrap().keys() {
        let mut damaged = whole.clone();
        damaged.as_object_mut().unwrap().remove(field);
        let message = message(&path, damaged.to_string().as_bytes());
        let expected = format!("top level: missing field `{field}` at line 1 column ");
        assert!(message.starts_with(&expected), "{message}");
    }
    assert_eq!(
        message(&path, b"7"),
        "top level: invalid type: integer `7`, expected a model at line 1 column 1"
    );
}

/// Every byte counts, also those that mean the same, and those of a name.
#[test]
fn another_byte_is_noticed() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("red", "rad"),
        ("  ", "\t"),
        ("1350", "1351"),
        ("\n}\n", "\n}\n\n"),
    ] {
        fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let message = model_file::read(&path).unwrap_err().to_string();
        let expected = format!(
            "{}: damaged model file: the checksum differs",
            path.display()
        );
        assert_eq!(message, expected, "{from} to {to}");
    }
}

#[test]
fn a_field_of_a_later_program_is_ignored() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    let mut later: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    later["covariance"] = json!([1, 2, 3]);
    fs::write(&path, signed(later.to_string().as_bytes())).unwrap();
    assert_eq!(model_file::read(&path).unwrap(), model());
}

#[test]
fn a_model_that_could_not_be_read_back_is_not_written() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    type Damage = fn(&mut Model);
    let cases: [(Damage, &str); 7] = [
        (
            |model| model.coefficients[8] = f64::NAN,
            "coefficients[1].values[2]: expected a finite number, found NaN",
        ),
        (
            |model| model.coefficients.truncate(17),
            "coefficients[2].values: expected 6 numbers, found 5",
        ),
        (
            |model| model.actions.truncate(1),
            "coefficients: expected 2 blocks, found 3",
        ),
        (
            |model| model.actions.push("blue".to_string()),
            "actions[2].shift: expected a finite number, found NaN",
        ),
        (
            |model| model.regimes[2].regime = Regime::single(7),
            r#"regimes[2].sets[0]: expected an action, found """#,
        ),
        (
            |model| model.regimes[2].alpha = Some(f64::INFINITY),
            "regimes[2].alpha: expected a finite number, found inf",
        ),
        (
            |model| model.regimes[0].ranges[0].min = f64::NEG_INFINITY,
            "regimes[0].ranges[0]: expected a finite number, found -inf",
        ),
    ];
    for (damage, expected) in cases {
        let mut damaged = model();
        damage(&mut damaged);
        let error = model_file::write(&path, &damaged).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: {expected}", path.display()));
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);

    let missing = directory.path().join("missing/model.json");
    for error in [
        model_file::read(&missing).unwrap_err().to_string(),
        model_file::write(&missing, &model())
            .unwrap_err()
            .to_string(),
    ] {
        let (path, problem) = error.split_once(": cannot be ").unwrap();
        assert_eq!(path, missing.display().to_string());
        let (_, cause) = problem.split_once(": ").unwrap();
        assert_eq!(cause, "No such file or directory (os error 2)");
    }
}
