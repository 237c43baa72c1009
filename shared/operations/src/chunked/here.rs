//! A run in chunks within this process: the same workflow, without a host.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::{ORCHESTRATOR, RunRequest, RunSummary, workflows};
use crate::Context;
use quantx_clock::Clock;
use quantx_durable::{Activities, CANCEL, Failure, LocalRunner, Sleeper, kind};

/// Runs a request to its end in this process, by `activities` on the lake of `context`. Once the context's stop or the deadline of the settings
/// comes, chunks under way finish what they commit, no other is begun, and what was done is published.
///
/// # Errors
/// [`Failure`] when planning or publishing fails for good. Chunks that fail are told in the summary.
pub async fn run_here(
    activities: Activities,
    context: &Context,
    instance: &str,
    request: &RunRequest,
) -> Result<RunSummary, Failure> {
    let (clock, stop) = (Arc::clone(&context.clock), context.stop.clone());
    let deadline = context.settings.limits.run_deadline;
    let runner = LocalRunner::new(workflows(), activities, Arc::new(Waits(clock)));
    let input = serde_json::to_string(request)
        .map_err(|error| Failure::permanent(kind::UNWRITABLE, error.to_string()))?;
    let mut running = runner.run(ORCHESTRATOR, instance, Some(input));
    let deadline = async {
        match deadline {
            Some(deadline) => tokio::time::sleep(deadline).await,
            None => std::future::pending().await,
        }
    };
    let ending = async {
        tokio::select! {
            () = stop.requested() => {}
            () = deadline => {}
        }
    };
    let outcome = tokio::select! {
        outcome = &mut running => outcome,
        () = ending => {
            runner.raise(instance, CANCEL, None);
            running.await
        }
    };
    let text = outcome?.unwrap_or_default();
    serde_json::from_str(&text)
        .map_err(|error| Failure::permanent(kind::UNREADABLE, error.to_string()))
}

/// The clock of the run, and waits of this machine.
#[derive(Debug)]
struct Waits(Arc<dyn Clock>);

impl Sleeper for Waits {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(wait).boxed()
    }
}
