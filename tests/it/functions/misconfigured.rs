//! An app that cannot work says why, at once: to who starts a run, in the instance, in the log.

use std::time::{Duration, Instant};

use quantx::operations::chunked::PLAN;
use quantx_dev_host::{DevHost, HandlerOutput, Options, RuntimeStatus};
use quantx_tests::azurite::Azurite;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{activities, ended, handler, lines, settings, stage, trigger};

/// Who is told later than this waits for nothing.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A host of an app with these settings and no others of the lake; its log is `log`.
async fn host(folder: &TempDir, lake: &[(&str, &str)]) -> DevHost {
    let app = folder.path().join("app");
    stage(&app);
    let mut settings = settings("");
    settings.remove("LOCAL_STORAGE_ROOT");
    let added = lake.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    settings.extend(added);
    let options = Options {
        root: app,
        handler: Some(handler()),
        settings,
        output: HandlerOutput::Kept(folder.path().join("log")),
        ..Options::default()
    };
    DevHost::start(options).await.unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test measures what a caller waits"
)]
fn instant() -> Instant {
    Instant::now()
}

/// Who starts a run by HTTP and who looks at one that a timer started are told `reasons` at once.
async fn assert_told(host: &DevHost, reasons: &[&str]) {
    let body = json!({"operation": "backfill", "start": "2024-01-02", "end": "2024-01-31", "symbols": ["AAPL"]});
    for query in ["", "&wait=5"] {
        let began = instant();
        let (status, told) = trigger(host, query, &body).await;
        assert!(began.elapsed() < AT_ONCE, "{query}: {:?}", began.elapsed());
        let problem = told["problems"][0].as_str().unwrap_or_default();
        assert_eq!(status, 503, "{query}: {told}");
        for reason in reasons {
            assert!(problem.contains(reason), "{reason} is not in {problem}");
        }
    }
    let began = instant();
    host.fire("daily_data_update").unwrap();
    let is_start =
        |it: &quantx_dev_host::Event| matches!(it, quantx_dev_host::Event::InstanceStarted { .. });
    host.wait_for(1, is_start).await;
    let id = host.events().iter().find_map(|event| match event {
        quantx_dev_host::Event::InstanceStarted { instance, .. } => Some(instance.clone()),
        _ => None,
    });
    let instance = ended(host, &id.unwrap()).await;
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    let output = instance.output().as_str().unwrap_or_default();
    assert_eq!(instance.status, RuntimeStatus::Failed, "{output}");
    for reason in reasons {
        assert!(output.contains(reason), "{reason} is not in {output}");
    }
    assert!(!output.contains("System."), "{output}");
    assert_eq!(
        activities(host, PLAN.name()),
        (0, 1),
        "nothing permanent is retried"
    );
}

async fn health(host: &DevHost) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/api/health", host.base_url())).await;
    let answer = answer.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_storage_setting_the_app_writes_nothing_into_its_own_folder() {
    let folder = TempDir::new().unwrap();
    let host = host(&folder, &[]).await;
    assert_told(
        &host,
        &["AZURE_STORAGE_ACCOUNT", "LOCAL_STORAGE_ROOT", "./data"],
    )
    .await;
    assert!(!folder.path().join("app").join("data").exists());
    let (status, told) = health(&host).await;
    assert_eq!(
        (status, &told["reasons"][0]["code"]),
        (503, &json!("settings_wrong"))
    );
    assert!(!told.to_string().contains("AZURE"), "{told}");
    let log = lines(&folder.path().join("log"));
    let is_told = |line: &&Value| {
        line["level"] == "ERROR" && line.to_string().contains("AZURE_STORAGE_ACCOUNT")
    };
    assert!(log.iter().any(|line| is_told(&line)), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_container_is_named_at_once_and_found_once_it_is_there() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let connection = azurite.connection_string();
    let lake = [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("AZURE_CONTAINER_NAME", "nowhere"),
        ("USE_MANAGED_IDENTITY", "false"),
    ];
    let host = host(&folder, &lake).await;
    assert_told(&host, &["nowhere", "create_container"]).await;
    // Anybody may ask for health: it names neither account nor container.
    let (status, told) = health(&host).await;
    assert_eq!(
        (status, &told["reasons"][0]["code"]),
        (503, &json!("storage_unavailable"))
    );
    for word in ["nowhere", "127.0.0.1", quantx_tests::azurite::ACCOUNT] {
        assert!(!told.to_string().contains(word), "{word}: {told}");
    }
    let log = lines(&folder.path().join("log"));
    let told = log.iter().filter(|line| line["level"] == "ERROR");
    assert!(told.count() >= 3, "{log:#?}");

    let store = crate::blob::open(crate::blob::as_shipped(&connection, "nowhere")).await;
    drop(store);
    let (status, told) = trigger(&host, "", &json!({"dry_run": true})).await;
    assert_eq!(status, 202, "{told}");
}
