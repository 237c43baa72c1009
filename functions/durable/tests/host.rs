//! A Durable host for tests: it keeps histories as the real one does, and does to a worker what
//! the real one may: late, doubled and joined deliveries, killed turns, suspensions.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use quantx::workflow::{Failure, encode_answer};
use serde_json::Value;

use super::super::Replayer;
use super::super::wire::*;
use super::answer;

pub(super) type Activity = fn(&str, &Value) -> Result<Value, Failure>;

/// What may happen next, read from numbers; when they are used up, the plain course of things.
pub(super) struct Course(std::vec::IntoIter<u8>);

impl Course {
    pub(super) fn new(numbers: Vec<u8>) -> Self {
        Self(numbers.into_iter())
    }

    fn below(&mut self, n: usize) -> usize {
        self.0.next().map_or(0, |number| usize::from(number) % n)
    }

    fn happens_once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}

pub(super) struct Host {
    replayer: Replayer,
    activity: Activity,
    course: Course,
    now: Timestamp,
    instances: BTreeMap<String, Instance>,
    /// Work and messages under way.
    under_way: Vec<Message>,
    pub(super) harm: Harm,
}

/// What was done to the worker.
#[derive(Debug, Default)]
pub(super) struct Harm {
    pub(super) n_turns: usize,
    pub(super) n_killed: usize,
    pub(super) n_doubled: usize,
    pub(super) n_suspended: usize,
    /// Turns with more than one event.
    pub(super) n_joined: usize,
    pub(super) n_generations: usize,
    pub(super) n_children: usize,
}

#[derive(Clone)]
struct Message {
    to: String,
    /// The generation it belongs to; events belong to all of them.
    generation: Option<u32>,
    due: Option<Timestamp>,
    event: EventType,
}

#[derive(Default)]
struct Instance {
    name: String,
    generation: u32,
    parent: Option<(String, u32, i32)>,
    history: Vec<HistoryEvent>,
    inbox: Vec<EventType>,
    /// Of this generation, one for each turn in the history.
    answers: Vec<OrchestratorResponse>,
    is_suspended: bool,
    /// The next turn is the first after continue-as-new.
    is_fresh: bool,
    end: Option<CompleteOrchestration>,
}

impl Host {
    pub(super) fn new(replayer: Replayer, activity: Activity, course: Course) -> Self {
        Self {
            replayer,
            activity,
            course,
            now: "2026-11-22T21:00:00.0524362Z".parse().unwrap(),
            instances: BTreeMap::new(),
            under_way: Vec::new(),
            harm: Harm::default(),
        }
    }

    pub(super) fn start(&mut self, name: &str, instance_id: &str, input: Option<String>) {
        self.create(name, instance_id, input, None);
    }

    fn create(
        &mut self,
        name: &str,
        instance_id: &str,
        input: Option<String>,
        parent: Option<(String, u32, i32)>,
    ) {
        assert_ne!(instance_id, "");
        let instance = Instance {
            name: name.to_owned(),
            inbox: vec![started(name, instance_id, 0, input)],
            parent,
            ..Instance::default()
        };
        let before = self.instances.insert(instance_id.to_owned(), instance);
        assert!(
            before.is_none_or(|it| it.end.is_some()),
            "{instance_id} runs twice"
        );
    }

    pub(super) fn raise(&mut self, to: &str, name: &str, input: Option<String>) {
        let name = name.to_owned();
        self.send(
            to,
            None,
            None,
            EventType::EventRaised(EventRaised { name, input }),
        );
    }

    fn send(
        &mut self,
        to: &str,
        generation: Option<u32>,
        due: Option<Timestamp>,
        event: EventType,
    ) {
        self.under_way.push(Message {
            to: to.to_owned(),
            generation,
            due,
            event,
        });
    }

    /// Runs until nothing is under way; how the instance ended, if it did.
    pub(super) fn run(&mut self, instance_id: &str) -> Option<CompleteOrchestration> {
        while self.step() {}
        let ids: Vec<String> = self.instances.keys().cloned().collect();
        for id in ids {
            self.check_history(&id);
        }
        self.instances[instance_id].end.clone()
    }

    /// One thing happens: something arrives, or an instance has its turn.
    fn step(&mut self) -> bool {
        let ready: Vec<String> = self
            .instances
            .iter()
            .filter(|(_, it)| it.end.is_none() && !it.inbox.is_empty())
            .map(|(id, _)| id.clone())
            .collect();
        if ready.is_empty() && self.under_way.is_empty() {
            return self.resume_one();
        }
        if ready.is_empty() || (!self.under_way.is_empty() && self.course.below(2) == 1) {
            self.arrive();
        } else {
            let next = self.course.below(ready.len());
            self.turn(&ready[next]);
        }
        true
    }

    fn resume_one(&mut self) -> bool {
        let suspended = |it: &&mut Instance| it.is_suspended && it.end.is_none();
        let Some(instance) = self.instances.values_mut().find(suspended) else {
            return false;
        };
        instance.is_suspended = false;
        instance
            .inbox
            .push(EventType::ExecutionResumed(InputOnly::default()));
        true
    }

    fn arrive(&mut self) {
        let chosen = self.course.below(self.under_way.len());
        let message = match self.course.happens_once_in(6) {
            true => {
                self.harm.n_doubled += 1;
                self.under_way[chosen].clone()
            }
            false => self.under_way.remove(chosen),
        };
        if let Some(due) = message.due {
            // The host fires timers up to a second early.
            let early = Duration::from_millis(900);
            self.now = self.now.max(due - early);
        }
        let Some(instance) = self.instances.get_mut(&message.to) else {
            return;
        };
        if message
            .generation
            .is_none_or(|it| it == instance.generation)
        {
            instance.inbox.push(message.event);
        }
    }

    fn turn(&mut self, id: &str) {
        if !self.instances[id].is_suspended && self.course.happens_once_in(12) {
            self.harm.n_suspended += 1;
            let instance = self.instances.get_mut(id).unwrap();
            instance.is_suspended = true;
            instance
                .inbox
                .push(EventType::ExecutionSuspended(InputOnly::default()));
        } else if self.instances[id].is_suspended && self.course.happens_once_in(3) {
            let instance = self.instances.get_mut(id).unwrap();
            instance.is_suspended = false;
            instance
                .inbox
                .push(EventType::ExecutionResumed(InputOnly::default()));
        }
        self.now += Duration::from_micros(31_417_300);
        let n_new = 1 + self.course.below(self.instances[id].inbox.len());
        let is_killed = self.course.happens_once_in(5);
        let instance = &self.instances[id];
        let mut new = vec![EventType::OrchestratorStarted(Nothing {})];
        new.extend(instance.inbox[..n_new].iter().cloned());
        if instance.is_fresh {
            new.push(EventType::OrchestratorCompleted(Nothing {}));
        }
        let request = OrchestratorRequest {
            instance_id: id.to_owned(),
            execution_id: None,
            past_events: instance.history.clone(),
            new_events: new.into_iter().map(|event| self.entry(-1, event)).collect(),
        };
        let response = answer(&self.replayer, &request);
        self.harm.n_turns += 1;
        self.harm.n_joined += usize::from(n_new > 1);
        if is_killed {
            // The answer is lost, and the turn comes again, perhaps with more in it.
            self.harm.n_killed += 1;
            assert_eq!(answer(&self.replayer, &request), response);
            return;
        }
        let instance = self.instances.get_mut(id).unwrap();
        instance.inbox.drain(..n_new);
        instance.is_fresh = false;
        instance.history.extend(request.new_events);
        instance.answers.push(response.clone());
        self.carry_out(id, response.actions);
    }

    fn carry_out(&mut self, id: &str, actions: Vec<OrchestratorAction>) {
        let mut end = None;
        for action in actions {
            let recorded = match action.action_type.unwrap() {
                ActionType::CompleteOrchestration(it) => {
                    end = Some(it);
                    continue;
                }
                other => self.begin(id, action.id, other),
            };
            let entry = self.entry(action.id, recorded);
            self.instances.get_mut(id).unwrap().history.push(entry);
        }
        let entry = self.entry(-1, EventType::OrchestratorCompleted(Nothing {}));
        self.instances.get_mut(id).unwrap().history.push(entry);
        match end {
            None => {}
            Some(end) if end.orchestration_status() == OrchestrationStatus::ContinuedAsNew => {
                self.check_history(id);
                self.next_generation(id, end);
            }
            Some(end) => self.finish(id, end),
        }
    }

    /// Starts what an action asks for; what the history keeps of it.
    fn begin(&mut self, id: &str, action_id: i32, action: ActionType) -> EventType {
        let generation = self.instances[id].generation;
        match action {
            ActionType::ScheduleTask(task) => {
                let input = serde_json::from_str(task.input.as_deref().unwrap()).unwrap();
                let text = encode_answer((self.activity)(&task.name, &input)).unwrap();
                let done = EventType::TaskCompleted(Completed {
                    task_scheduled_id: action_id,
                    result: Some(serde_json::to_string(&text).unwrap()),
                });
                self.send(id, Some(generation), None, done);
                EventType::TaskScheduled(TaskScheduled {
                    input: None,
                    ..task
                })
            }
            ActionType::CreateTimer(timer) => {
                let fire_at = timer.fire_at.unwrap();
                let due = Timestamp::new(fire_at.seconds, fire_at.nanos).unwrap();
                let wait = due.duration_since(self.now).as_secs_f64();
                // The next link of a chain is short, or over, when the last one fired late.
                assert!(wait <= 3.0 * 86_400.0 + 1.0, "a timer of {wait} s");
                let fired = EventType::TimerFired(TimerFired {
                    fire_at: timer.fire_at,
                    timer_id: action_id,
                });
                self.send(id, Some(generation), Some(due), fired);
                EventType::TimerCreated(timer)
            }
            ActionType::CreateSubOrchestration(child) => {
                self.harm.n_children += 1;
                let parent = Some((id.to_owned(), generation, action_id));
                self.create(&child.name, &child.instance_id, child.input.clone(), parent);
                EventType::SubOrchestrationInstanceCreated(SubOrchestrationInstanceCreated {
                    input: None,
                    ..child
                })
            }
            ActionType::SendEvent(sent) => {
                let to = sent.instance.unwrap().instance_id;
                self.raise(&to, &sent.name, sent.data.clone());
                EventType::EventSent(EventSent {
                    instance_id: to,
                    name: sent.name,
                    input: sent.data,
                })
            }
            ActionType::CompleteOrchestration(_) => unreachable!(),
        }
    }

    fn next_generation(&mut self, id: &str, end: CompleteOrchestration) {
        self.harm.n_generations += 1;
        let instance = self.instances.get_mut(id).unwrap();
        instance.generation += 1;
        instance.is_fresh = true;
        instance.history.clear();
        instance.answers.clear();
        let mut inbox = vec![started(&instance.name, id, instance.generation, end.result)];
        inbox.extend(
            end.carryover_events
                .into_iter()
                .filter_map(|it| it.event_type),
        );
        // Answers to the old generation are dropped; events are for the instance, and so is each half of
        // a suspension: without its second one the instance would wait for ever.
        let is_event = |event: &EventType| {
            matches!(
                event,
                EventType::EventRaised(_)
                    | EventType::ExecutionSuspended(_)
                    | EventType::ExecutionResumed(_)
            )
        };
        inbox.extend(instance.inbox.drain(..).filter(is_event));
        instance.inbox = inbox;
    }

    fn finish(&mut self, id: &str, end: CompleteOrchestration) {
        let instance = self.instances.get_mut(id).unwrap();
        instance.end = Some(end.clone());
        let Some((parent, generation, task_scheduled_id)) = instance.parent.clone() else {
            return;
        };
        let event = match end.orchestration_status() {
            OrchestrationStatus::Completed => {
                EventType::SubOrchestrationInstanceCompleted(Completed {
                    task_scheduled_id,
                    result: end.result,
                })
            }
            _ => EventType::SubOrchestrationInstanceFailed(Failed {
                task_scheduled_id,
                failure_details: end.failure_details,
            }),
        };
        self.send(&parent, Some(generation), None, event);
    }

    /// Cuts the history at every turn, and moves what is past: the answers are the same.
    fn check_history(&self, id: &str) {
        let instance = &self.instances[id];
        let mut answers = instance.answers.iter();
        let mut past: Vec<HistoryEvent> = Vec::new();
        let is_start = |event: &HistoryEvent| {
            matches!(event.event_type, Some(EventType::OrchestratorStarted(_)))
        };
        for batch in instance.history.chunk_by(|_, next| !is_start(next)) {
            let came = batch.iter().filter(|event| event.event_id < 0).cloned();
            let mut request = OrchestratorRequest {
                instance_id: id.to_owned(),
                execution_id: None,
                past_events: past.clone(),
                new_events: came.collect(),
            };
            let expected = answers.next().unwrap();
            assert_eq!(answer(&self.replayer, &request), *expected);
            request.past_events.append(&mut request.new_events);
            assert_eq!(answer(&self.replayer, &request), *expected);
            past.extend_from_slice(batch);
        }
        assert_eq!(answers.next(), None);
    }

    fn entry(&self, event_id: i32, event: EventType) -> HistoryEvent {
        HistoryEvent {
            event_id,
            timestamp: Some(self.now.into()),
            event_type: Some(event),
        }
    }
}

fn started(name: &str, instance_id: &str, generation: u32, input: Option<String>) -> EventType {
    EventType::ExecutionStarted(ExecutionStarted {
        name: name.to_owned(),
        version: None,
        input,
        orchestration_instance: Some(OrchestrationInstance {
            instance_id: instance_id.to_owned(),
            execution_id: Some(format!("{instance_id}.{generation}")),
        }),
    })
}
