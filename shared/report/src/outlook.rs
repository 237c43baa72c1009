use jiff::Timestamp;
use jiff::ToSpan;
use jiff::tz::TimeZone;

use quantx_market::Date;

/// Months before the calendars' last date from which on every run says that they end: enough for a
/// release with the next years' holidays, wherever it is rolled out twice a year.
const MONTHS_OF_NOTICE: i32 = 18;

/// Where now stands within the dates that the calendars know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Far from their ends.
    Clear,
    /// They end soon.
    Ending(String),
    /// No calendar knows what is due: that nothing was due proves nothing.
    Outside(String),
}

impl Outlook {
    pub(super) fn of(now: Timestamp, (first, last): (Date, Date)) -> Self {
        let today = TimeZone::UTC.to_datetime(now).date();
        let known = format!("the calendars know sessions from {first} to {last} only");
        if today < first || today > last {
            return Self::Outside(format!(
                "the run's now is {today}, {known}: nobody can say what was due; look at the clock \
                 (or --as-of), or install a release with later calendars"
            ));
        }
        let noticed = last.checked_sub(MONTHS_OF_NOTICE.months());
        if noticed.is_ok_and(|noticed| today > noticed) {
            return Self::Ending(format!(
                "{known}: install a release with later calendars before then, from that day on every \
                 run is red"
            ));
        }
        Self::Clear
    }

    /// What an operator should know although the verdict is not about it.
    pub(super) fn notice(self) -> Option<String> {
        match self {
            Self::Ending(notice) => Some(notice),
            Self::Clear | Self::Outside(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn of(now: &str) -> Outlook {
        let known = (date(1960, 1, 1), date(2030, 12, 31));
        Outlook::of(now.parse().unwrap(), known)
    }

    #[test]
    fn the_end_of_the_calendars_is_told_in_time_and_then_red() {
        assert_eq!(of("2026-11-28T12:00:00Z"), Outlook::Clear);
        assert_eq!(of("2029-06-30T23:59:59Z"), Outlook::Clear);
        for now in ["2029-07-01T00:00:00Z", "2030-12-31T23:00:00Z"] {
            let notice = of(now).notice().unwrap();
            assert!(notice.contains("to 2030-12-31 only: install"), "{notice}");
        }
        for now in [
            "2031-01-01T00:00:00Z",
            "1959-12-31T12:00:00Z",
            "0001-01-02T00:00:00Z",
        ] {
            assert!(matches!(of(now), Outlook::Outside(_)), "{now}");
        }
    }
}
