//! Every store keeps the port's promise.

use std::sync::Arc;

use quantx::settings::Durability;
use quantx::storage::{Counting, LakeStore, LocalStore, MemoryStore};
use quantx_faulty::Faulty;
use quantx_tests::conformance::storage::run_all;

#[tokio::test(flavor = "multi_thread")]
async fn memory_keeps_the_promise() {
    run_all(async || Arc::new(MemoryStore::new()) as Arc<dyn LakeStore>).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disk_keeps_the_promise() {
    let root = tempfile::tempdir().unwrap();
    let n = std::sync::atomic::AtomicU32::new(0);
    run_all(async || {
        let n = n.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Arc::new(LocalStore::open(root.path().join(n.to_string()), Durability::Batch).unwrap())
            as Arc<dyn LakeStore>
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decorators_keep_the_promise() {
    run_all(async || Arc::new(Counting::new(MemoryStore::new())) as Arc<dyn LakeStore>).await;
    run_all(async || Arc::new(Faulty::new(MemoryStore::new())) as Arc<dyn LakeStore>).await;
}
