//! When an exchange of a replayed market was open. Asked of the calendar, or of the dates of a history.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::venue::VenueFacts;
use quantx_calendar::Calendar;
use quantx_market::{SessionRange, TradingDate};

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
    /// The sessions that the calendar has from `first` to `last`, both inclusive; `None` if no
    /// calendar is known.
    pub(super) fn of_calendar(facts: &VenueFacts, first: Date, last: Date) -> Option<Self> {
        let calendar = facts.calendar()?;
        let sessions = calendar.sessions(SessionRange::inclusive(first, last));
        Some(Self(
            sessions
                .map(|session| scheduled(&calendar, session))
                .collect(),
        ))
    }

    /// Sessions on the dates of a history, which decide; the calendar only tells half days.
    pub(super) fn on_dates(
        facts: &VenueFacts,
        zone: &TimeZone,
        dates: impl IntoIterator<Item = Date>,
    ) -> Self {
        let calendar = facts.calendar();
        let dates: BTreeSet<Date> = dates.into_iter().collect();
        let session = |date: Date| {
            let known = calendar.as_ref().and_then(|calendar| {
                calendar
                    .session(date)
                    .map(|session| scheduled(calendar, session))
            });
            known.or_else(|| {
                Some(Session {
                    date,
                    open: facts.stamp(zone, date, facts.open)?,
                    close: facts.stamp(zone, date, facts.close)?,
                })
            })
        };
        Self(dates.into_iter().filter_map(session).collect())
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
        self.0
            .binary_search_by_key(&date, |session| session.date)
            .ok()
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

fn scheduled(calendar: &Calendar, session: TradingDate) -> Session {
    Session {
        date: session.date(),
        open: calendar.open(session).as_second(),
        close: calendar.close(session).as_second(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::venue::{TOKYO, UNITED_STATES, Venue};
    use super::*;
    use jiff::civil::date;

    #[test]
    fn half_days_and_longer_hours_come_from_the_calendar() {
        let length = |facts, day: Date| {
            let sessions = Sessions::of_calendar(facts, day, day).unwrap();
            sessions
                .get(0)
                .map(|session| (session.close - session.open) / 60)
        };
        assert_eq!(length(&UNITED_STATES, date(2024, 11, 29)), Some(210));
        assert_eq!(length(&UNITED_STATES, date(2024, 11, 28)), None);
        assert_eq!(length(&TOKYO, date(2024, 11, 1)), Some(360));
        assert_eq!(length(&TOKYO, date(2024, 11, 5)), Some(390));
    }

    #[test]
    fn the_dates_of_a_history_are_sessions_whatever_the_calendar_says() {
        let zone = Venue::zone_of(&UNITED_STATES);
        let dates = [date(2024, 12, 25), date(2024, 12, 24), date(2024, 12, 25)];
        let sessions = Sessions::on_dates(&UNITED_STATES, &zone, dates);
        assert_eq!(sessions.len(), 2);
        // 13:00 on Christmas Eve, 16:00 on what no calendar knows.
        let closes: Vec<i64> = sessions.iter().map(|session| session.close).collect();
        assert_eq!(closes, [1_735_063_200, 1_735_160_400]);
    }
}
