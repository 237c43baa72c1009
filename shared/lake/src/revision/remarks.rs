//! The remarks that stand after a fetch.

use std::collections::BTreeSet;

use crate::decisions::{Decisions, Resolution};
use crate::merge::Merged;
use crate::remarks::{About, MAX_REMARKS, Remark};
use quantx_market::{Date, RefusedAction, SessionRange};

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
        // A fetch that was held back is reported as a whole.
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
