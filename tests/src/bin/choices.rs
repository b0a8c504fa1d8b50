//! Prints how much of the best possible gain is lost by the settings that models choose, and how often the
//! interval of the gain holds it: the table of `docs/decisions.md`.

use joint_effects_tests::choices;

fn main() {
    print!("{}", choices::table(100));
}
