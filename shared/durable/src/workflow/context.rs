//! The one thing a workflow sees of the world.

use std::fmt;
use std::future::{self, Future};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::RetryPolicy;
use crate::protocol::{from_input, from_json, to_json};
use crate::{Activity, Child, Driver, Failure, NextEvent, OutgoingEvent, Reply, decode_answer};

/// The event that asks a workflow to end early.
pub const CANCEL: &str = "cancel";

/// The one thing a workflow sees of the world. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    driver: Arc<dyn Driver>,
}

impl Context {
    /// A context whose requests go to `driver`.
    pub fn new(driver: Arc<dyn Driver>) -> Self {
        Self { driver }
    }

    /// The name of this run of the workflow.
    pub fn instance_id(&self) -> &str {
        self.driver.instance_id()
    }

    /// The workflow's time: it stands still between two answers.
    pub fn now(&self) -> Timestamp {
        self.driver.now()
    }

    /// Whether the workflow is only catching up with what it did before; then it must not log.
    pub fn is_replaying(&self) -> bool {
        self.driver.is_replaying()
    }

    /// Runs an activity, again while it fails with a retryable failure and `retry` allows it.
    ///
    /// Between attempts the workflow waits on timers, so a wait survives a restart.
    ///
    /// # Errors
    /// The last attempt's failure, or [`kind::UNREADABLE`](crate::kind::UNREADABLE) or
    /// [`kind::UNWRITABLE`](crate::kind::UNWRITABLE) for input and output.
    pub fn activity<I, O>(
        &self,
        activity: Activity<I, O>,
        input: &I,
        retry: RetryPolicy,
    ) -> impl Future<Output = Result<O, Failure>> + Send + 'static + use<I, O>
    where
        I: Serialize,
        O: DeserializeOwned + Send + 'static,
    {
        let input = to_json(input);
        let (context, name) = (self.clone(), activity.name());
        self.retrying(retry, move |_| {
            let reply = input
                .clone()
                .map(|input| context.activity_text(name, Some(input)));
            async move { decode_answer(reply?.await?.as_deref()) }
        })
    }

    /// Runs an activity once: the input as it is, the answer as it comes.
    pub fn activity_text(&self, name: &str, input: Option<String>) -> Reply {
        self.driver.activity(name, input)
    }

    /// Tries `attempt` (called with 1, 2, ..) with waits between as `retry` says; the first try
    /// starts at once.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub fn retrying<A, F, O>(
        &self,
        retry: RetryPolicy,
        mut attempt: A,
    ) -> impl Future<Output = Result<O, Failure>> + Send + 'static + use<A, F, O>
    where
        A: FnMut(u32) -> F + Send + 'static,
        F: Future<Output = Result<O, Failure>> + Send + 'static,
        O: Send + 'static,
    {
        let context = self.clone();
        let mut running = attempt(1);
        async move {
            let mut attempts = 1;
            loop {
                let failure = match running.await {
                    Ok(output) => return Ok(output),
                    Err(failure) => failure,
                };
                let Some(wait) = retry.next(attempts, &failure) else {
                    return Err(failure);
                };
                context.timer(wait).await;
                attempts += 1;
                running = attempt(attempts);
            }
        }
    }

    /// Waits. The deadline has passed when this resolves, even if [`Context::now`] is before it.
    pub fn timer(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.driver.timer(wait)
    }

    /// Waits for an external event and reads its input. Events that came early are kept.
    ///
    /// # Errors
    /// [`kind::UNREADABLE`](crate::kind::UNREADABLE) if the input is not what is expected.
    pub fn wait_for_event<E: DeserializeOwned>(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<E, Failure>> + Send + 'static + use<E> {
        let next = self.event_text(name);
        async move { from_input(next.await.input.as_deref()) }
    }

    /// Waits for an external event: its input as it comes.
    pub fn event_text(&self, name: &str) -> NextEvent {
        self.driver.event(name)
    }

    /// Resolves when somebody raises [`CANCEL`], whatever its input.
    pub fn cancelled(&self) -> NextEvent {
        self.event_text(CANCEL)
    }

    /// Runs another workflow under a name of the driver's choice.
    ///
    /// # Errors
    /// The child's failure, or one about input or output as in [`Context::activity`].
    pub fn sub_orchestration<I, O>(
        &self,
        name: &str,
        input: &I,
    ) -> impl Future<Output = Result<O, Failure>> + Send + 'static + use<I, O>
    where
        I: Serialize,
        O: DeserializeOwned + Send + 'static,
    {
        let reply = to_json(input).map(|input| {
            self.sub_orchestration_text(Child {
                name: name.to_owned(),
                instance_id: None,
                input: Some(input),
            })
        });
        async move { from_json(reply?.await?.as_deref().unwrap_or("null")) }
    }

    /// Runs another workflow: the input as it is, the output as it comes.
    pub fn sub_orchestration_text(&self, child: Child) -> Reply {
        self.driver.child(child)
    }

    /// Sends an event to another workflow. Nobody says whether it arrived.
    pub fn send_event(&self, event: OutgoingEvent) {
        self.driver.send_event(event);
    }

    /// Replaces the status that callers see while the workflow runs.
    ///
    /// # Errors
    /// [`kind::UNWRITABLE`](crate::kind::UNWRITABLE) if it cannot be written as JSON.
    pub fn set_status<S: Serialize>(&self, status: &S) -> Result<(), Failure> {
        self.driver.set_status(to_json(status)?);
        Ok(())
    }

    /// Starts the workflow over with another input and a fresh history; unread events are kept,
    /// unanswered requests are forgotten.
    ///
    /// The workflow ends here: `return context.continue_as_new(&next).await`.
    ///
    /// # Errors
    /// [`kind::UNWRITABLE`](crate::kind::UNWRITABLE) if the input cannot be written as JSON.
    pub async fn continue_as_new<I: Serialize, O>(&self, input: &I) -> Result<O, Failure> {
        self.driver.continue_as_new(to_json(input)?);
        future::pending().await
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.instance_id()).finish()
    }
}
