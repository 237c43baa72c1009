//! What runs a workflow.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::{Failure, NextEvent};

/// The text an activity or a child answers with, `None` for no output.
pub type Reply = BoxFuture<'static, Result<Option<String>, Failure>>;

/// A sub-orchestration: a workflow that a workflow starts and waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The workflow's registered name.
    pub name: String,
    /// Its instance; without one, or with an empty one, the driver gives a name of its own.
    pub instance_id: Option<String>,
    /// JSON text.
    pub input: Option<String>,
}

/// An event for another workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// The instance that gets it.
    pub to: String,
    /// The event's name.
    pub name: String,
    /// JSON text.
    pub input: Option<String>,
}

/// The port between [`Context`](crate::Context) and what runs the workflow.
///
/// Every request is made and numbered by the call itself; the future only waits for the answer,
/// and dropping it does not take the request back.
pub trait Driver: fmt::Debug + Send + Sync {
    /// The name of this run of the workflow.
    fn instance_id(&self) -> &str;

    /// The workflow's time: it stands still between two answers.
    fn now(&self) -> Timestamp;

    /// Whether the workflow is only catching up with what it did before.
    fn is_replaying(&self) -> bool;

    /// Schedules an activity.
    fn activity(&self, name: &str, input: Option<String>) -> Reply;

    /// Starts a timer.
    fn timer(&self, wait: Duration) -> BoxFuture<'static, ()>;

    /// Waits for an external event. Takes no number.
    fn event(&self, name: &str) -> NextEvent;

    /// Starts a sub-orchestration.
    fn child(&self, child: Child) -> Reply;

    /// Sends an event; nobody answers.
    fn send_event(&self, event: OutgoingEvent);

    /// Replaces the custom status, a JSON text.
    fn set_status(&self, status: String);

    /// Ends this generation: the workflow starts again with that input and its unread events.
    fn continue_as_new(&self, input: String);
}
