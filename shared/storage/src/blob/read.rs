use std::num::NonZeroUsize;
use std::time::Duration;

use azure_core::http::Etag;
use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobContainerClientListBlobsOptions, BlobItem,
};
use futures::TryStreamExt;

use super::BlobStore;
use super::fault::{BlobFault, Refusal};
use super::mark::{self, WriteMark};
use super::transport::is_broken_off;
use crate::{ETag, ObjectEntry, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};

/// What one download came to.
enum Download {
    Whole(StoredObject),
    Unchanged,
    Missing,
    /// The answer began well and did not end so.
    BrokenOff(BlobFault),
}

impl BlobStore {
    pub(super) async fn read(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        let path = key.path();
        let cached = self.cache.get(&path);
        let mut retries = 0;
        loop {
            let known = cached.as_ref().map(|object| &object.etag);
            match self.download(&path, known).await? {
                Download::Whole(object) => {
                    self.cache.insert(&path, &object);
                    return Ok(Some(object));
                }
                Download::Unchanged => return Ok(cached),
                Download::Missing => {
                    self.cache.remove(&path);
                    return Ok(None);
                }
                Download::BrokenOff(fault) if self.retry.is_over(retries) => {
                    return Err(self.error_context.fault(&path, fault));
                }
                Download::BrokenOff(_) => {
                    retries += 1;
                    self.retry.pause(retries, Duration::ZERO).await;
                }
            }
        }
    }

    /// Asks for the object of `path`, unless it still is `known`.
    async fn download(&self, path: &str, known: Option<&ETag>) -> Result<Download, StorageError> {
        let block = usize::try_from(self.limits.block_bytes.get()).unwrap_or(usize::MAX);
        let options = BlobClientDownloadOptions {
            if_none_match: known.map(|etag| Etag::from(etag.as_str())),
            parallel: Some(self.limits.parallel_blocks),
            partition_size: NonZeroUsize::new(block),
            ..BlobClientDownloadOptions::default()
        };
        let answer = match self
            .container
            .blob_client(path)
            .download(Some(options))
            .await
        {
            Ok(answer) => answer,
            Err(error) => {
                return match Refusal::of(&error) {
                    Refusal::Unchanged if known.is_some() => Ok(Download::Unchanged),
                    Refusal::Missing => Ok(Download::Missing),
                    _ => Err(self.error_context.error(path, &error)),
                };
            }
        };
        let Some(etag) = answer.properties.etag.as_ref() else {
            return Err(self
                .error_context
                .fault(path, BlobFault::Incomplete { what: "ETag" }));
        };
        let etag = mark::quoted(etag.as_ref());
        let bytes = match answer.body.collect().await {
            Ok(bytes) => {
                self.tally.received(bytes.len());
                bytes
            }
            // Replaced between two ranges of it: all ranges are asked on condition of one tag.
            Err(error) if is_broken_off(&error) || Refusal::of(&error) != Refusal::Other => {
                return Ok(Download::BrokenOff(self.error_context.judge(&error)));
            }
            Err(error) => return Err(self.error_context.error(path, &error)),
        };
        if WriteMark::contradicts(&answer.properties.metadata, &bytes) {
            return Ok(Download::BrokenOff(BlobFault::Damaged));
        }
        Ok(Download::Whole(StoredObject { bytes, etag }))
    }

    pub(super) async fn entries(
        &self,
        prefix: &LakePrefix,
    ) -> Result<Vec<ObjectEntry>, StorageError> {
        let start = prefix.path();
        let failed = |error: azure_core::Error| self.error_context.error(&start, &error);
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(start.clone()).filter(|start| !start.is_empty()),
            ..BlobContainerClientListBlobsOptions::default()
        };
        let pager = self.container.list_blobs(Some(options)).map_err(failed)?;
        let mut pages = pager.into_pages();
        let mut found = Vec::new();
        while let Some(page) = pages.try_next().await.map_err(failed)? {
            let page = page.into_model().map_err(failed)?;
            found.extend(
                page.blob_items
                    .iter()
                    .filter_map(|item| entry(item, prefix)),
            );
        }
        found.sort_by_cached_key(|entry| entry.key.path());
        Ok(found)
    }
}

/// An object of the lake in `prefix`; `None` for what others have put beside it.
fn entry(item: &BlobItem, prefix: &LakePrefix) -> Option<ObjectEntry> {
    let key = LakeKey::parse(item.name.as_deref()?).ok()?;
    if !prefix.contains(&key) {
        return None;
    }
    let properties = item.properties.as_ref()?;
    Some(ObjectEntry {
        key,
        etag: properties
            .etag
            .as_ref()
            .map(|etag| mark::quoted(etag.as_ref())),
        size_bytes: properties.content_length?,
    })
}
