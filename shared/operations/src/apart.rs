//! Work on a thread of its own.
//!
//! An activity computes between its awaits, which must not keep others from being answered. It also asks
//! for threads of the runtime's pool for blocking work, so it must not hold one of them while it waits:
//! when every thread of a pool waits for another of the same pool, all of them wait for ever.

use std::future::Future;
use std::io;
use std::thread;

use futures::channel::oneshot;
use tokio::runtime::Handle;
use tracing::Instrument;

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApartError {
    /// The system has no thread left.
    #[error("no thread can be had for {name}")]
    NoThread {
        name: String,
        #[source]
        source: io::Error,
    },
    /// The work panicked; the log has the place.
    #[error("{name} ended early: a panic, whose place is in the log")]
    Panicked { name: String },
}

/// Does `work` on a thread of its own, with the runtime of the caller for what it awaits. It begins at
/// once. Dropping the future drops the work where it awaits something.
///
/// # Errors
/// [`ApartError`] when there is no thread, or the work panicked.
pub fn apart<T, F, W>(
    name: &str,
    work: W,
) -> impl Future<Output = Result<T, ApartError>> + Send + 'static + use<T, F, W>
where
    W: FnOnce() -> F + Send + 'static,
    F: Future<Output = T>,
    T: Send + 'static,
{
    let (runtime, span) = (Handle::current(), tracing::Span::current());
    let (sender, answer) = oneshot::channel();
    let (listening, mut dropped) = oneshot::channel::<()>();
    let body = move || {
        let work = work().instrument(span);
        let outcome = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = &mut dropped => None,
                outcome = work => Some(outcome),
            }
        });
        if let Some(outcome) = outcome {
            // Nobody listens any more.
            drop(sender.send(outcome));
        }
    };
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(body);
    let name = name.to_owned();
    async move {
        let _listening = listening;
        if let Err(source) = spawned {
            return Err(ApartError::NoThread { name, source });
        }
        answer.await.map_err(|_| ApartError::Panicked { name })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn works_that_ask_for_blocking_threads_end_also_when_there_is_one_of_them() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sum: u32 = runtime.block_on(async {
            let work = |n: u32| async move {
                let nested = tokio::task::spawn_blocking(move || n + 1).await.unwrap();
                tokio::task::spawn_blocking(move || nested + 1)
                    .await
                    .unwrap()
            };
            let all = (0..50).map(|n| apart("work", move || work(n)));
            let done = futures::future::join_all(all).await;
            done.into_iter().map(Result::unwrap).sum()
        });
        assert_eq!(sum, (0..50).sum::<u32>() + 100);
    }

    #[tokio::test]
    async fn a_panic_stays_there_and_who_leaves_ends_the_work() {
        let panicked = apart("work", || async { panic!("of the work") });
        let outcome: Result<(), ApartError> = panicked.await;
        assert!(
            outcome
                .unwrap_err()
                .to_string()
                .starts_with("work ended early")
        );
        let alive = Arc::new(());
        let held = Arc::clone(&alive);
        let endless = apart("work", move || async move {
            let _held = held;
            std::future::pending::<()>().await
        });
        drop(endless);
        while Arc::strong_count(&alive) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
