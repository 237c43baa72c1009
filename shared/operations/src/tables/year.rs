//! The tables of one exchange and year: panel, and the files of the Delta tables.

use std::collections::BTreeSet;
use std::convert::Infallible;

use bytes::Bytes;
use futures::stream::{self, StreamExt};

use super::{Noted, PARALLEL_READS, Parts, Source, TableState, found, replace, state_of, storage};
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::codec::{self, CodecError, sha256_hex};
use quantx_lake::delta::{DeltaTable, PartEntry};
use quantx_lake::panel::{self, MadeYear, OldPanel, PanelEntry, Sources, YearTables};
use quantx_market::ExchangeCode;
use quantx_storage::{Change, LakeStore, Precondition, StoredObject, UpdateError, update};

/// Year files that are decoded in one piece of blocking work: what lies in memory as bytes.
const BATCH: usize = 64;

/// The tables to bring up to date.
pub(super) struct Job<'a> {
    pub(super) exchange: &'a ExchangeCode,
    pub(super) year: i16,
    /// Ascending by symbol.
    pub(super) sources: &'a [Source<'a>],
    /// What the index says of them.
    pub(super) known: Option<&'a PanelEntry>,
    pub(super) parts: Parts<'a>,
}

/// What came of it.
pub(super) enum Made {
    /// They are as they should be.
    Current,
    /// They were made.
    Tables(Box<PanelEntry>),
    /// The stop came first.
    Left,
    /// A file of it is being written.
    Unfinished,
    /// Another publisher was first.
    Overtaken,
}

/// Makes the tables of a year if they are not of the files that are committed now.
pub(super) async fn make(context: &Context, job: &Job<'_>) -> Result<Made, OperationError> {
    let hash = panel::sources_hash(job.sources.iter().map(|it| (it.symbol, it.sha256)));
    let key = LakeKey::Panel {
        exchange: job.exchange.clone(),
        year: job.year,
    };
    let before = found(context, &key).await?;
    let sha256 = job.known.map_or("", |known| known.sha256.as_str());
    let is_whole = state_of(before.as_ref(), sha256) == TableState::Whole;
    if let Some(known) = job.known.filter(|known| known.sources_sha256 == hash)
        && is_whole
        && parts_are_there(context, job.parts, known).await?
    {
        return Ok(Made::Current);
    }
    if context.stop.is_requested() {
        return Ok(Made::Left);
    }
    let tag = before.as_ref().map(|object| object.etag.clone());
    let old = before.filter(|_| is_whole);
    let Some(made) = tables(context, job, &key, old).await? else {
        return Ok(Made::Unfinished);
    };
    let MadeYear {
        panel,
        bars,
        bars_entry,
        factors,
        factors_entry,
        listings,
        rows,
    } = made;
    // Files first, then whoever names them.
    put_part(context, job, DeltaTable::Bars, &bars_entry, bars).await?;
    put_part(context, job, DeltaTable::Factors, &factors_entry, factors).await?;
    let entry = PanelEntry {
        sources_sha256: hash,
        sha256: sha256_hex(&panel),
        listings,
        rows,
        bars: Some(bars_entry),
        factors: Some(factors_entry),
    };
    let lies_there = is_whole && entry.sha256 == sha256;
    if !lies_there {
        let put = replace(context.store.as_ref(), &key, tag, panel).await?;
        if put == Noted::Overtaken {
            return Ok(Made::Overtaken);
        }
    }
    Ok(Made::Tables(Box::new(entry)))
}

fn part_key(table: DeltaTable, part: &PartEntry) -> LakeKey {
    LakeKey::DeltaPart {
        table,
        sha256: part.sha256.clone(),
    }
}

/// Whether the year's files of the Delta tables can be named by a version.
async fn parts_are_there(
    context: &Context,
    parts: Parts<'_>,
    known: &PanelEntry,
) -> Result<bool, OperationError> {
    let of = [
        (DeltaTable::Bars, &known.bars),
        (DeltaTable::Factors, &known.factors),
    ];
    for (table, part) in of {
        let Some(part) = part else {
            return Ok(false);
        };
        if let Parts::AsNamed(tables) = parts
            && tables.of(table).has(part)
        {
            continue;
        }
        let object = found(context, &part_key(table, part)).await?;
        if state_of(object.as_ref(), part.sha256.as_str()) != TableState::Whole {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts a file that is named by its content; of one that is there already only a damaged one is replaced.
async fn put_part(
    context: &Context,
    job: &Job<'_>,
    table: DeltaTable,
    part: &PartEntry,
    bytes: Bytes,
) -> Result<(), OperationError> {
    if let Parts::AsNamed(tables) = job.parts
        && tables.of(table).has(part)
    {
        return Ok(());
    }
    let key = part_key(table, part);
    let put = context.store.put(&key, bytes.clone(), Precondition::Absent);
    match put.await {
        Ok(_) => return Ok(()),
        Err(error) if error.calls_for_reading_again() => {}
        Err(source) => return Err(storage("store a file of a Delta table", source)),
    }
    let put = update(context.store.as_ref(), &key, |found| {
        Ok::<_, Infallible>(match found {
            Some(object) if object.bytes == bytes => Change::Keep(()),
            _ => Change::Put(bytes.clone(), ()),
        })
    });
    put.await.map_err(|error| match error {
        UpdateError::Read(source) => storage("read a file of a Delta table", source),
        UpdateError::Write(source) => storage("store a file of a Delta table", source),
        UpdateError::Compute(never) => match never {},
        UpdateError::Contended => OperationError::Contended { key: key.clone() },
    })
}

/// `None` when a file is not the committed one: its writer is not done.
async fn tables(
    context: &Context,
    job: &Job<'_>,
    key: &LakeKey,
    old: Option<StoredObject>,
) -> Result<Option<MadeYear>, OperationError> {
    let store = context.store.as_ref();
    let sources: Sources = job
        .sources
        .iter()
        .map(|source| (source.symbol.to_owned(), source.sha256.to_owned()))
        .collect();
    let old = match old {
        Some(object) => kept(object, sources.clone()).await?,
        None => None,
    };
    let is_kept = |symbol: &str| old.as_ref().is_some_and(|(_, keep)| keep.contains(symbol));
    let changed: Vec<Source<'_>> = job
        .sources
        .iter()
        .filter(|source| !is_kept(source.symbol))
        .copied()
        .collect();
    let level = context.settings.schema.compression_level;
    let mut tables = YearTables::new(job.exchange.clone(), job.year, level, old);
    let failed = |source: CodecError| OperationError::Derived {
        key: key.clone(),
        source,
    };
    let reads = changed.iter().map(|source| {
        let key = LakeKey::Bars {
            exchange: job.exchange.clone(),
            ticker: source.ticker.clone(),
            year: job.year,
        };
        async move {
            let found = store.get(&key).await;
            let found = found.map_err(|source| storage("read a year file", source))?;
            let bytes = found.map(|object| object.bytes);
            Ok::<_, OperationError>(bytes.filter(|bytes| sha256_hex(bytes) == source.sha256))
        }
    });
    let mut batches = stream::iter(reads).buffered(PARALLEL_READS).chunks(BATCH);
    while let Some(batch) = batches.next().await {
        let read = batch
            .into_iter()
            .collect::<Result<Option<Vec<Bytes>>, _>>()?;
        let Some(files) = read else {
            return Ok(None);
        };
        let added = tokio::task::spawn_blocking(move || {
            for bytes in files {
                tables.add(&codec::decode(&bytes)?)?;
            }
            Ok(tables)
        });
        tables = added.await?.map_err(failed)?;
    }
    drop(batches);
    let made = tokio::task::spawn_blocking(move || tables.finish(&sources));
    Ok(Some(made.await?.map_err(failed)?))
}

/// The old panel with the listings whose rows are still of the committed files; `None` where there are
/// none, or it does not say what it was made of.
async fn kept(
    object: StoredObject,
    sources: Sources,
) -> Result<Option<(OldPanel, BTreeSet<String>)>, OperationError> {
    let opened = tokio::task::spawn_blocking(move || {
        let named = OldPanel::sources_of(&object.bytes)?;
        let keep: BTreeSet<String> = named
            .into_iter()
            .filter(|(symbol, sha256)| sources.get(symbol) == Some(sha256))
            .map(|(symbol, _)| symbol)
            .collect();
        if keep.is_empty() {
            return None;
        }
        Some((OldPanel::open(object.bytes).ok()?, keep))
    });
    Ok(opened.await?)
}
