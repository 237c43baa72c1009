//! How a report gets into the lake: once, under the first free name of its second.

use bytes::Bytes;
use serde::Serialize;

use super::context::Context;
use quantx_lake::{LakeKey, RunId};
use quantx_report::{RunReport, Verdict};
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

/// The last line of a run, as loud as its verdict: alerts hang on it, so it has the reasons.
pub(super) fn tell_end(report: &RunReport) {
    let RunReport { run, operation, .. } = report;
    let (n_bars, n_failed) = (report.totals.changes.bars_added, report.results.failed);
    let (verdict, elapsed_ms) = (report.verdict, report.elapsed_ms);
    let reasons = report.reasons.join("; ");
    match verdict {
        Verdict::Red => {
            tracing::error!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                elapsed_ms,
                reasons,
                "{operation} ended red: {reasons}"
            );
        }
        Verdict::Yellow => {
            tracing::warn!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                elapsed_ms,
                reasons,
                "{operation} ended yellow: {reasons}"
            );
        }
        Verdict::Green => {
            tracing::info!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                elapsed_ms,
                "{operation} ended green"
            );
        }
    }
}

/// Stores `report` as that of `run`, or of the next run if another one of this second has the name:
/// both are worth keeping. `name` writes the name into the report.
///
/// # Errors
/// [`ReportError`].
pub(super) async fn put<T: Serialize>(
    context: &Context,
    mut run: RunId,
    report: &mut T,
    name: impl Fn(&mut T, String),
) -> Result<(), ReportError> {
    loop {
        name(report, run.to_string());
        let bytes = Bytes::from(serde_json::to_vec_pretty(report)?);
        let key = LakeKey::Report { run: run.clone() };
        match context.store.put(&key, bytes, Precondition::Absent).await {
            Ok(_) => return Ok(()),
            Err(error) if error.calls_for_reading_again() => run = run.next(),
            Err(error) => return Err(error.into()),
        }
    }
}
