//! One rate limit, one circuit breaker and the one retry loop around a vendor's client, for all workers of a run.

mod circuit;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, warn};

use self::circuit::{Admission, Circuit, PauseEpoch};
use super::{
    BarProvider, DayBars, DayProvider, HistoryRequest, ProviderError, ProviderName, Retry,
    RetryPolicy,
};
use quantx_market::{Date, Exchange, VendorHistory};
use quantx_usage::VendorUsage;

/// Bounds of asking one vendor, shared by all workers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThrottleLimits {
    /// Requests per second in the long run; `None` or 0 for no limit.
    pub requests_per_second: Option<f64>,
    /// Requests that may go out at once after a quiet time.
    pub burst: NonZeroU32,
    /// When and how often to ask again. Its `max_pause` also bounds the pause of all workers.
    pub retry: RetryPolicy,
    /// Times in a row that the vendor may throttle us before it is not asked any more.
    pub open_after: NonZeroU32,
}

/// A provider that is asked no faster than its vendor likes, and again when that can help.
///
/// - Every attempt takes a token out of one bucket; workers queue for it in order.
/// - Too many requests (429) pauses all workers until the latest instant that any answer asked
///   for, or by a backoff that grows up to [`RetryPolicy::max_pause`]. Refusals of requests that
///   were already under way count as one with the first.
/// - After [`ThrottleLimits::open_after`] of those without an answer in between, or when the vendor
///   asks for a longer pause than allowed, the circuit opens: every call from then on, waiting ones
///   included, ends with [`ProviderError::CircuitOpen`]. It never closes again: a run is short.
///
/// - Where the vendor refuses the account as a whole (a wrong key, a quota that is used up), the
///   circuit opens at once: every further question would be refused too, and some are billed.
///
/// Cancel-safe: a dropped call gives its place in the queue to the next.
pub struct Throttled<P> {
    inner: P,
    provider: ProviderName,
    limits: ThrottleLimits,
    bucket: Option<Bucket>,
    /// One place: who has it waits for the pause and the token, the others wait in order.
    queue: Semaphore,
    circuit: watch::Sender<Circuit>,
    jitter_seed: AtomicU64,
    n_retries: AtomicU64,
    n_throttled: AtomicU64,
    waited_us: AtomicU64,
}

impl<P: BarProvider> Throttled<P> {
    /// Wraps `inner`.
    pub fn new(inner: P, limits: ThrottleLimits) -> Self {
        Self::with_seed(inner, limits, fastrand::u64(..))
    }

    /// Wraps `inner` with jitter that can be repeated.
    pub fn with_seed(inner: P, limits: ThrottleLimits, jitter_seed: u64) -> Self {
        let provider = inner.name();
        Self::named(inner, provider, limits, jitter_seed)
    }
}

impl<P: DayProvider> Throttled<P> {
    /// Wraps a vendor that answers by date. One that answers both ways is wrapped once, by either
    /// constructor: both kinds of question share the limit.
    pub fn of_days(inner: P, limits: ThrottleLimits) -> Self {
        let provider = inner.name();
        Self::named(inner, provider, limits, fastrand::u64(..))
    }
}

impl<P> Throttled<P> {
    fn named(inner: P, provider: ProviderName, limits: ThrottleLimits, jitter_seed: u64) -> Self {
        Self {
            inner,
            provider,
            limits,
            bucket: Bucket::new(limits.requests_per_second, limits.burst),
            queue: Semaphore::new(1),
            circuit: watch::Sender::new(Circuit::default()),
            jitter_seed: AtomicU64::new(jitter_seed),
            n_retries: AtomicU64::new(0),
            n_throttled: AtomicU64::new(0),
            waited_us: AtomicU64::new(0),
        }
    }

    /// The provider inside.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// Waits for the right to send one request and counts the wait.
    async fn permit(&self) -> Result<PauseEpoch, ProviderError> {
        let start = Instant::now();
        let permit = self.wait_for_turn().await;
        let waited_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.waited_us.fetch_add(waited_us, Ordering::Relaxed);
        permit
    }

    async fn wait_for_turn(&self) -> Result<PauseEpoch, ProviderError> {
        // Never closed; were it, the bucket below would still hold, only without the order.
        let _turn = self.queue.acquire().await;
        let mut changes = self.circuit.subscribe();
        loop {
            let circuit = *changes.borrow_and_update();
            let now = Instant::now();
            let until = match circuit.admission(now) {
                Admission::Never => {
                    return Err(ProviderError::CircuitOpen {
                        provider: self.provider,
                    });
                }
                Admission::At(until) => until,
                Admission::Now => match self.bucket.as_ref().and_then(Bucket::take) {
                    None => return Ok(circuit.epoch()),
                    Some(wait) => now + wait,
                },
            };
            tokio::select! {
                () = sleep_until(until) => {}
                _ = changes.changed() => {}
            }
        }
    }

    fn on_throttled(&self, sent_in: PauseEpoch, hint: Option<Duration>) {
        self.n_throttled.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        let provider = self.provider;
        self.circuit.send_if_modified(|circuit| {
            let before = *circuit;
            circuit.on_throttled(sent_in, hint, now, &self.limits);
            if circuit.is_open() && !before.is_open() {
                warn!(%provider, "{provider} keeps throttling; not asked any more in this run");
            } else if let (Admission::At(until), false) =
                (circuit.admission(now), *circuit == before)
            {
                let pause_ms = (until - now).as_millis();
                warn!(%provider, pause_ms, "{provider} throttles; all workers pause");
            }
            *circuit != before
        });
    }

    fn on_answer(&self, sent_in: PauseEpoch) {
        self.circuit.send_if_modified(|circuit| {
            let before = *circuit;
            circuit.on_answer(sent_in);
            *circuit != before
        });
    }

    fn jitter(&self) -> f64 {
        let seed = self.jitter_seed.fetch_add(1, Ordering::Relaxed);
        fastrand::Rng::with_seed(seed).f64()
    }

    /// Asks until there is an answer or no more sense in asking. `about` is what is asked for, in the log.
    async fn with_retries<T, F>(
        &self,
        about: &(dyn fmt::Display + Sync),
        attempt: impl Fn() -> F,
    ) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let sent_in = self.permit().await?;
            if attempts > 1 {
                self.n_retries.fetch_add(1, Ordering::Relaxed);
            }
            let error = match attempt().await {
                Ok(answer) => {
                    self.on_answer(sent_in);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let retry = error.retry();
            match retry {
                Retry::PauseAll(hint) => self.on_throttled(sent_in, hint),
                Retry::StopAll => self.on_account_refused(&error),
                Retry::Never | Retry::After(_) if is_answer(&error) => self.on_answer(sent_in),
                Retry::Never | Retry::After(_) => {}
            }
            let Some(wait) = self.limits.retry.next(attempts, retry, self.jitter()) else {
                return Err(error);
            };
            let kind = error.kind();
            debug!(%about, attempts, kind, "asking again for {about}");
            // The pause of all workers is waited for with the next permit.
            if matches!(retry, Retry::After(_)) {
                sleep(wait).await;
            }
        }
    }

    fn on_account_refused(&self, error: &ProviderError) {
        let provider = self.provider;
        self.circuit.send_if_modified(|circuit| {
            let was_open = circuit.is_open();
            circuit.open();
            if !was_open {
                warn!(%provider, "{error}; {provider} is not asked any more in this run");
            }
            !was_open
        });
    }

    fn with_waits(&self, inner: VendorUsage) -> VendorUsage {
        VendorUsage {
            requests: inner.requests,
            bytes: inner.bytes,
            retries: inner.retries + self.n_retries.load(Ordering::Relaxed),
            throttled: inner.throttled + self.n_throttled.load(Ordering::Relaxed),
            throttle_wait_ms: inner.throttle_wait_ms
                + self.waited_us.load(Ordering::Relaxed) / 1_000,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: BarProvider> BarProvider for Throttled<P> {
    fn name(&self) -> ProviderName {
        self.provider
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let attempt = || self.inner.daily_history(request);
        self.with_retries(&request.listing, attempt).await
    }

    fn usage(&self) -> VendorUsage {
        self.with_waits(self.inner.usage())
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<P: DayProvider> DayProvider for Throttled<P> {
    fn name(&self) -> ProviderName {
        self.provider
    }

    async fn bars_on(&self, exchange: &Exchange, date: Date) -> Result<DayBars, ProviderError> {
        let attempt = || self.inner.bars_on(exchange, date);
        self.with_retries(&exchange.code, attempt).await
    }

    fn usage(&self) -> VendorUsage {
        self.with_waits(self.inner.usage())
    }
}

impl<P: fmt::Debug> fmt::Debug for Throttled<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttled")
            .field("inner", &self.inner)
            .field("limits", &self.limits)
            .field("circuit", &*self.circuit.borrow())
            .finish_non_exhaustive()
    }
}

/// Whether an error proves that the vendor still talks to us. Failures of the server or of the line
/// prove nothing either way.
fn is_answer(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::UnknownSymbol { .. }
            | ProviderError::NoData { .. }
            | ProviderError::NotListedYet { .. }
            | ProviderError::NoDay { .. }
    )
}

/// A token bucket on tokio's clock, so that tests can pause it.
struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
}

impl Bucket {
    /// Bounds that keep the limiter's arithmetic in 64 bits of nanoseconds.
    const MAX_INTERVAL: Duration = Duration::from_secs(3_600);
    const MAX_BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(999_999);

    /// `None` when there is no limit.
    fn new(requests_per_second: Option<f64>, burst: NonZeroU32) -> Option<Self> {
        let rate = requests_per_second.filter(|rate| *rate > 0.0)?;
        let interval = Duration::try_from_secs_f64(rate.recip())
            .map_or(Self::MAX_INTERVAL, |interval| {
                interval.min(Self::MAX_INTERVAL)
            });
        let quota = Quota::with_period(interval)?.allow_burst(burst.min(Self::MAX_BURST));
        let clock = TokioClock(Instant::now());
        Some(Self {
            limiter: RateLimiter::direct_with_clock(quota, clock),
            clock,
        })
    }

    /// Takes a token, or says how long to wait before trying again.
    fn take(&self) -> Option<Duration> {
        let until = self.limiter.check().err()?;
        Some(until.wait_time_from(self.clock.now()))
    }
}

/// Time since the instant inside.
#[derive(Debug, Clone, Copy)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod day_tests;
#[cfg(test)]
mod tests;
