//! SIX Swiss Exchange.
//!
//! Source: six-group.com, "Trading hours and calendar"; the federal holiday of 1 August since 1994.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XSWX",
    time_zone: "Europe/Zurich",
    hours: &[Hours::always(at(9, 0), at(17, 30))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 12] = [
    on(1, 1),
    on(1, 2), // Berchtold
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    ASCENSION,
    WHIT_MONDAY,
    on(8, 1),
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
