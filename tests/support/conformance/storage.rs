//! The promise of [`LakeStore`], asked of every back end and every decorator.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use quantx::lake::delta::DeltaTable;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::storage::{ETag, LakeStore, Precondition, StorageError, StoredObject};
use tokio::task::JoinSet;

type Store = Arc<dyn LakeStore>;

/// Runs every check, each on an empty lake that `make` opens; a broken promise panics.
pub async fn run_all(make: impl AsyncFn() -> Store) {
    a_missing_object_is_none(make().await).await;
    what_was_put_is_read_back(make().await).await;
    creating_twice_conflicts(make().await).await;
    replacing_needs_the_current_tag(make().await).await;
    deleting_needs_the_current_tag(make().await).await;
    a_listing_is_sorted_and_keeps_to_its_prefix(make().await).await;
    of_many_creators_one_wins(make().await).await;
    concurrent_writers_lose_nothing(make().await).await;
    readers_never_see_a_mixture(make().await).await;
}

/// Path and content of every object in `store`: equal snapshots are equal lakes.
///
/// # Panics
/// When the store fails.
pub async fn snapshot(store: &dyn LakeStore) -> BTreeMap<String, Bytes> {
    let mut contents = BTreeMap::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        if let Some(object) = store.get(&entry.key).await.unwrap() {
            contents.insert(entry.key.path(), object.bytes);
        }
    }
    contents
}

/// Reads nothing before the first write, also where whole folders are missing.
async fn a_missing_object_is_none(store: Store) {
    assert!(store.get(&bars("AAPL", 2024)).await.unwrap().is_none());
    for prefix in all_prefixes() {
        assert_eq!(store.list(&prefix).await.unwrap(), [], "{prefix:?}");
    }
    assert!(snapshot(&*store).await.is_empty());
}

/// Nothing, every byte value, and more than one request's worth come back as they went.
async fn what_was_put_is_read_back(store: Store) {
    let every_byte: Vec<u8> = (0..=u8::MAX).cycle().take(13_000).collect();
    let large: Vec<u8> = (0..20 * 1024 * 1024_u32).map(|i| (i / 251) as u8).collect();
    for (year, content) in [
        (1, Vec::new()),
        (2, vec![0; 100]),
        (3, every_byte),
        (4, large),
    ] {
        let (key, content) = (bars("AAPL", year), Bytes::from(content));
        let put = store.put(&key, content.clone(), Precondition::Absent);
        let etag = put.await.unwrap();
        let read = present(&store, &key).await;
        assert!(
            read.bytes == content,
            "{} bytes came back changed",
            content.len()
        );
        assert_eq!(read.etag, etag);
        let again = present(&store, &key).await;
        assert_eq!(again.etag, etag, "reading must not change the tag");
    }
}

/// `Absent` holds once; who comes second changes nothing.
async fn creating_twice_conflicts(store: Store) {
    let key = LakeKey::Manifest;
    create(&store, &key, "first").await;
    let again = store.put(&key, "second".into(), Precondition::Absent).await;
    assert_conflict(again, &key);
    assert_eq!(present(&store, &key).await.bytes, "first");
}

/// `Matches` holds for the newest tag only, and never for what is not there.
async fn replacing_needs_the_current_tag(store: Store) {
    let (key, other) = (bars("AAPL", 2024), bars("AAPL", 2023));
    let first = create(&store, &key, "first").await;
    let replace = |bytes: &'static str, etag: &ETag| {
        let precondition = Precondition::Matches(etag.clone());
        store.put(&key, bytes.into(), precondition)
    };
    let second = replace("second, longer", &first).await.unwrap();
    assert_ne!(first, second);
    assert_conflict(replace("stale", &first).await, &key);
    let read = present(&store, &key).await;
    assert_eq!(
        (&read.bytes[..], &read.etag),
        (&b"second, longer"[..], &second)
    );
    let third = replace("3", &second).await.unwrap();
    assert_eq!(present(&store, &key).await.bytes, "3");

    let put = store.put(&other, "x".into(), Precondition::Matches(third));
    assert_conflict(put.await, &other);
    assert!(store.get(&other).await.unwrap().is_none());
}

/// Deletes by tag; afterwards the object is as if it had never been.
async fn deleting_needs_the_current_tag(store: Store) {
    let key = commit("AAPL");
    let first = create(&store, &key, "first").await;
    let put = store.put(&key, "second".into(), Precondition::Matches(first.clone()));
    let second = put.await.unwrap();
    assert_conflict(store.delete(&key, first).await, &key);
    assert_eq!(present(&store, &key).await.bytes, "second");

    store.delete(&key, second.clone()).await.unwrap();
    assert!(store.get(&key).await.unwrap().is_none());
    assert_eq!(store.list(&LakePrefix::All).await.unwrap(), []);
    assert_conflict(store.delete(&key, second.clone()).await, &key);
    let put = store.put(&key, "stale".into(), Precondition::Matches(second));
    assert_conflict(put.await, &key);
    create(&store, &key, "third").await;
    assert_eq!(present(&store, &key).await.bytes, "third");
}

/// Every prefix gives exactly its objects, by path, with their sizes and, if any, their tags.
async fn a_listing_is_sorted_and_keeps_to_its_prefix(store: Store) {
    // Neighbours whose paths begin alike, in no order.
    let mut paths = [
        "reports/backfill_20240705_230409.json",
        "reports/backfill_20240705_230409-2.json",
        "data/exchange=us/ticker=AA/year=2024/data.parquet",
        "data/exchange=us/ticker=A/year=2024/data.parquet",
        "data/exchange=us/ticker=A/year=2023/data.parquet",
        "data/exchange=us/ticker=A/_symbol.json",
        "data/exchange=us/ticker=A-B/_symbol.json",
        "data/exchange=us/ticker=A.B/_symbol.json",
        "data/exchange=usx/ticker=A/_symbol.json",
        "data/exchange=hk/ticker=0700/_symbol.json",
        "panel/exchange=us/year=2024/data.parquet",
        "actions/exchange=us/data.parquet",
        "delta/bars/_delta_log/00000000000000000000.json",
        "delta/bars/_delta_log/00000000000000000001.json",
        "delta/bars/_delta_log/00000000000000000001.checkpoint.parquet",
        "delta/bars/_delta_log/_last_checkpoint",
        "delta/bars/_versions.json",
        "delta/factors/_delta_log/00000000000000000000.json",
        "meta/symbols_manifest.csv",
        "meta/universe_phase_1.csv",
        "meta/universe_phase_1_metadata.json",
        "meta/membership_sp500.csv",
        "quarantine/exchange=us/ticker=A/backfill_20240705_230409.json",
    ];
    let mut tags = BTreeMap::new();
    for (size, path) in paths.iter().enumerate() {
        let key = LakeKey::parse(path).unwrap();
        let put = store.put(&key, vec![b'x'; size].into(), Precondition::Absent);
        tags.insert(key.path(), (put.await.unwrap(), size as u64));
    }
    paths.sort_unstable();
    for prefix in all_prefixes() {
        let listed = store.list(&prefix).await.unwrap();
        let found: Vec<String> = listed.iter().map(|entry| entry.key.path()).collect();
        let contained = |path: &&str| prefix.contains(&LakeKey::parse(path).unwrap());
        let expected: Vec<&str> = paths.iter().copied().filter(contained).collect();
        assert_eq!(found, expected, "{prefix:?}");
        for entry in listed {
            let (etag, size_bytes) = &tags[&entry.key.path()];
            assert_eq!(entry.size_bytes, *size_bytes);
            assert!(entry.etag.is_none_or(|listed| listed == *etag));
        }
    }
    let one = LakePrefix::Listing(exchange("us"), ticker("A"));
    assert_eq!(store.list(&one).await.unwrap().len(), 3);
}

/// Eight create one object at the same time; one does, the others are told.
async fn of_many_creators_one_wins(store: Store) {
    for year in 0..10 {
        let key = bars("AAPL", year);
        let mut creators = JoinSet::new();
        for writer in 0..8_u8 {
            let (store, key) = (Arc::clone(&store), key.clone());
            creators.spawn(async move {
                let put = store.put(&key, vec![writer].into(), Precondition::Absent);
                (writer, put.await)
            });
        }
        let answers = creators.join_all().await;
        let mut winners = Vec::new();
        for (writer, answer) in answers {
            match answer {
                Ok(_) => winners.push(writer),
                lost => assert_conflict(lost, &key),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(present(&store, &key).await.bytes, winners);
    }
}

/// Eight tasks add one fifty times each, by read, compute, write, and again when it conflicts.
async fn concurrent_writers_lose_nothing(store: Store) {
    const WRITERS: u64 = 8;
    const INCREMENTS: u64 = 50;
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for _ in 0..INCREMENTS {
                increment(&store).await;
            }
        });
    }
    writers.join_all().await;
    let total = present(&store, &commit("AAPL")).await;
    assert_eq!(total.bytes, (WRITERS * INCREMENTS).to_string());
}

/// While one writer replaces an object of changing length, readers see whole versions only.
async fn readers_never_see_a_mixture(store: Store) {
    const VERSIONS: u8 = 40;
    let key = bars("AAPL", 2024);
    let content = |version: u8| Bytes::from(vec![version; 1 + usize::from(version % 5) * 50_000]);
    let mut etag = store
        .put(&key, content(0), Precondition::Absent)
        .await
        .unwrap();
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        let (store, key) = (Arc::clone(&store), key.clone());
        readers.spawn(async move {
            let mut newest = 0;
            while newest < VERSIONS {
                let bytes = present(&store, &key).await.bytes;
                let version = bytes[0];
                assert!(bytes == content(version), "version {version} is torn");
                assert!(version >= newest, "{version} came back after {newest}");
                newest = version;
                tokio::task::yield_now().await;
            }
        });
    }
    for version in 1..=VERSIONS {
        let put = store.put(&key, content(version), Precondition::Matches(etag));
        etag = put.await.unwrap();
        tokio::task::yield_now().await;
    }
    readers.join_all().await;
}

async fn increment(store: &Store) {
    let key = commit("AAPL");
    loop {
        let (value, precondition) = match store.get(&key).await.unwrap() {
            None => (0, Precondition::Absent),
            Some(object) => {
                let text = std::str::from_utf8(&object.bytes).unwrap();
                (
                    text.parse::<u64>().unwrap(),
                    Precondition::Matches(object.etag),
                )
            }
        };
        let bytes = (value + 1).to_string().into();
        match store.put(&key, bytes, precondition).await {
            Ok(_) => return,
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
        tokio::task::yield_now().await;
    }
}

async fn create(store: &Store, key: &LakeKey, content: &'static str) -> ETag {
    let put = store.put(key, content.into(), Precondition::Absent);
    put.await.unwrap()
}

async fn present(store: &Store, key: &LakeKey) -> StoredObject {
    store.get(key).await.unwrap().unwrap()
}

#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(answer: Result<T, StorageError>, expected: &LakeKey) {
    match answer {
        Err(StorageError::PreconditionFailed { key }) => assert_eq!(key, *expected),
        other => panic!("{expected}: expected a conflict, got {other:?}"),
    }
}

fn all_prefixes() -> [LakePrefix; 10] {
    [
        LakePrefix::All,
        LakePrefix::Listing(exchange("us"), ticker("A")),
        LakePrefix::Listing(exchange("us"), ticker("AAA")),
        LakePrefix::Exchange(exchange("us")),
        LakePrefix::Exchange(exchange("hk")),
        LakePrefix::Exchange(exchange("jp")),
        LakePrefix::Commits,
        LakePrefix::Quarantine,
        LakePrefix::Reports,
        LakePrefix::DeltaLog(DeltaTable::Bars),
    ]
}

fn exchange(code: &str) -> quantx::market::ExchangeCode {
    quantx::market::ExchangeCode::parse(code).unwrap()
}

fn ticker(code: &str) -> quantx::market::Ticker {
    quantx::market::Ticker::parse(code).unwrap()
}

fn bars(code: &str, year: i16) -> LakeKey {
    LakeKey::Bars {
        exchange: exchange("us"),
        ticker: ticker(code),
        year,
    }
}

fn commit(code: &str) -> LakeKey {
    LakeKey::Commit {
        exchange: exchange("us"),
        ticker: ticker(code),
    }
}
