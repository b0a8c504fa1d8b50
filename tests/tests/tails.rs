//! Tails of F and quantiles of Student's t, beside scipy (`golden/probability.json`) and statrs.

use joint_effects_kernel::structured::tails::{f_survival, t_quantile};
use joint_effects_tests::json;
use serde_json::Value;
use statrs::distribution::{ContinuousCDF, FisherSnedecor, StudentsT};
use std::path::Path;

fn error(got: f64, expected: f64) -> f64 {
    (got / expected - 1.0).abs()
}

/// The largest relative errors of `f64` and of `f32`, whose tails end at its least normal number.
fn largest(rows: &[Vec<f64>], double: fn(&[f64]) -> f64, single: fn(&[f32]) -> f32) -> [f64; 2] {
    let mut worst = [0.0; 2];
    for row in rows {
        let (arguments, expected) = row.split_at(row.len() - 1);
        worst[0] = error(double(arguments), expected[0]).max(worst[0]);
        let narrow: Vec<f32> = arguments.iter().map(|&x| x as f32).collect();
        if expected[0] > f32::MIN_POSITIVE.into() {
            // What rounding the arguments changes is no error of the function.
            let exact: Vec<f64> = narrow.iter().map(|&x| x.into()).collect();

            worst[1] = error(single(&narrow).into(), double(&exact)).max(worst[1]);
        }
    }
    worst
}

#[test]
fn scipy_agrees() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/probability.json");
    let laws: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let tails = largest(
        &json::rows(&laws["tails"]),
        |x| f_survival(x[0], x[1], x[2]),
        |x| f_survival(x[0], x[1], x[2]),
    );
    let quantiles = largest(
        &json::rows(&laws["quantiles"]),
        |x| t_quantile(x[0], x[1]),
        |x| t_quantile(x[0], x[1]),
    );
    println!("largest relative errors: tails {tails:?}, quantiles {quantiles:?}");
    // Of 10⁷ degrees of freedom scipy itself has nine digits: by mpmath these tails have fourteen.
    assert!(tails[0] < 3e-10 && tails[1] < 2e-5);
    assert!(quantiles[0] < 1e-12 && quantiles[1] < 1e-6);
}

/// Up to 10⁵ degrees of freedom, where statrs has eight digits itself.
#[test]
fn statrs_agrees() {
    let freedoms = [1.0, 1.5, 2.0, 7.0, 33.3, 400.0, 1e4, 1e5];
    for above in freedoms {
        for below in freedoms {
            let law = FisherSnedecor::new(above, below).unwrap();
            for statistic in [1e-3, 0.2, 0.9, 1.0, 1.1, 2.0, 9.0, 70.0] {
                let expected = law.sf(statistic);
                if expected > 1e-290 {
                    let error = error(f_survival(statistic, above, below), expected);
                    assert!(
                        error < 1e-8,
                        "F({above}, {below}) at {statistic}: {error:e}"
                    );
                }
            }
        }
    }
    for freedom in freedoms.into_iter().filter(|&freedom| freedom < 1000.0) {
        let law = StudentsT::new(0.0, 1.0, freedom).unwrap();
        for level in [0.01, 0.5, 0.8, 0.95, 0.999] {
            let expected = law.inverse_cdf(0.5 + level / 2.0);
            let error = error(t_quantile(level, freedom), expected);
            assert!(error < 1e-10, "t({freedom}) at {level}: {error:e}");
        }
    }
}
