//! The daily quotations of the Hong Kong exchange: its own close, high, low and volume of every security
//! of one date, and the proof of halts and suspensions.
//!
//! **Units.** Prices as traded in the currency of the row (HKD, CNY, USD), volume in shares. There is no
//! open: rows have none. A security without a trade repeats the close of the day before, with volume 0.
//!
//! **What an absent row means.** Every security that is listed has a row, suspended ones too; so one that
//! is absent was not listed that day, if the page is whole ([`DayBars::absence`]).
//!
//! **Limits.** One page per day, without a key; it is read as a stream and left where the sales records
//! begin. The exchange licenses redistribution even of delayed data; what the page's own terms say was
//! not checked.
//!
//! Source: an excerpt of the page of 2026-10-02 and readers of others (docs/vendors.md); the client was
//! never run against the exchange.
//!
//! [`DayBars::absence`]: crate::DayBars::absence

mod client;
mod line;
mod page;

use super::ProviderName;

pub use client::{HkexClient, HkexConfig};
pub use page::{Progress, QuotationsPage};

/// The Hong Kong exchange in messages and reports.
pub const HKEX: ProviderName = ProviderName("hkex");

#[cfg(test)]
mod tests;
