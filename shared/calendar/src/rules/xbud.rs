//! Budapest Stock Exchange.
//!
//! Source: bse.hu, "Trading calendar"; the ministry's yearly decree on the order of working days. A day
//! between a holiday and the weekend is off as well; the Saturday worked for it is no session. The first
//! session was on 21 June 1990.

use jiff::civil::{Weekday, date};

use super::days::shift;
use super::holiday::*;
use super::{BASE, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XBUD",
    time_zone: "Europe/Budapest",
    hours: &[Hours::always(at(9, 0), at(17, 0))],
    first: Some(date(1990, 6, 21)),
    exact_from: date(2000, 1, 1),
    rules,
    ..BASE
};

const HOLIDAYS: [Holiday; 14] = [
    on(1, 1),
    on(3, 15), // Revolution of 1848
    GOOD_FRIDAY.since(2012),
    EASTER_MONDAY,
    on(5, 1),
    WHIT_MONDAY,
    on(8, 20),  // Saint Stephen
    on(10, 23), // Revolution of 1956
    on(11, 1),
    on(12, 24),
    on(12, 25),
    on(12, 26),
    on(12, 31).since(2011),
    listed(&[2001_1231, 2007_1231]),
];

/// Holidays whose Monday or Friday to the weekend is off.
const BRIDGED: [(i8, i8); 6] = [(1, 1), (3, 15), (5, 1), (8, 20), (10, 23), (11, 1)];

fn rules(year: i16) -> Year {
    let mut rules = Year::of(year, &HOLIDAYS);
    for (month, day) in BRIDGED {
        let holiday = date(year, month, day);
        match holiday.weekday() {
            Weekday::Tuesday => rules.close(shift(holiday, -1)),
            Weekday::Thursday => rules.close(shift(holiday, 1)),
            _ => {}
        }
    }
    if year >= 2013 && date(year, 12, 26).weekday() == Weekday::Thursday {
        rules.close(date(year, 12, 27));
    }
    rules
}
