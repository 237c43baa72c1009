//! An activity of a run, as its function performs it.

use std::sync::Arc;

use quantx::durable::{Activity, Failure, encode_answer, kind};
use quantx::operations::chunked::InProcess;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{App, VendorRate};
use crate::host::reply::{InvocationError, Reply};

/// Performs an activity within the deadline. Whatever happens is in the answer: the host would keep
/// nothing of a failed invocation's reason.
///
/// # Errors
/// [`InvocationError`] only if the answer cannot be written.
pub(crate) async fn perform<I, O, F>(
    app: &Arc<App>,
    activity: Activity<I, O>,
    input: Value,
    operation: impl FnOnce(InProcess, I) -> F + Send + 'static,
) -> Result<Reply, InvocationError>
where
    I: DeserializeOwned + Send,
    O: Serialize + Send + 'static,
    F: Future<Output = Result<O, Failure>> + Send,
{
    let (own, name) = (Arc::clone(app), activity.name());
    let work = |stop| async move {
        let _place = own.workers.activity_place().await;
        let activities = own.activities(stop, VendorRate::Share).await?;
        let request: I = serde_json::from_value(input)
            .map_err(|error| Failure::permanent(kind::UNREADABLE, error.to_string()))?;
        operation(activities, request).await
    };
    let outcome = app.workers.within_deadline(app.deadline, work).await;
    let outcome = outcome.flatten();
    match &outcome {
        Err(failure) if failure.retryable => {
            tracing::warn!(%failure, "{name} failed and may be asked again: {failure}");
        }
        Err(failure) => tracing::error!(%failure, "{name} failed for good: {failure}"),
        Ok(_) => {}
    }
    let answer = encode_answer(outcome).map_err(|failure| InvocationError::of(&failure))?;
    Ok(Reply::value(answer))
}
