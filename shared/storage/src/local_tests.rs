use std::fs;

use super::*;
use quantx_market::{ExchangeCode, Ticker};

fn bars(ticker: &str, year: i16) -> LakeKey {
    LakeKey::Bars {
        exchange: ExchangeCode::parse("us").unwrap(),
        ticker: Ticker::parse(ticker).unwrap(),
        year,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// Adds one to the number in `key`, however often another writer is first; returns the conflicts.
async fn increment(store: &LocalStore, key: &LakeKey) -> u64 {
    for conflicts in 0.. {
        let (value, precondition) = match store.get(key).await.unwrap() {
            None => (0, Precondition::Absent),
            Some(object) => {
                let text = std::str::from_utf8(&object.bytes).unwrap();
                (text.parse().unwrap(), Precondition::Matches(object.etag))
            }
        };
        let next: u64 = value + 1;
        match store.put(key, next.to_string().into(), precondition).await {
            Ok(_) => return conflicts,
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
    }
    unreachable!("the loop ends by returning")
}

#[test]
fn writers_with_their_own_handles_lose_no_increment() {
    let folder = tempfile::tempdir().unwrap();
    let key = bars("AAPL", 2024);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
                runtime().block_on(async {
                    for _ in 0..100 {
                        increment(&store, &key).await;
                    }
                });
            });
        }
    });
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let total = runtime().block_on(store.get(&key)).unwrap().unwrap();
    assert_eq!(&total.bytes[..], b"400");
    let names = names_in(folder.path().join(key.path()).parent().unwrap());
    assert_eq!(names, ["data.parquet"], "no temporary file stays");
}

#[test]
fn a_reader_sees_the_old_object_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let key = bars("AAPL", 2024);
    let write = |round: u8, precondition| {
        let bytes = Bytes::from(vec![round; 200_000]);
        runtime()
            .block_on(store.put(&key, bytes, precondition))
            .unwrap()
    };
    let mut etag = write(0, Precondition::Absent);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let store = LocalStore::open_read_only(folder.path()).unwrap();
            for _ in 0..200 {
                let object = runtime().block_on(store.get(&key)).unwrap().unwrap();
                assert_eq!(object.bytes.len(), 200_000);
                assert!(object.bytes.iter().all(|byte| *byte == object.bytes[0]));
            }
        });
        for round in (1..=100).cycle() {
            if reader.is_finished() {
                break;
            }
            etag = write(round, Precondition::Matches(etag));
        }
    });
}

#[test]
fn what_a_killed_writer_left_is_invisible_and_goes_with_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let (ours, other) = (bars("AAPL", 2024), bars("AAPL", 2023));
    runtime().block_on(async {
        for key in [&ours, &other] {
            store
                .put(key, "1".into(), Precondition::Absent)
                .await
                .unwrap();
            let stray = folder
                .path()
                .join(key.path())
                .with_file_name(".data.parquet.999.0.tmp");
            fs::write(stray, "half of a").unwrap();
        }
        assert_eq!(store.list(&LakePrefix::All).await.unwrap().len(), 2);
        let etag = store.get(&ours).await.unwrap().unwrap().etag;
        store
            .put(&ours, "2".into(), Precondition::Matches(etag))
            .await
            .unwrap();
    });
    let left = |key: &LakeKey| names_in(folder.path().join(key.path()).parent().unwrap());
    assert_eq!(left(&ours), ["data.parquet"]);
    assert_eq!(left(&other), [".data.parquet.999.0.tmp", "data.parquet"]);
}

#[test]
fn a_temporary_file_of_another_object_in_the_same_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let meta = folder.path().join("meta");
    fs::create_dir(&meta).unwrap();
    let live = meta.join(".universe_a.csv.999.0.tmp");
    fs::write(&live, "its writer holds another lock").unwrap();
    let put = store.put(&LakeKey::Manifest, "1".into(), Precondition::Absent);
    runtime().block_on(put).unwrap();
    assert!(live.is_file());
}

#[test]
fn a_failed_write_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let key = bars("AAPL", 2024);
    let target = folder.path().join(key.path());
    // A folder where the file should be: reading and renaming both fail.
    fs::create_dir_all(&target).unwrap();
    let replaced = store
        .0
        .atomic
        .replace(&target, b"1", Role::Only, store.0.lock("").unwrap());
    assert!(replaced.is_err());
    assert_eq!(names_in(target.parent().unwrap()), ["data.parquet"]);
    let error = runtime().block_on(store.get(&key)).unwrap_err();
    assert!(matches!(error, StorageError::Io { .. }), "{error:?}");
}

#[test]
fn a_root_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lake");
    fs::write(&file, "").unwrap();
    for root in [file.clone(), file.join("below")] {
        for opened in [
            LocalStore::open(&root, Durability::Batch),
            LocalStore::open_read_only(&root),
        ] {
            let error = opened.unwrap_err();
            assert!(
                matches!(error, StorageError::NotADirectory { .. }),
                "{error:?}"
            );
        }
    }
}

#[test]
fn reading_leaves_no_trace_and_writing_needs_a_store_opened_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("not there");
    let store = LocalStore::open_read_only(&root).unwrap();
    runtime().block_on(async {
        assert!(store.get(&LakeKey::Manifest).await.unwrap().is_none());
        assert_eq!(store.list(&LakePrefix::All).await.unwrap(), []);
        let put = store.put(&LakeKey::Manifest, "1".into(), Precondition::Absent);
        let error = put.await.unwrap_err();
        assert!(
            matches!(error, StorageError::PermissionDenied { .. }),
            "{error:?}"
        );
    });
    assert!(!root.exists());
}

#[test]
fn a_listing_leaves_out_what_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), Durability::Batch).unwrap();
    let key = bars("AAPL", 2024);
    let put = store.put(&key, "12345".into(), Precondition::Absent);
    runtime().block_on(put).unwrap();
    let year = folder.path().join(key.path()).parent().unwrap().to_owned();
    fs::write(year.join("notes.txt"), "").unwrap();
    fs::create_dir(folder.path().join("meta")).unwrap();
    fs::write(folder.path().join("meta/universe_UPPER.csv"), "").unwrap();
    fs::create_dir_all(year.join("deep/er")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/nowhere", folder.path().join("dangling")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    let listed = runtime().block_on(store.list(&LakePrefix::All)).unwrap();
    let expected = ObjectEntry {
        key,
        etag: None,
        size_bytes: 5,
    };
    assert_eq!(listed, [expected]);
}

#[test]
fn a_lake_removed_while_open_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let store = LocalStore::open(&root, Durability::Batch).unwrap();
    let write = || {
        let put = store.put(&LakeKey::Manifest, "1".into(), Precondition::Absent);
        runtime().block_on(put)
    };
    write().unwrap();
    fs::remove_dir_all(&root).unwrap();
    write().unwrap();
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
