//! What must hold whatever the input: never a panic, an endless loop, or a number that is not finite
//! without an error.
//!
//! Every [`Target`] takes bytes and panics where its law does not hold. `fuzz/` searches for such
//! bytes; `tests/fuzz_corpus.rs` replays those that were kept, on any compiler.

mod fits;
mod input;
mod readers;

/// A law over any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name: that of the fuzz target, and of its folder of inputs.
    pub name: &'static str,
    /// Panics where the law does not hold.
    pub run: fn(&[u8]),
}

/// The targets by name, in alphabetical order.
pub const TARGETS: [Target; 11] = [
    Target {
        name: "artifact",
        run: readers::artifact,
    },
    Target {
        name: "cholesky",
        run: fits::positive_definite,
    },
    Target {
        name: "expression",
        run: readers::expression,
    },
    Target {
        name: "indicator",
        run: fits::indicator,
    },
    Target {
        name: "model_file",
        run: readers::model_file,
    },
    Target {
        name: "moments_file",
        run: readers::moments_file,
    },
    Target {
        name: "parquet",
        run: readers::parquet,
    },
    Target {
        name: "penalties",
        run: fits::penalties,
    },
    Target {
        name: "predictor",
        run: fits::predictor,
    },
    Target {
        name: "structured",
        run: fits::structured,
    },
    Target {
        name: "table",
        run: readers::table,
    },
];

/// The law of the target of this name.
///
/// # Panics
///
/// Where there is no such target, and where the law does not hold.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target of this name").run)(bytes);
}
