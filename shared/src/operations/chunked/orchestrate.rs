//! The order of a run in chunks: plan, chunks, publish. A workflow: see [`workflow`](crate::workflow)
//! for what it may not do.

use std::num::NonZeroU32;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use futures::stream::StreamExt;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::request::{Rehearsal, RunOperation, RunRequest};
use super::{CHUNK, ChunkAnswer, ChunkOrder, PLAN, PUBLISH, PlanOrder, Planned};
use crate::lake::RunId;
use crate::report::{Results, Verdict};
use crate::workflow::{Context, Failure, RetryPolicy, Workflows, bounded, race};

/// The workflow's name, which is also its function's.
pub const ORCHESTRATOR: &str = "backfill_orchestrator";

/// Between attempts at a chunk, and at planning and publishing. Waits outlast a vendor's storm.
const PATIENCE: RetryPolicy = RetryPolicy {
    max_attempts: NonZeroU32::MIN.saturating_add(3),
    first_wait: Duration::from_secs(15),
    growth: 4,
    longest_wait: Duration::from_secs(240),
};

/// Between attempts when somebody waits for the end.
const HURRY: RetryPolicy = RetryPolicy {
    max_attempts: NonZeroU32::MIN.saturating_add(2),
    first_wait: Duration::from_secs(2),
    growth: 2,
    longest_wait: Duration::from_secs(4),
};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Every chunk had its turn.
    Finished,
    /// Somebody raised `cancel`; chunks under way were finished.
    Cancelled,
    /// It was a rehearsal.
    Rehearsed,
}

/// What the last activity is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishOrder {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub ended: Ended,
    /// Chunks that were given up, with the reason.
    pub given_up: Vec<(u32, String)>,
}

/// What the last activity answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishAnswer {
    /// What the run did.
    pub summary: RunSummary,
    /// Derived tables that are still to be made; asking again goes on.
    pub tables_left: usize,
}

/// What a run did, in short; the report in the lake has it all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// What it did.
    pub operation: RunOperation,
    /// How it ended.
    pub ended: Ended,
    /// When it was planned.
    pub timestamp: Timestamp,
    /// Listings in the work list.
    pub symbols_processed: usize,
    /// How they ended.
    pub results: Results,
    /// Whether the run did what it was for.
    pub verdict: Verdict,
    /// Why, when it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Path of the report in the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Requests that the vendor would be asked: of a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<usize>,
}

/// What callers see while the run lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Chunks that had their turn.
    pub done: u32,
    /// All chunks.
    pub total: u32,
    /// Chunks that were given up.
    pub failed: u32,
    /// When the last chunk is expected to be done; unknown before the first.
    pub eta: Option<Timestamp>,
    /// The run, once it has a name.
    pub run: Option<RunId>,
}

/// The workflows of the application.
pub fn workflows() -> Workflows {
    Workflows::new().with(ORCHESTRATOR, orchestrate)
}

/// Runs a request to its end.
///
/// # Errors
/// [`Failure`] when planning or publishing fails for good. Chunks that fail are told in the summary.
pub async fn orchestrate(
    context: Context,
    request: Option<RunRequest>,
) -> Result<RunSummary, Failure> {
    let request = request.unwrap_or_default();
    let started = context.now();
    let order = PlanOrder {
        instance: context.instance_id().to_owned(),
        now: started,
        request,
    };
    let cancelled = context.cancelled().map(|_| ()).boxed().shared();
    let planned: Planned = patiently(&context, &cancelled, PLAN, &order).await?;
    if order.request.rehearsal == Rehearsal::Dry {
        return Ok(rehearsed(&order, planned));
    }
    let flow = Flow {
        context,
        run: planned.run.clone(),
        cancelled,
    };
    let (ended, given_up) = flow.work_off(&planned, started).await?;
    flow.publish(ended, given_up).await
}

fn rehearsed(order: &PlanOrder, planned: Planned) -> RunSummary {
    RunSummary {
        run: planned.run,
        operation: order.request.operation,
        ended: Ended::Rehearsed,
        timestamp: order.now,
        symbols_processed: planned.listings,
        results: Results::default(),
        verdict: Verdict::Green,
        reasons: Vec::new(),
        report: None,
        requests: planned.requests,
    }
}

/// Resolves when somebody cancels the run.
type Cancelled = Shared<BoxFuture<'static, ()>>;

/// Asks an activity again with patience; once the run is cancelled, a few more times in a hurry.
async fn patiently<I: Serialize, O: DeserializeOwned + Send + 'static>(
    context: &Context,
    cancelled: &Cancelled,
    name: &str,
    order: &I,
) -> Result<O, Failure> {
    let (mut attempts, mut hurried) = (0, 0);
    loop {
        let answer = context.activity(name, order, RetryPolicy::NEVER);
        let failure = match answer.await {
            Ok(output) => return Ok(output),
            Err(failure) => failure,
        };
        if cancelled.clone().now_or_never().is_some() {
            hurried += 1;
            let wait = HURRY.next(hurried, &failure).ok_or(failure)?;
            context.timer(wait).await;
        } else {
            attempts += 1;
            let wait = PATIENCE.next(attempts, &failure).ok_or(failure)?;
            race(context.timer(wait), cancelled.clone()).await;
        }
    }
}

#[derive(Debug, Clone)]
struct Flow {
    context: Context,
    run: RunId,
    cancelled: Cancelled,
}

/// How a chunk's part ended.
enum ChunkEnd {
    Done,
    /// Its turn did not come before the run was cancelled.
    NotStarted,
    GivenUp(String),
}

impl Flow {
    fn is_cancelled(&self) -> bool {
        self.cancelled.clone().now_or_never().is_some()
    }

    async fn work_off(
        &self,
        planned: &Planned,
        started: Timestamp,
    ) -> Result<(Ended, Vec<(u32, String)>), Failure> {
        let mut ended = Ended::Finished;
        let mut progress = Progress {
            done: 0,
            total: planned.chunks,
            failed: 0,
            eta: None,
            run: Some(self.run.clone()),
        };
        self.context.set_status(&progress)?;
        let start = |chunk| self.clone().chunk(chunk);
        let mut ends = std::pin::pin!(bounded(planned.at_once, 0..planned.chunks, start));
        let mut given_up = Vec::new();
        while let Some((chunk, end)) = ends.next().await {
            let chunk = u32::try_from(chunk).unwrap_or(u32::MAX);
            match end {
                ChunkEnd::Done => progress.done += 1,
                ChunkEnd::NotStarted => {
                    ended = Ended::Cancelled;
                    continue;
                }
                ChunkEnd::GivenUp(reason) => {
                    progress.done += 1;
                    progress.failed += 1;
                    given_up.push((chunk, reason));
                }
            }
            progress.eta = eta(started, self.context.now(), progress.done, progress.total);
            self.context.set_status(&progress)?;
        }
        given_up.sort();
        Ok((ended, given_up))
    }

    /// Asks for a chunk until nothing of it is left, patience ends or somebody cancels.
    async fn chunk(self, chunk: u32) -> ChunkEnd {
        let (mut attempts, mut settled) = (0, 0);
        for round in 1.. {
            if self.is_cancelled() {
                break;
            }
            let order = ChunkOrder {
                run: self.run.clone(),
                chunk,
                round,
            };
            let answer = self.context.activity(CHUNK, &order, RetryPolicy::NEVER);
            let failure = match answer.await {
                Ok(ChunkAnswer {
                    not_reached: 0,
                    failed: 0,
                    ..
                }) => return ChunkEnd::Done,
                // The deadline of one call was shorter than the chunk.
                Ok(answer) if answer.not_reached > 0 && answer.settled > settled => {
                    settled = answer.settled;
                    continue;
                }
                Ok(answer) => short(&answer),
                Err(failure) => failure,
            };
            attempts += 1;
            let Some(wait) = PATIENCE.next(attempts, &failure) else {
                return ChunkEnd::GivenUp(failure.root().to_string());
            };
            race(self.context.timer(wait), self.cancelled.clone()).await;
        }
        ChunkEnd::NotStarted
    }

    async fn publish(
        &self,
        ended: Ended,
        given_up: Vec<(u32, String)>,
    ) -> Result<RunSummary, Failure> {
        let order = PublishOrder {
            run: self.run.clone(),
            ended,
            given_up,
        };
        let mut left_before = usize::MAX;
        loop {
            let answer = patiently(&self.context, &self.cancelled, PUBLISH, &order);
            let answer: PublishAnswer = answer.await?;
            // Who is told to stop, or cannot make a table, makes no progress.
            if answer.tables_left == 0 || answer.tables_left >= left_before {
                return Ok(answer.summary);
            }
            left_before = answer.tables_left;
        }
    }
}

fn short(answer: &ChunkAnswer) -> Failure {
    let message = format!(
        "{} of {} listings failed, {} were not reached",
        answer.failed, answer.listings, answer.not_reached
    );
    Failure::transient("ChunkShort", message)
}

/// The rest will take as long per chunk as the ones so far.
fn eta(started: Timestamp, now: Timestamp, done: u32, total: u32) -> Option<Timestamp> {
    let seconds = now.as_second().saturating_sub(started.as_second());
    let rest = i64::from(total.saturating_sub(done));
    let rest = seconds.checked_mul(rest)?.checked_div(i64::from(done))?;
    Timestamp::from_second(now.as_second().checked_add(rest)?).ok()
}
