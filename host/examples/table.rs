//! A log is fitted, and the model predicts the rows of another table:
//! `cargo run --example table`.

use joint_effects::app::lab::scm::tables;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::{Data, Estimator, Regime, fit, sample_polynomial_scm};
use std::error::Error;
use std::fs::File;

fn main() -> Result<(), Box<dyn Error>> {
    // Two tables of a simulated world: a log in which one action at a time was set, and one in which
    // all were, with the true effect.
    let (actions, seed, rows) = (3, 0, 2_000);
    let world = sample_polynomial_scm(actions, seed)?;
    let directory = tempfile::tempdir()?;
    let [log, test] = ["log.csv", "test.csv"].map(|name| directory.path().join(name));
    let laws = tables::write_log(&world, seed, rows, &mut File::create(&log)?)?;
    tables::write_test(&world, seed, &laws, rows, &mut File::create(&test)?)?;

    let columns = Columns::new("y");
    let data = Data::read(&mut Observations::open(&[log], &columns)?, 3, |_| ())?;
    data.check()?;
    for part in &data.regimes {
        println!("{} rows of {}", part.count(), data.name(part.regime));
    }
    let model = fit(&data, Estimator::Structured, None)?;

    let mut table = Table::open(&test)?;
    let columns: Result<Vec<_>, _> = model
        .actions
        .iter()
        .map(|name| table.column(name))
        .collect();
    let (columns, truth) = (columns?, table.column("true_effect")?);
    let mut set = vec![0.0; actions];
    let (mut squares, mut held) = (0.0, 0);
    while table.advance()? {
        table.numbers(&columns, &mut set)?;
        let truth = table.number(truth)?;
        let prediction = model.predict(Regime::joint(actions), &set)?;
        let interval = prediction
            .interval
            .ok_or("a structured model has intervals")?;
        squares += (prediction.effect - truth).powi(2);
        held += u64::from(interval.lower <= truth && truth <= interval.upper);
    }
    let error = (squares / rows as f64).sqrt();
    let held = held as f64 / rows as f64;
    println!("RMSE to the true effect {error:.4}; 95% intervals hold {held:.3} of the time");
    assert!(error < 0.05 && held > 0.7);
    Ok(())
}

#[test]
fn it_runs() -> Result<(), Box<dyn Error>> {
    main()
}
