//! Prague Stock Exchange.
//!
//! Source: pse.cz, "Trading calendar"; Act 245/2000 on holidays. The first session was on 6 April 1993.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XPRA",
    time_zone: "Europe/Prague",
    hours: &[Hours::always(at(9, 0), at(16, 20))],
    first: Some(date(1993, 4, 6)),
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 3] = [
    Exception::closed(2002, 8, 14, "flood in Prague"),
    Exception::closed(2004, 1, 2, "Friday after New Year"),
    Exception::closed(2005, 1, 3, "Monday after New Year"),
];

const HOLIDAYS: [Holiday; 14] = [
    on(1, 1),
    GOOD_FRIDAY.since(2013),
    EASTER_MONDAY,
    on(5, 1),
    on(5, 8),
    on(7, 5),
    on(7, 6),
    on(9, 28),
    on(10, 28),
    on(11, 17),
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31),
];
