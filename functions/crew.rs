//! Who works: a pool of threads apart from the one that answers, how much is under way in it at once,
//! and until when.
//!
//! Work is tasks, never threads that wait for other threads: every thread of the pool for blocking
//! work does a piece that ends by itself.

use std::sync::Arc;
use std::time::Duration;

use quantx::operations::{StopSignal, Stopper};
use quantx::workflow::Failure;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;

/// Activities under way in one process at once. The host sends four of `host.json`; the rest is for
/// runs whose callers wait.
const ACTIVITIES: usize = 16;
/// Looks at the store under way at once: of the health check and of triggers.
const LOOKS: usize = 8;

/// After this long a look is ended, so that one that hangs does not take the room of others for ever.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

/// Kind of the failure of work whose time was over.
pub const DEADLINE: &str = "Deadline";

/// The threads that work.
#[derive(Debug, Clone)]
pub struct Crew {
    pool: Handle,
    activities: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    looks: Arc<Semaphore>,
}

/// When work is over: first it is asked to end, then it is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// After this long nothing new is begun.
    pub asked: Duration,
    /// After this long it is dropped where it stands; what it stored stays.
    pub ended: Duration,
}

impl Crew {
    /// Works in the runtime `pool`, on at most `runs` runs at once whose callers wait.
    pub fn new(pool: Handle, runs: usize) -> Self {
        let gate = |n| Arc::new(Semaphore::new(n));
        Self {
            pool,
            activities: gate(ACTIVITIES),
            runs: gate(runs),
            looks: gate(LOOKS),
        }
    }

    /// Room for one activity; waits for it, on no thread.
    pub async fn activity(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        Arc::clone(&self.activities).acquire_owned().await.ok()
    }

    /// Room for one run whose caller waits; nobody waits for that.
    pub fn run(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.runs).try_acquire_owned().ok()
    }

    /// Does `work` in the pool and tells it to stop when its time is over. Dropping the future ends the
    /// work, as does the end of the time.
    ///
    /// # Errors
    /// [`Failure`] when the time was over, or the work panicked.
    pub async fn within<T, F>(
        &self,
        deadline: Deadline,
        work: impl FnOnce(StopSignal) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (stopper, stop) = Stopper::new();
        let mut task = JoinSet::new();
        task.spawn_on(work(stop).in_current_span(), &self.pool);
        let done = match timeout(deadline.asked, task.join_next()).await {
            Ok(done) => done,
            Err(_) => {
                stopper.request();
                let rest = deadline.ended.saturating_sub(deadline.asked);
                timeout(rest, task.join_next()).await.map_err(|_| {
                    let seconds = deadline.ended.as_secs();
                    Failure::transient(
                        DEADLINE,
                        format!("it did not end within {seconds} s; what it stored stays, and asking again goes on from there"),
                    )
                })?
            }
        };
        match done {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => Err(Failure::transient("Worker", error.to_string())),
            None => Err(Failure::unexplained()),
        }
    }

    /// Does `look` in the pool and waits for it for `patience`. A look that takes longer goes on, so
    /// that the next one finds open what this one began to open; `None` then, and when too many others
    /// were under way all the time.
    pub async fn look<T: Send + 'static>(
        &self,
        patience: Duration,
        look: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let looks = Arc::clone(&self.looks);
        let looked = async {
            let room = looks.acquire_owned().await.ok()?;
            let work = async move {
                let _room = room;
                timeout(LONGEST_LOOK, look).await.ok()
            };
            self.pool.spawn(work.in_current_span()).await.ok()?
        };
        timeout(patience, looked).await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Deadline = Deadline {
        asked: Duration::from_millis(30),
        ended: Duration::from_millis(120),
    };

    /// A crew whose pool has one thread for blocking work, and the pool.
    fn crew() -> (Crew, tokio::runtime::Runtime) {
        let pool = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        (Crew::new(pool.handle().clone(), 2), pool)
    }

    #[test]
    fn work_that_asks_for_blocking_threads_ends_also_when_there_is_one_of_them() {
        let (crew, pool) = crew();
        let work = async |n: u32| {
            let nested = tokio::task::spawn_blocking(move || n + 1).await.unwrap();
            tokio::task::spawn_blocking(move || nested + 1)
                .await
                .unwrap()
        };
        let long = Deadline {
            asked: Duration::from_secs(30),
            ended: Duration::from_secs(60),
        };
        let all = (0..50).map(|n| crew.within(long, move |_| work(n)));
        let done = pool.block_on(futures::future::join_all(all));
        let sum: u32 = done.into_iter().map(Result::unwrap).sum();
        assert_eq!(sum, (0..50).sum::<u32>() + 100);
    }

    #[test]
    fn work_is_asked_to_end_and_then_ended_and_frees_its_room() {
        let (crew, pool) = crew();
        pool.block_on(async {
            let polite = crew.within(SOON, |stop| async move { stop.requested().await });
            assert_eq!(polite.await, Ok(()));
            let room = crew.run().unwrap();
            let deaf = crew.within(SOON, |_| async move {
                let _room = room;
                std::future::pending::<()>().await
            });
            let failure = deaf.await.unwrap_err();
            assert!(failure.retryable && failure.kind == DEADLINE, "{failure}");
            let _first = crew.run().unwrap();
            let second = async {
                loop {
                    if let Some(room) = crew.run() {
                        return room;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let _second = timeout(Duration::from_secs(30), second).await.unwrap();
            assert!(crew.run().is_none());
        });
    }

    #[test]
    fn a_panic_is_a_failure_and_a_long_look_is_left_alone() {
        let (crew, pool) = crew();
        pool.block_on(async {
            let panics = crew.within(SOON, |_| async { panic!("of the work") });
            let outcome: Result<(), Failure> = panics.await;
            assert_eq!(outcome.unwrap_err().kind, "Worker");
            let short = Duration::from_millis(5);
            for _ in 0..LOOKS {
                assert_eq!(crew.look(short, std::future::pending::<()>()).await, None);
            }
            assert_eq!(crew.look(short, async { 7 }).await, None, "no room");
        });
    }
}
