use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{Choices, Effects, Silent, StopSignal, assemble};
use quantx_clock::FixedClock;
use quantx_settings::{EnvMap, Overrides, Settings};
use quantx_storage::Precondition;

const NOW: &str = "2024-07-05T23:00:00Z";
const PATIENCE: Duration = Duration::from_secs(30);

async fn lake(folder: &TempDir) -> Context {
    let mut settings =
        Settings::resolve(None, None, &EnvMap::default(), &Overrides::default()).unwrap();
    settings.storage.local_root = folder.path().join("lake");
    let choices = Choices {
        effects: Effects::Write,
        clock: Arc::new(FixedClock(NOW.parse().unwrap())),
        observer: Arc::new(Silent),
        stop: StopSignal::never(),
    };
    assemble(settings, choices).await.unwrap()
}

async fn put(context: &Context, path: &str, text: String) {
    let key = LakeKey::parse(path).unwrap();
    let put = context
        .store
        .put(&key, Bytes::from(text), Precondition::Absent);
    put.await.unwrap();
}

fn report(run: &str, timestamp: &str, verdict: &str) -> String {
    json!({"run": run, "timestamp": timestamp, "verdict": verdict,
        "results": {"success": 1, "failed": 0, "skipped": 0}})
    .to_string()
}

fn codes(health: &Health) -> Vec<&str> {
    health.reasons.iter().map(|reason| reason.code).collect()
}

#[tokio::test]
async fn the_last_run_is_the_newest_that_its_own_report_confirms() {
    let folder = TempDir::new().unwrap();
    let context = lake(&folder).await;
    let red = report(
        "daily_update_20240705_220000",
        "2024-07-05T22:00:00Z",
        "red",
    );
    let green = report(
        "daily_update_20240704_220000",
        "2024-07-04T22:00:00Z",
        "green",
    );
    put(
        &context,
        "reports/daily_update_20240704_220000.json",
        green.clone(),
    )
    .await;
    put(&context, "reports/daily_update_20240705_220000.json", red).await;
    // Copies that would hide the red run, and one that is none at all.
    put(
        &context,
        "reports/daily_update_20990101_000000.json",
        green.clone(),
    )
    .await;
    put(&context, "reports/daily_update_20240705_224500.json", green).await;
    put(
        &context,
        "reports/daily_update_20240705_224600.json",
        "{".to_owned(),
    )
    .await;
    let health = check(&context, PATIENCE).await;
    let last = health.last_run.clone().unwrap();
    assert_eq!(
        (last.run.as_str(), last.age_hours),
        ("daily_update_20240705_220000", 1)
    );
    assert_eq!(
        codes(&health),
        [
            "report_of_the_future",
            "report_unreadable",
            "report_not_its_own",
            "last_run_red"
        ]
    );
    assert_eq!(health.storage, Status::Ok);
}

#[tokio::test]
async fn what_anybody_may_read_names_no_place_and_the_log_does() {
    let folder = TempDir::new().unwrap();
    let context = lake(&folder).await;
    // A folder where a file should be.
    let manifest = folder.path().join("lake/meta/symbols_manifest.csv");
    std::fs::create_dir_all(manifest).unwrap();
    let health = check(&context, PATIENCE).await;
    assert_eq!(codes(&health), ["storage_unavailable"]);
    let shown = serde_json::to_value(&health).unwrap();
    let place = folder.path().to_str().unwrap();
    assert!(
        !shown.to_string().contains(place) && !shown.to_string().contains("manifest"),
        "{shown}"
    );
    assert_eq!(
        (&shown["status"], &shown["details"]),
        (&json!("unhealthy"), &Value::Null)
    );
    assert!(
        health.details[0].contains("manifest"),
        "{:?}",
        health.details
    );
    let secret = "the settings are wrong: AZURE_CLIENT_ID=mine";
    let broken = Health::broken(NOW.parse().unwrap(), Reason::settings(secret));
    assert!(!serde_json::to_string(&broken).unwrap().contains("mine"));
    assert_eq!(broken.details, [secret]);
}

/// What is unknown because the store failed is not said to be absent.
#[tokio::test]
async fn a_store_that_fails_at_the_last_run_is_no_lake_without_runs() {
    let folder = TempDir::new().unwrap();
    let context = lake(&folder).await;
    let last_runs = folder.path().join("lake/meta/last_runs.json");
    std::fs::create_dir_all(last_runs).unwrap();
    let health = check(&context, PATIENCE).await;
    assert_eq!(codes(&health), ["storage_unavailable"]);
    assert_eq!(health.storage, Status::Unhealthy);
    assert!(
        health.details[0].contains("last_runs"),
        "{:?}",
        health.details
    );
}
