//! What happened: one line per event for people, and the last events for tests.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use tokio::sync::Notify;

/// Where events are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Echo {
    /// Nowhere.
    #[default]
    Silent,
    /// For a person at the terminal.
    Terminal,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A handler process is there.
    HandlerStarted { pid: u32 },
    /// It answers.
    HandlerListens { port: u16 },
    /// It is gone, whoever ended it.
    HandlerEnded { status: String },
    /// A timer function waits for its time.
    Scheduled { function: String, next: String },
    /// A function is called; turns and activities say for which instance.
    Called { function: String, about: String },
    /// A call failed; a retry policy may repeat it.
    Failed { function: String, reason: String },
    /// An instance of an orchestrator was made.
    InstanceStarted { instance: String, function: String },
    /// The orchestrator has answered a turn.
    Turn {
        instance: String,
        n_events: usize,
        n_actions: usize,
    },
    /// An activity ended, well or not.
    ActivityDone {
        instance: String,
        function: String,
        failure: Option<String>,
    },
    /// A durable timer fired.
    TimerFired { instance: String, id: i32 },
    /// Somebody raised an event, suspended, resumed or terminated.
    Raised { instance: String, what: String },
    /// An instance has its end.
    InstanceEnded { instance: String, status: String },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandlerStarted { pid } => write!(f, "handler started, process {pid}"),
            Self::HandlerListens { port } => write!(f, "handler listens on port {port}"),
            Self::HandlerEnded { status } => write!(f, "handler ended: {status}"),
            Self::Scheduled { function, next } => write!(f, "{function}: next at {next}"),
            Self::Called { function, about } => write!(f, "{function} called{about}"),
            Self::Failed { function, reason } => write!(f, "{function} FAILED: {reason}"),
            Self::InstanceStarted { instance, function } => {
                write!(f, "[{instance}] started, an instance of {function}")
            }
            Self::Turn {
                instance,
                n_events,
                n_actions,
            } => {
                write!(
                    f,
                    "[{instance}] turn: {n_events} events in, {n_actions} actions out"
                )
            }
            Self::ActivityDone {
                instance,
                function,
                failure: None,
            } => {
                write!(f, "[{instance}] {function} done")
            }
            Self::ActivityDone {
                instance,
                function,
                failure: Some(reason),
            } => {
                write!(f, "[{instance}] {function} FAILED: {reason}")
            }
            Self::TimerFired { instance, id } => write!(f, "[{instance}] timer {id} fired"),
            Self::Raised { instance, what } => write!(f, "[{instance}] {what}"),
            Self::InstanceEnded { instance, status } => write!(f, "[{instance}] ended: {status}"),
        }
    }
}

/// Events remembered at most; a host may run for days.
const MOST_EVENTS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Journal {
    echo: Echo,
    events: Mutex<Vec<Event>>,
    changed: Notify,
}

impl Journal {
    pub(super) fn new(echo: Echo) -> Self {
        Self {
            echo,
            ..Self::default()
        }
    }

    pub(super) fn record(&self, event: Event) {
        if self.echo == Echo::Terminal {
            let at = super::now()
                .to_zoned(TimeZone::UTC)
                .strftime("%H:%M:%S%.3f");
            say(&format!("{at} {event}"));
        }
        let mut events = unpoisoned(&self.events);
        if events.len() >= MOST_EVENTS {
            events.drain(..MOST_EVENTS / 2);
        }
        events.push(event);
        drop(events);
        self.changed.notify_waiters();
    }

    pub(super) fn events(&self) -> Vec<Event> {
        unpoisoned(&self.events).clone()
    }

    /// Waits until `n` events were as `wanted`, those of the past included.
    pub(super) async fn wait_for(&self, n: usize, wanted: impl Fn(&Event) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From now on, or what happens while we count is missed.
            changed.as_mut().enable();
            if unpoisoned(&self.events)
                .iter()
                .filter(|it| wanted(it))
                .count()
                >= n
            {
                return;
            }
            changed.await;
        }
    }
}

/// Prints a line for the person at the terminal.
#[expect(
    clippy::print_stdout,
    reason = "the lines are what a person runs this host for"
)]
pub fn say(line: &str) {
    println!("{line}");
}

pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
