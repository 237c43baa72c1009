//! Tables for reading, derived from year files and commit records: the panel of an exchange and
//! year, and all actions of an exchange. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::codec::{CodecError, StoredYear, days};
use super::parquet::{self, Table, Values};
use super::schema::{SCHEMA_VERSION, column, metadata};
use super::seal;
use quantx_market::{Action, ActionKind, Bar, ExchangeCode, Price};

/// Columns of the actions beside those of the bars.
mod action_column {
    pub(super) const KIND: &str = "Kind";
    pub(super) const RATIO: &str = "Ratio";
    pub(super) const AMOUNT: &str = "Amount";
}

/// `panel/exchange=…/_panel.json`: which year files each panel was made of, so that an unchanged
/// one is not made again.
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

/// One panel.
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
}

/// Hash of the symbols and hashes of the year files that a panel is made of, ascending by symbol.
pub fn sources_hash<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hasher = Sha256::new();
    for (symbol, sha256) in sources {
        hasher.update(symbol.as_bytes());
        hasher.update(b"\n");
        hasher.update(sha256.as_bytes());
        hasher.update(b"\n");
    }
    super::codec::hex(&hasher.finalize())
}

/// The panel of one exchange and year: the bars of `years`, sorted by date and symbol.
///
/// Equal input gives equal bytes, whatever the order of the files.
///
/// # Errors
/// [`CodecError`] when the columns do not fit together; never for decoded files.
pub fn encode_panel(
    exchange: &ExchangeCode,
    years: &[StoredYear],
    sources_sha256: &str,
    compression_level: i32,
) -> Result<Vec<u8>, CodecError> {
    let mut order: Vec<(i32, &str, usize, usize)> = Vec::new();
    for (file, year) in years.iter().enumerate() {
        let rows = year.bars.iter().enumerate();
        order.extend(
            rows.map(|(row, bar)| (days(bar.date.date()), year.symbol.as_str(), file, row)),
        );
    }
    order.sort_unstable();
    let number = |get: &dyn Fn(&StoredYear, usize) -> f64| {
        let rows = order.iter();
        Values::numbers(rows.map(|(_, _, file, row)| get(&years[*file], *row)))
    };
    let price = |get: fn(&Bar) -> Option<Price>| {
        let rows = order.iter();
        let bars = rows.map(|(_, _, file, row)| &years[*file].bars[*row]);
        Values::Numbers(bars.map(|bar| get(bar).map(Price::get)).collect())
    };
    let volumes = order.iter().map(|(_, _, file, row)| {
        let volume = years[*file].bars[*row].volume;
        volume.map(|shares| shares as i64)
    });
    let columns = [
        (
            column::DATE,
            Values::dates(order.iter().map(|(date, ..)| *date)),
        ),
        (column::OPEN, price(|bar| bar.open)),
        (column::HIGH, price(|bar| bar.high)),
        (column::LOW, price(|bar| bar.low)),
        (column::CLOSE, price(|bar| Some(bar.close))),
        (
            column::ADJUSTED_CLOSE,
            number(&|year, row| year.derived.adjusted_close[row]),
        ),
        (column::VOLUME, Values::Counts(volumes.collect())),
        (
            column::DIVIDENDS,
            number(&|year, row| year.derived.dividends[row]),
        ),
        (
            column::SPLITS,
            number(&|year, row| year.derived.splits[row]),
        ),
        (
            column::SPLIT_FACTOR,
            number(&|year, row| year.derived.split_factor[row]),
        ),
        (
            column::TICKER,
            Values::texts(order.iter().map(|(_, symbol, ..)| *symbol)),
        ),
        (
            column::EXCHANGE,
            Values::texts(std::iter::repeat_n(exchange.as_str(), order.len())),
        ),
    ];
    sealed(columns, sources_sha256, compression_level)
}

/// All actions of an exchange, sorted by date, symbol and kind.
///
/// # Errors
/// [`CodecError`] when the columns do not fit together.
pub fn encode_actions(
    exchange: &ExchangeCode,
    actions: &[(&str, Action)],
    sources_sha256: &str,
    compression_level: i32,
) -> Result<Vec<u8>, CodecError> {
    let mut rows: Vec<_> = actions.iter().map(action_row).collect();
    rows.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let of = |get: fn(&ActionRow<'_>) -> f64| Values::numbers(rows.iter().map(get));
    let columns = [
        (column::DATE, Values::dates(rows.iter().map(|row| row.0))),
        (column::TICKER, Values::texts(rows.iter().map(|row| row.1))),
        (
            column::EXCHANGE,
            Values::texts(std::iter::repeat_n(exchange.as_str(), rows.len())),
        ),
        (
            action_column::KIND,
            Values::texts(rows.iter().map(|row| row.2)),
        ),
        (action_column::RATIO, of(|row| row.3)),
        (action_column::AMOUNT, of(|row| row.4)),
    ];
    sealed(columns, sources_sha256, compression_level)
}

/// Date, symbol, kind, ratio of a split (else 0.0), cash (else 0.0).
type ActionRow<'a> = (i32, &'a str, &'static str, f64, f64);

fn action_row<'a>((symbol, action): &(&'a str, Action)) -> ActionRow<'a> {
    let (kind, ratio, amount) = match action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => ("split", numerator / denominator, 0.0),
        ActionKind::Dividend { amount } => ("dividend", 0.0, amount),
        ActionKind::CapitalGain { amount } => ("capital_gain", 0.0, amount),
    };
    (days(action.ex_date), symbol, kind, ratio, amount)
}

fn sealed<const N: usize>(
    columns: [(&'static str, Values); N],
    sources: &str,
    level: i32,
) -> Result<Vec<u8>, CodecError> {
    let table = Table::named(columns).ok_or(CodecError::Uneven)?;
    let pairs = [
        (metadata::SCHEMA_VERSION, SCHEMA_VERSION.to_string()),
        (metadata::SOURCES_HASH, sources.to_owned()),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let bytes = parquet::write(&table, level, pairs)?;
    seal::seal(&bytes).ok_or(CodecError::Damaged)
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
