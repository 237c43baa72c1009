//! What a workflow's code can do wrong without harm to the host's process.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use quantx_durable::{Context, Failure};
use serde_json::{Value, json};

use super::history::{History, brief};
use quantx_durable::Limits;
use quantx_durable::wire::*;

type Outcome = Result<Value, Failure>;

fn quick() -> Limits {
    Limits {
        turn: Duration::from_millis(100),
        requests: 1_000,
        ..Limits::default()
    }
}

fn is_handed_back(answer: &OrchestratorResponse) -> bool {
    let Some(ActionType::CompleteOrchestration(end)) = &answer.actions[0].action_type else {
        return false;
    };
    let details = end.failure_details.clone().unwrap();
    details.inner_failure.unwrap().error_type == "System.OutOfMemoryException"
}

async fn panicking(context: Context, after: Value) -> Outcome {
    if after == json!(0) {
        panic!("at {}", "once");
    }
    context.activity_text("a", None).await?;
    panic!("later");
}

#[test]
fn a_panic_fails_the_instance() {
    let answer = History::begin("0").answer_of(panicking);
    assert_eq!(brief(&answer), ["0 Failed Panic: at once"]);
    let answer = History::begin("1")
        .scheduled(0, "a")
        .turn()
        .done(0, "1")
        .answer_of(panicking);
    assert_eq!(brief(&answer), ["1 Failed Panic: later"]);
    // Also where the history goes on, because the code did not panic then.
    let history = History::begin("1").scheduled(0, "a").turn().done(0, "1");
    let answer = history.scheduled(1, "b").turn().answer_of(panicking);
    assert_eq!(brief(&answer), ["1 Failed Panic: later"]);
}

#[test]
fn a_panic_before_the_first_await_or_at_the_end_fails_the_instance() {
    struct PanicsOnDrop;
    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let answer = History::begin("null").answer_of(|_, _| {
        assert_eq!(1, 2, "before");
        async { Ok(Value::Null) }
    });
    assert!(brief(&answer)[0].contains("Panic: assertion `left == right` failed: before"));
    let answer = History::begin("null").answer_of(|context, _| async move {
        let _panics = PanicsOnDrop;
        context.wait_for_event("go").await
    });
    assert_eq!(
        brief(&answer),
        ["0 Failed Panic: while the workflow was dropped"]
    );
}

#[test]
fn awaiting_what_no_driver_answers_fails_the_instance() {
    let answer = History::begin("null").answer_of(|_, _| async move {
        std::future::pending::<()>().await;
        Ok(Value::Null)
    });
    let message = "the workflow awaits something it did not get from its context";
    assert_eq!(
        brief(&answer),
        [format!("0 Failed ForeignAwait: {message}")]
    );

    // A request whose answer is dropped cannot wake anybody.
    let answer = History::begin("null").answer_of(|context, _| async move {
        drop(context.activity_text("a", None));
        std::future::pending::<()>().await;
        Ok(Value::Null)
    });
    assert_eq!(
        brief(&answer),
        [format!("1 Failed ForeignAwait: {message}")]
    );
}

#[test]
fn a_workflow_may_yield_but_not_for_ever() {
    let yields = |n: u32| {
        move |_: Context, _: Value| async move {
            for _ in 0..n {
                tokio::task::yield_now().await;
            }
            Ok(Value::Null)
        }
    };
    assert_eq!(
        brief(&History::begin("null").answer_of(yields(50))),
        ["0 Completed null"]
    );
    let answer = History::begin("null").answer_within(quick(), yields(u32::MAX));
    assert!(is_handed_back(&answer), "{answer:?}");
}

#[test]
fn endless_requests_fail_the_instance() {
    let answer = History::begin("null").answer_within(quick(), |context, _| async move {
        loop {
            drop(context.activity_text("a", None));
        }
    });
    assert!(brief(&answer)[0].starts_with("1000 Failed Runaway: too many requests"));
}

#[test]
fn a_turn_that_takes_too_long_is_handed_back_and_stopped() {
    let (stopped, is_stopped) = mpsc::channel();
    let answer = History::begin("null").answer_within(quick(), move |context, _| {
        let stopped = OnDrop(stopped.clone());
        async move {
            let _stopped = stopped;
            let start = context.now();
            while context.now() == start {}
            Ok(Value::Null)
        }
    });
    assert!(is_handed_back(&answer), "{answer:?}");
    is_stopped.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn code_that_looks_at_the_time_while_it_is_stopped_does_no_harm() {
    struct Late(Context);
    impl Drop for Late {
        fn drop(&mut self) {
            let _ = self.0.now();
        }
    }
    let answer = History::begin("null").answer_within(quick(), |context, _| async move {
        let _late = Late(context.clone());
        loop {
            drop(context.activity_text("a", None));
        }
    });
    assert!(brief(&answer)[0].contains("Runaway"));
}

/// Says so when it is dropped.
struct OnDrop(mpsc::Sender<()>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn a_workflow_that_hangs_can_be_terminated() {
    // It hangs until this test is over.
    let (_over, is_over) = mpsc::channel::<()>();
    let is_over = Arc::new(Mutex::new(is_over));
    let hanging = move |_: Context, _: Value| {
        let is_over = Arc::clone(&is_over);
        async move {
            let _ = is_over.lock().unwrap().recv();
            Ok(Value::Null)
        }
    };
    let history = History::begin("null").turn();
    assert!(is_handed_back(
        &history.answer_within(quick(), hanging.clone())
    ));
    let history = history.terminated("enough");
    assert_eq!(
        brief(&history.answer_within(quick(), hanging)),
        ["0 Terminated enough"]
    );
}
