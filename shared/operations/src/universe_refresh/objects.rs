//! Small text objects of the lake: read, computed anew, replaced on condition.

use bytes::Bytes;

use quantx_lake::LakeKey;
use quantx_storage::{LakeStore, Precondition, StorageError};

/// Attempts until other writers are given up on; each loses only to one that got something done.
const ATTEMPTS: usize = 20;

/// Why an object was not brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The store failed.
    #[error("cannot read or store {key}")]
    Storage {
        key: LakeKey,
        #[source]
        source: StorageError,
    },
    /// The object is not what its path promises.
    #[error("{key} cannot be used; restore it, or move it away and refresh again: {detail}")]
    Unusable { key: LakeKey, detail: String },
    /// Other writers were faster every time.
    #[error("others keep changing {key}; run again")]
    Contended { key: LakeKey },
}

/// The text of an object; `None` if there is none.
pub(super) async fn text(
    store: &dyn LakeStore,
    key: &LakeKey,
) -> Result<Option<String>, ObjectError> {
    let found = store
        .get(key)
        .await
        .map_err(|source| ObjectError::Storage {
            key: key.clone(),
            source,
        })?;
    found.map(|object| utf8(key, &object.bytes)).transpose()
}

fn utf8(key: &LakeKey, bytes: &[u8]) -> Result<String, ObjectError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ObjectError::Unusable {
        key: key.clone(),
        detail: error.to_string(),
    })?;
    Ok(text.to_owned())
}

/// Computes an object's text anew from what it is, again whenever another writer was faster, and
/// stores it if it changes. Gives back what was computed and whether it was written.
pub(super) async fn update<T>(
    store: &dyn LakeStore,
    key: &LakeKey,
    compute: impl Fn(Option<&str>) -> Result<(String, T), String> + Sync,
) -> Result<(T, bool), ObjectError> {
    let failed = |source| ObjectError::Storage {
        key: key.clone(),
        source,
    };
    for _ in 0..ATTEMPTS {
        let found = store.get(key).await.map_err(failed)?;
        let before = match &found {
            Some(object) => Some(utf8(key, &object.bytes)?),
            None => None,
        };
        let (text, computed) =
            compute(before.as_deref()).map_err(|detail| ObjectError::Unusable {
                key: key.clone(),
                detail,
            })?;
        if before.as_deref() == Some(text.as_str()) {
            return Ok((computed, false));
        }
        let precondition = found.map_or(Precondition::Absent, |object| {
            Precondition::Matches(object.etag)
        });
        match store.put(key, Bytes::from(text), precondition).await {
            Ok(_) => return Ok((computed, true)),
            Err(error) if error.calls_for_reading_again() => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(ObjectError::Contended { key: key.clone() })
}
