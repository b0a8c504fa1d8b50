//! The part of a model file that tells whether a prediction is supported by data: for every action,
//! what leverages among the rows in which it was set, and in which it was left alone, are computed
//! from ([`crate::model::support`]).
//!
//! ```json
//! "seen": [
//!   {
//!     "set": {"rows": 1800, "monomials": [0, 1], "products": [1.0, 0.1, 0.9]},
//!     "alone": {"rows": 1350, "monomials": [0, 1], "products": [1.0, -0.2, 1.1]}
//!   }
//! ]
//! ```
//!
//! `monomials` are indices into the basis, and `products` the packed lower triangle of the means of
//! the products of any two of them. Either of the two may be missing, where there are no such rows.

use super::{Problem, finite, present, wrong};
use crate::model::support::{Leverage, Seen};
use crate::write::on_one_line;
use joint_effects_kernel::algebra::packed;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(expecting = "how an action was seen")]
pub(super) struct Part {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    set: Option<Rows>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(deserialize_with = "present")]
    alone: Option<Rows>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(expecting = "what leverages are computed from")]
struct Rows {
    rows: u64,
    #[serde(serialize_with = "on_one_line")]
    monomials: Vec<usize>,
    #[serde(serialize_with = "on_one_line")]
    products: Vec<f64>,
}

impl Part {
    pub(super) fn of(seen: &Seen) -> Self {
        let rows = |leverage: &Leverage| Rows {
            rows: leverage.rows,
            monomials: leverage.monomials.clone(),
            products: leverage.products.clone(),
        };
        Self {
            set: seen.set.as_ref().map(rows),
            alone: seen.alone.as_ref().map(rows),
        }
    }

    /// What `seen[action]` says of a model of `count` monomials.
    pub(super) fn read(&self, action: usize, count: usize) -> Result<Seen, Problem> {
        let read = |rows: &Option<Rows>, name: &str| {
            let field = format!("seen[{action}].{name}");
            let read = |rows: &Rows| rows.read(&field, count);
            rows.as_ref().map(read).transpose()
        };
        Ok(Seen {
            set: read(&self.set, "set")?,
            alone: read(&self.alone, "alone")?,
        })
    }
}

impl Rows {
    fn read(&self, field: &str, count: usize) -> Result<Leverage, Problem> {
        let Self {
            rows,
            monomials,
            products,
        } = self;
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
        let leverage = Leverage {
            rows: *rows,
            monomials: monomials.clone(),
            products: products.clone(),
        };
        match leverage.factor() {
            Ok(_) => Ok(leverage),
            Err(error) => Err(wrong(
                format!("{field}.products"),
                "mean products of the monomials of some rows",
                error,
            )),
        }
    }
}

/// The beginning of a list, for a message.
fn list(indices: &[usize]) -> String {
    const ROOM: usize = 8;
    let shown: Vec<_> = indices.iter().take(ROOM).map(usize::to_string).collect();
    let rest = if indices.len() > ROOM { ", …" } else { "" };
    format!("[{}{rest}]", shown.join(", "))
}
