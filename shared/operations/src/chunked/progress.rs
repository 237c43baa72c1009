//! What callers see while a run lasts, its custom status. Part of the workflow: the same answers make
//! the same statuses.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::summary::RunSummary;
use quantx_durable::Failure;
use quantx_lake::RunId;
use quantx_report::Verdict;

/// A run is looked at again at least this long after a look, and the more seldom the longer it lasts.
const SOONEST_LOOK: Duration = Duration::from_secs(60);
/// An `eta` is at least this much later than the next look: it is renewed before it passes.
const LEAD: Duration = Duration::from_secs(30);
/// And at least this often.
const SELDOMEST_LOOK: Duration = Duration::from_secs(3_600);
/// Of a run's age, the wait until the next look.
const SHARE_OF_AGE: u32 = 4;
/// Reasons in a status; the output and the report have more.
const REASONS_SHOWN: usize = 5;

/// What a run is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The work list is being made.
    #[default]
    Planning,
    /// Chunks are under way.
    Chunks,
    /// Nothing is under way until [`Progress::waiting`] is over.
    Waiting,
    /// Manifest, tables and report are being made.
    Publishing,
    /// It has ended; [`Progress::verdict`] says how.
    Ended,
}

/// A pause before something is tried again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Waiting {
    /// When it is tried.
    pub until: Timestamp,
    /// Why it failed.
    pub because: String,
}

/// What callers see while the run lasts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What the run is doing.
    pub phase: Phase,
    /// The run, once it has a name.
    pub run: Option<RunId>,
    /// Chunks that had their turn.
    pub done: u32,
    /// All chunks.
    pub total: u32,
    /// Chunks that were given up.
    pub failed: u32,
    /// When the last chunk is expected to be done; unknown before the first. Never in the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Timestamp>,
    /// The pause that ends first, while nothing is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Why, when it did not end well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// How a chunk's turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Every listing was settled.
    Done,
    /// Patience ended.
    GivenUp,
}

/// What is known of a run, from which its [`Progress`] is made.
#[derive(Debug, Default)]
pub(super) struct Board {
    progress: Progress,
    started: Timestamp,
    next_look: Timestamp,
    /// Calls under way.
    working: usize,
    /// Pauses, by chunk; of planning and publishing under `None`.
    pauses: BTreeMap<Option<u32>, Waiting>,
}

impl Board {
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            started,
            next_look: started,
            ..Self::default()
        }
    }

    /// A phase begins.
    pub(super) fn enter(&mut self, phase: Phase) {
        self.progress.phase = phase;
        self.pauses.clear();
    }

    /// The work list is made.
    pub(super) fn planned(&mut self, run: RunId, chunks: u32) {
        self.progress.run = Some(run);
        self.progress.total = chunks;
    }

    /// A call begins, `who` no longer pauses.
    pub(super) fn begins(&mut self, who: Option<u32>) {
        self.pauses.remove(&who);
        self.working += 1;
    }

    /// A call has ended.
    pub(super) fn ends(&mut self) {
        self.working = self.working.saturating_sub(1);
    }

    /// `who` pauses.
    pub(super) fn pauses(&mut self, who: Option<u32>, until: Timestamp, because: String) {
        self.pauses.insert(who, Waiting { until, because });
    }

    /// A chunk had its turn.
    pub(super) fn had_its_turn(&mut self, chunk: u32, turn: Turn) {
        self.pauses.remove(&Some(chunk));
        self.progress.done += 1;
        self.progress.failed += u32::from(turn == Turn::GivenUp);
    }

    /// The run has ended.
    pub(super) fn ended(&mut self, outcome: &Result<RunSummary, Failure>) {
        self.enter(Phase::Ended);
        let (verdict, reasons) = match outcome {
            Ok(summary) => (summary.verdict, summary.reasons.clone()),
            Err(failure) => (Verdict::Red, vec![failure.to_string()]),
        };
        self.progress.verdict = Some(verdict);
        self.progress.reasons = reasons;
        self.progress.reasons.truncate(REASONS_SHOWN);
    }

    /// How long until the next look, which is counted from `now`.
    pub(super) fn next_look(&mut self, now: Timestamp) -> Duration {
        let age = now.duration_since(self.started);
        let age = Duration::try_from(age).unwrap_or_default();
        let wait = (age / SHARE_OF_AGE).clamp(SOONEST_LOOK, SELDOMEST_LOOK);
        self.next_look = later(now, wait);
        wait
    }

    /// What is to be shown as of `now`.
    pub(super) fn progress(&self, now: Timestamp) -> Progress {
        let mut shown = self.progress.clone();
        if shown.phase == Phase::Ended {
            return shown;
        }
        if self.working == 0
            && let Some(pause) = self.pauses.values().min()
        {
            shown.phase = Phase::Waiting;
            shown.waiting = Some(pause.clone());
        }
        if self.progress.phase == Phase::Chunks {
            let first_end = self.pauses.values().min().map(|pause| pause.until);
            let soonest = later(self.next_look.max(now), LEAD);
            shown.eta = eta(self.started, now, shown.done, shown.total)
                .map(|eta| eta.max(soonest).max(first_end.unwrap_or(eta)));
        }
        shown
    }
}

fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The rest will take as long per chunk as the ones so far.
fn eta(started: Timestamp, now: Timestamp, done: u32, total: u32) -> Option<Timestamp> {
    let seconds = now.as_second().saturating_sub(started.as_second());
    let rest = i64::from(total.saturating_sub(done));
    let rest = seconds.checked_mul(rest)?.checked_div(i64::from(done))?;
    Timestamp::from_second(now.as_second().checked_add(rest)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_pause_is_shown_while_nothing_is_under_way() {
        let mut board = Board::new(at(0));
        board.enter(Phase::Chunks);
        board.begins(Some(0));
        board.begins(Some(1));
        board.ends();
        board.pauses(Some(0), at(75), "Http: 500".to_owned());
        assert_eq!(board.progress(at(60)).phase, Phase::Chunks);
        board.ends();
        board.pauses(Some(1), at(70), "Http: 503".to_owned());
        let shown = board.progress(at(60));
        assert_eq!(shown.phase, Phase::Waiting);
        let waiting = shown.waiting.unwrap();
        assert_eq!(
            (waiting.until, waiting.because.as_str()),
            (at(70), "Http: 503")
        );
        board.begins(Some(1));
        assert_eq!(board.progress(at(70)).waiting, None);
    }

    #[test]
    fn an_eta_is_never_in_the_past_until_the_next_look() {
        let mut board = Board::new(at(0));
        board.planned(RunId::parse("backfill_20240501_060000").unwrap(), 10);
        board.enter(Phase::Chunks);
        assert_eq!(board.progress(at(0)).eta, None);
        let mut now = 0;
        for _ in 0..9 {
            board.had_its_turn(0, Turn::Done);
        }
        // The last chunk takes an hour.
        let mut looks = 0;
        while now < 3_600 {
            let wait = board.next_look(at(now));
            let shown = board.progress(at(now)).eta;
            now += i64::try_from(wait.as_secs()).unwrap();
            looks += 1;
            if let Some(eta) = shown {
                assert!(eta > at(now), "{eta} at {now}");
            }
        }
        assert!(looks < 20, "{looks} looks in an hour");
    }
}
