//! One year of one listing, between memory and the bytes of `data.parquet`. Pure.
//!
//! Equal input gives equal bytes. Every file carries a hash of its own rows, so that a reader can
//! tell a complete file that is newer than its commit record from one that was damaged.

mod hash;

use std::collections::BTreeMap;

use bytes::Bytes;
use polars_error::PolarsError;

use crate::adjust::Adjustment;
use crate::footer::{self, Bounds, Footer, FooterFault};
use crate::parquet::{self, Layout, Readable, Table, Values};
use crate::schema::{NULLS_SINCE, SCHEMA_VERSION, column, metadata, stored_session};
use crate::seal;
use hash::rows_hash;
pub(crate) use hash::{UNKNOWN_BITS, days, from_days, hex};
pub use hash::{actions_hash, sha256_hex};
use quantx_market::{Bar, BarFault, Date, InstrumentKind, Listing, Price};

/// What every row and the metadata of a listing's files say besides the bars.
#[derive(Debug, Clone)]
pub struct FileContext<'a> {
    /// Whose bars.
    pub listing: &'a Listing,
    /// Quoted unit as the vendor spells it.
    pub currency: &'a str,
    /// One quoted unit in major units.
    pub unit_scale: f64,
    /// Hash of the listing's actions, from [`actions_hash`].
    pub actions_hash: &'a str,
    /// zstd level, 1 to 22.
    pub compression_level: i32,
}

/// Rows of one year file, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredYear {
    /// The symbol that every row names.
    pub symbol: String,
    /// The bars, ascending.
    pub bars: Vec<Bar>,
    /// The derived columns, one value per bar.
    pub derived: DerivedColumns,
    /// The file's own metadata.
    pub metadata: BTreeMap<String, String>,
}

/// The derived columns of one year.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DerivedColumns {
    /// `Adj Close`.
    pub adjusted_close: Vec<f64>,
    /// `Split Factor`.
    pub split_factor: Vec<f64>,
    /// `Dividends`.
    pub dividends: Vec<f64>,
    /// `Stock Splits`.
    pub splits: Vec<f64>,
}

impl DerivedColumns {
    /// The rows `range` of an adjustment.
    pub fn slice(adjustment: &Adjustment, range: std::ops::Range<usize>) -> Self {
        let part = |column: &Vec<f64>| column.get(range.clone()).unwrap_or_default().to_vec();
        Self {
            adjusted_close: part(&adjustment.adjusted_close),
            split_factor: part(&adjustment.split_factor),
            dividends: part(&adjustment.dividends),
            splits: part(&adjustment.splits),
        }
    }
}

/// Why bytes are not a year file of this lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Cut off, damaged, or not written by this program at all.
    #[error("not a whole file of this lake: cut off, damaged, or written by another program")]
    Damaged,
    /// Whole, and what it says of itself no file of this lake can say.
    #[error("not a file that the Parquet reader may see: {0}")]
    Footer(#[from] FooterFault),
    /// Whole, but not of our schema.
    #[error("not Parquet of this lake's schema")]
    Parquet(#[from] PolarsError),
    /// Written by a newer version of this program.
    #[error(
        "schema version {found} is newer than {SCHEMA_VERSION}, the newest this program reads; upgrade it"
    )]
    NewerSchema { found: u32 },
    /// No or unreadable metadata of ours.
    #[error("metadata {key} is {found:?}")]
    Metadata { key: &'static str, found: String },
    /// A column of another type or with nulls.
    #[error("column {name} is {problem}")]
    Column { name: &'static str, problem: String },
    /// To be written, and not one value for each row.
    #[error("the columns are not equally long")]
    Uneven,
    /// A row that breaks an invariant.
    #[error("row of {date}")]
    Row {
        date: Date,
        #[source]
        fault: BarFault,
    },
    /// Dates not strictly ascending or outside the calendar of dates.
    #[error("dates are not strictly ascending")]
    Unordered,
    /// The rows are not those that were written.
    #[error("rows do not match the hash the file carries")]
    RowsHash,
}

/// Encodes ascending bars of one year; `derived` has one value per bar.
///
/// # Errors
/// [`CodecError`] when the columns do not fit together; never for valid bars.
pub fn encode(
    bars: &[Bar],
    derived: &DerivedColumns,
    context: &FileContext<'_>,
) -> Result<Vec<u8>, CodecError> {
    encode_as(SCHEMA_VERSION, bars, derived, context)
}

/// The bytes that a program of schema `version` wrote for these rows, so that a file of it can be made
/// again. Up to now versions differ in what they allow and not in how it is written.
pub(crate) fn encode_as(
    version: u32,
    bars: &[Bar],
    derived: &DerivedColumns,
    context: &FileContext<'_>,
) -> Result<Vec<u8>, CodecError> {
    let symbol = context.listing.symbol().as_str();
    let dates: Vec<i32> = bars.iter().map(|bar| days(bar.date.date())).collect();
    let price = |get: fn(&Bar) -> Option<Price>| {
        let values = bars.iter().map(|bar| get(bar).map(Price::get));
        Values::Numbers(values.collect())
    };
    let volumes = bars
        .iter()
        .map(|bar| bar.volume.map(|shares| shares as i64));
    let numbers = |values: &[f64]| Values::numbers(values.iter().copied());
    let constant = |value| Values::texts(std::iter::repeat_n(value, bars.len()));
    let columns = [
        (column::DATE, Values::dates(dates)),
        (column::OPEN, price(|bar| bar.open)),
        (column::HIGH, price(|bar| bar.high)),
        (column::LOW, price(|bar| bar.low)),
        (column::CLOSE, price(|bar| Some(bar.close))),
        (column::ADJUSTED_CLOSE, numbers(&derived.adjusted_close)),
        (column::VOLUME, Values::Counts(volumes.collect())),
        (column::DIVIDENDS, numbers(&derived.dividends)),
        (column::SPLITS, numbers(&derived.splits)),
        (column::SPLIT_FACTOR, numbers(&derived.split_factor)),
        (column::TICKER, constant(symbol)),
        (
            column::EXCHANGE,
            constant(context.listing.exchange().as_str()),
        ),
    ];
    let table = Table::named(columns).ok_or(CodecError::Uneven)?;
    let pairs = [
        (metadata::SCHEMA_VERSION, version.to_string()),
        (metadata::CURRENCY, context.currency.to_owned()),
        (metadata::UNIT_SCALE, context.unit_scale.to_string()),
        (metadata::ACTIONS_HASH, context.actions_hash.to_owned()),
        (metadata::ROWS_HASH, rows_hash(symbol, bars, derived)),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let bytes = parquet::write(&table, context.compression_level, pairs, Layout::Year)?;
    seal::seal(bytes).ok_or(CodecError::Damaged)
}

/// Decodes one year file and proves that its rows are those that were written.
///
/// # Errors
/// [`CodecError`] for anything that is not a whole, valid file of a known schema.
pub fn decode(bytes: &[u8]) -> Result<StoredYear, CodecError> {
    let (readable, metadata, version) = open(bytes)?;
    let entry = |key: &'static str| metadata.get(key).map_or("", String::as_str);
    let table = footer::guarded(|| parquet::read(readable, None))??;
    let dates = dates_of(&table)?;
    let prices = [column::OPEN, column::HIGH, column::LOW]
        .map(|name| unknown_numbers(&table, name, version));
    let [open, high, low] = prices;
    let (open, high, low) = (open?, high?, low?);
    let close = numbers(&table, column::CLOSE)?;
    let volume = values(&table, column::VOLUME)?;
    only_known_nulls(volume, column::VOLUME, version)?;
    let Values::Counts(volume) = volume else {
        return Err(mistyped(volume, column::VOLUME));
    };
    let exchange = values(&table, column::EXCHANGE)?;
    let Values::Texts(exchanges) = exchange else {
        return Err(mistyped(exchange, column::EXCHANGE));
    };
    let exchange = exchanges.iter().next().flatten().unwrap_or_default();
    let kind = InstrumentKind::of_code(exchange);
    let mut bars = Vec::with_capacity(dates.len());
    let rows = open.iter().zip(&high).zip(&low).zip(&close);
    for ((date, (((open, high), low), close)), volume) in dates.into_iter().zip(rows).zip(volume) {
        let session = stored_session(date);
        let prices = [*open, *high, *low, Some(*close)];
        let bar = Bar::of(kind, session, prices, volume.map(|volume| volume as f64))
            .map_err(|fault| CodecError::Row { date, fault })?;
        bars.push(bar);
    }
    if !bars.is_sorted_by(|a, b| a.date < b.date) {
        return Err(CodecError::Unordered);
    }
    let derived = DerivedColumns {
        adjusted_close: numbers(&table, column::ADJUSTED_CLOSE)?,
        split_factor: numbers(&table, column::SPLIT_FACTOR)?,
        dividends: numbers(&table, column::DIVIDENDS)?,
        splits: numbers(&table, column::SPLITS)?,
    };
    let ticker = values(&table, column::TICKER)?;
    let Values::Texts(texts) = ticker else {
        return Err(mistyped(ticker, column::TICKER));
    };
    let symbol = texts.iter().next().flatten().unwrap_or_default().to_owned();
    if rows_hash(&symbol, &bars, &derived) != entry(metadata::ROWS_HASH) {
        return Err(CodecError::RowsHash);
    }
    Ok(StoredYear {
        symbol,
        bars,
        derived,
        metadata,
    })
}

/// The dates of one year file, ascending; of its other columns nothing is read.
///
/// # Errors
/// [`CodecError`] for anything that is not a whole file of a known schema.
pub fn decode_dates(bytes: &[u8]) -> Result<Vec<Date>, CodecError> {
    let (readable, ..) = open(bytes)?;
    let table = footer::guarded(|| parquet::read(readable, Some(&[column::DATE])))??;
    let dates = dates_of(&table)?;
    if dates.is_sorted_by(|a, b| a < b) {
        Ok(dates)
    } else {
        Err(CodecError::Unordered)
    }
}

/// What the Parquet reader gets, the file's metadata and its schema version.
pub(crate) type OpenFile = (Readable, BTreeMap<String, String>, u32);

/// Makes sure that the file is whole, of a known schema, and says nothing of itself that no year file
/// can say.
pub(crate) fn open(bytes: &[u8]) -> Result<OpenFile, CodecError> {
    if !seal::is_whole(bytes) {
        return Err(CodecError::Damaged);
    }
    let footer = Footer::read(bytes, Bounds::YEAR)?;
    let metadata = footer.pairs();
    let version = metadata.get(metadata::SCHEMA_VERSION);
    let version = version.map_or("", String::as_str);
    let version = match version.parse::<u32>() {
        Ok(found) if found > SCHEMA_VERSION => return Err(CodecError::NewerSchema { found }),
        Ok(version) => version,
        Err(_) => {
            return Err(CodecError::Metadata {
                key: metadata::SCHEMA_VERSION,
                found: version.to_owned(),
            });
        }
    };
    footer.check()?;
    let readable = footer.for_reader(Bytes::copy_from_slice(bytes));
    Ok((readable, metadata, version))
}

fn values<'a>(table: &'a Table, name: &'static str) -> Result<&'a Values, CodecError> {
    table.column(name).ok_or_else(|| CodecError::Column {
        name,
        problem: "not there".to_owned(),
    })
}

fn mistyped(values: &Values, name: &'static str) -> CodecError {
    CodecError::Column {
        name,
        problem: values.type_name().to_owned(),
    }
}

fn dates_of(table: &Table) -> Result<Vec<Date>, CodecError> {
    let dates = values(table, column::DATE)?;
    no_nulls(dates, column::DATE)?;
    let Values::Dates(days) = dates else {
        return Err(mistyped(dates, column::DATE));
    };
    let days = days.iter().flatten();
    days.map(|day| from_days(*day).ok_or(CodecError::Unordered))
        .collect()
}

fn no_nulls(values: &Values, name: &'static str) -> Result<(), CodecError> {
    match values.null_count() {
        0 => Ok(()),
        rows => Err(CodecError::Column {
            name,
            problem: format!("null in {rows} rows"),
        }),
    }
}

/// Refuses nulls in a file of before they meant anything.
fn only_known_nulls(values: &Values, name: &'static str, version: u32) -> Result<(), CodecError> {
    if version >= NULLS_SINCE {
        return Ok(());
    }
    no_nulls(values, name)
}

fn unknown_numbers(
    table: &Table,
    name: &'static str,
    version: u32,
) -> Result<Vec<Option<f64>>, CodecError> {
    let values = values(table, name)?;
    only_known_nulls(values, name, version)?;
    match values {
        Values::Numbers(numbers) => Ok(numbers.clone()),
        other => Err(mistyped(other, name)),
    }
}

fn numbers(table: &Table, name: &'static str) -> Result<Vec<f64>, CodecError> {
    let values = values(table, name)?;
    no_nulls(values, name)?;
    match values {
        Values::Numbers(numbers) => Ok(numbers.iter().copied().flatten().collect()),
        other => Err(mistyped(other, name)),
    }
}

#[cfg(test)]
mod tests;
