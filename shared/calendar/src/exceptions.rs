use std::collections::BTreeMap;

use jiff::civil::{Time, date};

use super::table::{FIRST_DATE, LAST_DATE};
use crate::{CalendarError, DayException};
use quantx_market::Date;

/// Dates that are not as the week says, each once: holidays, sessions on a weekend, half days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exceptions(BTreeMap<Date, DayException>);

impl Exceptions {
    /// Holidays alone.
    ///
    /// # Errors
    /// [`CalendarError::DateTwice`] for a date that stands there twice.
    pub fn closed(dates: impl IntoIterator<Item = Date>) -> Result<Self, CalendarError> {
        let mut exceptions = Self::default();
        for date in dates {
            exceptions.insert(date, DayException::Closed)?;
        }
        Ok(exceptions)
    }

    /// Reads a table, one date a line: `2024-12-25 Christmas` is a holiday, `2024-01-20 open budget` a
    /// session on a weekday that has none, `2024-12-24 12:30 Christmas Eve` a half day. What follows is for
    /// people; empty lines and what follows `#` are not read.
    ///
    /// # Errors
    /// [`CalendarError::BadLine`] with the line's number, and [`CalendarError::DateTwice`].
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let mut exceptions = Self::default();
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else {
                continue;
            };
            let date: Date = first.parse().map_err(|_| CalendarError::BadLine {
                line: number,
                read: first.to_owned(),
            })?;
            let exception = match words.next() {
                Some("open") => DayException::Open,
                // A reason may start with a digit, but no reason is written like a time.
                Some(word) if word.contains(':') => DayException::EarlyClose(wall_time(word)?),
                _ => DayException::Closed,
            };
            exceptions.insert(date, exception)?;
        }
        Ok(exceptions)
    }

    /// Adds a date.
    ///
    /// # Errors
    /// [`CalendarError::DateTwice`] if it is there already.
    pub fn insert(&mut self, date: Date, exception: DayException) -> Result<(), CalendarError> {
        match self.0.insert(date, exception) {
            None => Ok(()),
            Some(_) => Err(CalendarError::DateTwice { date }),
        }
    }

    /// Ascending by date.
    pub fn iter(&self) -> impl Iterator<Item = (Date, DayException)> + '_ {
        self.0.iter().map(|(date, exception)| (*date, *exception))
    }

    /// The years that the dates speak of: from the first to the last; all when there is no date.
    pub(crate) fn years(&self) -> (Date, Date) {
        match (self.0.first_key_value(), self.0.last_key_value()) {
            (Some((first, _)), Some((last, _))) => {
                (date(first.year(), 1, 1), date(last.year(), 12, 31))
            }
            _ => (FIRST_DATE, LAST_DATE),
        }
    }
}

/// Reads a time of day as `09:30`; `24:00` is the midnight that ends the day.
///
/// # Errors
/// [`CalendarError::BadTime`] for anything else.
pub fn wall_time(text: &str) -> Result<Time, CalendarError> {
    let bad = || CalendarError::BadTime {
        read: text.to_owned(),
    };
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let number = |digits: &str| match digits.len() {
        2 if digits.bytes().all(|it| it.is_ascii_digit()) => {
            digits.parse::<i8>().map_err(|_| bad())
        }
        _ => Err(bad()),
    };
    match (number(hour)?, number(minute)?) {
        (24, 0) => Ok(Time::midnight()),
        (hour, minute) => Time::new(hour, minute, 0, 0).map_err(|_| bad()),
    }
}
