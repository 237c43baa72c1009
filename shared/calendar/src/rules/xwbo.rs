//! Wiener Börse.
//!
//! Source: wienerborse.at, "Trading calendar": the Austrian holidays until 2018, fewer since.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XWBO",
    time_zone: "Europe/Vienna",
    hours: &[Hours::always(at(9, 0), at(17, 30))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 18] = [
    on(1, 1),
    on(1, 6).until(2018),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    ASCENSION.until(2018),
    WHIT_MONDAY.until(2022),
    CORPUS_CHRISTI.until(2018),
    on(8, 15).until(2018),
    on(10, 26), // National Day
    on(11, 1).until(2018),
    on(12, 8).until(2018),
    on(12, 31).moves(Moves::Back).until(2015),
    on(12, 30).moves(Moves::Back).since(2017).early(at(14, 15)), // last session
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
