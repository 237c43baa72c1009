//! A crowd of callers, and threads that stand still: the handler answers, or ends for a new one.

use std::fs::File;
use std::time::Duration;

use quantx::operations::chunked::Ended;
use quantx_dev_host::{DevHost, Event, HandlerOutput, Options};
use quantx_tests::lakes::{differences, promised};
use serde_json::{Value, json};

use super::{Bench, ended, lines, summary, trigger};

/// An answer that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// One symbol a chunk: as many activities as there are symbols.
fn request(bench: &Bench) -> Value {
    let mut request = bench.request();
    request["chunk_size"] = json!(1);
    request
}

/// Statuses and bodies of callers who all call at once.
async fn crowd(host: &DevHost, n: usize, query: &str, body: &Value) -> Vec<(u16, Value)> {
    let calls = (0..n).map(|_| trigger(host, query, body));
    let all = futures::future::join_all(calls);
    tokio::time::timeout(PATIENCE, all).await.unwrap()
}

/// Whether the handler still answers, and works: who comes next is served.
async fn assert_serves(bench: &Bench, host: &DevHost, id: &str) {
    let next = async {
        let health = reqwest::get(format!("{}/api/health", host.base_url()));
        assert_eq!(health.await.unwrap().status(), 503, "the market is behind");
        bench.begin(host, id);
        summary(&ended(host, id).await)
    };
    let summary = tokio::time::timeout(PATIENCE, next).await.unwrap();
    assert_eq!(summary.ended, Ended::Finished);
}

fn deaths(host: &DevHost) -> Vec<String> {
    let events = host.events();
    let deaths = events.iter().filter_map(|event| match event {
        Event::HandlerEnded { status } => Some(status.clone()),
        _ => None,
    });
    deaths.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_callers_who_wait_leave_a_handler_that_works() {
    let bench = Bench::of(40, 40, "").await;
    let host = bench.host().await;
    let answers = crowd(&host, 40, "&wait=10", &request(&bench)).await;
    let of = |status| answers.iter().filter(|(it, _)| *it == status).count();
    assert_eq!(of(200) + of(202) + of(429), 40, "{answers:?}");
    assert!(of(429) > 0 && of(200) + of(202) >= 4, "{answers:?}");
    let refused = answers.iter().find(|(status, _)| *status == 429).unwrap();
    assert_eq!(refused.1["retry_after_seconds"], 30, "{}", refused.1);
    assert!(
        refused.1["problems"][0]
            .as_str()
            .unwrap()
            .contains("runs_at_once")
    );
    assert_serves(&bench, &host, "afterwards").await;
    assert_eq!(deaths(&host), [""; 0]);
    bench.assert_as_one_backfill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_by_the_hundred_leave_a_handler_that_works() {
    let bench = Bench::of(130, 130, "").await;
    let mut settings = bench.settings();
    settings.insert("FETCHER_MAX_PARALLEL_CHUNKS".to_owned(), "64".to_owned());
    let options = Options {
        settings,
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    let answers = crowd(&host, 2, "&wait=30", &request(&bench)).await;
    assert!(
        answers
            .iter()
            .all(|(status, _)| matches!(status, 200 | 202)),
        "{answers:?}"
    );
    assert_serves(&bench, &host, "afterwards").await;
    assert_eq!(deaths(&host), [""; 0]);
    bench.assert_as_one_backfill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_in_the_middle_of_kills_leaves_a_lake_that_one_run_completes() {
    let bench = Bench::of(60, 20, "").await;
    let host = bench.host().await;
    let body = request(&bench);
    let callers = async {
        for _ in 0..4 {
            // Who is cut off by a kill has no answer, and the next of them comes.
            crowd(&host, 20, "&wait=2", &body).await;
        }
    };
    let kills = async {
        for n in 1..=5 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            host.kill_handler();
            let is_death = |it: &Event| matches!(it, Event::HandlerEnded { .. });
            host.wait_for(n, is_death).await;
        }
    };
    tokio::time::timeout(PATIENCE, futures::future::join(callers, kills))
        .await
        .unwrap();
    assert_serves(&bench, &host, "afterwards").await;
    // Runs that callers left to the host end too.
    let differences = differences(&promised(&bench.store()).await, &bench.expected);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    bench.assert_proven();
}

/// Every write waits for a lock of somebody who never moves: in the end no thread of the pool is left.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn threads_that_stand_still_end_the_process_for_a_new_one() {
    let bench = Bench::of(240, 60, "").await;
    let log = bench.folder.path().join("log");
    let mut settings = bench.settings();
    let timeout = "AzureFunctionsJobHost__functionTimeout";
    for (name, value) in [(timeout, "00:00:10"), ("MAX_WORKERS", "64")] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    let options = Options {
        settings,
        output: HandlerOutput::Kept(log.clone()),
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    bench.begin(&host, "stuck");
    bench.asked(1).await;
    let locks = bench.lake().join(".quantx").join("locks");
    let held: Vec<File> = (0..=255)
        .map(|n| {
            let file = File::create(locks.join(format!("{n:02x}"))).unwrap();
            file.lock().unwrap();
            file
        })
        .collect();
    let is_death = |it: &Event| matches!(it, Event::HandlerEnded { .. });
    let death = tokio::time::timeout(PATIENCE, host.wait_for(1, is_death));
    death.await.unwrap();
    assert!(deaths(&host)[0].contains("200"), "{:?}", deaths(&host));
    let told = |line: &Value| line.to_string().contains("the host starts another");
    assert!(lines(&log).iter().any(told), "the end is told");
    drop(held);
    // The new process takes up what the old one left.
    let instance = tokio::time::timeout(PATIENCE, ended(&host, "stuck"));
    assert_eq!(summary(&instance.await.unwrap()).ended, Ended::Finished);
    bench.assert_as_one_backfill().await;
}
