//! Read, compute, write back on condition: the one loop in which writers of one object meet.

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{LakeStore, Precondition, StorageError, StoredObject};
use quantx_lake::LakeKey;

/// Attempts until other writers are given up on; each loses only to one that got something done. Writers
/// of several objects in one attempt, which [`update`] cannot do for them, stop after as many.
pub const ATTEMPTS: u32 = 20;

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
) -> Result<T, UpdateError<E>>
where
    T: Send,
    E: Send,
{
    update_by(store, key, |found| {
        futures::future::ready(compute(found)).boxed()
    })
    .await
}

/// [`update`] for what is computed of other objects too: `compute` may await.
///
/// # Errors
/// As [`update`].
pub async fn update_by<'a, T, E>(
    store: &dyn LakeStore,
    key: &LakeKey,
    mut compute: impl FnMut(Option<&StoredObject>) -> BoxFuture<'a, Result<Change<T>, E>> + Send,
) -> Result<T, UpdateError<E>> {
    for attempt in 0..ATTEMPTS {
        let found = store.get(key).await.map_err(UpdateError::Read)?;
        let change = compute(found.as_ref()).await;
        let (bytes, computed) = match change.map_err(UpdateError::Compute)? {
            Change::Keep(computed) => return Ok(computed),
            Change::Put(bytes, computed) => (bytes, computed),
        };
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match store.put(key, bytes, precondition).await {
            Ok(_) => return Ok(computed),
            Err(error) if error.calls_for_reading_again() => pause_after(attempt).await,
            Err(error) => return Err(UpdateError::Write(error)),
        }
    }
    Err(UpdateError::Contended)
}

/// Waits a moment by chance, longer after more attempts: writers that collided once must not collide in
/// step for ever.
pub async fn pause_after(attempt: u32) {
    let jitter = fastrand::u64(0..=5 << attempt.min(6));
    tokio::time::sleep(Duration::from_millis(jitter)).await;
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
