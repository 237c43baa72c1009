//! For how many days in a row an exchange closes, as its own calendar shows it.

use std::collections::BTreeMap;

/// The shortest answer: Good Friday to Easter Monday, or Christmas Eve to Boxing Day, is possible anywhere.
const SHORTEST: usize = 3;

/// The answer for an exchange whose holidays nobody knows: the longest closure that any exchange of this
/// crate has regularly (two weeks of Lunar New Year in Shanghai).
pub(super) const LONGEST_OF_ALL: usize = 10;

/// Counts, per year, the most days of the exchange's week in a row that have no session.
#[derive(Debug, Default)]
pub(super) struct Closures {
    length: usize,
    longest: BTreeMap<i16, usize>,
}

impl Closures {
    /// The next day of the exchange's week has no session.
    pub(super) fn closed(&mut self, year: i16) {
        self.length += 1;
        let longest = self.longest.entry(year).or_default();
        *longest = self.length.max(*longest);
    }

    /// The next day has a session, or is not confirmed: nothing is known of it.
    pub(super) fn end(&mut self) {
        self.length = 0;
    }

    /// The longest that came in more than one year: what happened once (a war, a bank run) is no holiday. With
    /// one year alone, its own.
    pub(super) fn longest(&self) -> usize {
        let mut lengths: Vec<usize> = self.longest.values().copied().collect();
        lengths.sort_unstable_by_key(|length| std::cmp::Reverse(*length));
        let length = lengths.get(1).or(lengths.first());
        length.copied().unwrap_or_default().max(SHORTEST)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Calendar, CustomCalendar, WeekMask, known_calendars};

    use super::*;

    fn longest(mic: &str) -> usize {
        Calendar::of(mic).unwrap().longest_closure()
    }

    #[test]
    fn golden_weeks_and_new_years_are_as_long_as_they_are() {
        for (mic, expect) in [
            ("XNYS", 3),
            ("XLON", 3),
            ("XTKS", 4),
            ("XTAI", 7),
            ("XSAU", 7),
            ("XATH", 3),
            ("24x7", 3),
        ] {
            assert_eq!(longest(mic), expect, "{mic}");
        }
        let most = known_calendars().map(longest).max();
        assert_eq!(most, Some(LONGEST_OF_ALL));
    }

    #[test]
    fn an_exchange_without_known_holidays_may_close_as_long_as_any() {
        let mut custom = CustomCalendar::around_the_clock("XX", "UTC", WeekMask::MONDAY_TO_FRIDAY);
        custom.exceptions = None;
        assert_eq!(custom.build().unwrap().longest_closure(), LONGEST_OF_ALL);
    }

    #[test]
    fn what_happened_once_is_no_holiday() {
        let mut closures = Closures::default();
        for (year, days) in [(2014, 2), (2015, 25), (2016, 6), (2017, 5)] {
            (0..days).for_each(|_| closures.closed(year));
            closures.end();
        }
        assert_eq!(closures.longest(), 6);
        assert_eq!(Closures::default().longest(), SHORTEST);
    }
}
