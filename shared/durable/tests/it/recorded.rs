//! Every recorded turn, answered again.

use std::collections::{BTreeMap, BTreeSet};

use super::comparable::comparable;
use super::exchange::{answer, decode, unbounded};
use super::history::brief;
use super::recorded_orchestrator::workflows;
use super::recordings::turns;
use quantx_durable::Replayer;
use quantx_durable::wire::{
    ActionType, EventType, HistoryEvent, OrchestratorRequest, OrchestratorResponse, Timestamp,
};

/// Turns whose recorded answer is an experiment this handler does not repeat (a termination
/// ignored, a child without a name, an action the host does not know, a turn handed back,
/// `requiresHistory`, an empty answer), and how it answers.
const OTHERWISE: [(&str, u64, &[&str]); 6] = [
    (
        "05_events_terminate_suspend/s05_ignoreterm",
        4,
        &["0 Terminated ignored"],
    ),
    (
        "06_sub_continue_as_new_timers/s06_sub_empty_instance_id",
        2,
        &["0 child s06_sub-1:child", "1 child s06_sub-1:0001"],
    ),
    (
        "07_orchestrator_failures/s07_badaction",
        2,
        &["0 Failed UnknownMode: badaction"],
    ),
    (
        "07_orchestrator_failures/s07_oomtrick",
        2,
        &["0 activity backfill_chunk"],
    ),
    (
        "07_orchestrator_failures/s07_reqhist",
        4,
        &["1 Completed {\"ok\":\"after history\"}"],
    ),
    (
        "07_orchestrator_failures/s07_turnemptystr",
        4,
        &["1 Completed {\"ok\":\"after odd answer\"}"],
    ),
];

#[test]
fn every_recorded_turn_has_an_equivalent_answer() {
    let Some(turns) = turns() else { return };
    let replayer = Replayer::with_limits(workflows(), unbounded());
    let mut equal = BTreeMap::<&str, (usize, usize)>::new();
    let mut different = BTreeSet::new();
    let mut n_broken = 0;
    for turn in &turns {
        let given: OrchestratorResponse = decode(&replayer.answer(&turn.text).unwrap());
        let Some(recorded) = &turn.response else {
            n_broken += 1;
            assert_eq!(turn.request.instance_id, given.instance_id);
            continue;
        };
        let (n_equal, n_all) = equal.entry(&turn.scenario).or_default();
        *n_all += 1;
        if comparable(&given) == comparable(recorded) {
            *n_equal += 1;
        } else {
            let place = (turn.scenario.as_str(), turn.seq);
            different.insert(place);
            match OTHERWISE.iter().find(|it| (it.0, it.1) == place) {
                Some((_, _, expected)) => assert_eq!(brief(&given), *expected, "{place:?}"),
                None => eprintln!(
                    "{place:?}\n {}\n {}",
                    comparable(&given),
                    comparable(recorded)
                ),
            }
        }
    }
    for (scenario, (n_equal, n_all)) in &equal {
        eprintln!("{scenario}: {n_equal} of {n_all}");
    }
    let n_equal: usize = equal.values().map(|(n_equal, _)| n_equal).sum();
    eprintln!(
        "{n_equal} of {} turns equal, {n_broken} without an answer to compare",
        turns.len()
    );
    assert_eq!((turns.len(), n_broken, n_equal), (446, 22, 418));
    assert_eq!(different, OTHERWISE.iter().map(|it| (it.0, it.1)).collect());
}

#[test]
fn every_prefix_of_every_recorded_history_gives_the_actions_that_history_has() {
    let Some(recorded) = turns() else { return };
    let replayer = Replayer::with_limits(workflows(), unbounded());
    let mut n_prefixes = 0;
    for turn in &recorded {
        let place = format!("{} {}", turn.scenario, turn.seq);
        if OTHERWISE[1].0 == turn.scenario {
            // Its history has the child without a name.
            continue;
        }
        let mut past = Vec::new();
        for batch in batches(&turn.request) {
            let (came, scheduled): (Vec<_>, Vec<_>) = batch
                .iter()
                .cloned()
                .partition(|event| work(event).is_none());
            let request = OrchestratorRequest {
                past_events: past.clone(),
                new_events: came,
                ..turn.request.clone()
            };
            past.extend(batch.iter().cloned());
            let is_last =
                past.len() == turn.request.past_events.len() + turn.request.new_events.len();
            let given = answer(&replayer, &request);
            if is_last {
                assert_eq!(scheduled, []);
            } else {
                let confirmed: Vec<_> = scheduled.iter().filter_map(work).collect();
                assert_eq!(requested(&given), confirmed, "{place}");
                n_prefixes += 1;
            }
            // Where the boundary between past and new lies makes no difference.
            let mut shifted = request.clone();
            shifted.past_events.append(&mut shifted.new_events);
            assert_eq!(answer(&replayer, &shifted), given, "{place}");
        }
    }
    eprintln!("{n_prefixes} prefixes");
    assert!(n_prefixes > 1_000);
}

#[test]
fn answers_that_come_twice_change_nothing() {
    let Some(recorded) = turns() else { return };
    let replayer = Replayer::with_limits(workflows(), unbounded());
    let mut n_doubled = 0;
    for turn in &recorded {
        let expected = answer(&replayer, &turn.request);
        let mut at_once = turn.request.clone();
        let mut at_the_end = turn.request.clone();
        for events in [&mut at_once.past_events, &mut at_once.new_events] {
            let doubled =
                |event: &HistoryEvent| vec![event.clone(); 1 + usize::from(is_answer(event))];
            *events = events.iter().flat_map(doubled).collect();
        }
        let all = at_the_end
            .past_events
            .iter()
            .chain(&turn.request.new_events);
        let again: Vec<_> = all.filter(|event| is_answer(event)).cloned().collect();
        n_doubled += again.len();
        at_the_end.new_events.extend(again);
        for request in [at_once, at_the_end] {
            assert_eq!(
                answer(&replayer, &request),
                expected,
                "{} {}",
                turn.scenario,
                turn.seq
            );
        }
    }
    eprintln!("{n_doubled} answers doubled");
    assert!(n_doubled > 1_000);
}

fn is_answer(event: &HistoryEvent) -> bool {
    matches!(
        event.event_type,
        Some(
            EventType::TaskCompleted(_)
                | EventType::TaskFailed(_)
                | EventType::TimerFired(_)
                | EventType::SubOrchestrationInstanceCompleted(_)
                | EventType::SubOrchestrationInstanceFailed(_)
        )
    )
}

/// The turns of a history, each from its start on.
fn batches(request: &OrchestratorRequest) -> Vec<Vec<HistoryEvent>> {
    let mut batches: Vec<Vec<HistoryEvent>> = Vec::new();
    for event in request.past_events.iter().chain(&request.new_events) {
        if matches!(event.event_type, Some(EventType::OrchestratorStarted(_))) {
            batches.push(Vec::new());
        }
        batches.last_mut().unwrap().push(event.clone());
    }
    batches
}

/// A request of a workflow, as far as histories keep it.
#[derive(Debug, Clone, PartialEq)]
enum Work {
    Activity(String),
    Timer,
    Child(String),
    Event(String),
}

/// What a scheduling event says was requested, with the request's number and a timer's end.
fn work(event: &HistoryEvent) -> Option<(i32, Work, Option<Timestamp>)> {
    let (work, fire_at) = match event.event_type.as_ref()? {
        EventType::TaskScheduled(task) => (Work::Activity(task.name.clone()), None),
        EventType::TimerCreated(timer) => (Work::Timer, timer.fire_at),
        EventType::SubOrchestrationInstanceCreated(it) => (Work::Child(it.name.clone()), None),
        EventType::EventSent(sent) => (Work::Event(sent.name.clone()), None),
        _ => return None,
    };
    Some((event.event_id, work, fire_at))
}

fn requested(response: &OrchestratorResponse) -> Vec<(i32, Work, Option<Timestamp>)> {
    let requested = response.actions.iter().filter_map(|action| {
        let (work, fire_at) = match action.action_type.as_ref()? {
            ActionType::ScheduleTask(task) => (Work::Activity(task.name.clone()), None),
            ActionType::CreateTimer(timer) => (Work::Timer, timer.fire_at),
            ActionType::CreateSubOrchestration(it) => (Work::Child(it.name.clone()), None),
            ActionType::SendEvent(event) => (Work::Event(event.name.clone()), None),
            ActionType::CompleteOrchestration(_) => return None,
        };
        Some((action.id, work, fire_at))
    });
    requested.collect()
}

#[test]
fn with_the_usual_limits_only_timers_differ() {
    let Some(turns) = turns() else { return };
    let usual = Replayer::new(workflows());
    let exact = Replayer::with_limits(workflows(), unbounded());
    let mut scenarios = BTreeSet::new();
    for turn in &turns {
        let (usual, exact) = (answer(&usual, &turn.request), answer(&exact, &turn.request));
        if usual != exact {
            scenarios.insert(turn.scenario.split_once('/').unwrap().1.to_owned());
            let without_end = |response| -> Vec<(i32, Work)> {
                requested(response)
                    .into_iter()
                    .map(|(id, work, _)| (id, work))
                    .collect()
            };
            assert_eq!(without_end(&usual), without_end(&exact));
        }
    }
    let expected = [
        "s02_backfill",
        "s06_longtimer",
        "s06_send",
        "s06_timer6d",
        "s06_timer6d23h",
        "s06_timer7d1h",
        "s06_twotimers",
    ];
    assert_eq!(scenarios, expected.map(str::to_owned).into());
}
