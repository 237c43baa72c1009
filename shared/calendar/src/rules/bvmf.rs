//! B3, São Paulo.
//!
//! Source: b3.com.br, "Trading calendar". Holidays of the city and the state are sessions since 2022.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "BVMF",
    time_zone: "America/Sao_Paulo",
    hours: &[
        Hours::always(at(10, 0), at(17, 0)),
        Hours::from(date(2019, 11, 4), at(10, 0), at(18, 0)),
    ],
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 2] = [
    Exception::closed(2014, 6, 12, "opening of the World Cup in São Paulo"),
    Exception::open(2020, 7, 9, "state holiday brought forward in the pandemic"),
];

const HOLIDAYS: [Holiday; 19] = [
    on(1, 1),
    on(1, 25).until(2021), // São Paulo
    by_easter(-48),        // Carnival
    by_easter(-47),
    by_easter(-46).since(2016).late(at(13, 0)), // Ash Wednesday
    GOOD_FRIDAY,
    on(4, 21), // Tiradentes
    on(5, 1),
    CORPUS_CHRISTI,
    on(7, 9).since(1998).until(2021),   // Revolution of 1932
    on(9, 7),                           // Independence
    on(10, 12),                         // Aparecida
    on(11, 2),                          // All Souls
    on(11, 15),                         // Republic
    on(11, 20).since(2004).until(2019), // Black Consciousness, of the country since 2024
    on(11, 20).since(2024),
    on(12, 24),
    on(12, 25),
    on(12, 31).moves(Moves::Back),
];
