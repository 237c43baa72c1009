//! What the lake holds of listings, for people and other programs: rows on a basis, and all that is
//! known of one listing. Reads only.

use serde::Serialize;

use super::commit::{self, CommitError};
use super::context::Context;
use super::coverage::{self, Scope};
use super::error::OperationError;
use super::known_on::KnownOn;
use quantx_lake::adjusted::{AdjustedBar, Basis, adjusted, adjusted_as_known};
use quantx_lake::delta::{KnownBar, VersionEntry};
use quantx_lake::judged::JudgedEvent;
use quantx_lake::record::{CommitRecord, Pending};
use quantx_lake::sources::{ConfirmedRun, SourceRun};
use quantx_market::{Action, ActionKind, Date, Listing, SessionRange};
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
    /// The lake had no row of it then.
    #[error(
        "the lake had no row of {symbol} at the end of {on}; `quantx show {symbol}` says what it has now"
    )]
    NotKnown { symbol: String, on: Date },
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
    /// Symbol with suffix.
    pub symbol: String,
    /// Quoted unit as the vendor spells it; `None` if it never named one.
    pub currency: Option<String>,
    /// First and last session there is, in the range or not.
    pub stored: (Date, Date),
    /// Ascending.
    pub rows: Vec<AdjustedBar>,
}

/// Which rows, and how.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The sessions.
    pub range: SessionRange,
    /// What is taken out of prices.
    pub basis: Basis,
    /// The rows and events as they were known on a day, in place of the newest ones.
    pub known_on: Option<&'a KnownOn<'a>>,
}

/// The rows of `listing`. Only files of years in the range are read.
///
/// # Errors
/// [`ShowError`]; a listing without a row in the range is none.
pub async fn rows(
    context: &Context,
    listing: &Listing,
    wanted: Wanted<'_>,
) -> Result<ListingRows, ShowError> {
    let Wanted { range, basis, .. } = wanted;
    let Some(known_on) = wanted.known_on else {
        let (record, stored) = stored_record(context, listing).await?;
        let rows = newest_rows(context, listing, &record, range, basis).await?;
        return Ok(ListingRows {
            symbol: record.symbol,
            currency: record.currency,
            stored,
            rows,
        });
    };
    let (bars, stored) = known_bars(known_on, listing).await?;
    Ok(ListingRows {
        symbol: listing.symbol().to_string(),
        currency: unit(context, listing).await?,
        stored,
        rows: adjusted_as_known(&bars, range, basis),
    })
}

/// The record of a listing that has rows, with its first and last session.
async fn stored_record(
    context: &Context,
    listing: &Listing,
) -> Result<(CommitRecord, (Date, Date)), ShowError> {
    let not_stored = || ShowError::NotStored {
        symbol: listing.symbol().to_string(),
    };
    let record = commit::record(context.store.as_ref(), listing).await?;
    let (record, _) = record.ok_or_else(not_stored)?;
    let stored = record.first().zip(record.last()).ok_or_else(not_stored)?;
    Ok((record, stored))
}

/// The bars that were known, at least one, with their first and last session.
async fn known_bars(
    known_on: &KnownOn<'_>,
    listing: &Listing,
) -> Result<(Vec<KnownBar>, (Date, Date)), ShowError> {
    let bars = known_on.bars(listing).await?;
    let stored = bars.first().zip(bars.last());
    let stored = stored.map(|(first, last)| (first.date, last.date));
    let stored = stored.ok_or_else(|| ShowError::NotKnown {
        symbol: listing.symbol().to_string(),
        on: known_on.day(),
    })?;
    Ok((bars, stored))
}

/// The quoted unit, which no version of the tables has.
async fn unit(context: &Context, listing: &Listing) -> Result<Option<String>, ShowError> {
    let record = commit::record(context.store.as_ref(), listing).await?;
    Ok(record.and_then(|(record, _)| record.currency))
}

async fn newest_rows(
    context: &Context,
    listing: &Listing,
    record: &CommitRecord,
    range: SessionRange,
    basis: Basis,
) -> Result<Vec<AdjustedBar>, ShowError> {
    let reaches = |first: Date, last: Date| first < range.end() && last >= range.start();
    let named = record.years.iter();
    let wanted: Vec<i16> = named
        .filter(|(_, entry)| reaches(entry.first, entry.last))
        .map(|(year, _)| *year)
        .collect();
    let years = commit::stored(context.store.as_ref(), listing, record, &wanted).await?;
    Ok(adjusted(&years, range, basis))
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
    /// Of a view as known on a day, which run had the last word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<VersionEntry>,
    /// What stands about it now; nothing in a view as known on a day.
    #[serde(flatten)]
    pub standing: Option<Standing>,
}

/// What stands about a listing now.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Dividends and capital gains that are not applied as the vendor sends them.
    pub judged: Vec<JudgedEvent>,
    /// Changes of stored facts that a second day has to confirm.
    pub claims: Vec<Pending>,
    /// Which rows are not of the usual vendor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceRun>,
    /// Which rows other vendors confirmed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<ConfirmedRun>,
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
    let (record, stored) = stored_record(context, listing).await?;
    let year_before = stored.1.saturating_sub(jiff::Span::new().days(DRAWN_DAYS));
    let from = year_before.min(first_of_newest(&record, bars).unwrap_or(year_before));
    let range = SessionRange::inclusive(from, stored.1);
    let found = newest_rows(context, listing, &record, range, Basis::AsTraded).await?;
    let scope = Scope::Chosen {
        listings: vec![listing.clone()],
        name: listing.symbol().to_string(),
    };
    let coverage = coverage::survey(context, scope).await?;
    let coverage = coverage
        .listings
        .into_iter()
        .next()
        .ok_or_else(|| ShowError::NotStored {
            symbol: listing.symbol().to_string(),
        })?;
    Ok(ListingView {
        symbol: record.symbol.clone(),
        exchange: record.exchange.clone(),
        currency: record.currency.clone(),
        stored,
        rows: record.rows(),
        closes: closes_since(year_before, &found),
        bars: newest(bars, &found),
        actions: record.actions,
        known: None,
        standing: Some(Standing {
            judged: record.judged,
            claims: record.watch.pending,
            sources: record.sources,
            confirmed: record.confirmed,
            coverage,
        }),
    })
}

/// What was known of `listing` on a day, with its `bars` newest sessions of then.
///
/// # Errors
/// [`ShowError`].
pub async fn view_as_known(
    context: &Context,
    listing: &Listing,
    bars: usize,
    known_on: &KnownOn<'_>,
) -> Result<ListingView, ShowError> {
    let (known, stored) = known_bars(known_on, listing).await?;
    let range = SessionRange::inclusive(stored.0, stored.1);
    let rows = adjusted_as_known(&known, range, Basis::AsTraded);
    let year_before = stored.1.saturating_sub(jiff::Span::new().days(DRAWN_DAYS));
    Ok(ListingView {
        symbol: listing.symbol().to_string(),
        exchange: listing.exchange().to_string(),
        currency: unit(context, listing).await?,
        stored,
        rows: rows.len(),
        closes: closes_since(year_before, &rows),
        bars: newest(bars, &rows),
        actions: rows.iter().flat_map(actions_of).collect(),
        known: Some(known_on.bars_version().clone()),
        standing: None,
    })
}

/// The events of a session's row. Its cash may be of several that went ex together, and of capital gains.
fn actions_of(row: &AdjustedBar) -> impl Iterator<Item = Action> {
    let split = (row.split > 0.0).then_some(ActionKind::Split {
        numerator: row.split,
        denominator: 1.0,
    });
    let cash = (row.dividend > 0.0).then_some(ActionKind::Dividend {
        amount: row.dividend,
    });
    let ex_date = row.date;
    let kinds = split.into_iter().chain(cash);
    kinds.map(move |kind| Action { ex_date, kind })
}

fn closes_since(from: Date, rows: &[AdjustedBar]) -> Vec<(Date, f64)> {
    let drawn = rows.iter().filter(|row| row.date >= from);
    let closes = drawn.map(|row| (row.date, row.close / row.split_factor));
    closes.collect()
}

fn newest(n: usize, rows: &[AdjustedBar]) -> Vec<BarView> {
    let before = rows.len().saturating_sub(n);
    rows.iter().skip(before).map(bar).collect()
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
