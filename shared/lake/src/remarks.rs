//! What runs said of a listing, remembered until it is settled: news on its first day, standing
//! afterwards. Pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::basis::RefusedRow;
use super::decisions::{Decisions, Resolution};
use super::merge::Merged;
use quantx_market::{Date, RefusedAction, SessionRange};

/// Remarks of one listing that are remembered: those of the newest dates. A listing with more is
/// looked at as a whole.
pub const MAX_REMARKS: usize = 500;

/// What a remark is about, and with it what settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A stored row or an event that looks wrong. It stands as long as the listing does.
    Suspect,
    /// A row that was refused: settled when its session has a row, or a person rejects it.
    RefusedRow,
    /// A refused row that contradicts a stored one, whose prices a decision would change: settled when
    /// the vendor no longer sends it, or a person rejects it.
    Contradiction,
    /// The vendor's own adjusted close is another one, up to this date: settled when both agree.
    AdjustedClose,
    /// An event that cannot be applied: settled when the vendor no longer sends it.
    RefusedEvent,
    /// A row with volume on a day that the calendar calls closed: settled when either changes.
    ClosedDay,
}

/// One thing that a run said of one date of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// What it is about.
    pub about: About,
    /// Stable name of the rule.
    pub rule: String,
    /// The session, or the event's ex-date.
    pub date: Date,
    /// The exchange's date of the run that said it first.
    pub since: Date,
    /// What was read and what was expected, for people.
    pub detail: String,
}

impl Remark {
    /// What is said on `since`.
    pub fn new(
        about: About,
        rule: impl Into<String>,
        date: Date,
        since: Date,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            about,
            rule: rule.into(),
            date,
            since,
            detail: detail.into(),
        }
    }

    /// Of a row that was refused.
    pub fn of_row(row: &RefusedRow, since: Date) -> Self {
        let about = if row.is_about_stored() {
            About::Contradiction
        } else {
            About::RefusedRow
        };
        Self::new(about, &row.rule, row.date, since, &row.reason)
    }

    /// Of an event that could not be applied.
    pub fn of_event(refused: &RefusedAction, since: Date) -> Self {
        let date = refused.action.ex_date;
        let reason = refused.reason.clone();
        Self::new(About::RefusedEvent, "refused_event", date, since, reason)
    }

    /// Whether somebody should look on `today`: it is new, or stored prices depend on a decision.
    pub fn needs_a_look(&self, today: Date) -> bool {
        self.since == today || self.about == About::Contradiction
    }

    /// Two runs that say this of one date say one thing, whatever their words.
    fn identity(&self) -> (Date, About, &str) {
        (self.date, self.about, &self.rule)
    }
}

/// What one fetch says of a listing, and what it can settle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    /// Of stored rows and of the answer as a whole.
    pub(super) remarks: &'a [Remark],
    /// Events that could not be applied.
    pub(super) refused_actions: &'a [RefusedAction],
    /// Refused rows, filled sessions, rejected ones.
    pub(super) merged: &'a Merged,
    /// What people decided.
    pub(super) decisions: &'a Decisions,
    /// Dates asked for.
    pub(super) window: SessionRange,
    /// The run's date in the exchange's time zone.
    pub(super) today: Date,
}

/// The remarks that stand after a fetch, ascending by date: what was remembered and is not settled,
/// with the day and the words of the first time, and what is said anew.
pub(super) fn next(before: &[Remark], said: Said<'_>) -> Vec<Remark> {
    let is_wanted = |remark: &&Remark| !said.merged.rejected.contains(&remark.date);
    let mut now: Vec<Remark> = said.remarks.iter().filter(is_wanted).cloned().collect();
    if said.merged.held.is_none() {
        // A fetch that was held back is told as a whole.
        let rows = said.merged.quarantine.iter();
        now.extend(rows.map(|row| Remark::of_row(row, said.today)));
    }
    let events = said.refused_actions.iter();
    now.extend(events.map(|refused| Remark::of_event(refused, said.today)));
    sort_unique(&mut now);

    let is_said = |remark: &Remark| {
        now.binary_search_by(|one| one.identity().cmp(&remark.identity()))
            .is_ok()
    };
    let rejected: BTreeSet<Date> = rejected(&said).collect();
    let stands = |remark: &&Remark| {
        is_said(remark) || !(rejected.contains(&remark.date) || is_settled(remark, &said))
    };
    let mut after: Vec<Remark> = before.iter().filter(stands).cloned().collect();
    after.extend(now);
    // Sorting is stable: of two alike the remembered one comes first and stays.
    sort_unique(&mut after);
    let surplus = after.len().saturating_sub(MAX_REMARKS);
    after.drain(..surplus);
    after
}

fn sort_unique(remarks: &mut Vec<Remark>) {
    remarks.sort_by(|one, other| one.identity().cmp(&other.identity()));
    remarks.dedup_by(|later, earlier| later.identity() == earlier.identity());
}

/// Dates whose refused row a person rejected.
fn rejected<'a>(said: &Said<'a>) -> impl Iterator<Item = Date> + use<'a> {
    let decisions = said.decisions.decisions.iter();
    let decided = decisions.filter(|decision| decision.resolution == Resolution::Rejected);
    let of_answer = said.merged.rejected.iter().copied();
    decided.map(|decision| decision.row.date).chain(of_answer)
}

/// Whether what was remembered no longer holds, where the fetch does not say it again.
fn is_settled(remark: &Remark, said: &Said<'_>) -> bool {
    let was_asked = said.window.contains(remark.date) && said.merged.held.is_none();
    match remark.about {
        About::Suspect => false,
        About::RefusedRow => said.merged.history.bars.get(remark.date).is_some(),
        About::Contradiction | About::AdjustedClose | About::RefusedEvent | About::ClosedDay => {
            was_asked
        }
    }
}

#[cfg(test)]
#[path = "remarks_tests.rs"]
mod tests;
