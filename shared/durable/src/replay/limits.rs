//! What one turn may use, and which timers are asked of the host. Pure.

use std::time::Duration;

use jiff::Timestamp;

/// What one turn may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a turn may take. A usual turn takes milliseconds.
    pub turn: Duration,
    /// How many requests one generation of a workflow may make; the host itself ends at 100,000.
    pub requests: i32,
    /// Which timers are asked for.
    pub timers: TimerBounds,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turn: Duration::from_secs(10),
            requests: 50_000,
            timers: TimerBounds::default(),
        }
    }
}

/// Bounds of one timer of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerBounds {
    /// No wait is shorter. The host cuts delays to whole seconds, so a wait under a second is
    /// none at all, and one of a second may be.
    pub shortest: Duration,
    /// A longer wait is a chain of timers. A timer is a message of the storage queue, which
    /// refuses more than seven days, and the host then repeats the turn for ever.
    pub longest: Duration,
}

impl Default for TimerBounds {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            shortest: Duration::from_secs(2),
            longest: Duration::from_secs(3 * DAY),
        }
    }
}

impl TimerBounds {
    /// When the timers of a wait fire, one after the other; at least one, the last at the
    /// deadline.
    ///
    /// All follow from the start of the wait, none from the moment an earlier one fired: that
    /// moment may be up to a second too early.
    pub(super) fn chain(self, start: Timestamp, wait: Duration) -> impl Iterator<Item = Timestamp> {
        let wait = wait.max(self.shortest);
        let links = wait
            .as_nanos()
            .div_ceil(self.longest.as_nanos().max(1))
            .clamp(1, u128::from(u32::MAX));
        let links = u32::try_from(links).unwrap_or(u32::MAX);
        (1..=links).map(move |link| {
            let part = match link == links {
                true => wait,
                false => (wait / links).saturating_mul(link),
            };
            start.saturating_add(part).unwrap_or(Timestamp::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waits(seconds: f64) -> Vec<f64> {
        TimerBounds::default()
            .chain(Timestamp::UNIX_EPOCH, Duration::from_secs_f64(seconds))
            .map(|at| at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64())
            .collect()
    }

    #[test]
    fn waits_of_more_than_three_days_are_chained() {
        const DAY: f64 = 86_400.0;
        for (wait, expected) in [
            (0.0, vec![2.0]),
            (0.5, vec![2.0]),
            (2.5, vec![2.5]),
            (3.0 * DAY, vec![3.0 * DAY]),
            (3.0 * DAY + 2.0, vec![1.5 * DAY + 1.0, 3.0 * DAY + 2.0]),
            (6.0 * DAY, vec![3.0 * DAY, 6.0 * DAY]),
            (
                10.0 * DAY,
                vec![2.5 * DAY, 5.0 * DAY, 7.5 * DAY, 10.0 * DAY],
            ),
        ] {
            assert_eq!(waits(wait), expected);
        }
    }

    proptest! {
        #[test]
        fn every_link_of_a_chain_is_within_the_bounds(seconds in 0..40_000_000_u64, nanos in 0..1_000_000_000_u32) {
            let bounds = TimerBounds::default();
            let wait = Duration::new(seconds, nanos);
            let start: Timestamp = "2026-11-22T21:00:00Z".parse().unwrap();
            let mut last = start;
            for at in bounds.chain(start, wait) {
                let link = Duration::try_from(at.duration_since(last)).unwrap();
                // A part is cut to whole nanoseconds, so the last link may be some longer.
                prop_assert!(link >= bounds.shortest.min(bounds.longest / 2));
                prop_assert!(link <= bounds.longest + Duration::from_micros(1));
                last = at;
            }
            let waited = Duration::try_from(last.duration_since(start)).unwrap();
            prop_assert_eq!(waited, wait.max(bounds.shortest));
        }
    }
}
