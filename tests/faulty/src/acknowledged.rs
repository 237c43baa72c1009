use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::disk::{Promise, SimulatedDisk};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_storage::disk::FileSystem as _;
use quantx_storage::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_usage::BilledUsage;

/// Notes on a simulated disk when each write begins and when its writer is told that it is done.
#[derive(Debug)]
pub struct Acknowledged<S> {
    inner: S,
    disk: SimulatedDisk,
}

impl<S: LakeStore> Acknowledged<S> {
    /// A store that lies on `disk`.
    pub fn new(inner: S, disk: SimulatedDisk) -> Self {
        Self { inner, disk }
    }
}

impl SimulatedDisk {
    /// Objects of a lake in the folder `lake` of `left`, which a cut after `effects` left of this disk, that are
    /// another thing than what somebody was told: neither what was there last, nor what somebody was about
    /// to put in its place.
    pub fn broken_promises(&self, left: &Self, lake: &Path, effects: usize) -> Vec<String> {
        let mut allowed: BTreeMap<String, Vec<Option<Bytes>>> = BTreeMap::new();
        for promise in self.promises(effects) {
            match promise {
                Promise::Begun(path, content) => {
                    let first = self.content_at_first(&lake.join(&path));
                    allowed.entry(path).or_insert(vec![first]).push(content);
                }
                Promise::Kept(path, content) => {
                    // Other writers of the path may be at work: what they began stays possible.
                    let states = allowed.entry(path).or_default();
                    if let Some(at) = states.iter().position(|state| *state == content) {
                        states.drain(..at);
                    }
                }
                Promise::Said(_) => {}
            }
        }
        let broken = allowed.into_iter().filter_map(|(path, states)| {
            let found = left.read(&lake.join(&path)).ok().map(Bytes::from);
            let size = |state: &Option<Bytes>| state.as_ref().map(Bytes::len);
            let sizes: Vec<_> = states.iter().map(size).collect();
            let size = size(&found);
            (!states.contains(&found)).then(|| format!("{path}: {size:?} bytes, not {sizes:?}"))
        });
        broken.collect()
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: LakeStore> LakeStore for Acknowledged<S> {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        self.inner.get(key).await
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        let (path, content) = (key.path(), Some(bytes.clone()));
        self.disk
            .note(Promise::Begun(path.clone(), content.clone()));
        let put = self.inner.put(key, bytes, precondition).await?;
        self.disk.note(Promise::Kept(path, content));
        Ok(put)
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        self.disk.note(Promise::Begun(key.path(), None));
        self.inner.delete(key, precondition).await?;
        self.disk.note(Promise::Kept(key.path(), None));
        Ok(())
    }

    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        self.inner.time().await
    }

    fn billed(&self) -> Option<BilledUsage> {
        self.inner.billed()
    }
}
