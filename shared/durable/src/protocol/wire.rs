//! The protobuf messages of the Durable protocol, as far as this crate reads or writes them.
//!
//! Field numbers are those of `orchestrator_service.proto` (microsoft/durabletask-protobuf
//! 67a2f1d, 2026-06-15). An `Option<String>` is a `google.protobuf.StringValue`: absent and empty
//! differ. Fields left out here are skipped on reading.

use prost::{Message, Oneof};

/// One turn, as the host posts it.
#[derive(Clone, PartialEq, Message)]
pub struct OrchestratorRequest {
    #[prost(string, tag = "1")]
    pub instance_id: String,
    /// Real hosts leave it out and write it where the execution started.
    #[prost(message, optional, tag = "2")]
    pub execution_id: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub past_events: Vec<HistoryEvent>,
    #[prost(message, repeated, tag = "4")]
    pub new_events: Vec<HistoryEvent>,
}

/// One turn, as it is answered. The host reads nothing else of the message.
#[derive(Clone, PartialEq, Message)]
pub struct OrchestratorResponse {
    #[prost(string, tag = "1")]
    pub instance_id: String,
    #[prost(message, repeated, tag = "2")]
    pub actions: Vec<OrchestratorAction>,
    #[prost(message, optional, tag = "3")]
    pub custom_status: Option<String>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(at: jiff::Timestamp) -> Self {
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

/// Something that happened, with its number and its time.
#[derive(Clone, PartialEq, Message)]
pub struct HistoryEvent {
    #[prost(int32, tag = "1")]
    pub event_id: i32,
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    #[prost(
        oneof = "EventType",
        tags = "3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22, 30"
    )]
    pub event_type: Option<EventType>,
}

/// What happened.
#[derive(Clone, PartialEq, Oneof)]
pub enum EventType {
    #[prost(message, tag = "3")]
    ExecutionStarted(ExecutionStarted),
    #[prost(message, tag = "5")]
    ExecutionTerminated(InputOnly),
    #[prost(message, tag = "6")]
    TaskScheduled(TaskScheduled),
    #[prost(message, tag = "7")]
    TaskCompleted(Completed),
    #[prost(message, tag = "8")]
    TaskFailed(Failed),
    #[prost(message, tag = "9")]
    SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreated),
    #[prost(message, tag = "10")]
    SubOrchestrationInstanceCompleted(Completed),
    #[prost(message, tag = "11")]
    SubOrchestrationInstanceFailed(Failed),
    #[prost(message, tag = "12")]
    TimerCreated(TimerCreated),
    #[prost(message, tag = "13")]
    TimerFired(TimerFired),
    #[prost(message, tag = "14")]
    OrchestratorStarted(Nothing),
    #[prost(message, tag = "15")]
    OrchestratorCompleted(Nothing),
    #[prost(message, tag = "16")]
    EventSent(EventSent),
    #[prost(message, tag = "17")]
    EventRaised(EventRaised),
    #[prost(message, tag = "18")]
    GenericEvent(InputOnly),
    #[prost(message, tag = "21")]
    ExecutionSuspended(InputOnly),
    #[prost(message, tag = "22")]
    ExecutionResumed(InputOnly),
    #[prost(message, tag = "30")]
    ExecutionRewound(Nothing),
}

/// An event without fields of interest.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Nothing {}

/// An event with one text: a reason or a result.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct InputOnly {
    #[prost(message, optional, tag = "1")]
    pub input: Option<String>,
}

/// Which instance, and which of its executions.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OrchestrationInstance {
    #[prost(string, tag = "1")]
    pub instance_id: String,
    #[prost(message, optional, tag = "2")]
    pub execution_id: Option<String>,
}

/// How the workflow began.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ExecutionStarted {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub version: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub input: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub orchestration_instance: Option<OrchestrationInstance>,
}

/// An activity that was scheduled.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TaskScheduled {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub version: Option<String>,
    /// Never there in a history; written when an activity is scheduled.
    #[prost(message, optional, tag = "3")]
    pub input: Option<String>,
}

/// The end of an activity or a child.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Completed {
    #[prost(int32, tag = "1")]
    pub task_scheduled_id: i32,
    #[prost(message, optional, tag = "2")]
    pub result: Option<String>,
}

/// The failure of an activity or a child.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Failed {
    #[prost(int32, tag = "1")]
    pub task_scheduled_id: i32,
    /// Absent where the host did not know the name.
    #[prost(message, optional, tag = "2")]
    pub failure_details: Option<FailureDetails>,
}

/// Why something failed, with what caused it.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct FailureDetails {
    #[prost(string, tag = "1")]
    pub error_type: String,
    #[prost(string, tag = "2")]
    pub error_message: String,
    #[prost(message, optional, tag = "3")]
    pub stack_trace: Option<String>,
    #[prost(message, optional, boxed, tag = "4")]
    pub inner_failure: Option<Box<FailureDetails>>,
    #[prost(bool, tag = "5")]
    pub is_non_retriable: bool,
}

/// A sub-orchestration that was started.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SubOrchestrationInstanceCreated {
    #[prost(string, tag = "1")]
    pub instance_id: String,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, optional, tag = "3")]
    pub version: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub input: Option<String>,
}

/// A timer that was created.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct TimerCreated {
    #[prost(message, optional, tag = "1")]
    pub fire_at: Option<Timestamp>,
}

/// A timer whose time has come.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct TimerFired {
    #[prost(message, optional, tag = "1")]
    pub fire_at: Option<Timestamp>,
    #[prost(int32, tag = "2")]
    pub timer_id: i32,
}

/// An event that was sent to another instance.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct EventSent {
    #[prost(string, tag = "1")]
    pub instance_id: String,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, optional, tag = "3")]
    pub input: Option<String>,
}

/// An event that came from outside.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct EventRaised {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub input: Option<String>,
}

/// One action that a turn asks for, with its number.
#[derive(Clone, PartialEq, Message)]
pub struct OrchestratorAction {
    #[prost(int32, tag = "1")]
    pub id: i32,
    #[prost(oneof = "ActionType", tags = "2, 3, 4, 5, 6")]
    pub action_type: Option<ActionType>,
}

/// The five kinds of action the host carries out; any other fails the instance.
#[derive(Clone, PartialEq, Oneof)]
pub enum ActionType {
    #[prost(message, tag = "2")]
    ScheduleTask(TaskScheduled),
    #[prost(message, tag = "3")]
    CreateSubOrchestration(SubOrchestrationInstanceCreated),
    #[prost(message, tag = "4")]
    CreateTimer(TimerCreated),
    #[prost(message, tag = "5")]
    SendEvent(SendEvent),
    #[prost(message, tag = "6")]
    CompleteOrchestration(CompleteOrchestration),
}

/// An event to another instance.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SendEvent {
    #[prost(message, optional, tag = "1")]
    pub instance: Option<OrchestrationInstance>,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, optional, tag = "3")]
    pub data: Option<String>,
}

/// The end of a workflow, or of its generation.
#[derive(Clone, PartialEq, Message)]
pub struct CompleteOrchestration {
    #[prost(enumeration = "OrchestrationStatus", tag = "1")]
    pub orchestration_status: i32,
    #[prost(message, optional, tag = "2")]
    pub result: Option<String>,
    #[prost(message, repeated, tag = "5")]
    pub carryover_events: Vec<HistoryEvent>,
    #[prost(message, optional, tag = "6")]
    pub failure_details: Option<FailureDetails>,
}

/// How a workflow is doing, in the protocol's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum OrchestrationStatus {
    Running = 0,
    Completed = 1,
    ContinuedAsNew = 2,
    Failed = 3,
    Canceled = 4,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}
