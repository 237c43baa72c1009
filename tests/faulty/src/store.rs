use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use quantx_lake::{LakeKey, LakePrefix};
use quantx_storage::{ETag, LakeStore, ObjectEntry, Precondition, StorageError, StoredObject};
use quantx_usage::BilledUsage;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens and the operating system says why: `StorageFull`, `PermissionDenied`, ...
    Refuse(io::ErrorKind),
    /// Nothing happens; the answer is that another writer was first (of a read: an I/O error).
    Conflict,
    /// It happens, and the answer is lost: the caller sees an I/O error.
    LoseAnswer,
    /// It happens, and the answer is that nobody can tell (of a read: an I/O error).
    Unsettle,
}

/// A store that fails by plan: for tests of what a run leaves behind.
///
/// Writes are the calls of `put` and `delete`, reads those of `get` and `list`; both are numbered
/// from 1 in the order in which they are made, failed ones included.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    write_faults: Vec<(Span, Fault)>,
    read_faults: Vec<(Span, Fault)>,
    last_write: Option<u64>,
    writes: AtomicU64,
    reads: AtomicU64,
    crashed: AtomicBool,
}

type Span = (Bound<u64>, Bound<u64>);

impl<S: LakeStore> Faulty<S> {
    /// A store that does not fail yet.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            write_faults: Vec::new(),
            read_faults: Vec::new(),
            last_write: None,
            writes: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            crashed: AtomicBool::new(false),
        }
    }

    /// Fails the writes of these numbers: `3..=3` the third, `5..` a disk that stays full.
    #[must_use]
    pub fn fail_writes(mut self, numbers: impl RangeBounds<u64>, fault: Fault) -> Self {
        self.write_faults.push((span(&numbers), fault));
        self
    }

    /// Fails the reads of these numbers.
    #[must_use]
    pub fn fail_reads(mut self, numbers: impl RangeBounds<u64>, fault: Fault) -> Self {
        self.read_faults.push((span(&numbers), fault));
        self
    }

    /// Crashes after `n` writes: these are answered, then every call fails, reads too. A call that
    /// is under way at that moment may happen, but its answer is lost, as in a killed process.
    #[must_use]
    pub fn crash_after(mut self, n: u64) -> Self {
        self.last_write = Some(n);
        self.crashed = AtomicBool::new(n == 0);
        self
    }

    /// How many writes were asked for up to now.
    pub fn writes(&self) -> u64 {
        self.writes.load(SeqCst)
    }

    /// Whether the planned crash has happened.
    pub fn has_crashed(&self) -> bool {
        self.crashed.load(SeqCst)
    }

    /// The store underneath, which does not fail.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn alive(&self, location: &dyn ToString) -> Result<(), StorageError> {
        if self.has_crashed() {
            return Err(injected(location, io::ErrorKind::BrokenPipe));
        }
        Ok(())
    }

    /// Makes one read, with what is planned for it.
    async fn read<T>(
        &self,
        location: &(dyn ToString + Sync),
        call: impl Future<Output = Result<T, StorageError>> + Send,
    ) -> Result<T, StorageError> {
        self.alive(location)?;
        let number = self.reads.fetch_add(1, SeqCst) + 1;
        match planned(&self.read_faults, number) {
            Some(Fault::Refuse(kind)) => return Err(injected(location, kind)),
            Some(Fault::Conflict | Fault::LoseAnswer | Fault::Unsettle) => {
                return Err(injected(location, io::ErrorKind::TimedOut));
            }
            None => {}
        }
        let answer = call.await;
        self.alive(location)?;
        answer
    }

    /// Makes one write, with what is planned for it.
    async fn write<T>(
        &self,
        key: &LakeKey,
        call: impl Future<Output = Result<T, StorageError>> + Send,
    ) -> Result<T, StorageError> {
        self.alive(key)?;
        let number = self.writes.fetch_add(1, SeqCst) + 1;
        if self.last_write.is_some_and(|last| number > last) {
            return Err(injected(key, io::ErrorKind::BrokenPipe));
        }
        let fault = planned(&self.write_faults, number);
        let answer = match fault {
            Some(Fault::Refuse(kind)) => Err(injected(key, kind)),
            Some(Fault::Conflict) => Err(StorageError::PreconditionFailed { key: key.clone() }),
            Some(Fault::LoseAnswer) => {
                let answer = call.await;
                answer.and(Err(injected(key, io::ErrorKind::TimedOut)))
            }
            Some(Fault::Unsettle) => {
                let answer = call.await;
                answer.and(Err(StorageError::Unsettled { key: key.clone() }))
            }
            None => call.await,
        };
        if self.last_write == Some(number) {
            self.crashed.store(true, SeqCst);
            return answer;
        }
        self.alive(key)?;
        answer
    }
}

fn span(numbers: &impl RangeBounds<u64>) -> Span {
    (numbers.start_bound().cloned(), numbers.end_bound().cloned())
}

fn planned(faults: &[(Span, Fault)], number: u64) -> Option<Fault> {
    let hit = faults.iter().find(|(span, _)| span.contains(&number));
    hit.map(|(_, fault)| *fault)
}

fn injected(location: &(impl ToString + ?Sized), kind: io::ErrorKind) -> StorageError {
    StorageError::from_io(location.to_string(), io::Error::new(kind, "injected fault"))
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<S: LakeStore> LakeStore for Faulty<S> {
    async fn get(&self, key: &LakeKey) -> Result<Option<StoredObject>, StorageError> {
        self.read(key, self.inner.get(key)).await
    }

    async fn put(
        &self,
        key: &LakeKey,
        bytes: Bytes,
        precondition: Precondition,
    ) -> Result<ETag, StorageError> {
        let call = self.inner.put(key, bytes, precondition);
        self.write(key, call).await
    }

    async fn list(&self, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, StorageError> {
        let location = prefix.path();
        self.read(&location, self.inner.list(prefix)).await
    }

    async fn delete(&self, key: &LakeKey, precondition: ETag) -> Result<(), StorageError> {
        self.write(key, self.inner.delete(key, precondition)).await
    }

    async fn time(&self) -> Result<Option<Timestamp>, StorageError> {
        self.inner.time().await
    }

    fn billed(&self) -> Option<BilledUsage> {
        self.inner.billed()
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
