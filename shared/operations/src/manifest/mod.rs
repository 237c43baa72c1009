//! The manifest: kept by every run, shown on request, rebuilt from the commit records.

use bytes::Bytes;
use futures::stream::{self, StreamExt};

use super::context::Context;
use super::error::OperationError;
use quantx_lake::manifest::{Manifest, ManifestRow};
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, LakePrefix};
use quantx_market::Ticker;
use quantx_storage::{Change, LakeStore, StorageError, StoredObject, UpdateError, update};

/// Records read at once in a rebuild.
const PARALLEL_READS: usize = 16;

/// A rebuilt manifest and what could not be read for it.
#[derive(Debug)]
pub struct Rebuilt {
    /// The manifest, as stored.
    pub manifest: Manifest,
    /// Commit records that cannot be used, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// Reads the manifest; empty when there is none.
///
/// # Errors
/// [`OperationError`] when the store fails or the file is not a manifest.
pub async fn show(store: &dyn LakeStore) -> Result<Manifest, OperationError> {
    let found = store.get(&LakeKey::Manifest).await;
    let found = found.map_err(|source| storage("read the manifest", source))?;
    parse(found.as_ref())
}

/// Makes the manifest anew from all commit records and stores it.
///
/// # Errors
/// [`OperationError`] when the store fails. A damaged record is named, not an error.
pub async fn rebuild(context: &Context) -> Result<Rebuilt, OperationError> {
    let store = context.store.as_ref();
    let rebuilt = survey(context).await?;
    let bytes = Bytes::from(rebuilt.manifest.to_bytes().map_err(unreadable)?);
    // Whatever lies there, readable or not, is replaced.
    let replaced = update(store, &LakeKey::Manifest, |_| {
        Ok(Change::Put(bytes.clone(), ()))
    });
    replaced.await.map_err(failed)?;
    Ok(rebuilt)
}

/// What [`rebuild`] would store: the manifest of all commit records. Writes nothing.
///
/// # Errors
/// [`OperationError`] when the store fails. A damaged record is named, not an error.
pub async fn survey(context: &Context) -> Result<Rebuilt, OperationError> {
    let store = context.store.as_ref();
    let records = store.list(&LakePrefix::Commits).await;
    let records = records.map_err(|source| storage("list the commit records", source))?;
    let reads = records.into_iter().map(|entry| async move {
        let read = read_record(context, &entry.key).await;
        (entry.key.path(), read)
    });
    let read: Vec<_> = stream::iter(reads).buffered(PARALLEL_READS).collect().await;
    let mut rebuilt = Rebuilt {
        manifest: Manifest::default(),
        unreadable: Vec::new(),
    };
    for (path, record) in read {
        match record {
            Ok(record) => rebuilt.manifest.upsert(ManifestRow::of(&record)),
            Err(reason) => rebuilt.unreadable.push((path, reason)),
        }
    }
    Ok(rebuilt)
}

async fn read_record(context: &Context, key: &LakeKey) -> Result<CommitRecord, String> {
    let symbol = symbol_of(context, key).ok_or("its exchange is not in the settings")?;
    let object = context.store.get(key).await.map_err(|e| e.to_string())?;
    let object = object.ok_or("it disappeared")?;
    CommitRecord::parse(&object.bytes, &symbol).map_err(|error| error.to_string())
}

fn symbol_of(context: &Context, key: &LakeKey) -> Option<String> {
    let (exchange, ticker): (_, &Ticker) = key.listing()?;
    let listing = context
        .settings
        .exchanges
        .listing(exchange, ticker.clone())?;
    Some(listing.symbol().to_string())
}

/// Adds or replaces `rows`; lines of other listings stay.
pub(super) async fn upsert(
    store: &dyn LakeStore,
    rows: &[ManifestRow],
) -> Result<(), OperationError> {
    let kept = update(store, &LakeKey::Manifest, |found| {
        let before = parse(found)?;
        let mut manifest = before.clone();
        for row in rows {
            manifest.upsert(row.clone());
        }
        if manifest == before {
            return Ok(Change::Keep(()));
        }
        let bytes = manifest.to_bytes().map_err(unreadable)?;
        Ok(Change::Put(Bytes::from(bytes), ()))
    });
    kept.await.map_err(failed)
}

/// As [`upsert`]; a manifest that cannot be read is made anew from the commit records, which are the
/// truth of it.
pub(super) async fn keep(context: &Context, rows: &[ManifestRow]) -> Result<(), OperationError> {
    match upsert(context.store.as_ref(), rows).await {
        Err(OperationError::Manifest { key, source }) => {
            tracing::warn!(%key, "{key} is unreadable ({source}); it is made anew from the commit records");
            rebuild(context).await.map(|_| ())
        }
        done => done,
    }
}

fn parse(found: Option<&StoredObject>) -> Result<Manifest, OperationError> {
    let Some(object) = found else {
        return Ok(Manifest::default());
    };
    let manifest = Manifest::parse(&object.bytes).map_err(unreadable)?;
    for line in manifest.unusable() {
        tracing::warn!(key = %LakeKey::Manifest,
            "{}: {line}; it is skipped, and stays until you mend it or run `quantx show-manifest --rebuild`", LakeKey::Manifest);
    }
    Ok(manifest)
}

fn failed(error: UpdateError<OperationError>) -> OperationError {
    match error {
        UpdateError::Read(source) => storage("read the manifest", source),
        UpdateError::Write(source) => storage("store the manifest", source),
        UpdateError::Compute(error) => error,
        UpdateError::Contended => OperationError::Contended {
            key: LakeKey::Manifest,
        },
    }
}

fn unreadable(source: csv::Error) -> OperationError {
    OperationError::Manifest {
        key: LakeKey::Manifest,
        source,
    }
}

fn storage(doing: &'static str, source: StorageError) -> OperationError {
    OperationError::Storage { doing, source }
}
