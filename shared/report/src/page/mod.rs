//! The status page of a lake: one file for a browser in which everything is inside, the same as JSON,
//! and as metrics for Prometheus. Pure: the bytes depend on what is given alone.
//!
//! A run makes them of what it knows of its own listings and of what earlier runs knew
//! ([`PageListing`], [`PageRun`]); `quantx coverage --html` of what it finds in the lake.

mod data;
mod heat;
mod history;
mod html;
mod metrics;
mod model;
mod reported;
mod sections;
mod status;
mod sums;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use html::index_html;
pub use metrics::metrics_text;
pub use model::{LackingMonth, OpenItem, OpenKind, PageListing};
pub use reported::{PageRefresh, PageRun, UniverseChange};
pub use status::{Status, StatusExchange, StatusListings};
pub use sums::PageCalendars;
pub use text::percent;

use crate::coverage::CoverageEvent;
use crate::market::MarketEvent;
use quantx_lake::coverage::MonthCells;
use quantx_lake::gaps::Coverage;
use quantx_market::Date;
use sums::{OfExchange, Sums, later_than};

/// What `site/listings.json` holds: all that is known of each listing, ascending by exchange and symbol.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownListings {
    /// By exchange and symbol.
    pub listings: Vec<PageListing>,
}

impl KnownListings {
    /// Takes over what is known newly.
    pub fn learn(&mut self, news: impl IntoIterator<Item = PageListing>) {
        let key = |it: &PageListing| (it.exchange.clone(), it.symbol.clone());
        let known = std::mem::take(&mut self.listings);
        let mut known: BTreeMap<_, _> = known.into_iter().map(|it| (key(&it), it)).collect();
        for listing in news {
            let key = key(&listing);
            let listing = listing.onto(known.get(&key));
            known.insert(key, listing);
        }
        self.listings = known.into_values().collect();
    }
}

/// What the calendar says of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMarket {
    /// ISO 10383 market identifier.
    pub mic: String,
    /// Whether the calendar does not know all holidays.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
}

/// Everything a page is made of.
#[derive(Debug, Clone)]
pub struct PageParts {
    /// When it is made.
    pub now: Timestamp,
    /// Which listings, for people.
    pub scope: String,
    /// By exchange code and by [`PageCalendars::market`]; listings of others are named and not counted.
    pub markets: BTreeMap<String, PageMarket>,
    /// In any order.
    pub listings: Vec<PageListing>,
    /// Listings of the selection that the lake holds no row of.
    pub not_in_lake: Vec<String>,
    /// In any order.
    pub events: Vec<PageEvent>,
    /// In any order.
    pub runs: Vec<PageRun>,
    /// In any order.
    pub refreshes: Vec<PageRefresh>,
}

/// A session that most listings of an exchange lack, or a day without one on which they traded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageEvent {
    /// The session, or the last of them.
    pub date: Date,
    /// The lake's exchange code.
    pub exchange: String,
    /// Which sessions, for people.
    pub dates: String,
    /// Listings without a row.
    pub lacking: usize,
    /// Listings that should have one.
    pub listings: usize,
    /// What it looks like.
    pub reading: String,
}

impl From<&CoverageEvent> for PageEvent {
    fn from(event: &CoverageEvent) -> Self {
        Self {
            date: event.last,
            exchange: event.exchange.clone(),
            dates: event.dates(),
            lacking: event.lacking,
            listings: event.listings,
            reading: event.kind.reading().to_owned(),
        }
    }
}

impl From<&MarketEvent> for PageEvent {
    fn from(event: &MarketEvent) -> Self {
        Self {
            date: event.date,
            exchange: event.exchange.clone(),
            dates: event.date.to_string(),
            lacking: event.lacking,
            listings: event.listings,
            reading: event.reading.clone(),
        }
    }
}

/// A page, ready to be shown.
#[derive(Debug, Clone)]
pub struct Page {
    pub(super) now: Timestamp,
    pub(super) scope: String,
    /// Ascending by code.
    pub(super) exchanges: Vec<PageExchange>,
    /// Newest first.
    pub(super) events: Vec<PageEvent>,
    /// The worst first, with the sessions that each is behind.
    pub(super) listings: Vec<(PageListing, usize)>,
    pub(super) not_in_lake: Vec<String>,
    /// Newest first.
    pub(super) runs: Vec<PageRun>,
    /// Newest first.
    pub(super) refreshes: Vec<PageRefresh>,
}

/// One exchange of a page.
#[derive(Debug, Clone)]
pub(super) struct PageExchange {
    pub(super) code: String,
    pub(super) market: PageMarket,
    /// The newest stored session of any listing.
    pub(super) last: Option<Date>,
    /// Sessions that are over and later than that.
    pub(super) behind: usize,
    pub(super) listings: usize,
    pub(super) complete: usize,
    pub(super) listings_behind: usize,
    pub(super) cells: Coverage,
    /// Ascending.
    pub(super) months: Vec<MonthCells>,
    /// Sessions of the calendar in each month from the first to the last of `months`.
    pub(super) sessions: Vec<usize>,
}

impl Page {
    /// Sums up what is known.
    pub fn new(parts: PageParts, calendars: &impl PageCalendars) -> Self {
        let mut exchanges: BTreeMap<String, Sums> = BTreeMap::new();
        let mut listings = Vec::with_capacity(parts.listings.len());
        for listing in parts.listings {
            let code = calendars.market(&listing);
            let Some(market) = parts.markets.get(&code) else {
                listings.push((listing, 0));
                continue;
            };
            let calendar = OfExchange {
                code: &code,
                calendars,
            };
            let behind = calendar.behind(listing.last, market.due);
            // Of a listing that cannot be read nothing is known that could age.
            let since = match listing.last {
                Some(_) => later_than(listing.expected_to, market.due),
                None => None,
            };
            let listing = match since {
                Some(since) if calendar.delay(since) > 0 => {
                    listing.aged(since.end(), &calendar.months(since))
                }
                _ => listing,
            };
            let sums = exchanges.entry(listing.exchange.clone()).or_default();
            sums.add(&listing, behind, calendar);
            listings.push((listing, behind));
        }
        listings.sort_by(|a, b| rank(a).cmp(&rank(b)));
        let markets = parts.markets;
        let exchanges = exchanges.into_iter().filter_map(|(code, sums)| {
            let market = markets.get(&code)?.clone();
            let calendar = OfExchange {
                code: &code,
                calendars,
            };
            let behind = calendar.behind(sums.last, market.due);
            let exchange = sums.into_exchange(calendar, market, behind);
            Some(exchange)
        });
        let mut page = Self {
            now: parts.now,
            scope: parts.scope,
            exchanges: exchanges.collect(),
            events: parts.events,
            listings,
            not_in_lake: parts.not_in_lake,
            runs: parts.runs,
            refreshes: parts.refreshes,
        };
        page.events.sort_by(|a, b| b.cmp(a));
        page.events
            .dedup_by(|a, b| (&a.exchange, a.date) == (&b.exchange, b.date));
        page.runs
            .sort_by(|a, b| (b.timestamp, &b.run).cmp(&(a.timestamp, &a.run)));
        page.refreshes
            .sort_by(|a, b| (b.timestamp, &b.run).cmp(&(a.timestamp, &a.run)));
        page
    }

    /// All cells of all exchanges.
    pub(super) fn cells(&self) -> Coverage {
        let mut cells = Coverage::default();
        for exchange in &self.exchanges {
            cells += exchange.cells;
        }
        cells
    }

    /// What waits for a person, newest first.
    pub(super) fn open(&self) -> Vec<(&PageListing, &OpenItem)> {
        let listings = self.listings.iter().map(|(listing, _)| listing);
        let mut open: Vec<_> = listings
            .flat_map(|listing| listing.open.iter().map(move |item| (listing, item)))
            .collect();
        open.sort_by(|(a, left), (b, right)| {
            (right.since, right.date, &a.symbol).cmp(&(left.since, left.date, &b.symbol))
        });
        open
    }

    /// How much waits for a person, by kind.
    pub(super) fn open_counts(&self) -> BTreeMap<OpenKind, usize> {
        let kinds = [
            OpenKind::Correction,
            OpenKind::HeldEvent,
            OpenKind::RefusedRow,
        ];
        let mut counts: BTreeMap<OpenKind, usize> = kinds.map(|kind| (kind, 0)).into();
        for (listing, _) in &self.listings {
            for item in &listing.open {
                *counts.entry(item.kind).or_default() += 1;
            }
            *counts.entry(OpenKind::RefusedRow).or_default() += listing.more_open;
        }
        counts
    }

    /// The newest run that a lake is kept fresh by.
    pub(super) fn last_run(&self) -> Option<&PageRun> {
        self.runs.first()
    }
}

/// The worst sorts first.
fn rank((listing, behind): &(PageListing, usize)) -> impl Ord + '_ {
    use std::cmp::Reverse;
    (
        listing.unreadable.is_none(),
        Reverse((listing.cells.missing, *behind, listing.cells.excused)),
        (&listing.exchange, &listing.symbol),
    )
}
