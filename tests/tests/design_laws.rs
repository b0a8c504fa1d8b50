//! One-factor-at-a-time designs: a baseline, and each action set alone while the others rest.

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::{Data, Estimator, Regime, diagnosis::Diagnosis, fit, model::fit::check};
use proptest::prelude::*;

fn data(log: &str, degree: usize) -> Data {
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &Columns::new("y")).unwrap();
    let data = Data::read(&mut rows, degree, |_| ()).unwrap();
    check(&data, Estimator::Structured).unwrap();
    data
}

/// A row a regime: a baseline, and one level of each action. `outcomes` begins with the baseline's.
fn two_levels(outcomes: &[f64]) -> String {
    let actions = outcomes.len() - 1;
    let names: Vec<_> = (0..actions).map(|k| format!("a{k}")).collect();
    let mut log = format!("regime,{},y\n", names.join(","));
    for (row, y) in outcomes.iter().enumerate() {
        let levels: Vec<_> = (0..actions)
            .map(|k| if k + 1 == row { "5" } else { "3" }.to_string())
            .collect();
        let regime = row
            .checked_sub(1)
            .map_or("obs".into(), |k| format!("do(a{k})"));
        log += &format!("{regime},{},{y}\n", levels.join(","));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The joint effect is the baseline and the single effects, whatever is set; without replicates nobody
    /// knows how sure it is.
    #[test]
    fn two_levels_add_up(outcomes in prop::collection::vec(-1e3..1e3_f64, 3..8), set in any::<u32>()) {
        let data = data(&two_levels(&outcomes), 3);
        let model = fit(&data, Estimator::Structured, None).unwrap();
        let actions = outcomes.len() - 1;
        let high = |k: usize| set >> k & 1 == 1;
        let setting: Vec<f64> = (0..actions).map(|k| if high(k) { 5.0 } else { 3.0 }).collect();
        let singles = (0..actions).filter(|&k| high(k)).map(|k| outcomes[k + 1] - outcomes[0]);
        let expected = outcomes[0] + singles.sum::<f64>();
        let found = model.predict(Regime::joint(actions), &setting).unwrap();
        prop_assert!((found.effect - expected).abs() < 1e-9 * 1e3, "{} and {expected}", found.effect);
        prop_assert!(found.interval.is_none());
        prop_assert!(found.support.is_inside());
    }

    /// Replicates, or a noise that is given, say how sure it is: the variance is that of the sum of means.
    #[test]
    fn replicates_tell_the_noise(
        baseline in prop::collection::vec(-1.0..1.0_f64, 4),
        one in prop::collection::vec(-1.0..1.0_f64, 3),
        other in prop::collection::vec(4.0..6.0_f64, 2),
    ) {
        let rows = |regime: &str, levels: &str, outcomes: &[f64]| {
            outcomes.iter().map(|y| format!("{regime},{levels},{y}\n")).collect::<String>()
        };
        let log = "regime,a,b,y\n".to_string()
            + &rows("obs", "0,0", &baseline)
            + &rows("do(a)", "1,0", &one)
            + &rows("do(b)", "0,1", &other);
        let data = data(&log, 2);
        let groups = [&baseline, &one, &other];
        let mean = |group: &[f64]| group.iter().sum::<f64>() / group.len() as f64;
        let squares = groups.map(|group| group.iter().map(|y| (y - mean(group)).powi(2)).sum::<f64>());
        let pooled = squares.iter().sum::<f64>() / 6.0;
        for (given, noise) in [(None, pooled), (Some(0.7), 0.49)] {
            let model = fit(&data, Estimator::Structured, given).unwrap();
            let found = model.predict(Regime::joint(2), &[1.0, 1.0]).unwrap();
            let expected = mean(&one) + mean(&other) - mean(&baseline);
            prop_assert!((found.effect - expected).abs() < 1e-9);
            let interval = found.interval.unwrap();
            let expected = (noise * (1.0 / 3.0 + 1.0 / 2.0 + 1.0 / 4.0)).sqrt();
            prop_assert!((interval.standard_error / expected - 1.0).abs() < 1e-6, "{interval:?}, {expected}");
        }
    }
}

#[test]
fn what_cannot_be_tested_is_said_and_how_it_could_be() {
    let data = data(&two_levels(&[1.0, 2.0, 4.0, 8.0]), 3);
    let model = fit(&data, Estimator::Structured, None).unwrap();
    let learned = model.structured.as_ref().unwrap();
    assert!(
        learned
            .interactions
            .iter()
            .all(|pair| pair.p_value.is_none() && !pair.found)
    );
    let diagnosis = Diagnosis::of_fit(&data, &model);
    let said: Vec<_> = diagnosis
        .findings
        .iter()
        .map(|finding| finding.found.as_str())
        .collect();
    let advice = diagnosis
        .findings
        .iter()
        .filter_map(|finding| finding.advice.as_deref());
    let advice: Vec<_> = advice.collect();
    assert!(
        said[0].starts_with("there are no more rows than coefficients"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("the effects of any two actions are assumed to add up"),
        "{said:?}"
    );
    assert!(
        advice[1].starts_with("run a0 = 5.00, a1 = 5.00, a2 = 5.00; a0 = 5.00, a1 = 5.00, compare"),
        "{advice:?}"
    );
    assert!(said.contains(&"every action rests at one value until it is set: effects are differences from that baseline"));
    assert_eq!(said.len(), 5, "{said:?}");
}

/// A row with both set, far from the sum, makes the pair one that the data can test.
#[test]
fn a_combination_tests_the_pair() {
    let mut log = String::from("regime,a,b,y\n");
    for (regime, a, b, y) in [
        ("obs", 0, 0, 1.0),
        ("do(a)", 1, 0, 2.0),
        ("do(b)", 0, 1, 3.0),
        ("\"do(a,b)\"", 1, 1, 9.0),
    ] {
        for noise in [-0.01, 0.0, 0.02, 0.01, -0.02] {
            log += &format!("{regime},{a},{b},{}\n", y + noise);
        }
    }
    let data = data(&log, 2);
    let model = fit(&data, Estimator::Structured, None).unwrap();
    let pair = model.structured.as_ref().unwrap().interactions[0];
    assert!(pair.found, "{pair:?}");
    let found = model.predict(Regime::joint(2), &[1.0, 1.0]).unwrap();
    assert!((found.effect - 9.0).abs() < 0.02, "{found:?}");
}
