//! What the listings of an exchange add up to, month by month.

use std::collections::BTreeMap;

use super::{LackingMonth, PageExchange, PageListing, PageMarket};
use quantx_lake::coverage::MonthCells;
use quantx_lake::gaps::Coverage;
use quantx_market::{Date, SessionRange};

/// The calendars of the markets on a page: those of exchanges by the lake's codes.
pub trait PageCalendars {
    /// The market whose sessions a listing keeps: its exchange, or for an index or fund a name that says which it
    /// follows.
    fn market(&self, listing: &PageListing) -> String {
        listing.exchange.clone()
    }
    /// How many sessions the exchange has in a range of dates.
    fn sessions(&self, exchange: &str, range: SessionRange) -> usize;
    /// How many of the sessions of a range without a row are a delay: not those that may be holidays.
    fn delay(&self, exchange: &str, range: SessionRange) -> usize;
}

/// The calendar of one exchange.
#[derive(Debug)]
pub(super) struct OfExchange<'a, C> {
    pub(super) code: &'a str,
    pub(super) calendars: &'a C,
}

impl<C> Clone for OfExchange<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for OfExchange<'_, C> {}

impl<C: PageCalendars> OfExchange<'_, C> {
    fn sessions(self, range: SessionRange) -> usize {
        self.calendars.sessions(self.code, range)
    }

    pub(super) fn delay(self, range: SessionRange) -> usize {
        self.calendars.delay(self.code, range)
    }

    /// The sessions of a range without a row, by month.
    pub(super) fn months(self, range: SessionRange) -> Vec<LackingMonth> {
        let months = months_of(range).filter_map(|(year, month)| {
            let missing = self.sessions(part_of(range, whole_month(year, month)?));
            (missing > 0).then_some(LackingMonth {
                year,
                month,
                missing,
                excused: 0,
            })
        });
        months.collect()
    }

    /// Sessions up to `due` and later than `last`, as far as they are a delay.
    pub(super) fn behind(self, last: Option<Date>, due: Option<Date>) -> usize {
        let next = last.and_then(|last| last.tomorrow().ok());
        let range = next.and_then(|next| later_than(next, due));
        range.map_or(0, |range| self.delay(range))
    }
}

/// The dates from `next` to the newest session that is over; nothing where it has passed.
pub(super) fn later_than(next: Date, due: Option<Date>) -> Option<SessionRange> {
    due.filter(|due| *due >= next)
        .map(|due| SessionRange::inclusive(next, due))
}

/// What the listings of an exchange add up to.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) last: Option<Date>,
    listings: usize,
    complete: usize,
    listings_behind: usize,
    cells: Coverage,
    months: BTreeMap<(i16, i8), MonthCells>,
    /// Sessions of whole months, by market.
    full: BTreeMap<String, BTreeMap<(i16, i8), usize>>,
}

impl Sums {
    pub(super) fn add(
        &mut self,
        listing: &PageListing,
        behind: usize,
        calendar: OfExchange<'_, impl PageCalendars>,
    ) {
        self.listings += 1;
        self.last = self.last.max(listing.last);
        let is_complete = listing.unreadable.is_none() && listing.cells.missing == 0;
        self.complete += usize::from(is_complete);
        self.listings_behind += usize::from(behind > 0);
        self.cells += listing.cells;
        let range = SessionRange::new(listing.expected_from, listing.expected_to);
        let mut full = self.full.remove(calendar.code).unwrap_or_default();
        for (year, month) in months_of(range) {
            let Some(whole) = whole_month(year, month) else {
                continue;
            };
            let part = part_of(range, whole);
            let sessions = if part == whole {
                *full
                    .entry((year, month))
                    .or_insert_with(|| calendar.sessions(whole))
            } else {
                calendar.sessions(part)
            };
            if sessions > 0 {
                let cells = &mut self.month(year, month).cells;
                cells.expected += sessions;
                cells.present += sessions;
            }
        }
        self.full.insert(calendar.code.to_owned(), full);
        for lacking in &listing.lacking {
            let cells = &mut self.month(lacking.year, lacking.month).cells;
            let absent = lacking.missing + lacking.excused;
            cells.present = cells.present.saturating_sub(absent);
            cells.missing += lacking.missing;
            cells.excused += lacking.excused;
        }
    }

    fn month(&mut self, year: i16, month: i8) -> &mut MonthCells {
        self.months.entry((year, month)).or_insert(MonthCells {
            year,
            month,
            ..MonthCells::default()
        })
    }

    pub(super) fn into_exchange(
        self,
        calendar: OfExchange<'_, impl PageCalendars>,
        market: PageMarket,
        behind: usize,
    ) -> PageExchange {
        let first = self.months.keys().next().copied();
        let last = self.months.keys().next_back().copied();
        let mut sessions = Vec::new();
        if let (Some(mut at), Some(last)) = (first, last) {
            while at <= last {
                sessions.push(whole_month(at.0, at.1).map_or(0, |month| calendar.sessions(month)));
                at = if at.1 == 12 {
                    (at.0 + 1, 1)
                } else {
                    (at.0, at.1 + 1)
                };
            }
        }
        PageExchange {
            code: calendar.code.to_owned(),
            market,
            last: self.last,
            behind,
            listings: self.listings,
            complete: self.complete,
            listings_behind: self.listings_behind,
            cells: self.cells,
            months: self.months.into_values().collect(),
            sessions,
        }
    }
}

fn whole_month(year: i16, month: i8) -> Option<SessionRange> {
    let first = Date::new(year, month, 1).ok()?;
    let end = first.last_of_month().tomorrow().ok()?;
    Some(SessionRange::new(first, end))
}

/// The dates of a month that has some of the range.
fn part_of(range: SessionRange, month: SessionRange) -> SessionRange {
    SessionRange::new(
        month.start().max(range.start()),
        month.end().min(range.end()),
    )
}

/// Every month that has a date of the range.
fn months_of(range: SessionRange) -> impl Iterator<Item = (i16, i8)> {
    let last = range.end().yesterday().unwrap_or(range.start());
    let (from, to) = (
        (range.start().year(), range.start().month()),
        (last.year(), last.month()),
    );
    let months = (from.0..=to.0).flat_map(|year| (1..=12).map(move |month| (year, month)));
    months.filter(move |month| *month >= from && *month <= to)
}
