//! When a schedule comes next.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use quantx::settings::Cron;

/// Longest search: the 29th of February on a given weekday comes every 28 years, or 40 around 2100.
const DAYS: usize = 366 * 41;
const NAMES: [&[&str]; 6] = [
    &[],
    &[],
    &[],
    &[],
    &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
    &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
];
/// Lowest and highest value of each field.
const LIMITS: [(u32, u32); 6] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];

/// The values that each field allows, as sets of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    fields: [u64; 6],
}

impl Schedule {
    pub(super) fn new(cron: &Cron) -> Self {
        let mut fields = [0; 6];
        for (at, text) in cron.as_str().split(' ').enumerate().take(6) {
            for part in text.split(',') {
                fields[at] |= values(part, LIMITS[at], NAMES[at]);
            }
        }
        Self { fields }
    }

    fn has(&self, field: usize, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.fields[field] & (1 << value) != 0)
    }

    /// The first occurrence after `after`; `None` for a day that never comes, such as the 30th of
    /// February.
    pub(super) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let from = after.to_zoned(TimeZone::UTC).datetime();
        let from = from.checked_add(1.second()).ok()?;
        let mut date = from.date();
        let mut earliest = Time::new(from.hour(), from.minute(), from.second(), 0).ok()?;
        for _ in 0..DAYS {
            if self.has_day(date)
                && let Some(time) = self.time_from(earliest)
            {
                let at = DateTime::from_parts(date, time);
                return Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp());
            }
            date = date.tomorrow().ok()?;
            earliest = Time::midnight();
        }
        None
    }

    /// Unlike other crons, the host's wants day and weekday to fit.
    fn has_day(&self, date: Date) -> bool {
        self.has(3, date.day())
            && self.has(4, date.month())
            && self.has(5, date.weekday().to_sunday_zero_offset())
    }

    fn time_from(&self, earliest: Time) -> Option<Time> {
        let all = |field: usize, high: i8| (0..=high).filter(move |it| self.has(field, *it));
        for hour in all(2, 23).filter(|it| *it >= earliest.hour()) {
            for minute in all(1, 59) {
                for second in all(0, 59) {
                    let time = Time::new(hour, minute, second, 0).ok()?;
                    if time >= earliest {
                        return Some(time);
                    }
                }
            }
        }
        None
    }
}

/// `*`, `a` or `a-b`, each with or without `/step`, in a text that [`Cron`] took.
fn values(part: &str, (low, high): (u32, u32), names: &[&str]) -> u64 {
    let value = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == lower);
        let named = named.and_then(|n| u32::try_from(n).ok()).map(|n| low + n);
        named.or_else(|| text.parse().ok()).unwrap_or(low)
    };
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, step.parse().unwrap_or(1)),
        None => (part, 1),
    };
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (low, high),
        Some((from, to)) => (value(from), value(to)),
        // `5/10` is every tenth from five on.
        None if part.contains('/') => (value(range), high),
        None => (value(range), value(range)),
    };
    (from..=to)
        .step_by(usize::try_from(step).unwrap_or(1).max(1))
        .fold(0, |set, value| set | 1 << value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(cron: &str, after: &str) -> Option<String> {
        let schedule = Schedule::new(&Cron::parse(cron).unwrap());
        let next = schedule.next(after.parse().unwrap());
        next.map(|it| it.to_string())
    }

    #[test]
    fn the_next_occurrence_is_after_now_and_fits_every_field() {
        for (cron, after, expected) in [
            // A Monday, from the Sunday before it and from its own moment.
            (
                "0 0 6 * * 1-5",
                "2026-11-22T21:00:00Z",
                "2026-11-23T06:00:00Z",
            ),
            (
                "0 0 6 * * 1-5",
                "2026-11-23T05:59:59.9Z",
                "2026-11-23T06:00:00Z",
            ),
            (
                "0 0 6 * * 1-5",
                "2026-11-23T06:00:00Z",
                "2026-11-24T06:00:00Z",
            ),
            (
                "0 0 2 * * 6",
                "2026-11-28T02:00:00.001Z",
                "2026-12-05T02:00:00Z",
            ),
            (
                "*/20 * * * * *",
                "2026-11-22T20:59:41Z",
                "2026-11-22T21:00:00Z",
            ),
            (
                "30 5/10 * * * *",
                "2026-11-22T20:55:30Z",
                "2026-11-22T21:05:30Z",
            ),
            (
                "0 0 0 29 feb sun",
                "2026-11-22T00:00:00Z",
                "2032-02-29T00:00:00Z",
            ),
            (
                "0 15,45 9-17 * jan mon",
                "2026-11-22T00:00:00Z",
                "2027-01-04T09:15:00Z",
            ),
        ] {
            assert_eq!(
                next(cron, after).as_deref(),
                Some(expected),
                "{cron} after {after}"
            );
        }
        assert_eq!(next("0 0 0 30 feb *", "2026-11-22T00:00:00Z"), None);
    }
}
