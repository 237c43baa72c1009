//! One history, the same bytes wherever it is stored.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bytes::Bytes;
use jiff::civil::date;
use quantx::lake::{LakeKey, LakePrefix, SiteFile};
use quantx::settings::Durability;
use quantx::storage::{LakeStore, LocalStore, MemoryStore};
use quantx_tests::azurite::Azurite;
use quantx_tests::lab::Lab;

use super::{as_shipped, open};
use crate::writers::writers_agree;

/// Every object but reports and the page of them, which say how long a run took.
async fn objects(store: &dyn LakeStore) -> BTreeMap<String, Bytes> {
    let mut objects = BTreeMap::new();
    for entry in store.list(&LakePrefix::All).await.unwrap() {
        // What a run says of itself has the time that it took.
        let says_time = match entry.key {
            LakeKey::Report { .. } => true,
            LakeKey::Site(file) => file != SiteFile::Listings,
            _ => false,
        };
        if !says_time {
            let object = store.get(&entry.key).await.unwrap().unwrap();
            assert_eq!(entry.size_bytes, object.bytes.len() as u64);
            objects.insert(entry.key.path(), object.bytes);
        }
    }
    objects
}

/// A backfill up to a day, then a daily update a week later.
async fn filled(lab: &Lab, store: Arc<dyn LakeStore>) -> BTreeMap<String, Bytes> {
    let symbols = lab.server.market().symbols();
    lab.at("2015-01-05T04:00:00Z".parse().unwrap());
    let end = date(2014, 12, 31);
    let first = lab.backfill(&store, &symbols, date(2011, 1, 3), end).await;
    assert_eq!(first.unwrap().results.failed, 0);
    lab.at("2015-01-12T04:00:00Z".parse().unwrap());
    assert_eq!(lab.daily(&store, &symbols).await.unwrap().results.failed, 0);
    objects(store.as_ref()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_disk_and_blob_hold_equal_bytes() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let lab = Lab::new("synthetic:20", "", 5, date(2011, 1, 3)).await;
    let memory = filled(&lab, Arc::new(MemoryStore::new())).await;
    let folder = tempfile::tempdir().unwrap();
    let disk = filled(
        &lab,
        Arc::new(LocalStore::open(folder.path(), Durability::Batch).unwrap()),
    )
    .await;
    let blob = open(as_shipped(&azurite.connection_string(), "lake")).await;
    let blob = filled(&lab, blob).await;
    assert!(memory.len() > 80, "{}", memory.len());
    for (name, other) in [("disk", &disk), ("blob", &blob)] {
        assert!(memory.keys().eq(other.keys()), "{name}");
        for (path, bytes) in &memory {
            assert!(*bytes == other[path], "{path} differs on {name}");
        }
    }
    eprintln!(
        "{} objects are equal in memory, on disk and in Blob Storage",
        memory.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_in_blob_storage_lose_nothing() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let n = AtomicU32::new(0);
    writers_agree(5, async || {
        let container = format!("lake-{}", n.fetch_add(1, Relaxed));
        open(as_shipped(&azurite.connection_string(), &container)).await as Arc<dyn LakeStore>
    })
    .await;
}
