use jiff::civil::{Time, Weekday, date};

use super::days::{is_weekend, shift};
use crate::WeekMask;
use quantx_market::Date;

/// What the calendar must know of an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Market {
    /// ISO 10383 market identifier.
    pub(crate) mic: &'static str,
    /// IANA name of the zone its dates and hours are in.
    pub(crate) time_zone: &'static str,
    /// Weekdays with sessions, ascending by date; the first entry also holds before its date.
    pub(crate) weeks: &'static [Week],
    /// Regular hours, ascending by date; the first entry also holds before its date.
    pub(crate) hours: &'static [Hours],
    /// The market's own first session, if that is after 1960.
    pub(crate) first: Option<Date>,
    /// First date the rules are confirmed for.
    pub(crate) exact_from: Date,
    /// Last date the rules are confirmed for: where holidays are proclaimed year by year, the last
    /// year that is proclaimed.
    pub(crate) exact_to: Date,
    /// The holidays and half days of a year that follow from rules.
    pub(super) rules: fn(i16) -> Year,
    /// What no rule can know.
    pub(super) exceptions: &'static [Exception],
}

/// What most exchanges have in common; each names what it has of its own.
pub(super) const BASE: Market = Market {
    mic: "",
    time_zone: "UTC",
    weeks: &[Week::always(WeekMask::MONDAY_TO_FRIDAY)],
    hours: &[],
    first: None,
    exact_from: date(1990, 1, 1),
    exact_to: date(2030, 12, 31),
    rules: |_| Year::default(),
    exceptions: &[],
};

/// Weekdays with sessions.
#[derive(Clone, Copy)]
pub(crate) struct Week {
    /// First date of this week.
    from: Date,
    mask: WeekMask,
}

impl Week {
    /// A week that never changed.
    pub(super) const fn always(mask: WeekMask) -> Self {
        Self::from(date(1960, 1, 1), mask)
    }

    /// The week in force from a date on.
    pub(super) const fn from(from: Date, mask: WeekMask) -> Self {
        Self { from, mask }
    }
}

/// Wall-clock hours of the regular session.
#[derive(Clone, Copy)]
pub(crate) struct Hours {
    /// First date of these hours.
    from: Date,
    /// Start of continuous trading.
    pub(crate) open: Time,
    /// End of the session; midnight is the one that ends the day.
    close: Time,
    /// Weekdays that regularly end at another time.
    weekdays: &'static [(Weekday, Time)],
}

impl Hours {
    /// Hours that never changed, as far as the calendar knows.
    pub(crate) const fn always(open: Time, close: Time) -> Self {
        Self::from(date(1960, 1, 1), open, close)
    }

    /// Hours in force from a date on.
    pub(super) const fn from(from: Date, open: Time, close: Time) -> Self {
        Self {
            from,
            open,
            close,
            weekdays: &[],
        }
    }

    /// The same, but that some weekdays end at another time.
    pub(super) const fn but(self, weekdays: &'static [(Weekday, Time)]) -> Self {
        Self { weekdays, ..self }
    }

    /// Regular end of the session on `date`.
    pub(crate) fn close_on(&self, date: Date) -> Time {
        let own = self
            .weekdays
            .iter()
            .find(|(weekday, _)| *weekday == date.weekday());
        own.map_or(self.close, |(_, close)| *close)
    }
}

/// The hours in force on `date`, of some that ascend.
pub(crate) fn hours_on(hours: &[Hours], date: Date) -> Option<&Hours> {
    let in_force = hours.iter().rev().find(|hours| hours.from <= date);
    in_force.or_else(|| hours.first())
}

/// Hours of one session that are not the regular ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Special {
    /// `None`: it opens as usual.
    pub(crate) open: Option<Time>,
    /// `None`: it closes as usual.
    pub(crate) close: Option<Time>,
}

/// A date that breaks the rules, and why.
#[derive(Clone, Copy)]
pub(super) struct Exception {
    pub(super) date: Date,
    pub(super) kind: ExceptionKind,
    /// One line for people; nothing reads it but a test that it is there.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "the source of the fact, for the reader of the table"
        )
    )]
    pub(super) reason: &'static str,
}

/// What happened on an exceptional date.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ExceptionKind {
    /// No session although the rules know of no holiday.
    Closed,
    /// A session although the rules say holiday.
    Open,
    /// A session that closed early, at this wall-clock time.
    EarlyClose(Time),
    /// Sources disagree whether there was a session; the rules' answer stands and counts as approximate.
    Unknown,
}

impl Exception {
    pub(super) const fn closed(year: i16, month: i8, day: i8, reason: &'static str) -> Self {
        Self::of(date(year, month, day), ExceptionKind::Closed, reason)
    }

    pub(super) const fn open(year: i16, month: i8, day: i8, reason: &'static str) -> Self {
        Self::of(date(year, month, day), ExceptionKind::Open, reason)
    }

    pub(super) const fn early(date: Date, close: Time, reason: &'static str) -> Self {
        Self::of(date, ExceptionKind::EarlyClose(close), reason)
    }

    pub(super) const fn unknown(year: i16, month: i8, day: i8, reason: &'static str) -> Self {
        Self::of(date(year, month, day), ExceptionKind::Unknown, reason)
    }

    const fn of(date: Date, kind: ExceptionKind, reason: &'static str) -> Self {
        Self { date, kind, reason }
    }
}

impl Market {
    /// First and last confirmed date; `None` where none is.
    pub(crate) fn exact(&self) -> Option<(Date, Date)> {
        (self.exact_from <= self.exact_to).then_some((self.exact_from, self.exact_to))
    }

    /// One year's closed dates and special hours, exceptions applied.
    pub(crate) fn year(&self, year: i16) -> Year {
        let mut rules = (self.rules)(year);
        for exception in self.exceptions.iter().filter(|it| it.date.year() == year) {
            match exception.kind {
                ExceptionKind::Closed => rules.close(exception.date),
                ExceptionKind::Open => rules.open(exception.date),
                ExceptionKind::EarlyClose(close) => rules.close_early(exception.date, close),
                ExceptionKind::Unknown => {}
            }
        }
        rules
    }

    /// Ascending dates on which sources disagree whether there was a session.
    pub(crate) fn unknown(&self) -> Vec<Date> {
        let unknown = |it: &&Exception| it.kind == ExceptionKind::Unknown;
        let mut dates: Vec<Date> = self
            .exceptions
            .iter()
            .filter(unknown)
            .map(|it| it.date)
            .collect();
        dates.sort();
        dates
    }

    /// Whether the week in force on `date` has a session on that weekday.
    pub(crate) fn trades_on_weekday_of(&self, date: Date) -> bool {
        let in_force = self.weeks.iter().rev().find(|week| week.from <= date);
        let week = in_force.or_else(|| self.weeks.first());
        week.is_some_and(|week| week.mask.contains(date.weekday()))
    }
}

/// One year of an exchange as its rules see it; its week is nobody's business here.
#[derive(Debug, Default)]
pub(crate) struct Year {
    closed: Vec<Date>,
    opened: Vec<Date>,
    special: Vec<(Date, Special)>,
}

impl Year {
    /// No session on `day`.
    pub(crate) fn close(&mut self, day: Date) {
        self.closed.push(day);
    }

    /// No session on any of `days`.
    pub(super) fn close_all(&mut self, days: impl IntoIterator<Item = Date>) {
        self.closed.extend(days);
    }

    /// No session on `day`, or if that is a weekend or already closed, on the next weekday that is not.
    pub(super) fn close_or_next_weekday(&mut self, mut day: Date) {
        while is_weekend(day) || self.is_closed(day) {
            day = shift(day, 1);
        }
        self.closed.push(day);
    }

    /// A session on `day`, whatever the rules and the week say.
    pub(crate) fn open(&mut self, day: Date) {
        self.closed.retain(|closed| *closed != day);
        self.opened.push(day);
    }

    /// A session on `day` ends at `close`; a closed day stays closed, and the last word counts.
    pub(crate) fn close_early(&mut self, day: Date, close: Time) {
        let close = Some(close);
        self.trade(day, Special { open: None, close });
    }

    /// A session on `day` has these hours; a closed day stays closed, and the last word counts.
    pub(super) fn trade(&mut self, day: Date, hours: Special) {
        self.special.push((day, hours));
    }

    pub(crate) fn is_closed(&self, day: Date) -> bool {
        self.closed.contains(&day)
    }

    /// Whether there is a session although the week has none.
    pub(crate) fn is_opened(&self, day: Date) -> bool {
        self.opened.contains(&day)
    }

    pub(crate) fn special(&self, day: Date) -> Option<Special> {
        let found = self.special.iter().rev().find(|(date, _)| *date == day);
        found.map(|(_, special)| *special)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::rules::MARKETS;

    use super::*;

    #[test]
    fn an_exception_has_a_reason_and_a_line_of_its_own() {
        for market in &MARKETS {
            let mut seen = BTreeSet::new();
            for exception in market.exceptions {
                let date = exception.date;
                assert!(exception.reason.len() > 8, "{} {date}", market.mic);
                assert!(seen.insert(date), "{} {date} twice", market.mic);
            }
        }
    }

    #[test]
    fn an_exception_changes_what_the_rules_alone_would_say() {
        for market in &MARKETS {
            for exception in market.exceptions {
                let date = exception.date;
                let alone = (market.rules)(date.year());
                let closed = alone.is_closed(date) || !market.trades_on_weekday_of(date);
                let special = alone.special(date);
                let changes = match exception.kind {
                    ExceptionKind::Closed => !closed,
                    ExceptionKind::Open => closed,
                    ExceptionKind::EarlyClose(close) => {
                        special
                            != Some(Special {
                                open: None,
                                close: Some(close),
                            })
                    }
                    ExceptionKind::Unknown => true,
                };
                assert!(changes, "{} {date}", market.mic);
            }
        }
    }
}
