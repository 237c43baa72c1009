//! What must be fetched for one listing. Pure.
//!
//! Computed from calendar and commit record, never from "today minus 5": a missed timer, a crashed
//! run or a week of outage heal by themselves. Rule: docs/data-model.md.

use serde::{Deserialize, Serialize};

use quantx_calendar::Calendar;
use quantx_lake::gaps;
use quantx_lake::record::CommitRecord;
use quantx_lake::sources;
use quantx_market::{Date, SessionRange, TradingDate};

/// Every fetch overlaps at least this many stored sessions: fewer could not tell a split from a
/// correction.
pub const MIN_OVERLAP: usize = 5;

/// What a run wants of every listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Everything up to the last final session, looking back at least `lookback` sessions.
    Daily { lookback: usize },
    /// Everything from `start` to `end`, both inclusive.
    Backfill { start: Date, end: Date },
}

/// Rules of the settings that planning needs.
#[derive(Debug, Clone, Copy)]
pub struct PlanPolicy {
    /// Where the history of a new listing begins.
    pub backfill_start: Date,
    /// Whether a daily run backfills listings without history.
    pub backfill_new: bool,
    /// A hole asked for on this many days is excused.
    pub hole_asks: u32,
    /// Holes among this many last sessions are asked for again.
    pub hole_window: usize,
}

/// What to do for one listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Ask the vendor.
    Fetch(FetchPlan),
    /// Nothing to ask.
    Skip(SkipReason),
}

/// One question to the vendor and what may be stored of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FetchPlan {
    /// First date asked for. The question always reaches up to now.
    pub from: Date,
    /// Last date that may be stored, inclusive.
    pub until: Date,
    /// Sessions that are final by the calendar and not stored.
    pub due: usize,
}

/// Why nothing is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Everything asked for is stored, or was asked for often enough.
    Complete,
    /// No session of the range is over yet.
    NothingFinal,
    /// The listing has no history and backfills of new listings are off.
    NewListing,
}

impl SkipReason {
    /// Stable name for reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::NothingFinal => "nothing_final",
            Self::NewListing => "new_listing",
        }
    }

    /// For people.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Complete => "everything asked for is stored",
            Self::NothingFinal => "no session of the range is final yet",
            Self::NewListing => {
                "no history, and fetcher.backfill_new_symbols is off: backfill it first"
            }
        }
    }
}

impl FetchPlan {
    /// The dates whose rows may be stored.
    pub fn window(&self) -> SessionRange {
        SessionRange::inclusive(self.from, self.until)
    }
}

/// Decides what to ask for one listing. `last_final` is the newest session that is over, by the
/// calendar and the exchange's lag; `today` is the exchange's date.
pub fn plan(
    record: Option<&CommitRecord>,
    intent: Intent,
    policy: PlanPolicy,
    calendar: &Calendar,
    last_final: TradingDate,
    today: Date,
) -> Decision {
    let stored = record.and_then(|record| Some((record, record.last()?)));
    match (intent, stored) {
        (Intent::Daily { .. }, None) if !policy.backfill_new => {
            Decision::Skip(SkipReason::NewListing)
        }
        (Intent::Daily { .. }, None) => {
            new_history(policy.backfill_start, last_final.date(), calendar)
        }
        (Intent::Backfill { start, end }, None) => {
            new_history(start, end.min(last_final.date()), calendar)
        }
        (Intent::Daily { lookback }, Some((record, last))) => {
            let until = last_final.date().max(last);
            let newest = back(calendar, last_final.date(), lookback.max(1) - 1);
            let from = overlap_from(record, last, calendar).min(newest);
            let from =
                recheck(record, policy, calendar, last_final, today).map_or(from, |d| d.min(from));
            Decision::Fetch(FetchPlan {
                from: from.max(record.asked_from),
                until,
                due: due_after(last, until, calendar),
            })
        }
        (Intent::Backfill { start, end }, Some((record, last))) => {
            let until = end.min(last_final.date());
            extend(record, last, start, until, policy, calendar, today)
        }
    }
}

fn new_history(start: Date, until: Date, calendar: &Calendar) -> Decision {
    let due = calendar.count(SessionRange::inclusive(start, until));
    if due == 0 || start > until {
        return Decision::Skip(SkipReason::NothingFinal);
    }
    Decision::Fetch(FetchPlan {
        from: start,
        until,
        due,
    })
}

fn extend(
    record: &CommitRecord,
    last: Date,
    start: Date,
    until: Date,
    policy: PlanPolicy,
    calendar: &Calendar,
    today: Date,
) -> Decision {
    // Before its first trade there is nothing to ask for.
    let start = record.first_trade.map_or(start, |first| first.max(start));
    if start > until {
        return Decision::Skip(SkipReason::NothingFinal);
    }
    let before = calendar.count(SessionRange::new(start, record.asked_from.max(start)));
    let after = calendar.count(SessionRange::new(
        last.tomorrow().unwrap_or(last),
        until.tomorrow().unwrap_or(until),
    ));
    let hole = record
        .watch
        .holes
        .range(start..=until)
        .find(|(_, hole)| !hole.is_excused(policy.hole_asks) && hole.last_asked < today)
        .map(|(date, _)| *date);
    let unconverted = unconverted(record, calendar).find(|date| (start..=until).contains(date));
    let hole = hole.into_iter().chain(unconverted).min();
    // A rewrite that a writer announced and did not end is ended by the next commit, whatever it brings.
    // So is what waits for the first vendor's word.
    let provisional = sources::first_provisional(&record.sources);
    let settled = record.watch.rewriting.is_empty() && provisional.is_none();
    if before == 0 && after == 0 && hole.is_none() && settled {
        return Decision::Skip(SkipReason::Complete);
    }
    // One stretch without a gap: what lies between the question and the stored rows is asked too.
    let mut from = overlap_from(record, last, calendar);
    if before > 0 {
        from = from.min(start);
    }
    let pending = record.watch.pending.iter().map(|claim| claim.date());
    from = pending.chain(hole).fold(from, Date::min);
    let floor = if before > 0 { start } else { record.asked_from };
    Decision::Fetch(FetchPlan {
        from: from.max(floor),
        until: until.max(last),
        due: before + due_after(last, until, calendar),
    })
}

/// First date of a window with [`MIN_OVERLAP`] stored sessions, known holes not counted; the first
/// stored session where there are fewer. Rows that stand in for those of a vendor that was away are all asked
/// for again, and prove no overlap.
fn overlap_from(record: &CommitRecord, last: Date, calendar: &Calendar) -> Date {
    let first = record.first().unwrap_or(last);
    let provisional = sources::first_provisional(&record.sources);
    let last = match provisional.map(|first| first.yesterday().unwrap_or(first)) {
        Some(before) if before < first => return first,
        Some(before) => before.min(last),
        None => last,
    };
    let mut from = last;
    let mut stored = 0;
    let mut next = calendar.on_or_before(last);
    while let Some(session) = next.filter(|session| session.date() >= first) {
        from = session.date();
        // A halt of weeks is a row of holes: counting only those near the end would not do.
        if !record.watch.holes.contains_key(&from) {
            stored += 1;
        }
        if stored == MIN_OVERLAP {
            break;
        }
        next = calendar.back(session, 1);
    }
    from
}

fn recheck(
    record: &CommitRecord,
    policy: PlanPolicy,
    calendar: &Calendar,
    last_final: TradingDate,
    today: Date,
) -> Option<Date> {
    let window_start = back(calendar, last_final.date(), policy.hole_window.max(1) - 1);
    let hole = gaps::recheck_from(record, window_start, policy.hole_asks, today);
    let unconverted = unconverted(record, calendar).find(|date| *date >= window_start);
    hole.into_iter().chain(unconverted).min()
}

/// The sessions before payments that wait for a rate, ascending: what brings them again may have one, and what the
/// vendor's adjusted close took off for them shows at that session.
fn unconverted<'a>(
    record: &'a CommitRecord,
    calendar: &'a Calendar,
) -> impl Iterator<Item = Date> + 'a {
    let waiting = record.judged.iter().filter(|event| event.waits_for_rate());
    waiting.map(|event| {
        let ex_date = event.vendor.ex_date;
        back(calendar, ex_date.yesterday().unwrap_or(ex_date), 0)
    })
}

/// `n` sessions before the newest one on or before `date`; the date itself at the calendar's edge.
fn back(calendar: &Calendar, date: Date, n: usize) -> Date {
    calendar
        .on_or_before(date)
        .and_then(|session| calendar.back(session, n))
        .map_or(date, TradingDate::date)
}

/// Sessions after `last` up to `until` that are surely due.
fn due_after(last: Date, until: Date, calendar: &Calendar) -> usize {
    calendar.due_after(last, until)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
