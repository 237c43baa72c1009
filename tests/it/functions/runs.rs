//! A thousand listings through the app, from the call of a person to the lake.

use quantx::operations::chunked::{CHUNK, Ended, ORCHESTRATOR};
use quantx::report::Verdict;
use quantx_dev_host::Event;
use serde_json::{Value, json};

use super::{Bench, activities, ended, most_at_once, summary};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_listings_end_as_one_backfill() {
    let bench = Bench::new("").await;
    let host = bench.host().await;
    let client = reqwest::Client::new();
    let url = format!("{}/api/trigger-update", host.base_url());
    let asked = client
        .post(url)
        .header("x-functions-key", &host.keys().function)
        .json(&bench.request());
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let body: Value = answer.json().await.unwrap();
    let id = body["id"].as_str().unwrap();
    // The addresses that the handler tells are the host's, and lead to the run.
    let status = body["urls"]["statusQueryGetUri"].as_str().unwrap();
    let asked = client.get(status).send().await.unwrap();
    assert_eq!(
        (
            asked.status().as_u16(),
            asked.headers()["retry-after"].as_bytes()
        ),
        (202, b"5".as_slice())
    );

    let instance = ended(&host, id).await;
    let summary = summary(&instance);
    assert_eq!(
        (summary.ended, summary.symbols_processed),
        (Ended::Finished, 1_000)
    );
    assert_ne!(summary.verdict, Verdict::Red, "{summary:?}");
    assert_eq!(activities(&host, CHUNK.name()), (0, 10));
    assert_eq!(most_at_once(&host, CHUNK.name()), 4);
    let shown: Value = client
        .get(status)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(shown["runtimeStatus"], "Completed");
    assert_eq!(shown["output"]["symbols_processed"], 1_000);
    let progress = &shown["customStatus"];
    assert_eq!(
        (&progress["done"], &progress["total"]),
        (&json!(10), &json!(10))
    );
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
    let report = bench.report(&summary).await;
    assert_eq!(
        (report.listings.len(), report.results),
        (1_000, summary.results)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_of_a_running_instance_changes_nothing() {
    let bench = Bench::new("").await;
    let host = bench.host().await;
    let date = super::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let id = format!("daily-{date}");
    bench.begin(&host, &id);
    let is_chunk =
        |event: &Event| matches!(event, Event::Called { function, .. } if function == CHUNK.name());
    host.wait_for(1, is_chunk).await;
    // By the library, by the management API, and by the timer of the day, which looks first.
    assert!(host.start_instance(ORCHESTRATOR, &id, None).is_err());
    let manage = format!("{}/runtime/webhooks/durabletask", host.base_url());
    let code = &host.keys().system;
    let again = format!("{manage}/orchestrators/{ORCHESTRATOR}/{id}?code={code}");
    let answer = reqwest::Client::new()
        .post(again)
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    host.fire("daily_data_update").unwrap();

    let instance = ended(&host, &id).await;
    if super::now().to_zoned(jiff::tz::TimeZone::UTC).date() != date {
        // Midnight came in between: the timer has rightly started another day.
        return;
    }
    let events = host.events();
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|it| wanted(it)).count();
    assert_eq!(count(|it| matches!(it, Event::InstanceStarted { .. })), 1);
    assert_eq!(
        count(|it| matches!(it, Event::Failed { .. })),
        0,
        "{events:?}"
    );
    assert_eq!(
        count(|it| matches!(it, Event::Called { function, .. } if function == "daily_data_update")),
        1
    );
    assert_eq!(summary(&instance).ended, Ended::Finished);
    bench.assert_as_one_backfill().await;
    bench.assert_published().await;
}
