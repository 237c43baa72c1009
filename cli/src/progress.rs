//! How far a run is, on standard error: a bar on a terminal, plain lines otherwise.

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use quantx::operations::{RunObserver, Silent};
use quantx::report::{ListingReport, Outcome};
use tokio::time::Instant;

use crate::args::Verbosity;
use crate::console::Console;

/// Plain lines come at most this often while a run gets on.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);
/// And at least this often, as long as listings are done.
const AT_LEAST_EVERY: Duration = Duration::from_secs(5);
/// How often the bar is drawn at most, per second.
const DRAWS_PER_SECOND: u8 = 10;

/// The observer for this terminal, or for none.
pub(crate) fn observer(verbosity: Verbosity, console: &Console) -> Arc<dyn RunObserver> {
    let console = console.clone();
    match verbosity {
        Verbosity::Quiet => Arc::new(Silent),
        Verbosity::Normal if stderr().is_terminal() => Arc::new(Bar(console)),
        Verbosity::Normal => Arc::new(Lines {
            console,
            state: Mutex::new(None),
        }),
    }
}

#[derive(Debug)]
struct Bar(Console);

impl RunObserver for Bar {
    fn started(&self, n_listings: usize) {
        let length = u64::try_from(n_listings).unwrap_or(u64::MAX);
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let style = "{bar:30} {pos}/{len} listings, {rate}, {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(AT_MOST_EVERY);
        self.0.show(bar);
    }

    fn listing_done(&self, report: &ListingReport) {
        if report.outcome == Outcome::NotReached {
            return;
        }
        self.0
            .advance(format!("{} {}", report.symbol, report.outcome.as_str()));
    }

    fn listing_proven(&self, symbol: &str, n_findings: usize) {
        self.0.advance(match n_findings {
            0 => symbol.to_owned(),
            n => format!("{symbol}: {n} findings"),
        });
    }

    fn finished(&self) {
        self.0.clear();
    }
}

/// `1.8/s`; indicatif's own rate has four decimals.
fn rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    // Writing to a string in memory cannot fail.
    let (Ok(()) | Err(_)) = write!(text, "{:.1}/s", state.per_sec());
}

#[derive(Debug)]
struct Lines {
    console: Console,
    state: Mutex<Option<Progress>>,
}

impl RunObserver for Lines {
    fn started(&self, n_listings: usize) {
        let now = Instant::now();
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(Progress {
            started: now,
            last_line: now,
            tenths_shown: 0,
            done: 0,
            total: n_listings,
        });
    }

    fn listing_done(&self, report: &ListingReport) {
        if report.outcome != Outcome::NotReached {
            self.count();
        }
    }

    fn listing_proven(&self, _symbol: &str, _n_findings: usize) {
        self.count();
    }
}

impl Lines {
    /// Counts one listing, and tells if it is time to.
    fn count(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = state.as_mut().and_then(|tally| tally.count(Instant::now()));
        if let Some(line) = line {
            self.console.line(&line);
        }
    }
}

/// Listings done so far, and when that was last told.
#[derive(Debug)]
struct Progress {
    started: Instant,
    last_line: Instant,
    /// Tenths of the whole that the last line told.
    tenths_shown: usize,
    done: usize,
    total: usize,
}

impl Progress {
    /// Counts one listing; the line to write, if it is time for one.
    fn count(&mut self, now: Instant) -> Option<String> {
        self.done += 1;
        let tenths = self.done * 10 / self.total.max(1);
        let silent = now.duration_since(self.last_line);
        let due = self.done == self.total
            || silent >= AT_LEAST_EVERY
            || (tenths > self.tenths_shown && silent >= AT_MOST_EVERY);
        if !due {
            return None;
        }
        (self.last_line, self.tenths_shown) = (now, tenths);
        let rate = self.done as f64 / now.duration_since(self.started).as_secs_f64().max(1e-3);
        let left = (self.total.saturating_sub(self.done)) as f64 / rate;
        Some(format!(
            "{}/{} listings ({} %), {rate:.1}/s, {left:.0} s left",
            self.done,
            self.total,
            self.done * 100 / self.total.max(1),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_come_now_and_then_and_at_the_end() {
        let started = Instant::now();
        let mut tally = Progress {
            started,
            last_line: started,
            tenths_shown: 0,
            done: 0,
            total: 40,
        };
        let mut lines = Vec::new();
        for n in 1..=40_u64 {
            lines.extend(tally.count(started + Duration::from_millis(100 * n)));
        }
        assert_eq!(
            lines,
            [
                "10/40 listings (25 %), 10.0/s, 3 s left",
                "20/40 listings (50 %), 10.0/s, 2 s left",
                "30/40 listings (75 %), 10.0/s, 1 s left",
                "40/40 listings (100 %), 10.0/s, 0 s left",
            ]
        );
    }
}
