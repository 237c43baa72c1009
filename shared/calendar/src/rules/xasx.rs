//! Australian Securities Exchange, Sydney.
//!
//! Source: asx.com.au, "Trading calendar": the national holidays and the King's Birthday of New South Wales.

use jiff::civil::{Weekday, date};

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XASX",
    time_zone: "Australia/Sydney",
    hours: &[Hours::always(at(10, 0), at(16, 0))],
    // Whether the holiday of January was on 1 February 1993, nobody says.
    exact_from: date(1994, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 4] = [
    Exception::closed(1999, 12, 31, "eve of the year 2000"),
    Exception::closed(2010, 4, 26, "Anzac Day, moved from Sunday"),
    Exception::closed(2011, 4, 26, "Anzac Day, moved from Easter Monday"),
    Exception::closed(2022, 9, 22, "day of mourning for Queen Elizabeth II"),
];

/// Last session before Christmas, and of the year; none when both were on Saturday in 2022.
const HALF_DAY_24: Holiday = on(12, 24).moves(Moves::Back).early(at(14, 10));
const HALF_DAY_31: Holiday = on(12, 31).moves(Moves::Back).early(at(14, 10));

const HOLIDAYS: [Holiday; 13] = [
    on(1, 1).moves(Moves::ToMonday),
    weekday_from(Weekday::Monday, 1, 26).until(1993), // Australia Day
    on(1, 26).since(1994).moves(Moves::ToMonday),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(4, 25),                          // Anzac Day
    nth_weekday(2, Weekday::Monday, 6), // King's Birthday
    on(12, 25).moves(Moves::NextFree),
    on(12, 26).moves(Moves::NextFree),
    HALF_DAY_24.since(2010).until(2021),
    HALF_DAY_24.since(2023),
    HALF_DAY_31.since(2010).until(2021),
    HALF_DAY_31.since(2023),
];
