//! What one vendor says of a listing's sessions, in as-traded terms and by its own evidence.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{Span, Timestamp};

use super::Vendor;
use crate::inspection::CONTEXT_DAYS;
use crate::listing::Task;
use quantx_market::{Action, Date, Listing, VendorHistory, VendorRow};
use quantx_provider::{DayBars, HistoryRequest};
use quantx_quality::agreement::{BarSource, Comparison, Lineage, Witness};
use quantx_quality::{Inspected, InspectedRow, Known, RuleSettings, read_basis};

/// The rows and events of one vendor, as traded and within the range.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Testimony {
    pub(crate) vendor: String,
    pub(crate) lineage: Lineage,
    pub(crate) source: BarSource,
    /// Ascending by date.
    pub(crate) rows: Vec<InspectedRow>,
    /// `None` where the vendor does not say when events were.
    pub(crate) actions: Option<Vec<Action>>,
    /// First and last date of which it would tell.
    pub(crate) covers: (Date, Date),
    /// Sessions of which it says that there was no trading.
    pub(crate) halted: BTreeSet<Date>,
}

impl Testimony {
    /// As the vote takes it.
    pub(crate) fn witness(&self) -> Witness<'_> {
        Witness {
            vendor: &self.vendor,
            lineage: self.lineage.clone(),
            source: self.source,
            rows: &self.rows,
        }
    }

    /// Its row of a session.
    pub(crate) fn row(&self, date: Date) -> Option<&InspectedRow> {
        let at = self.rows.binary_search_by_key(&date, |row| row.date);
        at.ok().and_then(|at| self.rows.get(at))
    }
}

/// The sessions of a listing that a vendor is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range<'a> {
    pub(crate) task: &'a Task,
    /// First date, inclusive.
    pub(crate) from: Date,
    /// Last date, inclusive.
    pub(crate) to: Date,
    pub(crate) now: Timestamp,
    pub(crate) rules: &'a RuleSettings,
}

impl Range<'_> {
    /// The question for a history; out of the sessions before it is learnt what is usual for the listing.
    pub(crate) fn request(&self) -> HistoryRequest {
        let days = Span::new().try_days(CONTEXT_DAYS);
        let start = days.and_then(|days| self.from.checked_sub(days));
        HistoryRequest {
            listing: self.task.listing.clone(),
            start: start.unwrap_or(self.from),
            now: self.now,
        }
    }

    /// Volumes of the newest two days are still counted.
    pub(crate) fn comparison(&self) -> Comparison {
        comparison(self.task.today(self.now))
    }

    pub(crate) fn is_wanted(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }

    pub(crate) fn wanted(&self, mut actions: Vec<Action>) -> Vec<Action> {
        actions.retain(|action| self.is_wanted(action.ex_date));
        actions
    }

    /// The last session whose row a vendor no longer changes.
    fn last_final(&self, vendor: &Vendor) -> Option<Date> {
        let lag = self.task.exchange.lag.max(vendor.ready_after);
        let session = self.task.calendar.last_closed_session(self.now, lag)?;
        Some(session.date())
    }

    /// An answer read by itself: stored rows are no evidence of how a vendor's rows are to be read, or it
    /// would confirm whatever is stored.
    ///
    /// # Errors
    /// Why its rows cannot be put on the basis of their day.
    pub(crate) fn of_history(
        &self,
        vendor: &Vendor,
        history: &mut VendorHistory,
    ) -> Result<Testimony, String> {
        let rules = self.rules.for_kind(self.task.listing.kind());
        let (basis, _) = read_basis(history, Known::default(), &rules);
        if let Some(undecided) = &basis.undecided {
            return Err(undecided.reason.clone());
        }
        let as_traded = basis.undo(history);
        let last = self.last_final(vendor).min(Some(self.to));
        let last = last.unwrap_or(Date::MIN);
        let mut rows = Inspected::of_answer(history, &as_traded).rows;
        rows.retain(|row| self.is_wanted(row.date) && row.date <= last && !row.is_null());
        let actions = as_traded.actions.iter().map(|it| it.action).collect();
        let first = rows.first().map_or(self.from, |row| row.date);
        Ok(Testimony {
            vendor: vendor.name.to_string(),
            lineage: vendor.lineage.clone(),
            source: vendor.source,
            actions: vendor.knows_events.then(|| self.wanted(actions)),
            covers: (first, last),
            halted: BTreeSet::new(),
            rows,
        })
    }

    /// Whole days, as far as they are there.
    pub(crate) fn of_days(&self, vendor: &Vendor, days: &[Arc<DayBars>]) -> Testimony {
        let listing = &self.task.listing;
        let found = days.iter().filter_map(|day| day.get(listing));
        let traded = found.clone().filter(|it| !it.row.is_null());
        let halted = found.filter(|it| it.state.excuses_session());
        let events = days.iter().flat_map(|day| events_of(day, listing));
        let dates = || days.iter().map(|day| day.date);
        Testimony {
            vendor: vendor.name.to_string(),
            lineage: vendor.lineage.clone(),
            source: vendor.source,
            rows: traded.map(|it| inspected(&it.row)).collect(),
            actions: vendor.knows_events.then(|| events.collect()),
            covers: (
                dates().min().unwrap_or(self.from),
                dates().max().unwrap_or(self.from),
            ),
            halted: halted.map(|it| it.row.date).collect(),
        }
    }

    /// The sessions of the range that are final with a vendor.
    pub(crate) fn final_sessions(&self, vendor: &Vendor) -> Vec<Date> {
        let last = self.last_final(vendor).min(Some(self.to));
        let Some(last) = last.filter(|last| *last >= self.from) else {
            return Vec::new();
        };
        let range = quantx_market::SessionRange::inclusive(self.from, last);
        let sessions = self.task.calendar.sessions(range);
        sessions.map(|session| session.date()).collect()
    }
}

/// When two vendors' values are the same on `today`.
pub(crate) fn comparison(today: Date) -> Comparison {
    let days = Span::new().days(2);
    Comparison {
        volumes_final_to: today.checked_sub(days).ok(),
        ..Comparison::default()
    }
}

fn events_of(day: &DayBars, listing: &Listing) -> Vec<Action> {
    let events = day.events.get(listing);
    events.map_or_else(Vec::new, |events| events.actions.clone())
}

/// A row of an exchange's day, which is as traded.
fn inspected(row: &VendorRow) -> InspectedRow {
    InspectedRow {
        date: row.date,
        prices: row.known_prices(),
        volume: row.volume,
        adjustment: None,
    }
}
