//! Bolsa Mexicana de Valores.
//!
//! Source: Ley Federal del Trabajo, article 74, with the decree of 2006 (three holidays moved to Mondays);
//! the CNBV's yearly list of bank holidays.

use jiff::civil::Weekday;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XMEX",
    time_zone: "America/Mexico_City",
    hours: &[Hours::always(at(8, 30), at(15, 0))],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 1] = [Exception::closed(
    2010,
    9,
    17,
    "bicentenary of independence",
)];

const HOLIDAYS: [Holiday; 15] = [
    on(1, 1),
    on(2, 5).until(2006), // Constitution
    nth_weekday(1, Weekday::Monday, 2).since(2007),
    on(3, 21).until(2006), // Benito Juárez
    nth_weekday(3, Weekday::Monday, 3).since(2007),
    by_easter(-3),
    GOOD_FRIDAY,
    on(5, 1),
    on(9, 16),                       // Independence
    listed(&[2024_1001, 2030_1001]), // a new president takes office
    on(11, 2).since(2006),           // All Souls
    on(11, 20).until(2006),          // Revolution
    nth_weekday(3, Weekday::Monday, 11).since(2007),
    on(12, 12), // Guadalupe, bank holiday
    on(12, 25),
];
