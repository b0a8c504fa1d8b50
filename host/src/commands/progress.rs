//! Progress on standard error, where that is a terminal and nobody asked for quiet.

use super::QUIET;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::Ordering;

/// The rows that an experiment has drawn.
pub(crate) fn rows(experiment: &'static str, total: u64) -> ProgressBar {
    let template = "{msg} {bar:40} {human_pos} of {human_len} rows, {eta} left";
    bar(total, template).with_message(experiment)
}

/// The bytes of tables that have been read.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    bar(total, "{bar:40} {bytes}/{total_bytes}, {eta} left")
}

fn bar(total: u64, template: &'static str) -> ProgressBar {
    // Draws nothing where standard error is not a terminal.
    let target = match QUIET.load(Ordering::Relaxed) {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr(),
    };
    let style = ProgressStyle::with_template(template).expect("the template is constant");
    ProgressBar::with_draw_target(Some(total), target).with_style(style)
}
