//! The summary of a fit: penalties with the regimes that they belong to, and the joint effect that the
//! model predicts.

use joint_effects::fit::estimator::{self, Regularization};
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::summary::FitSummary;
use joint_effects::{Data, Estimator, Model, Regime, fit};
use std::fmt::Write;

/// Rows of two actions, of which the pair was set as well, and their moments to degree 2.
fn data() -> Data {
    let mut log = String::from("regime,red,green,y\n");
    for row in 0..120 {
        for (place, regime) in ["obs", "do(red)", "do(green)", "do(red,green)"]
            .iter()
            .enumerate()
        {
            let [red, green, noise] =
                [0.7, 1.3, 2.9].map(|rate| (rate * f64::from(row) + place as f64).sin());
            let y = 3.0 * red + green * green + 0.1 * noise * (1 + place) as f64;
            writeln!(log, "\"{regime}\",{red},{green},{y}").unwrap();
        }
    }
    let columns = Columns::new("y");
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    Data::read(&mut rows, 2, |_| ()).unwrap()
}

fn summary(data: &Data, estimator: Estimator) -> (Model, FitSummary) {
    let model = fit(data, estimator, None).unwrap();
    let summary = FitSummary::of(data, &model).unwrap();
    (model, summary)
}

#[test]
fn penalties_belong_to_their_regimes() {
    let data = data();
    let alphas = |estimator| {
        let (_, summary) = summary(&data, estimator);
        let regimes = summary.regimes.into_iter();
        regimes
            .map(|part| (part.regime, part.alpha))
            .collect::<Vec<_>>()
    };
    let own = |place: usize| {
        let fit = Regularization::Ridge
            .fit(&data.regimes[place].folds())
            .unwrap();
        Some(fit.alpha)
    };
    let indicator = estimator::indicator(2, data.basis.monomials(), &data.regimes).unwrap();
    let common = Some(indicator.alphas[0].1);
    for (estimator, expected) in [
        (Estimator::Observational, [own(0), None, None, None]),
        (Estimator::Separate, [own(0), own(1), own(2), None]),
        (Estimator::Indicator, [common; 4]),
        (Estimator::Structured, [None; 4]),
    ] {
        let regimes = ["obs", "do(red)", "do(green)", "do(red,green)"].map(String::from);
        let expected: Vec<_> = regimes.into_iter().zip(expected).collect();
        assert_eq!(alphas(estimator), expected, "{}", estimator.name());
    }
}

#[test]
fn the_joint_effect_is_what_the_model_predicts() {
    let data = data();
    for estimator in Estimator::ALL {
        let (model, summary) = summary(&data, estimator);
        let values = [0.3, -0.4];
        let prediction = model.predict(Regime::joint(2), &values).unwrap();
        let joint = &summary.joint_effect;
        let standardised = |name: &String, bounded: bool| {
            let action = summary
                .actions
                .iter()
                .position(|action| action == name)
                .unwrap();
            if bounded {
                let own = joint.bounded[action];
                return ((values[action] - own.shift) * own.factor).clamp(-1.0, 1.0);
            }
            (values[action] - joint.shifts[action]) * joint.factors[action]
        };
        let term = |term: &joint_effects::model::summary::Term| {
            let factors = term.actions.iter();
            let factors = factors.map(|name| standardised(name, term.bounded));
            term.coefficient * factors.product::<f64>()
        };
        let effect: f64 = joint.terms.iter().map(term).sum();
        assert!(
            (effect - prediction.effect).abs() < 1e-12,
            "{}",
            estimator.name()
        );
        let known = joint.terms.iter().all(|term| term.standard_error.is_some());
        assert_eq!(known, estimator == Estimator::Structured);
    }
}

#[test]
fn standard_errors_include_what_the_model_leaves_out() {
    let (model, summary) = summary(&data(), Estimator::Structured);
    let left_out = summary.structured.unwrap().left_out.unwrap();
    assert!(left_out.alone.iter().any(|&deviation| deviation > 0.0));
    for bits in 0..4 {
        let regime = Regime::from_bits(bits);
        let parts = left_out.alone.iter().enumerate();
        let alone = parts.filter(|&(action, _)| !regime.sets(action));
        let alone = alone.map(|(_, deviation)| deviation * deviation);
        let joint = left_out.joint_effect.powi(2) + left_out.interactions.powi(2);
        let variance = joint + alone.sum::<f64>();
        let prediction = model.predict(regime, &[0.0, 0.0]).unwrap();
        let standard_error = prediction.interval.unwrap().standard_error;
        assert!(standard_error.powi(2) >= variance, "{regime:?}");
    }
}
