//! Answers that get lost, connections that break, servers that are busy.

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use quantx::lake::LakeKey;
use quantx::storage::blob::BlobStore;
use quantx::storage::{ETag, LakeStore, Precondition, StorageError};
use quantx_tests::wire_proxy::{Only, WireFault, WireProxy};
use tokio::task::JoinSet;

use super::{bars, behind_a_proxy, config, error_chain, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_known_again() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config).await;
    for (year, fault) in [
        (1, WireFault::LoseAnswer),
        (2, WireFault::LieAbout(500)),
        (3, WireFault::LieAbout(503)),
        (4, WireFault::LieAbout(408)),
    ] {
        let key = bars(year);
        proxy.script(Only::Writes, [fault]);
        let first = put(&store, &key, "first", None).await.unwrap();
        assert_eq!(
            read(&store, &key).await,
            ("first".into(), first.clone()),
            "{fault:?}"
        );

        proxy.script(Only::Writes, [fault, fault]);
        let second = put(&store, &key, "second", Some(&first)).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(
            read(&store, &key).await,
            ("second".into(), second.clone()),
            "{fault:?}"
        );

        proxy.script(Only::Writes, [fault]);
        store.delete(&key, second).await.unwrap();
        assert!(store.get(&key).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_write_is_known_again_after_its_last_answer_was_lost() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config).await;
    let large = Bytes::from(vec![7; 20 * 1024 * 1024]);
    // Three blocks, one of them twice, and the list of them.
    let faults = [
        WireFault::LoseAnswer,
        WireFault::None,
        WireFault::None,
        WireFault::None,
    ];
    proxy.script(
        Only::Writes,
        faults.into_iter().chain([WireFault::LoseAnswer]),
    );
    let key = bars(2024);
    let put = store.put(&key, large.clone(), Precondition::Absent);
    let etag = put.await.unwrap();
    assert_eq!(proxy.spoilt(), 2);
    let (bytes, found) = read(&store, &bars(2024)).await;
    assert!(bytes == large);
    assert_eq!(found, etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_no_excuse_for_a_true_conflict() {
    let Some((azurite, proxy, mut config_of_one)) = behind_a_proxy().await else {
        return;
    };
    config_of_one.limits.first_wait = Duration::from_millis(600);
    let one = open(config_of_one).await;
    let other = open(config(&azurite.connection_string(), "lake")).await;
    let meanwhile = async |fault: WireFault, year: i16| {
        let key = bars(year);
        let before = put(&other, &key, "before", None).await.unwrap();
        proxy.script(Only::Writes, [fault]);
        let slow = put(&one, &key, "ours", Some(&before));
        let quick = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let object = other.get(&key).await.unwrap().unwrap();
            put(&other, &key, "theirs", Some(&object.etag))
                .await
                .unwrap();
            object.bytes
        };
        let (answer, seen) = tokio::join!(slow, quick);
        assert_eq!(read(&other, &key).await.0, "theirs");
        (answer.unwrap_err(), seen)
    };
    // It never arrived, and they replaced the very state that it should have replaced.
    let (error, seen) = meanwhile(WireFault::Drop, 1).await;
    assert_eq!(seen, "before");
    assert!(error.is_conflict(), "{error:?}");
    // It arrived, and they built upon it: not a conflict, which would mean that nothing happened.
    let (error, seen) = meanwhile(WireFault::LoseAnswer, 2).await;
    assert_eq!(seen, "ours");
    assert!(matches!(error, StorageError::Unsettled { .. }), "{error:?}");
    assert_eq!(
        error_chain(&error, &proxy.address()),
        "data/exchange=us/ticker=AAPL/year=2/data.parquet was changed after an answer was lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_survive_what_can_get_better() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config.clone()).await;
    let key = bars(2024);
    put(&store, &key, "whole", None).await.unwrap();
    for fault in [
        WireFault::Drop,
        WireFault::Reset,
        WireFault::CutBody,
        WireFault::Delay(Duration::from_millis(50)),
        WireFault::Status(500, None),
        WireFault::Status(502, None),
    ] {
        let fresh = open(config.clone()).await;
        proxy.script(Only::All, [fault, fault, fault]);
        assert_eq!(read(&fresh, &key).await.0, "whole", "{fault:?}");
    }
    let began = tokio::time::Instant::now();
    proxy.script(Only::All, [WireFault::Status(503, Some(1))]);
    read(&store, &key).await;
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "Retry-After is waited for"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_get_better_is_told_after_a_few_tries() {
    let Some((azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config.clone()).await;
    let key = bars(2024);
    let mut texts = Vec::new();
    for fault in [
        WireFault::Status(500, None),
        WireFault::Status(503, Some(0)),
        WireFault::Drop,
        WireFault::Reset,
    ] {
        let before = proxy.requests();
        proxy.script(Only::All, [fault; 4]);
        let error = store.get(&key).await.unwrap_err();
        assert_eq!(proxy.requests() - before, 4, "{fault:?}");
        texts.push(error_chain(&error, &proxy.address()));
    }
    // A body that never ends well.
    put(&store, &key, "whole", None).await.unwrap();
    let fresh = open(config).await;
    proxy.script(Only::All, [WireFault::CutBody; 4]);
    texts.push(error_chain(
        &fresh.get(&key).await.unwrap_err(),
        &proxy.address(),
    ));
    // Nobody there.
    let address = azurite.address().to_owned();
    let direct = open(super::config(&azurite.connection_string(), "lake")).await;
    drop(azurite);
    texts.push(error_chain(&direct.get(&key).await.unwrap_err(), &address));
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_writers_lose_nothing() {
    let Some(azurite) = quantx_tests::azurite::Azurite::start() else {
        return;
    };
    let mut writers = JoinSet::new();
    for _ in 0..3 {
        // Each with its own client, as in three processes.
        let store = open(config(&azurite.connection_string(), "lake")).await;
        writers.spawn(async move {
            for _ in 0..40 {
                while let Err(error) = add_one(&store).await {
                    assert!(error.is_conflict(), "{error:?}");
                }
            }
        });
    }
    writers.join_all().await;
    let store = open(config(&azurite.connection_string(), "lake")).await;
    assert_eq!(read(&store, &bars(2024)).await.0, "120");
}

/// Whoever commits its blocks first discards those of the others; these must be told that they lost.
#[tokio::test(flavor = "multi_thread")]
async fn of_writers_in_blocks_one_wins() {
    let Some(azurite) = quantx_tests::azurite::Azurite::start() else {
        return;
    };
    let mut config = config(&azurite.connection_string(), "lake");
    config.limits.block_bytes = NonZeroU64::new(20_000).unwrap();
    let store = open(config).await;
    for round in 0..10 {
        let key = bars(round);
        let before = match round % 2 {
            0 => None,
            _ => Some(put(&store, &key, "before", None).await.unwrap()),
        };
        let mut writers = JoinSet::new();
        for writer in 0..4_u8 {
            let (store, key, before) = (Arc::clone(&store), key.clone(), before.clone());
            writers.spawn(async move {
                let content = char::from(b'a' + writer).to_string().repeat(100_000);
                let answer = put(&store, &key, &content, before.as_ref()).await;
                (content, answer)
            });
        }
        let mut winners = Vec::new();
        for (content, answer) in writers.join_all().await {
            match answer {
                Ok(etag) => winners.push((content, etag)),
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
        }
        let (bytes, etag) = read(&store, &key).await;
        let [(content, won)] = winners.as_slice() else {
            panic!("{} winners", winners.len());
        };
        assert!(bytes == *content);
        assert_eq!(etag, *won);
    }
}

async fn add_one(store: &BlobStore) -> Result<(), StorageError> {
    let key = bars(2024);
    let object = store.get(&key).await?;
    let number = object.as_ref().map_or(0_u64, |object| {
        std::str::from_utf8(&object.bytes).unwrap().parse().unwrap()
    });
    let etag = object.map(|object| object.etag);
    put(store, &key, &(number + 1).to_string(), etag.as_ref()).await?;
    Ok(())
}

/// Three writers append words, each attempt another word, while 200 requests are spoilt. A word is
/// there exactly once if its write was said to have happened or was found afterwards, and never if
/// its write was said to have lost.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_random_faults_neither_lose_nor_double_a_write() {
    const FAULTS: u64 = 200;
    let Some((azurite, proxy, config_of_all)) = behind_a_proxy().await else {
        return;
    };
    let kinds = [
        WireFault::LoseAnswer,
        WireFault::LoseAnswer,
        WireFault::LieAbout(500),
        WireFault::Drop,
        WireFault::Reset,
        WireFault::CutBody,
        WireFault::Delay(Duration::from_millis(10)),
        WireFault::Status(500, None),
        WireFault::Status(503, Some(0)),
    ];
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(open(config_of_all.clone()).await);
    }
    proxy.chance(20_240_705, 0.3, FAULTS, &kinds);
    let proxy = Arc::new(proxy);
    let answers = Arc::new([const { AtomicU64::new(0) }; 3]);
    let mut writers = JoinSet::new();
    for (writer, store) in stores.into_iter().enumerate() {
        let (proxy, answers) = (Arc::clone(&proxy), Arc::clone(&answers));
        writers.spawn(async move { append_until(FAULTS, writer, &store, &proxy, &answers).await });
    }
    let (mut happened, mut lost) = (BTreeSet::new(), BTreeSet::new());
    for (theirs_happened, theirs_lost) in writers.join_all().await {
        happened.extend(theirs_happened);
        lost.extend(theirs_lost);
    }
    let direct = open(config(&azurite.connection_string(), "lake")).await;
    let (bytes, _) = read(&direct, &bars(2024)).await;
    let words: Vec<&str> = std::str::from_utf8(&bytes)
        .unwrap()
        .split_whitespace()
        .collect();
    let once: BTreeSet<String> = words.iter().map(|word| (*word).to_owned()).collect();
    assert_eq!(once.len(), words.len(), "a write is there twice");
    assert_eq!(once, happened, "what is there is what was said to be");
    assert!(lost.is_disjoint(&once), "a lost write is there");
    assert_eq!(proxy.spoilt(), FAULTS);
    let [ok, conflicts, unknown] = answers.each_ref().map(|count| count.load(SeqCst));
    eprintln!(
        "{ok} writes, {conflicts} conflicts, {unknown} unsettled, {} requests",
        proxy.requests()
    );
    assert!(ok > 50 && conflicts > 0, "{ok} {conflicts}");
}

async fn append_until(
    faults: u64,
    writer: usize,
    store: &BlobStore,
    proxy: &WireProxy,
    answers: &[AtomicU64; 3],
) -> (BTreeSet<String>, BTreeSet<String>) {
    let key = bars(2024);
    let (mut happened, mut lost) = (BTreeSet::new(), BTreeSet::new());
    for attempt in 0.. {
        if proxy.spoilt() >= faults {
            break;
        }
        let Ok(object) = store.get(&key).await else {
            continue;
        };
        let word = format!("{writer}-{attempt}");
        let before = object.as_ref().map_or(&b""[..], |object| &object.bytes);
        let content = format!("{} {word}", std::str::from_utf8(before).unwrap());
        let etag = object.as_ref().map(|object| &object.etag);
        match put(store, &key, &content, etag).await {
            Ok(_) => {
                answers[0].fetch_add(1, SeqCst);
                happened.insert(word);
            }
            Err(error) if error.is_conflict() => {
                answers[1].fetch_add(1, SeqCst);
                lost.insert(word);
            }
            Err(_) => {
                answers[2].fetch_add(1, SeqCst);
                if holds(store, &key, &word).await {
                    happened.insert(word);
                } else {
                    lost.insert(word);
                }
            }
        }
    }
    (happened, lost)
}

async fn holds(store: &BlobStore, key: &LakeKey, word: &str) -> bool {
    loop {
        if let Ok(object) = store.get(key).await {
            return object.is_some_and(|object| {
                let text = std::str::from_utf8(&object.bytes).unwrap();
                text.split_whitespace().any(|found| found == word)
            });
        }
    }
}

async fn put(
    store: &BlobStore,
    key: &LakeKey,
    content: &str,
    etag: Option<&ETag>,
) -> Result<ETag, StorageError> {
    let precondition = match etag {
        Some(etag) => Precondition::Matches(etag.clone()),
        None => Precondition::Absent,
    };
    store
        .put(key, content.to_owned().into(), precondition)
        .await
}

async fn read(store: &BlobStore, key: &LakeKey) -> (Bytes, ETag) {
    let object = store.get(key).await.unwrap().unwrap();
    (object.bytes, object.etag)
}
