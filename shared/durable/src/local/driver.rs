//! One generation of one local run.

use std::future::{self, Future};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, TryFutureExt};
use jiff::Timestamp;
use serde_json::Value;

use super::{Instance, LocalRunner, Run};
use crate::protocol::from_input;
use crate::{Child, Driver, Failure, NextEvent, OutgoingEvent, Reply, encode_answer};

/// How one generation ended.
pub(super) enum Ended {
    Returned(Result<Option<String>, Failure>),
    ContinuedAsNew(String),
}

/// One generation of one local run.
#[derive(Debug, Clone)]
pub(super) struct LocalDriver {
    runner: LocalRunner,
    instance_id: String,
    instance: Arc<Instance>,
    requests: Arc<Mutex<Requests>>,
}

/// What the workflow has requested since it was polled last.
#[derive(Default)]
struct Requests {
    started: Vec<BoxFuture<'static, ()>>,
    n_children: u32,
    next_input: Option<String>,
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests")
            .field("n_started", &self.started.len())
            .field("n_children", &self.n_children)
            .field("next_input", &self.next_input)
            .finish()
    }
}

impl LocalDriver {
    pub(super) fn new(run: &Run) -> Self {
        Self {
            runner: run.runner.clone(),
            instance_id: run.instance_id.clone(),
            instance: Arc::clone(&run.instance),
            requests: Arc::default(),
        }
    }

    /// Drives the workflow and what it has requested, also what it no longer waits for, on the
    /// caller's task.
    pub(super) async fn drive(&self, mut root: Reply) -> Ended {
        let mut running = FuturesUnordered::new();
        future::poll_fn(|task| {
            loop {
                let polled = root.poll_unpin(task);
                let mut requests = self.requests();
                if let Some(next) = requests.next_input.take() {
                    return Poll::Ready(Ended::ContinuedAsNew(next));
                }
                if let Poll::Ready(outcome) = polled {
                    return Poll::Ready(Ended::Returned(outcome));
                }
                running.extend(requests.started.drain(..));
                drop(requests);
                match running.poll_next_unpin(task) {
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Lets `work` run beside the workflow; the reply only listens.
    fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (sender, receiver) = oneshot::channel();
        let work = work.map(|outcome| {
            // Nobody listens any more: the request lost a race.
            let _ = sender.send(outcome);
        });
        self.requests().started.push(work.boxed());
        receiver
    }

    fn reply(
        &self,
        work: impl Future<Output = Result<Option<String>, Failure>> + Send + 'static,
    ) -> Reply {
        self.start(work)
            .unwrap_or_else(|_| Err(Failure::unexplained()))
            .boxed()
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver for LocalDriver {
    fn instance_id(&self) -> &str {
        &self.instance_id
    }

    fn now(&self) -> Timestamp {
        self.runner.shared.sleeper.now()
    }

    fn is_replaying(&self) -> bool {
        false
    }

    fn activity(&self, name: &str, input: Option<String>) -> Reply {
        let activities = self.runner.shared.activities.clone();
        let name = name.to_owned();
        self.reply(async move {
            let input: Value = from_input(input.as_deref())?;
            let outcome = activities.run(&name, input).await;
            // Through the text, so that both runners hand out what the text can carry.
            encode_answer(outcome).map(Some)
        })
    }

    fn timer(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let sleep = self.runner.shared.sleeper.sleep(wait);
        self.start(sleep).map(|_| ()).boxed()
    }

    fn event(&self, name: &str) -> NextEvent {
        self.instance.events.next(name)
    }

    fn child(&self, child: Child) -> Reply {
        let given = child.instance_id.filter(|id| !id.is_empty());
        let instance_id = given.unwrap_or_else(|| {
            let mut requests = self.requests();
            requests.n_children += 1;
            format!("{}:{:04x}", self.instance_id, requests.n_children)
        });
        let reply = self.runner.run(&child.name, &instance_id, child.input);
        self.reply(reply)
    }

    fn send_event(&self, event: OutgoingEvent) {
        self.runner.send(event);
    }

    fn set_status(&self, status: String) {
        *self.instance.status() = Some(status);
    }

    fn continue_as_new(&self, input: String) {
        self.requests().next_input = Some(input);
    }
}
