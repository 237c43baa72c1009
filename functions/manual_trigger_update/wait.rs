//! A run whose caller waits for it: worked on here and now, in this process alone.

use std::sync::Arc;
use std::time::Duration;

use quantx::durable::Failure;
use quantx::operations::chunked::{Ended, ORCHESTRATOR, RunRequest, RunSummary};
use serde_json::{Map, Value, json};

use super::store::{RETRY_AFTER, unavailable};
use super::{RESPONSE, STARTER};
use crate::app::{App, VendorRate};
use crate::host::reply::{Reply, Start};
use crate::process::workers::DEADLINE;

/// For what is under way when the caller's wait is over: commits, the manifest, the report.
const ENDING: Duration = Duration::from_secs(25);

const FULL: &str = "as many runs as limits.runs_at_once allows are waited for already; ask again later, or without wait";

/// How such a run ended.
#[derive(Debug)]
enum Outcome {
    /// Well or not, with all that could be done in the time.
    Ended(Box<RunSummary>),
    /// It did not even end when it was asked to; what it stored stays.
    Unfinished,
    /// As many are under way as may be.
    Full,
}

/// Answers a caller who waits: with what the run did, or, when the time is over, with the addresses of
/// the orchestration that does the rest.
pub(super) async fn answer(
    app: &Arc<App>,
    instance: String,
    urls: Map<String, Value>,
    request: &RunRequest,
    wait: Duration,
) -> Reply {
    let so_far = match run_here(app, request.clone(), wait).await {
        Ok(Outcome::Ended(summary)) if summary.ended != Ended::Cancelled => {
            return Reply::http(RESPONSE, 200, &body(&summary, "completed"));
        }
        Ok(Outcome::Ended(summary)) => body(&summary, "accepted"),
        Ok(Outcome::Unfinished) => json!({"status": "accepted"}),
        Ok(Outcome::Full) => return Reply::busy(RESPONSE, 429, FULL, RETRY_AFTER),
        Err(failure) if failure.retryable => return unavailable(&failure),
        Err(failure) => return Reply::refusal(RESPONSE, 500, &[failure.to_string()]),
    };
    // What was stored is found stored.
    let body = json!({"id": instance, "urls": urls, "so_far": so_far});
    let start = Start {
        orchestrator: ORCHESTRATOR,
        instance: &instance,
        input: request,
    };
    Reply::http(RESPONSE, 202, &body).starting(STARTER, &start)
}

fn body(summary: &RunSummary, status: &str) -> Value {
    json!({"status": status, "run": summary, "symbols_processed": summary.symbols_processed,
        "results": summary.results, "timestamp": summary.timestamp})
}

/// Runs a request to its end in this process; what takes longer than `wait` is left out.
async fn run_here(app: &Arc<App>, request: RunRequest, wait: Duration) -> Result<Outcome, Failure> {
    let Some(place) = app.workers.run_place() else {
        return Ok(Outcome::Full);
    };
    let own = Arc::clone(app);
    let work = |stop| async move {
        // It waits for a place among all activities of the process.
        let _places = (place, own.workers.activity_place().await);
        let activities = own.activities(stop, VendorRate::Whole).await?;
        activities.whole_run(request).await
    };
    let deadline = app.deadline.within(wait, ENDING);
    match app.workers.within_deadline(deadline, work).await {
        Ok(outcome) => outcome.map(|summary| Outcome::Ended(Box::new(summary))),
        Err(failure) if failure.kind == DEADLINE => {
            tracing::warn!("{failure}");
            Ok(Outcome::Unfinished)
        }
        Err(failure) => Err(failure),
    }
}
