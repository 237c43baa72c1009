//! Nasdaq Stockholm.
//!
//! Source: nasdaq.com, "Trading hours and holidays" of the Nordic markets; National Day took the place of
//! Whit Monday in 2005 (SFS 2004:1320). Half days are the eves of holidays.

use jiff::civil::Weekday;

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XSTO",
    time_zone: "Europe/Stockholm",
    hours: &[Hours::always(at(9, 0), at(17, 30))],
    rules: |year| Year::of(year, &HOLIDAYS),
    ..BASE
};

const HOLIDAYS: [Holiday; 18] = [
    on(1, 1),
    on(1, 5).early(at(13, 0)),
    on(1, 6),
    by_easter(-3).early(at(13, 0)),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(4, 30).early(at(13, 0)), // Walpurgis
    on(5, 1),
    by_easter(38).early(at(13, 0)),
    ASCENSION,
    WHIT_MONDAY.until(2004),
    on(6, 6).since(2005),                                   // National Day
    weekday_from(Weekday::Friday, 6, 19),                   // Midsummer Eve
    weekday_from(Weekday::Friday, 10, 30).early(at(13, 0)), // eve of All Saints
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
