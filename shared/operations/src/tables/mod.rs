//! The tables for reading (`panel/`, `actions/`, `delta/`), made of committed year files and records.
//!
//! [`refresh`] brings the tables of one exchange up to date, year after year; only what changed is read
//! and written. [`delta`] then makes one version of each Delta table out of what the exchanges' indexes
//! name. Whoever comes second to an object reads everything again: each table is put on condition that
//! it is as it was seen before the records were read.

mod actions;
mod check;
mod check_delta;
mod checkpoint;
mod checkpoint_cost;
pub(crate) mod delta;
mod records;
mod year;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::stream::{self, StreamExt};

use crate::{Context, OperationError, object};
use delta::DeltaTables;
use quantx_lake::LakeKey;
use quantx_lake::codec::sha256_hex;
use quantx_lake::delta::PartEntry;
use quantx_lake::panel::{PanelEntry, PanelIndex};
use quantx_market::ExchangeCode;
use quantx_storage::{ATTEMPTS, ETag, LakeStore, Precondition, StorageError, StoredObject};

pub(crate) use check::check;
pub(crate) use check_delta::{check_delta, repair_delta};
pub(crate) use checkpoint_cost::{Planned as PlannedCheckpoints, planned as planned_checkpoints};
pub(crate) use records::Known;
use records::{Source, by_year, records};

/// Objects read at once.
const PARALLEL_READS: usize = 16;
/// Years whose tables are made at once, where their files are small: they are made by the processor.
const YEARS_AT_ONCE: usize = 2;
/// Listings up to which a year's files are small, ten megabytes or so; above, one year at a time is in memory.
const FEW_LISTINGS: usize = 1_000;

/// What a refresh of an exchange's tables did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    /// Tables made anew.
    pub(crate) made: usize,
    /// Years whose tables are of other year files than committed now, because the stop came first.
    pub(crate) left: usize,
}

/// Whether the files of the Delta tables are believed to be as they were put.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parts<'a> {
    /// Those that the newest version names are.
    AsNamed(&'a DeltaTables),
    /// Every one is read.
    Read,
}

/// Makes the tables of one exchange anew where committed files changed. Ends early, between two years,
/// when the context's stop comes.
///
/// # Errors
/// [`OperationError`]; tables made before stay, and the index names them.
pub(crate) async fn refresh(
    context: &Context,
    exchange: &ExchangeCode,
    parts: Parts<'_>,
    known: &Known,
) -> Result<Tables, OperationError> {
    let mut tables = Tables::default();
    if attempt(context, exchange, parts, known, &mut tables).await? == Noted::Yes {
        return Ok(tables);
    }
    // Somebody else wrote meanwhile: what was known may be old.
    let nothing = Known::new();
    for _ in 0..ATTEMPTS {
        if attempt(context, exchange, parts, &nothing, &mut tables).await? == Noted::Yes {
            return Ok(tables);
        }
    }
    let exchange = exchange.clone();
    Err(OperationError::Contended {
        key: LakeKey::PanelIndex { exchange },
    })
}

/// Whether the index names what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    Yes,
    /// Another writer changed the index, a table or a file since they were read.
    Overtaken,
}

async fn attempt(
    context: &Context,
    exchange: &ExchangeCode,
    parts: Parts<'_>,
    known: &Known,
    tables: &mut Tables,
) -> Result<Noted, OperationError> {
    tables.left = 0;
    let key = LakeKey::PanelIndex {
        exchange: exchange.clone(),
    };
    // Before the records: tables of whoever changes the index after this are of records as new as ours.
    let before = tagged_index(context, &key).await?;
    let records = records(context, exchange, known).await?;
    let mut index = before.index.clone();
    let mut overtaken = false;
    let mut failed = None;
    let years = by_year(&records);
    let jobs = years.iter().map(|(year, sources)| year::Job {
        exchange,
        year: *year,
        sources,
        known: before.index.years.get(year),
        parts,
    });
    let outcomes = jobs.map(|job| async move { (job.year, year::make(context, &job).await) });
    let at_once = if records.len() <= FEW_LISTINGS {
        YEARS_AT_ONCE
    } else {
        1
    };
    let mut outcomes = stream::iter(outcomes).buffered(at_once);
    while let Some((year, outcome)) = outcomes.next().await {
        match outcome {
            Ok(year::Made::Current) => {}
            Ok(year::Made::Tables(entry)) => {
                tables.made += 1;
                index.years.insert(year, *entry);
            }
            Ok(year::Made::Left) => tables.left += 1,
            // It is of a record that is newer than what was known, or of none yet.
            Ok(year::Made::Unfinished) if !known.is_empty() => overtaken = true,
            // Its writer publishes when it is done.
            Ok(year::Made::Unfinished) => {
                tracing::info!(%exchange, year, "files of {year} are being written; its tables stay as they are");
            }
            Ok(year::Made::Overtaken) => overtaken = true,
            Err(error) => failed = Some(error),
        }
        if overtaken || failed.is_some() {
            break;
        }
    }
    drop(outcomes);
    if !overtaken && failed.is_none() {
        match actions::make(context, exchange, &records, &mut index).await {
            Ok(Some(Noted::Yes)) => tables.made += 1,
            Ok(Some(Noted::Overtaken)) => overtaken = true,
            Ok(None) => {}
            Err(error) => failed = Some(error),
        }
    }
    let told = note(context, &key, before, &index).await;
    match (failed, told?) {
        (Some(error), _) => Err(error),
        (None, Noted::Yes) if !overtaken => Ok(Noted::Yes),
        (None, _) => Ok(Noted::Overtaken),
    }
}

/// Puts the index in the place of the one that was read, if that still lies there.
async fn note(
    context: &Context,
    key: &LakeKey,
    before: TaggedIndex,
    index: &PanelIndex,
) -> Result<Noted, OperationError> {
    if before.index == *index {
        return Ok(Noted::Yes);
    }
    let bytes = Bytes::from(serde_json::to_vec_pretty(index)?);
    let precondition = before
        .etag
        .map_or(Precondition::Absent, Precondition::Matches);
    match context.store.put(key, bytes, precondition).await {
        Ok(_) => Ok(Noted::Yes),
        Err(error) if error.calls_for_reading_again() => Ok(Noted::Overtaken),
        Err(source) => Err(storage("store the index of panels", source)),
    }
}

/// The index with the tag to replace it.
struct TaggedIndex {
    index: PanelIndex,
    etag: Option<ETag>,
}

/// An unreadable index is as good as none: everything is made again, in its place.
async fn tagged_index(context: &Context, key: &LakeKey) -> Result<TaggedIndex, OperationError> {
    let found = context.store.get(key).await;
    let found = found.map_err(|source| storage("read the index of panels", source))?;
    let index = found
        .as_ref()
        .and_then(|object| serde_json::from_slice(&object.bytes).ok());
    Ok(TaggedIndex {
        index: index.unwrap_or_default(),
        etag: found.map(|object| object.etag),
    })
}

/// The index as [`tagged_index`] reads it.
pub(super) async fn index(context: &Context, key: &LakeKey) -> Result<PanelIndex, OperationError> {
    match object::read::<PanelIndex>(context.store.as_ref(), key).await {
        Ok(found) => Ok(found.map(|(index, _)| index).unwrap_or_default()),
        Err(OperationError::WorkingMemory { .. }) => Ok(PanelIndex::default()),
        Err(error) => Err(error),
    }
}

/// How a table lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableState {
    /// As it was made.
    Whole,
    /// Not as it was made.
    Damaged,
    /// Not at all.
    Missing,
}

/// Of an index without hashes nothing can be said of a table, so it counts as damaged and is made
/// again, once.
fn state_of(found: Option<&StoredObject>, sha256: &str) -> TableState {
    match found {
        None => TableState::Missing,
        Some(object) if sha256_hex(&object.bytes) == sha256 => TableState::Whole,
        Some(_) => TableState::Damaged,
    }
}

async fn found(context: &Context, key: &LakeKey) -> Result<Option<StoredObject>, OperationError> {
    let found = context.store.get(key).await;
    found.map_err(|source| storage("read a table", source))
}

/// Reads a table and compares it with the hash in the index.
pub(super) async fn state(
    context: &Context,
    key: &LakeKey,
    sha256: &str,
) -> Result<TableState, OperationError> {
    Ok(state_of(found(context, key).await?.as_ref(), sha256))
}

/// Puts a derived table in the place of what was found.
async fn replace(
    store: &dyn LakeStore,
    key: &LakeKey,
    before: Option<ETag>,
    bytes: Bytes,
) -> Result<Noted, OperationError> {
    let precondition = before.map_or(Precondition::Absent, Precondition::Matches);
    match store.put(key, bytes, precondition).await {
        Ok(_) => Ok(Noted::Yes),
        Err(error) if error.calls_for_reading_again() => Ok(Noted::Overtaken),
        Err(source) => Err(storage("store a table", source)),
    }
}

/// The exchanges whose tables are made, with what the Delta tables should have of them.
async fn wanted(
    context: &Context,
    exchanges: &BTreeSet<ExchangeCode>,
) -> Result<[quantx_lake::delta::Wanted; 2], OperationError> {
    let (mut bars, mut factors) = (BTreeMap::new(), BTreeMap::new());
    for exchange in exchanges {
        let key = LakeKey::PanelIndex {
            exchange: exchange.clone(),
        };
        for (year, entry) in index(context, &key).await?.years {
            let PanelEntry {
                bars: of_bars,
                factors: of_factors,
                ..
            } = entry;
            let of = |part: Option<PartEntry>| Some(((exchange.clone(), year), part?));
            bars.extend(of(of_bars));
            factors.extend(of(of_factors));
        }
    }
    Ok([bars, factors])
}

fn storage(doing: &'static str, source: StorageError) -> OperationError {
    OperationError::Storage { doing, source }
}
