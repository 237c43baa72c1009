//! A lake of every exchange of the settings, day by day: no false hole, no false green.

mod faults;
mod year;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use quantx::calendar::Calendar;
use quantx::lake::LakeKey;
use quantx::lake::codec::decode;
use quantx::market::{Bar, InstrumentKind, Listing};
use quantx::report::{ListingReport, RunReport};
use quantx::settings::{EnvMap, Overrides, Settings};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_replay::DailyRow;
use quantx_tests::lab::Lab;

/// The hour of the timer in the settings: the Americas are over, Asia is open, Europe is not yet.
const HOUR: i8 = 5;

/// The made-up market of all exchanges, its lake, and the listings that are kept.
struct World {
    lab: Lab,
    lake: Arc<dyn LakeStore>,
    symbols: Vec<String>,
    begin: Date,
}

impl World {
    /// Listings of the market that `keep` wants, `market` as on the command line.
    async fn new(
        market: &str,
        faults: &str,
        settings: &str,
        begin: Date,
        keep: impl Fn(&str) -> bool,
    ) -> Self {
        let lab = Lab::with_settings(market, faults, 16, begin, settings).await;
        let mut symbols = lab.server.market().symbols();
        symbols.retain(|symbol| keep(symbol));
        Self {
            lab,
            lake: Arc::new(MemoryStore::new()),
            symbols,
            begin,
        }
    }

    /// The daily update of that morning.
    async fn on(&self, day: Date) -> RunReport {
        self.lab.at(at(day));
        self.lab.daily(&self.lake, &self.symbols).await.unwrap()
    }

    /// Compares every stored row with what really happened, up to the session that is final and official at the
    /// vendor on `day`. Gives the number of rows; `lacks` are the rows that the vendor never had.
    async fn is_the_truth(&self, day: Date, lacks: impl Fn(&str, Date) -> bool) -> usize {
        let market = self.lab.server.market();
        let mut n_rows = 0;
        for listing in self.lab.listings(&self.symbols) {
            let symbol = listing.symbol().to_string();
            let truth = market.truth(&symbol).unwrap();
            let sessions = truth.venue.sessions.iter();
            // The vendor's bars are official at ten in the evening.
            let official = |date: Date| truth.venue.stamp(date, jiff::civil::time(22, 0, 0, 0));
            let expected: Vec<Date> = sessions
                .map(|session| session.date)
                .filter(|date| *date >= self.begin && official(*date) <= at(day).as_second())
                .filter(|date| !lacks(&symbol, *date))
                .collect();
            let stored = self.bars(&listing).await;
            let dates: Vec<Date> = stored.keys().copied().collect();
            assert_eq!(dates, expected, "{symbol} on {day}");
            for row in truth.rows.iter().filter(|row| expected.contains(&row.date)) {
                let bar = &stored[&row.date];
                same_prices(&symbol, row, bar);
                // The newest session's volume is restated the day after.
                if expected.last() != Some(&row.date) {
                    assert_eq!(bar.volume, row.volume, "{symbol} {}", row.date);
                }
            }
            n_rows += dates.len();
        }
        n_rows
    }

    async fn bars(&self, listing: &Listing) -> BTreeMap<Date, Bar> {
        let mut bars = BTreeMap::new();
        for year in 2024..=2026 {
            let key = LakeKey::bars(listing, year);
            if let Some(file) = self.lake.get(&key).await.unwrap() {
                let rows = decode(&file.bytes).unwrap().bars;
                bars.extend(rows.into_iter().map(|bar| (bar.date.date(), bar)));
            }
        }
        bars
    }
}

/// The prices of a stored row are what happened.
fn same_prices(symbol: &str, truth: &DailyRow, stored: &Bar) {
    let prices = [stored.open, stored.high, stored.low, Some(stored.close)];
    let prices = prices.map(|price| price.map(|price| price.get()));
    let expected = [truth.open, truth.high, truth.low, truth.close];
    assert_eq!(prices, expected, "{symbol} {}", truth.date);
}

fn at(day: Date) -> Timestamp {
    let wall: DateTime = day.at(HOUR, 0, 0, 0);
    wall.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

/// Every day from one to the other, inclusive.
fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |day| *day <= last)
}

fn listing<'a>(report: &'a RunReport, symbol: &str) -> &'a ListingReport {
    let mut listings = report.listings.iter();
    listings.find(|it| it.symbol == symbol).unwrap()
}

/// The settings as they are built in.
fn settings() -> Settings {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
        .unwrap_or_else(|problems| panic!("{problems}"))
}

/// Of exchanges of shares, by the lake's code.
fn calendars() -> BTreeMap<String, Calendar> {
    let settings = settings();
    let exchanges = settings.exchanges.iter();
    exchanges
        .filter(|exchange| InstrumentKind::of_code(exchange.code.as_str()) == InstrumentKind::Share)
        .map(|exchange| {
            let calendar = settings.calendars.of(&exchange.code).unwrap();
            (exchange.code.to_string(), calendar)
        })
        .collect()
}
