//! The end of a run in chunks: killed at every write, and the tables for reading lost or damaged.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::date;
use quantx::durable::Activities;
use quantx::lake::proof::{Finding, ProofRule};
use quantx::lake::{LakeKey, LakePrefix, SiteFile};
use quantx::market::ExchangeCode;
use quantx::operations::OperationError;
use quantx::operations::chunked::{
    self, CHUNK, ChunkRequest, Ended, InProcess, PLAN, PUBLISH, PlanRequest, PublishAnswer,
    PublishRequest, RunRequest,
};
use quantx::operations::run::{Meter, RunOperation};
use quantx::operations::verify::VendorUse;
use quantx::report::RepairKind;
use quantx::settings::Durability;
use quantx::storage::{LakeStore, LocalStore, Precondition};
use quantx_faulty::Faulty;
use quantx_tests::azurite::Azurite;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::blob::{as_shipped, open};
use crate::verify::prove;

type Store = Arc<dyn LakeStore>;

async fn lab() -> Lab {
    let lab = Lab::new("sample", "", 0, date(2011, 1, 3)).await;
    lab.at("2012-12-20T04:00:00Z".parse().unwrap());
    lab
}

/// Plans a run and does its chunks; what is left is to publish it.
pub(crate) async fn worked(lab: &Lab, store: &Store, symbols: &[&str]) -> PublishRequest {
    let context = lab.context(Arc::clone(store));
    let order = PlanRequest {
        request: RunRequest {
            operation: RunOperation::Backfill,
            start: Some(date(2011, 1, 3)),
            end: Some(date(2012, 12, 14)),
            symbols: Some(symbols.iter().map(|it| (*it).to_owned()).collect()),
            ..RunRequest::default()
        },
        instance: "run".to_owned(),
        now: "2012-12-20T04:00:00Z".parse().unwrap(),
    };
    let planned = chunked::plan(&context, &order, Path::new("."))
        .await
        .unwrap();
    let meter = Meter::new(&context);
    for chunk in 0..planned.chunks {
        let order = ChunkRequest {
            run: planned.run.clone(),
            chunk,
            round: 1,
        };
        chunked::work(&context, &order, &meter).await.unwrap();
    }
    PublishRequest {
        run: planned.run,
        ended: Ended::Finished,
        given_up: Vec::new(),
    }
}

pub(crate) async fn publish_on(
    lab: &Lab,
    store: &Store,
    order: &PublishRequest,
) -> Result<PublishAnswer, OperationError> {
    let context = lab.context(Arc::clone(store));
    let meter = Meter::new(&context);
    chunked::publish(&context, order, &meter).await
}

async fn copy(from: &Store, to: &Store) {
    for entry in from.list(&LakePrefix::All).await.unwrap() {
        let object = from.get(&entry.key).await.unwrap().unwrap();
        let put = to.put(&entry.key, object.bytes, Precondition::Absent);
        put.await.unwrap();
    }
}

/// Everything but reports and the page of them, which tell what the store did.
async fn lake_of(store: &Store) -> Vec<(String, Bytes)> {
    let mut lake = Vec::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        if !matches!(entry.key, LakeKey::Report { .. } | LakeKey::Site(_)) {
            let object = store.get(&entry.key).await.unwrap().unwrap();
            lake.push((entry.key.path(), object.bytes));
        }
    }
    lake
}

async fn n_reports(store: &Store) -> usize {
    store.list(&LakePrefix::Reports).await.unwrap().len()
}

/// Kills the publish step after every number of writes and asks for it again, as the host does.
async fn killed_at_every_write(fresh: impl AsyncFn(u64) -> Store) {
    let lab = lab().await;
    let base = fresh(1_000).await;
    let order = worked(&lab, &base, &["AAPL", "IBM", "FB"]).await;
    let whole = fresh(1_001).await;
    copy(&base, &whole).await;
    let counting = Arc::new(Faulty::new(Arc::clone(&whole)));
    let counted: Store = Arc::clone(&counting) as Store;
    let expected = publish_on(&lab, &counted, &order).await.unwrap().summary;
    let writes = counting.writes();
    assert!(
        writes >= 8,
        "two panels and the actions, each with the index, manifest, report: {writes}"
    );
    let before_page = writes - SITE.len() as u64;
    for after in 0..writes {
        let lake = fresh(after).await;
        copy(&base, &lake).await;
        let crashing: Store = Arc::new(Faulty::new(Arc::clone(&lake)).crash_after(after));
        let killed = publish_on(&lab, &crashing, &order).await;
        // The page is made last; that it cannot be made ends no run.
        assert_eq!(killed.is_ok(), after >= before_page, "after {after}");
        // Whatever a kill leaves, no committed row is touched.
        let differences = differences(&promised(&lake).await, &promised(&base).await);
        assert!(
            differences.is_empty(),
            "{after}: {}",
            differences.join("\n")
        );
        let again = publish_on(&lab, &lake, &order).await.unwrap();
        assert_eq!(again.tables_left, 0);
        assert_eq!(
            (again.summary.verdict, again.summary.results),
            (expected.verdict, expected.results)
        );
        assert_eq!(n_reports(&lake).await, 1, "after {after}");
        assert!(
            lake_of(&lake).await == lake_of(&whole).await,
            "after {after}"
        );
        let proof = prove(&lab, &lake, None).await;
        assert!(proof.is_clean(), "after {after}: {:#?}", proof.findings);
        check_page(&lake, &again).await;
        // And once more: nothing is left to do.
        publish_on(&lab, &lake, &order).await.unwrap();
        assert_eq!(n_reports(&lake).await, 1, "after {after}");
    }
}

/// The files of the page, each one write of a run.
const SITE: [SiteFile; 4] = SiteFile::ALL;

/// The page is whole and tells of the run.
async fn check_page(lake: &Store, published: &PublishAnswer) {
    let path = published.summary.report.as_deref().unwrap();
    let run = path.split(['/', '.']).nth(1).unwrap();
    for file in SITE {
        let object = lake.get(&LakeKey::Site(file)).await.unwrap().unwrap();
        let text = String::from_utf8(object.bytes.to_vec()).unwrap();
        let said = match file {
            SiteFile::Page | SiteFile::Status => run,
            SiteFile::Metrics => "quantx_listings{exchange=\"us\"} 3\n",
            SiteFile::Listings => "\"symbol\":\"IBM\"",
        };
        assert!(text.contains(said), "{file:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_that_is_killed_at_any_write_on_disk_is_ended_by_the_next() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    killed_at_every_write(async |n| {
        Arc::new(LocalStore::open(root.join(format!("lake-{n}")), Durability::Batch).unwrap())
            as Store
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_that_is_killed_at_any_write_in_a_container_is_ended_by_the_next() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let connection = azurite.connection_string();
    killed_at_every_write(async |n| {
        open(as_shipped(&connection, &format!("lake-{n}"))).await as Store
    })
    .await;
}

fn us() -> ExchangeCode {
    ExchangeCode::parse("us").unwrap()
}

async fn replace(store: &Store, key: &LakeKey, change: impl Fn(&[u8]) -> Vec<u8>) {
    let object = store.get(key).await.unwrap().unwrap();
    let bytes = Bytes::from(change(&object.bytes));
    let put = store.put(key, bytes, Precondition::Matches(object.etag));
    put.await.unwrap();
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

async fn delete(store: &Store, key: &LakeKey) {
    let object = store.get(key).await.unwrap().unwrap();
    store.delete(key, object.etag).await.unwrap();
}

fn rules(findings: &[Finding]) -> Vec<ProofRule> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_lost_or_damaged_is_found_and_made_again_by_repair_and_by_the_next_run() {
    let lab = lab().await;
    let folder = TempDir::new().unwrap();
    let fresh = |name: &str| {
        Arc::new(LocalStore::open(folder.path().join(name), Durability::Batch).unwrap()) as Store
    };
    let whole = fresh("whole");
    let order = worked(&lab, &whole, &["AAPL", "IBM"]).await;
    publish_on(&lab, &whole, &order).await.unwrap();
    let panel = LakeKey::Panel {
        exchange: us(),
        year: 2011,
    };
    let index = LakeKey::PanelIndex { exchange: us() };
    let actions = LakeKey::Actions { exchange: us() };
    let cases = [
        ("flip", &panel, ProofRule::TableDamaged),
        ("flip", &actions, ProofRule::TableDamaged),
        ("flip", &index, ProofRule::TableDamaged),
        ("delete", &panel, ProofRule::TableMissing),
        ("delete", &actions, ProofRule::TableMissing),
        ("delete", &index, ProofRule::TableMissing),
    ];
    for (n, (harm, key, rule)) in cases.into_iter().enumerate() {
        for healer in ["repair", "run"] {
            let lake = fresh(&format!("{healer}-{n}"));
            copy(&whole, &lake).await;
            match harm {
                // Of JSON, the first byte is no longer a brace.
                "flip" if *key == index => replace(&lake, key, |_| b"[".to_vec()).await,
                "flip" => replace(&lake, key, flipped).await,
                _ => delete(&lake, key).await,
            }
            let found = prove(&lab, &lake, None).await;
            assert_eq!(rules(&found.findings), [rule], "{harm} {key}");
            assert_eq!(found.findings[0].path, key.path());
            if healer == "repair" {
                let repaired = prove(&lab, &lake, Some(VendorUse::Offline)).await;
                assert!(
                    repaired.is_clean(),
                    "{harm} {key}: {:#?}",
                    repaired.findings
                );
                assert_eq!(repaired.repairs[0].kind, RepairKind::TableRemade);
            } else {
                publish_on(&lab, &lake, &order).await.unwrap();
            }
            assert!(
                lake_of(&lake).await == lake_of(&whole).await,
                "{harm} {key} by {healer}"
            );
            assert!(prove(&lab, &lake, None).await.is_clean());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_older_files_are_stale_until_the_next_run() {
    let lab = lab().await;
    let folder = TempDir::new().unwrap();
    let lake =
        Arc::new(LocalStore::open(folder.path().join("lake"), Durability::Batch).unwrap()) as Store;
    let order = worked(&lab, &lake, &["AAPL"]).await;
    publish_on(&lab, &lake, &order).await.unwrap();
    let old = lake_of(&lake).await;
    let (start, end) = (date(2011, 1, 3), date(2012, 12, 14));
    lab.backfill(&lake, &["IBM"], start, end).await.unwrap();
    assert!(prove(&lab, &lake, None).await.is_clean());
    // As a program left them that made none, or one that was killed before.
    for (key, bytes) in old {
        if key.starts_with("panel/") || key.starts_with("actions/") {
            let key = LakeKey::parse(&key).unwrap();
            replace(&lake, &key, |_| bytes.to_vec()).await;
        }
    }
    let found = prove(&lab, &lake, None).await;
    assert_eq!(
        rules(&found.findings),
        [ProofRule::TableStale; 5],
        "{:#?}",
        found.findings
    );
    // Nothing is to be fetched, and the tables are made all the same.
    let report = lab.backfill(&lake, &["IBM"], start, end).await.unwrap();
    assert_eq!(report.vendor.requests, 0);
    assert!(prove(&lab, &lake, None).await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_activity_is_asked_is_checked_like_a_request() {
    let lab = lab().await;
    let folder = TempDir::new().unwrap();
    let lake =
        Arc::new(LocalStore::open(folder.path().join("lake"), Durability::Batch).unwrap()) as Store;
    let order = worked(&lab, &lake, &["AAPL"]).await;
    let activities = InProcess::new(lab.context(Arc::clone(&lake)), folder.path().to_owned());
    let (plan_of, chunk_of, publish_of) =
        (activities.clone(), activities.clone(), activities.clone());
    let activities = Activities::new()
        .with(PLAN, move |it| plan_of.clone().plan(it))
        .with(CHUNK, move |it| chunk_of.clone().chunk(it))
        .with(PUBLISH, move |it| publish_of.clone().publish(it));
    let huge = 9_223_372_036_854_775_808_u64;
    let many: Vec<String> = vec!["AAPL".to_owned(); 60_000];
    let plan = |request: Value| json!({"instance": "forged", "now": "2012-12-20T04:00:00Z", "request": request});
    let mut asked = vec![
        (PLAN.name(), plan(json!({"max_workers": huge}))),
        (PLAN.name(), plan(json!({"chunk_size": 1_000_000}))),
        (PLAN.name(), plan(json!({"lookback_days": 1_000_000}))),
        (PLAN.name(), plan(json!({"symbols": many}))),
        (
            PLAN.name(),
            plan(json!({"symbols": ["AAPL"], "phase": "sample"})),
        ),
        (
            PUBLISH.name(),
            json!({"run": order.run, "ended": "finished", "given_up": [[7, "no such chunk"]]}),
        ),
        (
            CHUNK.name(),
            json!({"run": order.run, "chunk": 4_000_000_000_u32, "round": 1}),
        ),
        (CHUNK.name(), json!({"run": order.run, "chunk": 0})),
    ];
    // A work list that no plan would have written.
    let key = LakeKey::Work {
        run: order.run.clone(),
    };
    for (name, input) in asked.drain(..) {
        let failure = activities.run(name, input.clone()).await.unwrap_err();
        assert!(!failure.retryable, "{input}: {failure}");
        assert!(failure.message.len() < 1_000, "{}", failure.message.len());
    }
    replace(&lake, &key, |bytes| {
        let mut list: Value = serde_json::from_slice(bytes).unwrap();
        list["instructions"]["max_workers"] = json!(huge);
        list.to_string().into_bytes()
    })
    .await;
    let input = json!({"run": order.run, "chunk": 0, "round": 1});
    let failure = activities.run(CHUNK.name(), input).await.unwrap_err();
    assert!(
        !failure.retryable && failure.message.contains("max_workers"),
        "{failure}"
    );
}
