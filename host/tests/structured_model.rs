//! Models of the structured estimator: what they predict, and their files whole and damaged.

use joint_effects::fit::structured::{
    BlockEffects, Influence, Interaction, Prior, Structured, Uncertainty,
};
use joint_effects::model::support::Seen;
use joint_effects::model::{FittedRegime, Model};
use joint_effects::model_file;
use joint_effects::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::structured::block::Component;
use joint_effects_kernel::structured::covariance::Term;
use joint_effects_kernel::structured::design::Group;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const RED: usize = 0;
const GREEN: usize = 1;

/// τ = 1 + 2 r + 3 g, γ_red = 0.1 + 0.2 r + 0.3 g and γ_green = −0.7 g, as `[β, γ_red, γ_green]`.
fn model() -> Model {
    let monomials = Monomials::new(2, 2).unwrap();
    let term = |action, monomial| Term { action, monomial };
    let terms = vec![
        term(None, 0),
        term(None, 1),
        term(None, 2),
        term(Some(RED), 0),
        term(Some(RED), 1),
        term(Some(RED), 2),
        term(Some(GREEN), 2),
    ];
    // 1, 2, … on the diagonal; the constants of τ and γ_red, and the slopes in g, have covariance.
    let mut covariance = vec![0.0; 28];
    for i in 0..7 {
        covariance[i * (i + 3) / 2] = (i + 1) as f64;
    }
    covariance[6] = 0.5;
    covariance[3 * 7 + 2] = 0.25;
    let range = Range {
        min: -1.0,
        max: 1.0,
    };
    let regimes = [
        Regime::OBSERVATIONAL,
        Regime::single(RED),
        Regime::single(GREEN),
    ];
    let regimes = regimes.map(|regime| FittedRegime {
        regime,
        rows: 100,
        alpha: None,
        variance: None,
        ranges: vec![range; 2],
    });
    let beta = [1.0 - 0.1, 2.0 - 0.2, 3.0 - 0.3 + 0.7, 0.0, 0.0, 0.0];
    let gammas = [0.1, 0.2, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, -0.7, 0.0, 0.0, 0.0];
    Model {
        estimator: "structured".into(),
        outcome: "light".into(),
        scale: Scale::Identity,
        actions: vec!["red".into(), "green".into()],
        levels: vec![None; 2],
        basis: Basis::new(monomials, vec![0.0, 0.0, 1.0, 1.0]).unwrap(),
        coefficients: [&beta[..], &gammas[..]].concat(),
        regimes: regimes.into(),
        seen: vec![Seen::default(); 2],
        structured: Some(Structured {
            influences: vec![Influence {
                cause: GREEN,
                action: RED,
                p_value: 1e-300,
            }],
            interactions: vec![Interaction {
                pair: (RED, GREEN),
                p_value: Some(1e-9),
                found: true,
                measured: true,
            }],
            priors: [
                Group::Joint(1),
                Group::Pair(0),
                Group::Own(0),
                Group::Family(2),
            ]
            .map(|group| Prior {
                group,
                variance: 1.0 / 3.0,
                determined: 0.1,
            })
            .to_vec(),
            terms,
            near_share: None,
            blocks: Some(BlockEffects {
                count: 4,
                parameters: 2.5,
                common: Component {
                    variance: 0.7,
                    degrees_of_freedom: 1e7,
                    share: 0.5,
                },
                own: Component {
                    variance: 0.1,
                    degrees_of_freedom: 2e7,
                    share: 0.25,
                },
            }),
            uncertainty: Some(Uncertainty {
                noise: 0.01,
                inflation: 1.2,
                degrees_of_freedom: 1e7 / 3.0,
                covariance,
                left_out: vec![0.1, 1.0 / 3.0, 0.0],
                unfound: 0.02,
            }),
        }),
    }
}

#[test]
fn the_standard_error_is_that_of_the_regimes_polynomial() {
    let model = model();
    let at = [0.5, -2.0];
    // φ = (1, r, g); the variances of τ, γ_red and γ_green add up, signs squared.
    let (r, g) = (0.25, 4.0);
    let joint = 1.0 + 2.0 * r + 3.0 * g;
    let red_left = 4.0 + 5.0 * r + 6.0 * g - 2.0 * 0.5;
    let green_left = 7.0 * g - 2.0 * 0.25 * g;
    for (regime, effect, variance) in [
        (Regime::joint(2), 1.0 + 1.0 - 6.0, joint),
        (
            Regime::single(GREEN),
            -4.0 - (0.1 + 0.1 - 0.6),
            joint + red_left,
        ),
        (Regime::single(RED), -4.0 - 1.4, joint + green_left),
        (
            Regime::OBSERVATIONAL,
            -4.0 + 0.4 - 1.4,
            joint + red_left + green_left,
        ),
    ] {
        let prediction = model.predict(regime, &at).unwrap();
        assert!((prediction.effect - effect).abs() < 1e-12, "{regime}");
        let interval = prediction.interval.unwrap();
        let error = f64::sqrt(variance);
        assert!((interval.standard_error - error).abs() < 1e-12, "{regime}");
        let reach = 1.959_964 * error;
        assert!((interval.upper - effect - reach).abs() < 1e-5, "{regime}");
        assert!((interval.lower - effect + reach).abs() < 1e-5, "{regime}");
    }
}

/// 1 − 0.1 + 0.1 need not be 1, but what is zero by assumption is exactly that.
#[test]
fn what_is_zero_by_assumption_is_zero() {
    let mut model = model();
    model.coefficients[4] = -0.3 - 0.6;
    model.coefficients[10] = 0.3;
    model.coefficients[16] = 0.6;
    model.structured.as_mut().unwrap().terms[5].monomial = 4;
    let polynomial = model.polynomial(Regime::joint(2)).unwrap();
    assert_eq!(polynomial[3..], [0.0; 3]);
    let polynomial = model.polynomial(Regime::single(GREEN)).unwrap();
    assert_ne!(polynomial[4], 0.0);
}

#[test]
fn it_is_read_back_bit_by_bit() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    assert_eq!(model_file::read(&path).unwrap(), model());
}

#[test]
fn a_damaged_field_is_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    model_file::write(&path, &model()).unwrap();
    let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let message = |value: &Value| {
        fs::write(&path, model_file::signed(value.to_string().as_bytes())).unwrap();
        let message = model_file::read(&path).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1);
        let rest = message.strip_prefix(&format!("{}: ", path.display()));
        let (rest, _) = rest
            .unwrap()
            .split_once(" at line ")
            .unwrap_or((rest.unwrap(), ""));
        rest.to_string()
    };
    // What is put where in `structured`, and the message up to the place in the file.
    let cases = [
        (
            "",
            json!(null),
            "structured: invalid type: null, expected what the structured model learned",
        ),
        (
            "",
            json!(1),
            "structured: invalid type: integer `1`, expected what the structured model learned",
        ),
        (
            "/uncertainty/degrees_of_freedom",
            json!(0.5),
            "structured.uncertainty.degrees_of_freedom: expected at least 1, found 0.5",
        ),
        (
            "/uncertainty/degrees_of_freedom",
            json!(null),
            "structured.uncertainty.degrees_of_freedom: invalid type: null, expected f64",
        ),
        (
            "/uncertainty/noise_variance",
            json!(-1),
            "structured.uncertainty.noise_variance: expected at least 0, found -1",
        ),
        (
            "/uncertainty/left_out",
            json!([0.1, 0.2]),
            "structured.uncertainty.left_out: expected 3 numbers, found 2",
        ),
        (
            "/uncertainty/left_out",
            json!([0.1, 0.2, -0.1]),
            "structured.uncertainty.left_out[2]: expected at least 0, found -0.1",
        ),
        (
            "/uncertainty/unfound",
            json!(-0.5),
            "structured.uncertainty.unfound: expected at least 0, found -0.5",
        ),
        (
            "/blocks/count",
            json!(1),
            "structured.blocks.count: expected at least 2, found 1",
        ),
        (
            "/blocks/own/share",
            json!(-0.5),
            "structured.blocks.own.share: expected at least 0, found -0.5",
        ),
        (
            "/uncertainty/inflation",
            json!(0.9),
            "structured.uncertainty.inflation: expected at least 1, found 0.9",
        ),
        (
            "/influences/0/cause",
            json!("blue"),
            r#"structured.influences[0].cause: expected an action, found "blue""#,
        ),
        (
            "/influences/0/action",
            json!("green"),
            r#"structured.influences[0].action: expected an action that it is not said to influence already, found "green""#,
        ),
        (
            "/influences/0/p_value",
            json!(1.5),
            "structured.influences[0].p_value: expected a number from 0 to 1, found 1.5",
        ),
        (
            "/interactions/0/pair/1",
            json!("blue"),
            r#"structured.interactions[0].pair[1]: expected an action, found "blue""#,
        ),
        (
            "/interactions/0/pair",
            json!(["green", "red"]),
            r#"structured.interactions[0].pair: expected a pair of its own, in the order of the actions, found ["green", "red"]"#,
        ),
        (
            "/interactions/0/pair",
            json!(["red"]),
            "structured.interactions[0].pair: invalid length 1, expected an array of length 2",
        ),
        (
            "/interactions/0/found",
            json!(false),
            "structured.interactions[0].measured: expected a pair that is found, found true",
        ),
        (
            "/priors/0/group",
            json!("flat"),
            "structured.priors[0].group: unknown variant `flat`, expected one of `joint`, `levels`, `pair`, `own`, `family`, `bounded`",
        ),
        (
            "/priors/0/order",
            json!(3),
            "structured.priors[0].order: expected at least 1 and below 3, found 3",
        ),
        (
            "/priors/3/order",
            json!(0),
            "structured.priors[3].order: expected at least 1 and below 3, found 0",
        ),
        (
            "/priors/0/variance",
            json!(-0.5),
            "structured.priors[0].variance: expected at least 0, found -0.5",
        ),
        (
            "/priors/0/determined",
            json!(2),
            "structured.priors[0].determined: expected a number from 0 to 1, found 2",
        ),
        (
            "/terms/0",
            json!({"action": "red", "monomials": [0, 1, 2]}),
            r#"structured.terms[0].action: expected none at first, then the actions in their order, found "red""#,
        ),
        (
            "/terms/1/action",
            json!("green"),
            r#"structured.terms[2].action: expected none at first, then the actions in their order, found "green""#,
        ),
        (
            "/terms/1/action",
            json!("blue"),
            r#"structured.terms[1].action: expected an action, found "blue""#,
        ),
        (
            "/terms/1/action",
            json!(null),
            "structured.terms[1].action: invalid type: null, expected a string",
        ),
        (
            "/terms/1/monomials",
            json!([0, 2, 1]),
            "structured.terms[1].monomials[2]: expected ascending indices below 6, found 1",
        ),
        (
            "/terms/1/monomials",
            json!([0, 1, 6]),
            "structured.terms[1].monomials[2]: expected ascending indices below 6, found 6",
        ),
        (
            "/terms/1/monomials",
            json!([0, 1, 3]),
            "coefficients[1].values[2]: expected 0, since it is not among structured.terms, found 0.3",
        ),
        (
            "/terms/1/monomials",
            json!([0, 1]),
            "structured.uncertainty.covariance: expected 21 numbers, found 28",
        ),
        (
            "/uncertainty/covariance",
            json!([]),
            "structured.uncertainty.covariance: expected 28 numbers, found 0",
        ),
        (
            "/uncertainty/covariance/1",
            json!(null),
            "structured.uncertainty.covariance[1]: invalid type: null, expected f64",
        ),
        (
            "/uncertainty/covariance/9",
            json!(-1),
            "structured.uncertainty.covariance[9]: expected a variance, found -1",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut damaged = whole.clone();
        *damaged
            .pointer_mut(&format!("/structured{pointer}"))
            .unwrap() = value;
        assert_eq!(message(&damaged), expected);
    }
    for (pointer, optional) in [
        ("/structured", &["blocks", "uncertainty"][..]),
        ("/structured/blocks", &[]),
        ("/structured/blocks/common", &[]),
        ("/structured/uncertainty", &["left_out", "unfound"]),
    ] {
        let fields = whole.pointer(pointer).and_then(Value::as_object).unwrap();
        for field in fields
            .keys()
            .filter(|field| !optional.contains(&field.as_str()))
        {
            let mut damaged = whole.clone();
            let object = damaged.pointer_mut(pointer).unwrap();
            object.as_object_mut().unwrap().remove(field);
            let expected = format!("missing field `{field}`");
            assert!(
                message(&damaged).ends_with(&expected),
                "{}",
                message(&damaged)
            );
        }
    }
    let mut damaged = whole.clone();
    damaged.as_object_mut().unwrap().remove("structured");
    assert_eq!(
        message(&damaged),
        "structured: expected a part of that name for the estimator structured, found none"
    );
    let mut damaged = whole;
    damaged["estimator"] = json!("separate");
    assert_eq!(
        message(&damaged),
        r#"estimator: expected "structured", found "separate""#
    );
}

#[test]
fn one_that_could_not_be_read_back_is_not_written() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("model.json");
    type Damage = fn(&mut Structured);
    let cases: [(Damage, &str); 4] = [
        (
            |learned| learned.uncertainty.as_mut().unwrap().covariance[3] = f64::NAN,
            "structured.uncertainty.covariance[3]: expected a finite number, found NaN",
        ),
        (
            |learned| learned.uncertainty.as_mut().unwrap().inflation = f64::INFINITY,
            "structured.uncertainty.inflation: expected a finite number, found inf",
        ),
        (
            |learned| learned.influences[0].cause = 7,
            r#"structured.influences[0].cause: expected an action, found """#,
        ),
        (
            |learned| learned.terms.truncate(6),
            "structured.uncertainty.covariance: expected 21 numbers, found 28",
        ),
    ];
    for (damage, expected) in cases {
        let mut damaged = model();
        damage(damaged.structured.as_mut().unwrap());
        let error = model_file::write(&path, &damaged).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: {expected}", path.display()));
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
