//! Rows on their way from year files and an old panel into new tables.

use std::iter::repeat_n;
use std::ops::Range;

use crate::codec::{CodecError, StoredYear, days};
use crate::parquet::{Table, Values};
use crate::schema::column;
use quantx_market::{ExchangeCode, Price};

/// The rows of one listing and year.
#[derive(Debug, Clone, PartialEq)]
pub struct ListingRows {
    pub(super) symbol: String,
    pub(super) columns: Columns,
}

/// Columns of a panel but for symbol and exchange; all equally long, null where unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Columns {
    /// Days since 1970-01-01.
    pub(super) dates: Vec<i32>,
    pub(super) open: Vec<Option<f64>>,
    pub(super) high: Vec<Option<f64>>,
    pub(super) low: Vec<Option<f64>>,
    pub(super) close: Vec<f64>,
    pub(super) adjusted: Vec<f64>,
    pub(super) volume: Vec<Option<i64>>,
    pub(super) dividends: Vec<f64>,
    pub(super) splits: Vec<f64>,
    pub(super) split_factor: Vec<f64>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.dates.len()
    }

    /// Adds `more` behind the rows.
    pub(super) fn append(&mut self, mut more: Self) {
        self.dates.append(&mut more.dates);
        self.open.append(&mut more.open);
        self.high.append(&mut more.high);
        self.low.append(&mut more.low);
        self.close.append(&mut more.close);
        self.adjusted.append(&mut more.adjusted);
        self.volume.append(&mut more.volume);
        self.dividends.append(&mut more.dividends);
        self.splits.append(&mut more.splits);
        self.split_factor.append(&mut more.split_factor);
    }

    /// The rows `range`, which are there.
    fn part(&self, range: Range<usize>) -> Self {
        fn part<T: Clone>(values: &[T], range: &Range<usize>) -> Vec<T> {
            values.get(range.clone()).unwrap_or_default().to_vec()
        }
        Self {
            dates: part(&self.dates, &range),
            open: part(&self.open, &range),
            high: part(&self.high, &range),
            low: part(&self.low, &range),
            close: part(&self.close, &range),
            adjusted: part(&self.adjusted, &range),
            volume: part(&self.volume, &range),
            dividends: part(&self.dividends, &range),
            splits: part(&self.splits, &range),
            split_factor: part(&self.split_factor, &range),
        }
    }
}

impl From<&StoredYear> for ListingRows {
    fn from(year: &StoredYear) -> Self {
        let bars = || year.bars.iter();
        let price = |price: Option<Price>| price.map(Price::get);
        Self {
            symbol: year.symbol.clone(),
            columns: Columns {
                dates: bars().map(|bar| days(bar.date.date())).collect(),
                open: bars().map(|bar| price(bar.open)).collect(),
                high: bars().map(|bar| price(bar.high)).collect(),
                low: bars().map(|bar| price(bar.low)).collect(),
                close: bars().map(|bar| bar.close.get()).collect(),
                adjusted: year.derived.adjusted_close.clone(),
                volume: bars()
                    .map(|bar| bar.volume.map(|shares| shares as i64))
                    .collect(),
                dividends: year.derived.dividends.clone(),
                splits: year.derived.splits.clone(),
                split_factor: year.derived.split_factor.clone(),
            },
        }
    }
}

/// Whole listings that become one row group: `runs` are their symbols and numbers of rows.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) runs: Vec<(String, usize)>,
    pub(super) columns: Columns,
}

impl Group {
    pub(super) fn add(&mut self, listing: ListingRows) {
        self.runs.push((listing.symbol, listing.columns.len()));
        self.columns.append(listing.columns);
    }

    /// One symbol per row.
    pub(super) fn symbols(&self) -> Values {
        let runs = self.runs.iter();
        Values::texts(runs.flat_map(|(symbol, rows)| repeat_n(symbol.as_str(), *rows)))
    }

    /// One code per row.
    pub(super) fn exchanges(&self, exchange: &ExchangeCode) -> Values {
        Values::texts(repeat_n(exchange.as_str(), self.columns.len()))
    }

    /// As a row group of a panel.
    pub(super) fn panel(&self, exchange: &ExchangeCode) -> Result<Table, CodecError> {
        let it = &self.columns;
        let numbers = |values: &[f64]| Values::numbers(values.iter().copied());
        let columns = [
            (column::DATE, Values::dates(it.dates.iter().copied())),
            (column::OPEN, Values::Numbers(it.open.clone())),
            (column::HIGH, Values::Numbers(it.high.clone())),
            (column::LOW, Values::Numbers(it.low.clone())),
            (column::CLOSE, numbers(&it.close)),
            (column::ADJUSTED_CLOSE, numbers(&it.adjusted)),
            (column::VOLUME, Values::Counts(it.volume.clone())),
            (column::DIVIDENDS, numbers(&it.dividends)),
            (column::SPLITS, numbers(&it.splits)),
            (column::SPLIT_FACTOR, numbers(&it.split_factor)),
            (column::TICKER, self.symbols()),
            (column::EXCHANGE, self.exchanges(exchange)),
        ];
        Table::named(columns).ok_or(CodecError::Uneven)
    }

    /// The listings of a panel's row group, in order.
    pub(super) fn listings(table: &Table) -> Result<Vec<ListingRows>, CodecError> {
        let values = |name: &'static str| {
            let problem = || "not there".to_owned();
            table.column(name).ok_or_else(|| CodecError::Column {
                name,
                problem: problem(),
            })
        };
        let foreign = |name: &'static str, values: &Values| CodecError::Column {
            name,
            problem: values.type_name().to_owned(),
        };
        let maybe = |name: &'static str| match values(name)? {
            Values::Numbers(numbers) => Ok(numbers.clone()),
            other => Err(foreign(name, other)),
        };
        let known = |name: &'static str| {
            let numbers: Option<Vec<f64>> = maybe(name)?.into_iter().collect();
            numbers.ok_or_else(|| CodecError::Column {
                name,
                problem: "null".to_owned(),
            })
        };
        let dates = match values(column::DATE)? {
            Values::Dates(days) => days.iter().copied().collect::<Option<Vec<i32>>>(),
            other => return Err(foreign(column::DATE, other)),
        };
        let volume = match values(column::VOLUME)? {
            Values::Counts(counts) => counts.clone(),
            other => return Err(foreign(column::VOLUME, other)),
        };
        let all = Columns {
            dates: dates.ok_or(CodecError::Unordered)?,
            open: maybe(column::OPEN)?,
            high: maybe(column::HIGH)?,
            low: maybe(column::LOW)?,
            close: known(column::CLOSE)?,
            adjusted: known(column::ADJUSTED_CLOSE)?,
            volume,
            dividends: known(column::DIVIDENDS)?,
            splits: known(column::SPLITS)?,
            split_factor: known(column::SPLIT_FACTOR)?,
        };
        let texts = match values(column::TICKER)? {
            Values::Texts(texts) => texts,
            other => return Err(foreign(column::TICKER, other)),
        };
        let mut runs: Vec<(&str, usize)> = Vec::new();
        for symbol in texts.values_iter() {
            match runs.last_mut() {
                Some((last, rows)) if *last == symbol => *rows += 1,
                _ => runs.push((symbol, 1)),
            }
        }
        let mut next = 0;
        let listings = runs.into_iter().map(|(symbol, rows)| {
            let range = next..next + rows;
            next = range.end;
            ListingRows {
                symbol: symbol.to_owned(),
                columns: all.part(range),
            }
        });
        Ok(listings.collect())
    }
}
