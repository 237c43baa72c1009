//! Johannesburg Stock Exchange.
//!
//! Source: Public Holidays Act 36 of 1994, in force since 1995: a Sunday's holiday moves to Monday;
//! proclamations in the Government Gazette.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XJSE",
    time_zone: "Africa/Johannesburg",
    hours: &[Hours::always(at(9, 0), at(17, 0))],
    exact_from: date(1995, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 18] = [
    Exception::closed(2004, 4, 14, "elections to parliament"),
    Exception::closed(2006, 3, 1, "local elections"),
    Exception::closed(2008, 5, 2, "Labour Day, on Ascension"),
    Exception::closed(2009, 4, 22, "elections to parliament"),
    Exception::closed(2011, 5, 18, "local elections"),
    Exception::closed(2011, 12, 27, "Christmas, on a Sunday"),
    Exception::closed(2014, 5, 7, "elections to parliament"),
    Exception::closed(2016, 8, 3, "local elections"),
    Exception::closed(2016, 12, 27, "Christmas, on a Sunday"),
    Exception::closed(2019, 5, 8, "elections to parliament"),
    Exception::closed(1999, 6, 2, "elections to parliament"),
    Exception::closed(1999, 12, 31, "change of the millennium"),
    Exception::closed(2000, 1, 3, "change of the millennium"),
    Exception::closed(2021, 11, 1, "local elections"),
    Exception::closed(2022, 12, 27, "Christmas, on a Sunday"),
    Exception::closed(2023, 12, 15, "Rugby World Cup"),
    Exception::closed(2024, 5, 29, "elections to parliament"),
    Exception::closed(2026, 11, 4, "local elections"),
];

const HOLIDAYS: [Holiday; 12] = [
    on(1, 1).moves(Moves::FromSunday),
    on(3, 21).moves(Moves::FromSunday), // Human Rights
    GOOD_FRIDAY,
    EASTER_MONDAY,                      // Family Day
    on(4, 27).moves(Moves::FromSunday), // Freedom
    on(5, 1).moves(Moves::FromSunday),
    on(6, 16).moves(Moves::FromSunday),  // Youth
    on(8, 9).moves(Moves::FromSunday),   // Women
    on(9, 24).moves(Moves::FromSunday),  // Heritage
    on(12, 16).moves(Moves::FromSunday), // Reconciliation
    on(12, 25),
    on(12, 26).moves(Moves::FromSunday), // Goodwill
];
