//! The structured model, as numpy fits it from rows (`golden/structured.py`).

use joint_effects::fit::probability::{f_survival, t_quantile};
use joint_effects::fit::structured::Structured;
use joint_effects::moments::{self, RegimeMoments};
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::structured::design::Group;
use joint_effects_kernel::{Regime, Scalar};
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::feed::{self, Owned};
use joint_effects_tests::{json, structured};
use serde_json::Value;

fn set(actions: &Value) -> Regime {
    let actions = json::entries(actions).iter().map(json::count);
    actions.fold(Regime::OBSERVATIONAL, Regime::with)
}

/// The moments of every regime of a case.
fn data<S: Scalar>(case: &Value, convert: fn(f64) -> S) -> Vec<(Regime, Owned<S>)> {
    let part = |part: &Value| {
        let actions = json::rows(&part["actions"]).concat();
        let outcomes = json::numbers(&part["outcomes"]);
        let [actions, outcomes] =
            [actions, outcomes].map(|v| v.into_iter().map(convert).collect::<Vec<_>>());
        let moments = feed::by_rows(json::monomials(case), &actions, &outcomes);
        (set(&part["regime"]), moments)
    };
    json::entries(&case["data"]).iter().map(part).collect()
}

fn close(got: f64, expected: f64, tolerance: f64, what: &str) {
    let error = (got - expected).abs();
    assert!(
        error <= tolerance * expected.abs(),
        "{what}: {got:e}, numpy {expected:e}"
    );
}

#[test]
fn numpy_agrees() {
    let mut worst = [0.0f64; 2];
    for case in json::golden("structured.json") {
        let (name, expected) = (&case["name"], &case["fit"]);
        let monomials = json::monomials(&case);
        let got = structured::fit(monomials, &data(&case, |x| x), &f_survival).unwrap();
        let parents: Vec<_> = json::entries(&expected["parents"])
            .iter()
            .map(set)
            .collect();
        assert_eq!(got.parents, parents, "{name}");
        for (what, got) in [("influences", &got.influences), ("others", &got.others)] {
            for (&got, p) in got.iter().zip(json::rows(&expected[what]).concat()) {
                close(got, p, 1e-6, &format!("{name}: {what}"));
            }
        }
        let found = json::entries(&expected["interactions"]);
        assert_eq!(got.found.len(), found.len(), "{name}");
        for (got, found) in got.found.iter().zip(found) {
            let pair = json::entries(&found["pair"]);
            assert_eq!(got.pair, (json::count(&pair[0]), json::count(&pair[1])));
            close(got.p_value, json::number(&found["p"]), 1e-6, "interaction");
        }
        for prior in json::entries(&expected["priors"]) {
            let order = json::count(&prior[1]);
            let group = match prior[0].as_str().unwrap() {
                "joint" => Group::Joint(order),
                "own" => Group::Own(order),
                "family" => Group::Family(order),
                _ => Group::Pair(order),
            };
            let variance = got.variances[group.index(monomials.degree()).unwrap()];
            close(
                variance,
                json::number(&prior[2]),
                1e-8,
                &format!("{name}: {group:?}"),
            );
        }
        assert_eq!(got.steps, json::count(&expected["steps"]), "{name}");
        for (what, got) in [
            ("noise", got.noise),
            ("inflation", got.inflation),
            ("freedom", got.freedom),
        ] {
            close(
                got,
                json::number(&expected[what]),
                1e-9,
                &format!("{name}: {what}"),
            );
        }
        for effect in json::entries(&expected["effects"]) {
            let regime = set(&effect["regime"]);
            let (polynomial, covariance) = got.effect(regime);
            let parts = [("polynomial", polynomial), ("covariance", covariance)];
            for ((what, got), worst) in parts.into_iter().zip(&mut worst) {
                let error = relative_distance(&got, &json::numbers(&effect[what]));
                assert!(error < 1e-8, "{name}, {regime}: {what} {error:e}");
                *worst = worst.max(error);
            }
        }
    }
    println!(
        "largest relative error: polynomials {:.1e}, covariances {:.1e}",
        worst[0], worst[1]
    );
}

/// The owner on the host and the one here are the same fit.
#[test]
fn the_host_agrees() {
    for case in json::golden("structured.json") {
        let monomials = json::monomials(&case);
        let parts = data(&case, |x| x);
        let got = structured::fit(monomials, &parts, &f_survival).unwrap();
        let moments = parts.iter().map(|(regime, part)| {
            let mut moments = RegimeMoments::new(*regime, monomials.len());
            moments.folds[0] = part
                .select(
                    0..monomials.len() - 1,
                    moments::empty(monomials.len()).buffer().into(),
                )
                .unwrap();
            moments
        });
        let (fit, learned) = Structured::fit(monomials, &moments.collect::<Vec<_>>()).unwrap();
        let regime = Regime::joint(monomials.variables());
        let (polynomial, covariance) = got.effect(regime);
        let mut of_host = vec![0.0; monomials.len()];
        predictor::collapse(&fit.coefficients, regime, &mut of_host).unwrap();
        assert_eq!(polynomial, of_host);
        let (support, of_host) = learned.covariance_of(regime).unwrap();
        for (&i, row) in support.iter().zip(packed::rows(&of_host)) {
            let dense = packed::row(&covariance, i);
            assert!(
                support
                    .iter()
                    .zip(row)
                    .all(|(&j, &value)| dense[j] == value)
            );
        }
        let edges: usize = got.parents.iter().map(|parents| parents.size()).sum();
        assert_eq!(learned.influences.len(), edges);
    }
}

/// The same findings, and every coefficient within a hundredth of its standard error.
#[test]
fn single_precision_agrees() {
    let survival =
        |x: f32, above: f32, below: f32| f_survival(x.into(), above.into(), below.into()) as f32;
    for case in json::golden("structured.json") {
        let monomials = json::monomials(&case);
        let single = structured::fit(monomials, &data(&case, |x| x as f32), &survival).unwrap();
        let double = structured::fit(monomials, &data(&case, |x| x), &f_survival).unwrap();
        assert_eq!(single.parents, double.parents);
        assert_eq!(single.found.len(), double.found.len());
        for regime in [Regime::joint(monomials.variables()), Regime::OBSERVATIONAL] {
            let ((single, _), (double, covariance)) =
                (single.effect(regime), double.effect(regime));
            let coefficients = single.iter().zip(double).zip(packed::diagonal(&covariance));
            for ((&single, double), variance) in coefficients {
                let error = (f64::from(single) - double).abs();
                assert!(
                    error <= 0.01 * variance.sqrt() + 1e-6,
                    "{}, {regime}",
                    case["name"]
                );
            }
        }
    }
}

#[test]
fn tails_and_quantiles_are_those_of_scipy() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/probability.json");
    let laws: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for row in json::rows(&laws["tails"]) {
        let tolerance = if row[2] > 1e6 { 1e-6 } else { 1e-9 };
        close(
            f_survival(row[0], row[1], row[2]),
            row[3],
            tolerance,
            &format!("F {row:?}"),
        );
    }
    for row in json::rows(&laws["quantiles"]) {
        close(
            t_quantile(row[0], row[1]),
            row[2],
            1e-11,
            &format!("t {row:?}"),
        );
    }
}
