//! Objects of the lake that are JSON: read with their tag, and stored on a condition.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::OperationError;
use quantx_lake::LakeKey;
use quantx_storage::{ETag, LakeStore, Precondition, StorageError};

/// Reads an object with its tag; `None` if there is none.
pub(crate) async fn read<T: DeserializeOwned>(
    store: &dyn LakeStore,
    key: &LakeKey,
) -> Result<Option<(T, ETag)>, OperationError> {
    let found = store
        .get(key)
        .await
        .map_err(|source| storage("read a run's working memory", source))?;
    let Some(object) = found else { return Ok(None) };
    let value = parse(key, &object.bytes)?;
    Ok(Some((value, object.etag)))
}

/// An object out of its bytes.
pub(crate) fn parse<T: DeserializeOwned>(key: &LakeKey, bytes: &[u8]) -> Result<T, OperationError> {
    serde_json::from_slice(bytes).map_err(|error| unusable(key, error.to_string()))
}

/// Stores an object; `false` when another writer was first.
pub(crate) async fn write<T: Serialize>(
    store: &dyn LakeStore,
    key: &LakeKey,
    value: &T,
    precondition: Precondition,
) -> Result<bool, OperationError> {
    let bytes = Bytes::from(serde_json::to_vec(value)?);
    match store.put(key, bytes, precondition).await {
        Ok(_) => Ok(true),
        Err(error) if error.calls_for_reading_again() => Ok(false),
        Err(source) => Err(storage("store a run's working memory", source)),
    }
}

pub(crate) fn unusable(key: &LakeKey, detail: impl Into<String>) -> OperationError {
    OperationError::WorkingMemory {
        key: key.clone(),
        detail: detail.into(),
    }
}

fn storage(doing: &'static str, source: StorageError) -> OperationError {
    OperationError::Storage { doing, source }
}
