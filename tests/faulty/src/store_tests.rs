use super::*;
use quantx_storage::{Counting, MemoryStore};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// Writes `n` versions of one object through `store`, giving up on nothing.
fn write_versions<S: LakeStore>(store: &S, n: u8) -> Vec<Result<ETag, StorageError>> {
    let key = LakeKey::Manifest;
    runtime().block_on(async {
        let mut answers = Vec::new();
        for version in 1..=n {
            let Ok(stored) = store.get(&key).await else {
                answers.push(Err(injected(&key, io::ErrorKind::Other)));
                continue;
            };
            let precondition = stored.map_or(Precondition::Absent, |object| {
                Precondition::Matches(object.etag)
            });
            let bytes = Bytes::from(vec![version]);
            answers.push(store.put(&key, bytes, precondition).await);
        }
        answers
    })
}

fn stored(store: &MemoryStore) -> Option<u8> {
    store.snapshot().values().next().map(|bytes| bytes[0])
}

#[test]
fn a_refused_write_changes_nothing_and_says_why() {
    let full = Fault::Refuse(io::ErrorKind::StorageFull);
    let denied = Fault::Refuse(io::ErrorKind::PermissionDenied);
    let store = Faulty::new(MemoryStore::new())
        .fail_writes(2..=2, denied)
        .fail_writes(4.., full);
    let answers = write_versions(&store, 5);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    let refused = answers[1].as_ref().unwrap_err();
    assert!(matches!(refused, StorageError::PermissionDenied { .. }));
    for answer in &answers[3..] {
        assert!(matches!(answer, Err(StorageError::NoSpace { .. })));
    }
    assert_eq!(stored(store.inner()), Some(3));
}

#[test]
fn a_lost_answer_hides_a_write_that_happened() {
    let store = Faulty::new(MemoryStore::new()).fail_writes(1..=1, Fault::LoseAnswer);
    let answers = write_versions(&store, 1);
    assert!(matches!(answers[0], Err(StorageError::Io { .. })));
    assert_eq!(stored(store.inner()), Some(1));
}

#[test]
fn a_conflict_can_be_made_up() {
    let store = Faulty::new(MemoryStore::new()).fail_writes(1..=1, Fault::Conflict);
    let counted = Counting::new(store);
    let answers = write_versions(&counted, 2);
    assert!(answers[0].as_ref().unwrap_err().is_conflict() && answers[1].is_ok());
    let usage = counted.usage();
    assert_eq!((usage.writes, usage.conflicts), (2, 1));
    assert_eq!((usage.objects_written, usage.bytes_written), (1, 1));
}

#[test]
fn after_a_crash_nothing_answers() {
    for n in 0..4 {
        let store = Faulty::new(MemoryStore::new()).crash_after(n);
        let answers = write_versions(&store, 4);
        let answered = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(answered as u64, n);
        assert!(store.has_crashed());
        assert!(runtime().block_on(store.get(&LakeKey::Manifest)).is_err());
        assert_eq!(stored(store.inner()).unwrap_or(0) as u64, n);
    }
}

#[test]
fn a_failed_read_is_told() {
    let unreadable = Fault::Refuse(io::ErrorKind::PermissionDenied);
    let store = Faulty::new(MemoryStore::new()).fail_reads(1..=1, unreadable);
    runtime().block_on(async {
        let error = store.get(&LakeKey::Manifest).await.unwrap_err();
        assert!(matches!(error, StorageError::PermissionDenied { .. }));
        assert!(store.get(&LakeKey::Manifest).await.unwrap().is_none());
    });
}
