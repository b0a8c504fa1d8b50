//! Prints what rows in which two actions were set together are worth: the table of `docs/tables.md`.

use joint_effects_tests::pairs::{HEAD, row};

fn main() {
    println!("{HEAD}");
    for strength in [0.0, 0.1, 1.0] {
        for rows in [300, 1000, 10_000] {
            println!("{}", row(100, rows, strength));
        }
    }
}
