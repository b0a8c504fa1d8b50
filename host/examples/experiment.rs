//! How far every estimator is from the truth, on one random model: `cargo run --example experiment`.

use joint_effects::app::lab::experiment::Estimator;
use joint_effects::{run_experiment, sample_polynomial_scm};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let (actions, rows, seed) = (5, 10_000, 0);
    let scm = sample_polynomial_scm(actions, seed)?;
    let scores = run_experiment(&scm, rows, seed)?;
    println!("{:15}  RMSE to outcomes  to the true effect", "estimator");
    for score in &scores {
        let name = score.estimator.name();
        println!("{name:15}  {:16.4}  {:18.4}", score.rmse, score.excess);
    }

    let excess = |estimator| {
        let score = scores.iter().find(|score| score.estimator == estimator);
        score.map(|score| score.excess)
    };
    assert_eq!(excess(Estimator::Truth), Some(0.0));
    assert!(excess(Estimator::Structured) < excess(Estimator::Separate));
    assert!(excess(Estimator::Structured) < excess(Estimator::Constant));
    Ok(())
}

#[test]
fn it_runs() -> Result<(), Box<dyn Error>> {
    main()
}
