//! External events of one instance: kept until the workflow reads them.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Task, Poll, Waker};

/// An event somebody raised towards a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedEvent {
    /// Compared without regard to ASCII case, as the host does.
    pub name: String,
    /// JSON text.
    pub input: Option<String>,
}

/// Events that were raised and not yet read, oldest first.
///
/// A waiter takes an event when it is polled, not when the event comes: an event that comes for
/// a waiter that is then dropped stays for the next one.
#[derive(Debug, Default)]
pub struct EventQueue(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    events: VecDeque<RaisedEvent>,
    /// By the number of the waiter, so that the longest waiting is woken first.
    waiting: BTreeMap<u64, (String, Waker)>,
    next_waiter: u64,
}

impl EventQueue {
    /// Puts an event in and wakes who waits for its name.
    pub fn deliver(&self, event: RaisedEvent) {
        let mut state = self.lock();
        let woken: Vec<Waker> = state
            .waiting
            .values()
            .filter(|(name, _)| name.eq_ignore_ascii_case(&event.name))
            .map(|(_, waker)| waker.clone())
            .collect();
        state.events.push_back(event);
        drop(state);
        woken.iter().for_each(Waker::wake_by_ref);
    }

    /// The oldest unread event of that name, now or later.
    pub fn next(self: &Arc<Self>, name: &str) -> NextEvent {
        let mut state = self.lock();
        state.next_waiter += 1;
        NextEvent {
            events: Arc::clone(self),
            name: name.to_owned(),
            waiter: state.next_waiter,
        }
    }

    /// Takes what nobody has read.
    pub fn drain(&self) -> Vec<RaisedEvent> {
        self.lock().events.drain(..).collect()
    }

    /// Whether somebody waits for an event.
    pub fn is_awaited(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves to the next event of a name; dropping it loses no event.
#[derive(Debug)]
pub struct NextEvent {
    events: Arc<EventQueue>,
    name: String,
    waiter: u64,
}

impl Future for NextEvent {
    type Output = RaisedEvent;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<RaisedEvent> {
        let mut state = self.events.lock();
        let found = state
            .events
            .iter()
            .position(|event| event.name.eq_ignore_ascii_case(&self.name));
        match found.and_then(|at| state.events.remove(at)) {
            Some(event) => {
                state.waiting.remove(&self.waiter);
                Poll::Ready(event)
            }
            None => {
                let waiting = (self.name.clone(), task.waker().clone());
                state.waiting.insert(self.waiter, waiting);
                Poll::Pending
            }
        }
    }
}

impl Drop for NextEvent {
    fn drop(&mut self) {
        self.events.lock().waiting.remove(&self.waiter);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn event(name: &str, input: &str) -> RaisedEvent {
        RaisedEvent {
            name: name.to_owned(),
            input: Some(input.to_owned()),
        }
    }

    fn poll(next: &mut NextEvent) -> Option<String> {
        next.now_or_never().and_then(|event| event.input)
    }

    #[test]
    fn events_wait_for_their_reader_whatever_the_case_of_the_name() {
        let events = Arc::new(EventQueue::default());
        events.deliver(event("GO", "1"));
        events.deliver(event("other", "2"));
        events.deliver(event("go", "3"));
        assert_eq!(poll(&mut events.next("go")).as_deref(), Some("1"));
        assert_eq!(poll(&mut events.next("Go")).as_deref(), Some("3"));
        assert_eq!(poll(&mut events.next("go")), None);
        assert_eq!(events.drain(), [event("other", "2")]);
    }

    #[test]
    fn an_event_for_a_dropped_waiter_stays() {
        let events = Arc::new(EventQueue::default());
        let mut first = events.next("cancel");
        assert_eq!(poll(&mut first), None);
        assert!(events.is_awaited());
        events.deliver(event("cancel", "1"));
        drop(first);
        assert!(!events.is_awaited());
        assert_eq!(poll(&mut events.next("cancel")).as_deref(), Some("1"));
    }
}
