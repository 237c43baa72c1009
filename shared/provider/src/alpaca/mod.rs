//! Alpaca: consolidated daily bars of the United States since 2016, many listings in one request.
//!
//! **Units.** Prices in dollars and shares of the day (`adjustment=raw`), of the consolidated tape
//! (`feed=sip`); `feed=iex`, the vendor's default of free accounts in places, is a few per cent of the
//! volume and never asked for. Rows are stamped with New York's midnight.
//!
//! **Limits.** Free: 200 requests a minute, and nothing newer than 15 minutes (403 "subscription does not
//! permit querying recent SIP data", [`ProviderError::NotEntitled`]): questions end 16 minutes ago. A page
//! has at most 10,000 bars.
//!
//! **Events are evidence.** Splits, cash and stock dividends come with ex-dates; spin-offs, mergers and
//! changes of name as [`Evidence`]. A spin-off was once listed as a reverse split (DOV 2018-05-09,
//! alpaca-py#604): no split is applied on this vendor's word alone.
//!
//! Source: the vendor's documentation, and answers in the tests of its own client (docs/vendors.md); the
//! client here was never run against the vendor.
//!
//! [`ProviderError::NotEntitled`]: crate::ProviderError::NotEntitled

mod actions;
mod answer;
mod client;
mod parse;
mod symbols;
mod wire;

use std::time::Duration;

use super::ProviderName;

pub use actions::{CorporateActions, Evidence, EvidenceKind, parse_actions};
pub use client::{AlpacaClient, AlpacaConfig, SYMBOLS_PER_REQUEST};
pub use parse::{BarsPage, parse_bars};

/// Alpaca in messages and reports.
pub const ALPACA: ProviderName = ProviderName("alpaca");

/// How long after the close a row is not believed to be final: what is newer is not given to free accounts.
pub const READY_AFTER: Duration = Duration::from_secs(16 * 60);

#[cfg(test)]
mod tests;
