//! The handler as the kernel sees it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::figures::Figures;
use quantx_dev_host::{DevHost, Event};

const LOOK: Duration = Duration::from_millis(100);
/// Until a process that has done nothing is as it stays: the watchdog has asked each pool once.
const SETTLE: Duration = Duration::from_secs(2);
/// What may be left of a pool that was at work: the watchdog keeps asking each for one job.
const SPARE_THREADS: u64 = 2;

/// Peaks of all lives of the handler.
#[derive(Debug)]
pub(super) struct Watch {
    threads_at_rest: u64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Of the life under way.
    pid: Option<u32>,
    lives: u32,
    peak_rss_kb: u64,
    peak_threads: u64,
    /// Ends that were no kill.
    unexpected: Vec<String>,
}

impl Watch {
    pub(super) async fn begin(host: &DevHost) -> Self {
        host.handler_address().await.expect("the handler listens");
        sleep(SETTLE).await;
        let mut watch = Self {
            threads_at_rest: 0,
            seen: Mutex::default(),
        };
        watch.observe(host);
        watch.threads_at_rest = watch.of_process("Threads:").unwrap_or_default();
        watch
    }

    /// Does `work` and looks at the handler meanwhile.
    pub(super) async fn during<T>(&self, host: &DevHost, work: impl Future<Output = T>) -> T {
        let looks = async {
            loop {
                self.observe(host);
                sleep(LOOK).await;
            }
        };
        tokio::select! {
            done = work => done,
            () = looks => unreachable!("it looks for ever"),
        }
    }

    fn observe(&self, host: &DevHost) {
        let events = host.events();
        let started = |event: &Event| match event {
            Event::HandlerStarted { pid } => Some(*pid),
            _ => None,
        };
        // Of a long life the host remembers only the end.
        let newest = events.iter().rev().find_map(started);
        let mut seen = self.seen.lock().unwrap();
        if newest.is_some() && newest != seen.pid {
            seen.lives += 1;
            seen.pid = newest;
            let last = events.iter().rev().find_map(|event| match event {
                Event::HandlerEnded { status } => Some(status.clone()),
                _ => None,
            });
            // 9 is our kill, 15 our signal; the watchdog ends a process with 200.
            let expected = |it: &String| it.contains("signal: 9") || it.contains("signal: 15");
            seen.unexpected.extend(last.filter(|it| !expected(it)));
        }
        drop(seen);
        let (rss, threads) = (self.of_process("VmHWM:"), self.of_process("Threads:"));
        let mut seen = self.seen.lock().unwrap();
        seen.peak_rss_kb = seen.peak_rss_kb.max(rss.unwrap_or_default());
        seen.peak_threads = seen.peak_threads.max(threads.unwrap_or_default());
    }

    /// A number of `/proc/PID/status`; a process that has just ended has none.
    fn of_process(&self, name: &str) -> Option<u64> {
        let pid = self.seen.lock().unwrap().pid?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// Waits until the process has no more threads than before any work.
    pub(super) async fn rest(&self, host: &DevHost, limit: Duration, figures: &mut Figures) {
        let until = Instant::now() + limit;
        loop {
            self.observe(host);
            let threads = self.of_process("Threads:").unwrap_or(u64::MAX);
            if threads <= self.threads_at_rest + SPARE_THREADS {
                figures.threads = (self.threads_at_rest, threads);
                return;
            }
            if Instant::now() > until {
                figures.threads = (self.threads_at_rest, threads);
                figures.problem(format!(
                    "{threads} threads are left {limit:?} after the work, {} were there before it",
                    self.threads_at_rest
                ));
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Sends the handler a signal; how long it lived on, at most `limit`.
    pub(super) async fn end_by(&self, name: &str, limit: Duration) -> Duration {
        let pid = self.seen.lock().unwrap().pid.expect("a handler runs");
        let began = Instant::now();
        signal(pid, name);
        let process = format!("/proc/{pid}");
        while began.elapsed() < limit && Path::new(&process).exists() {
            sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    pub(super) fn into_figures(self, figures: &mut Figures) {
        let seen = self.seen.into_inner().unwrap();
        figures.peak_rss_mb = seen.peak_rss_kb / 1024;
        figures.peak_threads = seen.peak_threads;
        // The first life, one after each kill, and one after the signal.
        let wanted = figures.kills + 2;
        if seen.lives != wanted {
            figures.problem(format!("{} lives of the handler, not {wanted}", seen.lives));
        }
        for end in seen.unexpected {
            figures.problem(format!("a handler ended by itself: {end}"));
        }
    }
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    assert!(sent.expect("there is a kill").success(), "no process {pid}");
}
