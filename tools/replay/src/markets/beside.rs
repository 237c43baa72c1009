//! What stands beside shares on a made-up market: indices, currencies, crypto, a future and a fund.

use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::random::SplitMix64;
use crate::truth::{DailyRow, SymbolTruth};
use crate::venue::{
    CRYPTO, CURRENCIES, FUNDS, FUTURES, HONG_KONG_CURRENCIES, HONG_KONG_INDICES, NEW_YORK_INDICES,
    Venue, VenueFacts,
};
use quantx_market::{Action, ActionKind, ActionSet};

/// One of them: a walk in ticks between two bounds.
#[derive(Debug)]
pub(super) struct Made {
    /// As Yahoo writes it.
    pub(super) symbol: &'static str,
    pub(super) facts: &'static VenueFacts,
    low: i64,
    high: i64,
    /// Largest move of a session, in ticks.
    step: i64,
    volume: Volume,
}

#[derive(Debug, Clone, Copy)]
enum Volume {
    /// Yahoo writes 0 where nothing is counted,
    Zero,
    /// or nothing.
    Unknown,
    Traded,
}

impl Made {
    /// All of them.
    pub(super) const ALL: [Self; 9] = [
        made(
            "^GSPC",
            &NEW_YORK_INDICES,
            (100_000, 600_000),
            6_000,
            Volume::Zero,
        ),
        made(
            "^HSI",
            &HONG_KONG_INDICES,
            (1_000_000, 3_000_000),
            30_000,
            Volume::Zero,
        ),
        made("EURUSD=X", &CURRENCIES, (9_000, 15_000), 90, Volume::Zero),
        made("GBPUSD=X", &CURRENCIES, (11_000, 18_000), 110, Volume::Zero),
        // Pegged.
        made(
            "USDHKD=X",
            &HONG_KONG_CURRENCIES,
            (77_500, 78_500),
            60,
            Volume::Zero,
        ),
        made(
            "BTC-USD",
            &CRYPTO,
            (200_000, 9_000_000),
            90_000,
            Volume::Traded,
        ),
        made("ETH-USD", &CRYPTO, (10_000, 400_000), 6_000, Volume::Traded),
        made("CL=F", &FUTURES, (2_000, 12_000), 200, Volume::Traded),
        made("0P0000SYN1", &FUNDS, (1_000, 40_000), 300, Volume::Unknown),
    ];
}

const fn made(
    symbol: &'static str,
    facts: &'static VenueFacts,
    (low, high): (i64, i64),
    step: i64,
    volume: Volume,
) -> Made {
    Made {
        symbol,
        facts,
        low,
        high,
        step,
        volume,
    }
}

/// The days on which crude oil was worth less than nothing, as recorded, and one on which a price is zero.
const BELOW_ZERO: [(Date, [f64; 4]); 3] = [
    (date(2020, 4, 20), [17.73, 17.85, -40.32, -37.63]),
    (date(2020, 4, 21), [-14.0, 13.86, -16.74, 10.01]),
    (date(2020, 4, 22), [10.0, 10.5, -1.0, 0.0]),
];

/// Sessions between two payments of a fund.
const QUARTER: usize = 63;

/// The whole history; an index or a fund is one number a session but for a little room around it.
pub(super) fn truth(made: &Made, venue: Arc<Venue>, seed: u64) -> SymbolTruth {
    let mut random = SplitMix64::of(seed, made.symbol, &[]);
    let ticks = f64::from(made.facts.ticks_per_unit);
    let mut close = i64::midpoint(made.low, made.high);
    let mut rows = Vec::with_capacity(venue.sessions.len());
    let mut actions = ActionSet::default();
    for (index, session) in venue.sessions.iter().enumerate() {
        let room = made.step / 4;
        let open = close;
        close = (close + random.between(-made.step, made.step)).clamp(made.low, made.high);
        let high = open.max(close) + random.between(0, room);
        let low = open.min(close) - random.between(0, room);
        let is_fund = made.facts.instrument == "MUTUALFUND";
        let prices = match is_fund {
            true => [close; 4],
            false => [open, high, low, close],
        };
        let mut prices = prices.map(|price| price as f64 / ticks);
        let below = BELOW_ZERO.iter().find(|(day, _)| *day == session.date);
        if let (Some((_, below)), "FUTURE") = (below, made.facts.instrument) {
            prices = *below;
        }
        if is_fund && index % QUARTER == QUARTER - 1 {
            let amount = close as f64 / ticks / 100.0;
            actions.insert(Action {
                ex_date: session.date,
                kind: ActionKind::Dividend { amount },
            });
        }
        let [open, high, low, close] = prices.map(Some);
        rows.push(DailyRow {
            date: session.date,
            open,
            high,
            low,
            close,
            volume: match made.volume {
                Volume::Zero => Some(0),
                Volume::Unknown => None,
                Volume::Traded => Some(random.between(10_000, 400_000).unsigned_abs()),
            },
        });
    }
    SymbolTruth {
        symbol: made.symbol.to_owned(),
        first_trade: rows.first().map_or(Date::MAX, |row| row.date),
        delisted: None,
        venue,
        rows,
        actions,
        suspensions: Vec::new(),
        rename: None,
    }
}
