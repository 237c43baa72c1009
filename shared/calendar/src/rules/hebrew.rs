//! New years of the Hebrew calendar.
//!
//! Source: Reingold and Dershowitz, Calendrical Calculations, chapter on the Hebrew calendar: mean new moons of
//! 29 days 12 hours 793 parts, and the four postponements of the new year.

use jiff::civil::date;

use super::days::shift;
use quantx_market::Date;

/// 1 Tishri that falls into a (Gregorian) year: Rosh Hashanah.
pub(super) fn new_year(year: i16) -> Date {
    let hebrew = i64::from(year) + 3761;
    // 1 Tishri 5785 was 3 October 2024.
    shift(date(2024, 10, 3), days_before(hebrew) - days_before(5785))
}

/// Days from the calendar's start to 1 Tishri.
fn days_before(year: i64) -> i64 {
    let (last, this, next) = (elapsed(year - 1), elapsed(year), elapsed(year + 1));
    // No year has 356 or 382 days: its start or the end of the one before waits.
    let waits = if next - this == 356 {
        2
    } else if this - last == 382 {
        1
    } else {
        0
    };
    this + waits
}

/// Days to the new moon of Tishri; never a Sunday, Wednesday or Friday.
fn elapsed(year: i64) -> i64 {
    let months = (235 * year - 234).div_euclid(19);
    let parts = 12_084 + 13_753 * months;
    let day = 29 * months + parts.div_euclid(25_920);
    match (3 * (day + 1)).rem_euclid(7) < 3 {
        true => day + 1,
        false => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_year_is_where_jerusalem_keeps_it() {
        for day in [
            date(1990, 9, 20),
            date(1999, 9, 11),
            date(2005, 10, 4),
            date(2013, 9, 5),
            date(2020, 9, 19),
            date(2023, 9, 16),
            date(2024, 10, 3),
            date(2025, 9, 23),
            date(2026, 9, 12),
            date(2030, 9, 28),
        ] {
            assert_eq!(new_year(day.year()), day);
        }
    }
}
