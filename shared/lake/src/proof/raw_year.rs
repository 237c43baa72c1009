//! A year file as it lies there, right or wrong. Pure.
//!
//! [`codec::decode`](crate::codec::decode) refuses a file with one error. A proof must name the row,
//! so it reads every file that is whole, whatever its rows say.

use std::collections::BTreeMap;

use polars_error::PolarsError;
use sha2::{Digest, Sha256};

use crate::codec::{self, CodecError, UNKNOWN_BITS, days, from_days, hex};
use crate::footer;
use crate::parquet::{self, Table, Values};
use crate::schema::{NULLS_SINCE, UNKNOWN, column, metadata, stored_session};
use quantx_market::{Bar, BarFault, Date, InstrumentKind};

/// A text column as runs of equal values: the row at which each begins, and the value.
type Runs = Vec<(usize, Option<String>)>;

/// Columns of a year file, unchecked. A null where none may be is named in `nulls`, and is NaN in
/// columns of numbers.
#[derive(Debug)]
pub(crate) struct RawYear {
    /// The file's own metadata.
    pub(crate) metadata: BTreeMap<String, String>,
    /// How the columns differ from the schema, where the rows can be read in spite of it.
    pub(crate) misfit: Option<String>,
    /// `Date`; `None` for a null and for a date that no calendar has.
    pub(crate) dates: Vec<Option<Date>>,
    /// `Open`, `High`, `Low`, `Close`.
    pub(crate) prices: [Vec<Option<f64>>; 4],
    /// `Volume`.
    pub(crate) volume: Vec<Option<i64>>,
    /// `Adj Close`, `Split Factor`, `Dividends`, `Stock Splits`.
    pub(crate) derived: [Vec<f64>; 4],
    /// `Ticker`.
    pub(crate) tickers: Runs,
    /// `Exchange`.
    pub(crate) exchanges: Runs,
    /// Rows without a value that must have one, with the column's name.
    pub(crate) nulls: Vec<(usize, &'static str)>,
}

/// The derived columns in the order of [`RawYear::derived`].
pub(crate) const DERIVED: [&str; 4] = [
    column::ADJUSTED_CLOSE,
    column::SPLIT_FACTOR,
    column::DIVIDENDS,
    column::SPLITS,
];
const PRICES: [&str; 4] = [column::OPEN, column::HIGH, column::LOW, column::CLOSE];
const IN_ORDER: [&str; 12] = [
    column::DATE,
    column::OPEN,
    column::HIGH,
    column::LOW,
    column::CLOSE,
    column::ADJUSTED_CLOSE,
    column::VOLUME,
    column::DIVIDENDS,
    column::SPLITS,
    column::SPLIT_FACTOR,
    column::TICKER,
    column::EXCHANGE,
];

/// Why not even the rows can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RawFault {
    /// Its seal is broken or it has none: no Parquet reader is let near it.
    NotWhole,
    /// Written by a newer version of this program.
    NewerSchema(u32),
    /// Whole, and not of this schema.
    Schema(String),
}

impl From<CodecError> for RawFault {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Damaged => Self::NotWhole,
            CodecError::NewerSchema { found } => Self::NewerSchema(found),
            CodecError::Metadata { key, found } => {
                let found = if found.is_empty() { "missing" } else { &found };
                Self::Schema(format!("metadata {key} is {found}"))
            }
            CodecError::Parquet(error) => error.into(),
            other => Self::Schema(other.to_string()),
        }
    }
}

impl From<PolarsError> for RawFault {
    fn from(error: PolarsError) -> Self {
        Self::Schema(error.to_string())
    }
}

/// Reads a file whose seal is good.
pub(crate) fn read(bytes: &[u8]) -> Result<RawYear, RawFault> {
    let (readable, metadata, version) = codec::open(bytes)?;
    let table = footer::guarded(|| parquet::read(readable, None)).map_err(CodecError::from)??;
    columns(&table, metadata, version)
}

fn columns(
    table: &Table,
    metadata: BTreeMap<String, String>,
    version: u32,
) -> Result<RawYear, RawFault> {
    let may_be_null = |name: &str| version >= NULLS_SINCE && UNKNOWN.contains(&name);
    let mut nulls = Vec::new();
    let names: Vec<&str> = table.names().collect();
    let misfit =
        (names != IN_ORDER).then(|| format!("columns are {}", names.join(", ").escape_debug()));
    let dates = match values(table, column::DATE)? {
        Values::Dates(days) => days.iter().map(|day| day.and_then(from_days)),
        other => return Err(mistyped(column::DATE, other, "date")),
    };
    let dates: Vec<Option<Date>> = dates.collect();
    note_nulls(&mut nulls, column::DATE, dates.iter().map(Option::is_none));
    let mut numbers = |name: &'static str| -> Result<Vec<Option<f64>>, RawFault> {
        let values = match values(table, name)? {
            Values::Numbers(numbers) => numbers.clone(),
            other => return Err(mistyped(name, other, "f64")),
        };
        if !may_be_null(name) {
            note_nulls(&mut nulls, name, values.iter().map(Option::is_none));
        }
        Ok(values)
    };
    let [open, high, low, close] = PRICES.map(&mut numbers);
    let derived = DERIVED.map(|name| {
        let values = numbers(name)?.into_iter();
        Ok::<Vec<f64>, RawFault>(values.map(|value| value.unwrap_or(f64::NAN)).collect())
    });
    let [adjusted, factor, dividends, splits] = derived;
    let volume = match values(table, column::VOLUME)? {
        Values::Counts(volume) => volume.clone(),
        other => return Err(mistyped(column::VOLUME, other, "i64")),
    };
    if !may_be_null(column::VOLUME) {
        let is_null = volume.iter().map(Option::is_none);
        note_nulls(&mut nulls, column::VOLUME, is_null);
    }
    Ok(RawYear {
        metadata,
        misfit,
        dates,
        prices: [open?, high?, low?, close?],
        volume,
        derived: [adjusted?, factor?, dividends?, splits?],
        tickers: runs(table, column::TICKER)?,
        exchanges: runs(table, column::EXCHANGE)?,
        nulls,
    })
}

fn values<'a>(table: &'a Table, name: &str) -> Result<&'a Values, RawFault> {
    let missing = || RawFault::Schema(format!("there is no column {name}"));
    table.column(name).ok_or_else(missing)
}

fn mistyped(name: &str, found: &Values, expected: &str) -> RawFault {
    let found = found.type_name();
    RawFault::Schema(format!("column {name} is {found}, not {expected}"))
}

fn note_nulls(
    nulls: &mut Vec<(usize, &'static str)>,
    name: &'static str,
    is_null: impl Iterator<Item = bool>,
) {
    let rows = is_null.enumerate().filter(|(_, null)| *null);
    nulls.extend(rows.map(|(row, _)| (row, name)));
}

fn runs(table: &Table, name: &'static str) -> Result<Runs, RawFault> {
    let texts = match values(table, name)? {
        Values::Texts(texts) => texts,
        other => return Err(mistyped(name, other, "str")),
    };
    let mut runs: Runs = Vec::new();
    for (row, value) in texts.iter().enumerate() {
        if runs.last().is_none_or(|(_, last)| last.as_deref() != value) {
            runs.push((row, value.map(str::to_owned)));
        }
    }
    Ok(runs)
}

impl RawYear {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.dates.len()
    }

    /// What the metadata says of `key`; empty if nothing.
    pub(crate) fn says(&self, key: &str) -> &str {
        self.metadata.get(key).map_or("", String::as_str)
    }

    /// The bar of a row, or the first rule that its numbers break; `None` without a date.
    pub(crate) fn bar(&self, row: usize) -> Option<Result<Bar, BarFault>> {
        let date = (*self.dates.get(row)?)?;
        let mut nulls = self.nulls.iter().filter(|(null, _)| *null == row);
        if let Some((_, column)) = nulls.find(|(_, column)| UNKNOWN.contains(column)) {
            // Of a version that had no unknown values.
            return Some(Err(BarFault::MissingPrice { column }));
        }
        let price = |column: &Vec<Option<f64>>| column.get(row).copied().flatten();
        let volume = self.volume.get(row).copied().flatten();
        let prices = self.prices.each_ref().map(price);
        let volume = volume.map(|volume| volume as f64);
        let exchange = self.exchanges.first().and_then(|(_, text)| text.as_deref());
        let kind = InstrumentKind::of_code(exchange.unwrap_or_default());
        Some(Bar::of(kind, stored_session(date), prices, volume))
    }

    /// Whether the rows are those that the file's own hash is of. The hash is defined by the codec.
    pub(crate) fn matches_own_hash(&self) -> bool {
        let mut hasher = Sha256::new();
        let symbol = self.tickers.first().and_then(|(_, text)| text.as_deref());
        hasher.update(symbol.unwrap_or_default().as_bytes());
        for (row, date) in self.dates.iter().enumerate() {
            let Some(date) = date else { return false };
            hasher.update(days(*date).to_le_bytes());
            for column in &self.prices {
                let value = column.get(row).copied().flatten();
                let bits = value.map_or(UNKNOWN_BITS, f64::to_bits);
                hasher.update(bits.to_le_bytes());
            }
            let volume = self.volume.get(row).copied().flatten();
            match volume {
                Some(volume) => hasher.update(volume.to_le_bytes()),
                None => hasher.update(UNKNOWN_BITS.to_le_bytes()),
            }
        }
        for value in self.derived.iter().flatten() {
            hasher.update(value.to_bits().to_le_bytes());
        }
        hex(&hasher.finalize()) == self.says(metadata::ROWS_HASH)
    }
}
