//! What a crowd came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::caller::{End, Kind, Tally};

/// At most so many lines of one problem are told.
const LINES: usize = 20;

/// Counts and measures of one crowd, and everything that is not as it must be.
#[derive(Debug, Default)]
pub struct Figures {
    ends: BTreeMap<(Kind, End), u64>,
    slowest: Option<(Duration, Kind)>,
    problems: Vec<String>,
    /// Runs of the host by their status.
    pub(super) runs: BTreeMap<String, u64>,
    pub(super) vendor_requests: u64,
    pub(super) store_faults: u64,
    pub(super) kills: u32,
    pub(super) peak_rss_mb: u64,
    pub(super) peak_threads: u64,
    /// Before any work, and after all of it.
    pub(super) threads: (u64, u64),
    /// From SIGTERM to the end of the process.
    pub(super) ended_after: Duration,
    /// Year files and commit records in the end.
    pub(super) objects: usize,
    pub(super) findings: usize,
}

impl Figures {
    pub(super) fn add(&mut self, tally: Tally) {
        self.slowest = self.slowest.max(tally.slowest);
        for ((kind, end), n) in tally.ends {
            *self.ends.entry((kind, end)).or_default() += n;
        }
    }

    pub(super) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Takes what differs from the lake of a single backfill for lost or wrong.
    pub(super) fn compare(&mut self, differences: Vec<String>) {
        let n = differences.len();
        let ends_of = differences.into_iter().take(LINES);
        self.problems.extend(ends_of);
        if n > LINES {
            self.problem(format!("and {} objects more differ", n - LINES));
        }
    }

    /// Calls that were made.
    pub fn calls(&self) -> u64 {
        self.ends.values().sum()
    }

    /// Calls that were answered with `status`.
    pub fn answered(&self, status: u16) -> u64 {
        self.count(|end| *end == End::Answered(status))
    }

    fn count(&self, wanted: impl Fn(&End) -> bool) -> u64 {
        let found = self.ends.iter().filter(|((_, end), _)| wanted(end));
        found.map(|(_, n)| n).sum()
    }

    /// Everything that is not as it must be, one sentence each; empty when all is well.
    pub fn problems(&self) -> Vec<String> {
        let bad = self.ends.iter().filter_map(|((kind, end), n)| match end {
            End::Silent => Some(format!("{kind}: {n} calls had no answer")),
            End::Unexplained(words) => Some(format!("{kind}: {n} calls ended with {words}")),
            _ => None,
        });
        bad.chain(self.problems.iter().cloned()).collect()
    }

    fn ends_of(&self, kind: Kind) -> String {
        let of = self.ends.iter().filter(|((it, _), _)| *it == kind);
        let words = of.map(|((_, end), n)| match end {
            End::Answered(status) => format!("{n} × {status}"),
            End::HungUp => format!("{n} × hung up"),
            End::Killed => format!("{n} × killed meanwhile"),
            End::Silent => format!("{n} × no answer"),
            End::Unexplained(_) => format!("{n} × unexplained"),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| measure | result |\n|---|---|")?;
        writeln!(f, "| calls | {} |", self.calls())?;
        let mut kinds: Vec<Kind> = self.ends.keys().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        for kind in kinds {
            writeln!(f, "| {kind} | {} |", self.ends_of(kind))?;
        }
        if let Some((took, kind)) = self.slowest {
            let seconds = took.as_secs_f64();
            writeln!(f, "| slowest answer | {seconds:.1} s, {kind} |")?;
        }
        let runs = self.runs.iter().map(|(status, n)| format!("{n} {status}"));
        let runs = runs.collect::<Vec<_>>().join(", ");
        writeln!(f, "| runs left to the host | {runs} |")?;
        writeln!(f, "| requests at the vendor | {} |", self.vendor_requests)?;
        writeln!(f, "| faults of the store | {} |", self.store_faults)?;
        writeln!(f, "| kills survived | {} |", self.kills)?;
        writeln!(f, "| peak RSS | {} MB |", self.peak_rss_mb)?;
        let (before, after) = self.threads;
        writeln!(
            f,
            "| threads before, at most, after | {before}, {}, {after} |",
            self.peak_threads
        )?;
        let ms = self.ended_after.as_millis();
        writeln!(f, "| SIGTERM in a run to the end | {ms} ms |")?;
        writeln!(f, "| year files and records | {} |", self.objects)?;
        write!(f, "| findings of verify --deep | {} |", self.findings)?;
        for problem in self.problems() {
            write!(f, "\nWRONG: {problem}")?;
        }
        Ok(())
    }
}
