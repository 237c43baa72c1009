//! External events of one workflow: kept until somebody reads them.

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
pub struct Mailbox(Mutex<Letters>);

#[derive(Debug, Default)]
struct Letters {
    unread: VecDeque<RaisedEvent>,
    /// By the number of the waiter, so that the longest waiting is woken first.
    waiting: BTreeMap<u64, (String, Waker)>,
    next_waiter: u64,
}

impl Mailbox {
    /// Puts an event in and wakes who waits for its name.
    pub fn deliver(&self, event: RaisedEvent) {
        let mut letters = self.letters();
        let woken: Vec<Waker> = letters
            .waiting
            .values()
            .filter(|(name, _)| name.eq_ignore_ascii_case(&event.name))
            .map(|(_, waker)| waker.clone())
            .collect();
        letters.unread.push_back(event);
        drop(letters);
        woken.iter().for_each(Waker::wake_by_ref);
    }

    /// The oldest unread event of that name, now or later.
    pub fn next(self: &Arc<Self>, name: &str) -> NextEvent {
        let mut letters = self.letters();
        letters.next_waiter += 1;
        NextEvent {
            mailbox: Arc::clone(self),
            name: name.to_owned(),
            waiter: letters.next_waiter,
        }
    }

    /// Takes what nobody has read.
    pub fn drain(&self) -> Vec<RaisedEvent> {
        self.letters().unread.drain(..).collect()
    }

    /// Whether somebody waits for an event.
    pub fn is_awaited(&self) -> bool {
        !self.letters().waiting.is_empty()
    }

    fn letters(&self) -> MutexGuard<'_, Letters> {
        // Nothing in here can panic half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Resolves to the next event of a name; dropping it loses no event.
#[derive(Debug)]
pub struct NextEvent {
    mailbox: Arc<Mailbox>,
    name: String,
    waiter: u64,
}

impl Future for NextEvent {
    type Output = RaisedEvent;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<RaisedEvent> {
        let mut letters = self.mailbox.letters();
        let found = letters
            .unread
            .iter()
            .position(|event| event.name.eq_ignore_ascii_case(&self.name));
        match found.and_then(|at| letters.unread.remove(at)) {
            Some(event) => {
                letters.waiting.remove(&self.waiter);
                Poll::Ready(event)
            }
            None => {
                let waiting = (self.name.clone(), task.waker().clone());
                letters.waiting.insert(self.waiter, waiting);
                Poll::Pending
            }
        }
    }
}

impl Drop for NextEvent {
    fn drop(&mut self) {
        self.mailbox.letters().waiting.remove(&self.waiter);
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
        let mailbox = Arc::new(Mailbox::default());
        mailbox.deliver(event("GO", "1"));
        mailbox.deliver(event("other", "2"));
        mailbox.deliver(event("go", "3"));
        assert_eq!(poll(&mut mailbox.next("go")).as_deref(), Some("1"));
        assert_eq!(poll(&mut mailbox.next("Go")).as_deref(), Some("3"));
        assert_eq!(poll(&mut mailbox.next("go")), None);
        assert_eq!(mailbox.drain(), [event("other", "2")]);
    }

    #[test]
    fn an_event_for_a_dropped_waiter_stays() {
        let mailbox = Arc::new(Mailbox::default());
        let mut first = mailbox.next("cancel");
        assert_eq!(poll(&mut first), None);
        assert!(mailbox.is_awaited());
        mailbox.deliver(event("cancel", "1"));
        drop(first);
        assert!(!mailbox.is_awaited());
        assert_eq!(poll(&mut mailbox.next("cancel")).as_deref(), Some("1"));
    }
}
