//! A progress bar on standard error, for long work on a terminal.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends within this time shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar that appears once the work turns out to be long, and only on a terminal.
#[derive(Debug)]
pub struct ProgressLine {
    started: Instant,
    bar: Mutex<Option<ProgressBar>>,
    on_terminal: bool,
    /// What is counted.
    things: &'static str,
}

impl ProgressLine {
    /// A line for work that starts now and counts `things`.
    #[must_use]
    pub fn new(things: &'static str) -> Self {
        ProgressLine {
            started: Instant::now(),
            bar: Mutex::new(None),
            on_terminal: stderr().is_terminal(),
            things,
        }
    }

    /// Shows that `done` of `total` things are done.
    pub fn show(&self, done: u64, total: Option<u64>) {
        if !self.on_terminal || self.started.elapsed() < PATIENCE {
            return;
        }
        // A poisoned lock would mean that drawing panicked: then there is nothing more to draw.
        if let Ok(mut bar) = self.bar.lock() {
            bar.get_or_insert_with(|| new_bar(total, self.things))
                .set_position(done);
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.finish_and_clear();
        }
    }
}

fn new_bar(total: Option<u64>, things: &'static str) -> ProgressBar {
    let bar =
        ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_message(things);
    let template = "{bar:40} {human_pos} of {human_len} {msg}, {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
