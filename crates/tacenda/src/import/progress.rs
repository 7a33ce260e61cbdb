//! How far an import is, on standard error: a bar on a terminal, a line now and then elsewhere.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Between two lines.
const LINES_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    said: Instant,
    total: u64,
    at: u64,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let template = "importing {bar:40} {pos}/{len} bundles, {elapsed} ({eta} left)";
            let usual = ProgressStyle::default_bar();
            ProgressBar::new(0).with_style(ProgressStyle::with_template(template).unwrap_or(usual))
        });
        Self { bar, said: Instant::now(), total: 0, at: 0 }
    }

    /// There are this many more bundles.
    pub(super) fn expect(&mut self, more: usize) {
        self.total += more as u64;
        if let Some(bar) = &self.bar {
            bar.set_length(self.total);
        }
    }

    /// One bundle is finished, in whatever way.
    pub(super) fn one(&mut self) {
        self.at += 1;
        match &self.bar {
            Some(bar) => bar.set_position(self.at),
            None if self.said.elapsed() >= LINES_EVERY => {
                self.said = Instant::now();
                // Whoever closed standard error does not want to know.
                let _ = writeln!(stderr(), "importing: {} of {} bundles", self.at, self.total);
            }
            None => {}
        }
    }

    pub(super) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
