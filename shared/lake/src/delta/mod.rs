//! The Delta tables `delta/bars` and `delta/factors`: what their log says. Pure.
//!
//! A table is write-once files named by their content, and a log of JSON commits that says which of
//! them make up each version. Every run that changed something adds one version, so a version is the
//! lake as it was known then. Nothing here is asked by a run about bars: the tables are made of the
//! tables of each year (`panel`) and can be made again. Source: the Delta protocol, reader version 1
//! and writer version 2; ADR-0024.

mod checkpoint;
mod known;
mod log;
mod part;
mod snapshot;
mod state;

use std::fmt;

pub use checkpoint::{CHECKPOINT_INTERVAL, CheckpointError, CheckpointMark, LastCheckpoint};
pub use known::{FactorStretch, KnownBar, bars_in, stretches_in, with_factors};
pub use log::{Add, Commit, CommitError, CommitInfo, Remove};
pub use part::{ContentHash, PartEntry, PartSpan};
pub use snapshot::Snapshot;
pub use state::{Changes, StateError, TableState, VersionEntry, Wanted};

/// A Delta table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeltaTable {
    /// Bars as traded, which no later event rewrites.
    Bars,
    /// What adjusts them: one row per stretch between events.
    Factors,
}

impl DeltaTable {
    /// Every table.
    pub const ALL: [Self; 2] = [Self::Bars, Self::Factors];

    /// Its folder below `delta/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Factors => "factors",
        }
    }

    /// The table of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.as_str() == name)
    }

    /// Columns with their Delta types, in order. Snake case: Spark refuses blanks in names.
    pub fn columns(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Bars => &[
                (bars_column::DATE, "date"),
                (bars_column::TICKER, "string"),
                (bars_column::EXCHANGE, "string"),
                (bars_column::OPEN, "double"),
                (bars_column::HIGH, "double"),
                (bars_column::LOW, "double"),
                (bars_column::CLOSE, "double"),
                (bars_column::VOLUME, "long"),
                (bars_column::DIVIDENDS, "double"),
                (bars_column::STOCK_SPLITS, "double"),
            ],
            Self::Factors => &[
                (factors_column::EXCHANGE, "string"),
                (factors_column::TICKER, "string"),
                (factors_column::FROM_DATE, "date"),
                (factors_column::TO_DATE, "date"),
                (factors_column::ADJ_FACTOR, "double"),
                (factors_column::SPLIT_FACTOR, "double"),
            ],
        }
    }

    /// The first and the last date column, for the statistics of a file.
    pub(crate) fn date_columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Bars => (bars_column::DATE, bars_column::DATE),
            Self::Factors => (factors_column::FROM_DATE, factors_column::TO_DATE),
        }
    }
}

impl fmt::Display for DeltaTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Columns of `delta/bars`: those of `data.parquet` that are as traded.
pub mod bars_column {
    /// `date`: the session's date in the exchange's own time zone.
    pub const DATE: &str = "date";
    /// `string`: symbol with suffix.
    pub const TICKER: &str = "ticker";
    /// `string`: the lake's code.
    pub const EXCHANGE: &str = "exchange";
    /// `double`, null if unknown.
    pub const OPEN: &str = "open";
    /// `double`, null if unknown.
    pub const HIGH: &str = "high";
    /// `double`, null if unknown.
    pub const LOW: &str = "low";
    /// `double`.
    pub const CLOSE: &str = "close";
    /// `long`, null if unknown.
    pub const VOLUME: &str = "volume";
    /// `double`: cash per share that goes ex, 0.0 if none.
    pub const DIVIDENDS: &str = "dividends";
    /// `double`: ratio effective on the session, 0.0 if none.
    pub const STOCK_SPLITS: &str = "stock_splits";
}

/// Columns of `delta/factors`.
pub mod factors_column {
    /// `string`: the lake's code.
    pub const EXCHANGE: &str = "exchange";
    /// `string`: symbol with suffix.
    pub const TICKER: &str = "ticker";
    /// `date`: first day of the stretch.
    pub const FROM_DATE: &str = "from_date";
    /// `date`: last day of the stretch.
    pub const TO_DATE: &str = "to_date";
    /// `double`: adjusted close is close times this.
    pub const ADJ_FACTOR: &str = "adj_factor";
    /// `double`: split-adjusted close is close divided by this.
    pub const SPLIT_FACTOR: &str = "split_factor";
}

#[cfg(test)]
mod checkpoint_tests;
#[cfg(test)]
mod tests;
