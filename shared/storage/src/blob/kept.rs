use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::StoredObject;

/// Objects as they were last read or written, up to a number of bytes in all; those not used for
/// longest go first. Whether one is still right is the server's to say.
#[derive(Debug)]
pub(super) struct KeptObjects {
    limit: usize,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    by_path: HashMap<String, (u64, StoredObject)>,
    by_use: BTreeMap<u64, String>,
    uses: u64,
    size: usize,
}

impl KeptObjects {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            shelf: Mutex::default(),
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<StoredObject> {
        let mut shelf = self.shelf();
        let object = shelf.take(path)?;
        shelf.put(path, object.clone());
        Some(object)
    }

    /// Keeps `object`, unless it alone would push out a quarter of the others.
    pub(super) fn keep(&self, path: &str, object: &StoredObject) {
        let mut shelf = self.shelf();
        shelf.take(path);
        if object.bytes.len() <= self.limit / 4 {
            shelf.put(path, object.clone());
            shelf.shrink_to(self.limit);
        }
    }

    pub(super) fn forget(&self, path: &str) {
        self.shelf().take(path);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // A shelf that a panic left half changed forgets at worst: every use asks the server.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
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

    fn tag(kept: &KeptObjects, path: &str) -> Option<String> {
        kept.get(path).map(|object| object.etag.to_string())
    }

    #[test]
    fn the_one_not_used_for_longest_goes_first() {
        let kept = KeptObjects::new(100);
        for path in ["a", "b", "c", "d"] {
            kept.keep(path, &object(25, path));
        }
        assert_eq!(tag(&kept, "a").as_deref(), Some("a"));
        kept.keep("e", &object(1, "e"));
        assert_eq!(tag(&kept, "b"), None);
        for path in ["a", "c", "d", "e"] {
            assert_eq!(tag(&kept, path).as_deref(), Some(path));
        }
    }

    #[test]
    fn newer_replaces_older_and_large_ones_are_not_kept() {
        let kept = KeptObjects::new(100);
        kept.keep("a", &object(10, "1"));
        kept.keep("a", &object(20, "2"));
        assert_eq!(tag(&kept, "a").as_deref(), Some("2"));
        kept.keep("a", &object(26, "3"));
        assert_eq!(tag(&kept, "a"), None, "an older state must not stay");
        kept.keep("b", &object(5, "1"));
        kept.forget("b");
        assert_eq!(tag(&kept, "b"), None);
        let nothing = KeptObjects::new(0);
        nothing.keep("a", &object(1, "1"));
        assert_eq!(tag(&nothing, "a"), None);
    }

    proptest! {
        #[test]
        fn the_limit_holds_and_the_newest_state_is_found(
            steps in prop::collection::vec((0..6_u8, 0..40_usize, 0..3_u8), 0..200)
        ) {
            let kept = KeptObjects::new(100);
            let mut newest = HashMap::new();
            for (step, (path, size, what)) in steps.into_iter().enumerate() {
                let path = path.to_string();
                match what {
                    0 => { kept.forget(&path); newest.remove(&path); }
                    1 => {
                        if let Some(found) = tag(&kept, &path) {
                            prop_assert_eq!(Some(&found), newest.get(&path));
                        }
                    }
                    _ => {
                        kept.keep(&path, &object(size, &step.to_string()));
                        newest.insert(path, step.to_string());
                    }
                }
                let shelf = kept.shelf();
                let sizes = shelf.by_path.values().map(|(_, object)| object.bytes.len());
                prop_assert_eq!(shelf.size, sizes.sum::<usize>());
                prop_assert!(shelf.size <= 100);
                prop_assert_eq!(shelf.by_use.len(), shelf.by_path.len());
            }
        }
    }
}
