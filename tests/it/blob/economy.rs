//! What the store costs: requests as Azure bills them, and bytes that travel.

use quantx::lake::{LakeKey, LakePrefix};
use quantx::storage::blob::BlobRequests;
use quantx::storage::{LakeStore, Precondition};
use quantx_tests::azurite::Azurite;
use quantx_tests::wire_proxy::{Only, WireFault};

use super::{bars, behind_a_proxy, config, open};

#[tokio::test(flavor = "multi_thread")]
async fn every_call_costs_what_it_must() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config.clone()).await;
    let costs = |writes, reads, lists, others, deletes| BlobRequests {
        writes,
        reads,
        lists,
        others,
        deletes,
    };
    assert_eq!(
        store.requests(),
        costs(0, 0, 1, 1, 0),
        "looks for the container, creates it"
    );
    let mut before = store.requests();
    let mut spent = || {
        let spent = store.requests() - before;
        before = store.requests();
        spent
    };
    let key = bars(2024);
    assert!(store.get(&key).await.unwrap().is_none());
    assert_eq!(spent(), costs(0, 1, 0, 0, 0), "missing");
    let etag = store
        .put(&key, "1".into(), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "put");
    store.get(&key).await.unwrap();
    assert_eq!(spent(), costs(0, 1, 0, 0, 0), "unchanged");
    store
        .put(&key, "2".into(), Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "a conflict");
    proxy.script(Only::Writes, [WireFault::LoseAnswer]);
    let etag = store
        .put(&key, "2".into(), Precondition::Matches(etag))
        .await
        .unwrap();
    assert_eq!(spent(), costs(2, 0, 0, 1, 0), "a lost answer");
    store.list(&LakePrefix::All).await.unwrap();
    assert_eq!(spent(), costs(0, 0, 1, 0, 0), "a list");
    store.delete(&key, etag).await.unwrap();
    assert_eq!(spent(), costs(0, 0, 0, 0, 1), "a delete");

    let mib = |n: usize| vec![1; n * 1024 * 1024].into();
    store.put(&key, mib(8), Precondition::Absent).await.unwrap();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "one request up to 8 MiB");
    store
        .put(&bars(2023), mib(20), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(spent(), costs(4, 0, 0, 0, 0), "three blocks and their list");
    let fresh = open(config).await;
    fresh.get(&key).await.unwrap();
    assert_eq!(fresh.requests(), costs(0, 1, 0, 1, 0));
    fresh.get(&bars(2023)).await.unwrap();
    assert_eq!(fresh.requests(), costs(0, 4, 0, 1, 0), "three ranges");
}

/// A run reads each file to plan, to merge and to write the manifest: only the first one is sent.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_object_is_sent_once() {
    const OBJECTS: i16 = 40;
    const SIZE: usize = 13_000;
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let writer = open(config.clone()).await;
    for year in 1..=OBJECTS {
        let content = vec![year as u8; SIZE];
        writer
            .put(&bars(year), content.into(), Precondition::Absent)
            .await
            .unwrap();
    }
    let sent_by = async |kept_bytes: usize| {
        let mut config = config.clone();
        config.limits.kept_bytes = kept_bytes;
        let reader = open(config).await;
        let before = proxy.bytes_answered();
        let began = tokio::time::Instant::now();
        for _ in 0..3 {
            for year in 1..=OBJECTS {
                let object = reader.get(&bars(year)).await.unwrap().unwrap();
                assert!(object.bytes == vec![year as u8; SIZE]);
            }
        }
        let took = began.elapsed();
        assert_eq!(reader.requests().reads, 3 * OBJECTS as u64);
        let sent = proxy.bytes_answered() - before;
        eprintln!("kept {kept_bytes}: {sent} bytes in {took:?}");
        sent
    };
    let whole = OBJECTS as u64 * SIZE as u64;
    assert_eq!(sent_by(0).await, 3 * whole);
    assert_eq!(sent_by(64 * 1024 * 1024).await, whole);

    // What a writer has just written is not sent to it at all, and what others write is.
    let before = proxy.bytes_answered();
    let mine = writer.get(&bars(1)).await.unwrap().unwrap();
    assert_eq!(proxy.bytes_answered(), before);
    let other = open(config).await;
    let (key, current) = (bars(1), Precondition::Matches(mine.etag));
    other.put(&key, "newer".into(), current).await.unwrap();
    assert_eq!(writer.get(&bars(1)).await.unwrap().unwrap().bytes, "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_come_in_pages_and_leave_out_what_is_not_ours() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let store = open(config(&azurite.connection_string(), "lake")).await;
    for run in 0..30 {
        let key = LakeKey::parse(&format!("reports/backfill_20240705_2304{run:02}.json")).unwrap();
        store
            .put(&key, "{}".into(), Precondition::Absent)
            .await
            .unwrap();
    }
    let listed = store.list(&LakePrefix::Reports).await.unwrap();
    assert_eq!(listed.len(), 30);
    assert!(
        listed
            .iter()
            .all(|entry| entry.etag.is_some() && entry.size_bytes == 2)
    );
    assert!(store.list(&LakePrefix::Commits).await.unwrap().is_empty());
}
