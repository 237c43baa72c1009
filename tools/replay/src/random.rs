//! Numbers that look random and never change: every draw is a function of what it is for.

use jiff::civil::Date;

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere.
#[derive(Debug, Clone)]
pub(super) struct SplitMix64(u64);

impl SplitMix64 {
    #[cfg(test)]
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for one topic.
    pub(super) fn of(seed: u64, text: &str, parts: &[u64]) -> Self {
        let mut state = fold(seed, hash_text(text));
        for part in parts {
            state = fold(state, *part);
        }
        Self(state)
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from `low` to `high`, both inclusive.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.draw() % width)
    }

    /// A number from 0 (inclusive) to 1 (exclusive).
    pub(super) fn fraction(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Days as a number for [`SplitMix64::of`].
pub(super) fn day(date: Date) -> u64 {
    (date.year().unsigned_abs() as u64) << 16 | u64::from(date.day_of_year().unsigned_abs())
}

fn fold(state: u64, part: u64) -> u64 {
    SplitMix64(state ^ part.rotate_left(32)).draw()
}

/// FNV-1a, which does not change between builds as the standard hasher may.
fn hash_text(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_the_published_generator() {
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!(random.draw(), 6_457_827_717_110_365_317);
        assert_eq!(random.draw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn topics_have_their_own_draws_within_bounds() {
        let draw = |text: &str, part| SplitMix64::of(7, text, &[part]).draw();
        assert_eq!(draw("volume", 1), draw("volume", 1));
        assert_ne!(draw("volume", 1), draw("volume", 2));
        assert_ne!(draw("volume", 1), draw("open", 1));
        let mut random = SplitMix64::new(3);
        assert!((0..1000).all(|_| (-5..=5).contains(&random.between(-5, 5))));
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.fraction())));
    }
}
