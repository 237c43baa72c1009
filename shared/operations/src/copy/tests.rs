use std::sync::Arc;

use bytes::Bytes;

use super::*;
use quantx_faulty::{Fault, Faulty};
use quantx_lake::codec::sha256_hex;
use quantx_storage::{MemoryStore, Precondition};

const RECORD: &str = "data/exchange=us/ticker=AAPL/_symbol.json";
const FILE: &str = "data/exchange=us/ticker=AAPL/year=2024/data.parquet";

fn key(path: &str) -> LakeKey {
    LakeKey::parse(path).unwrap()
}

fn record(file: &str) -> String {
    format!(
        r#"{{"schema":1,"symbol":"AAPL","exchange":"us","currency":"USD","unit_scale":1.0,"first_trade":null,
        "asked_from":"2024-01-02","actions":[],"years":{{"2024":{{"rows":1,"first":"2024-01-02",
        "last":"2024-01-02","sha256":"{}"}}}},"revision":1,"updated":"2024-07-05T20:00:00Z"}}"#,
        sha256_hex(file.as_bytes())
    )
}

async fn put(store: &dyn LakeStore, path: &str, content: &str) {
    let found = store.get(&key(path)).await.unwrap();
    let precondition = found.map_or(Precondition::Absent, |object| {
        Precondition::Matches(object.etag)
    });
    let bytes = Bytes::from(content.to_owned());
    store.put(&key(path), bytes, precondition).await.unwrap();
}

async fn get(store: &dyn LakeStore, path: &str) -> Option<String> {
    let object = store.get(&key(path)).await.unwrap()?;
    Some(String::from_utf8(object.bytes.to_vec()).unwrap())
}

async fn lake() -> Arc<MemoryStore> {
    let store = MemoryStore::new();
    put(&store, FILE, "bars").await;
    put(&store, RECORD, &record("bars")).await;
    put(&store, "meta/symbols_manifest.csv", "a,b\n").await;
    put(&store, "reports/backfill_20240705_230409.json", "{}").await;
    Arc::new(store)
}

#[tokio::test]
async fn a_copy_is_whole_and_a_second_one_sends_nothing() {
    let (from, to) = (lake().await, MemoryStore::new());
    let planned = copy(&from, &to, Differing::Keep, Effects::ReadOnly)
        .await
        .unwrap();
    assert_eq!((planned.copied, planned.present), (4, 0));
    assert!(
        to.list(&LakePrefix::All).await.unwrap().is_empty(),
        "a dry run writes nothing"
    );
    let first = copy(&from, &to, Differing::Keep, Effects::Write)
        .await
        .unwrap();
    assert_eq!(
        (first.copied, first.present, first.is_complete()),
        (4, 0, true)
    );
    assert_eq!(first, planned);
    let second = copy(&from, &to, Differing::Keep, Effects::Write)
        .await
        .unwrap();
    assert_eq!(
        (second.copied, second.bytes_copied, second.present),
        (0, 0, 4)
    );
    for entry in from.list(&LakePrefix::All).await.unwrap() {
        let path = entry.key.path();
        assert_eq!(get(&from, &path).await, get(&to, &path).await);
    }
    let empty = copy(&MemoryStore::new(), &to, Differing::Keep, Effects::Write).await;
    assert!(matches!(empty, Err(CopyError::Empty)));
}

/// After each write of a copy that dies: no record without its files, and the next copy goes on.
#[tokio::test]
async fn a_copy_that_dies_leaves_a_lake_and_is_taken_up() {
    let from = lake().await;
    for after in 0..4 {
        let to = Arc::new(MemoryStore::new());
        let dying = Faulty::new(Arc::clone(&to)).crash_after(after);
        let died = copy(&from, &dying, Differing::Keep, Effects::Write).await;
        assert!(matches!(died, Err(CopyError::Storage { .. })), "{died:?}");
        let there = to.list(&LakePrefix::All).await.unwrap().len();
        if get(&to, RECORD).await.is_some() {
            assert_eq!(get(&to, FILE).await.as_deref(), Some("bars"));
        }
        let next = copy(&from, &to, Differing::Keep, Effects::Write)
            .await
            .unwrap();
        assert_eq!((next.copied, next.present), (4 - there, there));
    }
}

#[tokio::test]
async fn what_the_target_has_otherwise_is_left_unless_told() {
    let (from, to) = (lake().await, MemoryStore::new());
    put(&to, FILE, "other bars").await;
    let kept = copy(&from, &to, Differing::Keep, Effects::Write)
        .await
        .unwrap();
    assert_eq!(kept.differing, [FILE]);
    let expect = (
        RECORD.to_owned(),
        format!("{FILE} is another one in the target"),
    );
    assert_eq!(kept.held_back, [expect], "no record without its file");
    assert_eq!(get(&to, FILE).await.as_deref(), Some("other bars"));
    assert_eq!(get(&to, RECORD).await, None);
    let replaced = copy(&from, &to, Differing::Replace, Effects::Write)
        .await
        .unwrap();
    assert!(replaced.is_complete());
    assert_eq!(get(&to, FILE).await.as_deref(), Some("bars"));
}

/// A run commits between the copy of a file and that of its record.
#[tokio::test]
async fn a_record_never_comes_before_its_files() {
    let (from, to) = (lake().await, MemoryStore::new());
    let lineage = Lineage::default();
    let sending = Sending::new(&from, &to, Differing::Keep, &lineage, Effects::Write);
    assert!(matches!(
        sending.object(&key(FILE)).await.unwrap(),
        Done::Copied(4)
    ));
    put(&from, FILE, "more bars").await;
    put(&from, RECORD, &record("more bars")).await;
    assert!(matches!(
        sending.object(&key(RECORD)).await.unwrap(),
        Done::Copied(_)
    ));
    assert_eq!(get(&to, FILE).await.as_deref(), Some("more bars"));

    // A file newer than its record is what a crash leaves; it is copied as it is.
    let (from, to) = (lake().await, MemoryStore::new());
    put(&from, FILE, "newer bars").await;
    assert!(
        copy(&from, &to, Differing::Keep, Effects::Write)
            .await
            .unwrap()
            .is_complete()
    );
    assert_eq!(get(&to, FILE).await.as_deref(), Some("newer bars"));
}

#[tokio::test]
async fn lost_answers_are_read_again_and_failures_are_told() {
    let from = lake().await;
    let to = Arc::new(MemoryStore::new());
    let unsure = Faulty::new(Arc::clone(&to)).fail_writes(1..=2, Fault::Unsettle);
    let done = copy(&from, &unsure, Differing::Keep, Effects::Write)
        .await
        .unwrap();
    assert!(done.is_complete());
    assert_eq!(done.copied + done.present, 4);

    let full = Fault::Refuse(std::io::ErrorKind::StorageFull);
    let full = Faulty::new(MemoryStore::new()).fail_writes(1.., full);
    let error = copy(&from, &full, Differing::Keep, Effects::Write)
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("run the copy again to go on"),
        "{error}"
    );
}

fn record_of(revision: u64, file: &str) -> String {
    record(file).replace("\"revision\":1", &format!("\"revision\":{revision}"))
}

async fn update_of(from: &dyn LakeStore, to: &dyn LakeStore) -> CopyReport {
    let done = copy(from, to, Differing::ReplaceOlder, Effects::Write).await;
    done.unwrap()
}

#[tokio::test]
async fn a_backup_of_a_lake_that_went_on_becomes_the_lake() {
    let (from, to) = (lake().await, MemoryStore::new());
    assert!(update_of(&from, &to).await.is_complete());
    put(&from, FILE, "more bars").await;
    put(&from, RECORD, &record_of(2, "more bars")).await;
    put(&from, "meta/symbols_manifest.csv", "a,b\n1,2\n").await;
    let planned = copy(&from, &to, Differing::ReplaceOlder, Effects::ReadOnly).await;
    let done = update_of(&from, &to).await;
    assert_eq!(planned.unwrap(), done);
    assert_eq!(
        (done.copied, done.present, done.is_complete()),
        (3, 1, true)
    );
    for entry in from.list(&LakePrefix::All).await.unwrap() {
        let path = entry.key.path();
        assert_eq!(get(&from, &path).await, get(&to, &path).await);
    }
    let again = update_of(&from, &to).await;
    assert_eq!((again.copied, again.present), (0, 4));
}

/// A lake that was itself restored from an older copy must not take its backup back with it.
#[tokio::test]
async fn a_later_or_another_history_in_the_target_stays() {
    for (there, file) in [(3, "later bars"), (2, "other bars")] {
        let (from, to) = (lake().await, MemoryStore::new());
        put(&from, FILE, "bars of 2").await;
        put(&from, RECORD, &record_of(2, "bars of 2")).await;
        put(&to, FILE, file).await;
        put(&to, RECORD, &record_of(there, file)).await;
        let done = update_of(&from, &to).await;
        assert_eq!(done.held_back.len() + done.differing.len(), 2, "{done:?}");
        assert_eq!(get(&to, FILE).await.as_deref(), Some(file));
        assert_eq!(get(&to, RECORD).await, Some(record_of(there, file)));
    }
}

/// What a run did is written once: another report of that name is of another lake.
#[tokio::test]
async fn another_report_of_one_name_is_no_earlier_one() {
    let (from, to) = (lake().await, MemoryStore::new());
    put(&to, "reports/backfill_20240705_230409.json", "{\"a\":1}").await;
    let done = update_of(&from, &to).await;
    assert_eq!(done.differing, ["reports/backfill_20240705_230409.json"]);
}

/// The years of a listing that stayed the same are not read again, a lost one is sent.
#[tokio::test]
async fn what_stayed_the_same_is_not_read_and_a_lost_file_is_sent() {
    let (from, to) = (lake().await, MemoryStore::new());
    update_of(&from, &to).await;
    let counted = quantx_storage::Counting::shared(Arc::clone(&from));
    update_of(&counted, &to).await;
    // The record once for its standing; record, manifest and report as objects.
    assert_eq!(counted.usage().reads, 4);
    let found = to.get(&key(FILE)).await.unwrap().unwrap();
    to.delete(&key(FILE), found.etag).await.unwrap();
    let healed = update_of(&from, &to).await;
    assert_eq!((healed.copied, healed.present), (1, 3));
    assert_eq!(get(&to, FILE).await.as_deref(), Some("bars"));
}

#[tokio::test]
async fn readers_of_the_target_are_not_sent_to_a_checkpoint_that_is_not_there() {
    const NAMED: &str = "delta/bars/_delta_log/_last_checkpoint";
    const CHECKPOINT: &str = "delta/bars/_delta_log/00000000000000000050.checkpoint.parquet";
    let (from, to) = (lake().await, MemoryStore::new());
    put(&from, NAMED, r#"{"version":50,"size":54}"#).await;
    let early = copy(&from, &to, Differing::Keep, Effects::Write).await;
    let early = early.unwrap();
    assert_eq!(early.held_back.len(), 1);
    assert_eq!(early.held_back[0].0, NAMED);
    assert_eq!(get(&to, NAMED).await, None);
    put(&from, CHECKPOINT, "checkpoint").await;
    let done = copy(&from, &to, Differing::Keep, Effects::Write).await;
    assert!(done.unwrap().is_complete());
    assert!(get(&to, NAMED).await.is_some() && get(&to, CHECKPOINT).await.is_some());
}
