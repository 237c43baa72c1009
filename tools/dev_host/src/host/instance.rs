//! One instance of an orchestrator: its history, what it waits for, what it was answered. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use prost::Message;
use quantx::durable::wire::{
    self, ActionType, CompleteOrchestration, EventType, ExecutionStarted, HistoryEvent, Nothing,
    OrchestrationInstance, OrchestrationStatus, OrchestratorRequest, OrchestratorResponse,
    TaskScheduled,
};
use serde_json::{Value, json};

/// What the host adds to every request: `entityParameters` and `properties`, as recorded.
const TAIL: &[u8] = b"\x2a\x05\x0a\x03\x08\x88\x0e\x3a\x39\x0a\x2cHttpDefaultAsyncRequestSleepTimeMilliseconds\x12\x09\x11\x00\x00\x00\x00\x00\x4c\xdd\x40";

/// How an instance is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeStatus {
    /// No turn yet.
    Pending,
    /// Under way.
    Running,
    /// Under way, but nothing happens until somebody resumes it.
    Suspended,
    /// Ended with an output.
    Completed,
    /// Ended without one.
    Failed,
    /// Somebody ended it.
    Terminated,
}

impl RuntimeStatus {
    /// Whether nothing follows.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Terminated)
    }

    /// The word of the management API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Terminated => "Terminated",
        }
    }
}

/// Scheduled work that has not ended. The history does not keep inputs; the host's queues do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Work {
    Activity(TaskScheduled),
    Timer { fire_at: Timestamp },
}

/// A turn: which events were past, which were new, and the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Events of the history before it.
    pub n_past: usize,
    /// Events that came with it.
    pub n_new: usize,
    /// What the handler answered.
    pub answer: OrchestratorResponse,
}

/// An instance, whole. A saved one goes on in another host.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its name.
    pub id: String,
    /// The orchestrator.
    pub function: String,
    /// How it is doing.
    pub status: RuntimeStatus,
    /// What happened so far.
    pub history: Vec<HistoryEvent>,
    /// The turns it took.
    pub turns: Vec<Turn>,
    pub(super) input: Value,
    pub(super) custom_status: Value,
    pub(super) output: Value,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// Messages that no turn has seen.
    pub(super) inbox: Vec<HistoryEvent>,
    pub(super) under_way: BTreeMap<i32, Work>,
}

impl Instance {
    pub(super) fn new(id: &str, function: &str, input: Option<String>, now: Timestamp) -> Self {
        let started = EventType::ExecutionStarted(ExecutionStarted {
            name: function.to_owned(),
            version: None,
            input: input.clone(),
            orchestration_instance: Some(OrchestrationInstance {
                instance_id: id.to_owned(),
                execution_id: Some(super::keys::guid()),
            }),
        });
        Self {
            id: id.to_owned(),
            function: function.to_owned(),
            status: RuntimeStatus::Pending,
            history: Vec::new(),
            turns: Vec::new(),
            input: read(input),
            custom_status: Value::Null,
            output: Value::Null,
            created: now,
            updated: now,
            inbox: vec![entry(-1, started, now)],
            under_way: BTreeMap::new(),
        }
    }

    /// Every turn as it was asked, with its answer.
    pub fn replays(&self) -> impl Iterator<Item = (OrchestratorRequest, &OrchestratorResponse)> {
        self.turns.iter().map(|turn| {
            let (past, rest) = self.history.split_at(turn.n_past);
            let request = OrchestratorRequest {
                instance_id: self.id.clone(),
                execution_id: None,
                past_events: past.to_vec(),
                new_events: rest[..turn.n_new].to_vec(),
            };
            (request, &turn.answer)
        })
    }

    /// What it ended with: an output, or why it failed.
    pub fn output(&self) -> &Value {
        &self.output
    }

    /// What callers see while it lasts, as the last turn set it.
    pub fn custom_status(&self) -> &Value {
        &self.custom_status
    }

    /// The custom statuses of all turns, in order.
    pub fn statuses(&self) -> impl Iterator<Item = Value> {
        let told = self
            .turns
            .iter()
            .map(|turn| turn.answer.custom_status.clone());
        told.map(read)
    }

    /// Puts a message into the inbox; an instance that has ended takes none.
    pub(super) fn deliver(&mut self, event: EventType, now: Timestamp) {
        if self.status.is_final() {
            return;
        }
        match &event {
            EventType::TaskCompleted(it) => drop(self.under_way.remove(&it.task_scheduled_id)),
            EventType::TaskFailed(it) => drop(self.under_way.remove(&it.task_scheduled_id)),
            EventType::TimerFired(it) => drop(self.under_way.remove(&it.timer_id)),
            EventType::ExecutionSuspended(it) => {
                self.status = RuntimeStatus::Suspended;
                self.output = it.input.clone().map_or(Value::Null, Value::String);
            }
            EventType::ExecutionResumed(_) => {
                self.status = RuntimeStatus::Running;
                self.output = Value::Null;
            }
            _ => {}
        }
        self.inbox.push(entry(-1, event, now));
    }

    /// The next turn, if there is anything to tell. The inbox keeps what the turn takes until the
    /// answer is there: who is killed in between is asked again.
    pub(super) fn request(&self, now: Timestamp) -> Option<OrchestratorRequest> {
        if self.inbox.is_empty() || self.status.is_final() {
            return None;
        }
        let mut new = vec![entry(-1, EventType::OrchestratorStarted(Nothing {}), now)];
        new.extend(self.inbox.iter().cloned());
        Some(OrchestratorRequest {
            instance_id: self.id.clone(),
            execution_id: None,
            past_events: self.history.clone(),
            new_events: new,
        })
    }

    /// Takes an answer over; gives back what is to be started.
    pub(super) fn answered(
        &mut self,
        request: OrchestratorRequest,
        answer: OrchestratorResponse,
        now: Timestamp,
    ) -> Vec<(i32, Work)> {
        let n_seen = request.new_events.len() - 1;
        self.inbox.drain(..n_seen.min(self.inbox.len()));
        self.turns.push(Turn {
            n_past: self.history.len(),
            n_new: request.new_events.len(),
            answer: answer.clone(),
        });
        let terminated = request
            .new_events
            .iter()
            .find_map(|event| match &event.event_type {
                Some(EventType::ExecutionTerminated(why)) => Some(why.input.clone()),
                _ => None,
            });
        self.history.extend(request.new_events);
        self.updated = now;
        self.custom_status = read(answer.custom_status);
        if self.status == RuntimeStatus::Pending {
            self.status = RuntimeStatus::Running;
        }
        let mut started = Vec::new();
        for action in answer.actions {
            let (event, work) = match action.action_type {
                Some(ActionType::ScheduleTask(task)) => {
                    let told = TaskScheduled {
                        input: None,
                        ..task.clone()
                    };
                    (EventType::TaskScheduled(told), Work::Activity(task))
                }
                Some(ActionType::CreateTimer(timer)) => {
                    let fire_at = timer.fire_at.and_then(instant).unwrap_or(now);
                    (EventType::TimerCreated(timer), Work::Timer { fire_at })
                }
                Some(ActionType::CompleteOrchestration(end)) => {
                    self.end(&end);
                    continue;
                }
                other => {
                    let what = refused(other.as_ref());
                    let message =
                        format!("the development host knows no {what}; the real one does");
                    self.fail(&message);
                    continue;
                }
            };
            self.history.push(entry(action.id, event, now));
            self.under_way.insert(action.id, work.clone());
            started.push((action.id, work));
        }
        // Whatever the worker says.
        if let Some(reason) = terminated {
            self.status = RuntimeStatus::Terminated;
            self.output = reason.map_or(Value::Null, Value::String);
        }
        self.history
            .push(entry(-1, EventType::OrchestratorCompleted(Nothing {}), now));
        if self.status.is_final() {
            self.under_way.clear();
            started.clear();
        }
        started
    }

    fn end(&mut self, end: &CompleteOrchestration) {
        match OrchestrationStatus::try_from(end.orchestration_status) {
            Ok(OrchestrationStatus::Completed) => {
                self.status = RuntimeStatus::Completed;
                self.output = read(end.result.clone());
            }
            Ok(OrchestrationStatus::Failed) => {
                self.status = RuntimeStatus::Failed;
                self.output = match &end.failure_details {
                    Some(it) => json!(format!("{}: {}", it.error_type, it.error_message)),
                    None => read(end.result.clone()),
                };
            }
            Ok(OrchestrationStatus::Terminated) => {
                self.status = RuntimeStatus::Terminated;
                self.output = read(end.result.clone());
            }
            _ => self.fail("the development host knows no continue-as-new; the real one does"),
        }
    }

    /// Ends it for a reason of the host's.
    pub(super) fn fail(&mut self, message: &str) {
        self.status = RuntimeStatus::Failed;
        self.output = json!({"message": message, "details": null});
        self.under_way.clear();
    }
}

/// A request as the host posts it.
pub(super) fn encode(request: &OrchestratorRequest) -> Vec<u8> {
    let mut bytes = request.encode_to_vec();
    bytes.extend_from_slice(TAIL);
    bytes
}

/// JSON where it is JSON, else the text.
fn read(text: Option<String>) -> Value {
    let text = text.unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => Value::String(text),
    }
}

fn refused(action: Option<&ActionType>) -> &'static str {
    match action {
        Some(ActionType::CreateSubOrchestration(_)) => "sub-orchestration",
        Some(ActionType::SendEvent(_)) => "event to another instance",
        _ => "such action",
    }
}

fn instant(at: wire::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}

fn entry(event_id: i32, event: EventType, now: Timestamp) -> HistoryEvent {
    HistoryEvent {
        event_id,
        timestamp: Some(now.into()),
        event_type: Some(event),
    }
}
