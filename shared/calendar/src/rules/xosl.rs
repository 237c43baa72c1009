//! Oslo Børs.
//!
//! Source: oslobors.no and euronext.com, "Trading calendar".

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XOSL",
    time_zone: "Europe/Oslo",
    hours: &[Hours::always(at(9, 0), at(16, 20))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 13] = [
    on(1, 1),
    by_easter(-4).since(2011).early(at(13, 0)),
    by_easter(-3),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    on(5, 17), // Constitution
    ASCENSION,
    WHIT_MONDAY,
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
