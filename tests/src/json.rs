//! Numbers out of JSON, where a number may be written as a string of more digits than f64 has.

use joint_effects_kernel::features::monomials::Monomials;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// One number.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::String(digits) => digits.parse().unwrap(),
        _ => value
            .as_f64()
            .unwrap_or_else(|| panic!("{value} is no number")),
    }
}

/// One count.
pub fn count(value: &Value) -> usize {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no count")) as usize
}

/// The entries of an array.
pub fn entries(value: &Value) -> &[Value] {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no array"))
}

/// An array of numbers.
pub fn numbers(value: &Value) -> Vec<f64> {
    entries(value).iter().map(number).collect()
}

/// An array of arrays of numbers.
pub fn rows(value: &Value) -> Vec<Vec<f64>> {
    entries(value).iter().map(numbers).collect()
}

/// The cases of a file of `tests/golden`.
pub fn golden(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name);
    let text = fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases
}

/// The monomials of a golden case.
pub fn monomials(case: &Value) -> Monomials {
    let monomials = Monomials::new(count(&case["variables"]), count(&case["degree"])).unwrap();
    let highest = case.get("highest").map_or(0, count);
    monomials.with_bounded(highest).unwrap()
}
