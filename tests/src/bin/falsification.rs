//! Prints how often the checks of the assumptions contradict them, where they hold and where they do not: the
//! tables of `docs/decisions.md`.

use joint_effects_tests::falsification;

fn main() {
    print!("{}", falsification::table(100));
}
