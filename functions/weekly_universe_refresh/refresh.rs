//! The refresh of the phase's universes, within the deadline.

use std::sync::Arc;

use quantx::durable::Failure;
use quantx::operations::universe_refresh::{self, RefreshRequest, Trust};
use quantx::operations::{self, Effects};
use quantx::report::RefreshReport;
use quantx::storage::StorageError;

use crate::app::App;
use crate::host::reply::InvocationError;

/// Refreshes the universes of the phase.
///
/// # Errors
/// [`Failure`] when there is no lake, or a list cannot be stored.
pub(super) async fn refresh(app: &Arc<App>) -> Result<RefreshReport, Failure> {
    let own = Arc::clone(app);
    let work = |stop| async move {
        let context = own.context(stop).await?;
        let sources = operations::sources(&context.settings).map_err(|error| {
            Failure::permanent("Sources", InvocationError::of(&error).to_string())
        })?;
        let request = RefreshRequest {
            phase: context.settings.phase.clone(),
            config_dir: own.config_dir().to_owned(),
            trust: Trust::Limits,
            effects: Effects::Write,
        };
        let refresh = operations::apart(super::NAME, move || async move {
            universe_refresh::refresh(&context, &sources, &request).await
        });
        let refreshed = refresh.await.map_err(|error| failure(&error))?;
        refreshed.map_err(|error| failure(&error))
    };
    // Who exceeds the host's limit is killed, and everybody in the process with it.
    let outcome = app.workers.within_deadline(app.deadline, work).await;
    outcome.flatten()
}

/// Why the universes were not refreshed; for good where only a person can help.
fn failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut stores = causes.filter_map(|cause| cause.downcast_ref::<StorageError>());
    Failure {
        retryable: !stores.any(StorageError::needs_a_person),
        ..Failure::permanent("Refresh", InvocationError::of(error).to_string())
    }
}
