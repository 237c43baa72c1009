use jiff::civil::Time;

use crate::WeekMask;
use quantx_market::{Date, SessionRange};

/// Why a calendar of one's own cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Not in the bundled time zone database.
    #[error("time zone {read:?} is unknown; IANA names are allowed, as Asia/Dubai")]
    UnknownTimeZone { read: String },
    /// Not a weekday.
    #[error("weekday {read:?} is none of mon, tue, wed, thu, fri, sat, sun")]
    UnknownWeekday { read: String },
    /// No weekday at all.
    #[error("the week has no day with a session; name at least one, as mon..fri")]
    EmptyWeek,
    /// Not a time of day.
    #[error("time {read:?} is not hours and minutes from 00:00 to 24:00, as 09:30")]
    BadTime { read: String },
    /// Not a table of dates.
    #[error(
        "line {line} of the table of holidays starts with {read:?}, not with a date as 2024-12-25"
    )]
    BadLine { line: usize, read: String },
    /// Hours that do not ascend.
    #[error(
        "the session closes at {close}, not after its open at {open}; a close at midnight is written 24:00"
    )]
    ClosesBeforeOpen { open: Time, close: Time },
    /// A pause that is none.
    #[error(
        "the break from {start} to {end} is not within {open} to {close} and after the break before it"
    )]
    BreakOutside {
        start: Time,
        end: Time,
        open: Time,
        close: Time,
    },
    /// One date, two answers.
    #[error("{date} stands twice among the holidays and half days")]
    DateTwice { date: Date },
    /// No calendar has this date.
    #[error("{date} is outside of the dates that calendars cover, {} to {}", covered.start(), covered.end().yesterday().unwrap_or(covered.end()))]
    DateNotCovered { date: Date, covered: SessionRange },
    /// A session that need not be named.
    #[error("{date} is named as an open day, but the week ({week}) has a session then anyway")]
    OpenAnyway { date: Date, week: WeekMask },
    /// A half day without a session.
    #[error("{date} is named as a half day, but the week ({week}) has no session then")]
    EarlyCloseOfNoSession { date: Date, week: WeekMask },
    /// A half day on a holiday of a known calendar.
    #[error("{date} is named as a half day, but the calendar {name} has no session then")]
    EarlyCloseOfHoliday { date: Date, name: String },
    /// A half day that is none.
    #[error(
        "the half day {date} closes at {read}, not between the open at {open} and the close at {close}"
    )]
    EarlyCloseOutside {
        date: Date,
        read: Time,
        open: Time,
        close: Time,
    },
}

impl CalendarError {
    /// The date that it is about.
    pub fn date(&self) -> Option<Date> {
        match self {
            Self::DateTwice { date }
            | Self::DateNotCovered { date, .. }
            | Self::OpenAnyway { date, .. }
            | Self::EarlyCloseOfNoSession { date, .. }
            | Self::EarlyCloseOfHoliday { date, .. }
            | Self::EarlyCloseOutside { date, .. } => Some(*date),
            _ => None,
        }
    }
}
