//! What the next run must look at again, after a fetch was merged. Pure.

use std::collections::BTreeSet;

use super::input::{Base, RevisionContext};
use crate::basis::Fetched;
use crate::decisions::{Decisions, Resolution};
use crate::gaps;
use crate::merge::Merged;
use crate::quarantine;
use crate::record::{CommitRecord, HoleRow, Watch};
use quantx_market::{Date, SessionRange, TradingDate};

/// Sessions of the window without a row.
#[derive(Debug, Default)]
pub(super) struct Absent {
    /// Of these it is known that they are sessions.
    pub(super) holes: Vec<TradingDate>,
    /// These may be holidays that an approximate calendar does not know.
    pub(super) unsure: Vec<TradingDate>,
}

/// Sessions of the window, from the listing's first day on, that have no row now.
pub(super) fn absent_sessions(
    base: &Base,
    fetched: &Fetched,
    merged: &Merged,
    first_year: Option<&i16>,
    context: RevisionContext<'_>,
) -> Absent {
    if first_year.is_none() {
        return Absent::default();
    }
    let history = &merged.history;
    let stored_first = base.record.as_ref().and_then(CommitRecord::first);
    let first_bar = history.bars.first().map(|bar| bar.date.date());
    let listed = context
        .first_trade
        .or_else(|| stored_first.into_iter().chain(first_bar).min());
    let from = listed.map_or(context.window.start(), |first| {
        first.max(context.window.start())
    });
    let range = SessionRange::new(from, context.window.end());
    let mut absent = gaps::absent(&history.bars, range, context.calendar);
    absent.retain(|session| !fetched.live_sessions.contains(session));
    let is_approximate = |session: &TradingDate| context.calendar.is_approximate_on(session.date());
    if !absent.iter().any(is_approximate) {
        return Absent {
            holes: absent,
            unsure: Vec::new(),
        };
    }
    // It expects rows on holidays, whose absence is no hole. A row of the vendor tells that the day was none, and
    // a hole that was noted before that something else did.
    let noted = base.record.iter().flat_map(|record| &record.watch.holes);
    let proven: BTreeSet<Date> = merged
        .quarantine
        .iter()
        .map(|row| row.date)
        .chain(merged.rejected.iter().copied())
        .chain(noted.map(|(date, _)| *date))
        .collect();
    let long = gaps::longer_than_a_closure(&absent, context.calendar);
    let (unsure, holes) = absent.into_iter().partition(|session| {
        is_approximate(session) && !proven.contains(&session.date()) && !long.contains(session)
    });
    Absent { holes, unsure }
}

/// The working memory after a fetch.
pub(super) fn next_watch(
    before: Option<&Watch>,
    merged: &Merged,
    absent: &[TradingDate],
    context: RevisionContext<'_>,
) -> Watch {
    let mut watch = before.cloned().unwrap_or_default();
    if merged.held.is_none() {
        // A fetch that was held back had rows: that they may not be stored excuses nothing.
        gaps::note_holes(&mut watch, context.window, absent, context.today);
    }
    let is_filled = |date: &Date| merged.history.bars.get(*date).is_some();
    let refused = merged.quarantine.iter().map(|row| row.date);
    let refused = refused.filter(|date| !is_filled(date));
    gaps::note_rows(&mut watch, refused, HoleRow::Refused, context.today);
    let mut rejected: BTreeSet<Date> = merged.rejected.iter().copied().collect();
    rejected.extend(dismissed(&watch, merged, context.decisions));
    gaps::note_rows(&mut watch, rejected, HoleRow::Rejected, context.today);
    let testimony = context.answered.and_then(|answered| answered.testimony);
    let halted = testimony
        .into_iter()
        .flat_map(|testimony| &testimony.halted);
    // Only of sessions that were asked for in vain.
    let halted = halted.filter(|date| watch.holes.get(date).is_some_and(|hole| hole.row.is_none()));
    let halted: Vec<Date> = halted.copied().collect();
    gaps::note_rows(&mut watch, halted, HoleRow::Halted, context.today);
    // A released row fills a hole that nobody asked for again.
    watch.holes.retain(|date, _| !is_filled(date));
    watch.pending.clone_from(&merged.pending);
    watch.decided |= !context.decisions.is_empty();
    if !context.window.is_empty() {
        watch.quarantined = quarantine::rows_hash(&merged.quarantine);
    }
    watch
}

/// Sessions whose refused row a person rejected, and the vendor sends no more.
fn dismissed(watch: &Watch, merged: &Merged, decisions: &Decisions) -> Vec<Date> {
    let refused: BTreeSet<Date> = merged.quarantine.iter().map(|row| row.date).collect();
    let is_refused = |date: Date| {
        let hole = watch.holes.get(&date);
        hole.is_some_and(|hole| hole.row == Some(HoleRow::Refused)) && !refused.contains(&date)
    };
    let rejected = decisions.decisions.iter();
    let rejected = rejected.filter(|decision| decision.resolution == Resolution::Rejected);
    let dates = rejected.map(|decision| decision.row.date);
    dates.filter(|date| is_refused(*date)).collect()
}
