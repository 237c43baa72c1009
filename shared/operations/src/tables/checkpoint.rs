//! Checkpoints of the Delta tables: a reader begins at the newest one and not at the first commit.
//!
//! They are made of the log alone, by whoever publishes while one is due: the file first, if nobody put it before,
//! then `_last_checkpoint`, which names it. Nothing of ours reads the table from a checkpoint, so one that is lost or
//! damaged leads no run astray; readers it would, so every run with a log long enough looks at the
//! newest one and makes it again if it is not whole.

use std::convert::Infallible;

use bytes::Bytes;
use futures::TryStreamExt;

use super::delta::{Log, commits, log_of, unusable};
use super::{Noted, found, replace, storage};
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::delta::{
    CHECKPOINT_INTERVAL, CheckpointMark, DeltaTable, LastCheckpoint, Snapshot, TableState,
};
use quantx_lake::proof::{Finding, ProofRule};
use quantx_storage::{ATTEMPTS, Change, LakeStore, UpdateError, update};

fn key_of(table: DeltaTable, version: u64) -> LakeKey {
    LakeKey::DeltaCheckpoint { table, version }
}

/// Sees to it that the newest checkpoint of a table is whole, is named, and is not older than
/// [`CHECKPOINT_INTERVAL`] versions.
///
/// # Errors
/// [`OperationError`]; what is there stays a readable table.
pub(super) async fn keep(
    context: &Context,
    table: DeltaTable,
    state: &TableState,
) -> Result<(), OperationError> {
    let is_of_runs = state.versions.iter().all(|version| version.run.is_some());
    let Some(newest) = state.next_version().checked_sub(1) else {
        return Ok(());
    };
    if newest < CHECKPOINT_INTERVAL || !is_of_runs {
        return Ok(());
    }
    let told = told(context, table).await?;
    if let Some(told) = told
        && (told.version..told.version + CHECKPOINT_INTERVAL).contains(&newest)
        && look(context, table, told.version).await? == Some(told)
    {
        return Ok(());
    }
    let log = log_of(context, table).await?;
    log.check(table)?;
    // Whoever made a later one sees to it.
    if log.checkpoints.range(newest + 1..).next().is_some() {
        return Ok(());
    }
    let mut last = None;
    let known = log.checkpoints.last().copied();
    if let Some(version) = known {
        last = Some(make(context, table, version).await?);
    }
    if newest >= known.unwrap_or_default() + CHECKPOINT_INTERVAL {
        last = Some(make(context, table, newest).await?);
    }
    // The file is put before its name, so one that was named and is not in the list is lost.
    let lost = told.filter(|told| !log.checkpoints.contains(&told.version));
    match last {
        Some(last) => name(context, table, last, lost).await,
        None => Ok(()),
    }
}

/// The checkpoint that is named; `None` also for bytes that name none.
pub(super) async fn told(
    context: &Context,
    table: DeltaTable,
) -> Result<Option<LastCheckpoint>, OperationError> {
    let object = found(context, &LakeKey::DeltaLastCheckpoint { table }).await?;
    Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()))
}

/// What a whole checkpoint of this version is of.
async fn look(
    context: &Context,
    table: DeltaTable,
    version: u64,
) -> Result<Option<LastCheckpoint>, OperationError> {
    let object = found(context, &key_of(table, version)).await?;
    let mark = object.and_then(|object| CheckpointMark::read(&object.bytes));
    Ok(mark.map(|mark| mark.of).filter(|of| of.version == version))
}

/// Makes the checkpoint of a version, unless a whole one is there.
async fn make(
    context: &Context,
    table: DeltaTable,
    version: u64,
) -> Result<LastCheckpoint, OperationError> {
    match look(context, table, version).await? {
        Some(of) => Ok(of),
        None => remake(context, table, version).await,
    }
}

/// Makes the checkpoint of a version in the place of what is there.
async fn remake(
    context: &Context,
    table: DeltaTable,
    version: u64,
) -> Result<LastCheckpoint, OperationError> {
    let key = key_of(table, version);
    let snapshot = snapshot(context, table, version).await?;
    let failed = |error| unusable(table, version, error);
    let of = snapshot.mark().map_err(failed)?.of;
    let bytes = snapshot.encode(context.settings.schema.compression_level);
    let bytes = Bytes::from(bytes.map_err(failed)?);
    for _ in 0..ATTEMPTS {
        let before = found(context, &key).await?;
        // Another publisher of the same log was first.
        if before.as_ref().is_some_and(|it| it.bytes == bytes) {
            return Ok(of);
        }
        let (store, tag) = (context.store.as_ref(), before.map(|it| it.etag));
        if replace(store, &key, tag, bytes.clone()).await? == Noted::Yes {
            tracing::info!(%table, version, size = of.size, "checkpoint {version} of delta/{table}");
            return Ok(of);
        }
    }
    Err(OperationError::Contended { key })
}

async fn snapshot(
    context: &Context,
    table: DeltaTable,
    version: u64,
) -> Result<Snapshot, OperationError> {
    let mut commits = std::pin::pin!(commits(context, table, version + 1));
    let mut snapshot = Snapshot::default();
    while let Some(commit) = commits.try_next().await? {
        snapshot.apply(commit);
    }
    Ok(snapshot)
}

/// Names the checkpoint as the newest. A later one stays named, as another publisher's, unless it is `lost`.
async fn name(
    context: &Context,
    table: DeltaTable,
    last: LastCheckpoint,
    lost: Option<LastCheckpoint>,
) -> Result<(), OperationError> {
    let key = LakeKey::DeltaLastCheckpoint { table };
    let bytes = Bytes::from(serde_json::to_vec(&last)?);
    let named = update(context.store.as_ref(), &key, |found| {
        let told: Option<LastCheckpoint> =
            found.and_then(|object| serde_json::from_slice(&object.bytes).ok());
        Ok::<_, Infallible>(match told {
            Some(told) if told == last => Change::Keep(()),
            Some(told) if told.version > last.version && lost != Some(told) => Change::Keep(()),
            _ => Change::Put(bytes.clone(), ()),
        })
    });
    named.await.map_err(|error| match error {
        UpdateError::Read(source) => storage("read which checkpoint is the newest", source),
        UpdateError::Write(source) => storage("store which checkpoint is the newest", source),
        UpdateError::Compute(never) => match never {},
        UpdateError::Contended => OperationError::Contended { key },
    })
}

/// The checkpoints that are not what the log says up to their versions, as far as runs wrote it.
async fn wrong(
    context: &Context,
    table: DeltaTable,
    log: &Log,
) -> Result<Vec<u64>, OperationError> {
    let Some(last) = log.checkpoints.range(..log.versions).next_back() else {
        return Ok(Vec::new());
    };
    let mut commits = std::pin::pin!(commits(context, table, last + 1));
    let (mut snapshot, mut wrong) = (Snapshot::default(), Vec::new());
    while let Some(commit) = commits.try_next().await? {
        snapshot.apply(commit);
        let Some(version) = snapshot.version().filter(|_| snapshot.is_of_runs()) else {
            break;
        };
        if !log.checkpoints.contains(&version) {
            continue;
        }
        let expected = snapshot.mark();
        let expected = expected.map_err(|error| unusable(table, version, error))?;
        let object = found(context, &key_of(table, version)).await?;
        let mark = object.and_then(|object| CheckpointMark::read(&object.bytes));
        if mark != Some(expected) {
            wrong.push(version);
        }
    }
    Ok(wrong)
}

/// What is wrong with the checkpoints of a table whose versions are `state`.
///
/// # Errors
/// [`OperationError`] when the store fails. What is wrong with the log itself is told by who reads that.
pub(super) async fn check(
    context: &Context,
    table: DeltaTable,
    state: &TableState,
    log: &Log,
) -> Result<Vec<Finding>, OperationError> {
    let rule = ProofRule::TableDamaged;
    let mut findings = Vec::new();
    if let Err(OperationError::WorkingMemory { key, detail }) = log.check(table) {
        findings.push(Finding::new(rule, key.path(), detail));
    }
    let wrong = match wrong(context, table, log).await {
        Ok(wrong) => wrong,
        Err(OperationError::WorkingMemory { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    findings.extend(wrong.iter().map(|version| {
        let detail = "it is not what the log says up to its version: readers who begin with it may see another table";
        Finding::new(rule, key_of(table, *version).path(), detail)
    }));
    let is_of_runs = state.versions.iter().all(|version| version.run.is_some());
    if is_of_runs && misnamed(context, table, log).await? {
        let path = LakeKey::DeltaLastCheckpoint { table }.path();
        let detail = "it does not name a checkpoint that is there";
        findings.push(Finding::new(rule, path, detail));
    }
    Ok(findings)
}

/// Whether `_last_checkpoint` is there and sends readers nowhere.
async fn misnamed(context: &Context, table: DeltaTable, log: &Log) -> Result<bool, OperationError> {
    if !log.is_named {
        return Ok(false);
    }
    let told = told(context, table).await?;
    Ok(told.is_none_or(|told| !log.checkpoints.contains(&told.version)))
}

/// Makes every wrong checkpoint again, and names one that is there.
///
/// # Errors
/// [`OperationError`], as of a log that cannot be read.
pub(super) async fn repair(context: &Context, table: DeltaTable) -> Result<(), OperationError> {
    let log = log_of(context, table).await?;
    log.check(table)?;
    for version in wrong(context, table, &log).await? {
        remake(context, table, version).await?;
    }
    if !misnamed(context, table, &log).await? {
        return Ok(());
    }
    let lost = told(context, table).await?;
    if let Some(version) = log.checkpoints.last() {
        let last = make(context, table, *version).await?;
        return name(context, table, last, lost).await;
    }
    let key = LakeKey::DeltaLastCheckpoint { table };
    if let Some(object) = found(context, &key).await? {
        let deleted = context.store.delete(&key, object.etag).await;
        deleted.map_err(|source| storage("remove the name of a lost checkpoint", source))?;
    }
    Ok(())
}
