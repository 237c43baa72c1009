//! A made-up market: any number of listings, each a pure function of (seed, index).

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::{Date, date};

use super::beside::{self, Made};
use super::habits::Habits;
use super::spec::Scope;
use super::walk::Walk;
use super::{Market, unusable};
use crate::bounded::Bounded;
use crate::random::SplitMix64;
use crate::sessions::Sessions;
use crate::truth::{Rename, SymbolTruth};
use crate::venue::{
    DUBAI, HONG_KONG, HONG_KONG_PAYING_DOLLARS, LONDON, TOKYO, UNITED_STATES, Venue, VenueFacts,
};
use crate::world;

const FIRST: Date = date(2000, 1, 3);
const LAST: Date = date(2026, 12, 31);

/// Where the histories of all exchanges begin: tests visit hundreds of listings day by day.
const FIRST_OF_ALL: Date = date(2024, 1, 2);

/// Histories kept in memory; one is about half a megabyte and made in a millisecond.
const CACHED: usize = 64;

/// The same of all exchanges, whose histories are a tenth as long.
const CACHED_OF_ALL: usize = 640;

/// A market of made-up listings, history from 2000-01-03 (of all exchanges from 2024-01-02) to 2026-12-31.
#[derive(Debug)]
pub(super) struct SyntheticMarket {
    seed: u64,
    scope: Scope,
    venues: Vec<Arc<Venue>>,
    /// In the market's order.
    symbols: Vec<String>,
    listings: HashMap<String, Listed>,
    cache: Mutex<Bounded<String, Arc<SymbolTruth>>>,
}

#[derive(Debug, Clone, Copy)]
struct Listed {
    index: usize,
    venue: usize,
    name: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// No share, by its place among what stands beside them.
    Beside(usize),
    Only,
    Old,
    New,
}

impl SyntheticMarket {
    pub(super) fn new(n_listings: usize, scope: Scope, seed: u64) -> io::Result<Self> {
        let facts: Vec<&'static VenueFacts> = match scope {
            Scope::World => vec![&UNITED_STATES, &HONG_KONG, &TOKYO, &LONDON],
            Scope::Exchanges => world::all(),
            Scope::UnitedStates => vec![&UNITED_STATES],
            Scope::Dubai => vec![&DUBAI],
            Scope::Kinds => {
                let beside = Made::ALL.iter().map(|made| made.facts);
                std::iter::once(&HONG_KONG_PAYING_DOLLARS)
                    .chain(beside)
                    .collect()
            }
        };
        let (first, cached) = match scope {
            Scope::Exchanges => (FIRST_OF_ALL, CACHED_OF_ALL),
            Scope::World | Scope::UnitedStates | Scope::Dubai | Scope::Kinds => (FIRST, CACHED),
        };
        let mut market = Self {
            seed,
            scope,
            venues: facts
                .iter()
                .map(|facts| venue(facts, first))
                .collect::<io::Result<_>>()?,
            symbols: Vec::new(),
            listings: HashMap::new(),
            cache: Mutex::new(Bounded::new(cached)),
        };
        for (index, made) in Made::ALL
            .iter()
            .enumerate()
            .filter(|_| scope == Scope::Kinds)
        {
            let listed = Listed {
                index,
                venue: 1 + index,
                name: Name::Beside(index),
            };
            market.add(made.symbol.to_owned(), listed);
        }
        for index in 0..n_listings {
            let venue = match scope {
                Scope::World if index % 10 == 9 => 1 + (index / 10) % 3,
                Scope::Exchanges => index % facts.len(),
                Scope::World | Scope::UnitedStates | Scope::Dubai | Scope::Kinds => 0,
            };
            let suffix = facts.get(venue).map_or("", |facts| facts.suffix);
            let symbol = match world::digits(suffix) {
                Some(digits) => format!("{index:0digits$}{suffix}"),
                None => format!("S{index:04}{suffix}"),
            };
            let listed = |name| Listed { index, venue, name };
            if scope == Scope::World && Habits::of(index).renamed {
                market.add(format!("{symbol}N"), listed(Name::New));
                market.add(symbol, listed(Name::Old));
            } else {
                market.add(symbol, listed(Name::Only));
            }
        }
        Ok(market)
    }

    fn add(&mut self, symbol: String, listed: Listed) {
        self.symbols.push(symbol.clone());
        self.listings.insert(symbol, listed);
    }

    fn make(&self, symbol: &str, listed: Listed) -> Option<SymbolTruth> {
        let venue = Arc::clone(self.venues.get(listed.venue)?);
        if let Name::Beside(index) = listed.name {
            let made = Made::ALL.get(index)?;
            return Some(beside::truth(made, venue, self.seed));
        }
        let habits = Habits::of(listed.index);
        let habits = match self.scope {
            Scope::World => habits,
            Scope::Kinds => Habits::PAYING,
            // Benchmarks compare equal amounts of work: every listing from first to last.
            Scope::UnitedStates | Scope::Dubai => Habits {
                late: false,
                delisted: false,
                ..habits
            },
            // A session without a row is nobody's habit here: it is what went wrong.
            Scope::Exchanges => Habits {
                late: false,
                delisted: false,
                suspended: false,
                ..habits
            },
        };
        let random = SplitMix64::of(self.seed, "listing", &[listed.index as u64]);
        let history = Walk::new(random, &venue, habits).run();
        let on = history.rename_date;
        let rename = match listed.name {
            Name::Only | Name::Beside(_) => None,
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
        let cache = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(truth) = cache().get(&symbol.to_owned()) {
            return Some(truth);
        }
        let truth = Arc::new(self.make(symbol, listed)?);
        cache().put(symbol.to_owned(), Arc::clone(&truth), 1);
        Some(truth)
    }

    fn venue(&self, symbol: &str) -> Option<Arc<Venue>> {
        let listed = self.listings.get(symbol)?;
        self.venues.get(listed.venue).cloned()
    }
}

fn venue(facts: &'static VenueFacts, first: Date) -> io::Result<Arc<Venue>> {
    let sessions = Sessions::of_calendar(facts, first, LAST)
        .ok_or_else(|| unusable("synthetic market", format!("no calendar {}", facts.mic)))?;
    Ok(Arc::new(Venue {
        facts,
        sessions,
        zone: Venue::zone_of(facts),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(n_listings: usize, scope: Scope) -> SyntheticMarket {
        SyntheticMarket::new(n_listings, scope, 42).unwrap()
    }

    #[test]
    fn names_tell_the_exchange_and_the_benchmark_has_only_us_listings() {
        let world = market(31, Scope::World).symbols();
        for symbol in ["S0000", "0009.HK", "0019.T", "S0029.L", "S0011", "S0011N"] {
            assert!(world.iter().any(|known| known == symbol), "{symbol}");
        }
        let bench = market(500, Scope::UnitedStates);
        assert_eq!(bench.symbols().len(), 500);
        assert_eq!(bench.symbols().last().map(String::as_str), Some("S0499"));
        for symbol in ["S0007", "S0008", "S0017"] {
            let truth = bench.truth(symbol).unwrap();
            assert_eq!(
                (truth.first_trade, truth.delisted),
                (FIRST, None),
                "{symbol}"
            );
        }
    }

    #[test]
    fn every_exchange_of_the_settings_has_its_listings_in_its_own_spelling() {
        let market = market(88, Scope::Exchanges);
        let symbols = market.symbols();
        for symbol in [
            "S0000",
            "0001.HK",
            "000024.KS",
            "000075.SS",
            "S0043.AT",
            "S0087.AT",
        ] {
            assert!(symbols.iter().any(|known| known == symbol), "{symbol}");
        }
        assert_eq!(symbols.len(), 88);
        let tel_aviv = market.truth("S0037.TA").unwrap();
        assert_eq!(tel_aviv.venue.facts.currency, "ILA");
        assert!(tel_aviv.suspensions.is_empty() && tel_aviv.delisted.is_none());
        // Sundays until 2026-01-04.
        let rows = tel_aviv.rows.iter();
        let last = rows
            .rev()
            .find(|row| row.date.weekday() == jiff::civil::Weekday::Sunday);
        assert_eq!(last.unwrap().date, date(2026, 1, 4));
    }

    #[test]
    fn every_habit_shows_in_the_first_twenty_listings() {
        let market = market(20, Scope::World);
        let truths: Vec<_> = market
            .symbols()
            .iter()
            .filter_map(|symbol| market.truth(symbol))
            .collect();
        assert!(
            truths
                .iter()
                .any(|truth| truth.first_trade > date(2003, 1, 1))
        );
        assert!(truths.iter().any(|truth| truth.delisted.is_some()));
        assert!(truths.iter().any(|truth| truth.rename.is_some()));
        let mut ratios = std::collections::BTreeSet::new();
        let mut same_day = 0;
        for truth in &truths {
            let habits = Habits::of(market.listings[&truth.symbol].index);
            let splits: Vec<_> = truth
                .actions
                .iter()
                .filter(|action| action.kind.split_ratio().is_some())
                .collect();
            assert_eq!(splits.len(), habits.splits.len(), "{}", truth.symbol);
            assert_eq!(
                truth.suspensions.len(),
                if habits.suspended { 2 } else { 0 }
            );
            for split in splits {
                ratios.insert(format!("{:?}", split.kind.split_ratio().unwrap().get()));
                same_day += truth
                    .actions
                    .iter()
                    .filter(|action| {
                        action.ex_date == split.ex_date && action.kind.cash().is_some()
                    })
                    .count();
            }
        }
        assert_eq!(
            ratios.into_iter().collect::<Vec<_>>(),
            ["0.1", "1.5", "2.0", "4.0"]
        );
        assert!(same_day >= 2);
    }

    #[test]
    fn rows_are_possible_bars_in_bounds_on_every_session_but_the_suspended_ones() {
        let market = market(40, Scope::World);
        for truth in market
            .symbols()
            .iter()
            .filter_map(|symbol| market.truth(symbol))
        {
            let ticks = f64::from(truth.venue.facts.ticks_per_unit);
            let last = truth.delisted.unwrap_or(LAST);
            let listed = truth.venue.sessions.iter().filter(|session| {
                (truth.first_trade..=last).contains(&session.date)
                    && !truth
                        .suspensions
                        .iter()
                        .any(|spell| spell.contains(session.date))
            });
            assert!(
                listed
                    .map(|session| session.date)
                    .eq(truth.rows.iter().map(|row| row.date)),
                "{}",
                truth.symbol
            );
            for row in &truth.rows {
                let [open, high, low, close] =
                    [row.open, row.high, row.low, row.close].map(Option::unwrap);
                assert!(low <= open.min(close) && open.max(close) <= high, "{row:?}");
                assert!(low * ticks >= 100.0 && high * ticks <= 200_000.0, "{row:?}");
                assert_eq!((close * ticks).round() / ticks, close);
            }
        }
    }

    #[test]
    fn a_listing_depends_on_seed_and_index_only() {
        let rows = |n_listings, seed| {
            let market = SyntheticMarket::new(n_listings, Scope::World, seed).unwrap();
            market.truth("S0005").unwrap().rows.clone()
        };
        assert_eq!(rows(6, 1), rows(60, 1));
        assert_ne!(rows(6, 1), rows(6, 2));
    }
}
