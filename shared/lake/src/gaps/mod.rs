//! What should be there and is not. Pure.
//!
//! An expected cell is a session of the exchange while the listing was listed and asked for. Each
//! is present, excused (the vendor was asked often enough, the calendar does not know holidays, or a
//! person rejected its row) or missing. A session whose row is in quarantine is missing.
//!
//! What an approximate calendar takes for a session may be a holiday, and is no hole. It is one all the same
//! when the vendor's row was refused, when more sessions in a row lack one than the exchange ever closes for, or
//! when its other listings traded: who finds that out notes a hole ([`note_holes`], [`accuse`]), so a hole on
//! an approximate date is a session that is proven.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::record::{CommitRecord, Hole, HoleRow, Watch};
use quantx_calendar::Calendar;
use quantx_market::{BarSeries, Date, SessionRange, TradingDate};

/// Expected cells of one listing, or of many added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Sessions on which a row is expected.
    pub expected: usize,
    /// Of these, with a row.
    pub present: usize,
    /// Of these, without a row for a known reason.
    pub excused: usize,
    /// Of these, without a row and without a reason.
    pub missing: usize,
}

impl std::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.expected += other.expected;
        self.present += other.present;
        self.excused += other.excused;
        self.missing += other.missing;
    }
}

/// Sessions of `range` without a bar.
pub fn absent(bars: &BarSeries, range: SessionRange, calendar: &Calendar) -> Vec<TradingDate> {
    // Both ascend: one walk instead of a search for each session of decades.
    let mut bars = bars.bars().iter().map(|bar| bar.date).peekable();
    let is_absent = |session: &TradingDate| {
        while bars.next_if(|date| date < session).is_some() {}
        bars.peek() != Some(session)
    };
    calendar.sessions(range).filter(is_absent).collect()
}

/// Counts the cells of `range`.
///
/// `expected` comes from the calendar, `rows` are the stored rows inside `range` and on sessions.
pub fn coverage(
    range: SessionRange,
    rows: usize,
    watch: &Watch,
    hole_asks: u32,
    calendar: &Calendar,
) -> Coverage {
    let expected = calendar.count(range);
    let present = rows.min(expected);
    let absent = expected - present;
    let unsure = calendar.count_approximate(range);
    let holes = watch.holes.iter();
    let holes = holes.filter(|(date, _)| range.contains(**date));
    let (settled, open): (Vec<_>, Vec<_>) = holes.partition(|(_, hole)| hole.is_excused(hole_asks));
    let excused = if unsure == 0 {
        settled.len().min(absent)
    } else {
        // An approximate calendar expects rows on holidays: their absence accuses nobody. A hole is a session
        // that is proven.
        (settled.len() + unsure).min(absent.saturating_sub(open.len()))
    };
    Coverage {
        expected,
        present,
        excused,
        missing: absent - excused,
    }
}

/// Of `absent` sessions, ascending, those of stretches of more sessions in a row than the exchange ever closes
/// for: no holiday is so long.
pub fn longer_than_a_closure(absent: &[TradingDate], calendar: &Calendar) -> BTreeSet<TradingDate> {
    let after = |session: &TradingDate| calendar.on_or_after(session.date().tomorrow().ok()?);
    let stretches = absent.chunk_by(|one, next| after(one) == Some(*next));
    let long = stretches.filter(|stretch| stretch.len() > calendar.longest_closure());
    long.flatten().copied().collect()
}

/// Notes that the vendor was asked on `today` for these sessions of an approximate calendar, which others of the
/// exchange prove, and had no row. Those noted before are left as they are. Says how many are new.
pub fn accuse(watch: &mut Watch, sessions: impl IntoIterator<Item = Date>, today: Date) -> usize {
    let before = watch.holes.len();
    for session in sessions {
        watch.holes.entry(session).or_insert(Hole {
            asks: 1,
            last_asked: today,
            row: None,
        });
    }
    watch.holes.len() - before
}

/// Notes that `absent` sessions were asked for on `today` and answered without a usable row.
///
/// Holes inside `asked` that are no longer absent disappear; asking twice on one day counts once.
pub fn note_holes(watch: &mut Watch, asked: SessionRange, absent: &[TradingDate], today: Date) {
    let still = |date: &Date| {
        absent
            .binary_search_by_key(date, |session| session.date())
            .is_ok()
    };
    watch
        .holes
        .retain(|date, _| !asked.contains(*date) || still(date));
    for session in absent {
        let hole = watch.holes.entry(session.date()).or_insert(Hole {
            asks: 0,
            last_asked: Date::MIN,
            row: None,
        });
        if hole.last_asked < today {
            hole.asks += 1;
            hole.last_asked = today;
        }
    }
}

/// Notes that the rows of these sessions were refused or rejected. Sessions without a hole get one
/// that nobody asked for in vain.
///
/// A refused row stays refused until the session has a row or a person decides: that the vendor
/// stops sending it makes it no holiday.
pub fn note_rows(
    watch: &mut Watch,
    dates: impl IntoIterator<Item = Date>,
    row: HoleRow,
    today: Date,
) {
    for date in dates {
        let hole = watch.holes.entry(date).or_insert(Hole {
            asks: 0,
            last_asked: today,
            row: None,
        });
        hole.row = Some(row);
    }
}

/// The earliest date that the next fetch must look at again because of what is watched: claims
/// that need a second fetch, and holes that were not asked for often enough. Those of the last
/// sessions are asked for with each fetch, older ones after 1, 2, 4, ... days.
pub fn recheck_from(
    record: &CommitRecord,
    hole_window_start: Date,
    hole_asks: u32,
    today: Date,
) -> Option<Date> {
    let is_due = |(date, hole): &(&Date, &Hole)| {
        let is_recent = **date >= hole_window_start;
        !hole.is_excused(hole_asks) && (is_recent || is_due_again(hole, today))
    };
    let mut holes = record.watch.holes.iter();
    let holes = holes.find(is_due).map(|(date, _)| *date);
    let pending = record.watch.pending.iter().map(|claim| claim.date()).min();
    holes.into_iter().chain(pending).min()
}

/// Whether a hole of long ago is asked for again: the pause doubles with each question.
fn is_due_again(hole: &Hole, today: Date) -> bool {
    let pause = jiff::Span::new().try_days(1_i64 << hole.asks.saturating_sub(1).min(12));
    let next = pause.and_then(|pause| hole.last_asked.checked_add(pause));
    next.is_ok_and(|next| next <= today)
}

/// Holes that were asked for the first time on `today`: news, where the others are known.
pub fn new_holes(watch: &Watch, today: Date) -> usize {
    watch
        .holes
        .values()
        .filter(|hole| hole.is_new(today))
        .count()
}

#[cfg(test)]
mod tests;
