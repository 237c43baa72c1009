//! New Zealand Exchange, Wellington.
//!
//! Source: Holidays Act 2003 with its amendment of 2013 (Waitangi and Anzac Day move from weekends since
//! 2014), Te Kāhui o Matariki Public Holiday Act 2022 with its schedule of dates; nzx.com, "Trading hours".

use jiff::civil::Weekday;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

/// From the schedule of the act.
const MATARIKI: [u32; 9] = [
    2022_0624, 2023_0714, 2024_0628, 2025_0620, 2026_0710, 2027_0625, 2028_0714, 2029_0706,
    2030_0621,
];

pub(super) const MARKET: Market = Market {
    mic: "XNZE",
    time_zone: "Pacific/Auckland",
    hours: &[Hours::always(at(10, 0), at(16, 45))],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 6] = [
    Exception::closed(1990, 12, 24, "between Christmas and the weekend"),
    Exception::closed(1990, 12, 31, "between New Year and the weekend"),
    Exception::closed(1991, 12, 27, "between Christmas and the weekend"),
    Exception::closed(1992, 1, 3, "between New Year and the weekend"),
    Exception::closed(1999, 12, 31, "eve of the year 2000"),
    Exception::closed(2022, 9, 26, "memorial day for Queen Elizabeth II"),
];

const HOLIDAYS: [Holiday; 15] = [
    on(1, 1).moves(Moves::NextFree),
    on(1, 2).moves(Moves::NextFree),
    on(2, 6).until(2013), // Waitangi Day
    on(2, 6).since(2014).moves(Moves::ToMonday),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(4, 25).until(2013), // Anzac Day
    on(4, 25).since(2014).moves(Moves::ToMonday),
    nth_weekday(1, Weekday::Monday, 6), // King's Birthday
    listed(&MATARIKI),
    nth_weekday(4, Weekday::Monday, 10), // Labour Day
    on(12, 25).moves(Moves::NextFree),
    on(12, 26).moves(Moves::NextFree),
    on(12, 24).since(2011).moves(Moves::Back).early(at(12, 45)),
    on(12, 31).since(2011).moves(Moves::Back).early(at(12, 45)),
];
