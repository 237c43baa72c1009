use std::sync::Arc;

use super::*;
use quantx_faulty::{Fault, Faulty};
use quantx_storage::MemoryStore;

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
    let move_of = Move {
        from: &from,
        to: &to,
        differing: Differing::Keep,
        effects: Effects::Write,
        seen: Mutex::default(),
    };
    assert!(matches!(
        move_of.object(&key(FILE)).await.unwrap(),
        Done::Copied(4)
    ));
    put(&from, FILE, "more bars").await;
    put(&from, RECORD, &record("more bars")).await;
    assert!(matches!(
        move_of.object(&key(RECORD)).await.unwrap(),
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
