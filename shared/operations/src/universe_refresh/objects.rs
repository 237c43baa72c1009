//! Small text objects of the lake: read, computed anew, replaced on condition.

use bytes::Bytes;

use quantx_lake::LakeKey;
use quantx_storage::{self as storage, Change, LakeStore, StorageError, UpdateError};

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
pub(super) async fn update<T: Send>(
    store: &dyn LakeStore,
    key: &LakeKey,
    compute: impl Fn(Option<&str>) -> Result<(String, T), String> + Sync,
) -> Result<(T, bool), ObjectError> {
    let done = storage::update(store, key, |found| {
        let before = match found {
            Some(object) => Some(utf8(key, &object.bytes)?),
            None => None,
        };
        let (text, computed) =
            compute(before.as_deref()).map_err(|detail| ObjectError::Unusable {
                key: key.clone(),
                detail,
            })?;
        Ok(if before.as_deref() == Some(text.as_str()) {
            Change::Keep((computed, false))
        } else {
            Change::Put(Bytes::from(text), (computed, true))
        })
    });
    done.await.map_err(|error| match error {
        UpdateError::Read(source) | UpdateError::Write(source) => ObjectError::Storage {
            key: key.clone(),
            source,
        },
        UpdateError::Compute(error) => error,
        UpdateError::Contended => ObjectError::Contended { key: key.clone() },
    })
}
