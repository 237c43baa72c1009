//! For tests of every room: exchanges and listings without a settings file.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{Exchange, ExchangeCode, ExchangeTable, Listing};

/// An exchange with New York's calendar and unit, dated in UTC.
pub(crate) fn exchange(code: &str, suffix: &str) -> Exchange {
    Exchange {
        code: ExchangeCode::parse(code).unwrap(),
        suffix: suffix.to_owned(),
        mic: "XNYS".to_owned(),
        time_zone: TimeZone::UTC,
        currency: "USD".to_owned(),
        unit_scale: 1.0,
        lag: Duration::ZERO,
    }
}

/// A listing of the United States.
pub(crate) fn us_listing(symbol: &str) -> Listing {
    let table = ExchangeTable::new([exchange("us", "")]).unwrap();
    Listing::parse(symbol, &table).unwrap()
}
