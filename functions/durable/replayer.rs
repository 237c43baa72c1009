//! The face of the room: base64 text in, base64 text out, whatever happens in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::{DecodeError, Message};
use quantx::workflow::{Failure, Workflows, kind};

use super::TimerBounds;
use super::action::Decision;
use super::history::TurnRequest;
use super::replay::{turn, undecided};
use super::wire::{OrchestratorRequest, OrchestratorResponse};

/// What one turn may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a turn may take. A usual turn takes milliseconds.
    pub turn: Duration,
    /// How many requests one generation of a workflow may make; the host itself ends at 100,000.
    pub requests: i32,
    /// Which timers are asked for.
    pub timers: TimerBounds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turn: Duration::from_secs(10),
            requests: 50_000,
            timers: TimerBounds::default(),
        }
    }
}

/// Why a request cannot be answered at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The text is not base64.
    #[error("the orchestrator request is no base64")]
    Text(#[from] base64::DecodeError),
    /// The bytes are not the protocol's message.
    #[error("the orchestrator request is no OrchestratorRequest")]
    Message(#[from] DecodeError),
    /// A time is missing or outside of the years -9999 to 9999.
    #[error("an event of the orchestrator request has no usable time: {seconds:?} seconds")]
    BadTime {
        /// Seconds since 1970, if there was a time.
        seconds: Option<i64>,
    },
}

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
        let bytes = STANDARD.decode(request.trim())?;
        let request = OrchestratorRequest::decode(bytes.as_slice())?;
        let response = self.respond(TurnRequest::parse(request)?);
        Ok(STANDARD.encode(response.encode_to_vec()))
    }

    fn respond(&self, request: TurnRequest) -> OrchestratorResponse {
        let instance_id = request.instance_id.clone();
        if !request.has_start() {
            let reason = "the history does not tell how the workflow began";
            return undecided(instance_id, Decision::Aborted(reason.to_owned()));
        }
        let termination = request.termination();
        self.watched(request).unwrap_or_else(|decision| {
            // A workflow that hangs must not keep its own end away.
            let decision = termination.map_or(decision, Decision::Terminated);
            undecided(instance_id, decision)
        })
    }

    /// Runs the turn on a thread of its own. If it is not over in time the thread is told to
    /// stop, and does at the next thing the workflow asks for.
    fn watched(&self, request: TurnRequest) -> Result<OrchestratorResponse, Decision> {
        let overdue = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::sync_channel(1);
        let (workflows, limits) = (self.workflows.clone(), self.limits);
        let brake = Arc::clone(&overdue);
        let work = move || {
            // Nobody listens if the turn was too long.
            let _ = sender.send(turn(&workflows, request, limits, brake));
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
