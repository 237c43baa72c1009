//! Where work is done: a pool of threads apart from the one that answers, how much is under way in it
//! at once, and until when.
//!
//! Work is tasks, never threads that wait for other threads: every thread of the pool for blocking
//! work does a piece that ends by itself.

use std::sync::Arc;
use std::time::Duration;

use quantx::durable::Failure;
use quantx::operations::{StopSignal, Stopper};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument;

/// Activities under way in one process at once. The host sends four of `host.json`; the rest is for
/// runs whose callers wait.
const ACTIVITIES: usize = 16;
/// Probes of the store under way at once: of the health check and of triggers.
const PROBES: usize = 8;

/// After this long a probe is dropped, so that one that hangs does not take the place of others for ever.
const LONGEST_PROBE: Duration = Duration::from_secs(60);

/// Kind of the failure of work whose time was over.
pub(crate) const DEADLINE: &str = "Deadline";

/// The pool that works, with a place for each piece of work under way.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    pool: Handle,
    activities: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    probes: Arc<Semaphore>,
}

/// When work is over: first it is asked to stop, then it is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// After this long nothing new is begun.
    pub(crate) stop_after: Duration,
    /// After this long it is dropped where it stands; what it stored stays.
    pub(crate) drop_after: Duration,
}

impl Deadline {
    /// Well before the host kills the process and everybody in it.
    pub(crate) fn before(function_timeout: Duration) -> Self {
        Self {
            stop_after: function_timeout.mul_f64(0.8),
            drop_after: function_timeout.mul_f64(0.95),
        }
    }

    /// This deadline, or an earlier one: a stop after `wait`, and `ending` for what is under way then.
    pub(crate) fn within(self, wait: Duration, ending: Duration) -> Self {
        let stop_after = wait.min(self.stop_after);
        Self {
            stop_after,
            drop_after: (stop_after + ending).min(self.drop_after),
        }
    }
}

impl Workers {
    /// Works in the runtime `pool`, on at most `runs` runs at once whose callers wait.
    pub(crate) fn new(pool: Handle, runs: usize) -> Self {
        let gate = |n| Arc::new(Semaphore::new(n));
        Self {
            pool,
            activities: gate(ACTIVITIES),
            runs: gate(runs),
            probes: gate(PROBES),
        }
    }

    /// A place for one activity; waits for it, on no thread.
    pub(crate) async fn activity_place(&self) -> Option<OwnedSemaphorePermit> {
        // Nobody closes it.
        Arc::clone(&self.activities).acquire_owned().await.ok()
    }

    /// A place for one run whose caller waits; `None` at once when there is none.
    pub(crate) fn run_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.runs).try_acquire_owned().ok()
    }

    /// Does `work` in the pool and asks it to stop when its time is over. Dropping the future ends the
    /// work, as does the end of the time.
    ///
    /// # Errors
    /// [`Failure`] when the time was over, or the work panicked.
    pub(crate) async fn within_deadline<T, F>(
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
        let done = match timeout(deadline.stop_after, task.join_next()).await {
            Ok(done) => done,
            Err(_) => {
                stopper.request();
                let rest = deadline.drop_after.saturating_sub(deadline.stop_after);
                timeout(rest, task.join_next()).await.map_err(|_| {
                    let seconds = deadline.drop_after.as_secs();
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

    /// Does a short `probe` in the pool and waits `wait` for it. One that takes longer goes on, so that
    /// the next finds open what this one began to open; `None` then, and when too many others were under
    /// way all the time.
    pub(crate) async fn probe<T: Send + 'static>(
        &self,
        wait: Duration,
        probe: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let probes = Arc::clone(&self.probes);
        let outcome = async {
            let place = probes.acquire_owned().await.ok()?;
            let work = async move {
                let _place = place;
                timeout(LONGEST_PROBE, probe).await.ok()
            };
            self.pool.spawn(work.in_current_span()).await.ok()?
        };
        timeout(wait, outcome).await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Deadline = Deadline {
        stop_after: Duration::from_millis(30),
        drop_after: Duration::from_millis(120),
    };

    /// Workers whose pool has one thread for blocking work, and the pool.
    fn workers() -> (Workers, tokio::runtime::Runtime) {
        let pool = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        (Workers::new(pool.handle().clone(), 2), pool)
    }

    #[test]
    fn work_that_asks_for_blocking_threads_ends_also_when_there_is_one_of_them() {
        let (workers, pool) = workers();
        let work = async |n: u32| {
            let nested = tokio::task::spawn_blocking(move || n + 1).await.unwrap();
            tokio::task::spawn_blocking(move || nested + 1)
                .await
                .unwrap()
        };
        let long = Deadline {
            stop_after: Duration::from_secs(30),
            drop_after: Duration::from_secs(60),
        };
        let all = (0..50).map(|n| workers.within_deadline(long, move |_| work(n)));
        let done = pool.block_on(futures::future::join_all(all));
        let sum: u32 = done.into_iter().map(Result::unwrap).sum();
        assert_eq!(sum, (0..50).sum::<u32>() + 100);
    }

    #[test]
    fn work_is_asked_to_stop_and_then_dropped_and_frees_its_place() {
        let (workers, pool) = workers();
        pool.block_on(async {
            let polite =
                workers.within_deadline(SOON, |stop| async move { stop.requested().await });
            assert_eq!(polite.await, Ok(()));
            let place = workers.run_place().unwrap();
            let deaf = workers.within_deadline(SOON, |_| async move {
                let _place = place;
                std::future::pending::<()>().await
            });
            let failure = deaf.await.unwrap_err();
            assert!(failure.retryable && failure.kind == DEADLINE, "{failure}");
            let _first = workers.run_place().unwrap();
            let second = async {
                loop {
                    if let Some(place) = workers.run_place() {
                        return place;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let _second = timeout(Duration::from_secs(30), second).await.unwrap();
            assert!(workers.run_place().is_none());
        });
    }

    #[test]
    fn a_panic_is_a_failure_and_a_long_probe_is_left_alone() {
        let (workers, pool) = workers();
        pool.block_on(async {
            let panics = workers.within_deadline(SOON, |_| async { panic!("of the work") });
            let outcome: Result<(), Failure> = panics.await;
            assert_eq!(outcome.unwrap_err().kind, "Worker");
            let short = Duration::from_millis(5);
            for _ in 0..PROBES {
                assert_eq!(
                    workers.probe(short, std::future::pending::<()>()).await,
                    None
                );
            }
            assert_eq!(workers.probe(short, async { 7 }).await, None, "no place");
        });
    }
}
