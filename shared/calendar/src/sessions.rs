use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::rules::{MARKETS, N_MARKETS};
use super::table::{FIRST_DATE, LAST_DATE, Table};
use crate::{CalendarError, DayException, Exceptions};
use quantx_market::{Date, SessionRange, TradingDate};

/// Built on first use: a run asks for one or two exchanges of many.
static TABLES: [OnceLock<Option<Arc<Table>>>; N_MARKETS] = [const { OnceLock::new() }; N_MARKETS];

/// The sessions of one exchange. Cheap to clone: all calendars of an exchange share one table.
#[derive(Clone)]
pub struct Calendar {
    table: Arc<Table>,
}

/// The names that [`Calendar::of`] knows: MICs, and `24x5` (dated in London) and `24x7` (in UTC) for what trades around
/// the clock.
pub fn known_calendars() -> impl Iterator<Item = &'static str> {
    MARKETS.iter().map(|market| market.mic)
}

/// IANA name of the zone of a known calendar; `None` for an unknown name.
pub fn time_zone_of(name: &str) -> Option<&'static str> {
    let market = MARKETS.iter().find(|market| market.mic == name);
    market.map(|market| market.time_zone)
}

impl Calendar {
    /// The calendar of an exchange by its ISO 10383 market identifier, or `24x5` (currencies) or `24x7`
    /// (crypto); `None` if unknown. A calendar of one's own is made by
    /// [`CustomCalendar`](crate::CustomCalendar).
    pub fn of(name: &str) -> Option<Self> {
        let known = MARKETS.iter().position(|market| market.mic == name)?;
        let table = TABLES[known].get_or_init(|| Table::of(&MARKETS[known]).map(Arc::new));
        table.clone().map(|table| Self { table })
    }

    pub(super) fn made_of(table: Table) -> Self {
        Self {
            table: Arc::new(table),
        }
    }

    /// The exchange's ISO 10383 market identifier, or the name of a calendar of one's own.
    pub fn mic(&self) -> &str {
        self.table.name()
    }

    /// First date any calendar answers for.
    pub fn first_date() -> Date {
        FIRST_DATE
    }

    /// Last date any calendar answers for; later dates have no session.
    pub fn last_date() -> Date {
        LAST_DATE
    }

    /// Whether nothing of this calendar is confirmed: its holidays are not known at all.
    pub fn is_approximate(&self) -> bool {
        self.table.exact().is_none()
    }

    /// Whether the answer for `date` may be wrong: the holidays of that date are not known, or not
    /// confirmed, or not proclaimed yet, sources disagree, or no calendar covers it.
    pub fn is_approximate_on(&self, date: Date) -> bool {
        !self.table.is_exact_on(date)
    }

    /// The dates whose holidays are confirmed, but for single days on which sources disagree; `None` if none
    /// are.
    pub fn confirmed(&self) -> Option<SessionRange> {
        let exact = self.table.exact();
        exact.map(|(from, to)| SessionRange::inclusive(from, to))
    }

    /// The session on `date`, if there is one.
    #[inline]
    pub fn session(&self, date: Date) -> Option<TradingDate> {
        let (from, to) = (self.table.rank(date), self.table.rank_after(date));
        self.table.sessions()[from..to].first().copied()
    }

    /// Ascending sessions in `range`, clamped to the years the calendar covers.
    #[inline]
    pub fn sessions(&self, range: SessionRange) -> impl Iterator<Item = TradingDate> + '_ {
        let (from, to) = (self.table.rank(range.start()), self.table.rank(range.end()));
        self.table.sessions()[from..to].iter().copied()
    }

    /// How many sessions [`sessions`](Self::sessions) gives.
    pub fn count(&self, range: SessionRange) -> usize {
        self.table.rank(range.end()) - self.table.rank(range.start())
    }

    /// How many sessions of `range` are on dates for which the answer may be wrong.
    pub fn count_approximate(&self, range: SessionRange) -> usize {
        let Some(exact) = self.confirmed() else {
            return self.count(range);
        };
        let first = range.start().max(exact.start());
        let inside = SessionRange::new(first, range.end().min(exact.end()));
        let unknown = self.table.unknown().iter();
        let unknown = unknown.filter(|day| inside.contains(**day) && self.session(**day).is_some());
        let named = self.table.named().iter().filter(|day| {
            range.contains(**day) && !inside.contains(**day) && self.session(**day).is_some()
        });
        self.count(range) - self.count(inside) + unknown.count() - named.count()
    }

    /// The most days of its week in a row that the exchange is regularly closed for, of its own confirmed
    /// years: so many sessions of an approximate calendar may be one holiday.
    pub fn longest_closure(&self) -> usize {
        self.table.longest_closure()
    }

    /// How many sessions after `last` and up to `until` are surely due. As many approximate ones as the
    /// exchange's longest closure has may all be a holiday: that is no delay.
    pub fn due_after(&self, last: Date, until: Date) -> usize {
        let Ok(next) = last.tomorrow() else { return 0 };
        let range = SessionRange::inclusive(next, until);
        let sessions = self.count(range);
        let all_approximate = self.count_approximate(range) == sessions;
        if all_approximate && sessions <= self.longest_closure() {
            0
        } else {
            sessions
        }
    }

    /// The same where shares of the exchange are known to have changed hands on `traded`: no single holiday reaches
    /// beyond it. Up to that date the sessions that are sure are due, and it itself.
    pub fn due_after_trading(&self, last: Date, until: Date, traded: Option<Date>) -> usize {
        let traded = traded.map(|traded| traded.min(until));
        let Some(traded) = traded.filter(|traded| *traded > last) else {
            return self.due_after(last, until);
        };
        let Ok(next) = last.tomorrow() else { return 0 };
        let between = SessionRange::new(next, traded);
        let sure = self.count(between) - self.count_approximate(between);
        let itself = usize::from(self.session(traded).is_some());
        sure + itself + self.due_after(traded, until)
    }

    /// IANA name of the zone that its dates and hours are in.
    pub fn time_zone(&self) -> &str {
        self.table.time_zone().iana_name().unwrap_or("UTC")
    }

    /// Wall-clock open and close of a usual session on `date`; a close at midnight is the one that ends the
    /// day.
    pub fn regular_hours(&self, date: Date) -> (Time, Time) {
        self.table.regular_hours(date)
    }

    /// The same calendar with dates that somebody knows better: a holiday proclaimed after this release, a
    /// session on a weekend, a half day. They count as confirmed. That the calendar says the same already is
    /// no mistake: a later release may know the date.
    ///
    /// # Errors
    /// [`CalendarError`] for a date outside of the years that calendars cover, and for a half day without a
    /// session or outside of its hours.
    pub fn amended(&self, exceptions: &Exceptions) -> Result<Self, CalendarError> {
        for (date, exception) in exceptions.iter() {
            if !(FIRST_DATE..=LAST_DATE).contains(&date) {
                return Err(CalendarError::DateNotCovered {
                    date,
                    covered: SessionRange::inclusive(FIRST_DATE, LAST_DATE),
                });
            }
            let DayException::EarlyClose(read) = exception else {
                continue;
            };
            if self.session(date).is_none() {
                let name = self.mic().to_owned();
                return Err(CalendarError::EarlyCloseOfHoliday { date, name });
            }
            let (open, close) = self.regular_hours(date);
            if read <= open || (close != Time::midnight() && close <= read) {
                return Err(CalendarError::EarlyCloseOutside {
                    date,
                    read,
                    open,
                    close,
                });
            }
        }
        let unknown = || CalendarError::UnknownTimeZone {
            read: self.time_zone().to_owned(),
        };
        let table = self.table.amended(exceptions).ok_or_else(unknown)?;
        Ok(Self::made_of(table))
    }

    /// Scheduled open of a session.
    pub fn open(&self, session: TradingDate) -> Timestamp {
        self.table.open(session.date())
    }

    /// Scheduled close of a session; a half day's is early.
    pub fn close(&self, session: TradingDate) -> Timestamp {
        self.table.close(session.date())
    }

    /// Whether a session closes earlier than usual by schedule.
    pub fn is_half_day(&self, session: TradingDate) -> bool {
        self.table.closes_early(session.date())
    }

    /// Newest session whose close + `lag` is at or before `now`.
    ///
    /// `None` before the first session, and once `now` is past the calendar's last year: an old
    /// session would pass as the newest, and a lake that stands still would look up to date.
    pub fn last_closed_session(&self, now: Timestamp, lag: Duration) -> Option<TradingDate> {
        let cutoff = now.checked_sub(lag).ok()?;
        let utc_date = TimeZone::UTC.to_datetime(cutoff).date();
        if utc_date > LAST_DATE {
            return None;
        }
        // East of Greenwich the exchange's date may be one ahead.
        let mut session = self.on_or_before(utc_date.tomorrow().ok()?)?;
        while self.close(session) > cutoff {
            session = self.back(session, 1)?;
        }
        Some(session)
    }

    /// First session on or after `date`; `None` past the last one.
    pub fn on_or_after(&self, date: Date) -> Option<TradingDate> {
        self.table.sessions().get(self.table.rank(date)).copied()
    }

    /// Newest session on or before `date`; `None` before the first one.
    pub fn on_or_before(&self, date: Date) -> Option<TradingDate> {
        let index = self.table.rank_after(date).checked_sub(1)?;
        self.table.sessions().get(index).copied()
    }

    /// The session `n` sessions before `session`, which itself is `n = 0`; `None` past the edge.
    ///
    /// A date that is no session of this calendar counts from the newest session before it.
    pub fn back(&self, session: TradingDate, n: usize) -> Option<TradingDate> {
        let index = self.table.rank_after(session.date()).checked_sub(n)?;
        self.table.sessions().get(index.checked_sub(1)?).copied()
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calendar").field(&self.mic()).finish()
    }
}
