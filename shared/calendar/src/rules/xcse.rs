//! Nasdaq Copenhagen.
//!
//! Source: nasdaq.com, "Trading hours and holidays"; the Great Prayer Day was given up from 2024 on (Act
//! 214 of 2023).

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XCSE",
    time_zone: "Europe/Copenhagen",
    hours: &[Hours::always(at(9, 0), at(17, 0))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 13] = [
    on(1, 1),
    by_easter(-3),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    by_easter(26).until(2023), // Great Prayer Day
    ASCENSION,
    by_easter(40).since(2009), // day after Ascension
    WHIT_MONDAY,
    on(6, 5), // Constitution
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
