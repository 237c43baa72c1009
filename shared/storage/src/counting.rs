use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_usage::{BilledUsage, StoreUsage};

/// Counts what is asked of a store: for the run's report and its estimated cost.
#[derive(Debug, Default)]
pub struct Counting<S> {
    inner: S,
    /// Whether others use the inner store, whose bill is then theirs too.
    shared: bool,
    reads: AtomicU64,
    writes: AtomicU64,
    lists: AtomicU64,
    deletes: AtomicU64,
    conflicts: AtomicU64,
    objects_written: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
}

impl<S> Counting<S> {
    /// Counts from zero.
    pub fn new(inner: S) -> Self
    where
        S: LakeStore,
    {
        Self {
            inner,
            shared: false,
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            lists: AtomicU64::new(0),
            deletes: AtomicU64::new(0),
            conflicts: AtomicU64::new(0),
            objects_written: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
        }
    }

    /// The same for a store that others use at the same time: what they do is not in this one's bill,
    /// and tries on the wire are not counted, since nobody can say whose they were.
    pub fn shared(inner: S) -> Self
    where
        S: LakeStore,
    {
        Self {
            shared: true,
            ..Self::new(inner)
        }
    }

    /// Everything up to now. While calls are under way the figures may be of different moments.
    pub fn usage(&self) -> StoreUsage
    where
        S: LakeStore,
    {
        let mut usage = StoreUsage {
            reads: self.reads.load(Relaxed),
            writes: self.writes.load(Relaxed),
            lists: self.lists.load(Relaxed),
            deletes: self.deletes.load(Relaxed),
            conflicts: self.conflicts.load(Relaxed),
            objects_written: self.objects_written.load(Relaxed),
            bytes_read: self.bytes_read.load(Relaxed),
            bytes_written: self.bytes_written.load(Relaxed),
            billed: None,
        };
        let billed = self.inner.billed();
        usage.billed = match self.shared {
            true => billed.map(|_| usage.as_billed()),
            false => billed,
        };
        usage
    }

    fn count_conflict<T>(&self, answer: &Result<T, StorageError>) {
        if answer.as_ref().is_err_and(StorageError::is_conflict) {
            self.conflicts.fetch_add(1, Relaxed);
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: LakeStore> LakeStore for Counting<S> {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        self.reads.fetch_add(1, Relaxed);
        let found = self.inner.get(key).await?;
        let n_bytes = found.as_ref().map_or(0, |object| object.bytes.len());
        self.bytes_read.fetch_add(n_bytes as u64, Relaxed);
        Ok(found)
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        self.writes.fetch_add(1, Relaxed);
        let n_bytes = bytes.len() as u64;
        let answer = self.inner.put(key, bytes, precondition).await;
        self.count_conflict(&answer);
        let etag = answer?;
        self.objects_written.fetch_add(1, Relaxed);
        self.bytes_written.fetch_add(n_bytes, Relaxed);
        Ok(etag)
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        self.lists.fetch_add(1, Relaxed);
        self.inner.list(prefix).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        self.deletes.fetch_add(1, Relaxed);
        let answer = self.inner.delete(key, precondition).await;
        self.count_conflict(&answer);
        answer
    }

    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        self.inner.time().await
    }

    fn billed(&self) -> Option<BilledUsage> {
        self.inner.billed()
    }
}
