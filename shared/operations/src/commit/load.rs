use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{CommitError, TaggedRecord};
use quantx_lake::LakeKey;
use quantx_lake::codec::{self, StoredYear};
use quantx_lake::decisions::Decisions;
use quantx_lake::record::{CommitRecord, YearEntry};
use quantx_lake::revision::BaseYear;
use quantx_market::{BarSeries, Listing};
use quantx_storage::{ETag, LakeStore};

/// Year files of one listing that are read at once.
const PARALLEL_READS: usize = 4;

/// Reads the commit record of `listing`; `None` when it has none.
///
/// # Errors
/// [`CommitError::Record`] when there is one that cannot be used.
pub(crate) async fn record(
    store: &dyn LakeStore,
    listing: &Listing,
) -> Result<Option<TaggedRecord>, CommitError> {
    let key = LakeKey::commit(listing);
    let Some(object) = store.get(&key).await? else {
        return Ok(None);
    };
    CommitRecord::parse(&object.bytes, listing.symbol().as_str())
        .map(|record| Some((record, object.etag)))
        .map_err(|source| CommitError::Record { key, source })
}

/// Reads what people decided about refused rows of `listing`, and the tag to add to it.
///
/// # Errors
/// [`CommitError::Decisions`] when there is something that cannot be used.
pub(crate) async fn decisions(
    store: &dyn LakeStore,
    listing: &Listing,
) -> Result<(Decisions, Option<ETag>), CommitError> {
    let key = LakeKey::decisions(listing);
    let symbol = listing.symbol().as_str();
    let Some(object) = store.get(&key).await? else {
        return Ok((Decisions::none(symbol), None));
    };
    Decisions::parse(&object.bytes, symbol)
        .map(|decisions| (decisions, Some(object.etag)))
        .map_err(|source| CommitError::Decisions { key, source })
}

/// The stored bars of `wanted` years of a listing, ascending.
///
/// # Errors
/// [`CommitError`] when a file that the record names cannot be used.
pub(crate) async fn bars(
    store: &dyn LakeStore,
    listing: &Listing,
    record: &CommitRecord,
    wanted: &[i16],
) -> Result<BarSeries, CommitError> {
    let loaded = years(store, listing, Some(record), wanted, &BTreeSet::new()).await?;
    let bars = loaded.years.into_values().flat_map(|year| year.rows.bars);
    Ok(BarSeries::new(bars.collect()))
}

/// The stored rows of `wanted` years of a listing with their derived columns, ascending.
///
/// # Errors
/// [`CommitError`] when a file that the record names cannot be used.
pub(crate) async fn stored(
    store: &dyn LakeStore,
    listing: &Listing,
    record: &CommitRecord,
    wanted: &[i16],
) -> Result<Vec<StoredYear>, CommitError> {
    let loaded = years(store, listing, Some(record), wanted, &BTreeSet::new()).await?;
    Ok(loaded.years.into_values().map(|year| year.rows).collect())
}

/// The year files read, and the tags to replace them.
#[derive(Debug, Default)]
pub(super) struct LoadedYears {
    pub(super) years: BTreeMap<i16, BaseYear>,
    pub(super) etags: BTreeMap<i16, ETag>,
    /// Files that count for nothing, as they lie there.
    pub(super) lost: BTreeMap<i16, Bytes>,
}

/// Reads `wanted` years; those the record names must be there and hold what it promises. Of `lost`
/// ones neither is asked: their rows count for nothing.
pub(super) async fn years(
    store: &dyn LakeStore,
    listing: &Listing,
    record: Option<&CommitRecord>,
    wanted: &[i16],
    lost: &BTreeSet<i16>,
) -> Result<LoadedYears, CommitError> {
    let mut loaded = LoadedYears::default();
    for year in lost {
        if let Some(object) = store.get(&LakeKey::bars(listing, *year)).await? {
            loaded.etags.insert(*year, object.etag);
            loaded.lost.insert(*year, object.bytes);
        }
    }
    let usable = wanted.iter().filter(|year| !lost.contains(year));
    let reads = usable.map(|year| async move {
        let key = LakeKey::bars(listing, *year);
        let promised = record.and_then(|record| record.years.get(year));
        let Some(object) = store.get(&key).await? else {
            return match promised {
                Some(_) => Err(CommitError::MissingFile { key }),
                None => Ok(None),
            };
        };
        let bytes = object.bytes;
        let decoded =
            tokio::task::spawn_blocking(move || (codec::decode(&bytes), codec::sha256_hex(&bytes)));
        let (rows, sha256) = decoded.await?;
        let rows = rows.map_err(|source| CommitError::File {
            key: key.clone(),
            source,
        })?;
        if rows.symbol != listing.symbol().as_str() {
            return Err(CommitError::ForeignFile {
                key,
                found: rows.symbol,
            });
        }
        if let Some(promised) = promised {
            check_promise(&key, &rows, &sha256, promised)?;
        }
        Ok(Some((*year, BaseYear { rows, sha256 }, object.etag)))
    });
    let found: Vec<Option<(i16, BaseYear, ETag)>> = stream::iter(reads)
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    for (year, base, etag) in found.into_iter().flatten() {
        loaded.years.insert(year, base);
        loaded.etags.insert(year, etag);
    }
    Ok(loaded)
}

/// A file other than the record's is newer after a crash, and then holds at least as much.
fn check_promise(
    key: &LakeKey,
    rows: &StoredYear,
    sha256: &str,
    promised: &YearEntry,
) -> Result<(), CommitError> {
    let first = rows.bars.first().map(|bar| bar.date.date());
    let last = rows.bars.last().map(|bar| bar.date.date());
    let holds = sha256 == promised.sha256
        || (rows.bars.len() >= promised.rows
            && first.is_some_and(|first| first <= promised.first)
            && last.is_some_and(|last| last >= promised.last));
    if holds {
        Ok(())
    } else {
        Err(CommitError::StaleFile {
            key: key.clone(),
            found: rows.bars.len(),
            promised: promised.rows,
        })
    }
}
