use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;

use crate::CalendarError;

/// Weekdays as settings write them, Monday first.
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The weekdays on which an exchange holds sessions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WeekMask(u8);

impl WeekMask {
    /// Most exchanges.
    pub const MONDAY_TO_FRIDAY: Self = Self(0b001_1111);
    /// Seoul until 1998, Taipei until 2000.
    pub const MONDAY_TO_SATURDAY: Self = Self(0b011_1111);
    /// Riyadh, and Tel Aviv until 2026.
    pub const SUNDAY_TO_THURSDAY: Self = Self(0b100_1111);
    /// Riyadh until 2013.
    pub const SATURDAY_TO_WEDNESDAY: Self = Self(0b110_0111);
    /// Crypto.
    pub const EVERY_DAY: Self = Self(0b111_1111);

    /// The given weekdays; none of them is no week.
    ///
    /// # Errors
    /// [`CalendarError::EmptyWeek`] without a weekday.
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Result<Self, CalendarError> {
        let mask = days.into_iter().fold(0, |mask, day| mask | bit(day));
        match mask {
            0 => Err(CalendarError::EmptyWeek),
            mask => Ok(Self(mask)),
        }
    }

    /// Whether the week has sessions on `day`.
    #[inline]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

/// Reads `mon..fri`, `sun..thu`, `mon,wed,fri` or a mixture; a span may run over the week's end.
impl FromStr for WeekMask {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let weekday = |name: &str| {
            let name = name.trim().to_ascii_lowercase();
            let known = NAMES.iter().zip(0..).find(|(known, _)| **known == name);
            known
                .and_then(|(_, offset)| Weekday::from_monday_zero_offset(offset).ok())
                .ok_or(CalendarError::UnknownWeekday { read: name })
        };
        let mut days = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            match part.split_once("..") {
                None => days.push(weekday(part)?),
                Some((first, last)) => {
                    let (first, last) = (weekday(first)?, weekday(last)?);
                    let length = usize::try_from(first.until(last)).unwrap_or_default() + 1;
                    days.extend(first.cycle_forward().take(length));
                }
            }
        }
        Self::of(days)
    }
}

impl fmt::Display for WeekMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = Weekday::Monday.cycle_forward().take(7).zip(NAMES);
        let names: Vec<&str> = held
            .filter(|(day, _)| self.contains(*day))
            .map(|(_, name)| name)
            .collect();
        f.write_str(&names.join(","))
    }
}

impl fmt::Debug for WeekMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_read_as_people_write_it() {
        for (text, week) in [
            ("mon..fri", WeekMask::MONDAY_TO_FRIDAY),
            ("sun..thu", WeekMask::SUNDAY_TO_THURSDAY),
            ("Sat, mon..Fri", WeekMask::MONDAY_TO_SATURDAY),
            ("mon..sun", WeekMask::EVERY_DAY),
        ] {
            assert_eq!(text.parse::<WeekMask>(), Ok(week), "{text}");
            assert_eq!(week.to_string().parse::<WeekMask>(), Ok(week), "{text}");
        }
        let error = "mon..fry".parse::<WeekMask>().unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"weekday "fry" is none of mon, tue, wed, thu, fri, sat, sun"#
        );
        assert_eq!(" ".parse::<WeekMask>(), Err(CalendarError::EmptyWeek));
    }
}
