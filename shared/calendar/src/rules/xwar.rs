//! Warsaw Stock Exchange.
//!
//! Source: gpw.pl, "Session calendar"; Act of 18 January 1951 on days off work with its amendment of 2010
//! (Epiphany). The first session was on 16 April 1991; until 1994 there were fewer than five a week.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XWAR",
    time_zone: "Europe/Warsaw",
    hours: &[Hours::always(at(9, 0), at(17, 0))],
    first: Some(date(1991, 4, 16)),
    exact_from: date(1995, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 8] = [
    Exception::open(2004, 12, 24, "Christmas Eve was a session once"),
    Exception::closed(2005, 4, 8, "funeral of Pope John Paul II"),
    Exception::closed(2007, 12, 31, "New Year's Eve"),
    Exception::closed(2008, 5, 2, "between two holidays"),
    Exception::closed(2009, 1, 2, "Friday after New Year"),
    Exception::closed(2013, 4, 16, "change of the trading system"),
    Exception::closed(2018, 1, 2, "new rules of the European markets"),
    Exception::closed(2018, 11, 12, "centenary of independence"),
];

const HOLIDAYS: [Holiday; 14] = [
    on(1, 1),
    on(1, 6).since(2011),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    on(5, 3), // Constitution of 1791
    CORPUS_CHRISTI,
    on(8, 15),
    on(11, 1),
    on(11, 11), // Independence
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31).since(2011),
];
