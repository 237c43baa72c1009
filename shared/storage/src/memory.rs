use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_lake::{LakeKey, LakePrefix};

/// A lake in memory: for tests, with the promise of the real ones.
///
/// Every write makes a new tag, also of equal bytes, as Blob Storage does.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Objects>);

#[derive(Debug, Default)]
struct Objects {
    by_path: BTreeMap<String, (LakeKey, StoredObject)>,
    writes: u64,
}

impl MemoryStore {
    /// An empty lake.
    pub fn new() -> Self {
        Self::default()
    }

    /// Path and content of every object: equal snapshots are equal lakes.
    pub fn snapshot(&self) -> BTreeMap<String, Bytes> {
        let objects = self.objects();
        let contents = objects.by_path.iter();
        contents
            .map(|(path, (_, object))| (path.clone(), object.bytes.clone()))
            .collect()
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        // No method leaves the map half changed, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Objects {
    fn etag(&self, path: &str) -> Option<&ETag> {
        self.by_path.get(path).map(|(_, object)| &object.etag)
    }
}

#[async_trait]
impl LakeStore for MemoryStore {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        let objects = self.objects();
        let found = objects.by_path.get(&key.path());
        Ok(found.map(|(_, object)| object.clone()))
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        let path = key.path();
        let mut objects = self.objects();
        let holds = match &precondition {
            Precondition::Absent => objects.etag(&path).is_none(),
            Precondition::Matches(etag) => objects.etag(&path) == Some(etag),
        };
        if !holds {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        objects.writes += 1;
        let etag = ETag::new(format!("v{}", objects.writes));
        let object = StoredObject {
            bytes,
            etag: etag.clone(),
        };
        objects.by_path.insert(path, (key.clone(), object));
        Ok(etag)
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        let start = prefix.path();
        let objects = self.objects();
        let from_start = objects.by_path.range(start.clone()..);
        Ok(from_start
            .take_while(|(path, _)| path.starts_with(&start))
            .filter(|(_, (key, _))| prefix.contains(key))
            .map(|(_, (key, object))| ObjectEntry {
                key: key.clone(),
                etag: Some(object.etag.clone()),
                size_bytes: object.bytes.len() as u64,
            })
            .collect())
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        let path = key.path();
        let mut objects = self.objects();
        if objects.etag(&path) != Some(&precondition) {
            return Err(StorageError::PreconditionFailed { key: key.clone() });
        }
        objects.by_path.remove(&path);
        Ok(())
    }
}
