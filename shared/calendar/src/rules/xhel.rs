//! Nasdaq Helsinki.
//!
//! Source: nasdaq.com, "Trading hours and holidays" of the Nordic markets.

use jiff::civil::{Weekday, date};

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XHEL",
    time_zone: "Europe/Helsinki",
    hours: &[Hours::always(at(10, 0), at(18, 30))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 12] = [
    on(1, 1),
    on(1, 6),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    ASCENSION,
    weekday_from(Weekday::Friday, 6, 19), // Midsummer Eve
    on(12, 6),                            // Independence
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
