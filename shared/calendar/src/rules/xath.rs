//! Athens Stock Exchange.
//!
//! Source: athexgroup.gr, "Market holidays": the Orthodox feasts, and the Western Easter of the other markets.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XATH",
    time_zone: "Europe/Athens",
    hours: &[
        Hours::always(at(10, 0), at(17, 0)),
        Hours::from(date(2008, 9, 29), at(10, 0), at(17, 20)),
    ],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 11] = [
    Exception::closed(2002, 5, 7, "Labour Day, moved from the Easter week"),
    Exception::closed(2004, 8, 13, "opening of the Olympic games"),
    Exception::closed(2008, 3, 4, "strike at the central bank"),
    Exception::closed(2008, 3, 5, "strike at the central bank"),
    Exception::closed(2013, 5, 7, "Labour Day, moved from the Easter week"),
    Exception::closed(2014, 12, 31, "eve of the New Year"),
    Exception::closed(2016, 5, 3, "Labour Day, moved from the Easter week"),
    Exception::unknown(2021, 5, 4, "Labour Day, moved by decree"),
    Exception::unknown(2022, 5, 2, "Labour Day, moved by decree"),
    Exception::unknown(2024, 5, 1, "Labour Day, moved to 7 May"),
    Exception::closed(2024, 5, 7, "Labour Day, moved from the Easter week"),
];

const HOLIDAYS: [Holiday; 16] = [
    on(1, 1),
    on(1, 6),
    by_orthodox_easter(-48), // Clean Monday
    on(3, 25),               // Independence
    GOOD_FRIDAY,
    EASTER_MONDAY,
    by_orthodox_easter(-2),
    by_orthodox_easter(1),
    on(5, 1),
    by_orthodox_easter(50),
    on(8, 15),
    listed(&CAPITAL_CONTROLS),
    on(10, 28), // Ochi
    on(12, 24).since(2009),
    on(12, 25),
    on(12, 26),
];

/// The exchange stayed closed with the banks.
const CAPITAL_CONTROLS: [u32; 25] = [
    2015_0629, 2015_0630, 2015_0701, 2015_0702, 2015_0703, 2015_0706, 2015_0707, 2015_0708,
    2015_0709, 2015_0710, 2015_0713, 2015_0714, 2015_0715, 2015_0716, 2015_0717, 2015_0720,
    2015_0721, 2015_0722, 2015_0723, 2015_0724, 2015_0727, 2015_0728, 2015_0729, 2015_0730,
    2015_0731,
];
