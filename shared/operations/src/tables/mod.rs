//! The tables for reading (`panel/`, `actions/`), made of committed year files and records.

mod check;

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::{Context, OperationError, object};
use quantx_lake::codec::{self, StoredYear, sha256_hex};
use quantx_lake::panel::{self, PanelEntry, PanelIndex};
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_market::{ExchangeCode, Listing, Ticker};
use quantx_storage::{Change, LakeStore, Precondition, StorageError, UpdateError, update};

pub(crate) use check::check;

/// Objects read at once.
const PARALLEL_READS: usize = 16;
/// Panels made at once: a core each, and not more of them in memory than that.
const PARALLEL_PANELS: usize = 2;
/// Lost races for one table.
const ATTEMPTS: usize = 20;

/// What a refresh of an exchange's tables did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    /// Tables made anew.
    pub(crate) made: usize,
    /// Tables that are of other year files than committed now, because the stop came first.
    pub(crate) left: usize,
}

/// Makes the panels and the table of actions of one exchange anew where committed files changed.
/// Ends early, between two tables, when the context's stop comes.
///
/// # Errors
/// [`OperationError`]; tables made before stay.
pub(crate) async fn refresh(
    context: &Context,
    exchange: &ExchangeCode,
) -> Result<Tables, OperationError> {
    let records = records(context, exchange).await?;
    let mut tables = Tables::default();
    let key = LakeKey::PanelIndex {
        exchange: exchange.clone(),
    };
    let index = index(context, &key).await?;
    let mut old = Vec::new();
    for (year, sources) in by_year(&records) {
        let hashes = sources.iter().map(|source| (source.symbol, source.sha256));
        let hash = panel::sources_hash(hashes);
        let panel = LakeKey::Panel {
            exchange: exchange.clone(),
            year,
        };
        let known = index.years.get(&year);
        if let Some(known) = known.filter(|known| known.sources_sha256 == hash)
            && state(context, &panel, &known.sha256).await? == TableState::Whole
        {
            continue;
        }
        old.push((year, sources, hash));
    }
    let makes = old.into_iter().map(|(year, sources, hash)| async move {
        if context.stop.is_requested() {
            return Ok((year, Made::Left));
        }
        let made = make_panel(context, exchange, year, &sources, hash).await?;
        let made = made.map_or(Made::Unfinished, |(entry, table)| Made::Table(entry, table));
        Ok::<_, OperationError>((year, made))
    });
    let mut makes = stream::iter(makes).buffered(PARALLEL_PANELS);
    while let Some((year, made)) = makes.try_next().await? {
        match made {
            Made::Table(entry, table) => {
                let change = |index: &mut PanelIndex| {
                    index.years.insert(year, entry.clone());
                };
                if tell(context, &key, &table, change).await? {
                    tables.made += 1;
                }
            }
            Made::Left => tables.left += 1,
            // Its writer publishes when it is done.
            Made::Unfinished => {
                tracing::info!(%exchange, year, "files of {year} are being written; its panel stays as it is")
            }
        }
    }
    drop(makes);
    if make_actions(context, exchange, &records, &index, &key).await? {
        tables.made += 1;
    }
    Ok(tables)
}

/// What came of one panel.
enum Made {
    Table(PanelEntry, Table),
    /// The stop came first.
    Left,
    /// A file of it is being written.
    Unfinished,
}

/// One committed year file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    ticker: &'a Ticker,
    pub(super) symbol: &'a str,
    pub(super) sha256: &'a str,
}

pub(super) async fn records(
    context: &Context,
    exchange: &ExchangeCode,
) -> Result<Vec<(Ticker, CommitRecord)>, OperationError> {
    let store = context.store.as_ref();
    let prefix = LakePrefix::Exchange(exchange.clone());
    let entries = store.list(&prefix).await;
    let entries = entries.map_err(|source| storage("list the commit records", source))?;
    let keys = entries.into_iter().map(|entry| entry.key);
    let keys = keys.filter(|key| matches!(key, LakeKey::Commit { .. }));
    let reads = keys.map(|key| async move {
        let found = store.get(&key).await;
        let found = found.map_err(|source| storage("read a commit record", source))?;
        Ok::<_, OperationError>(found.and_then(|object| parse(context, &key, &object.bytes)))
    });
    let read: Vec<_> = stream::iter(reads)
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    Ok(read.into_iter().flatten().collect())
}

/// `None` for a damaged record: the report of whoever needs it names it.
fn parse(context: &Context, key: &LakeKey, bytes: &[u8]) -> Option<(Ticker, CommitRecord)> {
    let (exchange, ticker) = key.listing()?;
    let exchange = context.settings.exchanges.get(exchange)?;
    let symbol = Listing::of(exchange, ticker.clone()).symbol().to_string();
    match CommitRecord::parse(bytes, &symbol) {
        Ok(record) => Some((ticker.clone(), record)),
        Err(error) => {
            tracing::warn!(%key, %error, "{key} is unusable and left out of the tables");
            None
        }
    }
}

pub(super) fn by_year(records: &[(Ticker, CommitRecord)]) -> BTreeMap<i16, Vec<Source<'_>>> {
    let mut years: BTreeMap<i16, Vec<Source<'_>>> = BTreeMap::new();
    for (ticker, record) in records {
        for (year, entry) in &record.years {
            years.entry(*year).or_default().push(Source {
                ticker,
                symbol: &record.symbol,
                sha256: &entry.sha256,
            });
        }
    }
    for sources in years.values_mut() {
        sources.sort_by_key(|source| source.symbol);
    }
    years
}

/// `None` when a file is not the committed one: its writer is not done.
async fn make_panel(
    context: &Context,
    exchange: &ExchangeCode,
    year: i16,
    sources: &[Source<'_>],
    hash: String,
) -> Result<Option<(PanelEntry, Table)>, OperationError> {
    let store = context.store.as_ref();
    let key = LakeKey::Panel {
        exchange: exchange.clone(),
        year,
    };
    let reads = sources.iter().map(|source| {
        let key = LakeKey::Bars {
            exchange: exchange.clone(),
            ticker: source.ticker.clone(),
            year,
        };
        async move {
            let found = store.get(&key).await;
            let found = found.map_err(|source| storage("read a year file", source))?;
            let bytes = found.map(|object| object.bytes);
            Ok::<_, OperationError>(bytes.filter(|bytes| sha256_hex(bytes) == source.sha256))
        }
    });
    let read: Vec<Option<Bytes>> = stream::iter(reads)
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    let Some(files) = read.into_iter().collect::<Option<Vec<Bytes>>>() else {
        return Ok(None);
    };
    let (code, level) = (exchange.clone(), context.settings.schema.compression_level);
    let made = tokio::task::spawn_blocking(move || {
        let years = files.iter().map(|bytes| codec::decode(bytes));
        let years = years.collect::<Result<Vec<StoredYear>, _>>()?;
        let entry = PanelEntry {
            listings: years.len(),
            rows: years.iter().map(|year| year.bars.len()).sum(),
            sources_sha256: hash,
            sha256: String::new(),
        };
        let bytes = panel::encode_panel(&code, &years, &entry.sources_sha256, level)?;
        let sha256 = sha256_hex(&bytes);
        Ok((bytes, PanelEntry { sha256, ..entry }))
    });
    let made = made.await?;
    let (bytes, entry) = made.map_err(|source| OperationError::Derived {
        key: key.clone(),
        source,
    })?;
    let bytes = Bytes::from(bytes);
    replace(store, &key, bytes.clone()).await?;
    Ok(Some((entry, Table { key, bytes })))
}

/// Hash of what a table of actions is made of.
pub(super) fn actions_hash(records: &[(Ticker, CommitRecord)]) -> String {
    let hashes: Vec<String> = records
        .iter()
        .map(|(_, record)| codec::actions_hash(&record.action_set()))
        .collect();
    let pairs = records.iter().zip(&hashes);
    panel::sources_hash(pairs.map(|((_, record), hash)| (record.symbol.as_str(), hash.as_str())))
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

/// Reads a table and compares it with the hash in the index. Of an index without hashes nothing can be
/// said of a table, so it counts as damaged and is made again, once.
pub(super) async fn state(
    context: &Context,
    key: &LakeKey,
    sha256: &str,
) -> Result<TableState, OperationError> {
    let found = context.store.get(key).await;
    let found = found.map_err(|source| storage("read a table", source))?;
    Ok(match found {
        None => TableState::Missing,
        Some(object) if sha256_hex(&object.bytes) == sha256 => TableState::Whole,
        Some(_) => TableState::Damaged,
    })
}

async fn make_actions(
    context: &Context,
    exchange: &ExchangeCode,
    records: &[(Ticker, CommitRecord)],
    index: &PanelIndex,
    index_key: &LakeKey,
) -> Result<bool, OperationError> {
    let hash = actions_hash(records);
    let key = LakeKey::Actions {
        exchange: exchange.clone(),
    };
    if records.is_empty()
        || (index.actions_sha256 == hash
            && state(context, &key, &index.actions_table_sha256).await? == TableState::Whole)
    {
        return Ok(false);
    }
    let actions: Vec<_> = records
        .iter()
        .flat_map(|(_, record)| {
            record
                .actions
                .iter()
                .map(|action| (record.symbol.as_str(), *action))
        })
        .collect();
    let level = context.settings.schema.compression_level;
    let bytes = panel::encode_actions(exchange, &actions, &hash, level);
    let bytes = bytes.map_err(|source| OperationError::Derived {
        key: key.clone(),
        source,
    })?;
    let bytes = Bytes::from(bytes);
    replace(context.store.as_ref(), &key, bytes.clone()).await?;
    let sha256 = sha256_hex(&bytes);
    let table = Table { key, bytes };
    tell(context, index_key, &table, |index| {
        index.actions_sha256.clone_from(&hash);
        index.actions_table_sha256.clone_from(&sha256);
    })
    .await
}

/// An unreadable index is as good as none: everything is made again.
pub(super) async fn index(context: &Context, key: &LakeKey) -> Result<PanelIndex, OperationError> {
    match object::read::<PanelIndex>(context.store.as_ref(), key).await {
        Ok(found) => Ok(found.map(|(index, _)| index).unwrap_or_default()),
        Err(OperationError::WorkingMemory { .. }) => Ok(PanelIndex::default()),
        Err(error) => Err(error),
    }
}

/// A table as it was put.
#[derive(Debug)]
struct Table {
    key: LakeKey,
    bytes: Bytes,
}

/// Changes the index as it is now, if `table` still lies there; whether it does. Of two publishers
/// with different records the index then names what the last of them put, or something that the next
/// run finds to be old: the table is looked at between the index's read and its conditional put.
async fn tell(
    context: &Context,
    key: &LakeKey,
    table: &Table,
    change: impl Fn(&mut PanelIndex) + Send,
) -> Result<bool, OperationError> {
    let store = context.store.as_ref();
    for _ in 0..ATTEMPTS {
        let found = store.get(key).await;
        let found = found.map_err(|source| storage("read the index of panels", source))?;
        let lies_there = store.get(&table.key).await;
        let lies_there = lies_there.map_err(|source| storage("read a table", source))?;
        if lies_there.is_none_or(|object| object.bytes != table.bytes) {
            return Ok(false);
        }
        let parsed = found
            .as_ref()
            .and_then(|object| serde_json::from_slice(&object.bytes).ok());
        let mut index: PanelIndex = parsed.unwrap_or_default();
        change(&mut index);
        let bytes = Bytes::from(serde_json::to_vec_pretty(&index)?);
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match store.put(key, bytes, precondition).await {
            Ok(_) => return Ok(true),
            Err(error) if error.calls_for_reading_again() => {}
            Err(source) => return Err(storage("store the index of panels", source)),
        }
    }
    Err(OperationError::Contended { key: key.clone() })
}

/// Puts a derived table in the place of whatever is there.
async fn replace(store: &dyn LakeStore, key: &LakeKey, bytes: Bytes) -> Result<(), OperationError> {
    let replaced = update(store, key, |found| {
        let is_there = found.is_some_and(|object| object.bytes == bytes);
        Ok::<_, Infallible>(if is_there {
            Change::Keep(())
        } else {
            Change::Put(bytes.clone(), ())
        })
    });
    replaced.await.map_err(|error| match error {
        UpdateError::Read(source) => storage("read a table", source),
        UpdateError::Write(source) => storage("store a table", source),
        UpdateError::Compute(never) => match never {},
        UpdateError::Contended => OperationError::Contended { key: key.clone() },
    })
}

fn storage(doing: &'static str, source: StorageError) -> OperationError {
    OperationError::Storage { doing, source }
}
