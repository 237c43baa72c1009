//! A holiday in one line: when it is, in which years, and where it moves from a weekend.

use jiff::civil::{Time, Weekday, date};

use super::days::{
    easter, is_weekend, nth, on_or_after, on_or_before, orthodox_easter, previous_weekday, shift,
    sunday_to_monday,
};
use super::lunar::{self, Festival};
use super::market::{Special, Year};
use quantx_market::Date;

/// A holiday or half day of every year, or of some years.
#[derive(Clone, Copy)]
pub(super) struct Holiday {
    when: When,
    moves: Moves,
    since: i16,
    until: i16,
    hours: Option<Special>,
}

#[derive(Clone, Copy)]
enum When {
    On(i8, i8),
    Easter(i64),
    Orthodox(i64),
    Nth(i64, Weekday, i8),
    From(Weekday, i8, i8),
    Before(Weekday, i8, i8),
    Lunar(Festival, i64),
    /// Dates as numbers: 2024-02-09 is `2024_0209`.
    Listed(&'static [u32]),
}

/// Where a holiday goes from a weekend.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    /// Nowhere: it is lost.
    Stays,
    /// From Sunday to Monday; lost on a Saturday.
    FromSunday,
    /// From Saturday and Sunday to Monday.
    ToMonday,
    /// To the next weekday that is no holiday by an earlier line of the list.
    NextFree,
    /// To the weekday before: an eve that is a half day.
    Back,
}

/// The same date every year.
pub(super) const fn on(month: i8, day: i8) -> Holiday {
    Holiday::when(When::On(month, day))
}

/// Days after Western Easter Sunday: -2 is Good Friday, 39 Ascension, 60 Corpus Christi.
pub(super) const fn by_easter(days: i64) -> Holiday {
    Holiday::when(When::Easter(days))
}

/// The Friday before Western Easter.
pub(super) const GOOD_FRIDAY: Holiday = by_easter(-2);
/// The Monday after Western Easter.
pub(super) const EASTER_MONDAY: Holiday = by_easter(1);
/// The Thursday 39 days after Western Easter.
pub(super) const ASCENSION: Holiday = by_easter(39);
/// The Monday after Pentecost.
pub(super) const WHIT_MONDAY: Holiday = by_easter(50);
/// The Thursday 60 days after Western Easter.
pub(super) const CORPUS_CHRISTI: Holiday = by_easter(60);

/// A wall-clock time.
pub(super) const fn at(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

/// Days after Orthodox Easter Sunday.
pub(super) const fn by_orthodox_easter(days: i64) -> Holiday {
    Holiday::when(When::Orthodox(days))
}

/// The `n`th weekday of a month.
pub(super) const fn nth_weekday(n: i64, weekday: Weekday, month: i8) -> Holiday {
    Holiday::when(When::Nth(n, weekday, month))
}

/// The first weekday on or after a date.
pub(super) const fn weekday_from(weekday: Weekday, month: i8, day: i8) -> Holiday {
    Holiday::when(When::From(weekday, month, day))
}

/// The last weekday on or before a date.
pub(super) const fn weekday_until(weekday: Weekday, month: i8, day: i8) -> Holiday {
    Holiday::when(When::Before(weekday, month, day))
}

/// Days after a festival of the Chinese calendar.
pub(super) const fn by_moon(festival: Festival, days: i64) -> Holiday {
    Holiday::when(When::Lunar(festival, days))
}

/// Dates that only a table knows, as numbers: 2024-02-09 is `2024_0209`.
pub(super) const fn listed(dates: &'static [u32]) -> Holiday {
    Holiday::when(When::Listed(dates))
}

impl Holiday {
    const fn when(when: When) -> Self {
        Self {
            when,
            moves: Moves::Stays,
            since: i16::MIN,
            until: i16::MAX,
            hours: None,
        }
    }

    /// From this year on.
    pub(super) const fn since(self, year: i16) -> Self {
        Self {
            since: year,
            ..self
        }
    }

    /// Up to and including this year.
    pub(super) const fn until(self, year: i16) -> Self {
        Self {
            until: year,
            ..self
        }
    }

    /// Where it goes from a weekend.
    pub(super) const fn moves(self, moves: Moves) -> Self {
        Self { moves, ..self }
    }

    /// No holiday but a session that closes at this wall-clock time.
    pub(super) const fn early(self, close: Time) -> Self {
        Self {
            hours: Some(Special {
                open: None,
                close: Some(close),
            }),
            ..self
        }
    }

    /// No holiday but a session that opens at this wall-clock time.
    pub(super) const fn late(self, open: Time) -> Self {
        Self {
            hours: Some(Special {
                open: Some(open),
                close: None,
            }),
            ..self
        }
    }

    /// No holiday but a session with these wall-clock hours.
    pub(super) const fn hours(self, open: Time, close: Time) -> Self {
        Self {
            hours: Some(Special {
                open: Some(open),
                close: Some(close),
            }),
            ..self
        }
    }

    fn apply(&self, year: i16, into: &mut Year) {
        if !(self.since..=self.until).contains(&year) {
            return;
        }
        let day = match self.when {
            When::On(month, day) => date(year, month, day),
            When::Easter(days) => shift(easter(year), days),
            When::Orthodox(days) => shift(orthodox_easter(year), days),
            When::Nth(n, weekday, month) => nth(n, weekday, year, month),
            When::From(weekday, month, day) => on_or_after(date(year, month, day), weekday),
            When::Before(weekday, month, day) => on_or_before(date(year, month, day), weekday),
            When::Lunar(festival, days) => match lunar::festival(year, festival) {
                Some(festival) => shift(festival, days),
                None => return,
            },
            When::Listed(dates) => {
                let of_year = dates.iter().filter_map(|number| listed_date(*number));
                for day in of_year.filter(|day| day.year() == year) {
                    self.put(day, into);
                }
                return;
            }
        };
        self.put(day, into);
    }

    fn put(&self, day: Date, into: &mut Year) {
        let day = match self.moves {
            Moves::Stays => day,
            Moves::FromSunday => sunday_to_monday(day),
            Moves::ToMonday if is_weekend(day) => on_or_after(day, Weekday::Monday),
            Moves::ToMonday => day,
            Moves::Back => previous_weekday(day),
            Moves::NextFree => return into.close_or_next_weekday(day),
        };
        match self.hours {
            Some(hours) => into.trade(day, hours),
            None => into.close(day),
        }
    }
}

/// The date of a number such as `2024_0209`.
fn listed_date(number: u32) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}

impl Year {
    /// The holidays of one year, line by line.
    pub(super) fn of(year: i16, holidays: &[Holiday]) -> Self {
        let mut rules = Self::default();
        rules.add(year, holidays);
        rules
    }

    /// More holidays of the same year.
    pub(super) fn add(&mut self, year: i16, holidays: &[Holiday]) {
        for holiday in holidays {
            holiday.apply(year, self);
        }
    }
}
