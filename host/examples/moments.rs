//! Two machines summarise a half of the rows each; the merged summaries give the model of all rows:
//! `cargo run --example moments`.

use joint_effects::estimator::{Moments, empty};
use joint_effects_kernel::monomials::Monomials;
use joint_effects_kernel::ridge;
use std::error::Error;

/// The polynomials are of two actions, to degree 2.
const ACTIONS: usize = 2;
const DEGREE: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let rows: Vec<_> = (0..1_000).map(row).collect();
    let (first, second) = rows.split_at(300);

    let mut merged = summarise(first)?;
    merged.merge(&summarise(second)?)?;
    let whole = summarise(&rows)?;
    assert_eq!(merged.count(), whole.count());

    let [merged, whole] = [merged, whole].map(|moments| fit(&moments));
    let (merged, whole) = (merged?, whole?);
    println!("coefficients of all rows  of the merged halves");
    for (merged, whole) in merged.iter().zip(&whole) {
        println!("{whole:24.12}  {merged:20.12}");
        assert!((merged - whole).abs() < 1e-9);
    }
    Ok(())
}

/// Two actions and an outcome, `1 + a + 2 a b − b²`.
fn row(index: u32) -> ([f64; ACTIONS], f64) {
    let [a, b] = [
        f64::from(index * 7 % 23) / 23.0,
        f64::from(index * 5 % 29) / 29.0,
    ];
    ([a, b], 1.0 + a + 2.0 * a * b - b * b)
}

/// All that a fit needs to know of the rows.
fn summarise(rows: &[([f64; ACTIONS], f64)]) -> Result<Moments, Box<dyn Error>> {
    let monomials = Monomials::new(ACTIONS, DEGREE)?;
    let mut features = vec![0.0; monomials.len()];
    let mut moments = empty(monomials.len());
    for (actions, outcome) in rows {
        monomials.evaluate(actions, &mut features)?;
        moments.push(&features, *outcome)?;
    }
    Ok(moments)
}

/// The coefficients of `1, a, b, a², ab, b²`.
fn fit(moments: &Moments) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut coefficients = vec![0.0; moments.columns()];
    let mut scratch = vec![0.0; ridge::scratch_len(moments.columns())];
    ridge::fit(moments, 1e-9, &mut coefficients, &mut scratch)?;
    Ok(coefficients)
}

#[test]
fn it_runs() -> Result<(), Box<dyn Error>> {
    main()
}
