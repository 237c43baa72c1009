//! What the lake holds of listings, for people and other programs: rows on a basis, and all that is
//! known of one listing. Reads only.

use serde::Serialize;

use super::commit::{self, CommitError};
use super::context::Context;
use super::coverage::{self, Scope};
use super::error::OperationError;
use quantx_lake::adjusted::{AdjustedBar, Basis, adjusted};
use quantx_lake::judged::JudgedEvent;
use quantx_lake::record::{CommitRecord, Pending};
use quantx_market::{Action, Date, Listing, SessionRange};
use quantx_report::ListingCoverage;

/// Why a listing cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// The lake has no row of it.
    #[error(
        "the lake holds no row of {symbol}; `quantx backfill --symbols {symbol} --start A --end B` brings them, \
         `quantx show-manifest` names what is there"
    )]
    NotStored { symbol: String },
    /// Its record or a file of it cannot be used.
    #[error(transparent)]
    Listing(#[from] CommitError),
    /// The lake as a whole cannot be read.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

/// Rows of one listing.
#[derive(Debug, Clone)]
pub struct ListingRows {
    /// Its commit record.
    pub record: CommitRecord,
    /// Ascending.
    pub rows: Vec<AdjustedBar>,
}

/// The rows of `listing` in `range` on `basis`. Only files of years in the range are read.
///
/// # Errors
/// [`ShowError`]; a listing without a row in the range is none.
pub async fn rows(
    context: &Context,
    listing: &Listing,
    range: SessionRange,
    basis: Basis,
) -> Result<ListingRows, ShowError> {
    let store = context.store.as_ref();
    let record = commit::record(store, listing).await?;
    let record = record.filter(|(record, _)| record.last().is_some());
    let Some((record, _)) = record else {
        let symbol = listing.symbol().to_string();
        return Err(ShowError::NotStored { symbol });
    };
    let reaches = |first: Date, last: Date| first < range.end() && last >= range.start();
    let named = record.years.iter();
    let wanted: Vec<i16> = named
        .filter(|(_, entry)| reaches(entry.first, entry.last))
        .map(|(year, _)| *year)
        .collect();
    let years = commit::stored(store, listing, &record, &wanted).await?;
    let rows = adjusted(&years, range, basis);
    Ok(ListingRows { record, rows })
}

/// All that is known of one listing.
#[derive(Debug, Clone, Serialize)]
pub struct ListingView {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// Quoted unit as the vendor spells it; `None` if it never named one.
    pub currency: Option<String>,
    /// First and last stored session.
    pub stored: (Date, Date),
    /// Rows.
    pub rows: usize,
    /// The newest sessions, ascending, as traded, with `Adj Close`.
    pub bars: Vec<BarView>,
    /// Closes of the last year of rows without splits, ascending.
    #[serde(skip)]
    pub closes: Vec<(Date, f64)>,
    /// Splits, dividends and capital gains that are applied, ascending.
    pub actions: Vec<Action>,
    /// Dividends and capital gains that are not applied as the vendor sends them.
    pub judged: Vec<JudgedEvent>,
    /// Changes of stored facts that a second day has to confirm.
    pub claims: Vec<Pending>,
    /// What is there of what should be.
    pub coverage: ListingCoverage,
}

/// One session as traded.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BarView {
    /// The session.
    pub date: Date,
    /// First price; null if unknown.
    pub open: Option<f64>,
    /// Highest price; null if unknown.
    pub high: Option<f64>,
    /// Lowest price; null if unknown.
    pub low: Option<f64>,
    /// Last price.
    pub close: f64,
    /// Close adjusted for every later split and payment.
    pub adjusted_close: f64,
    /// Shares; null if unknown.
    pub volume: Option<i64>,
}

/// Days before the last session whose closes are drawn.
const DRAWN_DAYS: i32 = 365;

/// All that is known of `listing`, with its `bars` newest sessions.
///
/// # Errors
/// [`ShowError`].
pub async fn view(
    context: &Context,
    listing: &Listing,
    bars: usize,
) -> Result<ListingView, ShowError> {
    let not_stored = || ShowError::NotStored {
        symbol: listing.symbol().to_string(),
    };
    let record = commit::record(context.store.as_ref(), listing).await?;
    let (record, _) = record.ok_or_else(not_stored)?;
    let stored = record.first().zip(record.last()).ok_or_else(not_stored)?;
    let year_before = stored.1.saturating_sub(jiff::Span::new().days(DRAWN_DAYS));
    let from = year_before.min(first_of_newest(&record, bars).unwrap_or(year_before));
    let range = SessionRange::inclusive(from, stored.1);
    let found = rows(context, listing, range, Basis::AsTraded).await?;
    let scope = Scope::Chosen {
        listings: vec![listing.clone()],
        name: listing.symbol().to_string(),
    };
    let coverage = coverage::survey(context, scope).await?;
    let coverage = coverage
        .listings
        .into_iter()
        .next()
        .ok_or_else(not_stored)?;
    let drawn = found.rows.iter().filter(|row| row.date >= year_before);
    let closes = drawn.map(|row| (row.date, row.close / row.split_factor));
    let newest = found.rows.len().saturating_sub(bars);
    Ok(ListingView {
        symbol: found.record.symbol.clone(),
        exchange: found.record.exchange.clone(),
        currency: found.record.currency.clone(),
        stored,
        rows: found.record.rows(),
        closes: closes.collect(),
        bars: found.rows.iter().skip(newest).map(bar).collect(),
        actions: found.record.actions,
        judged: found.record.judged,
        claims: found.record.watch.pending,
        coverage,
    })
}

/// The first session of the newest years that have `bars` rows together.
fn first_of_newest(record: &CommitRecord, bars: usize) -> Option<Date> {
    let mut rows = 0;
    let mut first = None;
    for entry in record.years.values().rev() {
        if rows >= bars {
            break;
        }
        rows += entry.rows;
        first = Some(entry.first);
    }
    first
}

fn bar(row: &AdjustedBar) -> BarView {
    BarView {
        date: row.date,
        open: row.open,
        high: row.high,
        low: row.low,
        close: row.close,
        adjusted_close: row.adjusted_close,
        volume: row.volume,
    }
}
