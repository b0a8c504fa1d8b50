//! Condition numbers: as numpy computes them (`golden/generate.py`), of a known matrix, and whatever
//! the unit and the origin of an action.

use joint_effects_kernel::algebra::condition;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_tests::feed;
use joint_effects_tests::json;

/// Of rows of actions, whose outcomes do not matter.
fn number(monomials: Monomials, actions: &[f64]) -> Option<f64> {
    let outcomes = vec![0.0; actions.len() / monomials.variables()];
    let moments = feed::by_tiles(monomials, actions, &outcomes);
    let mut scratch = vec![0.0; condition::scratch_len(monomials)];
    condition::number(monomials, &moments, &mut scratch).unwrap()
}

#[test]
fn as_numpy_computes_them_in_any_unit() {
    for case in json::golden("condition.json") {
        let monomials = json::monomials(&case);
        let expected = json::number(&case["condition"]);
        let rows = json::rows(&case["actions"]);
        for (scale, origin) in [(1.0, 0.0), (1.0, -1.5), (-0.25, 2.0)] {
            let actions: Vec<f64> = rows.iter().flatten().map(|x| scale * x + origin).collect();
            let found = number(monomials, &actions).unwrap();
            let error = (found / expected - 1.0).abs();
            println!("{}: {found:.6}, off by {error:.1e}", case["name"]);
            assert!(error < 1e-7, "{}: {found}, numpy {expected}", case["name"]);
        }
    }
}

/// Two actions of correlation ρ have the matrix [1 ρ; ρ 1], whose condition is (1 + ρ) / (1 − ρ).
#[test]
fn two_correlated_actions() {
    // The corners of a square, those of one diagonal three times: ρ = (6 − 2) / 8.
    let corners = [
        [1.0, 1.0],
        [1.0, 1.0],
        [1.0, 1.0],
        [-1.0, -1.0],
        [-1.0, -1.0],
        [-1.0, -1.0],
        [1.0, -1.0],
        [-1.0, 1.0],
    ];
    let found = number(Monomials::new(2, 1).unwrap(), corners.as_flattened()).unwrap();
    assert!((found - 3.0).abs() < 1e-14, "{found}");
}

#[test]
fn what_depends_on_others_has_none() {
    let line: Vec<f64> = (0..20)
        .flat_map(|i| [f64::from(i), 3.0 * f64::from(i) - 7.0])
        .collect();
    assert_eq!(number(Monomials::new(2, 1).unwrap(), &line), None);
    let two_values: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
    assert_eq!(number(Monomials::new(1, 2).unwrap(), &two_values), None);
    assert!(number(Monomials::new(1, 1).unwrap(), &two_values).is_some());
}
