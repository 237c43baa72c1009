use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{EntryReport, EventReport, QuarantineError, QuarantineReport};
use crate::commit;
use crate::context::Context;
use crate::error::OperationError;
use crate::listing::chain;
use quantx_calendar::Calendar;
use quantx_lake::decisions::Decisions;
use quantx_lake::decisions::EntryId;
use quantx_lake::judged::JudgedEvent;
use quantx_lake::quarantine::{self, Entry, QuarantineFile, ReviewStatus};
use quantx_lake::record::CommitRecord;
use quantx_lake::remarks::Remark;
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::{BarSeries, Date, Exchange, Listing, Price};
use quantx_storage::{LakeStore, StorageError};

/// Listings read at once.
const PARALLEL_LISTINGS: usize = 16;

/// Everything about the refused rows of one listing.
#[derive(Debug)]
pub(super) struct ListingReview {
    pub(super) listing: Listing,
    pub(super) exchange: Arc<Exchange>,
    pub(super) calendar: Option<Calendar>,
    pub(super) entries: Vec<Entry>,
    pub(super) decisions: Decisions,
    pub(super) record: Option<CommitRecord>,
    /// The stored rows of the years that have entries or judged events.
    pub(super) stored: BarSeries,
}

/// All entries and judged events of `listings`, or of every listing, with what was decided about them.
/// Reads every listing's commit record. Writes nothing.
///
/// # Errors
/// [`QuarantineError`] when the lake cannot be listed. What is damaged is named in the report.
pub async fn survey(
    context: &Context,
    listings: Option<&[Listing]>,
) -> Result<QuarantineReport, QuarantineError> {
    let (reviews, unreadable) = reviews(context, listings).await?;
    let entries = reviews.iter().flat_map(|review| {
        let entries = review.entries.iter();
        entries.map(|entry| review.report(entry))
    });
    let events = reviews.iter().flat_map(|review| {
        let judged = review.judged().iter();
        judged.map(|event| review.event_report(event))
    });
    Ok(QuarantineReport {
        entries: entries.collect(),
        events: events.collect(),
        unreadable,
    })
}

/// A listing of which something is said, as far as the lake knows how it stands.
#[derive(Debug)]
pub(crate) struct WatchedListing {
    /// Symbol with suffix.
    pub(crate) symbol: String,
    /// The lake's exchange code.
    pub(crate) exchange: String,
    pub(crate) time_zone: TimeZone,
    pub(crate) entries: Vec<WatchedRow>,
    pub(crate) events: Vec<EventReport>,
    pub(crate) remarks: Vec<Remark>,
}

/// A refused row and when runs refused it, in order of time.
#[derive(Debug)]
pub(crate) struct WatchedRow {
    pub(crate) id: EntryId,
    pub(crate) date: Date,
    pub(crate) rule: String,
    pub(crate) reason: String,
    pub(crate) status: ReviewStatus,
    pub(crate) runs: Vec<Timestamp>,
}

/// What is said of `listings`, or of every listing: refused rows, judged events, and what the record
/// remembers of earlier runs.
///
/// # Errors
/// As [`survey`].
pub(crate) async fn watched(
    context: &Context,
    listings: Option<&[Listing]>,
) -> Result<(Vec<WatchedListing>, Unreadable), QuarantineError> {
    let (reviews, unreadable) = reviews(context, listings).await?;
    let watched = reviews.into_iter().map(|review| WatchedListing {
        symbol: review.listing.symbol().to_string(),
        exchange: review.listing.exchange().to_string(),
        time_zone: review.exchange.time_zone.clone(),
        entries: review
            .entries
            .iter()
            .map(|entry| review.watched(entry))
            .collect(),
        events: review
            .judged()
            .iter()
            .map(|event| review.event_report(event))
            .collect(),
        remarks: review
            .record
            .map_or_else(Vec::new, |record| record.watch.remarks),
    });
    Ok((watched.collect(), unreadable))
}

type Unreadable = Vec<(String, String)>;

/// The listings of which something is said, ascending, and what could not be read.
pub(super) async fn reviews(
    context: &Context,
    listings: Option<&[Listing]>,
) -> Result<(Vec<ListingReview>, Unreadable), QuarantineError> {
    let mut unreadable = Vec::new();
    let mut files: BTreeMap<Listing, Vec<(LakeKey, RunId)>> = BTreeMap::new();
    for key in keys(context, listings).await.map_err(cannot_list)? {
        let LakeKey::Quarantine {
            exchange,
            ticker,
            run,
        } = &key
        else {
            continue;
        };
        match context.settings.exchanges.listing(exchange, ticker.clone()) {
            Some(listing) => {
                let run = run.clone();
                files.entry(listing).or_default().push((key, run));
            }
            None => {
                let reason = format!("exchange {exchange} is not in the settings");
                unreadable.push((key.path(), reason));
            }
        }
    }
    for listing in with_records(context, listings).await.map_err(cannot_list)? {
        files.entry(listing).or_default();
    }
    let reads = files
        .into_iter()
        .map(|(listing, files)| async move { review(context, listing, files).await });
    let read: Vec<_> = stream::iter(reads)
        .buffered(PARALLEL_LISTINGS)
        .collect()
        .await;
    let mut reviews = Vec::with_capacity(read.len());
    for (review, damaged) in read {
        reviews.extend(review);
        unreadable.extend(damaged);
    }
    Ok((reviews, unreadable))
}

async fn keys(
    context: &Context,
    listings: Option<&[Listing]>,
) -> Result<Vec<LakeKey>, StorageError> {
    let prefixes = match listings {
        None => vec![LakePrefix::Quarantine],
        Some(listings) => {
            let listings: BTreeSet<&Listing> = listings.iter().collect();
            let of = |listing: &Listing| {
                let (exchange, ticker) = (listing.exchange(), listing.ticker());
                LakePrefix::ListingQuarantine(exchange.clone(), ticker.clone())
            };
            listings.into_iter().map(of).collect()
        }
    };
    let mut keys = Vec::new();
    for prefix in &prefixes {
        let found = context.store.list(prefix).await?;
        keys.extend(found.into_iter().map(|object| object.key));
    }
    Ok(keys)
}

/// The chosen listings, or all that have a commit record: only those have judged events.
async fn with_records(
    context: &Context,
    listings: Option<&[Listing]>,
) -> Result<Vec<Listing>, StorageError> {
    if let Some(listings) = listings {
        return Ok(listings.to_vec());
    }
    let found = context.store.list(&LakePrefix::Commits).await?;
    let known = found.into_iter().filter_map(|object| match object.key {
        LakeKey::Commit { exchange, ticker } => {
            context.settings.exchanges.listing(&exchange, ticker)
        }
        _ => None,
    });
    Ok(known.collect())
}

fn cannot_list(source: StorageError) -> OperationError {
    OperationError::Storage {
        doing: "list the quarantine",
        source,
    }
}

/// Reads one listing; files that cannot be read are left out and named.
async fn review(
    context: &Context,
    listing: Listing,
    files: Vec<(LakeKey, RunId)>,
) -> (Option<ListingReview>, Unreadable) {
    let mut unreadable = Vec::new();
    let mut readable = Vec::with_capacity(files.len());
    for (key, run) in files {
        match rows(context, &key).await {
            Ok(rows) => readable.push(QuarantineFile { run, rows }),
            Err(reason) => unreadable.push((key.path(), reason)),
        }
    }
    let has_rows = !readable.is_empty() || !unreadable.is_empty();
    let known = async {
        let store = context.store.as_ref();
        let record = commit::record(store, &listing).await?;
        let record = record.map(|(record, _)| record);
        let says_more = record
            .as_ref()
            .is_some_and(|record| !record.judged.is_empty() || !record.watch.remarks.is_empty());
        if !has_rows && !says_more {
            return Ok(None);
        }
        let (decisions, _) = commit::decisions(store, &listing).await?;
        let quarantined = record.as_ref().and_then(|r| r.watch.quarantined.as_deref());
        let entries = quarantine::entries(listing.symbol().as_str(), readable, quarantined);
        let stored = match &record {
            None => BarSeries::default(),
            Some(record) => {
                let of_rows = entries.iter().map(|e| e.row.date.year());
                // The close before an ex-date may be of the year before.
                let of_events = record.judged.iter().flat_map(|event| {
                    let year = event.vendor.ex_date.year();
                    [year - 1, year]
                });
                let years: BTreeSet<i16> = of_rows.chain(of_events).collect();
                let named = |year: &i16| record.years.contains_key(year);
                let years: Vec<i16> = years.into_iter().filter(named).collect();
                commit::bars(store, &listing, record, &years).await?
            }
        };
        Ok::<_, commit::CommitError>(Some((entries, decisions, record, stored)))
    };
    let known = known.await;
    let Some((exchange, calendar)) = context.settings.venue(&listing) else {
        let reason = "the settings do not say when it has sessions";
        unreadable.push((listing.symbol().to_string(), reason.to_owned()));
        return (None, unreadable);
    };
    match known {
        Ok(None) => (None, unreadable),
        Ok(Some((entries, decisions, record, stored))) => {
            let review = ListingReview {
                exchange: Arc::clone(exchange),
                calendar: Some(calendar),
                listing,
                entries,
                decisions,
                record,
                stored,
            };
            (Some(review), unreadable)
        }
        Err(error) => {
            unreadable.push((listing.symbol().to_string(), chain(&error)));
            (None, unreadable)
        }
    }
}

async fn rows(
    context: &Context,
    key: &LakeKey,
) -> Result<Vec<quantx_lake::refusal::RefusedRow>, String> {
    let object = context
        .store
        .get(key)
        .await
        .map_err(|error| chain(&error))?;
    let object = object.ok_or("it disappeared")?;
    serde_json::from_slice(&object.bytes).map_err(|error| format!("not refused rows: {error}"))
}

impl ListingReview {
    /// The events that are not applied as sent.
    pub(super) fn judged(&self) -> &[JudgedEvent] {
        self.record.as_ref().map_or(&[], |record| &record.judged)
    }

    fn watched(&self, entry: &Entry) -> WatchedRow {
        let stored = self.stored.get(entry.row.date);
        WatchedRow {
            id: entry.id.clone(),
            date: entry.row.date,
            rule: entry.row.rule.to_string(),
            reason: entry.row.reason.clone(),
            status: entry.status(&self.decisions, stored),
            runs: entry.runs.iter().map(RunId::at).collect(),
        }
    }

    pub(super) fn event_report(&self, event: &JudgedEvent) -> EventReport {
        let decision = self.decisions.about_event(&event.vendor);
        EventReport {
            id: event.id(self.listing.symbol().as_str()),
            symbol: self.listing.symbol().to_string(),
            exchange: self.listing.exchange().to_string(),
            status: event.status(decision),
            event: event.clone(),
            decision: decision.cloned(),
        }
    }

    pub(super) fn report(&self, entry: &Entry) -> EntryReport {
        let stored = self.stored.get(entry.row.date);
        EntryReport {
            id: entry.id.clone(),
            symbol: self.listing.symbol().to_string(),
            exchange: self.listing.exchange().to_string(),
            date: entry.row.date,
            status: entry.status(&self.decisions, stored),
            rule: entry.row.rule.to_string(),
            reason: entry.row.reason.clone(),
            prices: entry.row.prices,
            volume: entry.row.volume,
            others: entry.row.others.clone(),
            stored: stored.map(|bar| bar.prices().map(|price| price.map(Price::get))),
            stored_volume: stored.and_then(|bar| bar.volume),
            unreleasable: self.unreleasable(entry),
            runs: entry.runs.iter().map(ToString::to_string).collect(),
            decision: self.decisions.about(&entry.row).cloned(),
        }
    }

    /// Why the entry can never become a row of the lake.
    fn unreleasable(&self, entry: &Entry) -> Option<String> {
        let date = entry.row.date;
        let Some(session) = self.calendar.as_ref().and_then(|c| c.session(date)) else {
            return Some(format!("{date} is no session of {}", self.exchange.mic));
        };
        let fault = entry.row.bar(self.listing.kind(), session).err()?;
        Some(format!("{fault} ({})", fault.rule()))
    }
}
