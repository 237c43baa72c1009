//! When and in which time zone a listing trades.

use std::sync::Arc;

use quantx_calendar::Calendar;
use quantx_market::{Exchange, ExchangeCode, InstrumentKind, Listing};

use super::Settings;

/// Parts the code of an index or fund from that of the exchange that it follows.
const FOLLOWS: char = ':';

impl Settings {
    /// What must be known of a listing to fetch it and to judge what is stored: its exchange, and the calendar that
    /// it keeps. An index or fund has both of the exchange that it follows. `None` where either is not known.
    pub fn venue(&self, listing: &Listing) -> Option<(&Arc<Exchange>, Calendar)> {
        let exchange = self.exchanges.of(listing)?;
        let calendar = self.calendars.of(self.exchanges.sessions_of(listing)?)?;
        Some((exchange, calendar))
    }

    /// The name of what has sessions for a symbol below an exchange's code: the code itself, and for indices and
    /// funds with the exchange that they follow, as `index:hk`.
    pub fn market_of(&self, exchange: &str, symbol: &str) -> String {
        let kind = InstrumentKind::of_code(exchange);
        if kind.follows_an_exchange()
            && let Ok(listing) = Listing::parse(symbol, &self.exchanges)
            && let Some(followed) = self.exchanges.sessions_of(&listing)
        {
            return format!("{exchange}{FOLLOWS}{followed}");
        }
        exchange.to_owned()
    }

    /// What [`Self::market_of`] names.
    pub fn market(&self, name: &str) -> Option<(&Arc<Exchange>, Calendar)> {
        let (code, followed) = name.split_once(FOLLOWS).unwrap_or((name, name));
        let parse = |code| ExchangeCode::parse(code).ok();
        let (code, followed) = (parse(code)?, parse(followed)?);
        let exchange = match code == followed {
            true => self.exchanges.get(&code)?,
            false => self.exchanges.following(&code, &followed)?,
        };
        Some((exchange, self.calendars.of(&followed)?))
    }
}
