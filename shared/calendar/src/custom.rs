use std::collections::BTreeMap;

use jiff::civil::Time;

use super::rules::{Hours, Year};
use super::table::{FIRST_DATE, Frame, LAST_DATE, Table, time_zone};
use crate::{Calendar, CalendarError, Exceptions, WeekMask};
use quantx_market::{Date, SessionRange};

/// A calendar of one's own: an exchange that this crate does not know, or knows wrongly.
///
/// ```
/// use quantx_calendar::{CustomCalendar, Exceptions, WeekMask};
///
/// # fn main() -> Result<(), quantx_calendar::CalendarError> {
/// let calendar = CustomCalendar {
///     name: "XDFM".to_owned(),
///     time_zone: "Asia/Dubai".to_owned(),
///     week: "mon..fri".parse()?,
///     open: quantx_calendar::wall_time("10:00")?,
///     close: quantx_calendar::wall_time("15:00")?,
///     breaks: Vec::new(),
///     exceptions: Some(Exceptions::parse("2024-12-02 National Day\n2024-12-03 National Day\n")?),
/// };
/// let calendar = calendar.build()?;
/// assert!(calendar.session("2024-12-02".parse().unwrap()).is_none());
/// assert!(calendar.session("2024-12-04".parse().unwrap()).is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomCalendar {
    /// Name in reports, as a MIC.
    pub name: String,
    /// IANA name of the zone that its dates and hours are in: `Asia/Dubai`.
    pub time_zone: String,
    /// Weekdays with sessions.
    pub week: WeekMask,
    /// Wall-clock start of the regular session.
    pub open: Time,
    /// Wall-clock end of the regular session; midnight is the one that ends the day.
    pub close: Time,
    /// Pauses of the regular session, ascending. They are checked and do not move any close: a daily bar
    /// has no pause.
    pub breaks: Vec<(Time, Time)>,
    /// Dates that are not as the week says; `None`: nobody knows the holidays. From the first to the last year
    /// with such a date the calendar counts as confirmed, or throughout when there is none; with `None` it is
    /// approximate.
    pub exceptions: Option<Exceptions>,
}

impl CustomCalendar {
    /// A calendar without a pause or holiday, from midnight to midnight.
    pub fn around_the_clock(name: &str, time_zone: &str, week: WeekMask) -> Self {
        Self {
            name: name.to_owned(),
            time_zone: time_zone.to_owned(),
            week,
            open: Time::midnight(),
            close: Time::midnight(),
            breaks: Vec::new(),
            exceptions: Some(Exceptions::default()),
        }
    }

    /// Works out the sessions of all years.
    ///
    /// # Errors
    /// [`CalendarError`] for an unknown time zone, hours that do not ascend, a pause outside of them, an
    /// early close outside of them or on a day without a session, a session that the week already has, and
    /// a date outside of the years that calendars cover.
    pub fn build(&self) -> Result<Calendar, CalendarError> {
        let unknown = || CalendarError::UnknownTimeZone {
            read: self.time_zone.clone(),
        };
        let time_zone = time_zone(&self.time_zone).ok_or_else(unknown)?;
        self.check_hours()?;
        let exceptions = self.exceptions.clone().unwrap_or_default();
        self.check_dates(&exceptions)?;
        let frame = Frame {
            name: self.name.as_str().into(),
            time_zone,
            hours: [Hours::always(self.open, self.close)].into(),
            exact: self.exceptions.as_ref().map(Exceptions::years),
            unknown: Vec::new(),
        };
        let years = by_year(&exceptions);
        let rules = |year: i16| rules(years.get(&year).into_iter().flatten());
        let trades = |day: Date| self.week.contains(day.weekday());
        let table = Table::build(frame, rules, trades).ok_or_else(unknown)?;
        Ok(Calendar::made_of(table))
    }

    fn check_hours(&self) -> Result<(), CalendarError> {
        let Self { open, close, .. } = *self;
        if close != Time::midnight() && close <= open {
            return Err(CalendarError::ClosesBeforeOpen { open, close });
        }
        let mut last = open;
        for &(start, end) in &self.breaks {
            let inside = open < start && start < end && self.is_before_close(end);
            if !inside || start < last {
                return Err(CalendarError::BreakOutside {
                    start,
                    end,
                    open,
                    close,
                });
            }
            last = end;
        }
        Ok(())
    }

    fn is_before_close(&self, time: Time) -> bool {
        self.close == Time::midnight() || time < self.close
    }

    fn check_dates(&self, exceptions: &Exceptions) -> Result<(), CalendarError> {
        for (date, exception) in exceptions.iter() {
            if !(FIRST_DATE..=LAST_DATE).contains(&date) {
                return Err(CalendarError::DateNotCovered {
                    date,
                    covered: SessionRange::inclusive(FIRST_DATE, LAST_DATE),
                });
            }
            let regular = self.week.contains(date.weekday());
            match exception {
                DayException::Closed => {}
                DayException::Open if !regular => {}
                DayException::Open => {
                    return Err(CalendarError::OpenAnyway {
                        date,
                        week: self.week,
                    });
                }
                DayException::EarlyClose(_) if !regular => {
                    return Err(CalendarError::EarlyCloseOfNoSession {
                        date,
                        week: self.week,
                    });
                }
                DayException::EarlyClose(close) => {
                    let allowed = self.open < close && self.is_before_close(close);
                    if !allowed {
                        return Err(CalendarError::EarlyCloseOutside {
                            date,
                            read: close,
                            open: self.open,
                            close: self.close,
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// How a date differs from what the week says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayException {
    /// No session.
    Closed,
    /// A session on a weekday that has none.
    Open,
    /// A session that ends at this wall-clock time.
    EarlyClose(Time),
}

fn by_year(exceptions: &Exceptions) -> BTreeMap<i16, Vec<(Date, DayException)>> {
    let mut years: BTreeMap<i16, Vec<_>> = BTreeMap::new();
    for (date, exception) in exceptions.iter() {
        years
            .entry(date.year())
            .or_default()
            .push((date, exception));
    }
    years
}

fn rules<'a>(exceptions: impl Iterator<Item = &'a (Date, DayException)>) -> Year {
    let mut year = Year::default();
    for (date, exception) in exceptions {
        match exception {
            DayException::Closed => year.close(*date),
            DayException::Open => year.open(*date),
            DayException::EarlyClose(close) => year.close_early(*date, *close),
        }
    }
    year
}
