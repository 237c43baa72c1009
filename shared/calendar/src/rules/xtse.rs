//! Toronto Stock Exchange; the TSX Venture Exchange keeps the same sessions.
//!
//! Source: tsx.com, "Calendar and trading hours"; Family Day is a holiday of Ontario since 2008.

use jiff::civil::Weekday;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XTSE",
    time_zone: "America/Toronto",
    hours: &[Hours::always(at(9, 30), at(16, 0))],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 2] = [
    Exception::closed(2001, 9, 11, "attacks on the World Trade Center"),
    Exception::closed(2001, 9, 12, "attacks on the World Trade Center"),
];

const HOLIDAYS: [Holiday; 11] = [
    on(1, 1).moves(Moves::NextFree),
    nth_weekday(3, Weekday::Monday, 2).since(2008), // Family Day
    GOOD_FRIDAY,
    weekday_until(Weekday::Monday, 5, 24), // Victoria Day
    on(7, 1).moves(Moves::ToMonday),       // Canada Day
    nth_weekday(1, Weekday::Monday, 8),    // Civic Holiday
    nth_weekday(1, Weekday::Monday, 9),
    nth_weekday(2, Weekday::Monday, 10), // Thanksgiving
    on(12, 25).moves(Moves::NextFree),
    on(12, 26).moves(Moves::NextFree),
    on(12, 24).since(2010).early(at(13, 0)),
];

/// TSX Venture Exchange.
pub(super) const VENTURE: Market = Market {
    mic: "XTSX",
    ..MARKET
};
