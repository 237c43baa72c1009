//! How a schedule is written. The schedules themselves are in `config/settings.yaml` (`schedules.*`), and
//! reach the timers as the app settings `DAILY_SCHEDULE` and `WEEKLY_SCHEDULE`.

use std::fmt;

/// A schedule in the six fields of the Functions host: seconds minutes hours days months weekdays, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron(String);

/// Lowest and highest value and the names of each field.
const FIELDS: [(u32, u32, &[&str]); 6] = [
    (0, 59, &[]),
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

impl Cron {
    /// Parses a schedule; `None` unless it has six fields with values in their range.
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let good = fields.len() == FIELDS.len()
            && fields
                .iter()
                .zip(FIELDS)
                .all(|(field, (low, high, names))| {
                    field.split(',').all(|part| is_part(part, low, high, names))
                });
        good.then(|| Self(fields.join(" ")))
    }

    /// The schedule as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `*`, `a` or `a-b`, each with or without `/step`.
fn is_part(part: &str, low: u32, high: u32, names: &[&str]) -> bool {
    let value = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        if let Some(n) = names.iter().position(|name| *name == lower) {
            return Some(low + u32::try_from(n).ok()?);
        }
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|n| digits && (low..=high).contains(n))
    };
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let step_is_good = step.bytes().all(|b| b.is_ascii_digit())
        && step
            .parse::<u32>()
            .is_ok_and(|step| (1..=high).contains(&step));
    let range_is_good = match range.split_once('-') {
        _ if range == "*" => true,
        None => value(range).is_some(),
        Some((from, to)) => {
            matches!((value(from), value(to)), (Some(from), Some(to)) if from <= to)
        }
    };
    step_is_good && range_is_good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_six_fields_in_range() {
        for good in [
            "0 0 6 * * 1-5",
            "0 0 2 * * 6",
            "*/30 0,15 1-5/2 1 jan-mar Mon-FRI",
        ] {
            assert!(Cron::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "0 6 * * 1-5",
            "0 0 24 * * *",
            "0 0 6 0 * *",
            "0 0 6 * * 5-1",
            "0 0 6 * * 7",
            "0 0 6 * * */0",
            "0 0 + * * *",
            "a b c d e f",
            "0 0 6 * * ,",
        ] {
            assert_eq!(Cron::parse(bad), None, "{bad}");
        }
    }
}
