//! Prints how often intervals hold the effects of setting all actions, and half of them: a table of
//! `docs/experiments.md`.

use joint_effects_tests::coverage;

fn main() {
    print!("{}", coverage::table(100));
}
