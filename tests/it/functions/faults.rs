//! Runs of a thousand listings to which something happens: the lake is always that of one backfill.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quantx::operations::chunked::{CHUNK, Ended};
use quantx::report::Verdict;
use quantx_dev_host::{Call, Delivery, DevHost, Event};

use super::prefixes::place;
use super::{Bench, CHUNK_SIZE, activities, ended, summary};

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_twice_is_done_at_the_third_call() {
    let bench = Bench::new("").await;
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    let meddler = move |call: &Call| match place(call) {
        Some((3, 1 | 2)) => {
            count.fetch_add(1, Ordering::SeqCst);
            Delivery::Fail
        }
        _ => Delivery::Post,
    };
    let host = bench.host_with(Arc::new(meddler)).await;
    bench.begin(&host, "failing");
    let summary = summary(&ended(&host, "failing").await);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 1_000)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    assert_eq!(refused.load(Ordering::SeqCst), 2);
    assert_eq!(activities(&host, CHUNK.name()), (2, 10));
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_the_handler_in_the_middle_of_chunks_loses_nothing() {
    let bench = Bench::new("").await;
    let host = bench.host().await;
    bench.begin(&host, "killed");
    for n_requests in [130, 480, 850] {
        bench.asked(n_requests).await;
        host.kill_handler();
    }
    let instance = ended(&host, "killed").await;
    let summary = summary(&instance);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 1_000)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    let (n_failed, n_done) = activities(&host, CHUNK.name());
    eprintln!(
        "{n_failed} chunks were killed, {n_done} ended; {} turns",
        instance.turns.len()
    );
    assert!(n_failed >= 3 && n_done >= 10, "{n_failed} {n_done}");
    assert_eq!(deaths(&host), 3);
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

fn deaths(host: &DevHost) -> usize {
    let events = host.events();
    let deaths = events
        .iter()
        .filter(|it| matches!(it, Event::HandlerEnded { .. }));
    deaths.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_refusals_is_sat_out() {
    // The first listings of every chunk are refused at all attempts of its first call. The circuit
    // opens after five refusals in a row; what is left of the chunk then waits for another call.
    let refused = (0..10).flat_map(|chunk| (0..6).map(move |n| chunk * CHUNK_SIZE + n));
    let storm: Vec<String> = refused
        .flat_map(|n| (1..=3).map(move |k| format!("S{n:04}#{k}=429")))
        .collect();
    let bench = Bench::new(&storm.join(",")).await;
    let host = bench.host().await;
    bench.begin(&host, "storm");
    let instance = ended(&host, "storm").await;
    let summary = summary(&instance);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 1_000)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    let report = bench.report(&summary).await;
    let (n_failed, n_done) = activities(&host, CHUNK.name());
    eprintln!(
        "{} refusals, {n_done} calls of chunks",
        report.vendor.throttled
    );
    assert!(
        report.vendor.throttled > 0 && n_failed == 0 && n_done > 10,
        "{n_done}"
    );
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_keeps_what_it_has_and_the_next_completes_it() {
    let bench = Bench::new("").await;
    let host = bench.host().await;
    bench.begin(&host, "cancelled");
    bench.asked(250).await;
    let manage = format!("{}/runtime/webhooks/durabletask", host.base_url());
    let code = &host.keys().system;
    let raise = format!("{manage}/instances/cancelled/raiseEvent/cancel?code={code}");
    let client = reqwest::Client::new();
    let answer = client.post(&raise).body("null").send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let cancelled = summary(&ended(&host, "cancelled").await);
    assert_eq!(cancelled.ended, Ended::Cancelled);
    assert!(
        cancelled.results.success > 0 && cancelled.results.skipped > 0,
        "{cancelled:?}"
    );
    eprintln!("cancelled: {:?}", cancelled.results);
    bench.assert_proven();
    // It has ended.
    let answer = client.post(&raise).body("null").send().await.unwrap();
    assert_eq!(answer.status(), 410);

    bench.begin(&host, "completed");
    let completed = summary(&ended(&host, "completed").await);
    assert_eq!(
        (completed.ended, completed.symbols_processed),
        (Ended::Finished, 1_000)
    );
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}
