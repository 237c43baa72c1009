//! The runner within one process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use serde_json::{Value, json};

use quantx_durable::{
    Activities, Activity, Child, Context, Either, Failure, LocalRunner, OutgoingEvent, RetryPolicy,
    Sleeper, Workflows, all, bounded, race,
};

type Outcome = Result<Value, Failure>;

/// The paused clock, in which activities take `seconds`; it counts how many run at once.
#[derive(Debug)]
struct Paused {
    epoch: tokio::time::Instant,
    running: AtomicUsize,
    most: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl Paused {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            epoch: tokio::time::Instant::now(),
            running: AtomicUsize::default(),
            most: AtomicUsize::default(),
            requests: Mutex::default(),
        })
    }
}

fn named(name: &'static str) -> Activity<Value, Value> {
    Activity::new(name)
}

fn activities(paused: &Arc<Paused>) -> Activities {
    let names = ["chunk", "child", "noted", "slow", "fail", "refuse"];
    names.into_iter().fold(Activities::new(), |all, name| {
        let paused = Arc::clone(paused);
        all.with(named(name), move |input| {
            paused
                .requests
                .lock()
                .unwrap()
                .push(format!("{name} {input}"));
            Arc::clone(&paused).perform(name, input)
        })
    })
}

impl Paused {
    async fn perform(self: Arc<Self>, name: &str, input: Value) -> Outcome {
        let now = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        let seconds = input["seconds"].as_u64().unwrap_or(1);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        match name {
            "fail" => Err(Failure::transient("Throttled", "429")),
            "refuse" => Err(Failure::permanent("Gone", "for good")),
            _ => Ok(input),
        }
    }
}

impl Sleeper for Paused {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.epoch.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(wait).boxed()
    }
}

fn runner<F, W>(paused: &Arc<Paused>, workflow: W) -> LocalRunner
where
    F: Future<Output = Outcome> + Send + 'static,
    W: Fn(Context, Value) -> F + Send + Sync + 'static,
{
    let workflows = Workflows::new()
        .with("workflow", workflow)
        .with("child", |context, input: Value| async move {
            context
                .activity(named("child"), &input, RetryPolicy::NEVER)
                .await
        })
        .with("failing", |_, _: Value| async move {
            Err::<(), _>(Failure::permanent("Refused", "never"))
        });
    LocalRunner::new(workflows, activities(paused), paused.clone())
}

async fn run<F, W>(paused: &Arc<Paused>, workflow: W) -> Outcome
where
    F: Future<Output = Outcome> + Send + 'static,
    W: Fn(Context, Value) -> F + Send + Sync + 'static,
{
    let text = runner(paused, workflow)
        .run("workflow", "run", None)
        .await?;
    Ok(serde_json::from_str(&text.unwrap()).unwrap())
}

fn policy(max_attempts: u32) -> RetryPolicy {
    RetryPolicy {
        max_attempts: max_attempts.try_into().unwrap(),
        first_wait: Duration::from_secs(10),
        growth: 2,
        longest_wait: Duration::from_secs(15),
    }
}

#[tokio::test(start_paused = true)]
async fn an_activity_is_tried_again_after_growing_waits() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, _| async move {
        let failed = context.activity(named("fail"), &json!({}), policy(3)).await;
        let waited = context.now().duration_since(Timestamp::UNIX_EPOCH);
        // Three attempts of a second, and waits of 10 s and 15 s.
        assert_eq!(waited.as_secs(), 3 + 10 + 15);
        let refused = context
            .activity(named("refuse"), &json!({}), policy(3))
            .await;
        Ok(json!([failed.unwrap_err().kind, refused.unwrap_err().kind]))
    });
    assert_eq!(outcome.await.unwrap(), json!(["Throttled", "Gone"]));
    assert_eq!(paused.requests.lock().unwrap().len(), 3 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_bounded_fan_out_is_bounded_and_names_its_inputs() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, _| async move {
        // The later, the shorter.
        let chunks = (0..9_u64).map(|n| json!({"n": n, "seconds": 20 - 2 * n}));
        let start = |chunk: Value| context.activity(named("chunk"), &chunk, RetryPolicy::NEVER);
        let done = bounded(3.try_into().unwrap(), chunks, start);
        let mut done: Vec<_> = done.collect().await;
        // The index is that of the input.
        done.sort_by_key(|(index, _)| *index);
        let order = done
            .into_iter()
            .map(|(_, chunk)| chunk.unwrap()["n"].clone());
        Ok(Value::Array(order.collect()))
    });
    assert_eq!(outcome.await.unwrap(), json!([0, 1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(paused.most.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn all_waits_for_the_last_and_race_for_the_first() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, _| async move {
        let sleeping = |seconds: u64| {
            let timer = context.timer(Duration::from_secs(seconds));
            async move {
                timer.await;
                seconds
            }
        };
        let first = match race(sleeping(5), sleeping(2)).await {
            Either::Left(seconds) | Either::Right(seconds) => seconds,
        };
        let at_first = context.now().as_second();
        let every = all([sleeping(3), sleeping(1)]).await;
        let none = all(Vec::<std::future::Ready<u64>>::new()).await;
        Ok(json!([
            first,
            at_first,
            every,
            none,
            context.now().as_second()
        ]))
    });
    assert_eq!(outcome.await.unwrap(), json!([2, 2, [3, 1], [], 5]));
}

/// A library that drew lots here would make replays differ.
#[tokio::test]
async fn on_a_tie_the_first_in_order_wins() {
    for _ in 0..200 {
        let ready = std::future::ready;
        assert!(matches!(race(ready(1), ready(2)).await, Either::Left(1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_workflow_can_be_cancelled_and_asked_for_its_status() {
    let paused = Paused::new();
    let runner = runner(&paused, |context, _| async move {
        for chunk in 0.. {
            context.set_status(&json!({ "chunk": chunk }))?;
            let input = json!({"seconds": 10});
            let chunk = context.activity(named("chunk"), &input, RetryPolicy::NEVER);
            if let Either::Right(event) = race(chunk, context.cancelled()).await {
                return Ok(json!(event.input));
            }
        }
        Ok(Value::Null)
    });
    assert_eq!(runner.status("run"), None);
    assert!(!runner.raise("run", "cancel", None));
    let running = runner.run("workflow", "run", None);
    let user = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        assert_eq!(runner.status("run").as_deref(), Some("{\"chunk\":2}"));
        assert!(runner.raise("run", "Cancel", Some("\"enough\"".to_owned())));
    };
    let (outcome, ()) = futures::join!(running, user);
    assert_eq!(outcome.unwrap().as_deref(), Some("\"\\\"enough\\\"\""));
    assert_eq!(paused.requests.lock().unwrap().len(), 3);
    assert_eq!(runner.status("run"), None);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_ends_with_all_it_started() {
    let paused = Paused::new();
    let runner = runner(&paused, |context, _| async move {
        let child = context.sub_orchestration::<_, Value>("child", &json!({"seconds": 60}));
        let chunk = context.activity(named("chunk"), &json!({}), RetryPolicy::NEVER);
        let _ = futures::join!(child, chunk);
        Ok(Value::Null)
    });
    let running = runner.run("workflow", "run", None);
    let ended = tokio::time::timeout(Duration::from_millis(500), running).await;
    assert!(ended.is_err());
    assert_eq!(paused.requests.lock().unwrap().len(), 2);
    assert!(!runner.raise("run", "late", None));
    assert!(!runner.raise("run:0001", "late", None));
}

#[tokio::test(start_paused = true)]
async fn children_answer_with_output_or_failure() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, _| async move {
        let good = context.sub_orchestration::<_, Value>("child", &json!({"seconds": 2}));
        let bad = context.sub_orchestration::<_, Value>("failing", &json!({}));
        let unknown = context.sub_orchestration_text(Child {
            name: "nobody".to_owned(),
            instance_id: None,
            input: None,
        });
        let (good, bad, unknown) = futures::join!(good, bad, unknown);
        Ok(json!([
            good?,
            bad.unwrap_err().kind,
            unknown.unwrap_err().kind
        ]))
    });
    let expected = json!([{"seconds": 2}, "Refused", "UnknownWorkflow"]);
    assert_eq!(outcome.await.unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn the_next_generation_keeps_unread_events_and_forgets_the_rest() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, generation: Value| async move {
        if generation.is_null() {
            let to = context.instance_id().to_owned();
            for (to, name) in [(to, "late"), ("nobody".to_owned(), "lost")] {
                let name = name.to_owned();
                context.send_event(OutgoingEvent {
                    to,
                    name,
                    input: Some("7".to_owned()),
                });
            }
            drop(context.activity_text("slow", Some("{\"seconds\":100}".to_owned())));
            return context.continue_as_new(&1).await;
        }
        let event: Value = context.wait_for_event("late").await?;
        assert_eq!(context.now(), Timestamp::UNIX_EPOCH);
        Ok(json!([generation, event, context.is_replaying()]))
    });
    assert_eq!(outcome.await.unwrap(), json!([1, 7, false]));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_waited_for_runs_all_the_same() {
    let paused = Paused::new();
    let outcome = run(&paused, |context, _| async move {
        drop(context.activity_text("noted", Some("1".to_owned())));
        let broken = context
            .activity_text("noted", Some("not json".to_owned()))
            .await;
        Ok(json!(broken.unwrap_err().kind))
    });
    assert_eq!(outcome.await.unwrap(), json!("Unreadable"));
    assert_eq!(*paused.requests.lock().unwrap(), ["noted 1"]);
}
