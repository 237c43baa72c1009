//! Sessions that a whole market lacks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CoverageFindings;
use super::listing::dates;
use quantx_lake::coverage::Absence;
use quantx_market::Date;

/// Fewer listings are no market: two of three lack a session by chance.
const SMALLEST_MARKET: usize = 4;

/// A session that more than the outage share of an exchange's listings lack; all sessions that were
/// not fetched yet are one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageEvent {
    /// The lake's exchange code.
    pub exchange: String,
    /// The session, or the first of them.
    pub date: Date,
    /// The last session, inclusive.
    pub last: Date,
    /// How many.
    pub sessions: usize,
    /// What it looks like.
    pub kind: EventKind,
    /// Listings without a row; of several sessions, of the one that most lack.
    pub lacking: usize,
    /// Of these, those without an excuse.
    pub missing: usize,
    /// Listings expected to have one.
    pub listings: usize,
}

/// What a session that a market lacks looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// No listing has it or a later one: no run has brought it yet.
    NotFetched,
    /// The vendor lost it, or the calendar is wrong about it.
    Outage,
    /// The calendar is approximate there and does not know the holiday.
    Holiday,
}

impl EventKind {
    /// For people.
    pub fn reading(self) -> &'static str {
        match self {
            Self::NotFetched => "no listing has it or a later session: not fetched yet",
            Self::Outage => "vendor outage, or the calendar is wrong about this session",
            Self::Holiday => "most likely a holiday that the approximate calendar does not know",
        }
    }
}

/// One exchange's listings: on which dates they are expected, and what they lack.
#[derive(Debug, Default)]
struct Market {
    starts: Vec<Date>,
    ends: Vec<Date>,
    newest: Option<Date>,
    lacking: BTreeMap<Date, Lacking>,
}

#[derive(Debug, Default)]
struct Lacking {
    all: usize,
    missing: usize,
    holidays: usize,
}

pub(super) fn market_events(findings: &CoverageFindings) -> Vec<CoverageEvent> {
    let mut markets: BTreeMap<&str, Market> = BTreeMap::new();
    for found in &findings.listings {
        let Some(survey) = &found.survey else {
            continue;
        };
        let market = markets.entry(found.exchange.as_str()).or_default();
        market.starts.push(survey.range.start());
        market.ends.push(survey.range.end());
        market.newest = market.newest.max(found.stored.map(|(_, last)| last));
        for session in &survey.absent {
            let lacking = market.lacking.entry(session.date).or_default();
            lacking.all += 1;
            lacking.missing += usize::from(!session.absence.is_excused());
            lacking.holidays += usize::from(session.absence == Absence::ApproximateCalendar);
        }
    }
    let mut events = Vec::new();
    for (exchange, mut market) in markets {
        market.starts.sort_unstable();
        market.ends.sort_unstable();
        for (date, lacking) in &market.lacking {
            let listings = market.expecting(*date);
            let is_event = listings >= SMALLEST_MARKET
                && lacking.all as f64 > findings.outage_share * listings as f64;
            if is_event {
                events.push(CoverageEvent {
                    exchange: exchange.to_owned(),
                    date: *date,
                    last: *date,
                    sessions: 1,
                    kind: market.kind(*date, lacking),
                    lacking: lacking.all,
                    missing: lacking.missing,
                    listings,
                });
            }
        }
    }
    events
}

/// Joins the sessions of each exchange that were not fetched yet: those later than every stored one,
/// so no other session lies between them.
pub(super) fn joined(events: Vec<CoverageEvent>) -> Vec<CoverageEvent> {
    let mut joined: Vec<CoverageEvent> = Vec::new();
    for event in events {
        let open = joined.last_mut().filter(|before| {
            before.exchange == event.exchange
                && (before.kind, event.kind) == (EventKind::NotFetched, EventKind::NotFetched)
        });
        match open {
            Some(before) => {
                before.last = event.last;
                before.sessions += event.sessions;
                before.lacking = before.lacking.max(event.lacking);
                before.missing = before.missing.max(event.missing);
                before.listings = before.listings.max(event.listings);
            }
            None => joined.push(event),
        }
    }
    joined
}

impl CoverageEvent {
    /// `2024-05-03 to 2024-05-07 (3)`, or the one date.
    pub fn dates(&self) -> String {
        dates(self.date, self.last, self.sessions)
    }
}

impl Market {
    /// How many listings are expected to have `date`.
    fn expecting(&self, date: Date) -> usize {
        let begun = self.starts.partition_point(|start| *start <= date);
        let ended = self.ends.partition_point(|end| *end <= date);
        begun - ended
    }

    fn kind(&self, date: Date, lacking: &Lacking) -> EventKind {
        if self.newest.is_some_and(|newest| date > newest) {
            EventKind::NotFetched
        } else if 2 * lacking.holidays > lacking.all {
            EventKind::Holiday
        } else {
            EventKind::Outage
        }
    }
}
