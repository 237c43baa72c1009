//! What the lake holds of what it should, summed up by listing, exchange and market event.

mod event;
mod listing;
#[cfg(test)]
mod tests;

pub use event::{CoverageEvent, EventKind};
pub use listing::{HoleRange, ListingCoverage};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use event::{joined, market_events};
use quantx_lake::coverage::{MonthCells, Survey};
use quantx_lake::gaps::Coverage;
use quantx_market::{Date, Listing};

/// What the lake holds of what it should hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageReport {
    /// The instant up to which sessions are expected.
    pub timestamp: Timestamp,
    /// Which listings, for people.
    pub selection: String,
    /// A session asked for on this many days is excused.
    pub hole_asks: u32,
    /// A session that a larger share of an exchange's listings lack is one event.
    pub outage_share: f64,
    /// All cells.
    pub totals: Coverage,
    /// Ascending by code.
    pub exchanges: Vec<ExchangeCoverage>,
    /// Sessions that most listings of an exchange lack; ascending by exchange and date.
    pub market_events: Vec<CoverageEvent>,
    /// The listings of the lake, the worst first.
    pub listings: Vec<ListingCoverage>,
    /// Listings of the selection that the lake holds no row of.
    pub not_in_lake: Vec<String>,
}

/// One exchange's part of the lake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeCoverage {
    /// The lake's exchange code.
    pub exchange: String,
    /// ISO 10383 market identifier, which is also the calendar's name.
    pub mic: String,
    /// Whether the calendar is approximate on the newest session that is over: what it takes for sessions may
    /// be holidays.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// Listings with rows.
    pub listings: usize,
    /// Of these, those that lack nothing without an excuse, and are readable.
    pub complete: usize,
    /// Of these, those without the newest session that is over.
    pub behind: usize,
    /// Listings of the selection without rows.
    pub not_in_lake: usize,
    /// Their cells.
    pub cells: Coverage,
    /// The cells by month, ascending.
    pub months: Vec<MonthCells>,
}

/// What an exchange's calendar says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeFrame {
    /// ISO 10383 market identifier.
    pub mic: String,
    /// Whether the calendar is approximate on the newest session that is over.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// The cells of its listings by month.
    pub months: Vec<MonthCells>,
}

/// One listing as it was found.
#[derive(Debug, Clone)]
pub struct SurveyedListing {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// First and last stored session.
    pub stored: Option<(Date, Date)>,
    /// Its cells; nothing if its record cannot be read.
    pub survey: Option<Survey>,
    /// What could not be read.
    pub unreadable: Option<String>,
}

/// Everything a report is made of.
#[derive(Debug, Clone)]
pub struct CoverageFindings {
    /// The instant up to which sessions are expected.
    pub now: Timestamp,
    /// Which listings, for people.
    pub selection: String,
    /// A session asked for on this many days is excused.
    pub hole_asks: u32,
    /// A session that a larger share of an exchange's listings lack is one event.
    pub outage_share: f64,
    /// By exchange code.
    pub exchanges: BTreeMap<String, ExchangeFrame>,
    /// In any order.
    pub listings: Vec<SurveyedListing>,
    /// In any order.
    pub not_in_lake: Vec<Listing>,
}

impl CoverageReport {
    /// By exchange, ascending, the sessions that are most likely holidays of an approximate calendar.
    pub fn probable_holidays(&self) -> BTreeMap<&str, Vec<Date>> {
        let mut dates: BTreeMap<&str, Vec<Date>> = BTreeMap::new();
        let events = self.market_events.iter();
        for event in events.filter(|event| event.kind == EventKind::Holiday) {
            dates.entry(&event.exchange).or_default().push(event.date);
        }
        dates
    }

    /// Sums up what was found.
    pub fn new(mut findings: CoverageFindings) -> Self {
        let market_events = market_events(&findings);
        let of_market: BTreeSet<(&str, Date)> = market_events
            .iter()
            .map(|event| (event.exchange.as_str(), event.date))
            .collect();
        let mut listings: Vec<ListingCoverage> = findings
            .listings
            .iter()
            .map(|found| {
                let exchange = found.exchange.as_str();
                let is_shared = |date| of_market.contains(&(exchange, date));
                ListingCoverage::of(found, is_shared)
            })
            .collect();
        listings.sort_by(|a, b| a.rank().cmp(&b.rank()));
        findings.not_in_lake.sort();
        let exchanges = exchanges(&findings, &listings);
        let mut totals = Coverage::default();
        for exchange in &exchanges {
            totals += exchange.cells;
        }
        Self {
            timestamp: findings.now,
            selection: findings.selection,
            hole_asks: findings.hole_asks,
            outage_share: findings.outage_share,
            totals,
            exchanges,
            market_events: joined(market_events),
            listings,
            not_in_lake: findings
                .not_in_lake
                .iter()
                .map(|listing| listing.symbol().to_string())
                .collect(),
        }
    }

    /// Whether nothing is missing: every listing of the selection is there and can be read, and
    /// lacks nothing without an excuse.
    pub fn is_complete(&self) -> bool {
        self.not_in_lake.is_empty() && self.listings.iter().all(ListingCoverage::is_complete)
    }
}

fn exchanges(findings: &CoverageFindings, listings: &[ListingCoverage]) -> Vec<ExchangeCoverage> {
    let mut exchanges: BTreeMap<&str, ExchangeCoverage> = findings
        .exchanges
        .iter()
        .map(|(code, frame)| {
            let coverage = ExchangeCoverage {
                exchange: code.clone(),
                mic: frame.mic.clone(),
                approximate: frame.approximate,
                due: frame.due,
                listings: 0,
                complete: 0,
                behind: 0,
                not_in_lake: 0,
                cells: Coverage::default(),
                months: frame.months.clone(),
            };
            (code.as_str(), coverage)
        })
        .collect();
    for listing in listings {
        if let Some(exchange) = exchanges.get_mut(listing.exchange.as_str()) {
            exchange.listings += 1;
            exchange.complete += usize::from(listing.is_complete());
            exchange.behind += usize::from(listing.behind > 0);
            exchange.cells += listing.cells;
        }
    }
    for listing in &findings.not_in_lake {
        if let Some(exchange) = exchanges.get_mut(listing.exchange().as_str()) {
            exchange.not_in_lake += 1;
        }
    }
    exchanges.into_values().collect()
}
