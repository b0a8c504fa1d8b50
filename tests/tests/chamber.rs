//! Measurements of a light tunnel: one lamp is moved by an actuator that also moves the outcome and is
//! not in the table.

use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Predictor;
use joint_effects::moments::data::Data;
use joint_effects_kernel::Regime;
use joint_effects_tests::log::{self, ESTIMATORS};
use joint_effects_tests::yardsticks;

const DEGREE: usize = 3;

/// The actions and outcomes of the rows in which both lamps were set that are kept for testing.
fn test_rows(path: &std::path::Path, actions: &[String]) -> Vec<(Vec<f64>, f64)> {
    let mut table = Table::open(path).unwrap();
    let [block, outcome] = ["block", "ir_1"].map(|name| table.column(name).unwrap());
    let columns: Vec<_> = actions
        .iter()
        .map(|name| table.column(name).unwrap())
        .collect();
    let mut rows = Vec::new();
    while table.advance().unwrap() {
        if table.text(block).unwrap() == "test" {
            let mut values = vec![0.0; columns.len()];
            table.numbers(&columns, &mut values).unwrap();
            rows.push((values, table.number(outcome).unwrap()));
        }
    }
    rows
}

#[test]
fn the_joint_effect_of_two_lamps() {
    let Some(folder) = yardsticks::folder("chamber") else {
        return;
    };
    let columns = Columns::new("ir_1");
    let mut rows = Observations::open(&[folder.join("light_sum.csv")], &columns).unwrap();
    let data = Data::read(&mut rows, DEGREE, |_| ()).unwrap();
    data.check().unwrap();
    let test = test_rows(&folder.join("light_sum_joint.csv"), &data.actions);

    let actions = data.actions.len();
    let mut errors = Vec::new();
    for estimator in ESTIMATORS {
        let model = log::fit(&data, estimator);
        if let Some(learned) = &model.structured {
            // No lamp in the table moves the other: the actuator that moves one of them is not in it.
            assert_eq!(learned.influences, []);
            assert!(learned.interactions.iter().all(|pair| !pair.found));
        }
        let mut predictor = Predictor::new(&model, Regime::joint(actions)).unwrap();
        // Sums of differences, of their squares and of standard errors in 4 × 4 bins.
        let mut bins = [[0.0; 4]; 16];
        for (row, outcome) in &test {
            let prediction = predictor.predict(row).unwrap();
            let difference = outcome - prediction.effect;
            let place = |lamp: usize| ((row[lamp] / 22.0) as usize).min(3);
            let error = prediction
                .interval
                .map_or(0.0, |interval| interval.standard_error);
            let added = [1.0, difference, difference * difference, error];
            for (sum, value) in bins[4 * place(0) + place(1)].iter_mut().zip(added) {
                *sum += value;
            }
        }
        let squares: f64 = bins.iter().map(|bin| bin[2]).sum();
        let error = (squares / test.len() as f64).sqrt();
        println!(
            "{}: RMSE {error:.1} on {} joint rows",
            estimator.name(),
            test.len()
        );
        if model.structured.is_some() {
            // A bin's mean differs by its rows' noise and by the error of the effect.
            let scores = bins.map(|[count, sum, squares, errors]| {
                let mean = sum / count;
                let of_mean = (squares / count - mean * mean) / count;
                mean / (of_mean + (errors / count).powi(2)).sqrt()
            });
            let square = scores.iter().map(|score| score * score).sum::<f64>() / 16.0;
            println!(
                "binned means: {:.2} standard errors off, root mean square",
                square.sqrt()
            );
            assert!((0.3..1.4).contains(&square.sqrt()));
        }
        errors.push(error);
    }
    let [observational, separate, indicator, structured] = errors[..] else {
        unreachable!()
    };
    assert!(structured < separate && structured < indicator);
    assert!(structured < 0.9 * observational);
}
