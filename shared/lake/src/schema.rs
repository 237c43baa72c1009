//! Columns, units and file metadata of `data.parquet`. The schema is ours: a vendor's extra or
//! retyped column never reaches a file. Source: docs/data-model.md.

use quantx_market::{Date, TradingDate};

/// Written to every file and commit record; readers refuse a newer one by name.
///
/// Version 2: `Open`, `High`, `Low` and `Volume` may be null, which is unknown (ADR-0015). Files of
/// version 1 have no nulls and are read as they are; one is written anew when its rows change.
pub const SCHEMA_VERSION: u32 = 2;

/// The first version in which [`UNKNOWN`] values are null.
pub(crate) const NULLS_SINCE: u32 = 2;

/// Columns in which a value may be unknown.
pub(crate) const UNKNOWN: [&str; 4] = [column::OPEN, column::HIGH, column::LOW, column::VOLUME];

/// The session of a stored row: a calendar approved it before it was written, and the proof asks
/// the calendar again.
#[expect(
    clippy::disallowed_methods,
    reason = "a file must be read before its dates can be proved"
)]
pub(crate) fn stored_session(date: Date) -> TradingDate {
    TradingDate::approved(date)
}

/// Column names, in file order.
pub mod column {
    /// `date32`: the session's date in the exchange's own time zone.
    pub const DATE: &str = "Date";
    /// `f64`: first price as traded, in the quoted unit; null if unknown.
    pub const OPEN: &str = "Open";
    /// `f64`: highest price as traded; null if unknown.
    pub const HIGH: &str = "High";
    /// `f64`: lowest price as traded; null if unknown.
    pub const LOW: &str = "Low";
    /// `f64`: last price as traded.
    pub const CLOSE: &str = "Close";
    /// `f64`: close adjusted for every split and dividend known.
    pub const ADJUSTED_CLOSE: &str = "Adj Close";
    /// `i64`: shares traded that day; null if unknown.
    pub const VOLUME: &str = "Volume";
    /// `f64`: cash per share that goes ex on this session, as declared; 0.0 if none.
    pub const DIVIDENDS: &str = "Dividends";
    /// `f64`: ratio of a split effective this session; 0.0 if none.
    pub const SPLITS: &str = "Stock Splits";
    /// `f64`: product of the ratios of all splits after this session.
    pub const SPLIT_FACTOR: &str = "Split Factor";
    /// String: the symbol with its suffix.
    pub const TICKER: &str = "Ticker";
    /// String: the lake's code of the exchange.
    pub const EXCHANGE: &str = "Exchange";
}

/// Keys of the file's own metadata.
pub mod metadata {
    /// [`SCHEMA_VERSION`](super::SCHEMA_VERSION) of the file.
    pub const SCHEMA_VERSION: &str = "quantx.schema_version";
    /// Quoted unit as the vendor spells it: `USD`, `GBp`; empty if the vendor names none.
    pub const CURRENCY: &str = "quantx.currency";
    /// One quoted unit in major units of the currency.
    pub const UNIT_SCALE: &str = "quantx.unit_scale";
    /// SHA-256 of the actions that the derived columns were computed from.
    pub const ACTIONS_HASH: &str = "quantx.actions_sha256";
    /// SHA-256 of the file's own rows: distinguishes a file newer than its record from a damaged one.
    pub const ROWS_HASH: &str = "quantx.rows_sha256";
    /// SHA-256 of the names and hashes of the year files (or actions) that a derived table is made of.
    pub const SOURCES_HASH: &str = "quantx.sources_sha256";
}
