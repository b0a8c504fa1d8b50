//! Prints how much of the best possible gain is lost by the settings that are chosen after batches of rows, with
//! batches as `next` recommends and with even ones: the table of `docs/decisions.md`.

use joint_effects_tests::experiments;

fn main() {
    print!("{}", experiments::table(60));
}
