use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::StoredObject;

/// Objects as they were last read or written, up to a number of bytes in all; those not used for
/// longest go first. Whether one is still right is the server's to say.
#[derive(Debug)]
pub(super) struct ObjectCache {
    limit: usize,
    entries: Mutex<LruEntries>,
}

#[derive(Debug, Default)]
struct LruEntries {
    by_path: HashMap<String, (u64, StoredObject)>,
    by_use: BTreeMap<u64, String>,
    uses: u64,
    size: usize,
}

impl ObjectCache {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: Mutex::default(),
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<StoredObject> {
        let mut entries = self.entries();
        let object = entries.take(path)?;
        entries.put(path, object.clone());
        Some(object)
    }

    /// Keeps `object`, unless it alone would push out a quarter of the others.
    pub(super) fn insert(&self, path: &str, object: &StoredObject) {
        let mut entries = self.entries();
        entries.take(path);
        if object.bytes.len() <= self.limit / 4 {
            entries.put(path, object.clone());
            entries.shrink_to(self.limit);
        }
    }

    pub(super) fn remove(&self, path: &str) {
        self.entries().take(path);
    }

    fn entries(&self) -> MutexGuard<'_, LruEntries> {
        // A shelf that a panic left half changed forgets at worst: every use asks the server.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LruEntries {
    fn put(&mut self, path: &str, object: StoredObject) {
        self.uses += 1;
        self.size += object.bytes.len();
        self.by_use.insert(self.uses, path.to_owned());
        self.by_path.insert(path.to_owned(), (self.uses, object));
    }

    fn take(&mut self, path: &str) -> Option<StoredObject> {
        let (used, object) = self.by_path.remove(path)?;
        self.by_use.remove(&used);
        self.size -= object.bytes.len();
        Some(object)
    }

    fn shrink_to(&mut self, limit: usize) {
        while self.size > limit {
            let Some((_, oldest)) = self.by_use.pop_first() else {
                return;
            };
            if let Some((_, object)) = self.by_path.remove(&oldest) {
                self.size -= object.bytes.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::ETag;

    fn object(size: usize, tag: &str) -> StoredObject {
        StoredObject {
            bytes: Bytes::from(vec![0; size]),
            etag: ETag::new(tag),
        }
    }

    fn tag(cache: &ObjectCache, path: &str) -> Option<String> {
        cache.get(path).map(|object| object.etag.to_string())
    }

    #[test]
    fn the_one_not_used_for_longest_goes_first() {
        let cache = ObjectCache::new(100);
        for path in ["a", "b", "c", "d"] {
            cache.insert(path, &object(25, path));
        }
        assert_eq!(tag(&cache, "a").as_deref(), Some("a"));
        cache.insert("e", &object(1, "e"));
        assert_eq!(tag(&cache, "b"), None);
        for path in ["a", "c", "d", "e"] {
            assert_eq!(tag(&cache, path).as_deref(), Some(path));
        }
    }

    #[test]
    fn newer_replaces_older_and_large_ones_are_not_kept() {
        let cache = ObjectCache::new(100);
        cache.insert("a", &object(10, "1"));
        cache.insert("a", &object(20, "2"));
        assert_eq!(tag(&cache, "a").as_deref(), Some("2"));
        cache.insert("a", &object(26, "3"));
        assert_eq!(tag(&cache, "a"), None, "an older state must not stay");
        cache.insert("b", &object(5, "1"));
        cache.remove("b");
        assert_eq!(tag(&cache, "b"), None);
        let nothing = ObjectCache::new(0);
        nothing.insert("a", &object(1, "1"));
        assert_eq!(tag(&nothing, "a"), None);
    }

    proptest! {
        #[test]
        fn the_limit_holds_and_the_newest_state_is_found(
            steps in prop::collection::vec((0..6_u8, 0..40_usize, 0..3_u8), 0..200)
        ) {
            let cache = ObjectCache::new(100);
            let mut newest = HashMap::new();
            for (step, (path, size, what)) in steps.into_iter().enumerate() {
                let path = path.to_string();
                match what {
                    0 => { cache.remove(&path); newest.remove(&path); }
                    1 => {
                        if let Some(found) = tag(&cache, &path) {
                            prop_assert_eq!(Some(&found), newest.get(&path));
                        }
                    }
                    _ => {
                        cache.insert(&path, &object(size, &step.to_string()));
                        newest.insert(path, step.to_string());
                    }
                }
                let entries = cache.entries();
                let sizes = entries.by_path.values().map(|(_, object)| object.bytes.len());
                prop_assert_eq!(entries.size, sizes.sum::<usize>());
                prop_assert!(entries.size <= 100);
                prop_assert_eq!(entries.by_use.len(), entries.by_path.len());
            }
        }
    }
}
