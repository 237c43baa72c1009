//! Rows as a table for other programs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::codec::{CodecError, days};
use crate::parquet::{self, Layout, Table, Values};
use crate::schema::column;

use super::{AdjustedBar, Basis};
use quantx_market::Date;

/// How a table is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// Text with a header, `,` between cells, nothing for what is unknown.
    #[default]
    Csv,
    /// One Parquet file.
    Parquet,
    /// One file in Arrow's IPC format.
    Arrow,
}

/// A table that grows listing by listing. CSV is ready as it grows; the other files are made at the end,
/// and their rows lie in memory until then, some 120 bytes each.
#[derive(Debug)]
pub struct Export {
    format: ExportFormat,
    basis: Basis,
    text: csv::Writer<Vec<u8>>,
    rows: Vec<AdjustedBar>,
    /// Symbol, exchange and number of rows of each listing.
    listings: Vec<(String, String, usize)>,
    /// Since when each row is known, of a table that says so.
    since: Option<Vec<Option<Timestamp>>>,
    is_begun: bool,
}

impl Export {
    /// A table without rows; they will be on `basis`.
    pub fn new(format: ExportFormat, basis: Basis) -> Self {
        Self {
            format,
            basis,
            text: csv::Writer::from_writer(Vec::new()),
            rows: Vec::new(),
            listings: Vec::new(),
            since: None,
            is_begun: false,
        }
    }

    /// The same with a column that says since when each row is known.
    #[must_use]
    pub fn with_known_since(mut self) -> Self {
        self.since = Some(Vec::new());
        self
    }

    /// Adds the rows of one listing; `since` says since when they are known, by their dates.
    ///
    /// # Errors
    /// [`csv::Error`]; never for rows in memory.
    pub fn add(
        &mut self,
        symbol: &str,
        exchange: &str,
        rows: Vec<AdjustedBar>,
        since: &BTreeMap<Date, Timestamp>,
    ) -> Result<(), csv::Error> {
        match self.format {
            ExportFormat::Csv => {
                self.begin()?;
                for row in &rows {
                    let since = since.get(&row.date);
                    self.text
                        .write_record(self.record(symbol, exchange, row, since))?;
                }
            }
            ExportFormat::Parquet | ExportFormat::Arrow => {
                let n = rows.len();
                if let Some(known) = &mut self.since {
                    known.extend(rows.iter().map(|row| since.get(&row.date).copied()));
                }
                self.listings
                    .push((symbol.to_owned(), exchange.to_owned(), n));
                self.rows.extend(rows);
            }
        }
        Ok(())
    }

    /// The bytes that are ready and were not taken yet.
    ///
    /// # Errors
    /// [`csv::Error`]; never for rows in memory.
    pub fn take(&mut self) -> Result<Vec<u8>, csv::Error> {
        self.begin()?;
        let done = std::mem::replace(&mut self.text, csv::Writer::from_writer(Vec::new()));
        done.into_inner()
            .map_err(|error| csv::Error::from(error.into_error()))
    }

    /// The bytes that are left at the end.
    ///
    /// # Errors
    /// [`CodecError`] when the columns do not fit together; never for rows of the lake.
    pub fn finish(mut self) -> Result<Vec<u8>, CodecError> {
        match self.format {
            ExportFormat::Csv => self.take().map_err(|_| CodecError::Uneven),
            ExportFormat::Parquet => {
                let table = self.table()?;
                Ok(parquet::write(
                    &table,
                    COMPRESSION,
                    Vec::new(),
                    Layout::Table,
                )?)
            }
            ExportFormat::Arrow => Ok(parquet::arrow_file(&self.table()?)?),
        }
    }

    fn begin(&mut self) -> Result<(), csv::Error> {
        if self.is_begun || self.format != ExportFormat::Csv {
            return Ok(());
        }
        self.is_begun = true;
        self.text.write_record(self.columns())
    }

    /// As in the lake; the derived columns only stand beside prices as traded, which they are of.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec![
            column::DATE,
            column::OPEN,
            column::HIGH,
            column::LOW,
            column::CLOSE,
        ];
        if self.basis == Basis::AsTraded {
            columns.push(column::ADJUSTED_CLOSE);
        }
        columns.extend([column::VOLUME, column::DIVIDENDS, column::SPLITS]);
        if self.basis == Basis::AsTraded {
            columns.push(column::SPLIT_FACTOR);
        }
        columns.extend([column::TICKER, column::EXCHANGE]);
        if self.since.is_some() {
            columns.push(KNOWN_SINCE);
        }
        columns
    }

    fn record(
        &self,
        symbol: &str,
        exchange: &str,
        row: &AdjustedBar,
        since: Option<&Timestamp>,
    ) -> Vec<String> {
        let known = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let columns = self.columns().into_iter();
        let cell = |name: &str| match name {
            column::DATE => row.date.to_string(),
            column::OPEN => known(row.open),
            column::HIGH => known(row.high),
            column::LOW => known(row.low),
            column::CLOSE => row.close.to_string(),
            column::ADJUSTED_CLOSE => row.adjusted_close.to_string(),
            column::VOLUME => row.volume.map(|n| n.to_string()).unwrap_or_default(),
            column::DIVIDENDS => row.dividend.to_string(),
            column::SPLITS => row.split.to_string(),
            column::SPLIT_FACTOR => row.split_factor.to_string(),
            column::TICKER => symbol.to_owned(),
            KNOWN_SINCE => since.map(ToString::to_string).unwrap_or_default(),
            _ => exchange.to_owned(),
        };
        columns.map(cell).collect()
    }

    fn table(&self) -> Result<Table, CodecError> {
        let rows = &self.rows;
        let number = |get: fn(&AdjustedBar) -> f64| Values::numbers(rows.iter().map(get));
        let known =
            |get: fn(&AdjustedBar) -> Option<f64>| Values::Numbers(rows.iter().map(get).collect());
        let of_listing = |get: fn(&(String, String, usize)) -> &str| {
            let texts = self.listings.iter();
            Values::texts(texts.flat_map(|it| std::iter::repeat_n(get(it), it.2)))
        };
        let columns = self.columns().into_iter().map(|name| {
            let values = match name {
                column::DATE => Values::dates(rows.iter().map(|row| days(row.date))),
                column::OPEN => known(|row| row.open),
                column::HIGH => known(|row| row.high),
                column::LOW => known(|row| row.low),
                column::CLOSE => number(|row| row.close),
                column::ADJUSTED_CLOSE => number(|row| row.adjusted_close),
                column::VOLUME => Values::Counts(rows.iter().map(|row| row.volume).collect()),
                column::DIVIDENDS => number(|row| row.dividend),
                column::SPLITS => number(|row| row.split),
                column::SPLIT_FACTOR => number(|row| row.split_factor),
                column::TICKER => of_listing(|it| &it.0),
                KNOWN_SINCE => {
                    let known = self.since.iter().flatten();
                    let texts = known.map(|at| at.map(|at| at.to_string()));
                    Values::known_texts(texts)
                }
                _ => of_listing(|it| &it.1),
            };
            (name.to_owned(), values)
        });
        Table::new(columns.collect()).ok_or(CodecError::Uneven)
    }
}

/// When the run began that first stored the row as it is, in UTC; nothing where no version says.
const KNOWN_SINCE: &str = "Known Since";
/// Level of zstd: files for others are as small as those of the lake.
const COMPRESSION: i32 = 3;
