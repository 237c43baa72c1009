//! A blob with snapshots: the account removes it only together with them, and a repair says so.

use jiff::Timestamp;
use quantx::lake::LakeKey;
use quantx::storage::{LakeStore, Precondition};
use quantx_tests::azurite::Azurite;
use serde_json::Value;

use super::mishaps::signed;
use super::processes::on;
use super::program::{BACKFILL, quantx_in};
use super::{as_shipped, open};
use crate::processes::{proven, verify_with};

const STRAY: &str = "data/exchange=us/ticker=GOOG/year=1999/data.parquet";

/// A request about the stray blob that the store does not make.
async fn request(azurite: &Azurite, method: reqwest::Method, query: &str, header: Option<&str>) {
    let until: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
    let signature = signed("rwdlc", until);
    let address = format!("{}/lake/{STRAY}?{query}{signature}", azurite.endpoint());
    let mut request = reqwest::Client::new()
        .request(method, address)
        .header("x-ms-version", "2025-11-05")
        .header("content-length", "0");
    if let Some(only) = header {
        request = request.header("x-ms-delete-snapshots", only);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

fn repair(azurite: &Azurite) -> (Option<i32>, Value) {
    let mut command = verify_with(&["--repair", "--offline"]);
    proven(on(&mut command, &azurite.connection_string(), "lake"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_of_a_blob_with_snapshots_says_what_is_left_and_what_to_do() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let connection = azurite.connection_string();
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("AZURE_CONTAINER_NAME", "lake"),
        ("AZURE_CREATE_CONTAINER", "true"),
    ];
    let filled = quantx_in(folder.path(), &BACKFILL, &variables);
    assert_eq!(filled.status.code(), Some(0), "{filled:?}");
    let store = open(as_shipped(&connection, "lake")).await;
    let key = LakeKey::parse(STRAY).unwrap();
    let stray = store.put(&key, "nobody wrote this".into(), Precondition::Absent);
    stray.await.unwrap();
    request(&azurite, reqwest::Method::PUT, "comp=snapshot&", None).await;

    let (code, report) = repair(&azurite);
    assert_eq!(code, Some(1), "{report:#}");
    let [repair_of_stray] = report["repairs"].as_array().unwrap().as_slice() else {
        panic!("{report:#}")
    };
    assert_eq!(repair_of_stray["path"], STRAY);
    assert_eq!(repair_of_stray["state"], "left");
    let detail = repair_of_stray["detail"].as_str().unwrap();
    for words in [
        "it is copied to quarantine/exchange=us/ticker=GOOG/",
        "and still there",
        "it has snapshots",
        "az storage blob delete --delete-snapshots only",
        "then run again",
    ] {
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    assert!(!detail.contains("sig=") && !detail.contains("AccountKey"));
    let rules: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["rule"])
        .collect();
    assert_eq!(rules, ["file_damaged"], "{report:#}");
    assert!(store.get(&key).await.unwrap().is_some());

    // What is told to be done helps.
    request(&azurite, reqwest::Method::DELETE, "", Some("only")).await;
    let (code, report) = repair(&azurite);
    assert_eq!(
        (code, &report["repairs"][0]["state"]),
        (Some(0), &"done".into()),
        "{report:#}"
    );
    assert!(store.get(&key).await.unwrap().is_none());
}
