//! Which cells of one listing are there, and by name those that are not. Pure.
//!
//! The commit record says how many rows a year has and which sessions the vendor was asked for in
//! vain. Where both add up to the calendar's sessions, every absent one is named by the record;
//! only the years where they do not must be looked into, and of those only the dates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gaps::Coverage;
use crate::record::{CommitRecord, HoleRow, YearEntry};
use crate::sources;
use quantx_calendar::Calendar;
use quantx_market::{Date, SessionRange, TradingDate};

/// What decides how many cells a listing should have.
#[derive(Debug, Clone, Copy)]
pub struct CoverageFrame<'a> {
    /// Sessions of the exchange.
    pub calendar: &'a Calendar,
    /// The newest session that is over, by the calendar and the exchange's lag.
    pub last_final: Option<TradingDate>,
    /// A hole asked for on this many days is excused.
    pub hole_asks: u32,
}

/// Why a session has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// No reason known.
    Missing,
    /// Missing: the vendor's row is in quarantine, and nobody has decided about it.
    Refused,
    /// Excused: a person rejected the vendor's row.
    Rejected,
    /// Excused: the exchange says that the listing was halted or suspended.
    Halted,
    /// Excused: the vendor was asked for it often enough.
    Asked,
    /// Excused: the calendar is approximate there and may not know a holiday.
    ApproximateCalendar,
}

impl Absence {
    /// Whether the cell does not count as missing.
    pub fn is_excused(self) -> bool {
        match self {
            Self::Missing | Self::Refused => false,
            Self::Rejected | Self::Halted | Self::Asked | Self::ApproximateCalendar => true,
        }
    }
}

/// One session without a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsentSession {
    /// Which.
    pub date: Date,
    /// How many expected sessions of the listing are before it: neighbours differ by one.
    pub ordinal: usize,
    /// Why.
    pub absence: Absence,
    /// On how many days the vendor was asked for it.
    pub asks: u32,
}

/// The expected cells of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Dates whose sessions are expected.
    pub range: SessionRange,
    /// Their number, and what became of them.
    pub cells: Coverage,
    /// Sessions without a row, ascending.
    pub absent: Vec<AbsentSession>,
    /// Missing cells that could not be named, because a file could not be read.
    pub unnamed: usize,
    /// Sessions asked for before the listing had its first trade: not expected.
    pub listed_later: usize,
    /// Sessions that are over and later than the last stored one.
    pub behind: usize,
    /// Number of lineages that say the same of a row → such rows, where other vendors were asked.
    pub confirmed: BTreeMap<usize, usize>,
}

/// The years whose files must be looked into, to name every absent session: those the record has a
/// file of, with another number of rows between its first and last one than its known holes leave.
pub fn unnamed_years(record: &CommitRecord, frame: CoverageFrame<'_>) -> Vec<i16> {
    let range = expected(record, frame);
    let years = record.years.keys().copied();
    years
        .filter(|year| !is_named(record, within(range, *year), *year, frame.calendar))
        .collect()
}

/// The cells of a listing with rows. `dates` are the stored dates of the [`unnamed_years`],
/// ascending; a year that is not there could not be read.
pub fn survey(
    record: &CommitRecord,
    dates: &BTreeMap<i16, Vec<Date>>,
    frame: CoverageFrame<'_>,
) -> Survey {
    let range = expected(record, frame);
    let mut absent = Vec::new();
    let mut unnamed = 0;
    for year in years(range) {
        let part = within(range, year);
        let sessions = |range| frame.calendar.sessions(range).map(TradingDate::date);
        match (dates.get(&year), record.years.get(&year)) {
            (Some(stored), _) => {
                absent.extend(sessions(part).filter(|date| stored.binary_search(date).is_err()));
            }
            (None, None) => absent.extend(sessions(part)),
            (None, Some(entry)) => {
                let inner = between_rows(part, entry);
                let holes = known_holes(record, inner, frame.calendar);
                let lacking = frame.calendar.count(inner).saturating_sub(entry.rows);
                unnamed += lacking.saturating_sub(holes.len());
                absent.extend(sessions(SessionRange::new(part.start(), inner.start())));
                absent.extend(holes.into_iter().take(lacking));
                absent.extend(sessions(SessionRange::new(inner.end(), part.end())));
            }
        }
    }
    let absent = explain(&absent, record, range, frame);
    let n_expected = frame.calendar.count(range);
    let excused = absent
        .iter()
        .filter(|session| session.absence.is_excused())
        .count();
    let is_hole = |date: Date| record.watch.holes.contains_key(&date);
    Survey {
        confirmed: sources::confirmed_rows(&record.confirmed, is_hole, frame.calendar),
        range,
        cells: Coverage {
            expected: n_expected,
            present: n_expected - absent.len() - unnamed,
            excused,
            missing: absent.len() + unnamed - excused,
        },
        absent,
        unnamed,
        listed_later: frame
            .calendar
            .count(SessionRange::new(record.asked_from, range.start())),
        behind: behind(record, frame),
    }
}

/// From the first date the listing was asked for and listed, to the last session that is over.
fn expected(record: &CommitRecord, frame: CoverageFrame<'_>) -> SessionRange {
    let last_final = frame.last_final.map_or(Date::MIN, TradingDate::date);
    let until = last_final.max(record.last().unwrap_or(Date::MIN));
    SessionRange::inclusive(record.expected_from(), until)
}

/// Sessions after the last stored one that are surely due.
fn behind(record: &CommitRecord, frame: CoverageFrame<'_>) -> usize {
    let (Some(last), Some(last_final)) = (record.last(), frame.last_final) else {
        return 0;
    };
    frame.calendar.due_after(last, last_final.date())
}

fn years(range: SessionRange) -> impl Iterator<Item = i16> {
    let last = range.end().yesterday().map_or(i16::MIN, |date| date.year());
    let first = range.start().max(Calendar::first_date()).year();
    first..=last.min(Calendar::last_date().year())
}

fn within(range: SessionRange, year: i16) -> SessionRange {
    let first = Date::new(year, 1, 1).map_or(range.start(), |first| first.max(range.start()));
    let last = Date::new(year, 12, 31).unwrap_or(Date::MAX);
    let end = last.tomorrow().unwrap_or(Date::MAX);
    SessionRange::new(first, end.min(range.end()))
}

/// Sessions of `part` that the record knows to be absent.
fn known_holes(record: &CommitRecord, part: SessionRange, calendar: &Calendar) -> Vec<Date> {
    let holes = record.watch.holes.range(part.start()..part.end());
    holes
        .map(|(date, _)| *date)
        .filter(|date| calendar.session(*date).is_some())
        .collect()
}

fn is_named(record: &CommitRecord, part: SessionRange, year: i16, calendar: &Calendar) -> bool {
    let Some(entry) = record.years.get(&year) else {
        return true;
    };
    let inner = between_rows(part, entry);
    entry.rows + known_holes(record, inner, calendar).len() == calendar.count(inner)
}

/// The part of a year from its first row to its last one: every session outside is absent.
fn between_rows(part: SessionRange, entry: &YearEntry) -> SessionRange {
    let rows = SessionRange::inclusive(entry.first, entry.last);
    SessionRange::new(part.start().max(rows.start()), part.end().min(rows.end()))
}

fn explain(
    absent: &[Date],
    record: &CommitRecord,
    range: SessionRange,
    frame: CoverageFrame<'_>,
) -> Vec<AbsentSession> {
    let ordinal = |date: &Date| {
        frame
            .calendar
            .count(SessionRange::new(range.start(), *date))
    };
    let ordered: Vec<(Date, usize)> = absent.iter().map(|date| (*date, ordinal(date))).collect();
    let stretches = ordered.chunk_by(|a, b| a.1 + 1 == b.1);
    let mut explained = Vec::with_capacity(absent.len());
    for stretch in stretches {
        // More sessions in a row than the exchange ever closes for are no holidays.
        let may_be_holidays = stretch.len() <= frame.calendar.longest_closure();
        explained.extend(stretch.iter().map(|(date, ordinal)| {
            let hole = record.watch.holes.get(date);
            let asks = hole.map_or(0, |hole| hole.asks);
            let absence = match hole.and_then(|hole| hole.row) {
                Some(HoleRow::Refused) => Absence::Refused,
                Some(HoleRow::Rejected) => Absence::Rejected,
                Some(HoleRow::Halted) => Absence::Halted,
                None if asks >= frame.hole_asks => Absence::Asked,
                // A hole is noted there only where something proves the session.
                None if hole.is_some() => Absence::Missing,
                None if may_be_holidays && frame.calendar.is_approximate_on(*date) => {
                    Absence::ApproximateCalendar
                }
                None => Absence::Missing,
            };
            AbsentSession {
                date: *date,
                ordinal: *ordinal,
                absence,
                asks,
            }
        }));
    }
    explained
}

/// Cells of one month, of many listings added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCells {
    /// Calendar year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// What became of the cells.
    #[serde(flatten)]
    pub cells: Coverage,
    /// Of the excused cells, those that may be holidays of an approximate calendar.
    pub holidays: usize,
}

impl MonthCells {
    /// Share of the cells with a row, 0 to 1; possible holidays are not counted. `None` without cells.
    pub fn share(&self) -> Option<f64> {
        let counted = self.cells.expected - self.holidays;
        (counted > 0).then(|| self.cells.present as f64 / counted as f64)
    }
}

/// The cells of an exchange by month.
#[derive(Debug, Clone, Default)]
pub struct Months(BTreeMap<(i16, i8), MonthCells>);

impl Months {
    /// Adds the cells of one listing; unnamed ones have no month and count as present.
    pub fn add(&mut self, survey: &Survey, calendar: &Calendar) {
        for year in years(survey.range) {
            for month in 1..=12 {
                let Some(part) = month_within(survey.range, year, month) else {
                    continue;
                };
                let expected = calendar.count(part);
                if expected > 0 {
                    let cells = &mut self.month(year, month).cells;
                    cells.expected += expected;
                    cells.present += expected;
                }
            }
        }
        for session in &survey.absent {
            let month = self.month(session.date.year(), session.date.month());
            month.cells.present -= 1;
            if session.absence.is_excused() {
                month.cells.excused += 1;
            } else {
                month.cells.missing += 1;
            }
            month.holidays += usize::from(session.absence == Absence::ApproximateCalendar);
        }
    }

    /// Ascending.
    pub fn into_cells(self) -> Vec<MonthCells> {
        self.0.into_values().collect()
    }

    fn month(&mut self, year: i16, month: i8) -> &mut MonthCells {
        self.0.entry((year, month)).or_insert(MonthCells {
            year,
            month,
            ..MonthCells::default()
        })
    }
}

fn month_within(range: SessionRange, year: i16, month: i8) -> Option<SessionRange> {
    let first = Date::new(year, month, 1).ok()?;
    let end = first.last_of_month().tomorrow().ok()?;
    let part = SessionRange::new(first.max(range.start()), end.min(range.end()));
    (!part.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests;
