//! How often an activity is tried again, and how long the waits are. Pure.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::Failure;

/// Bounds of retries. Without jitter: a workflow knows no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub max_attempts: NonZeroU32,
    /// Wait after the first attempt. The Durable driver makes waits at least two seconds.
    pub first_wait: Duration,
    /// Factor from one wait to the next; 0 counts as 1.
    pub growth: u32,
    /// No wait is longer.
    pub longest_wait: Duration,
}

impl RetryPolicy {
    /// One attempt.
    pub const NEVER: Self = Self {
        max_attempts: NonZeroU32::MIN,
        first_wait: Duration::ZERO,
        growth: 1,
        longest_wait: Duration::ZERO,
    };

    /// The wait before the next attempt after `attempts` of them, `None` to give up.
    pub fn next(&self, attempts: u32, failure: &Failure) -> Option<Duration> {
        if !failure.retryable || attempts >= self.max_attempts.get() {
            return None;
        }
        let factor = self
            .growth
            .max(1)
            .saturating_pow(attempts.saturating_sub(1));
        Some(
            self.first_wait
                .saturating_mul(factor)
                .min(self.longest_wait),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_end() {
        let policy = RetryPolicy {
            max_attempts: NonZeroU32::new(6).unwrap(),
            first_wait: Duration::from_secs(2),
            growth: 3,
            longest_wait: Duration::from_secs(50),
        };
        let lost = Failure::transient("Timeout", "no answer");
        let waits = |failure: &Failure| -> Vec<Option<u64>> {
            (1..8)
                .map(|attempts| policy.next(attempts, failure).map(|wait| wait.as_secs()))
                .collect()
        };
        let expected = [Some(2), Some(6), Some(18), Some(50), Some(50), None, None];
        assert_eq!(waits(&lost), expected);
        assert_eq!(waits(&Failure::permanent("Gone", "for good")), [None; 7]);
        assert_eq!(RetryPolicy::NEVER.next(1, &lost), None);
    }

    #[test]
    fn huge_numbers_stop_at_the_longest() {
        let policy = RetryPolicy {
            max_attempts: NonZeroU32::MAX,
            first_wait: Duration::from_secs(u64::MAX),
            growth: u32::MAX,
            longest_wait: Duration::from_secs(7),
        };
        let wait = policy.next(u32::MAX - 1, &Failure::unexplained());
        assert_eq!(wait, Some(Duration::from_secs(7)));
    }
}
