//! Whether a run could begin: the lake can be opened, and answers.

use std::sync::Arc;
use std::time::Duration;

use quantx::durable::Failure;
use quantx::lake::LakeKey;
use quantx::operations::Context;
use quantx::storage::LakeStore;

use super::RESPONSE;
use crate::app::App;
use crate::host::reply::{InvocationError, Reply};

/// The caller waits this long for the store to answer; a first sign-in takes a few seconds.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Seconds after which it may be tried again.
pub(super) const RETRY_AFTER: u32 = 30;

/// Reads one small object of the lake.
///
/// # Errors
/// [`Failure`] that says what was tried and what to do.
pub(super) async fn check(app: &Arc<App>) -> Result<(), Failure> {
    app.settings()?;
    let read = |lake: Result<Context, Failure>| async move {
        let context = lake?;
        let phase = context.settings.phase.clone().into();
        // Any small object: what counts is that the store answers.
        let found = context
            .store
            .get(&LakeKey::UniverseMetadata { name: phase })
            .await;
        found.map(drop).map_err(|error| Failure {
            retryable: !error.needs_a_person(),
            ..Failure::permanent("Storage", InvocationError::of(&error).to_string())
        })
    };
    let outcome = app.probe(TIMEOUT, read).await;
    outcome.unwrap_or_else(|| {
        let seconds = TIMEOUT.as_secs();
        let message = format!("the store did not answer within {seconds} s");
        Err(Failure::transient("Storage", message))
    })
}

/// The answer where no run can begin: 503 with the reason.
pub(super) fn unavailable(failure: &Failure) -> Reply {
    tracing::error!(%failure, "no run was started: {failure}");
    if failure.retryable {
        Reply::busy(RESPONSE, 503, &failure.to_string(), RETRY_AFTER)
    } else {
        Reply::refusal(RESPONSE, 503, &[failure.to_string()])
    }
}
