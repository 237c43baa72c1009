//! The page as JSON, for programs; and what the next run goes on from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Page, PageEvent, PageRefresh, PageRun};
use quantx_lake::gaps::Coverage;
use quantx_market::Date;

/// Shape of the file: a program that reads it compares this first.
const SCHEMA: u32 = 1;
/// Market events that are kept, the newest.
const EVENTS: usize = 100;

/// `site/status.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Version of this shape.
    pub schema: u32,
    /// When it was made.
    pub timestamp: Timestamp,
    /// Listings, by how they are.
    pub listings: StatusListings,
    /// All cells.
    pub cells: Coverage,
    /// What waits for a person, by kind.
    pub open: BTreeMap<String, usize>,
    /// Ascending by code.
    pub exchanges: Vec<StatusExchange>,
    /// Sessions that most listings of a market lack, newest first.
    pub market_events: Vec<PageEvent>,
    /// Newest first.
    pub runs: Vec<PageRun>,
    /// Newest first.
    pub refreshes: Vec<PageRefresh>,
}

/// Counts of listings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusListings {
    /// With rows.
    pub stored: usize,
    /// Of these, without a missing session.
    pub complete: usize,
    /// Of these, without the newest session that is over.
    pub behind: usize,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusExchange {
    /// The lake's code.
    pub exchange: String,
    /// ISO 10383 market identifier.
    pub mic: String,
    /// Whether the calendar is weekdays only.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// The newest stored session.
    pub last: Option<Date>,
    /// Sessions that are over and later than that.
    pub sessions_behind: usize,
    /// Its listings.
    pub listings: StatusListings,
    /// Their cells.
    pub cells: Coverage,
}

impl Status {
    /// The page's own figures.
    pub fn of(page: &Page) -> Self {
        let exchanges: Vec<StatusExchange> = page
            .exchanges
            .iter()
            .map(|exchange| StatusExchange {
                exchange: exchange.code.clone(),
                mic: exchange.market.mic.clone(),
                approximate: exchange.market.approximate,
                due: exchange.market.due,
                last: exchange.last,
                sessions_behind: exchange.behind,
                listings: StatusListings {
                    stored: exchange.listings,
                    complete: exchange.complete,
                    behind: exchange.listings_behind,
                },
                cells: exchange.cells,
            })
            .collect();
        let sum =
            |of: fn(&StatusListings) -> usize| exchanges.iter().map(|it| of(&it.listings)).sum();
        let open = page.open_counts().into_iter();
        Self {
            schema: SCHEMA,
            timestamp: page.now,
            listings: StatusListings {
                stored: sum(|it| it.stored),
                complete: sum(|it| it.complete),
                behind: sum(|it| it.behind),
            },
            cells: page.cells(),
            open: open.map(|(kind, n)| (kind.name().to_owned(), n)).collect(),
            market_events: page.events.iter().take(EVENTS).cloned().collect(),
            runs: page.runs.clone(),
            refreshes: page.refreshes.clone(),
            exchanges,
        }
    }
}
