//! One rule of the protocol at a time.

use std::time::Duration;

use quantx_durable::{
    Activity, Child, Context, Either, Failure, OutgoingEvent, Replayer, RetryPolicy, Workflows,
    all, race,
};
use serde_json::{Value, json};

use super::exchange::answer;
use super::history::{History, brief, end};
use quantx_durable::Limits;
use quantx_durable::wire::*;

type Outcome = Result<Value, Failure>;

async fn two_activities(context: Context, _: Value) -> Outcome {
    context.set_status(&"started")?;
    let first = context.activity_text("a", None).await?;
    context.set_status(&"half")?;
    let second = context.activity_text("b", None).await?;
    Ok(json!([first, second]))
}

async fn one_event(context: Context, _: Value) -> Outcome {
    context.wait_for_event("go").await
}

#[test]
fn a_request_of_another_name_or_kind_is_non_determinism() {
    let other_name = History::begin("null").scheduled(0, "x").turn().done(0, "1");
    let other_kind = History::begin("null").timer(0).turn().fired(0);
    let not_made = History::begin("null")
        .scheduled(0, "a")
        .scheduled(1, "c")
        .turn()
        .done(0, "1");
    let not_recorded = History::begin("null").turn().raised("go", "1");
    for (history, id, difference) in [
        (
            other_name,
            1,
            "request 0 was Activity(\"x\") and is Activity(\"a\") now",
        ),
        (
            other_kind,
            1,
            "request 0 was Timer and is Activity(\"a\") now",
        ),
        (
            not_made,
            1,
            "request 1 was Activity(\"c\") and is not made now",
        ),
        (
            not_recorded,
            1,
            "request 0 is Activity(\"a\") and was not made before",
        ),
    ] {
        let answer = history.answer_of(two_activities);
        let last = brief(&answer).pop().unwrap();
        assert!(answer.actions.len() == 1, "{answer:?}");
        let id = if last.starts_with('2') { 2 } else { id };
        assert_eq!(last, format!("{id} Failed NonDeterminism: {difference}"));
    }
}

#[test]
fn a_workflow_that_ends_before_its_history_does_has_changed() {
    let history = History::begin("null")
        .scheduled(0, "a")
        .turn()
        .done(0, "1")
        .scheduled(1, "b")
        .turn();
    let answer = history.answer_of(|context, _| async move {
        context.activity_text("a", None).await?;
        Ok(json!("short"))
    });
    assert_eq!(
        brief(&answer),
        ["1 Failed NonDeterminism: request 1 was Activity(\"b\") and is not made now"]
    );
}

#[test]
fn what_the_host_took_out_of_a_history_is_requested_again() {
    let rewound = History::begin("null")
        .entry(0, EventType::GenericEvent(InputOnly::default()))
        .turn()
        .event(EventType::GenericEvent(InputOnly::default()));
    assert_eq!(brief(&rewound.answer_of(two_activities)), ["0 activity a"]);
    let split = History::begin("null").timer(-100).turn().fired(-100);
    assert_eq!(brief(&split.answer_of(two_activities)), ["0 activity a"]);
}

#[test]
fn second_and_unknown_answers_change_nothing() {
    let once = History::begin("null").scheduled(0, "a").turn().done(0, "1");
    let often = History::begin("null")
        .scheduled(0, "a")
        .turn()
        .done(7, "9")
        .done(0, "1")
        .done(0, "2")
        .failed(0, None)
        .fired(0);
    let expected = once.answer_of(two_activities);
    assert_eq!(brief(&expected), ["1 activity b"]);
    assert_eq!(expected.custom_status.as_deref(), Some("\"half\""));
    assert_eq!(often.answer_of(two_activities), expected);
    let both = often
        .scheduled(1, "b")
        .turn()
        .done(0, "3")
        .done(1, "4")
        .answer_of(two_activities);
    assert_eq!(brief(&both), ["2 Completed [\"1\",\"4\"]"]);
}

#[test]
fn a_suspended_workflow_requests_nothing_and_forgets_nothing() {
    let history = History::begin("null").scheduled(0, "a").turn().suspended();
    let silent = history.answer_of(two_activities);
    assert_eq!(brief(&silent), [""; 0]);
    assert_eq!(silent.custom_status.as_deref(), Some("\"started\""));
    let history = history.turn().done(0, "1");
    assert_eq!(history.answer_of(two_activities), silent);
    let history = history.turn().resumed();
    assert_eq!(brief(&history.answer_of(two_activities)), ["1 activity b"]);

    // The answer of the turn that suspended is held back, and may be confirmed turns later.
    let history = History::begin("null")
        .scheduled(0, "a")
        .turn()
        .done(0, "1")
        .suspended();
    let held = history.answer_of(two_activities);
    assert_eq!(brief(&held), [""; 0]);
    assert_eq!(held.custom_status.as_deref(), Some("\"half\""));
    let history = history.turn().raised("other", "1").turn().resumed();
    assert_eq!(brief(&history.answer_of(two_activities)), ["1 activity b"]);
    let history = history.scheduled(1, "b").turn().done(1, "2");
    assert_eq!(
        brief(&history.answer_of(two_activities)),
        ["2 Completed [\"1\",\"2\"]"]
    );
}

#[test]
fn an_end_that_is_reached_while_suspended_waits() {
    let history = History::begin("null").turn().raised("go", "1").suspended();
    assert_eq!(brief(&history.answer_of(one_event)), [""; 0]);
    let history = history.turn().resumed();
    assert_eq!(brief(&history.answer_of(one_event)), ["0 Completed 1"]);
}

#[test]
fn waits_count_from_the_turn_that_resumed() {
    let history = History::begin("null")
        .turn()
        .suspended()
        .turn()
        .raised("go", "1")
        .turn()
        .resumed();
    let answer = history.answer_of(|context, _| async move {
        let before = context.now();
        context.wait_for_event::<Value>("go").await?;
        assert_eq!(context.now().as_second() - before.as_second(), 30);
        context.timer(Duration::from_secs(5)).await;
        Ok(Value::Null)
    });
    assert_eq!(brief(&answer), ["0 timer 45"]);
}

#[test]
fn a_termination_ends_it_whatever_its_state() {
    let history = History::begin("null").scheduled(0, "a").turn();
    let expected = ["1 Terminated stop now"];
    let plain = history.clone().terminated("stop now");
    assert_eq!(brief(&plain.answer_of(two_activities)), expected);
    let suspended = history
        .clone()
        .suspended()
        .turn()
        .done(0, "1")
        .terminated("stop now");
    assert_eq!(brief(&suspended.answer_of(two_activities)), expected);
    // Whatever it requested in that turn is dropped.
    let busy = history.done(0, "1").terminated("stop now");
    assert_eq!(
        brief(&busy.answer_of(two_activities)),
        ["2 Terminated stop now"]
    );
}

#[test]
fn early_events_are_kept_and_names_have_no_case() {
    let history = History::begin("null")
        .scheduled(0, "a")
        .turn()
        .raised("GO", "7")
        .turn()
        .done(0, "1");
    let answer = history.answer_of(|context, _| async move {
        context.activity_text("a", None).await?;
        context.wait_for_event("go").await
    });
    assert_eq!(brief(&answer), ["1 Completed 7"]);
}

#[test]
fn the_order_of_events_decides_a_race() {
    let workflow = |context: Context, _: Value| async move {
        let activity = context.activity_text("a", None);
        match race(activity, context.cancelled()).await {
            Either::Left(answer) => Ok(json!(answer?)),
            Either::Right(event) => Ok(json!({"cancelled": event.input})),
        }
    };
    let history = History::begin("null").scheduled(0, "a").turn();
    let activity_first = history.clone().done(0, "1").raised("cancel", "2");
    assert_eq!(
        brief(&activity_first.answer_of(workflow)),
        ["1 Completed \"1\""]
    );
    let event_first = history.raised("cancel", "2").done(0, "1");
    assert_eq!(
        brief(&event_first.answer_of(workflow)),
        ["1 Completed {\"cancelled\":\"2\"}"]
    );
}

#[test]
fn the_next_generation_gets_what_nobody_read() {
    let history = History::begin("1")
        .raised("extra", "1")
        .turn()
        .raised("go", "2")
        .raised("extra", "3");
    let answer = history.answer_of(|context, generation: Value| async move {
        context.wait_for_event::<Value>("go").await?;
        context.send_event(OutgoingEvent {
            to: "other".to_owned(),
            name: "bye".to_owned(),
            input: None,
        });
        let next = json!({"after": generation});
        context.continue_as_new(&next).await
    });
    assert_eq!(
        brief(&answer),
        ["0 event bye", "1 ContinuedAsNew {\"after\":1}"]
    );
    let carried = end(&answer)["carried"].clone();
    let expected = json!([
        [-1, "1700000020.000000000", "extra", {"json": 1}],
        [-1, "1700000020.000000000", "extra", {"json": 3}],
    ]);
    assert_eq!(carried, expected);
}

#[test]
fn a_long_wait_ends_with_its_last_timer_and_not_by_the_clock() {
    let days = Duration::from_secs(4 * 86_400);
    let workflow = move |context: Context, _: Value| async move {
        let deadline = context.now() + days;
        context.timer(days).await;
        // The history's clock hardly moves: timers fire early.
        assert!(context.now() < deadline);
        Ok(json!("over"))
    };
    let history = History::begin("null");
    assert_eq!(brief(&history.answer_of(workflow)), ["0 timer 172810"]);
    let history = history.timer(0).turn().fired(0);
    assert_eq!(brief(&history.answer_of(workflow)), ["1 timer 345610"]);
    let history = history.timer(1).turn().fired(0);
    assert_eq!(brief(&history.answer_of(workflow)), [""; 0]);
    let history = history.fired(1);
    assert_eq!(
        brief(&history.answer_of(workflow)),
        ["2 Completed \"over\""]
    );
}

#[test]
fn a_lost_race_ends_a_chain_of_timers() {
    let workflow = |context: Context, _: Value| async move {
        let timer = context.timer(Duration::from_secs(4 * 86_400));
        race(timer, context.cancelled()).await;
        context.wait_for_event::<Value>("go").await
    };
    let history = History::begin("null")
        .timer(0)
        .turn()
        .raised("cancel", "1")
        .turn()
        .fired(0);
    assert_eq!(brief(&history.answer_of(workflow)), [""; 0]);
}

#[test]
fn a_child_always_has_a_name() {
    let answer = History::begin("null").answer_of(|context, _| async move {
        let named = |id: &str| {
            context.sub_orchestration_text(Child {
                name: "child".to_owned(),
                instance_id: Some(id.to_owned()),
                input: None,
            })
        };
        let (first, second) = (named("mine"), named(""));
        let third = context.sub_orchestration::<_, Value>("child", &1);
        futures::join!(first, second, third).2
    });
    let expected = [
        "0 child mine",
        "1 child execution:0001",
        "2 child execution:0002",
    ];
    assert_eq!(brief(&answer), expected);
}

#[test]
fn a_failure_without_details_is_a_failure() {
    let policy = RetryPolicy {
        max_attempts: 2.try_into().unwrap(),
        first_wait: Duration::ZERO,
        growth: 1,
        longest_wait: Duration::from_secs(60),
    };
    let workflow = move |context: Context, _: Value| async move {
        context
            .activity(Activity::<i32, Value>::new("a"), &1, policy)
            .await
    };
    let history = History::begin("null")
        .scheduled(0, "a")
        .turn()
        .failed(0, None);
    assert_eq!(brief(&history.answer_of(workflow)), ["1 timer 22"]);
    let history = history
        .timer(1)
        .turn()
        .fired(1)
        .scheduled(2, "a")
        .turn()
        .failed(2, None);
    let answer = history.answer_of(workflow);
    assert_eq!(brief(&answer), ["3 Failed the host gave no reason"]);
    assert_eq!(end(&answer)["details"], Value::Null);
}

#[test]
fn many_requests_at_once_are_all_seen() {
    let workflow = |context: Context, _: Value| async move {
        let requests = (0..100).map(|_| context.activity_text("a", None));
        Ok(json!(all(requests).await.len()))
    };
    let mut history = History::begin("null");
    assert_eq!(history.answer_of(workflow).actions.len(), 100);
    for id in 0..100 {
        history = history.scheduled(id, "a");
    }
    history = history.turn();
    for id in (0..100).rev() {
        history = history.done(id, "1");
    }
    assert_eq!(brief(&history.answer_of(workflow)), ["100 Completed 100"]);
}

#[test]
fn an_unknown_name_or_unreadable_input_fails_the_instance() {
    let none = Replayer::new(Workflows::new());
    let answer = answer(&none, &History::begin("null").request());
    let expected = ["0 Failed UnknownWorkflow: there is no workflow workflow"];
    assert_eq!(brief(&answer), expected);
    let answer = History::begin("{").answer_of(two_activities);
    assert!(brief(&answer)[0].starts_with("0 Failed Unreadable: EOF"));
    assert_eq!(Limits::default().requests, 50_000);
}
