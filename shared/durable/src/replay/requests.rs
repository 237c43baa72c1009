//! The workflow's side of a turn: its requests, and the answers it gets.

use std::collections::{BTreeMap, HashMap};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use jiff::Timestamp;

use super::limits::Limits;
use crate::protocol::{Action, TurnRequest, Work};
use crate::{Child, Driver, EventQueue, Failure, NextEvent, OutgoingEvent, RaisedEvent, Reply};

type Answer = Result<Option<String>, Failure>;

/// Unwinds a turn that must not go on; thrown without the panic hook's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// The turn's time is over.
    Overdue,
    /// More requests than a turn may make.
    Runaway,
}

/// Requests and answers of one turn. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    turn: Arc<Turn>,
}

#[derive(Debug)]
struct Turn {
    instance_id: String,
    /// Names the generation, so that children of two generations do not share a name.
    execution_id: String,
    limits: Limits,
    overdue: Arc<AtomicBool>,
    events: Arc<EventQueue>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_id: i32,
    /// Made by the workflow, not yet seen in the history.
    pending: BTreeMap<i32, Action>,
    /// Made and not yet answered. The workflow may have stopped listening.
    open: HashMap<i32, oneshot::Sender<Answer>>,
    now: Timestamp,
    is_present: bool,
    status: Option<String>,
    next_input: Option<String>,
}

impl Requests {
    pub(super) fn new(request: &TurnRequest, limits: Limits, overdue: Arc<AtomicBool>) -> Self {
        let execution_id = request.execution_id.clone().filter(|id| !id.is_empty());
        Self {
            turn: Arc::new(Turn {
                instance_id: request.instance_id.clone(),
                execution_id: execution_id.unwrap_or_else(|| request.instance_id.clone()),
                limits,
                overdue,
                events: Arc::default(),
                state: Mutex::default(),
            }),
        }
    }

    pub(super) fn set_now(&self, now: Timestamp) {
        self.state().now = now;
    }

    pub(super) fn turn_started(&self) -> Timestamp {
        self.state().now
    }

    /// What comes from now on no earlier turn has seen.
    pub(super) fn past_is_over(&self) {
        self.state().is_present = true;
    }

    /// The history says that the host took request `id` over.
    ///
    /// # Errors
    /// What is wrong, if the workflow did not make that request.
    pub(super) fn confirm(&self, id: i32, recorded: &Work) -> Result<(), String> {
        match self.state().pending.remove(&id) {
            Some(action) if action.work() == *recorded => Ok(()),
            Some(action) => Err(format!(
                "request {id} was {recorded:?} and is {:?} now",
                action.work()
            )),
            None => Err(format!("request {id} was {recorded:?} and is not made now")),
        }
    }

    /// A request the workflow made that the history should have by now.
    pub(super) fn unconfirmed(&self) -> Option<(i32, Work)> {
        let state = self.state();
        let (id, action) = state.pending.first_key_value()?;
        Some((*id, action.work()))
    }

    /// Hands an answer to whoever waits for it. A second answer to one request is dropped, as is
    /// one to a request nobody waits for any more.
    pub(super) fn answer(&self, id: i32, outcome: Answer) {
        let listener = self.state().open.remove(&id);
        if let Some(listener) = listener {
            let _ = listener.send(outcome);
        }
    }

    pub(super) fn deliver(&self, event: RaisedEvent) {
        self.turn.events.deliver(event);
    }

    /// Whether some answer or event can still wake the workflow.
    pub(super) fn is_waiting(&self) -> bool {
        self.turn.events.is_awaited()
            || self
                .state()
                .open
                .values()
                .any(|listener| !listener.is_canceled())
    }

    /// The input of the next generation, once the workflow has continued as new.
    pub(super) fn next_input(&self) -> Option<String> {
        self.state().next_input.clone()
    }

    pub(super) fn unread(&self) -> Vec<RaisedEvent> {
        self.turn.events.drain()
    }

    pub(super) fn status(&self) -> Option<String> {
        self.state().status.clone()
    }

    pub(super) fn take_pending(&self) -> BTreeMap<i32, Action> {
        std::mem::take(&mut self.state().pending)
    }

    pub(super) fn next_id(&self) -> i32 {
        self.state().next_id
    }

    /// Stops a turn that has had its time or its number of requests. A workflow that loops
    /// without ever requesting anything cannot be stopped, only left behind.
    pub(super) fn halt_if_due(&self) {
        if thread::panicking() {
            // A second unwinding would end the process.
            return;
        }
        if self.turn.overdue.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Halt::Overdue));
        }
        if self.next_id() >= self.turn.limits.requests {
            resume_unwind(Box::new(Halt::Runaway));
        }
    }

    /// Makes a request and gives who listens for its answer; `action` gets the request's number.
    fn schedule(&self, action: impl FnOnce(i32) -> Action) -> oneshot::Receiver<Answer> {
        self.halt_if_due();
        let (listener, answer) = oneshot::channel();
        let mut state = self.state();
        let id = state.next_id;
        state.next_id += 1;
        state.pending.insert(id, action(id));
        state.open.insert(id, listener);
        answer
    }

    fn request(&self, action: impl FnOnce(i32) -> Action) -> Reply {
        // The listener is only dropped with the whole turn.
        self.schedule(action)
            .unwrap_or_else(|_| Err(Failure::unexplained()))
            .boxed()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing unwinds while it is held.
        self.turn
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver for Requests {
    fn instance_id(&self) -> &str {
        &self.turn.instance_id
    }

    fn now(&self) -> Timestamp {
        self.halt_if_due();
        self.state().now
    }

    fn is_replaying(&self) -> bool {
        !self.state().is_present
    }

    fn activity(&self, name: &str, input: Option<String>) -> Reply {
        let name = name.to_owned();
        self.request(|_| Action::Activity { name, input })
    }

    fn timer(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let requests = self.clone();
        let mut chain = self.turn.limits.timers.chain(self.now(), wait);
        let link = move |fire_at| requests.request(|_| Action::Timer { fire_at });
        let first = chain.next().map(&link);
        async move {
            let mut current = first;
            while let Some(fired) = current {
                // However it ends, the wait is over; the time then is not looked at.
                let _ = fired.await;
                current = chain.next().map(&link);
            }
        }
        .boxed()
    }

    fn event(&self, name: &str) -> NextEvent {
        self.halt_if_due();
        self.turn.events.next(name)
    }

    fn child(&self, child: Child) -> Reply {
        let given = child.instance_id.filter(|id| !id.is_empty());
        self.request(|id| Action::Child {
            name: child.name,
            instance_id: given.unwrap_or_else(|| format!("{}:{id:04x}", self.turn.execution_id)),
            input: child.input,
        })
    }

    fn send_event(&self, event: OutgoingEvent) {
        drop(self.schedule(|_| Action::Event(event)));
    }

    fn set_status(&self, status: String) {
        self.halt_if_due();
        self.state().status = Some(status);
    }

    fn continue_as_new(&self, input: String) {
        self.state().next_input = Some(input);
    }
}
