//! Tables for reading, derived from year files and commit records: the panel of an exchange and
//! year, and all actions of an exchange. Pure.

use std::collections::BTreeMap;

use polars::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::codec::pages;
use super::codec::{CodecError, StoredYear, days};
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
    let rows = order.len();
    let dates: Vec<i32> = order.iter().map(|(date, ..)| *date).collect();
    let number = |name: &str, get: &dyn Fn(&StoredYear, usize) -> f64| {
        let values = order
            .iter()
            .map(|(_, _, file, row)| get(&years[*file], *row));
        Column::new(name.into(), values.collect::<Vec<f64>>())
    };
    let price = |name: &str, get: fn(&Bar) -> Option<Price>| {
        let bars = order
            .iter()
            .map(|(_, _, file, row)| &years[*file].bars[*row]);
        let values = bars.map(|bar| get(bar).map(Price::get));
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    let volumes: Vec<Option<i64>> = order
        .iter()
        .map(|(_, _, file, row)| years[*file].bars[*row].volume.map(|shares| shares as i64))
        .collect();
    let symbols: Vec<&str> = order.iter().map(|(_, symbol, ..)| *symbol).collect();
    let mut frame = DataFrame::new(
        rows,
        vec![
            Column::new(column::DATE.into(), dates).cast(&DataType::Date)?,
            price(column::OPEN, |bar| bar.open),
            price(column::HIGH, |bar| bar.high),
            price(column::LOW, |bar| bar.low),
            price(column::CLOSE, |bar| Some(bar.close)),
            number(column::ADJUSTED_CLOSE, &|year, row| {
                year.derived.adjusted_close[row]
            }),
            Column::new(column::VOLUME.into(), volumes),
            number(column::DIVIDENDS, &|year, row| year.derived.dividends[row]),
            number(column::SPLITS, &|year, row| year.derived.splits[row]),
            number(column::SPLIT_FACTOR, &|year, row| {
                year.derived.split_factor[row]
            }),
            Column::new(column::TICKER.into(), symbols),
            constant(column::EXCHANGE, exchange.as_str(), rows),
        ],
    )?;
    sealed(&mut frame, sources_sha256, compression_level)
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
    let of = |get: fn(&ActionRow<'_>) -> f64| rows.iter().map(get).collect::<Vec<f64>>();
    let mut frame = DataFrame::new(
        rows.len(),
        vec![
            Column::new(
                column::DATE.into(),
                rows.iter().map(|row| row.0).collect::<Vec<i32>>(),
            )
            .cast(&DataType::Date)?,
            Column::new(
                column::TICKER.into(),
                rows.iter().map(|row| row.1).collect::<Vec<&str>>(),
            ),
            constant(column::EXCHANGE, exchange.as_str(), rows.len()),
            Column::new(
                action_column::KIND.into(),
                rows.iter().map(|row| row.2).collect::<Vec<&str>>(),
            ),
            Column::new(action_column::RATIO.into(), of(|row| row.3)),
            Column::new(action_column::AMOUNT.into(), of(|row| row.4)),
        ],
    )?;
    sealed(&mut frame, sources_sha256, compression_level)
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

fn constant(name: &str, value: &str, rows: usize) -> Column {
    let scalar = Scalar::new(DataType::String, AnyValue::StringOwned(value.into()));
    Column::new_scalar(name.into(), scalar, rows)
}

fn sealed(frame: &mut DataFrame, sources: &str, level: i32) -> Result<Vec<u8>, CodecError> {
    let pairs = [
        (metadata::SCHEMA_VERSION, SCHEMA_VERSION.to_string()),
        (metadata::SOURCES_HASH, sources.to_owned()),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let mut bytes = Vec::new();
    pages::write(frame, level, pairs, &mut bytes)?;
    seal::seal(&bytes).ok_or(CodecError::Damaged)
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
