//! Carries an instance from turn to turn by what the replayer answers, until it ends.
//!
//! What happens between two turns is read from numbers: answers come in any order, twice, several in
//! one turn, and the instance may be suspended in between. Every turn is answered three times: as
//! posted, again, and with all of it past.

use std::time::Duration;

use jiff::Timestamp;
use quantx_durable::wire::*;
use quantx_durable::{Failure, Replayer, encode_answer};
use serde_json::Value;

use super::exchange::answer;

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

/// How often something out of the plain course happened.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) n_turns: usize,
    pub(super) n_doubled: usize,
    pub(super) n_joined: usize,
    pub(super) n_suspended: usize,
    pub(super) n_generations: usize,
    pub(super) n_children: usize,
}

/// Who answers, by what course, and what happened so far.
pub(super) struct ReplayLoop {
    pub(super) replayer: Replayer,
    pub(super) activity: fn(&str, &Value) -> Result<Value, Failure>,
    pub(super) course: Course,
    pub(super) counts: Counts,
    pub(super) now: Timestamp,
}

/// One instance under way.
struct Instance {
    id: String,
    history: Vec<HistoryEvent>,
    /// Events that the next turn begins with.
    next: Vec<EventType>,
    /// Answers and events that some later turn gets.
    under_way: Vec<EventType>,
    is_fresh_generation: bool,
}

impl ReplayLoop {
    /// Runs an instance to its end; `events` are raised at its start.
    pub(super) fn run(
        &mut self,
        name: &str,
        id: &str,
        input: Option<String>,
        events: Vec<EventType>,
    ) -> CompleteOrchestration {
        let mut instance = Instance {
            id: id.to_owned(),
            history: Vec::new(),
            next: vec![started(name, id, self.counts.n_generations, input)],
            under_way: events,
            is_fresh_generation: false,
        };
        loop {
            let response = self.turn(&mut instance);
            let Some(end) = self.carry_out(&mut instance, response.actions) else {
                continue;
            };
            if end.orchestration_status() != OrchestrationStatus::ContinuedAsNew {
                return end;
            }
            self.counts.n_generations += 1;
            let start = started(name, id, self.counts.n_generations, end.result);
            let carried = end.carryover_events.into_iter();
            instance.next = std::iter::once(start)
                .chain(carried.filter_map(|it| it.event_type))
                .collect();
            // Answers to the old generation are dropped; events are for the instance.
            let is_event = |event: &EventType| matches!(event, EventType::EventRaised(_));
            instance.under_way.retain(is_event);
            instance.history.clear();
            instance.is_fresh_generation = true;
        }
    }

    fn turn(&mut self, instance: &mut Instance) -> OrchestratorResponse {
        self.now += Duration::from_micros(31_417_300);
        let mut new = std::mem::take(&mut instance.next);
        let most = instance.under_way.len().min(3);
        if new.is_empty() {
            assert!(most > 0, "{} waits for ever", instance.id);
        }
        let n_arriving = match most {
            0 => 0,
            most => usize::from(new.is_empty()) + self.course.below(most),
        };
        self.counts.n_joined += usize::from(n_arriving > 1);
        for _ in 0..n_arriving {
            new.push(self.arrival(instance));
        }
        if self.course.happens_once_in(12) {
            self.counts.n_suspended += 1;
            let at = 1 + self.course.below(new.len());
            new.insert(at, EventType::ExecutionSuspended(InputOnly::default()));
            let resumed = EventType::ExecutionResumed(InputOnly::default());
            instance.next.push(resumed);
        }
        new.insert(0, EventType::OrchestratorStarted(Nothing {}));
        if std::mem::take(&mut instance.is_fresh_generation) {
            new.push(EventType::OrchestratorCompleted(Nothing {}));
        }
        let new: Vec<_> = new.into_iter().map(|it| self.entry(-1, it)).collect();
        let mut request = OrchestratorRequest {
            instance_id: instance.id.clone(),
            execution_id: None,
            past_events: instance.history.clone(),
            new_events: new.clone(),
        };
        let response = answer(&self.replayer, &request);
        assert_eq!(answer(&self.replayer, &request), response);
        request.past_events.append(&mut request.new_events);
        assert_eq!(answer(&self.replayer, &request), response);
        self.counts.n_turns += 1;
        instance.history.extend(new);
        response
    }

    /// Something that was under way; once in a while it comes again later.
    fn arrival(&mut self, instance: &mut Instance) -> EventType {
        let chosen = self.course.below(instance.under_way.len());
        let event = match self.course.happens_once_in(6) {
            true => {
                self.counts.n_doubled += 1;
                instance.under_way[chosen].clone()
            }
            false => instance.under_way.remove(chosen),
        };
        if let EventType::TimerFired(timer) = &event {
            let due = timer.fire_at.unwrap();
            let due = Timestamp::new(due.seconds, due.nanos).unwrap();
            // The host fires timers up to a second early.
            self.now = self.now.max(due - Duration::from_millis(900));
        }
        event
    }

    /// Puts actions into the history and under way; the end, if there is one.
    fn carry_out(
        &mut self,
        instance: &mut Instance,
        actions: Vec<OrchestratorAction>,
    ) -> Option<CompleteOrchestration> {
        let mut end = None;
        for action in actions {
            let recorded = match action.action_type.unwrap() {
                ActionType::CompleteOrchestration(it) => {
                    end = Some(it);
                    continue;
                }
                other => self.begin(instance, action.id, other),
            };
            instance.history.push(self.entry(action.id, recorded));
        }
        let completed = EventType::OrchestratorCompleted(Nothing {});
        instance.history.push(self.entry(-1, completed));
        end
    }

    /// Starts what an action asks for; what the history keeps of it.
    fn begin(&mut self, instance: &mut Instance, id: i32, action: ActionType) -> EventType {
        let (answer, recorded) = match action {
            ActionType::ScheduleTask(task) => {
                let input = serde_json::from_str(task.input.as_deref().unwrap()).unwrap();
                let text = encode_answer((self.activity)(&task.name, &input)).unwrap();
                let done = EventType::TaskCompleted(Completed {
                    task_scheduled_id: id,
                    result: Some(serde_json::to_string(&text).unwrap()),
                });
                let input = None;
                (
                    done,
                    EventType::TaskScheduled(TaskScheduled { input, ..task }),
                )
            }
            ActionType::CreateTimer(timer) => {
                let fire_at = timer.fire_at;
                let wait = fire_at.unwrap().seconds - self.now.as_second();
                // The next link of a chain is short, or over, when the last one fired late.
                assert!(wait <= 3 * 86_400 + 1, "a timer of {wait} s");
                let fired = EventType::TimerFired(TimerFired {
                    fire_at,
                    timer_id: id,
                });
                (fired, EventType::TimerCreated(timer))
            }
            ActionType::CreateSubOrchestration(child) => {
                self.counts.n_children += 1;
                let mut created = child.clone();
                created.input = None;
                (
                    self.child(id, child),
                    EventType::SubOrchestrationInstanceCreated(created),
                )
            }
            ActionType::SendEvent(sent) => {
                let to = sent.instance.unwrap().instance_id;
                assert_eq!(to, instance.id);
                let raised = EventType::EventRaised(EventRaised {
                    name: sent.name.clone(),
                    input: sent.data.clone(),
                });
                let sent = EventSent {
                    instance_id: to,
                    name: sent.name,
                    input: sent.data,
                };
                (raised, EventType::EventSent(sent))
            }
            ActionType::CompleteOrchestration(_) => unreachable!(),
        };
        instance.under_way.push(answer);
        recorded
    }

    /// Runs a child to its end; its answer comes to the parent at any later time.
    fn child(&mut self, id: i32, child: SubOrchestrationInstanceCreated) -> EventType {
        assert_ne!(child.instance_id, "");
        let end = self.run(&child.name, &child.instance_id, child.input, Vec::new());
        match end.orchestration_status() {
            OrchestrationStatus::Completed => {
                EventType::SubOrchestrationInstanceCompleted(Completed {
                    task_scheduled_id: id,
                    result: end.result,
                })
            }
            _ => EventType::SubOrchestrationInstanceFailed(Failed {
                task_scheduled_id: id,
                failure_details: end.failure_details,
            }),
        }
    }

    fn entry(&self, event_id: i32, event: EventType) -> HistoryEvent {
        HistoryEvent {
            event_id,
            timestamp: Some(self.now.into()),
            event_type: Some(event),
        }
    }
}

fn started(name: &str, id: &str, generation: usize, input: Option<String>) -> EventType {
    EventType::ExecutionStarted(ExecutionStarted {
        name: name.to_owned(),
        version: None,
        input,
        orchestration_instance: Some(OrchestrationInstance {
            instance_id: id.to_owned(),
            execution_id: Some(format!("{id}.{generation}")),
        }),
    })
}
