//! The task hub: all instances, in memory, and the loop that drives each of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use prost::Message;
use quantx::durable::wire::{
    ActionType, EventType, OrchestrationStatus, OrchestratorRequest, OrchestratorResponse,
    TimerFired,
};
use tokio::sync::Notify;

use super::Shared;
use super::app::Trigger;
use super::call::{Call, CallError, Reply};
use super::envelope::Envelope;
use super::instance::{Instance, RuntimeStatus, Work, encode};
use super::journal::{Event, unpoisoned};

/// Until a turn that was aborted is delivered again.
const AGAIN: Duration = Duration::from_millis(2_400);
/// By this name the host knows that a turn was aborted rather than decided.
const ABORTED: &str = "System.OutOfMemoryException";

/// An instance and the bell that wakes its loop.
#[derive(Debug)]
struct Entry {
    instance: Instance,
    bell: Arc<Notify>,
}

/// What the loop of an instance does next.
enum Next {
    Turn(OrchestratorRequest),
    Wait,
    /// Gone, or at its end.
    End,
}

#[derive(Debug, Default)]
pub(super) struct Hub {
    entries: Mutex<BTreeMap<String, Entry>>,
}

impl Hub {
    pub(super) fn get(&self, id: &str) -> Option<Instance> {
        let entries = unpoisoned(&self.entries);
        entries.get(id).map(|entry| entry.instance.clone())
    }

    pub(super) fn all(&self) -> Vec<Instance> {
        let entries = unpoisoned(&self.entries);
        entries
            .values()
            .map(|entry| entry.instance.clone())
            .collect()
    }

    pub(super) fn status(&self, id: &str) -> Option<RuntimeStatus> {
        let entries = unpoisoned(&self.entries);
        entries.get(id).map(|entry| entry.instance.status)
    }

    pub(super) fn remove(&self, id: &str) -> bool {
        let removed = unpoisoned(&self.entries).remove(id);
        // Its loop notices that it is gone.
        removed.inspect(|entry| entry.bell.notify_one()).is_some()
    }

    fn change<T>(&self, id: &str, change: impl FnOnce(&mut Instance) -> T) -> Option<T> {
        let mut entries = unpoisoned(&self.entries);
        let entry = entries.get_mut(id)?;
        let given = change(&mut entry.instance);
        entry.bell.notify_one();
        Some(given)
    }
}

impl Shared {
    /// Starts an instance; refuses a name whose instance is under way.
    pub(super) fn start(
        self: &Arc<Self>,
        function: &str,
        id: &str,
        input: Option<String>,
    ) -> Result<(), String> {
        let fresh = Instance::new(id, function, input, self.clock.now());
        let mut entries = unpoisoned(&self.hub.entries);
        if let Some(known) = entries.get(id)
            && !known.instance.status.is_final()
        {
            let status = known.instance.status.as_str();
            return Err(format!(
                "An Orchestration instance with the status {status} already exists."
            ));
        }
        self.journal.record(Event::InstanceStarted {
            instance: id.to_owned(),
            function: function.to_owned(),
        });
        self.adopt(&mut entries, fresh);
        Ok(())
    }

    /// Takes up what another host has left: turns without an answer and work without an end.
    pub(super) fn resume(self: &Arc<Self>, saved: Vec<Instance>) {
        let mut entries = unpoisoned(&self.hub.entries);
        for instance in saved {
            for (id, work) in instance.under_way.clone() {
                self.begin(&instance.id, id, work);
            }
            self.adopt(&mut entries, instance);
        }
    }

    fn adopt(self: &Arc<Self>, entries: &mut BTreeMap<String, Entry>, instance: Instance) {
        let (id, bell) = (instance.id.clone(), Arc::new(Notify::new()));
        bell.notify_one();
        if !instance.status.is_final() {
            let host = Arc::clone(self);
            let (id, bell) = (id.clone(), Arc::clone(&bell));
            self.spawn(async move { host.drive(&id, &bell).await });
        }
        entries.insert(id, Entry { instance, bell });
    }

    /// Puts a message into an instance's inbox.
    pub(super) fn deliver(&self, id: &str, event: EventType) {
        let now = self.clock.now();
        self.hub.change(id, |instance| instance.deliver(event, now));
    }

    async fn drive(self: &Arc<Self>, id: &str, bell: &Notify) {
        loop {
            bell.notified().await;
            loop {
                match self.peek(id, bell) {
                    Next::Turn(request) => self.turn(id, request).await,
                    Next::Wait => break,
                    Next::End => return,
                }
            }
        }
    }

    fn peek(&self, id: &str, bell: &Notify) -> Next {
        let entries = unpoisoned(&self.hub.entries);
        // Another instance may have its name since.
        let own = |it: &&Entry| std::ptr::eq(Arc::as_ptr(&it.bell), bell);
        let Some(entry) = entries.get(id).filter(own) else {
            return Next::End;
        };
        match entry.instance.request(self.clock.now()) {
            Some(request) => Next::Turn(request),
            None if entry.instance.status.is_final() => Next::End,
            None => Next::Wait,
        }
    }

    /// One turn, as often as it takes.
    async fn turn(self: &Arc<Self>, id: &str, request: OrchestratorRequest) {
        let _permit = self.turn_permits.acquire().await;
        let Some(instance) = self.hub.get(id) else {
            return;
        };
        let function = self.app.functions.get(&instance.function);
        let known = function.filter(|it| matches!(it.trigger, Trigger::Orchestration));
        let Some(function) = known else {
            let names = self.app.orchestrators().join("', '");
            let message = format!(
                "The function '{}' doesn't exist, is disabled, or is not an orchestrator function. \
                 Additional info: The following are the known orchestrator functions: '{names}'.",
                instance.function
            );
            self.fail(id, &message);
            return;
        };
        let about = Call {
            function: function.name.clone(),
            instance: Some(id.to_owned()),
            input: None,
        };
        let envelope = Envelope::turn(&function.binding, &encode(&request));
        let answer = match self.call(function, &about, &envelope, answer).await {
            // A failure that was answered is an end like others, once no retry is left.
            Ok(answer) | Err(CallError::Answered(answer)) => answer,
            Err(CallError::TimedOut) => {
                tokio::time::sleep(self.pace.cut(AGAIN)).await;
                return;
            }
            Err(error) => return self.fail(id, &error.to_string()),
        };
        if is_aborted(&answer) {
            tokio::time::sleep(self.pace.cut(AGAIN)).await;
            return;
        }
        self.journal.record(Event::Turn {
            instance: id.to_owned(),
            n_events: request.new_events.len() - 1,
            n_actions: answer.actions.len(),
        });
        let now = self.clock.now();
        let taken = |instance: &mut Instance| {
            let started = instance.answered(request, answer, now);
            (started, instance.status)
        };
        let Some((started, status)) = self.hub.change(id, taken) else {
            return;
        };
        for (action, work) in started {
            self.begin(id, action, work);
        }
        if status.is_final() {
            self.announce_end(id, status);
        }
    }

    fn fail(&self, id: &str, message: &str) {
        self.hub.change(id, |instance| instance.fail(message));
        self.announce_end(id, RuntimeStatus::Failed);
    }

    fn announce_end(&self, id: &str, status: RuntimeStatus) {
        self.journal.record(Event::InstanceEnded {
            instance: id.to_owned(),
            status: status.as_str().to_owned(),
        });
    }

    fn begin(self: &Arc<Self>, instance: &str, id: i32, work: Work) {
        let (host, instance) = (Arc::clone(self), instance.to_owned());
        self.spawn(async move {
            let event = match work {
                Work::Activity(task) => host.activity(&instance, id, task).await,
                Work::Timer { fire_at } => host.timer(&instance, id, fire_at).await,
            };
            host.deliver(&instance, event);
        });
    }

    /// Waits are cut to whole seconds, so that a timer fires up to a second early.
    async fn timer(&self, instance: &str, id: i32, fire_at: Timestamp) -> EventType {
        let seconds = fire_at
            .as_second()
            .saturating_sub(self.clock.now().as_second());
        let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let cut = self.pace.cut(wait);
        tokio::time::sleep(cut).await;
        if cut < wait {
            self.clock.reach(fire_at);
        }
        self.journal.record(Event::TimerFired {
            instance: instance.to_owned(),
            id,
        });
        EventType::TimerFired(TimerFired {
            fire_at: Some(fire_at.into()),
            timer_id: id,
        })
    }
}

/// The answer to a turn. A failure is repeated as the retry policy says, like a broken answer.
fn answer(reply: Reply) -> Result<OrchestratorResponse, CallError<OrchestratorResponse>> {
    let bad = |why: &str| CallError::Bad(format!("the answer to the turn {why}"));
    let text = reply.value.as_str().ok_or_else(|| bad("is no text"))?;
    let bytes = STANDARD.decode(text).map_err(|_| bad("is no base64"))?;
    let answer = OrchestratorResponse::decode(bytes.as_slice())
        .map_err(|_| bad("is no OrchestratorResponse"))?;
    let is_failed = answer
        .actions
        .iter()
        .any(|action| match &action.action_type {
            Some(ActionType::CompleteOrchestration(end)) => {
                end.orchestration_status == OrchestrationStatus::Failed as i32
            }
            _ => false,
        });
    if is_failed && !is_aborted(&answer) {
        return Err(CallError::Answered(answer));
    }
    Ok(answer)
}

fn is_aborted(answer: &OrchestratorResponse) -> bool {
    answer
        .actions
        .iter()
        .any(|action| match &action.action_type {
            Some(ActionType::CompleteOrchestration(end)) => end
                .failure_details
                .as_ref()
                .and_then(|it| it.inner_failure.as_ref())
                .is_some_and(|it| it.error_type == ABORTED),
            _ => false,
        })
}
