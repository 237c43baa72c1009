use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Activities, Child, Context, Either, Failure, LocalRunner, OutgoingEvent, RetryPolicy, Sleeper,
    Workflows, all, any, bounded, in_order, race,
};

type Outcome = Result<Value, Failure>;

/// Activities that take `seconds` of the paused clock, and count how many run at once.
#[derive(Debug)]
struct Market {
    epoch: tokio::time::Instant,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Market {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            epoch: tokio::time::Instant::now(),
            running: Arc::default(),
            most: Arc::default(),
            asked: Arc::default(),
        })
    }
}

impl Activities for Market {
    fn run(&self, name: &str, input: Value) -> BoxFuture<'static, Outcome> {
        let (running, most) = (Arc::clone(&self.running), Arc::clone(&self.most));
        self.asked.lock().unwrap().push(format!("{name} {input}"));
        let name = name.to_owned();
        async move {
            let now = running.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(now, Ordering::Relaxed);
            let seconds = input["seconds"].as_u64().unwrap_or(1);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            match name.as_str() {
                "fail" => Err(Failure::transient("Throttled", "429")),
                "refuse" => Err(Failure::permanent("Delisted", "gone")),
                _ => Ok(input),
            }
        }
        .boxed()
    }
}

impl Sleeper for Market {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.epoch.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(wait).boxed()
    }
}

fn runner<F, W>(market: &Arc<Market>, workflow: W) -> LocalRunner
where
    F: Future<Output = Outcome> + Send + 'static,
    W: Fn(Context, Value) -> F + Send + Sync + 'static,
{
    let workflows = Workflows::new()
        .with("workflow", workflow)
        .with("child", |context, input: Value| async move {
            context
                .activity::<_, Value>("child", &input, RetryPolicy::NEVER)
                .await
        })
        .with("failing", |_, _: Value| async move {
            Err::<(), _>(Failure::permanent("Refused", "never"))
        });
    LocalRunner::new(workflows, market.clone(), market.clone())
}

async fn run<F, W>(market: &Arc<Market>, workflow: W) -> Outcome
where
    F: Future<Output = Outcome> + Send + 'static,
    W: Fn(Context, Value) -> F + Send + Sync + 'static,
{
    let text = runner(market, workflow)
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
    let market = Market::new();
    let outcome = run(&market, |context, _| async move {
        let failed = context
            .activity::<_, Value>("fail", &json!({}), policy(3))
            .await;
        let waited = context.now().duration_since(Timestamp::UNIX_EPOCH);
        // Three attempts of a second, and waits of 10 s and 15 s.
        assert_eq!(waited.as_secs(), 3 + 10 + 15);
        let refused = context
            .activity::<_, Value>("refuse", &json!({}), policy(3))
            .await;
        Ok(json!([failed.unwrap_err().kind, refused.unwrap_err().kind]))
    });
    assert_eq!(outcome.await.unwrap(), json!(["Throttled", "Delisted"]));
    assert_eq!(market.asked.lock().unwrap().len(), 3 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_bounded_fan_out_is_bounded_and_keeps_the_order() {
    let market = Market::new();
    let outcome = run(&market, |context, _| async move {
        // The later, the shorter.
        let chunks = (0..9_u64).map(|n| json!({"n": n, "seconds": 20 - 2 * n}));
        let start =
            |chunk: Value| context.activity::<_, Value>("chunk", &chunk, RetryPolicy::NEVER);
        let done = in_order(bounded(3.try_into().unwrap(), chunks, start)).await;
        let order = done.into_iter().map(|chunk| chunk.unwrap()["n"].clone());
        Ok(Value::Array(order.collect()))
    });
    assert_eq!(outcome.await.unwrap(), json!([0, 1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(market.most.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn all_waits_for_the_last_and_any_for_the_first() {
    let market = Market::new();
    let outcome = run(&market, |context, _| async move {
        let sleeping = |seconds: u64| {
            let timer = context.timer(Duration::from_secs(seconds));
            async move {
                timer.await;
                seconds
            }
        };
        let first = any([sleeping(5), sleeping(2), sleeping(9)]).await;
        let at_first = context.now().as_second();
        let every = all([sleeping(3), sleeping(1)]).await;
        let none = any(Vec::<std::future::Ready<u64>>::new()).await;
        Ok(json!([
            first,
            at_first,
            every,
            none,
            context.now().as_second()
        ]))
    });
    assert_eq!(outcome.await.unwrap(), json!([[1, 2], 2, [3, 1], null, 5]));
}

/// A library that drew lots here would make replays differ.
#[tokio::test]
async fn on_a_tie_the_first_in_order_wins() {
    for _ in 0..200 {
        let ready = std::future::ready;
        assert!(matches!(race(ready(1), ready(2)).await, Either::Left(1)));
        assert_eq!(any([ready(1), ready(2), ready(3)]).await, Some((0, 1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_workflow_can_be_cancelled_and_asked_for_its_status() {
    let market = Market::new();
    let runner = runner(&market, |context, _| async move {
        for chunk in 0.. {
            context.set_status(&json!({ "chunk": chunk }))?;
            let input = json!({"seconds": 10});
            let chunk = context.activity::<_, Value>("chunk", &input, RetryPolicy::NEVER);
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
    assert_eq!(market.asked.lock().unwrap().len(), 3);
    assert_eq!(runner.status("run"), None);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_ends_with_all_it_started() {
    let market = Market::new();
    let runner = runner(&market, |context, _| async move {
        let child = context.sub_orchestration::<_, Value>("child", &json!({"seconds": 60}));
        let chunk = context.activity::<_, Value>("chunk", &json!({}), RetryPolicy::NEVER);
        let _ = futures::join!(child, chunk);
        Ok(Value::Null)
    });
    let running = runner.run("workflow", "run", None);
    let ended = tokio::time::timeout(Duration::from_millis(500), running).await;
    assert!(ended.is_err());
    assert_eq!(market.asked.lock().unwrap().len(), 2);
    assert!(!runner.raise("run", "late", None));
    assert!(!runner.raise("run:0001", "late", None));
}

#[tokio::test(start_paused = true)]
async fn children_answer_with_output_or_failure() {
    let market = Market::new();
    let outcome = run(&market, |context, _| async move {
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
    let market = Market::new();
    let outcome = run(&market, |context, generation: Value| async move {
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
    let market = Market::new();
    let outcome = run(&market, |context, _| async move {
        drop(context.activity_text("noted", Some("1".to_owned())));
        let broken = context
            .activity_text("noted", Some("not json".to_owned()))
            .await;
        Ok(json!(broken.unwrap_err().kind))
    });
    assert_eq!(outcome.await.unwrap(), json!("Unreadable"));
    assert_eq!(*market.asked.lock().unwrap(), ["noted 1"]);
}
