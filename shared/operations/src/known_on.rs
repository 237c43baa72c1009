//! What the lake knew of a listing at the end of a day: a version of the Delta tables, read.

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

/// The bars of a listing as one version of the tables has them.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownBars {
    /// The version of `delta/bars`.
    pub bars_version: VersionEntry,
    /// The version of `delta/factors`; a run without a new event makes none.
    pub factors_version: VersionEntry,
    /// Ascending; adjusted for the events that were known then.
    pub bars: Vec<KnownBar>,
}

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

/// The bars of `listing` as the lake knew them at the end of `on` (UTC): after the last run that began
/// on that day or before. `None` before the first version: what was known then is not in the lake.
///
/// # Errors
/// [`OperationError`] when the store fails, or a file of the version is lost or damaged.
pub async fn bars_known_on(
    context: &Context,
    listing: &Listing,
    on: Date,
) -> Result<Option<KnownBars>, OperationError> {
    let Some((bars_version, bars)) = table_on(context, DeltaTable::Bars, on).await? else {
        return Ok(None);
    };
    let Some((factors_version, factors)) = table_on(context, DeltaTable::Factors, on).await? else {
        return Ok(None);
    };
    let bars = rows(context, DeltaTable::Bars, &bars, listing, bars_in).await?;
    let stretches = rows(
        context,
        DeltaTable::Factors,
        &factors,
        listing,
        stretches_in,
    )
    .await?;
    Ok(Some(KnownBars {
        bars_version,
        factors_version,
        bars: with_factors(bars, &stretches),
    }))
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

/// The rows of `listing` in the files that may have some.
async fn rows<T: Send + 'static>(
    context: &Context,
    table: DeltaTable,
    state: &TableState,
    listing: &Listing,
    read: fn(&[u8], &str) -> Result<Vec<T>, CodecError>,
) -> Result<Vec<T>, OperationError> {
    let (exchange, symbol) = (listing.exchange().as_str(), listing.symbol().as_str());
    let files = state.files.values();
    let files = files.filter(|file| file.may_hold(exchange, symbol));
    let reads = files.map(|file| async move {
        let lost = |detail: &str| OperationError::WorkingMemory {
            key: LakeKey::DeltaVersions { table },
            detail: format!("{}: {detail}", file.path),
        };
        let name = file.path.strip_prefix("part-");
        let name = name.and_then(|name| name.strip_suffix(".parquet"));
        let Some(sha256) = name.and_then(ContentHash::parse) else {
            return Err(lost("another program wrote it"));
        };
        let key = LakeKey::DeltaPart {
            table,
            sha256: sha256.clone(),
        };
        let found = context.store.get(&key).await.map_err(storage_of_part)?;
        let Some(object) = found.filter(|it| sha256_hex(&it.bytes) == sha256.as_str()) else {
            return Err(lost("it is not there, or damaged"));
        };
        let symbol = symbol.to_owned();
        let rows = tokio::task::spawn_blocking(move || read(&object.bytes, &symbol)).await?;
        rows.map_err(|source| OperationError::Derived { key, source })
    });
    let rows: Vec<Vec<T>> = stream::iter(reads)
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    Ok(rows.into_iter().flatten().collect())
}
