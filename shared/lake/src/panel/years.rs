//! The tables of one exchange and year, in one pass over its listings.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::civil::date;

use super::old::OldPanel;
use super::rows::{Columns, Group, ListingRows};
use super::sources::{self, Sources};
use crate::adjusted::factor;
use crate::codec::{CodecError, StoredYear, days};
use crate::delta::{ContentHash, PartEntry, PartSpan, bars_column, factors_column};
use crate::footer::{self, Bounds, Footer};
use crate::parquet::{Layout, Reader, Table, Values, Writer};
use crate::schema::{SCHEMA_VERSION, column, metadata};
use crate::seal;
use quantx_market::ExchangeCode;

/// Rows of a row group, and the listing that reaches beyond: so few that one listing's history or one
/// day is a small part of a file, so many that a footer stays small.
const GROUP_ROWS: usize = 16_384;

/// Makes the tables of one exchange and year: listings come in ascending order of their symbols, and
/// only one row group of them is in memory as columns.
pub struct YearTables {
    exchange: ExchangeCode,
    year: i16,
    level: i32,
    old: Option<OldPanel>,
    /// Listings whose rows come from the old panel.
    keep: BTreeSet<String>,
    /// The next listing of the old panel.
    waiting: Option<ListingRows>,
    last: Option<String>,
    group: Group,
    panel: Option<Writer>,
    /// Columns of the file of bars, without a row.
    bars_like: Option<Table>,
    factors: Factors,
    span: Option<PartSpan>,
    listings: usize,
    rows: usize,
    /// Row groups that are written.
    groups: usize,
}

impl std::fmt::Debug for YearTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("YearTables")
            .field("exchange", &self.exchange)
            .field("year", &self.year)
            .field("listings", &self.listings)
            .finish_non_exhaustive()
    }
}

/// What [`YearTables`] made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeYear {
    /// The panel.
    pub panel: Bytes,
    /// The file of `delta/bars`.
    pub bars: Bytes,
    /// What the log says of it.
    pub bars_entry: PartEntry,
    /// The file of `delta/factors`.
    pub factors: Bytes,
    /// What the log says of it.
    pub factors_entry: PartEntry,
    /// Listings with rows in them.
    pub listings: usize,
    /// Rows of panel and bars.
    pub rows: usize,
}

impl YearTables {
    /// Tables of `exchange` and `year`; the rows of the listings `keep` are taken from the panel `old`.
    pub fn new(
        exchange: ExchangeCode,
        year: i16,
        compression_level: i32,
        old: Option<(OldPanel, BTreeSet<String>)>,
    ) -> Self {
        let (old, keep) = old.unzip();
        Self {
            exchange,
            year,
            level: compression_level,
            old,
            keep: keep.unwrap_or_default(),
            waiting: None,
            last: None,
            group: Group::default(),
            panel: None,
            bars_like: None,
            factors: Factors::default(),
            span: None,
            listings: 0,
            rows: 0,
            groups: 0,
        }
    }

    /// Adds the year file of one listing.
    ///
    /// # Errors
    /// [`CodecError`] when it comes out of order, or the old panel cannot be read.
    pub fn add(&mut self, file: &StoredYear) -> Result<(), CodecError> {
        self.take_old(Some(&file.symbol))?;
        self.take(ListingRows::from(file))
    }

    /// Ends the tables, which were made of `sources`.
    ///
    /// # Errors
    /// [`CodecError`] when the old panel cannot be read, or there is no row at all.
    pub fn finish(mut self, sources: &Sources) -> Result<MadeYear, CodecError> {
        self.take_old(None)?;
        self.flush()?;
        // As large as what is about to be finished.
        self.old = None;
        let (Some(panel), Some(like), Some(span)) = (self.panel, self.bars_like, self.span) else {
            return Err(CodecError::Uneven);
        };
        let version = || {
            (
                metadata::SCHEMA_VERSION.to_owned(),
                SCHEMA_VERSION.to_string(),
            )
        };
        let hash = super::sources_hash(
            sources
                .iter()
                .map(|(symbol, sha)| (symbol.as_str(), sha.as_str())),
        );
        let pairs = vec![version(), (metadata::SOURCES_HASH.to_owned(), hash)];
        let panel = sources::sealed_with(panel.finish(pairs)?, sources);
        let panel = Bytes::from(panel.ok_or(CodecError::Damaged)?);
        let bars = bars_of(&panel, &like, self.level, vec![version()])?;
        let (factors, factors_rows) =
            self.factors
                .encode(&self.exchange, self.level, vec![version()])?;
        let entry = |bytes: &[u8], rows: usize, span: PartSpan| PartEntry {
            sha256: ContentHash::of(bytes),
            size_bytes: bytes.len() as u64,
            rows: rows as u64,
            span,
        };
        // Stretches are whole: from the first day of the year to its last.
        let whole = PartSpan {
            first_date: date(self.year, 1, 1),
            last_date: date(self.year, 12, 31),
            ..span.clone()
        };
        Ok(MadeYear {
            bars_entry: entry(&bars, self.rows, span),
            factors_entry: entry(&factors, factors_rows, whole),
            panel,
            bars,
            factors: factors.into(),
            listings: self.listings,
            rows: self.rows,
        })
    }

    /// Takes the kept listings of the old panel that come before `until`, or all that are left.
    fn take_old(&mut self, until: Option<&str>) -> Result<(), CodecError> {
        loop {
            let next = match (self.waiting.take(), &mut self.old) {
                (Some(next), _) => next,
                (None, Some(old)) => match old.next()? {
                    Some(next) => next,
                    None => return Ok(()),
                },
                (None, None) => return Ok(()),
            };
            if until.is_some_and(|until| next.symbol.as_str() >= until) {
                self.waiting = Some(next);
                return Ok(());
            }
            if self.keep.contains(&next.symbol) {
                self.take(next)?;
            }
        }
    }

    fn take(&mut self, listing: ListingRows) -> Result<(), CodecError> {
        let is_next = self.last.as_ref().is_none_or(|last| *last < listing.symbol);
        if !is_next {
            return Err(CodecError::Unordered);
        }
        let columns = &listing.columns;
        if let (Some(first), Some(last)) = (columns.dates.first(), columns.dates.last()) {
            let of = PartSpan::of(*first, *last, &listing.symbol).ok_or(CodecError::Unordered)?;
            self.span = Some(match self.span.take() {
                None => of,
                Some(span) => span.with(of),
            });
            self.factors.add(&listing, self.year);
            self.listings += 1;
            self.rows += columns.len();
        }
        self.last = Some(listing.symbol.clone());
        self.group.add(listing);
        if self.group.columns.len() >= GROUP_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes the listings at hand as a row group of each table.
    fn flush(&mut self) -> Result<(), CodecError> {
        let group = std::mem::take(&mut self.group);
        if group.columns.len() == 0 {
            return Ok(());
        }
        let table = group.panel(&self.exchange)?;
        let index = self.groups;
        self.groups += 1;
        let before = self.old.as_mut().and_then(|old| old.group(index));
        // A payment changes one column of every earlier year, and no more.
        let known = |name: &str, values: &Values| match &before {
            Some(before) => before.pages_of(name, values),
            None => Ok(None),
        };
        let panel = match &mut self.panel {
            Some(panel) => panel,
            none => {
                self.bars_like = table.outline(&BARS);
                none.insert(Writer::new(&table, self.level, Layout::Table)?)
            }
        };
        let pages = footer::guarded(|| panel.pages(&table, known))??;
        let names: Vec<&str> = table.names().collect();
        Ok(panel.put(&pages, &names)?)
    }
}

/// The file of `delta/bars` with the rows of a panel, out of the pages of the panel: compressing them is most
/// of the work. Made when the old panel is let go, because each is as large as the other.
fn bars_of(
    panel: &Bytes,
    like: &Table,
    level: i32,
    pairs: Vec<(String, String)>,
) -> Result<Bytes, CodecError> {
    let readable = Footer::read(panel, Bounds::TABLE)?.for_reader(panel.clone());
    let reader = Reader::open(readable)?;
    let mut bars = Writer::new(like, level, Layout::Table)?;
    let names = BARS.map(|(from, _)| from);
    for group in 0..reader.groups() {
        bars.put(&reader.group_pages(group, names)?, &names)?;
    }
    let bars = seal::seal(bars.finish(pairs)?).ok_or(CodecError::Damaged)?;
    Ok(bars.into())
}

/// What `delta/bars` has of a panel, and under which name: no column that a later event changes.
const BARS: [(&str, &str); 10] = [
    (column::DATE, bars_column::DATE),
    (column::TICKER, bars_column::TICKER),
    (column::EXCHANGE, bars_column::EXCHANGE),
    (column::OPEN, bars_column::OPEN),
    (column::HIGH, bars_column::HIGH),
    (column::LOW, bars_column::LOW),
    (column::CLOSE, bars_column::CLOSE),
    (column::VOLUME, bars_column::VOLUME),
    (column::DIVIDENDS, bars_column::DIVIDENDS),
    (column::SPLITS, bars_column::STOCK_SPLITS),
];

/// Stretches between events: what closes are multiplied and shares divided by.
#[derive(Debug, Default)]
struct Factors {
    tickers: Vec<String>,
    from: Vec<i32>,
    to: Vec<i32>,
    adjustment: Vec<f64>,
    split: Vec<f64>,
}

impl Factors {
    /// The stretches of a listing's year. They cover it without a gap from its first day to its last, so
    /// that a new row without an event changes none of them.
    fn add(&mut self, listing: &ListingRows, year: i16) {
        let it: &Columns = &listing.columns;
        let events = it.dividends.iter().zip(&it.splits);
        let begins = events.enumerate().skip(1);
        let begins = begins.filter(|(_, (cash, ratio))| **cash != 0.0 || **ratio != 0.0);
        let begins: Vec<usize> = std::iter::once(0)
            .chain(begins.map(|(row, _)| row))
            .collect();
        for (n, row) in begins.iter().enumerate() {
            let from = match n {
                0 => days(date(year, 1, 1)),
                _ => it.dates[*row],
            };
            let to = match begins.get(n + 1) {
                Some(next) => it.dates[*next] - 1,
                None => days(date(year, 12, 31)),
            };
            self.tickers.push(listing.symbol.clone());
            self.from.push(from);
            self.to.push(to);
            self.adjustment
                .push(factor(it.adjusted[*row], it.close[*row]));
            self.split.push(it.split_factor[*row]);
        }
    }

    /// As a file of `delta/factors`, and its rows.
    fn encode(
        &self,
        exchange: &ExchangeCode,
        level: i32,
        pairs: Vec<(String, String)>,
    ) -> Result<(Vec<u8>, usize), CodecError> {
        let rows = self.tickers.len();
        let columns = [
            (
                factors_column::EXCHANGE,
                Values::texts(std::iter::repeat_n(exchange.as_str(), rows)),
            ),
            (
                factors_column::TICKER,
                Values::texts(self.tickers.iter().map(String::as_str)),
            ),
            (
                factors_column::FROM_DATE,
                Values::dates(self.from.iter().copied()),
            ),
            (
                factors_column::TO_DATE,
                Values::dates(self.to.iter().copied()),
            ),
            (
                factors_column::ADJ_FACTOR,
                Values::numbers(self.adjustment.iter().copied()),
            ),
            (
                factors_column::SPLIT_FACTOR,
                Values::numbers(self.split.iter().copied()),
            ),
        ];
        let table = Table::named(columns).ok_or(CodecError::Uneven)?;
        let bytes = crate::parquet::write(&table, level, pairs, Layout::Table)?;
        Ok((seal::seal(bytes).ok_or(CodecError::Damaged)?, rows))
    }
}
