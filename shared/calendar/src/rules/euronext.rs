//! Euronext: Paris, Amsterdam, Brussels and Lisbon.
//!
//! Source: euronext.com, "Trading hours and holidays"; one calendar for the three markets of the time
//! since 2002, for Lisbon since 2003. The French holidays before 2000 as seen in the CAC 40 of 1996 and 1998.

use jiff::civil::{Time, date};

use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const PARIS: Market = Market {
    mic: "XPAR",
    time_zone: "Europe/Paris",
    hours: &[NINE_TO_HALF_PAST_FIVE],
    // Only a few months of the older years have been compared with an index.
    exact_from: date(2002, 1, 1),
    rules: |year| market(year, &FRANCE),
    ..BASE
};

pub(super) const AMSTERDAM: Market = Market {
    mic: "XAMS",
    time_zone: "Europe/Amsterdam",
    rules: |year| market(year, &NETHERLANDS),
    ..PARIS
};

pub(super) const BRUSSELS: Market = Market {
    mic: "XBRU",
    time_zone: "Europe/Brussels",
    rules: |year| market(year, &BELGIUM),
    ..PARIS
};

pub(super) const LISBON: Market = Market {
    mic: "XLIS",
    time_zone: "Europe/Lisbon",
    hours: &[Hours::always(at(8, 0), at(16, 30))],
    exact_from: date(2003, 1, 1),
    rules: |year| Year::of(year, &PORTUGAL),
    ..BASE
};

const NINE_TO_HALF_PAST_FIVE: Hours = Hours::always(at(9, 0), at(17, 30));
/// Half days end at the same instant everywhere.
const HALF_DAY: Time = at(14, 5);
const HALF_DAY_OF_LISBON: Time = at(13, 5);

/// What the markets of Central European Time have in common, and each country's own days.
fn market(year: i16, own: &[Holiday]) -> Year {
    let mut rules = Year::of(year, &COMMON);
    rules.add(year, own);
    rules
}

const COMMON: [Holiday; 10] = [
    on(1, 1),
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(5, 1),
    WHIT_MONDAY.until(2001),
    on(12, 24).early(HALF_DAY),
    on(12, 25),
    on(12, 26),
    on(12, 31).until(2001),
    on(12, 31).since(2002).early(HALF_DAY),
];

const FRANCE: [Holiday; 6] = [
    on(5, 8).until(1999),
    ASCENSION.until(1999),
    on(7, 14).until(2001),
    on(8, 15).until(1999),
    on(11, 1).until(1999),
    on(11, 11).until(1999),
];

const NETHERLANDS: [Holiday; 2] = [
    on(4, 30).until(2001), // Queen's Day
    ASCENSION.until(2000),
];

const BELGIUM: [Holiday; 2] = [
    ASCENSION.until(2000),
    on(7, 21).until(2000), // National Day
];

const PORTUGAL: [Holiday; 19] = [
    on(1, 1),
    by_easter(-47).until(2002), // Carnival
    GOOD_FRIDAY,
    EASTER_MONDAY,
    on(4, 25).until(2002), // Freedom
    on(5, 1),
    CORPUS_CHRISTI.until(2002),
    on(6, 10).until(2002), // Portugal
    on(6, 13).until(2002), // Lisbon
    on(8, 15).until(2002),
    on(10, 5).until(2002), // Republic
    on(11, 1).until(2002),
    on(12, 1).until(2002), // Restoration
    on(12, 8).until(2002),
    on(12, 24).until(2002),
    on(12, 24).since(2003).early(HALF_DAY_OF_LISBON),
    on(12, 25),
    on(12, 26),
    on(12, 31).early(HALF_DAY_OF_LISBON),
];
