//! The log of the Delta tables: one version for each run that changed something.
//!
//! A version is put if nobody put it before. Whoever loses reads again what the table is and what it
//! should be, so no version goes back behind an earlier one. `_versions.json` follows the log; where it
//! is behind, because its writer was killed, the next publisher brings it up to date.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;

use super::{PARALLEL_READS, checkpoint, storage, wanted};
use crate::{Context, OperationError};
use quantx_lake::delta::{Commit, DeltaTable, TableState};
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::ExchangeCode;
use quantx_storage::{ATTEMPTS, ETag, LakeStore, Precondition, StorageError};

/// Both tables as of their newest versions.
#[derive(Debug, Default)]
pub(crate) struct DeltaTables([TableState; 2]);

impl DeltaTables {
    /// Reads both.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or a log cannot be read.
    pub(crate) async fn load(context: &Context) -> Result<Self, OperationError> {
        let [bars, factors] = DeltaTable::ALL;
        let bars = load(context, bars).await?.state;
        let factors = load(context, factors).await?.state;
        Ok(Self([bars, factors]))
    }

    pub(super) fn of(&self, table: DeltaTable) -> &TableState {
        let [bars, factors] = &self.0;
        match table {
            DeltaTable::Bars => bars,
            DeltaTable::Factors => factors,
        }
    }
}

/// A table as its log says, and the object that sums it up.
pub(crate) struct Loaded {
    pub(crate) state: TableState,
    /// Whether `_versions.json` is as the log.
    pub(super) summed_up: bool,
    etag: Option<ETag>,
}

/// Reads a table: the commits since `_versions.json` was written, or all of them.
pub(crate) async fn load(context: &Context, table: DeltaTable) -> Result<Loaded, OperationError> {
    let key = LakeKey::DeltaVersions { table };
    let found = context.store.get(&key).await;
    let found = found.map_err(|source| storage("read the versions of a Delta table", source))?;
    let etag = found.as_ref().map(|object| object.etag.clone());
    let stored: Option<TableState> =
        found.and_then(|object| serde_json::from_slice(&object.bytes).ok());
    let stored = match stored {
        Some(stored) if is_of_the_log(context, table, &stored).await? => Some(stored),
        _ => None,
    };
    let mut state = match &stored {
        Some(stored) => stored.clone(),
        None => replayed(context, table, None).await?,
    };
    while let Some(commit) = commit_of(context, table, state.next_version()).await? {
        apply(table, &mut state, &commit)?;
    }
    Ok(Loaded {
        // A table that has no version needs none.
        summed_up: stored.as_ref() == Some(&state) || (etag.is_none() && state.next_version() == 0),
        state,
        etag,
    })
}

/// Whether the newest version that it names is in the log, by the same run: the log may have been
/// begun anew.
async fn is_of_the_log(
    context: &Context,
    table: DeltaTable,
    stored: &TableState,
) -> Result<bool, OperationError> {
    let Some(last) = stored.versions.last() else {
        return Ok(false);
    };
    let commit = commit_of(context, table, last.version).await?;
    let run = commit.and_then(|commit| commit.info).map(|info| info.run);
    Ok(run == Some(last.run.clone()))
}

/// The table as of `version`, or of the newest one, from its whole log.
pub(crate) async fn replayed(
    context: &Context,
    table: DeltaTable,
    version: Option<u64>,
) -> Result<TableState, OperationError> {
    let versions = match version {
        Some(version) => version + 1,
        None => {
            let log = log_of(context, table).await?;
            log.check(table)?;
            log.versions
        }
    };
    let mut commits = std::pin::pin!(commits(context, table, versions));
    let mut state = TableState::default();
    while let Some(commit) = commits.try_next().await? {
        apply(table, &mut state, &commit)?;
    }
    Ok(state)
}

/// The commits of the first `versions` versions, read ahead.
pub(crate) fn commits(
    context: &Context,
    table: DeltaTable,
    versions: u64,
) -> impl Stream<Item = Result<Commit, OperationError>> {
    let reads = (0..versions).map(move |version| async move {
        let commit = commit_of(context, table, version).await?;
        commit.ok_or_else(|| unusable(table, version, "it is not there, and later ones are"))
    });
    stream::iter(reads).buffered(PARALLEL_READS)
}

/// What lies in the folder of a log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Versions up to the newest commit.
    pub(super) versions: u64,
    pub(super) checkpoints: BTreeSet<u64>,
    /// Whether `_last_checkpoint` is there.
    pub(super) is_named: bool,
}

impl Log {
    /// Of the objects `keys` those of `table`.
    pub(super) fn among<'a>(
        table: DeltaTable,
        keys: impl IntoIterator<Item = &'a LakeKey>,
    ) -> Self {
        let mut log = Self::default();
        let keys = keys.into_iter();
        for key in keys.filter(|key| LakePrefix::DeltaLog(table).contains(key)) {
            match key {
                LakeKey::DeltaCommit { version, .. } => {
                    log.versions = log.versions.max(version + 1);
                }
                LakeKey::DeltaCheckpoint { version, .. } => {
                    log.checkpoints.insert(*version);
                }
                _ => log.is_named = true,
            }
        }
        log
    }

    /// No checkpoint is of a version that has no commit: readers would take it for the newest, and not see
    /// the versions that are made now.
    pub(super) fn check(&self, table: DeltaTable) -> Result<(), OperationError> {
        match self.checkpoints.range(self.versions..).next_back() {
            None => Ok(()),
            Some(version) => Err(OperationError::WorkingMemory {
                key: LakeKey::DeltaCheckpoint {
                    table,
                    version: *version,
                },
                detail: "the log does not reach so far, and readers take it for the newest version"
                    .to_owned(),
            }),
        }
    }
}

/// Lists the log of a table.
pub(super) async fn log_of(context: &Context, table: DeltaTable) -> Result<Log, OperationError> {
    let entries = context.store.list(&LakePrefix::DeltaLog(table)).await;
    let entries = entries.map_err(|source| storage("list a Delta log", source))?;
    Ok(Log::among(table, entries.iter().map(|entry| &entry.key)))
}

pub(crate) fn apply(
    table: DeltaTable,
    state: &mut TableState,
    commit: &Commit,
) -> Result<(), OperationError> {
    let version = state.next_version();
    let applied = state.apply(commit);
    applied.map_err(|error| unusable(table, version, error))
}

async fn commit_of(
    context: &Context,
    table: DeltaTable,
    version: u64,
) -> Result<Option<Commit>, OperationError> {
    let key = LakeKey::DeltaCommit { table, version };
    let found = context.store.get(&key).await;
    let found = found.map_err(|source| storage("read a Delta log", source))?;
    let commit = found.map(|object| Commit::parse(&object.bytes)).transpose();
    commit.map_err(|error| unusable(table, version, error))
}

pub(super) fn unusable(table: DeltaTable, version: u64, detail: impl ToString) -> OperationError {
    OperationError::WorkingMemory {
        key: LakeKey::DeltaCommit { table, version },
        detail: detail.to_string(),
    }
}

/// Makes a version of each table out of what the indexes of `exchanges` name, where that is something
/// new. Returns how many were made.
///
/// # Errors
/// [`OperationError`]; versions made before stay.
pub(crate) async fn publish(
    context: &Context,
    run: &RunId,
    at: Timestamp,
    exchanges: &BTreeSet<ExchangeCode>,
) -> Result<usize, OperationError> {
    let mut made = 0;
    for table in DeltaTable::ALL {
        made += usize::from(publish_table(context, table, run, at, exchanges).await?);
    }
    Ok(made)
}

async fn publish_table(
    context: &Context,
    table: DeltaTable,
    run: &RunId,
    at: Timestamp,
    exchanges: &BTreeSet<ExchangeCode>,
) -> Result<bool, OperationError> {
    for _ in 0..ATTEMPTS {
        // Before the indexes: what they say is then as new as the version that ours follows, or newer.
        let mut loaded = load(context, table).await?;
        let [bars, factors] = wanted(context, exchanges).await?;
        let wanted = match table {
            DeltaTable::Bars => bars,
            DeltaTable::Factors => factors,
        };
        let Some(changes) = loaded.state.plan(table, exchanges, &wanted, run, at) else {
            if !loaded.summed_up {
                sum_up(context, table, &loaded).await?;
            }
            checkpoint::keep(context, table, &loaded.state).await?;
            return Ok(false);
        };
        let key = LakeKey::DeltaCommit {
            table,
            version: changes.version,
        };
        let bytes = Bytes::from(changes.commit.to_bytes()?);
        match context.store.put(&key, bytes, Precondition::Absent).await {
            Ok(_) => {
                tracing::info!(run.id = %run, %table, version = changes.version,
                    n_added = changes.commit.add.len(), n_removed = changes.commit.remove.len(),
                    "version {} of delta/{table}", changes.version);
                apply(table, &mut loaded.state, &changes.commit)?;
                sum_up(context, table, &loaded).await?;
                checkpoint::keep(context, table, &loaded.state).await?;
                return Ok(true);
            }
            Err(error) if error.calls_for_reading_again() => {}
            Err(source) => return Err(storage("store a version of a Delta table", source)),
        }
    }
    Err(OperationError::Contended {
        key: LakeKey::DeltaVersions { table },
    })
}

/// Puts `_versions.json`. Another publisher's may be newer; then it stays, and is brought up to date by
/// the next if it is not.
async fn sum_up(
    context: &Context,
    table: DeltaTable,
    loaded: &Loaded,
) -> Result<(), OperationError> {
    let key = LakeKey::DeltaVersions { table };
    let bytes = Bytes::from(serde_json::to_vec_pretty(&loaded.state)?);
    let precondition = loaded
        .etag
        .clone()
        .map_or(Precondition::Absent, Precondition::Matches);
    match context.store.put(&key, bytes, precondition).await {
        Ok(_) => Ok(()),
        Err(error) if error.calls_for_reading_again() => Ok(()),
        Err(source) => Err(storage("store the versions of a Delta table", source)),
    }
}

/// A file of a version that cannot be read.
pub(crate) fn storage_of_part(source: StorageError) -> OperationError {
    storage("read a file of a Delta table", source)
}
