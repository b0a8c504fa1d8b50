//! Progress on standard error, where that is a terminal and nobody asked for quiet.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use memchr::memchr_iter;
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Duration;

/// All bars; nothing is drawn where standard error is not a terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// The rows that an experiment has drawn, or that a table has got.
pub(crate) fn rows(of: impl Into<Cow<'static, str>>, total: u64) -> ProgressBar {
    let template = "{msg} {bar:40} {human_pos} of {human_len} rows, {eta} left";
    bar(total, template).with_message(of)
}

/// The trials that are made.
pub(crate) fn trials(total: u64) -> ProgressBar {
    bar(
        total,
        "{bar:40} {human_pos} of {human_len} trials, {eta} left",
    )
}

/// A table that is being written, which moves a bar of its rows on.
pub(crate) struct Rows<W> {
    pub(crate) out: W,
    pub(crate) bar: ProgressBar,
}

impl<W: Write> Write for Rows<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        let rows = memchr_iter(b'\n', &bytes[..count]).count();
        self.bar.inc(rows as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The bytes of tables that have been read, of `total`; of a pipe, where that is 0, nobody knows how
/// many are to come.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    match total {
        0 => bar(total, "{bytes} read, {bytes_per_sec}"),
        _ => bar(total, "{bar:40} {bytes}/{total_bytes}, {eta} left"),
    }
}

/// What takes a time that nobody knows, for as long as it is held.
pub(crate) fn work(what: &'static str) -> ProgressBar {
    let bar = bar(0, "{spinner} {msg}, {elapsed}").with_message(what);
    bar.tick();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A bar that goes when it is dropped.
fn bar(total: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is constant");
    let bar = ProgressBar::new(total).with_finish(ProgressFinish::AndClear);
    BARS.add(bar.with_style(style))
}

/// Draws nothing any more.
pub(crate) fn hide() {
    // Nothing to be done where standard error is closed.
    let _ = BARS.clear();
    BARS.set_draw_target(ProgressDrawTarget::hidden());
}
