//! The rows of a version, read for one listing.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{bars_column, factors_column};
use crate::codec::{CodecError, from_days};
use crate::footer::{self, Bounds, Footer};
use crate::parquet::{Reader, Table, Values};
use crate::seal;
use quantx_market::Date;

/// A bar as traded, with what adjusts it, as one version of the tables knows it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct KnownBar {
    /// The session.
    pub date: Date,
    /// As traded, in the quoted unit; `None` if unknown.
    pub open: Option<f64>,
    /// As traded.
    pub high: Option<f64>,
    /// As traded.
    pub low: Option<f64>,
    /// As traded.
    pub close: f64,
    /// Shares; `None` if unknown.
    pub volume: Option<i64>,
    /// Cash per share that goes ex on the session.
    pub dividends: f64,
    /// Ratio effective on the session, 0.0 if none.
    pub stock_splits: f64,
    /// Adjusted close is close times this.
    pub adj_factor: f64,
    /// Split-adjusted close is close divided by this.
    pub split_factor: f64,
}

impl KnownBar {
    /// The close adjusted for every split and dividend that the version knows.
    pub fn adj_close(&self) -> f64 {
        self.close * self.adj_factor
    }
}

/// One stretch between events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorStretch {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Adjusted close is close times this.
    pub adj_factor: f64,
    /// Split-adjusted close is close divided by this.
    pub split_factor: f64,
}

/// The rows of `symbol` in a file of `delta/bars`, with factors of 1.
///
/// # Errors
/// [`CodecError`] for what is no such file.
pub fn bars_in(bytes: &Bytes, symbol: &str) -> Result<Vec<KnownBar>, CodecError> {
    let mut bars = Vec::new();
    each_group(bytes, |group| {
        let at = Columns(group);
        let tickers = at.texts(bars_column::TICKER)?;
        let dates = at.dates(bars_column::DATE)?;
        let [open, high, low, close] = [
            bars_column::OPEN,
            bars_column::HIGH,
            bars_column::LOW,
            bars_column::CLOSE,
        ]
        .map(|name| at.numbers(name));
        let (open, high, low, close) = (open?, high?, low?, close?);
        let volume = at.counts(bars_column::VOLUME)?;
        let dividends = at.numbers(bars_column::DIVIDENDS)?;
        let splits = at.numbers(bars_column::STOCK_SPLITS)?;
        for (row, ticker) in tickers.iter().enumerate() {
            if *ticker != symbol {
                continue;
            }
            bars.push(KnownBar {
                date: dates[row]
                    .and_then(from_days)
                    .ok_or(CodecError::Unordered)?,
                open: open[row],
                high: high[row],
                low: low[row],
                close: close[row].ok_or(CodecError::Unordered)?,
                volume: volume[row],
                dividends: dividends[row].unwrap_or_default(),
                stock_splits: splits[row].unwrap_or_default(),
                adj_factor: 1.0,
                split_factor: 1.0,
            });
        }
        Ok(())
    })?;
    Ok(bars)
}

/// The stretches of `symbol` in a file of `delta/factors`.
///
/// # Errors
/// [`CodecError`] for what is no such file.
pub fn stretches_in(bytes: &Bytes, symbol: &str) -> Result<Vec<FactorStretch>, CodecError> {
    let mut stretches = Vec::new();
    each_group(bytes, |group| {
        let at = Columns(group);
        let tickers = at.texts(factors_column::TICKER)?;
        let from = at.dates(factors_column::FROM_DATE)?;
        let to = at.dates(factors_column::TO_DATE)?;
        let adjustment = at.numbers(factors_column::ADJ_FACTOR)?;
        let split = at.numbers(factors_column::SPLIT_FACTOR)?;
        for (row, ticker) in tickers.iter().enumerate() {
            if *ticker != symbol {
                continue;
            }
            stretches.push(FactorStretch {
                from: from[row].and_then(from_days).ok_or(CodecError::Unordered)?,
                to: to[row].and_then(from_days).ok_or(CodecError::Unordered)?,
                adj_factor: adjustment[row].ok_or(CodecError::Unordered)?,
                split_factor: split[row].ok_or(CodecError::Unordered)?,
            });
        }
        Ok(())
    })?;
    Ok(stretches)
}

/// The bars with the factors of the stretches that they lie in, ascending. A bar outside all of them
/// keeps factors of 1.
pub fn with_factors(mut bars: Vec<KnownBar>, stretches: &[FactorStretch]) -> Vec<KnownBar> {
    let by_start: BTreeMap<Date, &FactorStretch> = stretches
        .iter()
        .map(|stretch| (stretch.from, stretch))
        .collect();
    for bar in &mut bars {
        let before = by_start.range(..=bar.date).next_back();
        if let Some((_, stretch)) = before.filter(|(_, stretch)| bar.date <= stretch.to) {
            bar.adj_factor = stretch.adj_factor;
            bar.split_factor = stretch.split_factor;
        }
    }
    bars.sort_by_key(|bar| bar.date);
    bars
}

fn each_group(
    bytes: &Bytes,
    mut take: impl FnMut(&Table) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    if !seal::is_whole(bytes) {
        return Err(CodecError::Damaged);
    }
    let footer = Footer::read(bytes, Bounds::TABLE)?;
    footer.check()?;
    let readable = footer.for_reader(bytes.clone());
    let reader = footer::guarded(|| Reader::open(readable))??;
    for group in 0..reader.groups() {
        take(&footer::guarded(|| reader.group(group))??)?;
    }
    Ok(())
}

/// The columns of a row group by name and type.
struct Columns<'a>(&'a Table);

impl<'a> Columns<'a> {
    fn values(&self, name: &'static str) -> Result<&'a Values, CodecError> {
        self.0.column(name).ok_or_else(|| CodecError::Column {
            name,
            problem: "not there".to_owned(),
        })
    }

    fn foreign(name: &'static str, values: &Values) -> CodecError {
        CodecError::Column {
            name,
            problem: values.type_name().to_owned(),
        }
    }

    fn texts(&self, name: &'static str) -> Result<Vec<&'a str>, CodecError> {
        match self.values(name)? {
            Values::Texts(texts) => Ok(texts.values_iter().collect()),
            other => Err(Self::foreign(name, other)),
        }
    }

    fn dates(&self, name: &'static str) -> Result<&'a [Option<i32>], CodecError> {
        match self.values(name)? {
            Values::Dates(days) => Ok(days),
            other => Err(Self::foreign(name, other)),
        }
    }

    fn numbers(&self, name: &'static str) -> Result<&'a [Option<f64>], CodecError> {
        match self.values(name)? {
            Values::Numbers(numbers) => Ok(numbers),
            other => Err(Self::foreign(name, other)),
        }
    }

    fn counts(&self, name: &'static str) -> Result<&'a [Option<i64>], CodecError> {
        match self.values(name)? {
            Values::Counts(counts) => Ok(counts),
            other => Err(Self::foreign(name, other)),
        }
    }
}
