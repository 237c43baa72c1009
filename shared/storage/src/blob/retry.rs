//! When a request is sent again. The SDK runs this policy around every request; the store adds one
//! loop for bodies that break off, with the same waits.

use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_core::http::headers::{HeaderName, RETRY_AFTER};
use azure_core::http::policies::{RetryHeaders, RetryPolicy};
use azure_core::time::Duration as SdkDuration;
use std::time::Duration;

use super::config::BlobLimits;

/// Few tries and short waits: whoever runs a whole universe has its own deadline.
#[derive(Debug, Clone)]
pub(super) struct ShortRetry {
    headers: RetryHeaders,
    attempts: u32,
    first_wait: Duration,
    max_wait: Duration,
}

impl ShortRetry {
    pub(super) fn new(limits: &BlobLimits) -> Self {
        let milliseconds = ["x-ms-retry-after-ms", "retry-after-ms"].map(HeaderName::from_static);
        Self {
            headers: RetryHeaders {
                retry_headers: milliseconds.into_iter().chain([RETRY_AFTER]).collect(),
            },
            attempts: limits.attempts.get(),
            first_wait: limits.first_wait,
            max_wait: limits.max_wait,
        }
    }

    /// Whether there is no try after the `retries`th one that follows the first.
    pub(super) fn is_over(&self, retries: u32) -> bool {
        retries.saturating_add(1) >= self.attempts
    }

    /// The wait before retry number `retry`, from 1: doubled each time, at least what the server
    /// asked for, but never longer than allowed. `jitter`, 0 to 1, takes off up to a quarter of
    /// what the server did not ask for.
    pub(super) fn wait_before(&self, retry: u32, hint: Duration, jitter: f64) -> Duration {
        let doubled = self
            .first_wait
            .saturating_mul(2_u32.saturating_pow(retry.saturating_sub(1)));
        let spread = doubled.mul_f64(1.0 - 0.25 * jitter.clamp(0.0, 1.0));
        spread.max(hint).min(self.max_wait)
    }

    /// Waits before retry number `retry`.
    pub(super) async fn pause(&self, retry: u32, hint: Duration) {
        tokio::time::sleep(self.wait_before(retry, hint, fastrand::f64())).await;
    }
}

#[async_trait]
impl RetryPolicy for ShortRetry {
    fn is_expired(&self, _since_start: SdkDuration, retries: u32) -> bool {
        self.is_over(retries)
    }

    fn retry_headers(&self) -> Option<&RetryHeaders> {
        Some(&self.headers)
    }

    fn retry_status_codes(&self) -> &[StatusCode] {
        // None means the SDK's own list: 408, 429, 500, 502, 503 and 504.
        &[]
    }

    fn sleep_duration(&self, retry: u32) -> SdkDuration {
        let wait = self.wait_before(retry, Duration::ZERO, 0.0);
        SdkDuration::try_from(wait).unwrap_or(SdkDuration::ZERO)
    }

    async fn wait(&self, retry: u32, hint: Option<SdkDuration>) {
        let hint = hint.and_then(|hint| Duration::try_from(hint).ok());
        self.pause(retry, hint.unwrap_or_default()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_within_their_bounds() {
        let limits = BlobLimits::default();
        let retry = ShortRetry::new(&limits);
        let wait = |n, hint: u64, jitter| {
            let wait = retry.wait_before(n, Duration::from_millis(hint), jitter);
            wait.as_millis()
        };
        assert_eq!([1, 2, 3].map(|n| wait(n, 0, 0.0)), [200, 400, 800]);
        assert_eq!([1, 2, 3].map(|n| wait(n, 0, 1.0)), [150, 300, 600]);
        assert_eq!(
            wait(1, 3_000, 1.0),
            3_000,
            "what the server asks for is waited"
        );
        assert_eq!(wait(1, 3_600_000, 0.0), 10_000, "but not for an hour");
        assert_eq!(wait(u32::MAX, 0, 0.0), 10_000);
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| retry.is_over(n)),
            [false, false, false, true, true]
        );
    }
}
