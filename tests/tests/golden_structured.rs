//! The structured model, as numpy fits it from rows (`golden/structured.py`).

use joint_effects::fit::structured::Structured;
use joint_effects::moments::near::Near;
use joint_effects::moments::{self, Range, RegimeMoments};
use joint_effects_kernel::algebra::packed::{self, Packed};
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::structured::Known;
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
    summed(case, convert, |_, _| true)
}

/// The moments of every regime's near rows, where the case has far ones.
fn near<S: Scalar>(case: &Value, convert: fn(f64) -> S) -> Option<Vec<Owned<S>>> {
    let ranges = case["near"].as_array()?.iter().map(json::numbers);
    let ranges = ranges.map(|ends| Range {
        min: ends[0],
        max: ends[1],
    });
    let near = Near {
        ranges: ranges.collect(),
    };
    let parts = summed(case, convert, |regime, row| !near.is_far(regime, row));
    Some(parts.into_iter().map(|(_, moments)| moments).collect())
}

/// The fit of a case.
fn fit<S: Scalar>(case: &Value, convert: fn(f64) -> S) -> structured::Fit<S> {
    let near = near(case, convert);
    let parts = data(case, convert);
    structured::fit_with_near(json::monomials(case), &parts, near.as_deref()).unwrap()
}

/// The moments of the rows of every regime that are kept.
fn summed<S: Scalar>(
    case: &Value,
    convert: fn(f64) -> S,
    keep: impl Fn(Regime, &[f64]) -> bool,
) -> Vec<(Regime, Owned<S>)> {
    let part = |part: &Value| {
        let regime = set(&part["regime"]);
        let rows = json::rows(&part["actions"]);
        let rows = rows.iter().zip(json::numbers(&part["outcomes"]));
        let kept = rows.filter(|(row, _)| keep(regime, row));
        let (actions, outcomes): (Vec<_>, Vec<_>) = kept.unzip();
        let actions: Vec<_> = actions
            .into_iter()
            .flatten()
            .copied()
            .map(convert)
            .collect();
        let outcomes: Vec<_> = outcomes.into_iter().map(convert).collect();
        let moments = match json::monomials(case).bounded() {
            0 => feed::by_rows(json::monomials(case), &actions, &outcomes),
            _ => feed::over(bounded(case, convert), &actions, &outcomes),
        };
        (regime, moments)
    };
    json::entries(&case["data"]).iter().map(part).collect()
}

/// Monomials of the actions as they are, and of those within the bounds of the case.
fn bounded<S: Scalar>(case: &Value, convert: fn(f64) -> S) -> Basis<S, Vec<S>> {
    let (monomials, bounds) = (json::monomials(case), json::rows(&case["near"]));
    let middle = bounds.iter().map(|ends| (ends[0] + ends[1]) / 2.0);
    let factors = bounds.iter().map(|ends| 2.0 / (ends[1] - ends[0]));
    let of_actions = |value| std::iter::repeat_n(value, bounds.len());
    let shifts = of_actions(0.0).chain(middle);
    let all = shifts.chain(of_actions(1.0)).chain(factors);
    Basis::new(monomials, all.map(convert).collect()).unwrap()
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
        let got = fit(&case, |x| x);
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
                "bounded" => Group::Bounded,
                _ => Group::Pair(order),
            };
            let variance = got.variances[group.index(monomials).unwrap()];
            close(
                variance,
                json::number(&prior[2]),
                1e-8,
                &format!("{name}: {group:?}"),
            );
        }
        assert_eq!(
            got.dispersion.steps,
            json::count(&expected["steps"]),
            "{name}"
        );
        for (what, got) in [
            ("noise", got.dispersion.noise),
            ("inflation", got.inflation),
            ("unfound", got.unfound),
            ("near_share", got.near_share.unwrap_or(0.0)),
            ("freedom", got.dispersion.degrees_of_freedom()),
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

/// By way of the terms that a model is stored as, a regime's polynomial and its covariance are those
/// that come straight from the columns.
#[test]
fn terms_and_columns_give_the_same_effects() {
    for case in json::golden("structured.json") {
        let monomials = json::monomials(&case);
        let parts = data(&case, |x| x);
        let got = structured::fit(monomials, &parts).unwrap();
        let moments = parts.iter().map(|(regime, part)| {
            let mut moments = RegimeMoments::new(*regime, monomials.len());
            moments.near[0] = part
                .select(
                    0..monomials.len() - 1,
                    moments::empty(monomials.len()).buffer().into(),
                )
                .unwrap();
            moments
        });
        let (fit, learned) =
            Structured::fit(monomials, &moments.collect::<Vec<_>>(), Known::default()).unwrap();
        for bits in 0..=Regime::joint(monomials.variables()).bits() {
            let regime = Regime::from_bits(bits);
            let (polynomial, covariance) = got.effect(regime);
            let mut by_terms = vec![0.0; monomials.len()];
            predictor::collapse(&fit.coefficients, regime, &mut by_terms).unwrap();
            assert!(relative_distance(&by_terms, &polynomial) < 1e-12);
            let sure = learned.effect(regime).unwrap().unwrap();
            let (support, of_support) = (sure.monomials, sure.covariance);
            let mut by_terms = vec![0.0; covariance.len()];
            for (&i, row) in support.iter().zip(Packed::of(&of_support).unwrap().rows()) {
                for (&j, &value) in support.iter().zip(row) {
                    by_terms[packed::len(i) + j] = value;
                }
            }
            assert!(relative_distance(&by_terms, &covariance) < 1e-12);
        }
        let edges: usize = got.parents.iter().map(|parents| parents.size()).sum();
        assert_eq!(learned.influences.len(), edges);
    }
}

/// The same findings, and every coefficient within a hundredth of its standard error.
#[test]
fn single_precision_agrees() {
    for case in json::golden("structured.json") {
        let monomials = json::monomials(&case);
        // Actions are within bounds in double precision alone.
        if monomials.bounded() > 0 {
            continue;
        }
        let single = fit(&case, |x| x as f32);
        let double = fit(&case, |x| x);
        assert_eq!(single.parents, double.parents);
        assert_eq!(single.found.len(), double.found.len());
        for regime in [Regime::joint(monomials.variables()), Regime::OBSERVATIONAL] {
            let ((single, _), (double, covariance)) =
                (single.effect(regime), double.effect(regime));
            let coefficients = single
                .iter()
                .zip(double)
                .zip(Packed::of(&covariance).unwrap().diagonal());
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
