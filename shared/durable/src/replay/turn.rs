//! One turn: the workflow is run through its history, and what it requests then is the answer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context as Task, Poll, Wake, Waker};

use futures::FutureExt;

use super::limits::Limits;
use super::requests::{Halt, Requests};
use crate::protocol::wire::OrchestratorResponse;
use crate::protocol::{Decision, Event, TurnRequest};
use crate::{Context, Failure, Reply, Workflows, kind};

const TOO_MANY: &str = "too many requests in one generation; continue as new before";

/// Answers one turn. `overdue` stops it from outside.
///
/// Whatever the workflow's code does, this returns; only code that never asks for anything can
/// keep it busy.
pub(super) fn turn(
    workflows: &Workflows,
    request: TurnRequest,
    limits: Limits,
    overdue: Arc<AtomicBool>,
) -> OrchestratorResponse {
    let mut replay = Replay {
        workflows,
        requests: Requests::new(&request, limits, overdue),
        checks_gaps: !request.rewritten,
        workflow: None,
        woken: Arc::new(Woken(AtomicBool::new(true))),
        is_suspended: false,
        held: VecDeque::new(),
        decision: None,
    };
    request
        .past
        .into_iter()
        .for_each(|event| replay.read(event));
    replay.requests.past_is_over();
    request.new.into_iter().for_each(|event| replay.read(event));
    replay.respond(request.instance_id)
}

/// The answer to a turn that was not replayed to its end: a decision and nothing else.
pub(super) fn undecided(instance_id: String, decision: Decision) -> OrchestratorResponse {
    OrchestratorResponse {
        instance_id,
        actions: vec![decision.encode(0)],
        custom_status: None,
    }
}

struct Replay<'a> {
    workflows: &'a Workflows,
    requests: Requests,
    /// Whether a request that the history lacks means that the workflow's code has changed.
    checks_gaps: bool,
    workflow: Option<Reply>,
    woken: Arc<Woken>,
    is_suspended: bool,
    /// What came while suspended, in order.
    held: VecDeque<Event>,
    decision: Option<Decision>,
}

impl Replay<'_> {
    /// Takes the next event of the history.
    fn read(&mut self, event: Event) {
        match event {
            Event::TurnStarted(now) => {
                self.expect_no_gap();
                // Also while suspended: after it, waits count from the turn that resumed.
                self.requests.set_now(now);
            }
            Event::Scheduled { id, work } => {
                if let Err(difference) = self.requests.confirm(id, &work) {
                    self.diverged(difference);
                }
            }
            Event::Terminated(reason) => self.decide(Decision::Terminated(reason)),
            Event::Suspended => self.is_suspended = true,
            Event::Resumed => {
                self.is_suspended = false;
                for held in std::mem::take(&mut self.held) {
                    self.apply(held);
                }
            }
            event if self.is_suspended => self.held.push_back(event),
            event => self.apply(event),
        }
    }

    /// Passes an event on and lets the workflow go as far as it gets. This happens after every
    /// single event, for the order of events decides races.
    fn apply(&mut self, event: Event) {
        match event {
            Event::WorkflowStarted { name, input } => self.start(&name, input),
            Event::Answered { id, outcome } => self.requests.answer(id, outcome),
            Event::Raised(raised) => self.requests.deliver(raised),
            Event::TurnStarted(_)
            | Event::Scheduled { .. }
            | Event::Terminated(_)
            | Event::Suspended
            | Event::Resumed => {}
        }
        self.advance();
    }

    fn start(&mut self, name: &str, input: Option<String>) {
        if self.workflow.is_some() {
            return;
        }
        let context = Context::new(Arc::new(self.requests.clone()));
        let (workflows, name) = (self.workflows, name.to_owned());
        self.workflow = self
            .guarded(|| workflows.start(&name, context, input))
            .flatten();
        if self.workflow.is_none() {
            let message = format!("there is no workflow {name}");
            self.decide(broken(kind::UNKNOWN_WORKFLOW, &message));
        }
    }

    fn advance(&mut self) {
        let Some(mut workflow) = self.workflow.take() else {
            return;
        };
        if self.decision.is_some() {
            self.workflow = Some(workflow);
            return;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        let woken = Arc::clone(&self.woken);
        let requests = self.requests.clone();
        let polled = self.guarded(|| {
            let mut task = Task::from_waker(&waker);
            let mut polled = Poll::Pending;
            // Collections of futures wake themselves when they want another round.
            while polled.is_pending() && woken.0.swap(false, Ordering::Relaxed) {
                requests.halt_if_due();
                polled = workflow.poll_unpin(&mut task);
            }
            polled
        });
        let next_input = self.requests.next_input();
        match (polled, next_input) {
            // It unwound, and the decision says so.
            (None, _) => {}
            (Some(_), Some(input)) => self.decide(Decision::ContinuedAsNew {
                input,
                unread: Vec::new(),
                now: self.requests.turn_started(),
            }),
            (Some(Poll::Ready(Ok(output))), None) => self.decide(Decision::Completed(output)),
            (Some(Poll::Ready(Err(failure))), None) => self.decide(Decision::Failed(failure)),
            (Some(Poll::Pending), None) if self.requests.is_waiting() => {}
            (Some(Poll::Pending), None) => self.decide(broken(
                kind::FOREIGN_AWAIT,
                "the workflow awaits something it did not get from its context",
            )),
        }
        self.workflow = Some(workflow);
    }

    /// Runs the workflow's code; `None` if it unwound, which then is the decision.
    fn guarded<T>(&mut self, code: impl FnOnce() -> T) -> Option<T> {
        // What the code may have left half done is its own future, which is not polled again.
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(outcome) => Some(outcome),
            Err(payload) => {
                self.decide(match payload.downcast_ref::<Halt>() {
                    Some(Halt::Overdue) => Decision::too_slow(),
                    Some(Halt::Runaway) => broken(kind::RUNAWAY, TOO_MANY),
                    None => broken(kind::PANIC, panic_message(payload.as_ref())),
                });
                None
            }
        }
    }

    /// At the end of a turn the host has taken all of its requests over, unless the answer was
    /// held back because the instance was suspended.
    fn expect_no_gap(&mut self) {
        if self.is_suspended || !self.checks_gaps {
            return;
        }
        if let Some((id, work)) = self.requests.unconfirmed() {
            self.diverged(format!("request {id} is {work:?} and was not made before"));
        }
    }

    fn diverged(&mut self, difference: String) {
        // Instead of a decision of the workflow's own, which rests on a history it does not
        // follow; but a panic before is the better explanation.
        if self.decision.as_ref().is_none_or(Decision::keeps_requests) {
            self.decision = Some(broken(kind::NON_DETERMINISM, &difference));
        }
    }

    /// The first decision stands.
    fn decide(&mut self, decision: Decision) {
        self.decision.get_or_insert(decision);
    }

    fn respond(mut self, instance_id: String) -> OrchestratorResponse {
        let mut decision = self.decision.take();
        if let Some(Decision::ContinuedAsNew { unread, .. }) = &mut decision {
            // Now, because events of this turn may have come after the decision.
            *unread = self.requests.unread();
        }
        let is_final = matches!(decision, Some(Decision::Terminated(_)));
        let mut actions = Vec::new();
        // A suspended instance requests nothing; the next turn's replay does it again.
        if !self.is_suspended || is_final {
            if decision.as_ref().is_none_or(Decision::keeps_requests) {
                let pending = self.requests.take_pending();
                actions.extend(pending.into_iter().map(|(id, action)| action.encode(id)));
            }
            actions.extend(decision.map(|it| it.encode(self.requests.next_id())));
        }
        OrchestratorResponse {
            instance_id,
            actions,
            custom_status: self.requests.status(),
        }
    }
}

#[derive(Debug)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn broken(kind: &str, message: &str) -> Decision {
    Decision::Broken(Failure::permanent(kind, message))
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message")
}
