use jiff::civil::{Time, date};

use super::days::{is_weekend, shift};
use quantx_market::Date;

/// What the calendar must know of an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Market {
    /// ISO 10383 market identifier.
    pub(crate) mic: &'static str,
    /// IANA name of the zone its dates and hours are in.
    pub(crate) time_zone: &'static str,
    /// Regular hours, ascending by date; the first entry also holds before its date.
    pub(crate) hours: &'static [Hours],
    /// First date the rules are confirmed for; `None` if holidays are not known.
    pub(crate) exact_from: Option<Date>,
    /// The holidays and half days of a year that follow from rules.
    pub(super) rules: fn(i16) -> Year,
    /// What no rule can know.
    pub(super) exceptions: &'static [Exception],
}

/// Wall-clock hours of the regular session.
#[derive(Clone, Copy)]
pub(crate) struct Hours {
    /// First date of these hours.
    pub(super) from: Date,
    /// Start of continuous trading.
    pub(crate) open: Time,
    /// End of the session.
    pub(crate) close: Time,
}

impl Hours {
    /// Hours that never changed, as far as the calendar knows.
    pub(super) const fn always(open: Time, close: Time) -> Self {
        Self::from(date(1960, 1, 1), open, close)
    }

    /// Hours in force from a date on.
    pub(super) const fn from(from: Date, open: Time, close: Time) -> Self {
        Self { from, open, close }
    }
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

    const fn of(date: Date, kind: ExceptionKind, reason: &'static str) -> Self {
        Self { date, kind, reason }
    }
}

impl Market {
    /// One year's closed dates and early closes, exceptions applied.
    pub(crate) fn year(&self, year: i16) -> Year {
        let mut rules = (self.rules)(year);
        for exception in self.exceptions.iter().filter(|it| it.date.year() == year) {
            match exception.kind {
                ExceptionKind::Closed => rules.close(exception.date),
                ExceptionKind::Open => rules.closed.retain(|day| *day != exception.date),
                ExceptionKind::EarlyClose(close) => rules.close_early(exception.date, close),
            }
        }
        rules
    }

    /// The hours in force on `date`.
    pub(crate) fn hours_on(&self, date: Date) -> Hours {
        let in_force = self.hours.iter().rev().find(|hours| hours.from <= date);
        in_force.copied().unwrap_or(self.hours[0])
    }
}

/// One year of an exchange as its rules see it; weekends are nobody's business here.
#[derive(Debug, Default)]
pub(crate) struct Year {
    closed: Vec<Date>,
    early: Vec<(Date, Time)>,
}

impl Year {
    /// No session on `day`.
    pub(super) fn close(&mut self, day: Date) {
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

    /// A session on `day` ends at `close`; a closed day stays closed.
    pub(super) fn close_early(&mut self, day: Date, close: Time) {
        self.early.push((day, close));
    }

    pub(crate) fn is_closed(&self, day: Date) -> bool {
        self.closed.contains(&day)
    }

    pub(crate) fn early_close(&self, day: Date) -> Option<Time> {
        let found = self.early.iter().find(|(early, _)| *early == day);
        found.map(|(_, close)| *close)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::rules::MARKETS;

    use super::*;

    #[test]
    fn an_exception_has_a_reason_a_weekday_and_a_line_of_its_own() {
        for market in &MARKETS {
            let mut seen = BTreeSet::new();
            for exception in market.exceptions {
                let date = exception.date;
                assert!(exception.reason.len() > 8, "{} {date}", market.mic);
                assert!(!is_weekend(date), "{} {date}", market.mic);
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
                let changes = match exception.kind {
                    ExceptionKind::Closed => !alone.is_closed(date),
                    ExceptionKind::Open => alone.is_closed(date),
                    ExceptionKind::EarlyClose(close) => alone.early_close(date) != Some(close),
                };
                assert!(changes, "{} {date}", market.mic);
            }
        }
    }
}
