//! Checkpoints of the Delta tables: when one is made, kills between its writes, damage, and what a plan says.

use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::{Date, Weekday, date};
use quantx::lake::delta::{
    CHECKPOINT_INTERVAL, CheckpointMark, Commit, DeltaTable, LastCheckpoint, Snapshot, TableState,
};
use quantx::lake::proof::ProofRule;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::operations::verify::VendorUse;
use quantx::operations::{WorkRequest, preview};
use quantx::storage::{LakeStore, MemoryStore, Precondition};
use quantx_faulty::Faulty;
use quantx_tests::lab::Lab;

use crate::verify::prove;

type Store = Arc<dyn LakeStore>;

const TABLE: DeltaTable = DeltaTable::Bars;
const NAMED: LakeKey = LakeKey::DeltaLastCheckpoint { table: TABLE };
const SYMBOLS: [&str; 1] = ["AAPL"];
/// The number of versions before the first checkpoint.
const SHORT: u64 = CHECKPOINT_INTERVAL;

fn checkpoint(version: u64) -> LakeKey {
    LakeKey::DeltaCheckpoint {
        table: TABLE,
        version,
    }
}

fn commit(version: u64) -> LakeKey {
    LakeKey::DeltaCommit {
        table: TABLE,
        version,
    }
}

/// Late enough that the day's bar of New York is final.
fn evening(lab: &Lab, day: Date) {
    let after = format!("{}T04:00:00Z", day.tomorrow().unwrap());
    lab.at(after.parse().unwrap());
}

async fn versions(store: &Store) -> u64 {
    let object = store.get(&LakeKey::DeltaVersions { table: TABLE }).await;
    let Some(object) = object.unwrap() else {
        return 0;
    };
    let state: TableState = serde_json::from_slice(&object.bytes).unwrap();
    state.next_version()
}

/// A lake that grows by one session and version a run.
struct Growing {
    lab: Lab,
    store: Store,
    /// The last day with a run.
    day: Date,
}

impl Growing {
    /// The lake after so many versions.
    async fn of(n: u64) -> Self {
        let lab = Lab::new("sample", "", 0, date(2012, 1, 3)).await;
        let store: Store = Arc::new(MemoryStore::new());
        let day = date(2012, 3, 1);
        let mut lake = Self { lab, store, day };
        while versions(&lake.store).await < n {
            lake.next_day().await;
        }
        lake
    }

    /// Goes to the next day of the week.
    fn wait(&mut self) {
        self.day = self.day.tomorrow().unwrap();
        while matches!(self.day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            self.day = self.day.tomorrow().unwrap();
        }
        evening(&self.lab, self.day);
    }

    async fn next_day(&mut self) {
        self.wait();
        self.run(&self.store).await;
    }

    async fn run(&self, store: &Store) {
        let report = self.lab.daily(store, &SYMBOLS).await.unwrap();
        assert_eq!(report.reasons, Vec::<String>::new());
    }

    /// The same lake in another store, to be changed.
    async fn copy(&self) -> Store {
        let to: Store = Arc::new(MemoryStore::new());
        for entry in self.store.list(&LakePrefix::All).await.unwrap() {
            let object = self.store.get(&entry.key).await.unwrap().unwrap();
            let put = to.put(&entry.key, object.bytes, Precondition::Absent);
            put.await.unwrap();
        }
        to
    }
}

async fn checkpoints(store: &Store) -> Vec<u64> {
    let log = store.list(&LakePrefix::DeltaLog(TABLE)).await.unwrap();
    let versions = log.iter().filter_map(|entry| match entry.key {
        LakeKey::DeltaCheckpoint { version, .. } => Some(version),
        _ => None,
    });
    versions.collect()
}

async fn bytes(store: &Store, key: &LakeKey) -> Option<Bytes> {
    let object = store.get(key).await.unwrap();
    object.map(|object| object.bytes)
}

async fn named(store: &Store) -> Option<LastCheckpoint> {
    let bytes = bytes(store, &NAMED).await?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

async fn replace(store: &Store, key: &LakeKey, new: Option<Vec<u8>>) {
    let before = store.get(key).await.unwrap().map(|object| object.etag);
    match (before, new) {
        (Some(tag), None) => store.delete(key, tag).await.unwrap(),
        (before, Some(new)) => {
            let precondition = before.map_or(Precondition::Absent, Precondition::Matches);
            store.put(key, new.into(), precondition).await.unwrap();
        }
        (None, None) => {}
    }
}

/// What the log says up to a version.
async fn snapshot(store: &Store, version: u64) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for version in 0..=version {
        let bytes = bytes(store, &commit(version)).await.unwrap();
        snapshot.apply(Commit::parse(&bytes).unwrap());
    }
    snapshot
}

/// Every checkpoint is what the log says, and the newest one that is named is there.
async fn assert_right(store: &Store) {
    for version in checkpoints(store).await {
        let bytes = bytes(store, &checkpoint(version)).await.unwrap();
        let expected = snapshot(store, version).await.mark().unwrap();
        assert_eq!(CheckpointMark::read(&bytes), Some(expected), "{version}");
    }
    if let Some(named) = named(store).await {
        let expected = snapshot(store, named.version).await.mark().unwrap();
        assert_eq!(named, expected.of);
        assert!(checkpoints(store).await.contains(&named.version));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fiftieth_version_gets_a_checkpoint_and_a_late_one_is_made_when_it_is_missed() {
    let mut lake = Growing::of(SHORT).await;
    assert_eq!(checkpoints(&lake.store).await, [0; 0]);
    assert_eq!(named(&lake.store).await, None);
    lake.next_day().await;
    assert_eq!(checkpoints(&lake.store).await, [50]);
    assert_eq!(named(&lake.store).await.unwrap().version, 50);
    assert_right(&lake.store).await;
    assert!(prove(&lake.lab, &lake.store, None).await.is_clean());

    // A day with nothing new writes nothing to the log; nor does a version that is not due.
    let log = |store: &Store| {
        let store = Arc::clone(store);
        async move { store.list(&LakePrefix::DeltaLog(TABLE)).await.unwrap() }
    };
    let before = log(&lake.store).await;
    lake.run(&lake.store).await;
    assert_eq!(log(&lake.store).await, before);
    lake.next_day().await;
    assert_eq!(log(&lake.store).await.len(), before.len() + 1);

    // As a program leaves a table that makes none.
    replace(&lake.store, &checkpoint(50), None).await;
    replace(&lake.store, &NAMED, None).await;
    lake.next_day().await;
    assert_eq!(checkpoints(&lake.store).await, [52], "and not only at 100");
    assert_right(&lake.store).await;

    // Another program's commit may hold what is not read here: from then on checkpoints are its own to make.
    let foreign = b"{\"commitInfo\":{\"timestamp\":1340000000000,\"operation\":\"OPTIMIZE\"}}\n{\"txn\":{\"appId\":\"x\",\"version\":1}}\n";
    replace(&lake.store, &commit(53), Some(foreign.to_vec())).await;
    replace(&lake.store, &checkpoint(52), None).await;
    replace(&lake.store, &NAMED, None).await;
    lake.next_day().await;
    assert_eq!(versions(&lake.store).await, 55);
    assert_eq!(checkpoints(&lake.store).await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_at_any_write_leaves_a_readable_table_and_the_next_makes_the_checkpoint()
 {
    let mut lake = Growing::of(SHORT).await;
    lake.wait();
    let whole = lake.copy().await;
    let counting = Arc::new(Faulty::new(Arc::clone(&whole)));
    lake.run(&(Arc::clone(&counting) as Store)).await;
    let writes = counting.writes();
    assert_eq!(checkpoints(&whole).await, [50]);
    let mut seen = Vec::new();
    for after in 0..writes {
        let store = lake.copy().await;
        let crashing: Store = Arc::new(Faulty::new(Arc::clone(&store)).crash_after(after));
        let _killed = lake.lab.daily(&crashing, &SYMBOLS).await;
        // What readers find now is what the log says.
        assert_right(&store).await;
        let state = (checkpoints(&store).await, named(&store).await.is_some());
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        lake.run(&store).await;
        assert_eq!(checkpoints(&store).await, [50], "after {after}");
        assert_eq!(named(&store).await.unwrap().version, 50);
        assert_right(&store).await;
        let proof = prove(&lake.lab, &store, None).await;
        assert!(proof.is_clean(), "after {after}: {:#?}", proof.findings);
    }
    // Killed before the file, between file and name, and after both.
    assert_eq!(seen, [(vec![], false), (vec![50], false), (vec![50], true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_publishers_who_both_find_one_due_each_leaves_the_same() {
    let mut lake = Growing::of(SHORT).await;
    lake.wait();
    let other = Arc::clone(&lake.store);
    let more = lake.lab.daily(&other, &["IBM"]);
    let (one, two) = tokio::join!(lake.lab.daily(&lake.store, &SYMBOLS), more);
    for report in [one.unwrap(), two.unwrap()] {
        assert!(report.reasons.is_empty(), "{:?}", report.reasons);
    }
    assert!(named(&lake.store).await.unwrap().version >= 50);
    assert_right(&lake.store).await;
    assert!(prove(&lake.lab, &lake.store, None).await.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_checkpoint_is_found_and_made_again_by_repair_and_by_the_next_run() {
    let lake = Growing::of(SHORT + 1).await;
    let file = bytes(&lake.store, &checkpoint(50)).await.unwrap();
    let mut flipped = file.to_vec();
    flipped[file.len() / 2] ^= 1;
    // Whole, and of another log: no run looks so closely, verify does.
    let mut other = Snapshot::default();
    for version in 0..=50 {
        let bytes = bytes(&lake.store, &commit(version)).await.unwrap();
        let mut commit = Commit::parse(&bytes).unwrap();
        for added in &mut commit.add {
            added.size += 1;
        }
        other.apply(commit);
    }
    let cases = [
        ("flipped", checkpoint(50), Some(flipped), true),
        (
            "cut off",
            checkpoint(50),
            Some(file[..file.len() / 2].to_vec()),
            true,
        ),
        (
            "of another log",
            checkpoint(50),
            Some(other.encode(3).unwrap()),
            false,
        ),
        ("garbled", NAMED, Some(b"{\"version\":".to_vec()), true),
        (
            "of none",
            NAMED,
            Some(b"{\"version\":7,\"size\":9}".to_vec()),
            true,
        ),
        (
            "of a later one",
            NAMED,
            Some(b"{\"version\":70,\"size\":9}".to_vec()),
            true,
        ),
    ];
    for (harm, key, bad, by_run) in cases {
        let good = bytes(&lake.store, &key).await.unwrap();
        for healer in ["repair", "run"] {
            let store = lake.copy().await;
            replace(&store, &key, bad.clone()).await;
            let found = prove(&lake.lab, &store, None).await;
            let rules = found.findings.iter().map(|it| (it.rule, it.path.clone()));
            let expected = [(ProofRule::TableDamaged, key.path())];
            assert_eq!(rules.collect::<Vec<_>>(), expected, "{harm}");
            if healer == "repair" {
                let repaired = prove(&lake.lab, &store, Some(VendorUse::Offline)).await;
                assert!(repaired.is_clean(), "{harm}: {:#?}", repaired.findings);
            } else if by_run {
                lake.run(&store).await;
            } else {
                continue;
            }
            assert_eq!(
                bytes(&store, &key).await.unwrap(),
                good,
                "{harm} by {healer}"
            );
            assert_right(&store).await;
        }
    }
    // Lost: with the name still there readers are sent to nothing, without it they read the commits.
    for (lost, found) in [(checkpoint(50), 1), (NAMED, 0)] {
        let store = lake.copy().await;
        replace(&store, &lost, None).await;
        assert_eq!(prove(&lake.lab, &store, None).await.findings.len(), found);
        lake.run(&store).await;
        assert_eq!(bytes(&store, &lost).await, bytes(&lake.store, &lost).await);
    }
    let store = lake.copy().await;
    replace(&store, &checkpoint(50), None).await;
    let repaired = prove(&lake.lab, &store, Some(VendorUse::Offline)).await;
    assert!(repaired.is_clean(), "{:#?}", repaired.findings);
    assert_right(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_the_log_does_not_reach_is_told_and_nothing_is_written_behind_it() {
    let mut lake = Growing::of(SHORT + 1).await;
    // Somebody took the newest commits away; readers still see the checkpoint.
    for version in 45..=50 {
        replace(&lake.store, &commit(version), None).await;
    }
    replace(&lake.store, &LakeKey::DeltaVersions { table: TABLE }, None).await;
    let found = prove(&lake.lab, &lake.store, Some(VendorUse::Offline)).await;
    let paths: Vec<&str> = found.findings.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, [checkpoint(50).path()]);
    lake.wait();
    let report = lake.lab.daily(&lake.store, &SYMBOLS).await.unwrap();
    let reasons = report.reasons.join("; ");
    assert!(
        reasons.contains("does not reach so far")
            && reasons.contains("move the table's folder away"),
        "{reasons}"
    );
    assert_eq!(bytes(&lake.store, &commit(45)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plan_says_holds_on_the_day_of_a_checkpoint_and_on_the_next() {
    let mut lake = Growing::of(SHORT - 1).await;
    let mut reads = Vec::new();
    for _ in 0..3 {
        lake.wait();
        let context = lake.lab.context(Arc::clone(&lake.store));
        let order = WorkRequest::daily_update(&context, lake.lab.listings(&SYMBOLS));
        let planned = preview(&context, &order).await.unwrap().operations;
        let report = lake.lab.daily(&lake.store, &SYMBOLS).await.unwrap();
        let used = report.store;
        assert!(
            planned.reads >= used.reads
                && planned.writes >= used.writes
                && planned.lists >= used.lists,
            "{planned:?} planned, {used:?} used"
        );
        reads.push((planned.reads, used.reads));
    }
    let (planned, used): (Vec<u64>, Vec<u64>) = reads.into_iter().unzip();
    // The day before has none; on its day the log is read; from then on it and its name are looked at.
    assert_eq!(planned[1] - planned[0], 2 + 51 + 4, "{planned:?}");
    assert_eq!(planned[2] - planned[0], 2, "{planned:?}");
    assert_eq!(used[2] - used[0], 2, "{used:?}");
    assert!(
        planned[1] - used[1] <= planned[0] - used[0] + 5,
        "{planned:?} {used:?}"
    );
}
