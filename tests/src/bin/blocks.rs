//! Prints how often intervals hold where blocks of rows share a shift of the outcome, without `--block` and
//! with it: the table of `docs/tables.md`.

use joint_effects_tests::blocks;

fn main() {
    print!("{}", blocks::table(100));
}
