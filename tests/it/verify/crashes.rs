//! What a crash leaves is no damage: the next run ends it, and so does a repair.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::date;
use quantx::lake::LakePrefix;
use quantx::lake::proof::{Depth, FindingSeverity, ProofRule};
use quantx::operations::verify::{self, RepairRequest, VendorUse, VerifyRequest};
use quantx::operations::{Effects, OperationError};
use quantx::report::VerifyReport;
use quantx::storage::{LakeStore, MemoryStore, Precondition};
use quantx_faulty::Faulty;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

const SYMBOLS: [&str; 3] = ["AAPL", "IBM", "FB"];

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) async fn prove(
    lab: &Lab,
    store: &Arc<dyn LakeStore>,
    vendor: Option<VendorUse>,
) -> VerifyReport {
    try_prove(lab, store, vendor).await.unwrap()
}

/// Proves the whole lake, and repairs it if the use of the vendor is said.
pub(crate) async fn try_prove(
    lab: &Lab,
    store: &Arc<dyn LakeStore>,
    vendor: Option<VendorUse>,
) -> Result<VerifyReport, OperationError> {
    let context = lab.context(Arc::clone(store));
    let order = VerifyRequest {
        listings: None,
        depth: Depth::Deep,
        leftovers: None,
        repair: vendor.map(|vendor| RepairRequest {
            effects: Effects::Write,
            vendor,
        }),
    };
    verify::verify(&context, &order).await
}

pub(super) async fn copy_of(store: &dyn LakeStore) -> Arc<dyn LakeStore> {
    let copy = MemoryStore::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        let object = store.get(&entry.key).await.unwrap().unwrap();
        let put = copy.put(&entry.key, object.bytes, Precondition::Absent);
        put.await.unwrap();
    }
    Arc::new(copy)
}

/// Rules that a crash may leave broken.
const UNFINISHED: [ProofRule; 6] = [
    ProofRule::InterruptedCommit,
    ProofRule::RewriteUnfinished,
    ProofRule::ManifestStale,
    ProofRule::TableDamaged,
    ProofRule::TableMissing,
    ProofRule::TableStale,
];

fn assert_unfinished(report: &VerifyReport, after: u64) -> usize {
    for finding in &report.findings {
        assert!(
            finding.severity != FindingSeverity::Damage && UNFINISHED.contains(&finding.rule)
                || finding.severity == FindingSeverity::Note,
            "crash after {after} writes: {finding:?}"
        );
    }
    let derived = [
        ProofRule::ManifestStale,
        ProofRule::TableDamaged,
        ProofRule::TableMissing,
        ProofRule::TableStale,
    ];
    let interrupted = |f: &&quantx::lake::proof::Finding| !derived.contains(&f.rule);
    report.findings.iter().filter(interrupted).count()
}

/// Crashes the second of two runs after every number of writes.
async fn crash_everywhere(first: Option<&str>, second: &str) {
    let start = date(2011, 1, 3);
    let lab = Lab::new("sample", "", 0, start).await;
    let base: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    if let Some(first) = first {
        lab.at(instant(first));
        lab.daily(&base, &SYMBOLS).await.unwrap();
        assert!(prove(&lab, &base, None).await.is_clean());
    }
    lab.at(instant(second));
    let (expected, writes) = uninterrupted(&lab, &base).await;
    assert!(writes > 5, "{writes}");
    let mut interrupted = 0;
    for after in 0..writes {
        let lake = copy_of(&base).await;
        let faulty = Faulty::new(Arc::clone(&lake)).crash_after(after);
        let crashing: Arc<dyn LakeStore> = Arc::new(faulty);
        // The crash ends the run with an error; what matters is what it left behind.
        let _ = lab.daily(&crashing, &SYMBOLS).await;
        interrupted += assert_unfinished(&prove(&lab, &lake, None).await, after);
        for vendor in [VendorUse::Offline, VendorUse::Ask] {
            // A repair on a copy; then the next run on it makes the lake of an uninterrupted run.
            let copy = copy_of(&lake).await;
            let repaired = prove(&lab, &copy, Some(vendor)).await;
            assert_unfinished(&repaired, after);
            if vendor == VendorUse::Ask {
                assert!(repaired.is_clean(), "after {after}: {repaired:#?}");
            }
            lab.daily(&copy, &SYMBOLS).await.unwrap();
            lab.daily(&copy, &SYMBOLS).await.unwrap();
            let ours = promised(&copy).await;
            let differences = differences(&ours, &expected);
            assert!(
                differences.is_empty(),
                "{vendor:?} after {after}: {}",
                differences.join("\n")
            );
        }
        // The next runs end what the crash left, the overview included.
        lab.daily(&lake, &SYMBOLS).await.unwrap();
        // Already the first takes back what the killed one had announced.
        let ended = prove(&lab, &lake, None).await;
        let unfinished = |f: &quantx::lake::proof::Finding| f.rule == ProofRule::RewriteUnfinished;
        assert!(
            !ended.findings.iter().any(unfinished),
            "after {after}: {ended:#?}"
        );
        lab.daily(&lake, &SYMBOLS).await.unwrap();
        let healed = prove(&lab, &lake, None).await;
        assert!(healed.is_clean(), "after {after}: {:#?}", healed.findings);
        let differences = differences(&promised(&lake).await, &expected);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
    assert!(interrupted > 0, "no crash left anything to find");
}

/// What the second run makes of the lake, and with how many writes.
async fn uninterrupted(lab: &Lab, base: &Arc<dyn LakeStore>) -> (BTreeMap<String, Bytes>, u64) {
    let lake = copy_of(base).await;
    let counting = Arc::new(Faulty::new(Arc::clone(&lake)));
    let store: Arc<dyn LakeStore> = Arc::clone(&counting) as Arc<dyn LakeStore>;
    lab.daily(&store, &SYMBOLS).await.unwrap();
    (promised(&lake).await, counting.writes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_a_first_backfill_is_found_and_ended() {
    crash_everywhere(None, "2012-12-20T04:00:00Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_a_new_dividend_is_found_and_ended() {
    // Two dividends of AAPL and IBM each, and the turn of a year, lie between.
    crash_everywhere(Some("2012-07-20T04:00:00Z"), "2013-02-20T04:00:00Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_a_plain_daily_update_is_found_and_ended() {
    crash_everywhere(Some("2012-06-20T04:00:00Z"), "2012-06-28T04:00:00Z").await;
}
