//! One listing's history out of whole days of its exchange.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Asked, Vendor, Vendors};
use crate::listing::Task;
use quantx_market::{
    Action, Date, ExchangeCode, RowStamps, SessionRange, ShareBasis, VendorHistory,
};
use quantx_provider::{Absence, DayBars};

/// A question that reaches over more sessions is asked by listing: days are for catching up with a few.
pub(crate) const MAX_DAYS: usize = 8;

/// How many listings of each exchange a run works on.
pub(crate) type ListingsOf = BTreeMap<ExchangeCode, usize>;

/// Whether a vendor is asked for days of an exchange of which a run works on so many listings: only where
/// that takes fewer requests whatever the days are.
pub(crate) fn takes_fewer_requests(vendor: &Vendor, listings: usize) -> bool {
    let requests = |cost: super::QuestionCost, n: usize| n.saturating_mul(cost.requests as usize);
    vendor.days.is_some()
        && requests(vendor.cost_of_history, listings) > requests(vendor.cost_of_day, MAX_DAYS)
}

/// What a listing wants of whole days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) task: &'a Task,
    /// Sessions asked for; those that are not final with the vendor yet are not among them.
    pub(crate) window: SessionRange,
    /// Last stored session.
    pub(crate) last: Date,
    pub(crate) now: Timestamp,
}

/// The listing's history out of the days of the window; `None` where it must be asked for singly: the window
/// is too long, a day is not there or lacks a session that is due, or nothing of it is stored yet.
pub(crate) async fn history(
    vendors: &Vendors,
    first: &Asked,
    wanted: Wanted<'_>,
) -> Option<VendorHistory> {
    let Wanted {
        task, window, now, ..
    } = wanted;
    let sessions = task.calendar.sessions(window).map(|session| session.date());
    let sessions: Vec<Date> = sessions.take(MAX_DAYS + 1).collect();
    if sessions.is_empty() || sessions.len() > MAX_DAYS {
        return None;
    }
    let mut days: Vec<Arc<DayBars>> = Vec::with_capacity(sessions.len());
    for date in sessions {
        let day = vendors.shelf.day(&first.vendor, &task.exchange, date, now);
        days.push(day.await?);
    }
    assembled(&days, wanted)
}

fn assembled(days: &[Arc<DayBars>], wanted: Wanted<'_>) -> Option<VendorHistory> {
    let (task, last) = (wanted.task, wanted.last);
    let listing = &task.listing;
    let mut history = VendorHistory {
        basis: ShareBasis::AsTraded,
        stamps: RowStamps::EndOfDay,
        currency: None,
        time_zone: task.exchange.time_zone.clone(),
        first_trade: None,
        regular_period: None,
        rows: Vec::with_capacity(days.len()),
        duplicate_rows: 0,
        actions: Vec::new(),
        foreign: Vec::new(),
        refused_actions: Vec::new(),
        market_price: None,
    };
    let mut has_overlap = false;
    for (at, day) in days.iter().enumerate() {
        match day.get(listing) {
            Some(row) => {
                has_overlap |= day.date <= last;
                history.currency = history.currency.or_else(|| row.currency.clone());
                history.rows.push(row.row);
            }
            None if day.date > last => {
                let before = at.checked_sub(1).and_then(|at| days.get(at));
                let absence = before.map(|before| day.absence(listing, before));
                say_absent(listing, day, absence);
                return None;
            }
            // What is stored needs no confirmation of each session.
            None => {}
        }
        if let Some(events) = day.events.get(listing) {
            let known = |action: &Action| action.ex_date == day.date;
            history
                .actions
                .extend(events.actions.iter().filter(|it| known(it)));
            history.foreign.extend(events.foreign.iter().cloned());
            history
                .refused_actions
                .extend(events.refused.iter().cloned());
        }
    }
    has_overlap.then_some(history)
}

fn say_absent(listing: &quantx_market::Listing, day: &DayBars, absence: Option<Absence>) {
    let date = day.date;
    match absence {
        Some(Absence::Evidence) => {
            tracing::info!(symbol = %listing, %date, "{listing} is gone from the day {date}; asked singly");
        }
        Some(Absence::AnswerIncomplete { kept, of }) => {
            tracing::warn!(symbol = %listing, %date, kept, of,
                "the day {date} has {kept} of {of} listings of the session before: absence says nothing; {listing} is asked singly");
        }
        Some(Absence::Present | Absence::NotThereBefore) | None => {
            tracing::debug!(symbol = %listing, %date, "{listing} is not in the day {date}; asked singly");
        }
    }
}
