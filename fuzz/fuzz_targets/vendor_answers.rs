//! Answers of the vendors beside Yahoo, as damaged as they like.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use quantx::market::{Date, Exchange};
use quantx::provider::{alpaca, csv, eodhd, hkex, tiingo};
use quantx::settings::{EnvMap, Overrides, Settings};

const DAY: Date = Date::constant(2024, 9, 30);

static HONG_KONG: LazyLock<Option<Arc<Exchange>>> = LazyLock::new(|| {
    let settings = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
    settings.ok()?.exchanges.by_suffix("HK").cloned()
});

fuzz_target!(|bytes: &[u8]| {
    let Some(exchange) = HONG_KONG.as_deref() else {
        return;
    };
    let bodies = eodhd::DayBodies {
        prices: bytes,
        splits: bytes,
        dividends: bytes,
    };
    let _ = eodhd::parse_prices(bytes, exchange);
    let _ = eodhd::parse_day(bodies, exchange, DAY);
    let _ = alpaca::parse_bars(bytes, exchange);
    let _ = alpaca::parse_actions(bytes, exchange);
    let _ = tiingo::parse_history(bytes, exchange, DAY);
    let _ = csv::parse_table(bytes, &csv::CsvFormat::plain(), exchange, DAY);
    let mut page = hkex::QuotationsPage::new(exchange, DAY);
    if page.feed(bytes).is_ok() {
        let _ = page.finish();
    }
});
