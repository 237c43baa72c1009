//! Borsa Italiana, Milan.
//!
//! Source: borsaitaliana.it, "Trading calendar".

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XMIL",
    time_zone: "Europe/Rome",
    hours: &[Hours::always(at(9, 0), at(17, 30))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 9] = [
    on(1, 1),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    on(8, 15),
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
