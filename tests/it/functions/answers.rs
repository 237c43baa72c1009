//! What a person or a job is told: the answer of who waits, the report of a run without a vendor.

use quantx::operations::chunked::{Ended, ORCHESTRATOR};
use quantx::report::Verdict;
use quantx_dev_host::{DevHost, Options};
use quantx_tests::lakes::promised;
use serde_json::{Value, json};

use super::{Bench, ended, summary, trigger};

#[tokio::test(flavor = "multi_thread")]
async fn the_original_answer_is_given_to_those_who_wait() {
    let bench = Bench::of(40, 5, "").await;
    let host = bench.host().await;
    let (status, body) = trigger(&host, "&wait=60", &bench.request()).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["status"], &body["symbols_processed"]),
        (&json!("completed"), &json!(40))
    );
    assert!(body["results"]["success"].is_u64() && body["timestamp"].is_string());
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
    let (status, body) = trigger(&host, "&wait=999", &json!({"x": 1})).await;
    assert_eq!(
        (status, body["problems"].as_array().unwrap().len()),
        (400, 2),
        "{body}"
    );
    // Health is bad: the market of 2012 is years behind.
    let health = reqwest::get(format!("{}/api/health", host.base_url()))
        .await
        .unwrap();
    assert_eq!(health.status(), 503);
    let body: Value = health.json().await.unwrap();
    let listings = &body["freshness"]["us"]["listings"];
    assert_eq!((&body["storage"], listings), (&json!("ok"), &json!(40)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_vendor_the_run_is_red_and_says_why() {
    let bench = Bench::of(40, 5, "").await;
    let mut settings = bench.settings();
    // Nobody listens there.
    settings.insert(
        "QUANTX_YAHOO_BASE_URL".to_owned(),
        "http://127.0.0.1:9".to_owned(),
    );
    let options = Options {
        settings,
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    bench.begin(&host, "lonely");
    let instance = ended(&host, "lonely").await;
    assert_eq!(instance.function, ORCHESTRATOR);
    let summary = summary(&instance);
    assert_eq!(
        (summary.ended, summary.verdict),
        (Ended::Finished, Verdict::Red)
    );
    assert_eq!(summary.results.failed, 40);
    let told = summary
        .reasons
        .iter()
        .any(|reason| reason.contains("chunk 0 was given up"));
    assert!(told, "{:?}", summary.reasons);
    assert!(promised(&bench.store()).await.is_empty());
}
