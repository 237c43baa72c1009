//! The order of a run, with activities whose answers are scripted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use quantx_durable::{Activities, Activity, Failure, LocalRunner, Sleeper};

/// Answers chunks from a script: by chunk, one answer after the other, the last one for ever.
#[derive(Debug)]
struct Script {
    epoch: tokio::time::Instant,
    chunks: u32,
    answers: Mutex<BTreeMap<u64, Vec<Result<Value, Failure>>>>,
    asked: Mutex<Vec<Value>>,
    published: Mutex<Vec<Value>>,
    most: Mutex<(usize, usize)>,
}

impl Script {
    fn new(chunks: u32) -> Arc<Self> {
        Arc::new(Self {
            epoch: tokio::time::Instant::now(),
            chunks,
            answers: Mutex::default(),
            asked: Mutex::default(),
            published: Mutex::default(),
            most: Mutex::default(),
        })
    }

    fn answer(&self, chunk: u64, answers: Vec<Result<Value, Failure>>) {
        self.answers.lock().unwrap().insert(chunk, answers);
    }

    fn next(&self, chunk: u64) -> Result<Value, Failure> {
        let mut answers = self.answers.lock().unwrap();
        match answers.get_mut(&chunk) {
            Some(left) if left.len() > 1 => left.remove(0),
            Some(left) => left[0].clone(),
            None => Ok(done()),
        }
    }
}

fn done() -> Value {
    json!({"listings": 5, "settled": 5, "not_reached": 0, "failed": 0})
}

fn part(settled: u32, not_reached: u32, failed: u32) -> Value {
    json!({"listings": 5, "settled": settled, "not_reached": not_reached, "failed": failed})
}

impl Script {
    async fn plan(self: Arc<Self>, _: Value) -> Result<Value, Failure> {
        Ok(
            json!({"run": "backfill_20240501_060000", "chunks": self.chunks,
            "listings": 5 * u64::from(self.chunks), "at_once": 3}),
        )
    }

    async fn chunk(self: Arc<Self>, input: Value) -> Result<Value, Failure> {
        self.asked.lock().unwrap().push(input.clone());
        {
            let mut most = self.most.lock().unwrap();
            most.0 += 1;
            most.1 = most.1.max(most.0);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        self.most.lock().unwrap().0 -= 1;
        self.next(input["chunk"].as_u64().unwrap())
    }

    async fn publish(self: Arc<Self>, input: Value) -> Result<Value, Failure> {
        self.published.lock().unwrap().push(input.clone());
        let left = 3 - self.published.lock().unwrap().len().min(3);
        Ok(json!({"tables_left": left, "summary": {
            "run": input["run"], "operation": "backfill", "ended": input["ended"],
            "timestamp": "2024-05-01T06:00:00Z", "symbols_processed": 5,
            "results": {"success": 5, "failed": 0, "skipped": 0}, "verdict": "green"}}))
    }

    /// The activities under their names, with texts as they come over the wire.
    fn registered(self: &Arc<Self>) -> Activities {
        let by_value = |name| Activity::<Value, Value>::new(name);
        let (plan, chunk, publish) = (Arc::clone(self), Arc::clone(self), Arc::clone(self));
        Activities::new()
            .with(by_value(PLAN.name()), move |input| {
                Arc::clone(&plan).plan(input)
            })
            .with(by_value(CHUNK.name()), move |input| {
                Arc::clone(&chunk).chunk(input)
            })
            .with(by_value(PUBLISH.name()), move |input| {
                Arc::clone(&publish).publish(input)
            })
    }
}

impl Sleeper for Script {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.epoch.elapsed()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(wait).boxed()
    }
}

fn runner(script: &Arc<Script>) -> LocalRunner {
    LocalRunner::new(
        workflows(),
        script.registered(),
        Arc::clone(script) as Arc<dyn Sleeper>,
    )
}

async fn run(script: &Arc<Script>) -> RunSummary {
    let text = runner(script).run(ORCHESTRATOR, "run", None).await.unwrap();
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn asked(script: &Script) -> BTreeMap<u64, usize> {
    let mut asked = BTreeMap::new();
    for order in script.asked.lock().unwrap().iter() {
        *asked.entry(order["chunk"].as_u64().unwrap()).or_default() += 1;
    }
    asked
}

#[tokio::test(start_paused = true)]
async fn every_chunk_has_its_turn_and_no_more_at_once_than_allowed() {
    let script = Script::new(10);
    let summary = run(&script).await;
    assert_eq!(summary.ended, Ended::Finished);
    assert_eq!(asked(&script), (0..10).map(|chunk| (chunk, 1)).collect());
    assert_eq!(script.most.lock().unwrap().1, 3);
    let published = script.published.lock().unwrap();
    assert_eq!(published.len(), 3, "until no table is left");
    assert_eq!(published[0]["given_up"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_chunk_is_asked_again_for_what_is_left() {
    let script = Script::new(3);
    let out_of_time = Ok(part(2, 3, 0));
    let storm = Ok(part(4, 0, 1));
    let killed = Err(Failure::transient("Http", "The response ended prematurely"));
    script.answer(1, vec![out_of_time, storm, killed, Ok(done())]);
    let summary = run(&script).await;
    assert_eq!(summary.ended, Ended::Finished);
    assert_eq!(asked(&script), BTreeMap::from([(0, 1), (1, 4), (2, 1)]));
    assert_eq!(script.published.lock().unwrap()[0]["given_up"], json!([]));
    // Four calls, no wait after the deadline, 15 s and 60 s after the others.
    assert_eq!(script.epoch.elapsed().as_secs(), 4 * 10 + 15 + 60);
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_never_ends_well_is_given_up_and_told() {
    let script = Script::new(3);
    script.answer(0, vec![Err(Failure::permanent("Corrupt", "no work list"))]);
    script.answer(2, vec![Ok(part(3, 0, 2))]);
    run(&script).await;
    assert_eq!(asked(&script), BTreeMap::from([(0, 1), (1, 1), (2, 4)]));
    let published = script.published.lock().unwrap();
    assert_eq!(
        published[0]["given_up"],
        json!([
            [0, "Corrupt: no work list"],
            [2, "ChunkShort: 2 of 5 listings failed, 0 were not reached"]
        ])
    );
}

#[tokio::test(start_paused = true)]
async fn deadlines_without_progress_end_too() {
    let script = Script::new(1);
    script.answer(0, vec![Ok(part(0, 5, 0))]);
    run(&script).await;
    assert_eq!(asked(&script), BTreeMap::from([(0, 4)]));
}

#[tokio::test(start_paused = true)]
async fn cancel_finishes_what_is_under_way_and_publishes() {
    let script = Script::new(10);
    script.answer(4, vec![Err(Failure::transient("Http", "500"))]);
    let runner = runner(&script);
    let running = runner.run(ORCHESTRATOR, "run", None);
    let user = async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        let status: Progress = serde_json::from_str(&runner.status("run").unwrap()).unwrap();
        assert_eq!((status.done, status.total, status.failed), (5, 10, 0));
        assert!(status.eta.is_some());
        assert!(runner.raise("run", "cancel", None));
    };
    let (outcome, ()) = futures::join!(running, user);
    let summary: RunSummary = serde_json::from_str(&outcome.unwrap().unwrap()).unwrap();
    assert_eq!(summary.ended, Ended::Cancelled);
    // Three under way are finished; the wait of the failed one is not.
    assert_eq!(asked(&script).len(), 8);
    assert!(script.epoch.elapsed().as_secs() <= 31);
    assert_eq!(script.published.lock().unwrap()[0]["ended"], "cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_claims_more_than_a_run_can_have_is_refused() {
    for chunks in [10_001, 4_000_000_000] {
        let script = Script::new(chunks);
        let failure = runner(&script)
            .run(ORCHESTRATOR, "run", None)
            .await
            .unwrap_err();
        assert!(
            !failure.retryable && failure.message.contains("10000"),
            "{failure}"
        );
        assert!(asked(&script).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_what_the_run_waits_for() {
    let script = Script::new(2);
    let killed = Err(Failure::transient(
        "System.Net.Http.HttpRequestException",
        "500",
    ));
    script.answer(0, vec![killed.clone(), Ok(done())]);
    script.answer(1, vec![killed, Ok(done())]);
    let runner = runner(&script);
    let running = runner.run(ORCHESTRATOR, "run", None);
    let user = async {
        let status =
            || -> Progress { serde_json::from_str(&runner.status("run").unwrap()).unwrap() };
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(status().phase, Phase::Chunks);
        tokio::time::sleep(Duration::from_secs(10)).await;
        let shown = status();
        let waiting = shown.waiting.unwrap();
        assert_eq!(shown.phase, Phase::Waiting);
        assert_eq!(waiting.until.as_second(), 10 + 15);
        assert_eq!(waiting.because, "HttpRequestException: 500");
        tokio::time::sleep(Duration::from_secs(15)).await;
        assert_eq!((status().phase, status().waiting), (Phase::Chunks, None));
    };
    let (outcome, ()) = futures::join!(running, user);
    outcome.unwrap();
}
