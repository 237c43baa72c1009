//! How long to wait before asking again, and when to give up. Pure: jitter comes in.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Retry;

/// Bounds of asking again.
///
/// The wait doubles (`base` 2) from `min_wait` up to `max_wait`. It is then shortened by up to a
/// half ("equal jitter"), so that workers that failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub max_attempts: NonZeroU32,
    /// Growth from one wait to the next; below 1 it counts as 1.
    pub base: f64,
    /// Wait after the first attempt, before jitter.
    pub min_wait: Duration,
    /// Longest wait of our own choice, before jitter.
    pub max_wait: Duration,
    /// Longest wait on a server's demand, for one request or for all workers; when it asks for
    /// more we give up.
    pub max_pause: Duration,
}

impl RetryPolicy {
    /// The wait before the next attempt, `None` to give up.
    ///
    /// `attempts` have been made so far, at least one; `jitter` is from 0 (half the wait) to 1 (all
    /// of it). A server's own hint is a lower bound.
    pub fn next(&self, attempts: u32, retry: Retry, jitter: f64) -> Option<Duration> {
        let hint = match retry {
            Retry::Never | Retry::StopAll => return None,
            Retry::After(hint) | Retry::PauseAll(hint) => hint.unwrap_or_default(),
        };
        if attempts >= self.max_attempts.get() || hint > self.max_pause {
            return None;
        }
        let wait = self.backoff(attempts, self.max_wait);
        // Not `clamp`, which would hand a NaN on.
        let jitter = if jitter > 0.0 { jitter.min(1.0) } else { 0.0 };
        let share = 0.5 + 0.5 * jitter;
        Some(wait.mul_f64(share).max(hint))
    }

    /// The wait after `attempts`, without jitter, at most `longest`.
    pub(super) fn backoff(&self, attempts: u32, longest: Duration) -> Duration {
        let growth = self
            .base
            .max(1.0)
            .powf(f64::from(attempts.saturating_sub(1)));
        Duration::try_from_secs_f64(self.min_wait.as_secs_f64() * growth)
            .map_or(longest, |wait| wait.min(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy(max_attempts: u32) -> RetryPolicy {
        RetryPolicy {
            max_attempts: NonZeroU32::new(max_attempts).unwrap(),
            base: 2.0,
            min_wait: Duration::from_secs(2),
            max_wait: Duration::from_secs(10),
            max_pause: Duration::from_secs(60),
        }
    }

    fn hint(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn waits_double_up_to_the_longest_and_jitter_takes_up_to_a_half() {
        for (attempts, jitter, expected_ms) in [
            (1, 1.0, Some(2_000)),
            (2, 1.0, Some(4_000)),
            (3, 1.0, Some(8_000)),
            (4, 1.0, Some(10_000)),
            (5, 1.0, None),
            (6, 1.0, None),
            (1, 0.0, Some(1_000)),
            (1, 0.5, Some(1_500)),
            (3, 0.25, Some(5_000)),
            (4, 0.0, Some(5_000)),
            (1, -3.0, Some(1_000)),
            (1, 7.0, Some(2_000)),
            (1, f64::NAN, Some(1_000)),
        ] {
            let wait = policy(5).next(attempts, Retry::After(None), jitter);
            let expected = expected_ms.map(Duration::from_millis);
            assert_eq!(wait, expected, "after {attempts} with {jitter}");
        }
    }

    #[test]
    fn a_hint_of_the_server_is_a_lower_bound_and_too_long_a_hint_ends_it() {
        for (retry, expected_ms) in [
            (Retry::Never, None),
            (Retry::StopAll, None),
            (Retry::After(hint(0)), Some(2_000)),
            (Retry::After(hint(1)), Some(2_000)),
            (Retry::After(hint(7)), Some(7_000)),
            (Retry::After(hint(60)), Some(60_000)),
            (Retry::After(hint(61)), None),
            (Retry::PauseAll(None), Some(2_000)),
            (Retry::PauseAll(hint(30)), Some(30_000)),
            (Retry::PauseAll(hint(3_600)), None),
        ] {
            let expected = expected_ms.map(Duration::from_millis);
            assert_eq!(policy(3).next(1, retry, 1.0), expected, "{retry:?}");
        }
    }

    #[test]
    fn one_attempt_means_no_retry() {
        assert_eq!(policy(1).next(1, Retry::After(None), 1.0), None);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_allowed(
            attempts in 1..u32::MAX,
            base in proptest::num::f64::ANY,
            jitter in proptest::num::f64::ANY,
            seconds in proptest::option::of(0..u64::MAX),
        ) {
            let policy = RetryPolicy { base, ..policy(u32::MAX) };
            let hint = seconds.map(Duration::from_secs);
            if let Some(wait) = policy.next(attempts, Retry::After(hint), jitter) {
                prop_assert!(wait <= policy.max_pause);
                prop_assert!(wait >= Duration::from_secs(1));
                prop_assert!(hint.is_none_or(|hint| wait >= hint));
            }
        }
    }
}
