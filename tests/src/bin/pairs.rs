//! Prints what rows in which two actions were set together are worth: the table of `docs/tables.md`.

use joint_effects_tests::pairs;

fn main() {
    print!("{}", pairs::table(100));
}
