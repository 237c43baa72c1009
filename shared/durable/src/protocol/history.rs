//! A request of the host, parsed: what happened so far, in order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use prost::{DecodeError, Message};

use super::failure_details::from_details;
use super::wire::{self, EventType, HistoryEvent, OrchestratorRequest};
use crate::{Failure, RaisedEvent};

/// Timers and actions of that number are the host's own: it splits long answers with them.
const HOST_ID: i32 = -100;

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

/// One turn of one instance.
#[derive(Debug, Clone)]
pub(crate) struct TurnRequest {
    pub(crate) instance_id: String,
    /// Of this generation; absent in a request without a start.
    pub(crate) execution_id: Option<String>,
    /// What earlier turns have seen.
    pub(crate) past: Vec<Event>,
    /// What this turn is about.
    pub(crate) new: Vec<Event>,
    /// Whether the host itself changed the history: it rewound the instance or split an answer.
    /// Then requests of the workflow may be missing from it.
    pub(crate) rewritten: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A turn began; its moment is the workflow's time until the next.
    TurnStarted(Timestamp),
    WorkflowStarted {
        name: String,
        input: Option<String>,
    },
    /// The host has taken a request over.
    Scheduled {
        id: i32,
        work: Work,
    },
    /// An activity, a child or a timer ended.
    Answered {
        id: i32,
        outcome: Result<Option<String>, Failure>,
    },
    Raised(RaisedEvent),
    Suspended,
    Resumed,
    Terminated(Option<String>),
}

/// What was requested. Histories do not keep inputs, so only these parts can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    Activity(String),
    Timer,
    Child(String),
    Event(String),
}

impl TurnRequest {
    /// Reads the text of the trigger's binding.
    ///
    /// # Errors
    /// [`RequestError`] if it cannot be read.
    pub(crate) fn decode(text: &str) -> Result<Self, RequestError> {
        let bytes = STANDARD.decode(text.trim())?;
        Self::parse(OrchestratorRequest::decode(bytes.as_slice())?)
    }

    /// # Errors
    /// [`RequestError::BadTime`] if the time of a turn is missing or out of range.
    fn parse(request: OrchestratorRequest) -> Result<Self, RequestError> {
        let mut execution_id = request.execution_id;
        let mut rewritten = false;
        for event in request.past_events.iter().chain(&request.new_events) {
            match &event.event_type {
                Some(EventType::ExecutionStarted(started)) if execution_id.is_none() => {
                    let instance = started.orchestration_instance.as_ref();
                    execution_id = instance.and_then(|it| it.execution_id.clone());
                }
                Some(EventType::GenericEvent(_) | EventType::ExecutionRewound(_)) => {
                    rewritten = true;
                }
                Some(EventType::TimerCreated(_)) if event.event_id == HOST_ID => rewritten = true,
                _ => {}
            }
        }
        Ok(Self {
            instance_id: request.instance_id,
            execution_id,
            past: parse_all(request.past_events)?,
            new: parse_all(request.new_events)?,
            rewritten,
        })
    }

    /// Whether the request tells how the workflow began, without which nothing can be replayed.
    pub(crate) fn has_start(&self) -> bool {
        let is_start = |event: &Event| matches!(event, Event::WorkflowStarted { .. });
        self.past.iter().chain(&self.new).any(is_start)
    }

    /// The reason somebody gave to terminate the instance, if somebody did.
    pub(crate) fn termination(&self) -> Option<Option<String>> {
        self.past
            .iter()
            .chain(&self.new)
            .find_map(|event| match event {
                Event::Terminated(reason) => Some(reason.clone()),
                _ => None,
            })
    }
}

fn parse_all(events: Vec<HistoryEvent>) -> Result<Vec<Event>, RequestError> {
    events
        .into_iter()
        .filter_map(|it| parse(it).transpose())
        .collect()
}

/// `None` for events that say nothing to a workflow.
fn parse(event: HistoryEvent) -> Result<Option<Event>, RequestError> {
    let id = event.event_id;
    let scheduled = |work| (id != HOST_ID).then_some(Event::Scheduled { id, work });
    let Some(event_type) = event.event_type else {
        return Ok(None);
    };
    Ok(match event_type {
        EventType::OrchestratorStarted(_) => Some(Event::TurnStarted(instant(event.timestamp)?)),
        EventType::ExecutionStarted(started) => Some(Event::WorkflowStarted {
            name: started.name,
            input: started.input,
        }),
        EventType::TaskScheduled(task) => scheduled(Work::Activity(task.name)),
        EventType::TimerCreated(_) => scheduled(Work::Timer),
        EventType::SubOrchestrationInstanceCreated(child) => scheduled(Work::Child(child.name)),
        EventType::EventSent(sent) => scheduled(Work::Event(sent.name)),
        EventType::TaskCompleted(it) | EventType::SubOrchestrationInstanceCompleted(it) => {
            Some(Event::Answered {
                id: it.task_scheduled_id,
                outcome: Ok(it.result),
            })
        }
        EventType::TaskFailed(it) | EventType::SubOrchestrationInstanceFailed(it) => {
            Some(Event::Answered {
                id: it.task_scheduled_id,
                outcome: Err(from_details(it.failure_details)),
            })
        }
        EventType::TimerFired(timer) => Some(Event::Answered {
            id: timer.timer_id,
            outcome: Ok(None),
        }),
        EventType::EventRaised(raised) => Some(Event::Raised(RaisedEvent {
            name: raised.name,
            input: raised.input,
        })),
        EventType::ExecutionSuspended(_) => Some(Event::Suspended),
        EventType::ExecutionResumed(_) => Some(Event::Resumed),
        EventType::ExecutionTerminated(terminated) => Some(Event::Terminated(terminated.input)),
        EventType::OrchestratorCompleted(_)
        | EventType::GenericEvent(_)
        | EventType::ExecutionRewound(_) => None,
    })
}

fn instant(timestamp: Option<wire::Timestamp>) -> Result<Timestamp, RequestError> {
    let parts = timestamp.unwrap_or(wire::Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    });
    Timestamp::new(parts.seconds, parts.nanos).map_err(|_| RequestError::BadTime {
        seconds: timestamp.map(|parts| parts.seconds),
    })
}
