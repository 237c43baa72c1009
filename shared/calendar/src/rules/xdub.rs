//! Euronext Dublin.
//!
//! Source: ise.ie and euronext.com, "Trading hours and holidays". The bank holidays of June, August and
//! October are sessions.

use jiff::civil::{Weekday, date};

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XDUB",
    time_zone: "Europe/Dublin",
    hours: &[Hours::always(at(8, 0), at(16, 28))],
    exact_from: date(2000, 1, 1),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 4] = [
    Exception::closed(2008, 5, 1, "Labour Day of the other markets"),
    Exception::closed(2009, 5, 1, "Labour Day of the other markets"),
    Exception::early(date(2018, 3, 1), at(12, 28), "storm Emma"),
    Exception::closed(2018, 3, 2, "storm Emma"),
];

const HOLIDAYS: [Holiday; 13] = [
    on(1, 1).moves(Moves::ToMonday),
    on(3, 17).moves(Moves::ToMonday).until(2000), // Saint Patrick
    GOOD_FRIDAY,
    EASTER_MONDAY,
    nth_weekday(1, Weekday::Monday, 5).until(2018),
    on(5, 1).since(2019),
    nth_weekday(1, Weekday::Monday, 5).since(2021),
    nth_weekday(1, Weekday::Monday, 6).until(2018),
    on(12, 25).moves(Moves::NextFree),
    on(12, 26).moves(Moves::NextFree),
    on(12, 24).until(2006),
    on(12, 24).moves(Moves::Back).since(2010).early(at(12, 28)),
    on(12, 31).moves(Moves::Back).since(2010).early(at(12, 28)),
];
