//! What a commit puts aside before it changes anything: nothing refused or replaced is lost by a crash.

use bytes::Bytes;

use super::CommitError;
use super::request::CommitRequest;
use quantx_lake::refusal::RefusedRow;
use quantx_lake::{EvidenceOf, LakeKey, RunId};
use quantx_market::Listing;
use quantx_storage::{LakeStore, Precondition, StorageError};

/// Keeps the bytes of an object that is about to be replaced.
pub(crate) async fn put_evidence(
    store: &dyn LakeStore,
    listing: &Listing,
    run: &RunId,
    of: EvidenceOf,
    bytes: Bytes,
) -> Result<(), CommitError> {
    let key = LakeKey::evidence(listing, run.clone(), of);
    match store.put(&key, bytes, Precondition::Absent).await {
        Ok(_) => Ok(()),
        // An earlier attempt of this run has put it there already.
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the rows that a commit refuses.
pub(super) async fn put_quarantine(
    store: &dyn LakeStore,
    request: &CommitRequest,
    rows: &[RefusedRow],
) -> Result<(), CommitError> {
    if rows.is_empty() {
        return Ok(());
    }
    let key = LakeKey::Quarantine {
        exchange: request.listing.exchange().clone(),
        ticker: request.listing.ticker().clone(),
        run: request.run.clone(),
    };
    let bytes = serde_json::to_vec_pretty(rows).map_err(|source| CommitError::Record {
        key: key.clone(),
        source: source.into(),
    })?;
    match store
        .put(&key, Bytes::from(bytes), Precondition::Absent)
        .await
    {
        Ok(_) => Ok(()),
        // An attempt of this run that lost its race has put it there already.
        Err(StorageError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
