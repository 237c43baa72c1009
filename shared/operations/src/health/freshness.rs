//! How many listings of each exchange have the sessions that are due. From the manifest alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use quantx_calendar::Calendar;
use quantx_lake::manifest::Manifest;
use quantx_market::{Date, Listing, SessionRange};
use quantx_settings::Settings;

/// Sessions that a listing may be behind: the last one is stored by the next run.
pub(super) const SESSIONS_BEHIND: usize = 2;

/// How fresh an exchange is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// Listings that should be there.
    pub listings: usize,
    /// Those of them that have the session that was due at the last run.
    pub current: usize,
    /// The newest stored session.
    pub last: Option<Date>,
    /// Final sessions that are newer than that.
    pub sessions_behind: usize,
    /// Listings that are more than two final sessions behind, or have no row at all.
    pub stale: usize,
}

impl Freshness {
    /// Share of the listings that have the session that was due, 0 to 1; of none it is 1.
    pub fn share(&self) -> f64 {
        if self.listings == 0 {
            return 1.0;
        }
        self.current as f64 / self.listings as f64
    }
}

/// When the sessions of an exchange are looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    /// When the last run began: what was final then should be stored.
    pub(crate) last_run: Timestamp,
    /// Now.
    pub(crate) now: Timestamp,
}

/// By exchange. `wanted` is the work list that the timer keeps up to date, whose listings count
/// whether the manifest has them or not; without one, all of the manifest count.
pub(crate) fn freshness(
    settings: &Settings,
    manifest: &Manifest,
    wanted: Option<&[Listing]>,
    moments: Moments,
) -> BTreeMap<String, Freshness> {
    let mut last_dates: BTreeMap<(&str, &str), Option<Date>> = BTreeMap::new();
    for row in manifest.rows() {
        last_dates.insert((&row.exchange, &row.ticker), row.last_date);
    }
    let wanted: Option<BTreeSet<(&str, &str)>> = wanted.map(|listings| {
        let listings = listings.iter();
        listings
            .map(|it| (it.exchange().as_str(), it.symbol().as_str()))
            .collect()
    });
    let listings = match &wanted {
        Some(wanted) => wanted.clone(),
        None => last_dates.keys().copied().collect(),
    };
    let last_of = |exchange, symbol| last_dates.get(&(exchange, symbol)).copied().flatten();
    let mut newest: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for (exchange, symbol) in &listings {
        let known = newest
            .entry(settings.market_of(exchange, symbol))
            .or_default();
        known.extend(last_of(exchange, symbol));
    }
    let mut by_exchange: BTreeMap<String, Freshness> = BTreeMap::new();
    let mut due: BTreeMap<String, Option<Due>> = BTreeMap::new();
    for (exchange, symbol) in listings {
        let last = last_of(exchange, symbol);
        let due = due
            .entry(settings.market_of(exchange, symbol))
            .or_insert_with_key(|market| {
                let stored = newest.remove(market).unwrap_or_default();
                Due::of(settings, market, moments, reached_by_half(stored))
            });
        let entry = by_exchange.entry(exchange.to_owned()).or_insert(Freshness {
            listings: 0,
            current: 0,
            last: None,
            sessions_behind: usize::MAX,
            stale: 0,
        });
        let behind = due.as_ref().map_or(0, |due| due.behind(last));
        let is_current = due.as_ref().is_none_or(|due| due.is_current(last));
        entry.listings += 1;
        entry.current += usize::from(is_current);
        entry.last = entry.last.max(last);
        entry.sessions_behind = entry.sessions_behind.min(behind);
        entry.stale += usize::from(behind > SESSIONS_BEHIND);
    }
    by_exchange
}

/// The newest date that at least half of the listings have reached: the exchange was open. One row alone may be a
/// vendor's slip.
pub(crate) fn reached_by_half(mut last: Vec<Date>) -> Option<Date> {
    last.sort_unstable();
    last.get(last.len() / 2).copied()
}

/// The sessions of one exchange that are due.
struct Due {
    calendar: Calendar,
    traded: Option<Date>,
    at_last_run: Option<Date>,
    now: Option<Date>,
}

impl Due {
    /// `None` for a market that the settings or the calendars do not know.
    fn of(
        settings: &Settings,
        market: &str,
        moments: Moments,
        traded: Option<Date>,
    ) -> Option<Self> {
        let (exchange, calendar) = settings.market(market)?;
        let at = |moment| {
            let session = calendar.last_closed_session(moment, exchange.lag);
            session.map(|session| session.date())
        };
        let (at_last_run, now) = (at(moments.last_run), at(moments.now));
        Some(Self {
            calendar,
            traded,
            at_last_run,
            now,
        })
    }

    /// Final sessions after `last` that are surely due.
    fn behind(&self, last: Option<Date>) -> usize {
        self.due_after(last, self.now)
    }

    /// Whether `last` is the session that was due at the last run, or what is between them may all be a holiday
    /// that the calendar does not know.
    fn is_current(&self, last: Option<Date>) -> bool {
        self.due_after(last, self.at_last_run) == 0
    }

    fn due_after(&self, last: Option<Date>, newest: Option<Date>) -> usize {
        let Some(newest) = newest else { return 0 };
        match last {
            Some(last) => self.calendar.due_after_trading(last, newest, self.traded),
            None => self
                .calendar
                .count(SessionRange::inclusive(Date::MIN, newest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn half_of_an_exchange_tells_that_it_was_open_and_one_row_of_many_does_not() {
        let day = |day| date(2028, 6, day);
        for (last, expect) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![7, 9], Some(9)),
            (vec![9, 7, 7], Some(7)),
            (vec![9, 9, 7], Some(9)),
            (vec![7, 7, 9, 9], Some(9)),
            (vec![7, 7, 7, 9], Some(7)),
        ] {
            let dates = last.iter().map(|n| day(*n)).collect();
            assert_eq!(reached_by_half(dates), expect.map(day), "{last:?}");
        }
    }
}
