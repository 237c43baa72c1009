//! Ends a process whose threads no longer move, so that the host starts a new one: nothing is kept in
//! memory, and the host calls again. Ends one whose host is gone, too: a host that is
//! killed does not end its handler, and the next host starts another.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

/// Longest time without a move: no piece of work of a blocking thread takes as long.
const LONGEST_STANDSTILL: Duration = Duration::from_secs(120);
/// Checks within the allowed standstill. Checks are counted rather than a clock read: a machine that
/// slept has not stood still.
const CHECKS: u32 = 12;

/// The host takes a process that ends with this code for one that wanted a new start: it makes one, and
/// does not count it as a crash.
const RESTART: i32 = 200;
/// For the line that says why.
const LOG_GRACE: Duration = Duration::from_millis(500);

/// How long threads may stand still where the host waits `function_timeout` for an answer.
pub fn allowed_standstill(function_timeout: Duration) -> Duration {
    function_timeout.mul_f64(0.4).min(LONGEST_STANDSTILL)
}

/// A pool of threads that is watched.
#[derive(Debug)]
struct Pool {
    name: &'static str,
    runtime: Handle,
    /// Number of the last probe sent to it, and of the last that came back.
    sent: u64,
    returned: Arc<AtomicU64>,
    /// Checks since the last probe was sent.
    waited: u32,
}

impl Pool {
    /// Whether the pool stood still for the whole allowed time.
    fn stands_still(&mut self) -> bool {
        if self.returned.load(Ordering::SeqCst) == self.sent {
            self.sent += 1;
            self.waited = 0;
            let (returned, number) = (Arc::clone(&self.returned), self.sent);
            // A free thread for tasks and one for blocking work: both are needed to get anywhere.
            self.runtime.spawn(async move {
                let moved =
                    tokio::task::spawn_blocking(move || returned.store(number, Ordering::SeqCst));
                drop(moved.await);
            });
        }
        self.waited += 1;
        self.waited > CHECKS
    }
}

/// Why a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// This pool did not move.
    StandsStill(&'static str),
    /// Whoever started the process is gone.
    Orphaned,
}

impl End {
    /// Ends this process; the host, if there is one, starts another.
    pub fn end(self, standstill: Duration) {
        let seconds = standstill.as_secs();
        let line = match self {
            Self::StandsStill(pool) => format!(
                "the threads that {pool} did not move for {seconds} s: the process ends, the host starts another"
            ),
            Self::Orphaned => "the host is gone: the process ends".to_owned(),
        };
        // On a thread of its own: what stands still may be whoever reads our lines.
        drop(thread::Builder::new().spawn(move || tracing::error!("{line}")));
        thread::sleep(LOG_GRACE);
        std::process::exit(RESTART);
    }
}

/// The process that started this one, as long as it lives; `None` where the system does not say.
#[cfg(unix)]
pub fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

/// The process that started this one, as long as it lives; `None` where the system does not say.
#[cfg(not(unix))]
pub fn parent() -> Option<u32> {
    None
}

/// Watches `pools` from a thread of its own and calls `end` when the first of them did not move for
/// `standstill`, or `parent` gives another process than at first.
///
/// # Errors
/// When no thread can be had.
pub fn watch(
    pools: &[(&'static str, Handle)],
    standstill: Duration,
    parent: impl Fn() -> Option<u32> + Send + 'static,
    end: impl FnOnce(End) + Send + 'static,
) -> io::Result<()> {
    let pools = pools.iter().map(|(name, runtime)| Pool {
        name,
        runtime: runtime.clone(),
        sent: 0,
        returned: Arc::default(),
        waited: 0,
    });
    let mut pools: Vec<Pool> = pools.collect();
    let first = parent();
    let watching = move || {
        loop {
            if parent() != first {
                return end(End::Orphaned);
            }
            for pool in &mut pools {
                if pool.stands_still() {
                    return end(End::StandsStill(pool.name));
                }
            }
            thread::sleep(standstill / CHECKS);
        }
    };
    let named = thread::Builder::new().name("watchdog".to_owned());
    named.spawn(watching).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(2)
            .build()
            .unwrap()
    }

    #[test]
    fn a_pool_whose_threads_all_wait_is_reported_and_a_busy_one_is_not() {
        let (busy, stuck) = (runtime(), runtime());
        let (report, ended) = mpsc::channel();
        let (free, parked) = mpsc::channel::<()>();
        let parked = Arc::new(std::sync::Mutex::new(parked));
        let pools = [
            ("busy", busy.handle().clone()),
            ("stuck", stuck.handle().clone()),
        ];
        watch(&pools, Duration::from_millis(240), parent, move |why| {
            report.send(why).unwrap();
        })
        .unwrap();
        for _ in 0..20 {
            busy.spawn_blocking(|| thread::sleep(Duration::from_millis(5)));
        }
        assert!(ended.recv_timeout(Duration::from_millis(600)).is_err());
        for _ in 0..2 {
            let parked = Arc::clone(&parked);
            stuck.spawn_blocking(move || parked.lock().unwrap().recv());
        }
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(30)),
            Ok(End::StandsStill("stuck"))
        );
        drop(free);
    }

    #[test]
    fn a_process_whose_host_is_gone_ends() {
        let (report, ended) = mpsc::channel();
        let host = Arc::new(AtomicU64::new(77));
        let of_it = Arc::clone(&host);
        let parent = move || u32::try_from(of_it.load(Ordering::SeqCst)).ok();
        watch(&[], Duration::from_millis(120), parent, move |why| {
            report.send(why).unwrap();
        })
        .unwrap();
        assert!(ended.recv_timeout(Duration::from_millis(60)).is_err());
        host.store(1, Ordering::SeqCst);
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(30)),
            Ok(End::Orphaned)
        );
    }

    #[test]
    fn it_is_done_before_the_host_kills() {
        let of = |seconds| allowed_standstill(Duration::from_secs(seconds)).as_secs();
        assert_eq!((of(20), of(600)), (8, 120));
    }
}
