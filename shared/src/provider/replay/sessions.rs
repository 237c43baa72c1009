//! When an exchange of a replayed market was open. The one place that asks the calendar.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::venue::VenueFacts;

/// One session; stamps are UTC seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Date in the exchange's time zone.
    pub date: Date,
    /// The regular open, which is also the stamp of the session's bar.
    pub open: i64,
    /// The scheduled close.
    pub close: i64,
}

/// The sessions of one exchange, ascending.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Vec<Session>);

impl Sessions {
    /// The sessions that the calendar has from `first` to `last`, both inclusive.
    pub(super) fn of_calendar(facts: &VenueFacts, zone: &TimeZone, first: Date, last: Date) -> Self {
        let weekdays = first.series(jiff::Span::new().days(1)).take_while(|date| *date <= last);
        Self::on_dates(
            facts,
            zone,
            weekdays.filter(|date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)),
        )
    }

    /// Sessions on the dates of a recorded history, at the calendar's hours where it has the date.
    pub(super) fn on_dates(
        facts: &VenueFacts,
        zone: &TimeZone,
        dates: impl IntoIterator<Item = Date>,
    ) -> Self {
        let mut sessions: Vec<Session> = dates
            .into_iter()
            .filter_map(|date| {
                Some(Session {
                    date,
                    open: facts.stamp(zone, date, facts.open)?,
                    close: facts.stamp(zone, date, facts.close)?,
                })
            })
            .collect();
        sessions.sort_by_key(|session| session.date);
        sessions.dedup_by_key(|session| session.date);
        Self(sessions)
    }

    /// The session at `index`.
    pub fn get(&self, index: usize) -> Option<&Session> {
        self.0.get(index)
    }

    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ascending by date.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Session> + DoubleEndedIterator {
        self.0.iter()
    }

    /// Index of the session on `date`.
    pub fn index_of(&self, date: Date) -> Option<usize> {
        self.0.binary_search_by_key(&date, |session| session.date).ok()
    }

    /// Number of sessions before `date`: the index of the first session on or after it.
    pub fn before(&self, date: Date) -> usize {
        self.0.partition_point(|session| session.date < date)
    }

    /// Number of sessions whose open is at or before `stamp`.
    pub fn opened_by(&self, stamp: i64) -> usize {
        self.0.partition_point(|session| session.open <= stamp)
    }

    /// Number of sessions whose open is before `stamp`.
    pub fn opened_before(&self, stamp: i64) -> usize {
        self.0.partition_point(|session| session.open < stamp)
    }
}
