//! Files of the Delta tables, read and proven.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::tables::delta::storage_of_part;
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::codec::{CodecError, sha256_hex};
use quantx_lake::delta::{Add, ContentHash, DeltaTable};
use quantx_market::Listing;
use quantx_storage::LakeStore;

/// Files read at once.
const PARALLEL_READS: usize = 4;
/// Content of files that is kept for the next listing: the years of an exchange of 500 listings.
const KEPT_BYTES: usize = 128 << 20;

/// Reads files, and keeps what was read for the next listing.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    context: &'a Context,
    kept: Mutex<Kept>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self {
            context,
            kept: Mutex::default(),
        }
    }

    /// The rows of `listing` in those of `files` that may have some.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or a file is lost or damaged.
    pub(super) async fn rows<'f, T: Send + 'static>(
        &self,
        table: DeltaTable,
        files: impl IntoIterator<Item = &'f Add>,
        listing: &Listing,
        read: fn(&Bytes, &str) -> Result<Vec<T>, CodecError>,
    ) -> Result<Vec<T>, OperationError> {
        let (exchange, symbol) = (listing.exchange().as_str(), listing.symbol().as_str());
        let files = files.into_iter();
        let files: Vec<&Add> = files
            .filter(|file| file.may_hold(exchange, symbol))
            .collect();
        let reads = files.into_iter().map(|file| async move {
            let (key, bytes) = self.file(table, &file.path).await?;
            let symbol = symbol.to_owned();
            let rows = tokio::task::spawn_blocking(move || read(&bytes, &symbol)).await?;
            rows.map_err(|source| OperationError::Derived { key, source })
        });
        let rows: Vec<Vec<T>> = stream::iter(reads)
            .buffered(PARALLEL_READS)
            .try_collect()
            .await?;
        Ok(rows.into_iter().flatten().collect())
    }

    async fn file(
        &self,
        table: DeltaTable,
        path: &str,
    ) -> Result<(LakeKey, Bytes), OperationError> {
        let lost = |detail: &str| OperationError::WorkingMemory {
            key: LakeKey::DeltaVersions { table },
            detail: format!("{path}: {detail}"),
        };
        let name = path.strip_prefix("part-");
        let name = name.and_then(|name| name.strip_suffix(".parquet"));
        let Some(sha256) = name.and_then(ContentHash::parse) else {
            return Err(lost("another program wrote it"));
        };
        let key = LakeKey::DeltaPart {
            table,
            sha256: sha256.clone(),
        };
        if let Some(bytes) = self.kept().get(&key) {
            return Ok((key, bytes));
        }
        let found = self.context.store.get(&key).await;
        let found = found.map_err(storage_of_part)?;
        let Some(object) = found.filter(|it| sha256_hex(&it.bytes) == sha256.as_str()) else {
            return Err(lost("it is not there, or damaged"));
        };
        self.kept().insert(key.clone(), object.bytes.clone());
        Ok((key, object.bytes))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // A map of what was read; an entry more or less does no harm.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files that were read and proven, up to [`KEPT_BYTES`].
#[derive(Debug, Default)]
struct Kept {
    bytes: HashMap<LakeKey, Bytes>,
    size: usize,
}

impl Kept {
    fn get(&self, key: &LakeKey) -> Option<Bytes> {
        self.bytes.get(key).cloned()
    }

    fn insert(&mut self, key: LakeKey, bytes: Bytes) {
        if self.size + bytes.len() > KEPT_BYTES {
            // The next listings are mostly of other files.
            *self = Self::default();
        }
        self.size += bytes.len();
        if let Some(before) = self.bytes.insert(key, bytes) {
            self.size -= before.len();
        }
    }
}
