//! The app on a lake in Blob Storage: the same lake, told to the app as Azure tells it.

use quantx::operations::chunked::{CHUNK, Ended};
use quantx_dev_host::{DevHost, Options};
use quantx_tests::azurite::Azurite;
use quantx_tests::lakes::{differences, promised};
use serde_json::Value;

use super::{Bench, activities, ended, summary};
use crate::blob::{as_shipped, open};
use crate::processes::{proven, verify_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_into_a_container_makes_the_same_lake_and_is_billed_in_its_report() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let bench = Bench::of(60, 20, "").await;
    let connection = azurite.connection_string();
    let mut settings = bench.settings();
    settings.remove("LOCAL_STORAGE_ROOT");
    for (name, value) in [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("AZURE_CONTAINER_NAME", "lake"),
        ("AZURE_CREATE_CONTAINER", "true"),
        ("USE_MANAGED_IDENTITY", "false"),
    ] {
        settings.insert(name.to_owned(), value.to_owned());
    }
    let options = Options {
        settings,
        ..bench.options()
    };
    let host = DevHost::start(options).await.unwrap();
    bench.begin(&host, "run");
    let instance = ended(&host, "run").await;
    let summary = summary(&instance);
    assert_eq!(summary.ended, Ended::Finished);
    assert_eq!(activities(&host, CHUNK.name()), (0, 3));
    assert!(!bench.lake().exists(), "nothing is put on the disk");

    let store = open(as_shipped(&connection, "lake")).await;
    let differences = differences(&promised(store.as_ref()).await, &bench.expected);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let mut command = verify_with(&[]);
    command
        .env_clear()
        .env("AZURE_STORAGE_CONNECTION_STRING", &connection)
        .env("AZURE_CONTAINER_NAME", "lake")
        .current_dir(bench.folder.path());
    let (code, report) = proven(&mut command);
    assert_eq!(
        (code, report["findings"].as_array().unwrap().len()),
        (Some(0), 0)
    );

    let key = quantx::lake::LakeKey::parse(summary.report.as_deref().unwrap()).unwrap();
    let report = quantx::storage::LakeStore::get(store.as_ref(), &key).await;
    let report: Value = serde_json::from_slice(&report.unwrap().unwrap().bytes).unwrap();
    let billed = &report["store"]["billed"];
    // A file, a record and its announcement for each listing at least.
    assert!(billed["writes"].as_u64().unwrap() >= 3 * 60, "{billed}");
    assert!(
        report["cost"]["gross"].as_f64().unwrap() > 0.0,
        "{report:#}"
    );
    // What the operator's log and the status page show holds no key.
    let health = reqwest::get(format!("{}/api/health", host.base_url()));
    let health = health.await.unwrap();
    assert_eq!(health.status(), 503, "the market is behind");
    let health: Value = health.json().await.unwrap();
    assert_eq!(health["storage"], "ok");
    assert!(!health.to_string().contains("AccountKey"), "{health}");
}
