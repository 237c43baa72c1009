//! The Delta tables: a version per run, what was known on a day, two publishers, and repair.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::{Date, date};
use quantx::lake::codec::{self, StoredYear};
use quantx::lake::delta::{DeltaTable, KnownBar, TableState};
use quantx::lake::proof::ProofRule;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::market::Listing;
use quantx::operations::known_on::{KnownOn, KnownSince, versions};
use quantx::operations::verify::VendorUse;
use quantx::operations::{Context, OperationError};
use quantx::settings::Durability;
use quantx::storage::{LakeStore, LocalStore, Precondition};
use quantx_tests::lab::Lab;
use tempfile::TempDir;

use crate::verify::prove;

type Store = Arc<dyn LakeStore>;

const SYMBOLS: [&str; 2] = ["AAPL", "IBM"];

fn open(root: &Path) -> Store {
    Arc::new(LocalStore::open(root.join("lake"), Durability::Batch).unwrap())
}

/// A lake whose history begins in 2011, as of the evening of `day`.
async fn lab(faults: &str, day: Date) -> Lab {
    let lab = Lab::new("sample", faults, 0, date(2011, 1, 3)).await;
    evening(&lab, day);
    lab
}

/// A lake after its first run, as of the evening of 2012-08-06; it goes with the folder.
async fn first_run() -> (TempDir, Store, Lab) {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let lab = lab("", date(2012, 8, 6)).await;
    lab.daily(&store, &SYMBOLS).await.unwrap();
    (folder, store, lab)
}

/// Late enough that the day's bar of New York is final.
fn evening(lab: &Lab, day: Date) {
    lab.at(format!("{}T04:00:00Z", day.tomorrow().unwrap())
        .parse()
        .unwrap());
}

async fn numbers(lab: &Lab, store: &Store, table: DeltaTable) -> Vec<u64> {
    let context = lab.context(Arc::clone(store));
    let versions = versions(&context, table).await.unwrap();
    versions.iter().map(|version| version.version).collect()
}

/// The files of a listing as they are committed now.
async fn committed(store: &Store, listing: &Listing) -> Vec<StoredYear> {
    let mut years = Vec::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        if let LakeKey::Bars { ticker, .. } = &entry.key
            && ticker == listing.ticker()
        {
            let object = store.get(&entry.key).await.unwrap().unwrap();
            years.push(codec::decode(&object.bytes).unwrap());
        }
    }
    years
}

/// The bars of a listing as they were known at the end of a day; `None` before the first version.
async fn known(context: &Context, listing: &Listing, on: Date) -> Option<Vec<KnownBar>> {
    let known_on = KnownOn::open(context, on).await.unwrap()?;
    Some(known_on.bars(listing).await.unwrap())
}

/// Why the bars of a day cannot be read.
async fn lost_then(context: &Context, listing: &Listing, on: Date) -> OperationError {
    let known_on = KnownOn::open(context, on).await.unwrap().unwrap();
    known_on.bars(listing).await.unwrap_err()
}

/// Holds what was known against the files as they were then: every price, and every adjusted close.
fn assert_equal(known: &[KnownBar], files: &[StoredYear]) {
    let mut bars = known.iter();
    for file in files {
        for (row, stored) in file.bars.iter().enumerate() {
            let bar = bars.next().expect("no row is missing");
            assert_eq!(bar.date, stored.date.date());
            assert_eq!(bar.close, stored.close.get());
            assert_eq!(bar.volume, stored.volume.map(|shares| shares as i64));
            assert_eq!(bar.dividends, file.derived.dividends[row]);
            assert_eq!(bar.split_factor, file.derived.split_factor[row]);
            let adjusted = file.derived.adjusted_close[row];
            let difference = (bar.adj_close() - adjusted).abs() / adjusted;
            assert!(difference < 1e-12, "{}: {difference:e}", bar.date);
        }
    }
    assert_eq!(bars.next(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_changed_something_is_one_version_and_a_run_that_did_not_is_none() {
    // IBM pays on 2012-08-08, neither of them on the days around it.
    let (_folder, store, lab) = first_run().await;
    assert_eq!(numbers(&lab, &store, DeltaTable::Bars).await, [0]);
    assert_eq!(numbers(&lab, &store, DeltaTable::Factors).await, [0]);
    lab.daily(&store, &SYMBOLS).await.unwrap();
    assert_eq!(numbers(&lab, &store, DeltaTable::Bars).await, [0]);
    evening(&lab, date(2012, 8, 7));
    let report = lab.daily(&store, &SYMBOLS).await.unwrap();
    assert_eq!(numbers(&lab, &store, DeltaTable::Bars).await, [0, 1]);
    assert_eq!(
        numbers(&lab, &store, DeltaTable::Factors).await,
        [0],
        "a bar without an event changes no factor"
    );
    let context = lab.context(Arc::clone(&store));
    let last = versions(&context, DeltaTable::Bars)
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(last.run, Some(report.run.clone()));
    evening(&lab, date(2012, 8, 8));
    lab.daily(&store, &SYMBOLS).await.unwrap();
    assert_eq!(numbers(&lab, &store, DeltaTable::Bars).await, [0, 1, 2]);
    assert_eq!(numbers(&lab, &store, DeltaTable::Factors).await, [0, 1]);
    assert!(prove(&lab, &store, None).await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_dividend_is_read_as_it_was_known_on_each_day() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    // The vendor has another amount for five days.
    let lab = lab("revised-dividend=IBM:2012-08-08", date(2012, 8, 7)).await;
    let ibm = lab.listings(&["IBM"]).remove(0);
    let days = [
        date(2012, 8, 7),
        date(2012, 8, 8),
        date(2012, 8, 9),
        date(2012, 8, 15),
    ];
    let mut lakes = Vec::new();
    for day in days {
        evening(&lab, day);
        lab.daily(&store, &SYMBOLS).await.unwrap();
        lakes.push(committed(&store, &ibm).await);
    }
    let context = lab.context(Arc::clone(&store));
    let mut first_closes = Vec::new();
    for (day, files) in days.iter().zip(&lakes) {
        // A run that begins at 04:00 UTC belongs to the next day.
        let known = known(&context, &ibm, day.tomorrow().unwrap()).await;
        let known = known.expect("a run began on that day");
        assert_equal(&known, files);
        first_closes.push(known[0].adj_close());
    }
    let [before, wrong, still, right] = first_closes.try_into().unwrap();
    assert!(
        wrong < before && right < before,
        "a dividend lowers what comes before"
    );
    assert_eq!(wrong, still);
    assert!(
        (wrong - right).abs() > 1e-4,
        "{wrong} was corrected to {right}"
    );
    // Each row is known since the run that stored it as it is: the dividend's since it was corrected.
    let run_of = |day: Date| format!("{}T04:00:00Z", day.tomorrow().unwrap());
    let mut expected = BTreeMap::new();
    for day in days {
        for bar in known(&context, &ibm, day.tomorrow().unwrap())
            .await
            .unwrap()
        {
            let prices = [bar.open, bar.high, bar.low, Some(bar.close)];
            let row = (prices, bar.volume, bar.dividends, bar.stock_splits);
            let before = expected.get(&bar.date);
            if before.is_none_or(|(before, _)| *before != row) {
                expected.insert(bar.date, (row, run_of(day)));
            }
        }
        let since = KnownSince::open(&context, day.tomorrow().ok()).await;
        let since = since.unwrap().rows(&ibm).await.unwrap();
        let since = since.iter().map(|(date, at)| (*date, at.to_string()));
        let expected = expected.iter().map(|(date, (_, at))| (*date, at.clone()));
        assert!(since.eq(expected), "as of {day}");
    }
    let since = |day: Date| expected.get(&day).map(|(_, at)| at.clone());
    assert_eq!(since(date(2012, 8, 6)), Some(run_of(date(2012, 8, 7))));
    assert_eq!(since(date(2012, 8, 8)), Some(run_of(date(2012, 8, 15))));
    let early = known(&context, &ibm, date(2012, 8, 7)).await;
    assert_eq!(early, None, "no run had begun");
    let msft = lab.listings(&["MSFT"]).remove(0);
    let never = known(&context, &msft, date(2012, 8, 16)).await;
    assert_eq!(never.unwrap(), [], "a listing that the lake never had");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_publishers_at_once_none_is_lost_and_no_version_twice() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let lab = lab("", date(2012, 8, 6)).await;
    let (start, end) = (date(2011, 1, 3), date(2012, 8, 6));
    let one = lab.backfill(&store, &["AAPL", "IBM"], start, end);
    let other = lab.backfill(&store, &["MSFT", "GOOG"], start, end);
    let (one, other) = tokio::join!(one, other);
    for report in [one.unwrap(), other.unwrap()] {
        assert!(report.reasons.is_empty(), "{:?}", report.reasons);
    }
    let found = prove(&lab, &store, None).await;
    assert!(found.is_clean(), "{:#?}", found.findings);
    let found = numbers(&lab, &store, DeltaTable::Bars).await;
    let expected: Vec<u64> = (0..found.len() as u64).collect();
    assert_eq!(found, expected);
    let context = lab.context(Arc::clone(&store));
    for listing in lab.listings(&["AAPL", "IBM", "MSFT", "GOOG"]) {
        let known = known(&context, &listing, date(2012, 8, 7)).await;
        assert_equal(&known.unwrap(), &committed(&store, &listing).await);
    }
}

async fn newest_part(store: &Store, table: DeltaTable) -> LakeKey {
    let key = LakeKey::DeltaVersions { table };
    let object = store.get(&key).await.unwrap().unwrap();
    let state: TableState = serde_json::from_slice(&object.bytes).unwrap();
    let sha256 = state.hashes().next().unwrap();
    LakeKey::DeltaPart { table, sha256 }
}

async fn harm(store: &Store, key: &LakeKey, damage: &str) {
    let object = store.get(key).await.unwrap().unwrap();
    if damage == "lost" {
        store.delete(key, object.etag).await.unwrap();
        return;
    }
    let half = Bytes::copy_from_slice(&object.bytes[..object.bytes.len() / 2]);
    let put = store.put(key, half, Precondition::Matches(object.etag));
    put.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_of_the_newest_version_is_found_and_made_again_with_the_same_name() {
    let (_folder, store, lab) = first_run().await;
    for table in DeltaTable::ALL {
        let part = newest_part(&store, table).await;
        let versions = LakeKey::DeltaVersions { table };
        for (key, damage, rule) in [
            (&part, "lost", ProofRule::TableMissing),
            (&part, "cut off", ProofRule::TableDamaged),
            (&versions, "lost", ProofRule::TableStale),
            (&versions, "cut off", ProofRule::TableStale),
        ] {
            let before = store.get(key).await.unwrap().unwrap().bytes;
            harm(&store, key, damage).await;
            let found = prove(&lab, &store, None).await;
            let rules: Vec<_> = found
                .findings
                .iter()
                .map(|it| (it.rule, it.path.clone()))
                .collect();
            assert_eq!(rules, [(rule, key.path())], "{damage} {key}");
            let repaired = prove(&lab, &store, Some(VendorUse::Offline)).await;
            assert!(
                repaired.is_clean(),
                "{damage} {key}: {:#?}",
                repaired.findings
            );
            let after = store.get(key).await.unwrap().unwrap().bytes;
            assert!(before == after, "{damage} {key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_of_an_older_version_and_a_lost_commit_are_told() {
    let (_folder, store, lab) = first_run().await;
    let table = DeltaTable::Bars;
    let context = lab.context(Arc::clone(&store));
    let aapl = lab.listings(&["AAPL"]).remove(0);
    let old_parts: Vec<LakeKey> = {
        let object = store
            .get(&LakeKey::DeltaVersions { table })
            .await
            .unwrap()
            .unwrap();
        let state: TableState = serde_json::from_slice(&object.bytes).unwrap();
        let parts = state
            .hashes()
            .map(|sha256| LakeKey::DeltaPart { table, sha256 });
        parts.collect()
    };
    evening(&lab, date(2012, 8, 7));
    lab.daily(&store, &SYMBOLS).await.unwrap();
    let object = store
        .get(&LakeKey::DeltaVersions { table })
        .await
        .unwrap()
        .unwrap();
    let state: TableState = serde_json::from_slice(&object.bytes).unwrap();
    let newest: Vec<LakeKey> = state
        .hashes()
        .map(|sha256| LakeKey::DeltaPart { table, sha256 })
        .collect();
    let gone = old_parts
        .iter()
        .find(|part| !newest.contains(part))
        .unwrap();
    harm(&store, gone, "lost").await;
    let found = prove(&lab, &store, Some(VendorUse::Offline)).await;
    assert_eq!(found.findings.len(), 1, "{:#?}", found.findings);
    assert_eq!(
        found.findings[0].path,
        gone.path(),
        "nothing makes it again"
    );
    let error = lost_then(&context, &aapl, date(2012, 8, 7)).await;
    assert!(
        error.to_string().contains("not there, or damaged"),
        "{error}"
    );
    assert!(known(&context, &aapl, date(2012, 8, 8)).await.is_some());
    // Without its first commit no version can be read; runs say so and leave the log alone.
    harm(&store, &LakeKey::DeltaCommit { table, version: 0 }, "lost").await;
    harm(&store, &LakeKey::DeltaVersions { table }, "lost").await;
    evening(&lab, date(2012, 8, 8));
    let report = lab.daily(&store, &SYMBOLS).await.unwrap();
    let reasons = report.reasons.join("; ");
    assert!(
        reasons.contains("move the table's folder away"),
        "{reasons}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_were_deleted_are_begun_anew_by_the_next_run() {
    let (folder, store, lab) = first_run().await;
    evening(&lab, date(2012, 8, 7));
    lab.daily(&store, &SYMBOLS).await.unwrap();
    std::fs::remove_dir_all(folder.path().join("lake/delta")).unwrap();
    evening(&lab, date(2012, 8, 8));
    lab.daily(&store, &SYMBOLS).await.unwrap();
    assert_eq!(numbers(&lab, &store, DeltaTable::Bars).await, [0]);
    assert!(prove(&lab, &store, None).await.is_clean());
    let context = lab.context(Arc::clone(&store));
    for listing in lab.listings(&SYMBOLS) {
        let known = known(&context, &listing, date(2012, 8, 9)).await;
        assert_equal(&known.unwrap(), &committed(&store, &listing).await);
    }
}
