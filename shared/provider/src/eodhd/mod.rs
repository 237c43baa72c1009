//! EODHD: a listing's history, or all listings of an exchange on one date.
//!
//! **Units.** Prices are of the shares of their day ("raw"), in the exchange's quoted unit (London:
//! pence). Volumes are divided by later splits and are multiplied back by the splits of the same
//! answer. Dividends are divided by later splits too, with the amount as paid beside them
//! (`unadjustedValue`), which is what is read. `adjusted_close` is not read.
//!
//! **"Raw" is not always raw**: of some listings everything before a demerger is multiplied by one factor
//! (BHP.AU before 2022-05-25 by 0.890425, with four odd decimals). Nothing in the answer says so;
//! `quality::agreement` finds it as one step against another witness.
//!
//! **Limits.** 100,000 units a day and 1,000 requests a minute. A history costs 1 unit for each of its
//! three requests (prices, splits, dividends), a day of an exchange 100 units for each of its three. A
//! symbol that is not known still costs its unit. The free key has 20 units a day, one year of history
//! (HTTP 200 with a `warning` in the last row, [`ProviderError::NotEntitled`] where it cuts what was asked)
//! and no days.
//!
//! **Not for listings.** A day's answer holds funds (`0P…`) and codes that are gone (`PRL_old`); both are
//! left out and counted. A renamed code can go on answering with rows of the day of its renaming: rows
//! of another date are left out of days; in a history they are old rows and nothing newer.
//!
//! **Coverage.** Fifteen of our exchanges; not Hong Kong, Tokyo and Milan.
//! Ready: New York 15 minutes after the close, others 2 to 3 hours, corrected up to 5 times a day.
//! Source: the vendor's documentation, recorded answers of `eod` and of a day's prices, none of `splits`,
//! `div` and a day's events (docs/vendors.md); the client was never run against the vendor.
//!
//! [`ProviderError::NotEntitled`]: crate::ProviderError::NotEntitled

mod answer;
mod client;
mod day;
mod parse;
mod symbols;
mod wire;

use std::time::Duration;

use super::ProviderName;
use quantx_market::ExchangeCode;

pub use client::{EodhdClient, EodhdConfig, REQUESTS_PER_DAY, REQUESTS_PER_HISTORY};
pub use day::{DayBodies, parse_day};
pub use parse::{Prices, parse_prices};

/// EODHD in messages and reports.
pub const EODHD: ProviderName = ProviderName("eodhd");

/// How long after the close a row is not believed to be final: other exchanges than New York need the longest.
pub const READY_AFTER: Duration = Duration::from_secs(3 * 3_600);

/// Whether the vendor has anything of an exchange.
pub fn covers(exchange: &ExchangeCode) -> bool {
    symbols::exchange(exchange).is_some()
}

#[cfg(test)]
mod tests;
