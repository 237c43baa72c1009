//! Dates that move: weekdays of a month, Easter, holidays shifted from weekends.

use jiff::SignedDuration;
use jiff::civil::{Weekday, date};

use quantx_market::Date;

/// Saturday or Sunday.
pub(crate) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// `days` later, or earlier when negative.
pub(super) fn shift(day: Date, days: i64) -> Date {
    day.saturating_add(SignedDuration::from_hours(24 * days))
}

/// The first `weekday` on or after `day`.
pub(super) fn on_or_after(day: Date, weekday: Weekday) -> Date {
    shift(day, i64::from(day.weekday().until(weekday)))
}

/// The last `weekday` on or before `day`.
pub(super) fn on_or_before(day: Date, weekday: Weekday) -> Date {
    shift(day, -i64::from(day.weekday().since(weekday)))
}

/// The `n`th (1 = first) `weekday` of a month.
pub(super) fn nth(n: i64, weekday: Weekday, year: i16, month: i8) -> Date {
    shift(on_or_after(date(year, month, 1), weekday), 7 * (n - 1))
}

/// The last `weekday` of a month.
pub(super) fn last(weekday: Weekday, year: i16, month: i8) -> Date {
    on_or_before(date(year, month, 1).last_of_month(), weekday)
}

/// Western Easter Sunday.
///
/// Source: anonymous Gregorian computus (Meeus, Astronomical Algorithms, 1991, chapter 8).
pub(super) fn easter(year: i16) -> Date {
    let y = i64::from(year);
    let (golden, century, in_century) = (y % 19, y / 100, y % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    // Days after 22 March, the earliest Easter.
    shift(date(year, 3, 22), epact + to_sunday - 7 * late)
}

/// Orthodox Easter Sunday, 1900 to 2099.
///
/// Source: Meeus' Julian computus (Astronomical Algorithms, 1991, chapter 8), 13 days later.
pub(super) fn orthodox_easter(year: i16) -> Date {
    let y = i64::from(year);
    let moon = (19 * (y % 19) + 15) % 30;
    let to_sunday = (2 * (y % 4) + 4 * (y % 7) - moon + 34) % 7;
    // 22 March, the earliest Julian Easter, is 4 April.
    shift(date(year, 4, 4), moon + to_sunday)
}

/// A Saturday's holiday on Friday, a Sunday's on Monday.
pub(super) fn nearest_weekday(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => shift(day, -1),
        Weekday::Sunday => shift(day, 1),
        _ => day,
    }
}

/// A Sunday's holiday on Monday; a Saturday's is lost.
pub(super) fn sunday_to_monday(day: Date) -> Date {
    match day.weekday() {
        Weekday::Sunday => shift(day, 1),
        _ => day,
    }
}

/// The last weekday on or before `day`.
pub(super) fn previous_weekday(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => shift(day, -1),
        Weekday::Sunday => shift(day, -2),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_church_puts_it() {
        for sunday in [
            date(1990, 4, 15),
            date(2000, 4, 23),
            date(2008, 3, 23),
            date(2011, 4, 24),
            date(2019, 4, 21),
            date(2024, 3, 31),
            date(2025, 4, 20),
            date(2030, 4, 21),
        ] {
            assert_eq!(easter(sunday.year()), sunday);
        }
    }

    #[test]
    fn orthodox_easter_is_where_athens_keeps_it() {
        for sunday in [
            date(1990, 4, 15),
            date(2002, 5, 5),
            date(2010, 4, 4),
            date(2013, 5, 5),
            date(2024, 5, 5),
            date(2025, 4, 20),
            date(2030, 4, 28),
        ] {
            assert_eq!(orthodox_easter(sunday.year()), sunday);
        }
    }

    #[test]
    fn weekdays_of_a_month_are_counted_from_one() {
        assert_eq!(nth(4, Weekday::Thursday, 2024, 11), date(2024, 11, 28));
        assert_eq!(nth(1, Weekday::Monday, 2025, 9), date(2025, 9, 1));
        assert_eq!(last(Weekday::Monday, 2021, 5), date(2021, 5, 31));
        assert_eq!(last(Weekday::Monday, 2024, 8), date(2024, 8, 26));
    }

    #[test]
    fn a_holiday_on_a_weekend_moves_by_its_own_rule() {
        let (saturday, sunday) = (date(2022, 1, 1), date(2023, 1, 1));
        assert_eq!(nearest_weekday(saturday), date(2021, 12, 31));
        assert_eq!(nearest_weekday(sunday), date(2023, 1, 2));
        assert_eq!(sunday_to_monday(saturday), saturday);
        assert_eq!(sunday_to_monday(sunday), date(2023, 1, 2));
        assert_eq!(previous_weekday(sunday), date(2022, 12, 30));
    }
}
