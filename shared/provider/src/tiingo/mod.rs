//! Tiingo: the history of one listing of the United States, raw prices and events in one answer.
//!
//! **Units.** Prices in dollars and shares of the day; sub-penny prints are kept (130.465), so that a
//! price may be half a cent from one of a vendor that rounds. `divCash` is per share of the ex-date,
//! `splitFactor` stands on the ex-date, 1.0 where there is none. The adjusted columns are not read.
//!
//! **Limits.** Free: 50 requests an hour, 1,000 a day, 500 different symbols a month; personal use, the
//! vendor is to be named. 429 when they are used up. One request per history; no days.
//! Ready from 17:30 New York, corrected until 20:00.
//!
//! **Faults.** A spin-off delivered as a split (CTXS 2017-02, quantmod#176).
//!
//! Source: the vendor's documentation and recorded answers (docs/vendors.md); the client was never run
//! against the vendor.

mod client;
mod parse;
mod wire;

use std::time::Duration;

use super::ProviderName;

pub use client::{TiingoClient, TiingoConfig};
pub use parse::parse_history;

/// Tiingo in messages and reports.
pub const TIINGO: ProviderName = ProviderName("tiingo");

/// How long after the close a row is not believed to be final: corrections come until 20:00 New York.
pub const READY_AFTER: Duration = Duration::from_secs(4 * 3_600);

#[cfg(test)]
mod tests;
