//! Which vendor a run would ask for what, and what that costs there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::listing::{RunFrame, Task};
use crate::plan::{FetchPlan, Intent};
use crate::vendors::by_date::{MAX_DAYS, takes_fewer_requests};
use crate::vendors::witnesses::is_in_turn;
use crate::vendors::{Vendor, Vendors};
use quantx_lake::record::CommitRecord;
use quantx_market::{Date, ExchangeCode};
use quantx_settings::AskedVendors;

/// What a run would ask of one vendor, if nobody is away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PlannedVendor {
    /// Its name.
    pub vendor: String,
    /// Listings that are asked for one by one.
    pub by_listing: usize,
    /// Listings out of whole days; those that a day lacks are asked for one by one.
    pub by_date: usize,
    /// Whole days of exchanges.
    pub days: usize,
    /// Requests.
    pub requests: usize,
    /// Units of the account's quota.
    pub units: usize,
    /// Whether it is the first in some exchange's order; else it is only asked to confirm.
    pub is_first: bool,
}

/// Collects the questions of a run.
#[derive(Debug, Default)]
pub(super) struct Questions {
    by_vendor: BTreeMap<&'static str, PlannedVendor>,
    days: BTreeSet<(&'static str, ExchangeCode, Date)>,
}

impl Questions {
    /// One listing's question.
    pub(super) fn add(
        &mut self,
        vendors: &Vendors,
        asked: &AskedVendors,
        frame: &RunFrame,
        task: &Task,
        fetch: FetchPlan,
        record: Option<&CommitRecord>,
    ) {
        let exchange = task.listing.exchange();
        let order = vendors.in_order(asked, exchange);
        let Some(first) = order.first() else {
            return;
        };
        let vendor = &first.vendor;
        let window = task.ready(fetch, vendor, frame.now, record).window();
        let sessions = task.calendar.sessions(window).map(|session| session.date());
        let sessions: Vec<Date> = sessions.take(MAX_DAYS + 1).collect();
        let listings = frame.listings_of.get(exchange).copied().unwrap_or(0);
        let is_daily = matches!(frame.intent, Intent::Daily { .. });
        let has_rows = record.is_some_and(|record| record.last().is_some());
        let by_date = asked.by_date
            && is_daily
            && has_rows
            && !sessions.is_empty()
            && sessions.len() <= MAX_DAYS
            && takes_fewer_requests(vendor, listings);
        planned(&mut self.by_vendor, vendor).is_first = true;
        let window = by_date.then_some(sessions.as_slice());
        self.ask(vendor, exchange, window);
        let today = task.today(frame.now);
        if !is_in_turn(asked.of(exchange).confirm, &task.listing, today, listings) {
            return;
        }
        for witness in vendors.witnesses(asked, exchange, &vendor.lineage) {
            let fewer = asked.by_date && takes_fewer_requests(&witness, listings);
            let by_date = witness.histories.is_none() || (fewer && sessions.len() <= MAX_DAYS);
            self.ask(&witness, exchange, by_date.then_some(sessions.as_slice()));
        }
    }

    /// One question: for these days of the exchange, or for the listing alone.
    fn ask(&mut self, vendor: &Vendor, exchange: &ExchangeCode, days: Option<&[Date]>) {
        let planned = planned(&mut self.by_vendor, vendor);
        let Some(days) = days else {
            planned.by_listing += 1;
            add_cost(planned, vendor.cost_of_history, 1);
            return;
        };
        planned.by_date += 1;
        for date in days {
            if self.days.insert((vendor.name.0, exchange.clone(), *date)) {
                planned.days += 1;
                add_cost(planned, vendor.cost_of_day, 1);
            }
        }
    }

    /// Requests to all vendors.
    pub(super) fn requests(&self) -> usize {
        self.by_vendor.values().map(|it| it.requests).sum()
    }

    /// One entry for each vendor that is asked, by name.
    pub(super) fn into_vendors(self) -> Vec<PlannedVendor> {
        self.by_vendor.into_values().collect()
    }
}

fn planned<'a>(
    all: &'a mut BTreeMap<&'static str, PlannedVendor>,
    vendor: &Vendor,
) -> &'a mut PlannedVendor {
    all.entry(vendor.name.0).or_insert_with(|| PlannedVendor {
        vendor: vendor.name.0.to_owned(),
        ..PlannedVendor::default()
    })
}

fn add_cost(planned: &mut PlannedVendor, cost: crate::vendors::QuestionCost, questions: usize) {
    planned.requests += questions * cost.requests as usize;
    planned.units += questions * cost.units as usize;
}

#[cfg(test)]
#[path = "vendors_tests.rs"]
mod tests;
