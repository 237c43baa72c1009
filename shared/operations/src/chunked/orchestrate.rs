//! The order of a run in chunks: plan, chunks, publish. A workflow: see [`durable`](quantx_durable)
//! for what it may not do.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use futures::stream::StreamExt;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::memory::MAX_CHUNKS;
use super::progress::{Board, Phase, Turn};
use super::request::{Rehearsal, RunRequest};
use super::summary::{Ended, RunSummary};
use super::{CHUNK, ChunkAnswer, ChunkRequest, PLAN, PUBLISH, PlanRequest, Planned};
use quantx_durable::{Activity, Context, Either, Failure, RetryPolicy, Workflows, bounded, race};
use quantx_lake::RunId;

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

/// Chunks under way at once at most, as `fetcher.max_parallel_chunks`.
const MAX_AT_ONCE: usize = 64;

/// What the last activity is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishRequest {
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

/// The workflows of the application.
pub fn workflows() -> Workflows {
    Workflows::new().with(ORCHESTRATOR, orchestrate)
}

/// Runs a request to its end.
///
/// # Errors
/// [`Failure`] when planning or publishing fails for good. Chunks that fail are counted in the summary.
pub async fn orchestrate(
    context: Context,
    request: Option<RunRequest>,
) -> Result<RunSummary, Failure> {
    let request = request.unwrap_or_default();
    let started = context.now();
    let order = PlanRequest {
        instance: context.instance_id().to_owned(),
        now: started,
        request,
    };
    let cancelled = context.cancelled().map(|_| ()).boxed().shared();
    let flow = Flow {
        context,
        board: Arc::new(Mutex::new(Board::new(started))),
        cancelled,
    };
    let outcome = flow.run(&order).await;
    flow.board().ended(&outcome);
    flow.show()?;
    outcome
}

/// The answer of an activity may be anybody's; what it claims is what the workflow would allocate.
fn check(planned: &Planned) -> Result<(), Failure> {
    let (chunks, at_once) = (planned.chunks, planned.at_once.get());
    if usize::try_from(chunks).is_ok_and(|n| n <= MAX_CHUNKS) && at_once <= MAX_AT_ONCE {
        return Ok(());
    }
    let message = format!(
        "the plan claims {chunks} chunks, {at_once} at once; at most {MAX_CHUNKS}, {MAX_AT_ONCE} at once, are worked on"
    );
    Err(Failure::permanent("Plan", message))
}

/// Resolves when somebody cancels the run.
type Cancelled = Shared<BoxFuture<'static, ()>>;

#[derive(Debug, Clone)]
struct Flow {
    context: Context,
    board: Arc<Mutex<Board>>,
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

    async fn run(&self, order: &PlanRequest) -> Result<RunSummary, Failure> {
        let planned = self.step(Phase::Planning, PLAN, order).await?;
        check(&planned)?;
        self.board().planned(planned.run.clone(), planned.chunks);
        if order.request.rehearsal == Rehearsal::Dry {
            return Ok(RunSummary::rehearsed(
                planned.run,
                order.request.operation,
                order.now,
                planned.listings,
                planned.requests,
            ));
        }
        let (ended, given_up) = self.work_off(&planned).await?;
        self.publish(planned.run, ended, given_up).await
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        // Nothing panics while it is held.
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows callers how far the run is.
    fn show(&self) -> Result<(), Failure> {
        let progress = self.board().progress(self.context.now());
        self.context.set_status(&progress)
    }

    /// Asks an activity again with patience; once the run is cancelled, a few more times in a hurry.
    async fn step<I: Serialize, O: DeserializeOwned + Send + 'static>(
        &self,
        phase: Phase,
        activity: Activity<I, O>,
        order: &I,
    ) -> Result<O, Failure> {
        self.board().enter(phase);
        let (mut attempts, mut hurried) = (0, 0);
        loop {
            self.begin(None)?;
            let answer = self
                .context
                .activity(activity, order, RetryPolicy::NEVER)
                .await;
            self.board().ends();
            let failure = match answer {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = if self.is_cancelled() {
                hurried += 1;
                HURRY.next(hurried, &failure)
            } else {
                attempts += 1;
                PATIENCE.next(attempts, &failure)
            };
            let wait = wait.ok_or_else(|| root_cause(&failure))?;
            self.pause(None, wait, &failure)?;
            if hurried > 0 {
                self.context.timer(wait).await;
            } else {
                race(self.context.timer(wait), self.cancelled.clone()).await;
            }
        }
    }

    /// Shows callers that `who` is at work.
    fn begin(&self, who: Option<u32>) -> Result<(), Failure> {
        self.board().begins(who);
        self.show()
    }

    /// Shows callers that `who` waits, and why.
    fn pause(&self, who: Option<u32>, wait: Duration, failure: &Failure) -> Result<(), Failure> {
        let until = self.context.now().checked_add(wait);
        let until = until.unwrap_or(Timestamp::MAX);
        self.board()
            .pauses(who, until, root_cause(failure).to_string());
        self.show()
    }

    async fn work_off(&self, planned: &Planned) -> Result<(Ended, Vec<(u32, String)>), Failure> {
        let mut ended = Ended::Finished;
        self.board().enter(Phase::Chunks);
        let run = &planned.run;
        let start = |chunk| self.clone().chunk(run.clone(), chunk);
        let mut ends = std::pin::pin!(bounded(planned.at_once, 0..planned.chunks, start));
        let mut given_up = Vec::new();
        let mut look = self.next_look();
        self.show()?;
        loop {
            let (chunk, end) = match race(ends.next(), &mut look).await {
                Either::Left(Some(end)) => end,
                Either::Left(None) => break,
                // Nothing came in all that time: what is expected is expected later.
                Either::Right(()) => {
                    look = self.next_look();
                    self.show()?;
                    continue;
                }
            };
            let chunk = u32::try_from(chunk).unwrap_or(u32::MAX);
            match end {
                ChunkEnd::Done => self.board().had_its_turn(chunk, Turn::Done),
                ChunkEnd::NotStarted => ended = Ended::Cancelled,
                ChunkEnd::GivenUp(reason) => {
                    self.board().had_its_turn(chunk, Turn::GivenUp);
                    given_up.push((chunk, reason));
                }
            }
            self.show()?;
        }
        given_up.sort();
        Ok((ended, given_up))
    }

    /// The timer of the next look.
    fn next_look(&self) -> BoxFuture<'static, ()> {
        let wait = self.board().next_look(self.context.now());
        self.context.timer(wait)
    }

    /// Asks for a chunk until nothing of it is left, patience ends or somebody cancels.
    async fn chunk(self, run: RunId, chunk: u32) -> ChunkEnd {
        let (mut attempts, mut settled) = (0, 0);
        for round in 1.. {
            if self.is_cancelled() {
                break;
            }
            let order = ChunkRequest {
                run: run.clone(),
                chunk,
                round,
            };
            if let Err(failure) = self.begin(Some(chunk)) {
                return ChunkEnd::GivenUp(failure.to_string());
            }
            let answer = self.context.activity(CHUNK, &order, RetryPolicy::NEVER);
            let answer = answer.await;
            self.board().ends();
            let failure = match answer {
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
                return ChunkEnd::GivenUp(root_cause(&failure).to_string());
            };
            if let Err(failure) = self.pause(Some(chunk), wait, &failure) {
                return ChunkEnd::GivenUp(failure.to_string());
            }
            race(self.context.timer(wait), self.cancelled.clone()).await;
        }
        ChunkEnd::NotStarted
    }

    async fn publish(
        &self,
        run: RunId,
        ended: Ended,
        given_up: Vec<(u32, String)>,
    ) -> Result<RunSummary, Failure> {
        let order = PublishRequest {
            run,
            ended,
            given_up,
        };
        let mut left_before = usize::MAX;
        loop {
            let answer = self.step(Phase::Publishing, PUBLISH, &order).await?;
            // Who is asked to stop, or cannot make a table, makes no progress.
            if answer.tables_left == 0 || answer.tables_left >= left_before {
                return Ok(answer.summary);
            }
            left_before = answer.tables_left;
        }
    }
}

/// A failure's root, which is what callers see. What the host wraps around it says only that a call failed.
fn root_cause(failure: &Failure) -> Failure {
    Failure {
        stack_trace: None,
        cause: None,
        ..failure.root().clone().plain()
    }
}

fn short(answer: &ChunkAnswer) -> Failure {
    let message = format!(
        "{} of {} listings failed, {} were not reached",
        answer.failed, answer.listings, answer.not_reached
    );
    Failure::transient("ChunkShort", message)
}
