//! Histories written by hand.

use jiff::Timestamp;
use quantx_durable::{Context, Failure, Workflows};
use serde_json::Value;

use super::comparable::comparable;
use super::exchange::answer;
use quantx_durable::wire::*;
use quantx_durable::{Limits, Replayer};

/// A request in the making: turns of one instance called `run`, all but the last in the past.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    turns: Vec<Vec<HistoryEvent>>,
}

impl History {
    /// The first turn, with its start.
    pub(super) fn begin(input: &str) -> Self {
        Self::default()
            .turn()
            .event(EventType::ExecutionStarted(ExecutionStarted {
                name: "workflow".to_owned(),
                version: None,
                input: Some(input.to_owned()),
                orchestration_instance: Some(OrchestrationInstance {
                    instance_id: "run".to_owned(),
                    execution_id: Some("execution".to_owned()),
                }),
            }))
    }

    /// The next turn, ten seconds later.
    pub(super) fn turn(mut self) -> Self {
        self.turns.push(Vec::new());
        self.event(EventType::OrchestratorStarted(Nothing {}))
    }

    pub(super) fn event(self, event: EventType) -> Self {
        self.entry(-1, event)
    }

    pub(super) fn entry(mut self, event_id: i32, event: EventType) -> Self {
        let seconds = 1_700_000_000 + 10 * self.turns.len() as i64;
        self.turns.last_mut().unwrap().push(HistoryEvent {
            event_id,
            timestamp: Some(Timestamp::new(seconds, 0).unwrap().into()),
            event_type: Some(event),
        });
        self
    }

    pub(super) fn scheduled(self, id: i32, name: &str) -> Self {
        self.entry(
            id,
            EventType::TaskScheduled(TaskScheduled {
                name: name.to_owned(),
                ..TaskScheduled::default()
            }),
        )
    }

    pub(super) fn done(self, id: i32, result: &str) -> Self {
        self.event(EventType::TaskCompleted(Completed {
            task_scheduled_id: id,
            result: Some(result.to_owned()),
        }))
    }

    pub(super) fn failed(self, id: i32, failure_details: Option<FailureDetails>) -> Self {
        self.event(EventType::TaskFailed(Failed {
            task_scheduled_id: id,
            failure_details,
        }))
    }

    pub(super) fn timer(self, id: i32) -> Self {
        self.entry(id, EventType::TimerCreated(TimerCreated { fire_at: None }))
    }

    pub(super) fn fired(self, timer_id: i32) -> Self {
        let fire_at = None;
        self.event(EventType::TimerFired(TimerFired { fire_at, timer_id }))
    }

    pub(super) fn raised(self, name: &str, input: &str) -> Self {
        self.event(EventType::EventRaised(EventRaised {
            name: name.to_owned(),
            input: Some(input.to_owned()),
        }))
    }

    pub(super) fn suspended(self) -> Self {
        self.event(EventType::ExecutionSuspended(InputOnly::default()))
    }

    pub(super) fn resumed(self) -> Self {
        self.event(EventType::ExecutionResumed(InputOnly::default()))
    }

    pub(super) fn terminated(self, reason: &str) -> Self {
        self.event(EventType::ExecutionTerminated(InputOnly {
            input: Some(reason.to_owned()),
        }))
    }

    pub(super) fn request(&self) -> OrchestratorRequest {
        let (new, past) = self.turns.split_last().unwrap();
        OrchestratorRequest {
            instance_id: "run".to_owned(),
            execution_id: None,
            past_events: past.concat(),
            new_events: new.clone(),
        }
    }

    /// The answer of a workflow, with the usual limits.
    pub(super) fn answer_of<F, W>(&self, workflow: W) -> OrchestratorResponse
    where
        F: Future<Output = Result<Value, Failure>> + Send + 'static,
        W: Fn(Context, Value) -> F + Send + Sync + 'static,
    {
        self.answer_within(Limits::default(), workflow)
    }

    pub(super) fn answer_within<F, W>(&self, limits: Limits, workflow: W) -> OrchestratorResponse
    where
        F: Future<Output = Result<Value, Failure>> + Send + 'static,
        W: Fn(Context, Value) -> F + Send + Sync + 'static,
    {
        let workflows = Workflows::new().with("workflow", workflow);
        answer(&Replayer::with_limits(workflows, limits), &self.request())
    }
}

/// An answer in a few words: requests as `0 activity a`, the end as `1 Failed kind: message`.
pub(super) fn brief(response: &OrchestratorResponse) -> Vec<String> {
    let start = 1_700_000_000;
    let brief = |action: &OrchestratorAction| {
        let id = action.id;
        match action.action_type.as_ref().unwrap() {
            ActionType::ScheduleTask(task) => format!("{id} activity {}", task.name),
            ActionType::CreateSubOrchestration(child) => {
                format!("{id} child {}", child.instance_id)
            }
            ActionType::CreateTimer(timer) => {
                format!("{id} timer {}", timer.fire_at.unwrap().seconds - start)
            }
            ActionType::SendEvent(event) => format!("{id} event {}", event.name),
            ActionType::CompleteOrchestration(end) => {
                let text = match &end.failure_details {
                    Some(it) => format!("{}: {}", it.error_type, it.error_message),
                    None => end.result.clone().unwrap_or_default(),
                };
                format!("{id} {:?} {text}", end.orchestration_status())
            }
        }
    };
    response.actions.iter().map(brief).collect()
}

/// What [`comparable`] says of the end.
pub(super) fn end(response: &OrchestratorResponse) -> Value {
    let comparable = comparable(response);
    comparable["actions"].as_array().unwrap().last().unwrap()[1].clone()
}
