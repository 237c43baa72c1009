//! Tel Aviv Stock Exchange.
//!
//! Source: tase.co.il, "Trading and vacation schedule" and "Transition to Monday-Friday trading"
//! (2026-01-05); the feasts follow from the Hebrew calendar, Memorial and Independence Day from their law
//! of 1949 with its amendment of 2004.

use jiff::civil::{Weekday, date};

use super::days::shift;
use super::hebrew;
use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Week, Year};
use crate::WeekMask;
use quantx_market::Date;

pub(super) const MARKET: Market = Market {
    mic: "XTAE",
    time_zone: "Asia/Jerusalem",
    weeks: &[
        Week::always(WeekMask::SUNDAY_TO_THURSDAY),
        Week::from(MONDAY_TO_FRIDAY, WeekMask::MONDAY_TO_FRIDAY),
    ],
    hours: &[
        Hours::always(at(9, 59), at(17, 15)).but(&[(Weekday::Sunday, at(15, 40))]),
        Hours::from(MONDAY_TO_FRIDAY, at(9, 59), at(17, 15)).but(&[(Weekday::Friday, at(13, 50))]),
    ],
    // The exchange's lists are compared with the witness from this year on.
    exact_from: date(2019, 1, 1),
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
};

const MONDAY_TO_FRIDAY: Date = date(2026, 1, 5);

const EXCEPTIONS: [Exception; 6] = [
    Exception::closed(2019, 4, 9, "election of the 21st Knesset"),
    Exception::closed(2019, 9, 17, "election of the 22nd Knesset"),
    Exception::closed(2020, 3, 2, "election of the 23rd Knesset"),
    Exception::closed(2021, 3, 23, "election of the 24th Knesset"),
    Exception::closed(2022, 11, 1, "election of the 25th Knesset"),
    Exception::unknown(
        2026,
        10,
        27,
        "election of the 26th Knesset, unless it was brought forward",
    ),
];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    let new_year = hebrew::new_year(year);
    let passover = shift(new_year, -163);
    rules.close(shift(passover, -30)); // Purim
    rules.close_all([-1, 0, 5, 6].map(|days| shift(passover, days)));
    let independence = independence_day(passover);
    rules.close_all([shift(independence, -1), independence]);
    rules.close_all([49, 50].map(|days| shift(passover, days))); // Pentecost and its eve
    rules.close(fast_of_av(new_year));
    // New year with its eve, Day of Atonement, Tabernacles, Simchat Torah.
    rules.close_all([-1, 0, 1, 8, 9, 13, 14, 20, 21].map(|days| shift(new_year, days)));
    let atonement = shift(new_year, 9);
    if atonement >= MONDAY_TO_FRIDAY && atonement.weekday() == Weekday::Monday {
        rules.close(shift(atonement, -3)); // its eve, on Sunday, moves to Friday
    }
    // Sessions between the first and last days of a feast are half days.
    let between_passover = (1..=4).map(|days| shift(passover, days));
    let between_tabernacles = (15..=19).map(|days| shift(new_year, days));
    for day in between_passover.chain(between_tabernacles) {
        rules.close_early(day, at(14, 15));
    }
    rules
}

/// 5 Iyar, moved so that neither it nor the memorial day before it touches a Sabbath.
fn independence_day(passover: Date) -> Date {
    let day = shift(passover, 20);
    match day.weekday() {
        Weekday::Friday => shift(day, -1),
        Weekday::Saturday => shift(day, -2),
        Weekday::Monday if day.year() >= 2004 => shift(day, 1),
        _ => day,
    }
}

/// 9 Av, on Sunday when that is a Sabbath.
fn fast_of_av(new_year: Date) -> Date {
    let day = shift(new_year, -51);
    match day.weekday() {
        Weekday::Saturday => shift(day, 1),
        _ => day,
    }
}
