//! Read, compute, write back on condition: the one loop in which writers of one object meet.

use bytes::Bytes;

use super::{LakeStore, Precondition, StorageError, StoredObject};
use quantx_lake::LakeKey;

/// Attempts until other writers are given up on; each loses only to one that got something done.
const ATTEMPTS: usize = 20;

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    Keep(T),
    /// It gets these bytes, if it still is what was looked at.
    Put(Bytes, T),
}

/// Why an object was not brought up to date.
#[derive(Debug)]
pub enum UpdateError<E> {
    /// It cannot be read.
    Read(StorageError),
    /// It cannot be written.
    Write(StorageError),
    /// What it should become cannot be computed.
    Compute(E),
    /// Other writers were faster every time.
    Contended,
}

/// Computes an object anew from what it is, and once more whenever another writer was faster. `compute`
/// may run several times, and only what it said last counts.
///
/// After a lost answer the object is read again, so that a write of our own that did happen is found
/// done. Cancel-safe: the object is as before or as computed.
///
/// # Errors
/// [`UpdateError`]; nothing was changed, unless a write failed in a way that leaves that open.
pub async fn update<T, E>(
    store: &dyn LakeStore,
    key: &LakeKey,
    mut compute: impl FnMut(Option<&StoredObject>) -> Result<Change<T>, E> + Send,
) -> Result<T, UpdateError<E>> {
    for _ in 0..ATTEMPTS {
        let found = store.get(key).await.map_err(UpdateError::Read)?;
        let (bytes, computed) = match compute(found.as_ref()).map_err(UpdateError::Compute)? {
            Change::Keep(computed) => return Ok(computed),
            Change::Put(bytes, computed) => (bytes, computed),
        };
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match store.put(key, bytes, precondition).await {
            Ok(_) => return Ok(computed),
            Err(error) if error.calls_for_reading_again() => {}
            Err(error) => return Err(UpdateError::Write(error)),
        }
    }
    Err(UpdateError::Contended)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::MemoryStore;

    fn count(object: Option<&StoredObject>) -> u32 {
        let text = object.map(|object| String::from_utf8(object.bytes.to_vec()).unwrap());
        text.map_or(0, |text| text.parse().unwrap())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_writers_at_once_none_is_lost() {
        let store = MemoryStore::new();
        let writers = (0..8).map(|_| {
            update(&store, &LakeKey::Manifest, |found| {
                let next = count(found) + 1;
                let bytes = Bytes::from(next.to_string());
                Ok::<_, Infallible>(Change::Put(bytes, next))
            })
        });
        let mut counts: Vec<u32> = futures::future::join_all(writers)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8]);
        let found = store.get(&LakeKey::Manifest).await.unwrap();
        assert_eq!(count(found.as_ref()), 8);
    }

    #[tokio::test]
    async fn what_stays_is_not_written_and_what_cannot_be_computed_is_told() {
        let store = MemoryStore::new();
        let unchanged = update(&store, &LakeKey::Manifest, |found| {
            Ok::<_, Infallible>(Change::Keep(found.is_some()))
        });
        assert!(!unchanged.await.unwrap());
        assert!(store.get(&LakeKey::Manifest).await.unwrap().is_none());
        let failed = update(&store, &LakeKey::Manifest, |_| Err::<Change<()>, _>("no"));
        assert!(matches!(failed.await, Err(UpdateError::Compute("no"))));
    }
}
