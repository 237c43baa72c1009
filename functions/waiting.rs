//! A run whose caller waits for it: worked on here and now, in this process alone.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use quantx::operations::chunked::{self, Ended, RunRequest, RunSummary};
use quantx::workflow::{Activities, Failure};
use serde_json::{Map, Value, json};

use crate::app::{App, Rate};
use crate::asked::Asked;
use crate::crew::{Crew, DEADLINE, Deadline};
use crate::reply::Reply;

/// For what is under way when the caller's patience ends: commits, the manifest, the report.
const ENDING: Duration = Duration::from_secs(25);

/// Seconds after which it may be tried again.
const LATER: u32 = 30;
const FULL: &str = "as many runs as limits.runs_at_once allows are waited for already; ask again later, or without wait";

/// How such a run ended.
#[derive(Debug)]
enum Waited {
    /// Well or not, with all that could be done in the time.
    Ended(Box<RunSummary>),
    /// It did not even end when it was told to; what it stored stays.
    Unfinished,
    /// As many are under way as may be.
    NoRoom,
}

/// Answers a caller who waits: with what the run did, or, when his time is over, with the addresses of
/// the orchestration that takes up the rest.
pub async fn answer(
    app: &Arc<App>,
    instance: String,
    urls: Map<String, Value>,
    asked: Asked,
) -> Reply {
    let wait = asked.wait.unwrap_or_default();
    let so_far = match run_here(app, instance.clone(), asked.request.clone(), wait).await {
        Ok(Waited::Ended(summary)) if summary.ended != Ended::Cancelled => {
            return Reply::http(200, &told(&summary, "completed"));
        }
        Ok(Waited::Ended(summary)) => told(&summary, "accepted"),
        Ok(Waited::Unfinished) => json!({"status": "accepted"}),
        Ok(Waited::NoRoom) => return Reply::busy(429, FULL, LATER),
        Err(failure) if failure.retryable => return unavailable(&failure),
        Err(failure) => return Reply::refusal(500, &[failure.to_string()]),
    };
    // What was stored is found stored.
    let body = json!({"id": instance, "urls": urls, "so_far": so_far});
    Reply::http(202, &body).starting(&instance, &asked.request)
}

fn told(summary: &RunSummary, status: &str) -> Value {
    json!({"status": status, "run": summary, "symbols_processed": summary.symbols_processed,
        "results": summary.results, "timestamp": summary.timestamp})
}

/// The answer where no run can begin: 503 with the reason.
pub fn unavailable(failure: &Failure) -> Reply {
    tracing::error!(%failure, "no run was started: {failure}");
    if failure.retryable {
        Reply::busy(503, &failure.to_string(), LATER)
    } else {
        Reply::refusal(503, &[failure.to_string()])
    }
}

/// Runs a request to its end in this process; what takes longer than `wait` is left out.
async fn run_here(
    app: &Arc<App>,
    instance: String,
    request: RunRequest,
    wait: Duration,
) -> Result<Waited, Failure> {
    let Some(room) = app.crew.run() else {
        return Ok(Waited::NoRoom);
    };
    let asked = wait.min(app.deadline.asked);
    let deadline = Deadline {
        asked,
        ended: (asked + ENDING).min(app.deadline.ended),
    };
    let own = Arc::clone(app);
    let work = |stop| async move {
        let _room = room;
        let activities = own.in_process(stop, Rate::Whole).await?;
        let context = activities.context.clone();
        let crew = own.crew.clone();
        let activities = Arc::new(Gated { activities, crew });
        chunked::run_here(activities, &context, &instance, &request).await
    };
    match app.crew.within(deadline, work).await {
        Ok(outcome) => outcome.map(|summary| Waited::Ended(Box::new(summary))),
        Err(failure) if failure.kind == DEADLINE => {
            tracing::warn!("{failure}");
            Ok(Waited::Unfinished)
        }
        Err(failure) => Err(failure),
    }
}

/// Activities that wait for room among all activities of the process.
#[derive(Debug)]
struct Gated<A> {
    activities: A,
    crew: Crew,
}

impl<A: Activities + Clone + 'static> Activities for Gated<A> {
    fn run(&self, name: &str, input: Value) -> BoxFuture<'static, Result<Value, Failure>> {
        let (activities, crew, name) =
            (self.activities.clone(), self.crew.clone(), name.to_owned());
        async move {
            let _room = crew.activity().await;
            activities.run(&name, input).await
        }
        .boxed()
    }
}
