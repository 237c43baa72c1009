//! A request of the host, parsed: what happened so far, in order.

use jiff::Timestamp;
use quantx::workflow::{Failure, RaisedEvent};

use super::RequestError;
use super::failure::from_details;
use super::wire::{self, EventType, HistoryEvent, OrchestratorRequest};

/// Timers and actions of that number are the host's own: it splits long answers with them.
const HOST_ID: i32 = -100;

/// One turn of one instance.
#[derive(Debug, Clone)]
pub(super) struct TurnRequest {
    pub(super) instance_id: String,
    /// Of this generation; absent in a request without a start.
    pub(super) execution_id: Option<String>,
    /// What earlier turns have seen.
    pub(super) past: Vec<Event>,
    /// What this turn is about.
    pub(super) new: Vec<Event>,
    /// Whether the host itself changed the history: it rewound the instance or split an answer.
    /// Then requests of the workflow may be missing from it.
    pub(super) rewritten: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Event {
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

/// What was asked for. Histories do not keep inputs, so only these parts can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    Activity(String),
    Timer,
    Child(String),
    Event(String),
}

impl TurnRequest {
    /// # Errors
    /// [`RequestError::BadTime`] if the time of a turn is missing or out of range.
    pub(super) fn parse(request: OrchestratorRequest) -> Result<Self, RequestError> {
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
    pub(super) fn has_start(&self) -> bool {
        let is_start = |event: &Event| matches!(event, Event::WorkflowStarted { .. });
        self.past.iter().chain(&self.new).any(is_start)
    }

    /// The reason somebody gave to terminate the instance, if somebody did.
    pub(super) fn termination(&self) -> Option<Option<String>> {
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

impl From<Timestamp> for wire::Timestamp {
    fn from(at: Timestamp) -> Self {
        // The protocol wants nanoseconds that count forward, also before 1970.
        let nanos = at.subsec_nanosecond();
        let borrowed = i64::from(nanos < 0);
        Self {
            seconds: at.as_second() - borrowed,
            nanos: if nanos < 0 {
                nanos + 1_000_000_000
            } else {
                nanos
            },
        }
    }
}
