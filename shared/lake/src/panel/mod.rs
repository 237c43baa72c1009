//! Tables for reading, derived from year files and commit records: of each exchange and year the
//! panel, the as-traded bars and the adjustment factors; and all actions of an exchange. Pure.
//!
//! All three tables of a year are sorted by symbol and date and made in one pass over the listings, of
//! which only one row group is in memory as columns. A panel names the files that it was made of
//! ([`Sources`]), so the next one takes the rows of unchanged listings from it and reads only the files
//! that changed. Source: ADR-0024, ADR-0025.

mod actions;
mod old;
mod rows;
mod sources;
mod years;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::delta::PartEntry;

pub use actions::encode_actions;
pub use old::OldPanel;
pub use rows::ListingRows;
pub use sources::{Sources, sources_hash};
pub use years::{MadeYear, YearTables};

/// `panel/exchange=…/_panel.json`: what the tables of each year were made of, and what came of it, so
/// that unchanged ones are not made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelIndex {
    /// By year.
    pub years: BTreeMap<i16, PanelEntry>,
    /// Hash of the commit records' actions; empty before the first table of actions.
    #[serde(default)]
    pub actions_sha256: String,
    /// SHA-256 of the table of actions; empty where an earlier version made it.
    #[serde(default)]
    pub actions_table_sha256: String,
}

/// The tables of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelEntry {
    /// From [`sources_hash`].
    pub sources_sha256: String,
    /// SHA-256 of the panel itself; empty where an earlier version made it.
    #[serde(default)]
    pub sha256: String,
    /// Listings with rows in it.
    pub listings: usize,
    /// Its rows.
    pub rows: usize,
    /// The file of `delta/bars` with the same rows; absent where an earlier version made the panel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bars: Option<PartEntry>,
    /// The file of `delta/factors` that belongs to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factors: Option<PartEntry>,
}

#[cfg(test)]
mod tests;
