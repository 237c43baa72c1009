//! Yahoo's v8 chart: one listing per request, prices adjusted for splits, actions in the same answer.
//!
//! `client` does the I/O, `answer` reads status and headers, `parse` the body, `wire` is its shape.
//! Unofficial and undocumented: what is known of it is in the recorded answers that the tests read.

mod answer;
mod client;
mod events;
mod parse;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod recorded_answers;
mod wire;

use super::ProviderName;

pub use client::{YahooClient, YahooConfig, YahooSetupError};
pub use parse::{Parsed, VendorFault, parse_chart};

/// Yahoo in messages and reports.
pub const YAHOO: ProviderName = ProviderName("yahoo");
