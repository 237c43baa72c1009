//! Bolsa de Madrid.
//!
//! Source: bolsasymercados.es, "Trading calendar": the national holidays until 2004, the European ones since.

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XMAD",
    time_zone: "Europe/Madrid",
    hours: &[Hours::always(at(9, 0), at(17, 30))],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 2] = [
    Exception::closed(
        2021,
        12,
        24,
        "Christmas Eve, by the exchange's calendar of 2021",
    ),
    Exception::closed(
        2021,
        12,
        31,
        "New Year's Eve, by the exchange's calendar of 2021",
    ),
];

const HOLIDAYS: [Holiday; 16] = [
    on(1, 1),
    on(1, 6).until(2006), // Epiphany
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    on(8, 15).moves(Moves::ToMonday).until(2004),
    on(10, 12).until(2004), // National Day
    on(11, 1).until(2004),
    on(12, 6).until(2004), // Constitution
    on(12, 8).until(2004),
    on(12, 24).until(2010),
    on(12, 31).until(2010),
    on(12, 25),
    on(12, 26),
    on(12, 24).since(2012).early(at(14, 0)),
    on(12, 31).since(2012).early(at(14, 0)),
];
