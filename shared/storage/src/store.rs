//! The port.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::{ETag, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_usage::BilledUsage;

/// A place that holds a lake.
///
/// A reader sees an object as one writer left it, never a mixture. A write or delete that answers
/// [`StorageError::PreconditionFailed`] changed nothing; after any other error, or after its future
/// was dropped, it may or may not have happened: read again.
#[async_trait]
pub trait LakeStore: Debug + Send + Sync {
    /// The object of `key` and its tag; `None` if there is none.
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError>;

    /// Creates or replaces the object of `key`, whole, if `precondition` holds; durable on return.
    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError>;

    /// The objects of `prefix`, ascending by path; what others put into the lake is left out.
    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError>;

    /// Removes the object of `key` if its tag still is `precondition`.
    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError>;

    /// The time of the store's own clock; `None` of a store that has none, or does not say.
    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        Ok(None)
    }

    /// Requests that somebody bills, up to now; `None` of a store that costs nothing.
    fn billed(&self) -> Option<BilledUsage> {
        None
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: LakeStore + ?Sized> LakeStore for Arc<S> {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        (**self).get(key).await
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        (**self).put(key, bytes, precondition).await
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        (**self).list(prefix).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        (**self).delete(key, precondition).await
    }

    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        (**self).time().await
    }

    fn billed(&self) -> Option<BilledUsage> {
        (**self).billed()
    }
}
