//! Several writers of one lake lose nothing. docs/architecture.md, invariant 6.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::date;
use quantx::settings::Durability;
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

pub(crate) async fn writers_agree(rounds: i64, make: impl AsyncFn() -> Arc<dyn LakeStore>) {
    let start = date(2012, 1, 3);
    let end = date(2014, 12, 31);
    let lab = Lab::new("synthetic:20", "", 7, start).await;
    lab.at("2015-01-05T04:00:00Z".parse().unwrap());
    let all = lab.server.market().symbols();
    let alone: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.backfill(&alone, &all, start, end).await.unwrap();
    let expected = promised(&alone).await;
    let symbols: Vec<String> = all.into_iter().take(8).collect();
    for round in 0..rounds {
        let store = make().await;
        // Three writers with windows of their own; each begins at the same start so that in the
        // end all have asked for the same history.
        let mut runs = Vec::new();
        for writer in 0..3_i64 {
            let until = end.checked_sub((writer * 200 + round * 31).days()).unwrap();
            runs.push(lab.backfill(&store, &symbols, start, until));
        }
        let last = lab.backfill(&store, &symbols, start, end);
        let (reports, last) = futures::join!(futures::future::join_all(runs), last);
        for report in reports.into_iter().chain([last]) {
            let report = report.unwrap();
            assert_eq!(report.results.failed, 0, "{:?}", report.outcomes);
        }
        let mut expected = expected.clone();
        let ours = promised(store.as_ref()).await;
        expected.retain(|path, _| ours.keys().any(|p| folder(p) == folder(path)));
        let differences = differences(&ours, &expected);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(!ours.is_empty());
    }
}

fn folder(path: &str) -> &str {
    path.split("/year=")
        .next()
        .unwrap()
        .trim_end_matches("/_symbol.json")
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_in_memory_lose_nothing() {
    writers_agree(20, async || {
        Arc::new(MemoryStore::new()) as Arc<dyn LakeStore>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_on_disk_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    let n = std::sync::atomic::AtomicU32::new(0);
    writers_agree(20, async || {
        let n = n.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let root = root.path().join(n.to_string());
        Arc::new(LocalStore::open(root, Durability::Batch).unwrap()) as Arc<dyn LakeStore>
    })
    .await;
}
