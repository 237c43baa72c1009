use std::fmt;

pub use jiff::civil::Date;

/// A date on which an exchange held a session, in the exchange's own time zone.
///
/// Only a calendar makes one, and the lake's readers of its own files, whose dates a calendar
/// approved when they were stored: so "is it a session?" is answered by the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TradingDate(Date);

impl TradingDate {
    /// Trusts that `date` is a session. `clippy.toml` forbids it: who has a good reason names it.
    #[inline]
    pub fn approved(date: Date) -> Self {
        Self(date)
    }

    /// The civil date.
    #[inline]
    pub fn date(self) -> Date {
        self.0
    }

    /// The calendar year, which is also the lake's partition.
    #[inline]
    pub fn year(self) -> i16 {
        self.0.year()
    }
}

impl fmt::Display for TradingDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A span of dates: `start` inclusive, `end` exclusive. May be empty, never reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionRange {
    start: Date,
    end: Date,
}

impl SessionRange {
    /// The dates from `start` (inclusive) to `end` (exclusive); empty when `end <= start`.
    #[inline]
    pub fn new(start: Date, end: Date) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The dates from `first` to `last`, both inclusive.
    #[inline]
    pub fn inclusive(first: Date, last: Date) -> Self {
        Self::new(first, last.tomorrow().unwrap_or(Date::MAX))
    }

    /// First date inside.
    #[inline]
    pub fn start(&self) -> Date {
        self.start
    }

    /// First date after the range.
    #[inline]
    pub fn end(&self) -> Date {
        self.end
    }

    /// Whether no date is inside.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Whether `date` is inside.
    #[inline]
    pub fn contains(&self, date: Date) -> bool {
        self.start <= date && date < self.end
    }
}

impl fmt::Display for SessionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_inclusive_range_contains_its_last_date_and_a_reversed_one_is_empty() {
        let range = SessionRange::inclusive(date(2024, 1, 2), date(2024, 1, 3));
        assert!(range.contains(date(2024, 1, 3)));
        assert!(!range.contains(date(2024, 1, 4)));
        assert!(SessionRange::new(date(2024, 1, 3), date(2024, 1, 2)).is_empty());
    }
}
