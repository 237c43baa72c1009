//! The circuit breaker. Pure: instants come in.

use std::time::Duration;

use tokio::time::Instant;

use super::ThrottleLimits;

/// Counts the pauses so far, so that a request knows before which of them it was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PauseEpoch(u32);

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Yes.
    Now,
    /// Not before this instant.
    At(Instant),
    /// Not in this run.
    Never,
}

/// Whether and when the vendor may be asked again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Circuit {
    epoch: PauseEpoch,
    /// Pauses in a row, without an answer between them.
    n_in_a_row: u32,
    paused_until: Option<Instant>,
    is_open: bool,
}

impl Circuit {
    pub(super) fn epoch(&self) -> PauseEpoch {
        self.epoch
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn admission(&self, now: Instant) -> Admission {
        match self.paused_until {
            _ if self.is_open => Admission::Never,
            Some(until) if until > now => Admission::At(until),
            _ => Admission::Now,
        }
    }

    /// The vendor throttled a request that was sent in pause epoch `sent_in`.
    ///
    /// Only a request that was sent after the last pause is news. The others were under way when
    /// it began: twenty workers that are refused together are one refusal, but each may bring a
    /// longer hint.
    pub(super) fn on_throttled(
        &mut self,
        sent_in: PauseEpoch,
        hint: Option<Duration>,
        now: Instant,
        limits: &ThrottleLimits,
    ) {
        let max_pause = limits.retry.max_pause;
        let mut pause = hint.unwrap_or_default();
        if pause > max_pause {
            self.is_open = true;
            return;
        }
        if sent_in == self.epoch {
            self.epoch.0 = self.epoch.0.wrapping_add(1);
            self.n_in_a_row = self.n_in_a_row.saturating_add(1);
            self.is_open |= self.n_in_a_row >= limits.open_after.get();
            pause = pause.max(limits.retry.backoff(self.n_in_a_row, max_pause));
        }
        if let Some(until) = now.checked_add(pause).filter(|until| *until > now) {
            self.paused_until = self.paused_until.max(Some(until));
        }
    }

    /// The vendor is not asked any more.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// The vendor answered a request that was sent in pause epoch `sent_in`. One that was sent before the
    /// last pause says nothing about the time since.
    pub(super) fn on_answer(&mut self, sent_in: PauseEpoch) {
        if sent_in == self.epoch {
            self.n_in_a_row = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RetryPolicy;
    use std::num::NonZeroU32;

    const OPEN_AFTER: u32 = 3;

    fn limits() -> ThrottleLimits {
        ThrottleLimits {
            requests_per_second: None,
            burst: NonZeroU32::MIN,
            retry: RetryPolicy {
                max_attempts: NonZeroU32::MIN,
                base: 2.0,
                min_wait: Duration::from_secs(2),
                max_wait: Duration::from_secs(3),
                max_pause: Duration::from_secs(60),
            },
            open_after: NonZeroU32::new(OPEN_AFTER).unwrap(),
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_pause_doubles_with_each_storm_and_the_last_one_opens() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for pause in [2, 4] {
            circuit.on_throttled(circuit.epoch(), None, now, &limits());
            assert_eq!(circuit.admission(now), Admission::At(now + seconds(pause)));
            assert_eq!(circuit.admission(now + seconds(pause)), Admission::Now);
        }
        circuit.on_throttled(circuit.epoch(), None, now, &limits());
        assert_eq!(circuit.admission(now + seconds(3_600)), Admission::Never);
    }

    #[test]
    fn refusals_of_one_storm_count_once_but_each_may_lengthen_the_pause() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        let sent_in = circuit.epoch();
        for (hint, pause) in [(None, 2), (None, 2), (Some(7), 7), (Some(3), 7), (None, 7)] {
            circuit.on_throttled(sent_in, hint.map(seconds), now, &limits());
            assert_eq!(circuit.admission(now), Admission::At(now + seconds(pause)));
        }
        assert!(!circuit.is_open());
    }

    #[test]
    fn an_answer_starts_the_count_again_unless_it_is_an_old_one() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..2 * OPEN_AFTER {
            circuit.on_throttled(circuit.epoch(), None, now, &limits());
            circuit.on_answer(circuit.epoch());
        }
        assert!(!circuit.is_open());
        for _ in 0..OPEN_AFTER {
            let old = circuit.epoch();
            circuit.on_throttled(old, None, now, &limits());
            circuit.on_answer(old);
        }
        assert!(circuit.is_open());
    }

    #[test]
    fn a_demand_for_too_long_a_pause_opens_at_once() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        circuit.on_throttled(circuit.epoch(), Some(seconds(60)), now, &limits());
        assert!(!circuit.is_open());
        circuit.on_throttled(PauseEpoch::default(), Some(seconds(61)), now, &limits());
        assert!(circuit.is_open());
    }
}
