//! A made-up market: any number of listings, each a pure function of (seed, index).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::{Date, date};

use super::Market;
use super::spec::Scope;
use super::habits::Habits;
use super::walk::Walk;
use crate::provider::replay::bounded::Bounded;
use crate::provider::replay::random::SplitMix64;
use crate::provider::replay::sessions::Sessions;
use crate::provider::replay::truth::{Rename, SymbolTruth};
use crate::provider::replay::venue::{HONG_KONG, LONDON, TOKYO, UNITED_STATES, Venue, VenueFacts};

const FIRST: Date = date(2000, 1, 3);
const LAST: Date = date(2026, 12, 31);

/// Histories kept in memory; one is about half a megabyte and made in a millisecond.
const KEPT: usize = 64;

/// A market of made-up listings, history from 2000-01-03 to 2026-12-31.
#[derive(Debug)]
pub(super) struct SyntheticMarket {
    seed: u64,
    venues: Vec<Arc<Venue>>,
    /// In the market's order.
    symbols: Vec<String>,
    listings: HashMap<String, Listed>,
    kept: Mutex<Bounded<String, Arc<SymbolTruth>>>,
}

#[derive(Debug, Clone, Copy)]
struct Listed {
    index: usize,
    venue: usize,
    name: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Only,
    Old,
    New,
}

impl SyntheticMarket {
    pub(super) fn new(n_listings: usize, scope: Scope, seed: u64) -> Self {
        let facts: &[&'static VenueFacts] = match scope {
            Scope::World => &[&UNITED_STATES, &HONG_KONG, &TOKYO, &LONDON],
            Scope::UnitedStates => &[&UNITED_STATES],
        };
        let mut market = Self {
            seed,
            venues: facts.iter().map(|facts| Arc::new(venue(facts))).collect(),
            symbols: Vec::new(),
            listings: HashMap::new(),
            kept: Mutex::new(Bounded::new(KEPT)),
        };
        for index in 0..n_listings {
            let venue = match scope {
                Scope::World if index % 10 == 9 => 1 + (index / 10) % 3,
                Scope::World | Scope::UnitedStates => 0,
            };
            let suffix = facts.get(venue).map_or("", |facts| facts.suffix);
            let symbol = match suffix {
                "" | ".L" => format!("S{index:04}{suffix}"),
                _ => format!("{index:04}{suffix}"),
            };
            let listed = |name| Listed { index, venue, name };
            if scope == Scope::World && Habits::of(index).renamed {
                market.add(format!("{symbol}N"), listed(Name::New));
                market.add(symbol, listed(Name::Old));
            } else {
                market.add(symbol, listed(Name::Only));
            }
        }
        market
    }

    fn add(&mut self, symbol: String, listed: Listed) {
        self.symbols.push(symbol.clone());
        self.listings.insert(symbol, listed);
    }

    fn make(&self, symbol: &str, listed: Listed) -> Option<SymbolTruth> {
        let venue = Arc::clone(self.venues.get(listed.venue)?);
        let mut habits = Habits::of(listed.index);
        if self.venues.len() == 1 {
            // Benchmarks compare equal amounts of work: every listing from first to last.
            habits = Habits {
                late: false,
                delisted: false,
                ..habits
            };
        }
        let random = SplitMix64::of(self.seed, "listing", &[listed.index as u64]);
        let history = Walk::new(random, &venue, habits).run();
        let on = history.rename_date;
        let rename = match listed.name {
            Name::Only => None,
            Name::Old => Some(Rename::Into {
                symbol: format!("{symbol}N"),
                on,
            }),
            Name::New => Some(Rename::From {
                symbol: symbol.trim_end_matches('N').to_owned(),
                on,
            }),
        };
        Some(SymbolTruth {
            symbol: symbol.to_owned(),
            first_trade: history.rows.first()?.date,
            delisted: habits.delisted.then_some(history.rows.last()?.date),
            venue,
            rows: history.rows,
            actions: history.actions,
            suspensions: history.suspensions,
            rename,
        })
    }
}

impl Market for SyntheticMarket {
    fn symbols(&self) -> Vec<String> {
        self.symbols.clone()
    }

    fn truth(&self, symbol: &str) -> Option<Arc<SymbolTruth>> {
        let listed = *self.listings.get(symbol)?;
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(truth) = kept().get(&symbol.to_owned()) {
            return Some(truth);
        }
        let truth = Arc::new(self.make(symbol, listed)?);
        kept().put(symbol.to_owned(), Arc::clone(&truth), 1);
        Some(truth)
    }

    fn venue(&self, symbol: &str) -> Option<Arc<Venue>> {
        let listed = self.listings.get(symbol)?;
        self.venues.get(listed.venue).cloned()
    }
}

fn venue(facts: &'static VenueFacts) -> Venue {
    let zone = Venue::zone_of(facts);
    Venue {
        facts,
        sessions: Sessions::of_calendar(facts, &zone, FIRST, LAST),
        zone,
    }
}
