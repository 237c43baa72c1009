//! Ctrl-C and SIGTERM: the first asks for a clean end and grants it almost two seconds, the second ends at once.

use std::io;
use std::pin::pin;
use std::time::Duration;

use quantx::operations::Stopper;

use crate::console::Console;

/// How long a clean end may take. Whoever stops a program, a person or a host, soon kills it otherwise.
const GRACE: Duration = Duration::from_millis(1_800);
/// What a shell reports for a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;
const LEAVING: &str = "not ended in time: leaving as after a kill; nothing that is committed is lost, and the next run completes the rest";
const STOPPING: &str = "stopping: commits under way are finished, the rest is left to the next run; again to leave at once";

/// The signals that ask a program to end. They no longer kill it once this exists.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Starts to listen. Needs a runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns with the next signal. Cancel-safe.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C. It no longer kills the program once it was waited for.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Starts to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Returns with the next Ctrl-C. Cancel-safe.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Cannot be heard: only the system can end us.
            std::future::pending::<()>().await;
        }
    }
}

/// Runs `work` to its end. The first signal asks it to come to that end soon; a second one, or
/// [`GRACE`] without an end, leaves at once, which loses no committed bar.
pub(crate) async fn stoppable<T>(
    work: impl Future<Output = T>,
    stopper: &Stopper,
    console: &Console,
) -> io::Result<T> {
    let mut signals = Signals::listen()?;
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return Ok(done),
        () = signals.next() => {}
    }
    stopper.request();
    console.line(STOPPING);
    tokio::select! {
        biased;
        () = signals.next() => {}
        done = &mut work => return Ok(done),
        () = tokio::time::sleep(GRACE) => console.line(LEAVING),
    }
    console.clear();
    std::process::exit(INTERRUPTED)
}
