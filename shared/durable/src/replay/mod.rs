//! The replayer: a workflow is run from its history, one turn at a time.
//!
//! The host posts the whole history of an instance; the answer is what the workflow asks for next.
//! Nothing is kept between turns and nothing is read but the request, so a turn may be repeated, on any
//! machine, with the same answer. `turn` runs one turn, `requests` is the workflow's side of it, `limits`
//! what it may use; this file keeps a turn from harming the process.

mod limits;
mod requests;
mod turn;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;

pub use self::limits::{Limits, TimerBounds};
use self::turn::{turn, undecided};
use crate::protocol::wire::OrchestratorResponse;
use crate::protocol::{Decision, RequestError, TurnRequest};
use crate::{Failure, Workflows, kind};

/// Answers the turns of an application's workflows. Cheap to clone.
///
/// A turn is blocking work of a few milliseconds on a thread of its own.
#[derive(Debug, Clone)]
pub struct Replayer {
    workflows: Workflows,
    limits: Limits,
}

impl Replayer {
    /// A replayer with the usual limits.
    pub fn new(workflows: Workflows) -> Self {
        Self::with_limits(workflows, Limits::default())
    }

    /// A replayer with limits of its own.
    pub fn with_limits(workflows: Workflows, limits: Limits) -> Self {
        Self { workflows, limits }
    }

    /// Answers one turn: a base64 `OrchestratorRequest` with a base64 `OrchestratorResponse`.
    ///
    /// The same request always has the same answer, with one exception: a turn that takes longer
    /// than allowed is answered so that the host delivers it again a few seconds later.
    ///
    /// # Errors
    /// [`RequestError`] if the request cannot be read. There is no instance to fail then; the
    /// caller reports the invocation as failed.
    pub fn answer(&self, request: &str) -> Result<String, RequestError> {
        let response = self.respond(TurnRequest::decode(request)?);
        Ok(STANDARD.encode(response.encode_to_vec()))
    }

    fn respond(&self, request: TurnRequest) -> OrchestratorResponse {
        let instance_id = request.instance_id.clone();
        if !request.has_start() {
            let reason = "the history does not say how the workflow began";
            return undecided(instance_id, Decision::Aborted(reason.to_owned()));
        }
        let termination = request.termination();
        self.watched(request).unwrap_or_else(|decision| {
            // A workflow that hangs must not keep its own end away.
            let decision = termination.map_or(decision, Decision::Terminated);
            undecided(instance_id, decision)
        })
    }

    /// Runs the turn on a thread of its own. If it is not over in time the thread is made to
    /// stop at the workflow's next request.
    fn watched(&self, request: TurnRequest) -> Result<OrchestratorResponse, Decision> {
        let overdue = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::sync_channel(1);
        let (workflows, limits) = (self.workflows.clone(), self.limits);
        let stop = Arc::clone(&overdue);
        let work = move || {
            // Nobody listens if the turn was too long.
            let _ = sender.send(turn(&workflows, request, limits, stop));
        };
        thread::Builder::new()
            .name("orchestrator turn".to_owned())
            .spawn(work)
            .map_err(|error| Decision::Aborted(format!("no thread for the turn: {error}")))?;
        let response = receiver.recv_timeout(self.limits.turn);
        overdue.store(true, Ordering::Relaxed);
        response.map_err(|error| match error {
            RecvTimeoutError::Timeout => Decision::too_slow(),
            // The workflow's code is guarded, its end is not.
            RecvTimeoutError::Disconnected => Decision::Broken(Failure::permanent(
                kind::PANIC,
                "while the workflow was dropped",
            )),
        })
    }
}
