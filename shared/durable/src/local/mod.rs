//! Workflows run here and now: for the command line and for tests.

mod driver;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;

use self::driver::{Ended, LocalDriver};
use crate::{
    Activities, Context, EventQueue, Failure, OutgoingEvent, RaisedEvent, Reply, Workflows, kind,
};

/// The time of a local run.
pub trait Sleeper: fmt::Debug + Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;

    /// Resolves after `wait`.
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()>;
}

/// Runs workflows within this program: nothing of a run survives it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LocalRunner {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    workflows: Workflows,
    activities: Activities,
    sleeper: Arc<dyn Sleeper>,
    running: Mutex<HashMap<String, Arc<Instance>>>,
}

/// What outlives the generations of one instance.
#[derive(Debug, Default)]
struct Instance {
    events: Arc<EventQueue>,
    status: Mutex<Option<String>>,
}

impl LocalRunner {
    /// A runner of workflows with their activities and their time.
    pub fn new(workflows: Workflows, activities: Activities, sleeper: Arc<dyn Sleeper>) -> Self {
        let running = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                workflows,
                activities,
                sleeper,
                running,
            }),
        }
    }

    /// Runs a workflow to its end; input and output are JSON texts.
    ///
    /// Dropping the future ends the run and whatever it had started. A second run of the same
    /// `instance_id` at the same time takes over the first one's events and status.
    ///
    /// # Errors
    /// The workflow's own failure, or [`kind::UNKNOWN_WORKFLOW`].
    pub fn run(&self, workflow: &str, instance_id: &str, input: Option<String>) -> Reply {
        let instance = Arc::new(Instance::default());
        self.running()
            .insert(instance_id.to_owned(), Arc::clone(&instance));
        let this = Run {
            runner: self.clone(),
            instance_id: instance_id.to_owned(),
            instance,
        };
        let workflow = workflow.to_owned();
        async move { this.generations(&workflow, input).await }.boxed()
    }

    /// Raises an event, for instance [`CANCEL`](crate::CANCEL); false if no such instance runs.
    pub fn raise(&self, instance_id: &str, event: &str, input: Option<String>) -> bool {
        let Some(instance) = self.running().get(instance_id).cloned() else {
            return false;
        };
        instance.events.deliver(RaisedEvent {
            name: event.to_owned(),
            input,
        });
        true
    }

    /// The custom status of a running instance, a JSON text.
    pub fn status(&self, instance_id: &str) -> Option<String> {
        let instance = self.running().get(instance_id).cloned()?;
        instance.status().clone()
    }

    fn send(&self, event: OutgoingEvent) {
        // As with the host, an event for nobody is lost in silence.
        let _arrived = self.raise(&event.to, &event.name, event.input);
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<Instance>>> {
        self.shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Instance {
    fn status(&self) -> MutexGuard<'_, Option<String>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run in the table of running instances, until it is dropped.
struct Run {
    runner: LocalRunner,
    instance_id: String,
    instance: Arc<Instance>,
}

impl Run {
    /// One generation after the other, until the workflow returns.
    async fn generations(
        &self,
        workflow: &str,
        mut input: Option<String>,
    ) -> Result<Option<String>, Failure> {
        loop {
            let driver = LocalDriver::new(self);
            let context = Context::new(Arc::new(driver.clone()));
            let started = self
                .runner
                .shared
                .workflows
                .start(workflow, context, input.take());
            let root = started.ok_or_else(|| {
                let message = format!("there is no workflow {workflow}");
                Failure::permanent(kind::UNKNOWN_WORKFLOW, message)
            })?;
            match driver.drive(root).await {
                Ended::Returned(outcome) => return outcome,
                Ended::ContinuedAsNew(next) => input = Some(next),
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut running = self.runner.running();
        let own = |running: &Arc<Instance>| Arc::ptr_eq(running, &self.instance);
        if running.get(&self.instance_id).is_some_and(own) {
            running.remove(&self.instance_id);
        }
    }
}
