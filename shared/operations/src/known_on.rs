//! What the lake knew of a listing at the end of a day: a version of the Delta tables, read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::tables::delta::{self, storage_of_part};
use crate::{Context, OperationError};
use quantx_lake::LakeKey;
use quantx_lake::codec::{CodecError, sha256_hex};
use quantx_lake::delta::{
    ContentHash, DeltaTable, KnownBar, TableState, VersionEntry, bars_in, stretches_in,
    with_factors,
};
use quantx_market::{Date, Listing};
use quantx_storage::LakeStore;

/// Files read at once.
const PARALLEL_READS: usize = 4;
/// Content of files that is kept for the next listing: the years of an exchange of 500 listings.
const KEPT_BYTES: usize = 128 << 20;

/// The versions of a table, ascending. Empty where no run has made one.
///
/// # Errors
/// [`OperationError`] when the store fails or the log cannot be read.
pub async fn versions(
    context: &Context,
    table: DeltaTable,
) -> Result<Vec<VersionEntry>, OperationError> {
    Ok(delta::load(context, table).await?.state.versions)
}

/// Both tables as they were at the end of a day (UTC): after the last run that began on that day or before.
///
/// Files are read when a listing needs them, and kept for the next one: listings in order of exchange and
/// symbol share most of them.
#[derive(Debug)]
pub struct KnownOn<'a> {
    context: &'a Context,
    day: Date,
    bars: (VersionEntry, TableState),
    factors: (VersionEntry, TableState),
    files: Mutex<Files>,
}

impl<'a> KnownOn<'a> {
    /// `None` before the first version: what was known then is not in the lake.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or the log cannot be read.
    pub async fn open(context: &'a Context, on: Date) -> Result<Option<Self>, OperationError> {
        let bars = table_on(context, DeltaTable::Bars, on).await?;
        let factors = table_on(context, DeltaTable::Factors, on).await?;
        Ok(bars.zip(factors).map(|(bars, factors)| Self {
            context,
            day: on,
            bars,
            factors,
            files: Mutex::default(),
        }))
    }

    /// The day.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The version of `delta/bars`.
    pub fn bars_version(&self) -> &VersionEntry {
        &self.bars.0
    }

    /// The version of `delta/factors`; a run without a new event makes none.
    pub fn factors_version(&self) -> &VersionEntry {
        &self.factors.0
    }

    /// The bars of `listing`, ascending, adjusted for the events that were known then; none of a listing
    /// that the lake did not have.
    ///
    /// # Errors
    /// [`OperationError`] when the store fails, or a file of the version is lost or damaged.
    pub async fn bars(&self, listing: &Listing) -> Result<Vec<KnownBar>, OperationError> {
        let bars = self.rows(DeltaTable::Bars, &self.bars.1, listing, bars_in);
        let bars = bars.await?;
        let stretches = self.rows(DeltaTable::Factors, &self.factors.1, listing, stretches_in);
        Ok(with_factors(bars, &stretches.await?))
    }

    /// The rows of `listing` in the files that may have some.
    async fn rows<T: Send + 'static>(
        &self,
        table: DeltaTable,
        state: &TableState,
        listing: &Listing,
        read: fn(&[u8], &str) -> Result<Vec<T>, CodecError>,
    ) -> Result<Vec<T>, OperationError> {
        let (exchange, symbol) = (listing.exchange().as_str(), listing.symbol().as_str());
        let files = state.files.values();
        let files = files.filter(|file| file.may_hold(exchange, symbol));
        let reads = files.map(|file| async move {
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
        if let Some(bytes) = self.files().get(&key) {
            return Ok((key, bytes));
        }
        let found = self.context.store.get(&key).await;
        let found = found.map_err(storage_of_part)?;
        let Some(object) = found.filter(|it| sha256_hex(&it.bytes) == sha256.as_str()) else {
            return Err(lost("it is not there, or damaged"));
        };
        self.files().insert(key.clone(), object.bytes.clone());
        Ok((key, object.bytes))
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        // A map of what was read; an entry more or less does no harm.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files that were read and proven, up to [`KEPT_BYTES`].
#[derive(Debug, Default)]
struct Files {
    bytes: HashMap<LakeKey, Bytes>,
    size: usize,
}

impl Files {
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

async fn table_on(
    context: &Context,
    table: DeltaTable,
    on: Date,
) -> Result<Option<(VersionEntry, TableState)>, OperationError> {
    let newest = delta::load(context, table).await?.state;
    let Some(version) = newest.known_on(on).cloned() else {
        return Ok(None);
    };
    let state = if newest.versions.last() == Some(&version) {
        newest
    } else {
        delta::replayed(context, table, Some(version.version)).await?
    };
    Ok(Some((version, state)))
}
