use std::collections::HashMap;
use std::sync::Arc;

use azure_core::http::{ClientMethodOptions, Context, Etag};
use azure_storage_blob::models::{
    BlobClientDeleteOptions, BlobClientGetPropertiesResultHeaders, BlockBlobClientUploadOptions,
};
use bytes::Bytes;

use super::BlobStore;
use super::fault::{BlobFault, Refusal, conflict, unsettled};
use super::mark::{self, Author, WriteMark};
use super::tries::WriteAttempts;
use crate::{ETag, Precondition, StorageError, StoredObject};
use quantx_lake::LakeKey;

impl BlobStore {
    pub(super) async fn write(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: &Precondition,
    ) -> Result<ETag, StorageError> {
        let path = key.path();
        let mark = WriteMark::new(&bytes, precondition);
        let tries = Arc::new(WriteAttempts::default());
        let shape = (self.shape_of)(key, &bytes);
        let (if_match, if_none_match) = match precondition {
            Precondition::Absent => (None, Some(Etag::from("*"))),
            Precondition::Matches(etag) => (Some(Etag::from(etag.as_str())), None),
        };
        let options = BlockBlobClientUploadOptions {
            blob_content_type: Some(key.content_type().to_owned()),
            if_match,
            if_none_match,
            metadata: Some(mark.metadata(shape)),
            method_options: watched(&tries),
            parallel: Some(self.limits.parallel_blocks),
            partition_size: Some(self.limits.block_bytes),
            ..BlockBlobClientUploadOptions::default()
        };
        let content = bytes.clone().into();
        let blob = self.container.blob_client(&path);
        let etag = match blob.upload(content, Some(options)).await {
            Ok(answer) => {
                let etag = answer.etag.ok_or(BlobFault::Incomplete { what: "ETag" });
                let etag = etag.map_err(|fault| self.error_context.fault(&path, fault))?;
                mark::quoted(etag.as_ref())
            }
            Err(error) => self.settle(key, &mark, &tries, &error).await?,
        };
        let object = StoredObject {
            bytes,
            etag: etag.clone(),
        };
        self.cache.insert(&path, &object);
        Ok(etag)
    }

    /// What a write came to that ended with `error`.
    ///
    /// A try whose answer was lost may have been carried out, and then the next one finds our own
    /// write in its way: who wrote the present state decides.
    async fn settle(
        &self,
        key: &LakeKey,
        mark: &WriteMark,
        tries: &WriteAttempts,
        error: &azure_core::Error,
    ) -> Result<ETag, StorageError> {
        let path = key.path();
        // Gone is not what it should match; a new object would not be missed.
        let lost = matches!(Refusal::of(error), Refusal::Changed | Refusal::Missing);
        if !tries.may_have_written() {
            return Err(match lost {
                true => conflict(key),
                false => self.error_context.error(&path, error),
            });
        }
        match self.metadata(&path).await {
            Ok(Some((etag, metadata))) => match mark.author(&metadata) {
                Author::ThisWrite => Ok(etag),
                Author::AnotherInstead => Err(conflict(key)),
                Author::Unknown if lost => Err(unsettled(key)),
                Author::Unknown => Err(self.error_context.error(&path, error)),
            },
            Ok(None) if lost => Err(unsettled(key)),
            Ok(None) | Err(_) => Err(self.error_context.error(&path, error)),
        }
    }

    pub(super) async fn remove(&self, key: &LakeKey, etag: &ETag) -> Result<(), StorageError> {
        let path = key.path();
        let tries = Arc::new(WriteAttempts::default());
        let options = BlobClientDeleteOptions {
            if_match: Some(Etag::from(etag.as_str())),
            method_options: watched(&tries),
            ..BlobClientDeleteOptions::default()
        };
        self.cache.remove(&path);
        let Err(error) = self
            .container
            .blob_client(&path)
            .delete(Some(options))
            .await
        else {
            return Ok(());
        };
        match Refusal::of(&error) {
            Refusal::Changed | Refusal::Missing if !tries.may_have_written() => Err(conflict(key)),
            // It was there when the first try was made, and is gone as it should be.
            Refusal::Missing => Ok(()),
            Refusal::Changed => match self.metadata(&path).await {
                Ok(None) => Ok(()),
                Ok(Some((_, metadata))) if mark::has_replaced(&metadata, etag) => {
                    Err(conflict(key))
                }
                _ => Err(unsettled(key)),
            },
            Refusal::Unchanged | Refusal::Other => Err(self.error_context.error(&path, &error)),
        }
    }

    /// Tag and metadata of the present state; `None` where there is no object.
    async fn metadata(
        &self,
        path: &str,
    ) -> azure_core::Result<Option<(ETag, HashMap<String, String>)>> {
        let answer = match self.container.blob_client(path).get_properties(None).await {
            Err(error) if Refusal::of(&error) == Refusal::Missing => return Ok(None),
            answer => answer?,
        };
        let etag = answer.etag()?.map(|etag| mark::quoted(etag.as_ref()));
        Ok(etag.zip(Some(answer.metadata()?)))
    }
}

fn watched(tries: &Arc<WriteAttempts>) -> ClientMethodOptions<'static> {
    ClientMethodOptions {
        context: Context::new().with_value(Arc::clone(tries)),
    }
}
