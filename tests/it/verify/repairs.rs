//! A repair that is killed, that meets a run, or that the vendor lets down.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::date;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::market::Listing;
use quantx::operations::verify::VendorUse;
use quantx::report::{RepairState, VerifyReport};
use quantx::storage::{LakeStore, MemoryStore, Precondition};
use quantx_faulty::Faulty;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

use super::crashes::{copy_of, prove, try_prove};

const SYMBOLS: [&str; 3] = ["AAPL", "FB", "MSFT"];

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn lake() -> (Lab, Arc<dyn LakeStore>) {
    let lab = Lab::new("sample", "", 0, date(2009, 1, 2)).await;
    lab.at(instant("2013-03-02T04:00:00Z"));
    let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.daily(&store, &SYMBOLS).await.unwrap();
    (lab, store)
}

fn listing(lab: &Lab, symbol: &str) -> Listing {
    lab.listings(&[symbol]).remove(0)
}

async fn replace(store: &Arc<dyn LakeStore>, key: &LakeKey, bytes: impl Into<Bytes>) {
    let found = store.get(key).await.unwrap();
    let precondition = found.map_or(Precondition::Absent, |object| {
        Precondition::Matches(object.etag)
    });
    store.put(key, bytes.into(), precondition).await.unwrap();
}

async fn remove(store: &Arc<dyn LakeStore>, key: &LakeKey) {
    let etag = store.get(key).await.unwrap().unwrap().etag;
    store.delete(key, etag).await.unwrap();
}

/// Several damages at once: every kind of repair but those of the disk.
async fn damage(lab: &Lab, store: &Arc<dyn LakeStore>) {
    let (aapl, fb, msft) = (
        listing(lab, "AAPL"),
        listing(lab, "FB"),
        listing(lab, "MSFT"),
    );
    replace(store, &LakeKey::bars(&aapl, 2010), "not Parquet").await;
    remove(store, &LakeKey::bars(&aapl, 2012)).await;
    let stray = store.get(&LakeKey::bars(&msft, 2010)).await.unwrap();
    replace(store, &LakeKey::bars(&msft, 1999), stray.unwrap().bytes).await;
    replace(store, &LakeKey::commit(&fb), "{").await;
    replace(store, &LakeKey::bars(&fb, 2012), "").await;
    let key = LakeKey::commit(&msft);
    let record = store.get(&key).await.unwrap().unwrap().bytes;
    let mut record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    record["actions"].as_array_mut().unwrap().clear();
    record["currency"] = "EUR".into();
    replace(store, &key, serde_json::to_vec_pretty(&record).unwrap()).await;
}

fn assert_same(ours: &BTreeMap<String, Bytes>, theirs: &BTreeMap<String, Bytes>, when: &str) {
    let differences = differences(ours, theirs);
    assert!(differences.is_empty(), "{when}: {}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_killed_after_any_write_is_ended_by_the_next() {
    let (lab, store) = lake().await;
    let expected = promised(&store).await;
    damage(&lab, &store).await;
    let counting = Arc::new(Faulty::new(copy_of(&store).await));
    let counted: Arc<dyn LakeStore> = Arc::clone(&counting) as Arc<dyn LakeStore>;
    let whole = prove(&lab, &counted, Some(VendorUse::Ask)).await;
    assert!(whole.is_clean(), "{whole:#?}");
    assert_same(&promised(&counted).await, &expected, "in peace");
    let writes = counting.writes();
    assert!(writes > 12, "{writes}");
    for after in 0..writes {
        let lake = copy_of(&store).await;
        let faulty: Arc<dyn LakeStore> =
            Arc::new(Faulty::new(Arc::clone(&lake)).crash_after(after));
        // The crash may end it with an error; what matters is what it left behind.
        let _ = try_prove(&lab, &faulty, Some(VendorUse::Ask)).await;
        let again = prove(&lab, &lake, Some(VendorUse::Ask)).await;
        assert!(again.is_clean(), "killed after {after}: {again:#?}");
        assert_same(
            &promised(&lake).await,
            &expected,
            &format!("killed after {after}"),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_and_a_run_at_the_same_time_lose_nothing() {
    let lab = Lab::new("sample", "", 0, date(2009, 1, 2)).await;
    for round in 0..10 {
        lab.at(instant("2012-11-01T04:00:00Z"));
        let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        lab.daily(&store, &SYMBOLS).await.unwrap();
        lab.at(instant("2013-03-02T04:00:00Z"));
        let alone = copy_of(&store).await;
        lab.daily(&alone, &SYMBOLS).await.unwrap();
        let expected = promised(&alone).await;
        let aapl = listing(&lab, "AAPL");
        remove(&store, &LakeKey::bars(&aapl, 2011)).await;
        let (_, run) = tokio::join!(
            prove(&lab, &store, Some(VendorUse::Ask)),
            lab.daily(&store, &SYMBOLS)
        );
        run.unwrap();
        // What one of them could not do, because of the other, the next of each does.
        prove(&lab, &store, Some(VendorUse::Ask)).await;
        lab.daily(&store, &SYMBOLS).await.unwrap();
        lab.daily(&store, &SYMBOLS).await.unwrap();
        assert_same(
            &promised(&store).await,
            &expected,
            &format!("round {round}"),
        );
        let report = prove(&lab, &store, Some(VendorUse::Offline)).await;
        assert!(report.is_clean(), "round {round}: {report:#?}");
    }
}

fn reasons(report: &VerifyReport) -> Vec<&str> {
    let left = report.repairs.iter();
    let left = left.filter(|repair| repair.state == RepairState::Left);
    left.map(|repair| repair.detail.as_str()).collect()
}

async fn contents(store: &Arc<dyn LakeStore>) -> Vec<(String, Bytes)> {
    let mut contents = Vec::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        let bytes = store.get(&entry.key).await.unwrap().unwrap().bytes;
        contents.push((entry.key.path(), bytes));
    }
    contents
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_cannot_bring_again_is_left_as_it_is() {
    let (lab, store) = lake().await;
    let msft = listing(&lab, "MSFT");
    replace(&store, &LakeKey::bars(&msft, 2012), "not Parquet").await;
    let before = contents(&store).await;
    // The vendor as it was in the middle of the lost year.
    lab.at(instant("2012-06-02T04:00:00Z"));
    let report = prove(&lab, &store, Some(VendorUse::Ask)).await;
    assert!(!report.is_clean());
    let reasons = reasons(&report);
    assert!(
        reasons.len() == 1 && reasons[0].contains("the commit record promises 250"),
        "{reasons:?}"
    );
    assert_eq!(contents(&store).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_know_the_listing_any_more_changes_nothing() {
    let (lab, store) = lake().await;
    let msft = listing(&lab, "MSFT");
    remove(&store, &LakeKey::bars(&msft, 2012)).await;
    let before = contents(&store).await;
    let other = Lab::new("synthetic:3:us", "", 0, date(2009, 1, 2)).await;
    other.at(instant("2013-03-02T04:00:00Z"));
    let report = prove(&other, &store, Some(VendorUse::Ask)).await;
    let reasons = reasons(&report);
    assert!(
        reasons.len() == 1 && reasons[0].contains("does not list MSFT"),
        "{reasons:?}"
    );
    assert_eq!(contents(&store).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_made_of_its_files_is_complete_after_the_next_run() {
    let (lab, store) = lake().await;
    let expected = promised(&store).await;
    remove(&store, &LakeKey::commit(&listing(&lab, "AAPL"))).await;
    let report = prove(&lab, &store, Some(VendorUse::Offline)).await;
    assert!(report.is_clean(), "{report:#?}");
    lab.daily(&store, &SYMBOLS).await.unwrap();
    assert_same(&promised(&store).await, &expected, "after the next run");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_is_kept() {
    let (lab, store) = lake().await;
    let (aapl, msft) = (listing(&lab, "AAPL"), listing(&lab, "MSFT"));
    replace(&store, &LakeKey::bars(&aapl, 2010), "not Parquet").await;
    replace(&store, &LakeKey::bars(&msft, 1999), "a stray").await;
    replace(&store, &LakeKey::commit(&aapl), "{\"not\": \"a record\"}").await;
    let report = prove(&lab, &store, Some(VendorUse::Ask)).await;
    assert!(report.is_clean(), "{report:#?}");
    let stored = contents(&store).await;
    let stored: Vec<(&str, &[u8])> = stored
        .iter()
        .filter(|(path, _)| path.ends_with(".bytes"))
        .map(|(path, bytes)| (path.as_str(), &bytes[..]))
        .collect();
    let folder = "quarantine/exchange=us/ticker";
    let run = "verify_20130302_040000";
    let expect: [(String, &[u8]); 3] = [
        (format!("{folder}=AAPL/{run}_2010.bytes"), b"not Parquet"),
        (
            format!("{folder}=AAPL/{run}_symbol.bytes"),
            b"{\"not\": \"a record\"}",
        ),
        (format!("{folder}=MSFT/{run}_1999.bytes"), b"a stray"),
    ];
    let expect: Vec<(&str, &[u8])> = expect.iter().map(|(p, b)| (p.as_str(), *b)).collect();
    assert_eq!(stored, expect);
}
