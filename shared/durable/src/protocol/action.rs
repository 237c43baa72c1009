//! What the answer to a turn asks of the host: actions and, perhaps, an end.

use jiff::Timestamp;

use super::failure_details::{abort_details, to_details};
use super::history::Work;
use super::wire::{
    self, ActionType, CompleteOrchestration, EventRaised, EventType, HistoryEvent,
    OrchestrationInstance, OrchestrationStatus, OrchestratorAction, SendEvent,
    SubOrchestrationInstanceCreated, TaskScheduled, TimerCreated,
};
use crate::{Failure, OutgoingEvent, RaisedEvent};

/// One request of a workflow, as the host carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Activity {
        name: String,
        input: Option<String>,
    },
    Timer {
        fire_at: Timestamp,
    },
    Child {
        name: String,
        /// Never empty: a child without a name never answers and slows the whole task hub.
        instance_id: String,
        input: Option<String>,
    },
    Event(OutgoingEvent),
}

impl Action {
    /// What a history keeps of it.
    pub(crate) fn work(&self) -> Work {
        match self {
            Self::Activity { name, .. } => Work::Activity(name.clone()),
            Self::Timer { .. } => Work::Timer,
            Self::Child { name, .. } => Work::Child(name.clone()),
            Self::Event(event) => Work::Event(event.name.clone()),
        }
    }

    pub(crate) fn encode(self, id: i32) -> OrchestratorAction {
        let action = match self {
            Self::Activity { name, input } => ActionType::ScheduleTask(TaskScheduled {
                name,
                version: None,
                input,
            }),
            Self::Timer { fire_at } => ActionType::CreateTimer(TimerCreated {
                fire_at: Some(fire_at.into()),
            }),
            Self::Child {
                name,
                instance_id,
                input,
            } => ActionType::CreateSubOrchestration(SubOrchestrationInstanceCreated {
                instance_id,
                name,
                version: None,
                input,
            }),
            Self::Event(event) => ActionType::SendEvent(SendEvent {
                instance: Some(OrchestrationInstance {
                    instance_id: event.to,
                    execution_id: None,
                }),
                name: event.name,
                data: event.input,
            }),
        };
        OrchestratorAction {
            id,
            action_type: Some(action),
        }
    }
}

/// How a generation of an instance ends, or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// With an output.
    Completed(Option<String>),
    /// By the workflow's own choice.
    Failed(Failure),
    /// The workflow cannot go on; nothing it asked for in this turn can be trusted.
    Broken(Failure),
    /// Somebody ended it.
    Terminated(Option<String>),
    /// The next generation starts with that input and those events.
    ContinuedAsNew {
        input: String,
        unread: Vec<RaisedEvent>,
        now: Timestamp,
    },
    /// Nothing was decided: the host shall deliver the turn again.
    Aborted(String),
}

impl Decision {
    /// A turn that had no time to decide.
    pub(crate) fn too_slow() -> Self {
        Self::Aborted("the turn took too long".to_owned())
    }

    /// Whether the turn's other requests still go to the host.
    pub(crate) fn keeps_requests(&self) -> bool {
        match self {
            Self::Completed(_) | Self::Failed(_) | Self::ContinuedAsNew { .. } => true,
            Self::Broken(_) | Self::Terminated(_) | Self::Aborted(_) => false,
        }
    }

    pub(crate) fn encode(self, id: i32) -> OrchestratorAction {
        let end = match self {
            Self::Completed(output) => end(OrchestrationStatus::Completed, output),
            Self::Failed(failure) | Self::Broken(failure) => CompleteOrchestration {
                failure_details: to_details(&failure),
                ..end(OrchestrationStatus::Failed, Some(failure.message))
            },
            Self::Terminated(reason) => end(OrchestrationStatus::Terminated, reason),
            Self::ContinuedAsNew { input, unread, now } => CompleteOrchestration {
                carryover_events: unread.into_iter().map(|it| carried(it, now)).collect(),
                ..end(OrchestrationStatus::ContinuedAsNew, Some(input))
            },
            Self::Aborted(reason) => CompleteOrchestration {
                failure_details: Some(abort_details(&reason)),
                ..end(OrchestrationStatus::Failed, None)
            },
        };
        OrchestratorAction {
            id,
            action_type: Some(ActionType::CompleteOrchestration(end)),
        }
    }
}

fn end(status: OrchestrationStatus, result: Option<String>) -> CompleteOrchestration {
    CompleteOrchestration {
        orchestration_status: status.into(),
        result,
        ..CompleteOrchestration::default()
    }
}

fn carried(event: RaisedEvent, now: Timestamp) -> HistoryEvent {
    HistoryEvent {
        event_id: -1,
        timestamp: Some(wire::Timestamp::from(now)),
        event_type: Some(EventType::EventRaised(EventRaised {
            name: event.name,
            input: event.input,
        })),
    }
}
