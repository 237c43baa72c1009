//! The workflow's side of a turn: what it asks for, and the answers it gets.

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
use quantx::workflow::{
    Child, Driver, Failure, Mailbox, NextEvent, OutgoingEvent, RaisedEvent, Reply,
};

use super::action::Action;
use super::history::{TurnRequest, Work};
use super::replayer::Limits;

type Answer = Result<Option<String>, Failure>;

/// Unwinds a turn that must not go on; thrown without the panic hook's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brake {
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
    mailbox: Arc<Mailbox>,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
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
                mailbox: Arc::default(),
                book: Mutex::default(),
            }),
        }
    }

    pub(super) fn set_now(&self, now: Timestamp) {
        self.book().now = now;
    }

    pub(super) fn turn_started(&self) -> Timestamp {
        self.book().now
    }

    /// What comes from now on no earlier turn has seen.
    pub(super) fn past_is_over(&self) {
        self.book().is_present = true;
    }

    /// The history says that the host took request `id` over.
    ///
    /// # Errors
    /// What is wrong, if the workflow did not make that request.
    pub(super) fn confirm(&self, id: i32, recorded: &Work) -> Result<(), String> {
        match self.book().pending.remove(&id) {
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
        let book = self.book();
        let (id, action) = book.pending.first_key_value()?;
        Some((*id, action.work()))
    }

    /// Hands an answer to whoever waits for it. A second answer to one request is dropped, as is
    /// one to a request nobody waits for any more.
    pub(super) fn answer(&self, id: i32, outcome: Answer) {
        let listener = self.book().open.remove(&id);
        if let Some(listener) = listener {
            let _ = listener.send(outcome);
        }
    }

    pub(super) fn deliver(&self, event: RaisedEvent) {
        self.turn.mailbox.deliver(event);
    }

    /// Whether some answer or event can still wake the workflow.
    pub(super) fn is_waiting(&self) -> bool {
        self.turn.mailbox.is_awaited()
            || self
                .book()
                .open
                .values()
                .any(|listener| !listener.is_canceled())
    }

    /// The input of the next generation, once the workflow has asked for one.
    pub(super) fn next_input(&self) -> Option<String> {
        self.book().next_input.clone()
    }

    pub(super) fn unread(&self) -> Vec<RaisedEvent> {
        self.turn.mailbox.drain()
    }

    pub(super) fn status(&self) -> Option<String> {
        self.book().status.clone()
    }

    pub(super) fn take_pending(&self) -> BTreeMap<i32, Action> {
        std::mem::take(&mut self.book().pending)
    }

    pub(super) fn next_id(&self) -> i32 {
        self.book().next_id
    }

    /// Stops a turn that has had its time or its number of requests. A workflow that loops
    /// without ever asking for anything cannot be stopped, only left behind.
    pub(super) fn brake(&self) {
        if thread::panicking() {
            // A second unwinding would end the process.
            return;
        }
        if self.turn.overdue.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Brake::Overdue));
        }
        if self.next_id() >= self.turn.limits.requests {
            resume_unwind(Box::new(Brake::Runaway));
        }
    }

    /// Makes a request and says who listens for its answer; `action` gets the request's number.
    fn make(&self, action: impl FnOnce(i32) -> Action) -> oneshot::Receiver<Answer> {
        self.brake();
        let (listener, answer) = oneshot::channel();
        let mut book = self.book();
        let id = book.next_id;
        book.next_id += 1;
        book.pending.insert(id, action(id));
        book.open.insert(id, listener);
        answer
    }

    fn ask(&self, action: impl FnOnce(i32) -> Action) -> Reply {
        // The listener is only dropped with the whole turn.
        self.make(action)
            .unwrap_or_else(|_| Err(Failure::unexplained()))
            .boxed()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Nothing unwinds while the book is held.
        self.turn
            .book
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Driver for Requests {
    fn instance_id(&self) -> &str {
        &self.turn.instance_id
    }

    fn now(&self) -> Timestamp {
        self.brake();
        self.book().now
    }

    fn is_replaying(&self) -> bool {
        !self.book().is_present
    }

    fn activity(&self, name: &str, input: Option<String>) -> Reply {
        let name = name.to_owned();
        self.ask(|_| Action::Activity { name, input })
    }

    fn timer(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let requests = self.clone();
        let mut chain = self.turn.limits.timers.chain(self.now(), wait);
        let link = move |fire_at| requests.ask(|_| Action::Timer { fire_at });
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
        self.brake();
        self.turn.mailbox.next(name)
    }

    fn child(&self, child: Child) -> Reply {
        let given = child.instance_id.filter(|id| !id.is_empty());
        self.ask(|id| Action::Child {
            name: child.name,
            instance_id: given.unwrap_or_else(|| format!("{}:{id:04x}", self.turn.execution_id)),
            input: child.input,
        })
    }

    fn send_event(&self, event: OutgoingEvent) {
        drop(self.make(|_| Action::Event(event)));
    }

    fn set_status(&self, status: String) {
        self.brake();
        self.book().status = Some(status);
    }

    fn continue_as_new(&self, input: String) {
        self.book().next_input = Some(input);
    }
}
