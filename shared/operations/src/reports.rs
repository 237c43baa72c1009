//! How a report gets into the lake: once, under the first free name of its second.

use bytes::Bytes;
use serde::Serialize;

use crate::context::Context;
use quantx_lake::{LakeKey, RunId};
use quantx_storage::{LakeStore, Precondition, StorageError};

/// Why a report is not in the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The store failed.
    #[error("cannot store the report")]
    Storage(#[from] StorageError),
    /// It cannot be encoded.
    #[error("the report cannot be encoded")]
    Encode(#[from] serde_json::Error),
}

/// Stores `report` as that of `run`, or of the next run if another one of this second has the name:
/// both are worth keeping. `name` writes the name into the report.
///
/// # Errors
/// [`ReportError`].
pub(crate) async fn put<T: Serialize>(
    context: &Context,
    mut run: RunId,
    report: &mut T,
    name: impl Fn(&mut T, String),
) -> Result<(), ReportError> {
    loop {
        name(report, run.to_string());
        if put_as(context, &run, report).await? {
            return Ok(());
        }
        run = run.next();
    }
}

/// Stores `report` under this very name; `false` when a report has it already.
///
/// # Errors
/// [`ReportError`].
pub(crate) async fn put_as<T: Serialize>(
    context: &Context,
    run: &RunId,
    report: &T,
) -> Result<bool, ReportError> {
    let bytes = Bytes::from(serde_json::to_vec_pretty(report)?);
    let key = LakeKey::Report { run: run.clone() };
    match context.store.put(&key, bytes, Precondition::Absent).await {
        Ok(_) => Ok(true),
        Err(error) if error.calls_for_reading_again() => Ok(false),
        Err(error) => Err(error.into()),
    }
}
