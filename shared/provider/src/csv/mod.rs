//! Files of the user's own: one CSV table per listing, in a folder or behind a URL, with a map of columns.
//! What a desk has of Bloomberg, Stooq or an older system becomes a witness without code.
//!
//! **Units.** What the format says: of which shares the prices are ([`ShareBasis`]), dates as they are
//! written, in the exchange's time zone. Rows may stand in any order. Empty cells, `-`, `N/A` and `null`
//! are no values; anything else that is no number is an error with its line.
//!
//! [`ShareBasis`]: quantx_market::ShareBasis

mod client;
mod format;
mod parse;
mod template;

use super::ProviderName;

pub use client::{CsvClient, CsvConfig, CsvSource};
pub use format::{Columns, CsvFormat, DecimalMark};
pub use parse::parse_table;
pub use template::{Template, TemplateError};

/// The user's own tables in messages and reports.
pub const CSV: ProviderName = ProviderName("csv");

#[cfg(test)]
mod tests;
