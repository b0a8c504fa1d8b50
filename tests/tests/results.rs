//! Real tables: what `docs/results.md` says, and what is asked.

use joint_effects_tests::real;
use std::fs;

#[test]
fn the_table_of_the_documentation_stands() {
    let Some(measured) = real::document() else {
        return;
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/results.md");
    let document = fs::read_to_string(path).unwrap();
    assert_eq!(
        document, measured,
        "cargo run --release -p joint-effects-tests results"
    );
}

/// Without more rows than coefficients, single effects are added, to rounding.
#[test]
fn designs_of_two_levels_add_up() {
    for set in real::sets().unwrap_or_default() {
        let [model, _] = set.fits();
        if let Some([_, sum, _]) = set.rests().then(|| set.simple()).flatten()
            && !model.has_intervals()
        {
            let error = set.errors(&model).rmse;
            assert!(
                (error - sum).abs() < 1e-9 * sum,
                "{}: {error}, {sum}",
                set.name
            );
        }
    }
}
