//! Whether what a model file says of how actions were seen goes with the rest of it.

use super::{Problem, finite, wrong};
use crate::model::support::{Leverage, Seen};
use joint_effects_kernel::algebra::packed;

/// Checks `seen[action]` of a model of `count` monomials.
pub(super) fn check(seen: &Seen, action: usize, count: usize) -> Result<(), Problem> {
    for (leverage, name) in [(&seen.set, "set"), (&seen.alone, "alone")] {
        if let Some(leverage) = leverage {
            check_leverage(leverage, &format!("seen[{action}].{name}"), count)?;
        }
    }
    Ok(())
}

fn check_leverage(leverage: &Leverage, field: &str, count: usize) -> Result<(), Problem> {
    let (monomials, products) = (&leverage.monomials, &leverage.products);
    let ascend = monomials.windows(2).all(|pair| pair[0] < pair[1]);
    if monomials.first() != Some(&0) || !ascend || monomials.last() >= Some(&count) {
        let expected = format!("ascending indices from 0, below {count}");
        return Err(wrong(
            format!("{field}.monomials"),
            expected,
            list(monomials),
        ));
    }
    let expected = packed::len(monomials.len());
    if products.len() != expected {
        let expected = format!("{expected} numbers");
        return Err(wrong(format!("{field}.products"), expected, products.len()));
    }
    for (index, &product) in products.iter().enumerate() {
        finite(product, || format!("{field}.products[{index}]"))?;
    }
    leverage.factor().map(drop).map_err(|error| {
        wrong(
            format!("{field}.products"),
            "mean products of the monomials of some rows",
            error,
        )
    })
}

/// The beginning of a list, for a message.
fn list(indices: &[usize]) -> String {
    const ROOM: usize = 8;
    let shown: Vec<_> = indices.iter().take(ROOM).map(usize::to_string).collect();
    let rest = if indices.len() > ROOM { ", …" } else { "" };
    format!("[{}{rest}]", shown.join(", "))
}
