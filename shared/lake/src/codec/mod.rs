//! One year of one listing, between memory and the bytes of `data.parquet`. Pure.
//!
//! Equal input gives equal bytes. Every file carries a hash of its own rows, so that a reader can
//! tell a complete file that is newer than its commit record from one that was damaged.

mod hash;
pub(crate) mod pages;

use std::collections::BTreeMap;
use std::io::Cursor;

use polars::prelude::*;

use crate::adjust::Adjustment;
use crate::footer::{self, Bounds, Footer, FooterFault};
use crate::schema::{NULLS_SINCE, SCHEMA_VERSION, column, metadata, stored_session};
use crate::seal;
use hash::rows_hash;
pub(crate) use hash::{UNKNOWN_BITS, days, from_days, hex};
pub use hash::{actions_hash, sha256_hex};
use quantx_market::{Bar, BarFault, Date, Listing, Price};

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
    let price = |name: &str, get: fn(&Bar) -> Option<Price>| {
        let values = bars.iter().map(|bar| get(bar).map(Price::get));
        Column::new(name.into(), values.collect::<Vec<_>>())
    };
    let volumes = bars
        .iter()
        .map(|bar| bar.volume.map(|shares| shares as i64));
    let numbers = |name: &str, values: &[f64]| Column::new(name.into(), values);
    let constant = |name: &str, value: &str| {
        Column::new_scalar(
            name.into(),
            Scalar::new(DataType::String, AnyValue::StringOwned(value.into())),
            bars.len(),
        )
    };
    let mut frame = DataFrame::new(
        bars.len(),
        vec![
            Column::new(column::DATE.into(), dates).cast(&DataType::Date)?,
            price(column::OPEN, |bar| bar.open),
            price(column::HIGH, |bar| bar.high),
            price(column::LOW, |bar| bar.low),
            price(column::CLOSE, |bar| Some(bar.close)),
            numbers(column::ADJUSTED_CLOSE, &derived.adjusted_close),
            Column::new(column::VOLUME.into(), volumes.collect::<Vec<_>>()),
            numbers(column::DIVIDENDS, &derived.dividends),
            numbers(column::SPLITS, &derived.splits),
            numbers(column::SPLIT_FACTOR, &derived.split_factor),
            constant(column::TICKER, symbol),
            constant(column::EXCHANGE, context.listing.exchange().as_str()),
        ],
    )?;
    let pairs = [
        (metadata::SCHEMA_VERSION, version.to_string()),
        (metadata::CURRENCY, context.currency.to_owned()),
        (metadata::UNIT_SCALE, context.unit_scale.to_string()),
        (metadata::ACTIONS_HASH, context.actions_hash.to_owned()),
        (metadata::ROWS_HASH, rows_hash(symbol, bars, derived)),
    ];
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let mut bytes = Vec::with_capacity(16 * 1024);
    pages::write(&mut frame, context.compression_level, pairs, &mut bytes)?;
    seal::seal(&bytes).ok_or(CodecError::Damaged)
}

/// Decodes one year file and proves that its rows are those that were written.
///
/// # Errors
/// [`CodecError`] for anything that is not a whole, valid file of a known schema.
pub fn decode(bytes: &[u8]) -> Result<StoredYear, CodecError> {
    let (reader, metadata, version) = open(bytes)?;
    let entry = |key: &'static str| metadata.get(key).map_or("", String::as_str);
    let frame = footer::guarded(|| reader.finish())??;
    let dates = dates_of(&frame)?;
    let prices = [column::OPEN, column::HIGH, column::LOW]
        .map(|name| unknown_numbers(&frame, name, version));
    let [open, high, low] = prices;
    let (open, high, low) = (open?, high?, low?);
    let close = numbers(&frame, column::CLOSE)?;
    let volume = frame.column(column::VOLUME)?;
    only_known_nulls(volume, column::VOLUME, version)?;
    let volume = volume.i64()?;
    let mut bars = Vec::with_capacity(dates.len());
    let rows = open.iter().zip(&high).zip(&low).zip(&close);
    for ((date, (((open, high), low), close)), volume) in
        dates.into_iter().zip(rows).zip(volume.iter())
    {
        let session = stored_session(date);
        let prices = [*open, *high, *low, Some(*close)];
        let bar = Bar::new(session, prices, volume.map(|volume| volume as f64))
            .map_err(|fault| CodecError::Row { date, fault })?;
        bars.push(bar);
    }
    if !bars.is_sorted_by(|a, b| a.date < b.date) {
        return Err(CodecError::Unordered);
    }
    let derived = DerivedColumns {
        adjusted_close: numbers(&frame, column::ADJUSTED_CLOSE)?,
        split_factor: numbers(&frame, column::SPLIT_FACTOR)?,
        dividends: numbers(&frame, column::DIVIDENDS)?,
        splits: numbers(&frame, column::SPLITS)?,
    };
    // `get` would panic where there is no row.
    let symbol = match frame.column(column::TICKER)?.str()?.iter().next().flatten() {
        Some(symbol) => symbol.to_owned(),
        None => String::new(),
    };
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
    let (reader, ..) = open(bytes)?;
    let only_dates = Some(vec![column::DATE.to_owned()]);
    let frame = footer::guarded(|| reader.with_columns(only_dates).finish())??;
    let dates = dates_of(&frame)?;
    if dates.is_sorted_by(|a, b| a < b) {
        Ok(dates)
    } else {
        Err(CodecError::Unordered)
    }
}

/// A reader, the file's metadata and its schema version.
pub(crate) type OpenFile = (
    ParquetReader<Cursor<Vec<u8>>>,
    BTreeMap<String, String>,
    u32,
);

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
    let bytes = Cursor::new(footer.for_reader());
    let reader = ParquetReader::new(bytes).read_parallel(ParallelStrategy::None);
    Ok((reader, metadata, version))
}

fn dates_of(frame: &DataFrame) -> Result<Vec<Date>, CodecError> {
    let dates = frame.column(column::DATE)?;
    no_nulls(dates, column::DATE)?;
    let days = dates.as_materialized_series().to_physical_repr();
    let days = days.i32().map_err(CodecError::Parquet)?;
    days.into_no_null_iter()
        .map(|day| from_days(day).ok_or(CodecError::Unordered))
        .collect()
}

fn no_nulls(values: &Column, name: &'static str) -> Result<(), CodecError> {
    if values.null_count() == 0 {
        Ok(())
    } else {
        Err(CodecError::Column {
            name,
            problem: format!("null in {} rows", values.null_count()),
        })
    }
}

/// Refuses nulls in a file of before they meant anything.
fn only_known_nulls(values: &Column, name: &'static str, version: u32) -> Result<(), CodecError> {
    if version >= NULLS_SINCE {
        return Ok(());
    }
    no_nulls(values, name)
}

fn unknown_numbers(
    frame: &DataFrame,
    name: &'static str,
    version: u32,
) -> Result<Vec<Option<f64>>, CodecError> {
    let values = frame.column(name)?;
    only_known_nulls(values, name, version)?;
    Ok(values.f64()?.iter().collect())
}

fn numbers(frame: &DataFrame, name: &'static str) -> Result<Vec<f64>, CodecError> {
    let values = frame.column(name)?;
    no_nulls(values, name)?;
    Ok(values.f64()?.into_no_null_iter().collect())
}

#[cfg(test)]
mod tests;
