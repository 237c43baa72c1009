use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::plan::Subject;
use crate::context::Context;
use quantx_lake::LakeKey;
use quantx_lake::proof::StoredListing;
use quantx_lake::record::CommitRecord;
use quantx_storage::{ETag, LakeStore, StorageError};

/// Year files of one listing that are read at once.
const PARALLEL_READS: usize = 4;

/// One listing's objects, and the tags to replace them.
pub(super) struct Loaded {
    pub(super) stored_listing: StoredListing,
    pub(super) record_tag: Option<ETag>,
    pub(super) tags: BTreeMap<i16, ETag>,
}

/// Reads the record and every file that it names or that is there.
pub(super) async fn stored_listing(
    context: &Context,
    subject: &Subject,
) -> Result<Loaded, StorageError> {
    let store = context.store.as_ref();
    let listing = &subject.listing;
    let record = store.get(&LakeKey::commit(listing)).await?;
    let parsed = record
        .as_ref()
        .and_then(|object| CommitRecord::parse(&object.bytes, listing.symbol().as_str()).ok());
    let named = parsed.iter().flat_map(|record| record.years.keys());
    let years: BTreeSet<i16> = subject.years.iter().chain(named).copied().collect();
    let reads = years.into_iter().map(|year| async move {
        let found = store.get(&LakeKey::bars(listing, year)).await?;
        Ok::<_, StorageError>(found.map(|object| (year, object)))
    });
    let found: Vec<_> = stream::iter(reads)
        .buffered(PARALLEL_READS)
        .try_collect()
        .await?;
    let mut files: BTreeMap<i16, Bytes> = BTreeMap::new();
    let mut tags = BTreeMap::new();
    for (year, object) in found.into_iter().flatten() {
        files.insert(year, object.bytes);
        tags.insert(year, object.etag);
    }
    let (record, record_tag) = record.map(|object| (object.bytes, object.etag)).unzip();
    Ok(Loaded {
        stored_listing: StoredListing {
            listing: listing.clone(),
            calendar: subject.calendar.clone(),
            record,
            files,
            manifest: subject.manifest.clone(),
            hole_asks: context.settings.quality.hole_asks,
            range_tolerance: context.settings.quality.rules.range_tolerance(),
        },
        record_tag,
        tags,
    })
}

/// The record's tag now; `None` also when the store fails, which the next read will report.
pub(super) async fn record_tag(context: &Context, subject: &Subject) -> Option<ETag> {
    let key = LakeKey::commit(&subject.listing);
    let found = context.store.get(&key).await.ok().flatten();
    found.map(|object| object.etag)
}
