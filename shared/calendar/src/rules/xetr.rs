//! Xetra, Frankfurt.
//!
//! Source: Deutsche Börse's trading calendars. Handelsblatt (2000, 2008): Ascension Day, Whit
//! Monday, Corpus Christi and 3 October have been trading days since 2000, 3 October 2000 excepted.

use jiff::civil::{Time, Weekday, date, time};

use super::days::{easter, on_or_before, previous_weekday, shift};
use super::{BASE, Exception, Hours, Market, Year};

const NINE: Time = time(9, 0, 0, 0);
const HALF_PAST_FIVE: Time = time(17, 30, 0, 0);

pub(super) const MARKET: Market = Market {
    mic: "XETR",
    time_zone: "Europe/Berlin",
    hours: &[
        Hours::always(time(8, 30, 0, 0), time(17, 0, 0, 0)),
        Hours::from(date(1999, 9, 20), NINE, HALF_PAST_FIVE),
        // The evening session, given up in 2003.
        Hours::from(date(2000, 6, 2), NINE, time(20, 0, 0, 0)),
        Hours::from(date(2003, 11, 3), NINE, HALF_PAST_FIVE),
    ],
    // Older years are the legal holidays of Hesse; only the DAX of 1995 has been compared.
    exact_from: date(2000, 1, 1),
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 3] = [
    Exception::closed(
        2000,
        10,
        3,
        "ten years of German unity (Handelsblatt, 2000)",
    ),
    Exception::closed(
        2007,
        5,
        28,
        "Whit Monday, with London and New York closed as well",
    ),
    Exception::closed(2017, 10, 31, "Reformation + 500 years, a holiday once"),
];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    let on = |month, day| date(year, month, day);
    rules.close_all([
        on(1, 1),
        on(5, 1),
        on(12, 24),
        on(12, 25),
        on(12, 26),
        on(12, 31),
    ]);
    let easter = easter(year);
    let (ascension, whit_monday, corpus_christi) =
        (shift(easter, 39), shift(easter, 50), shift(easter, 60));
    rules.close_all([shift(easter, -2), shift(easter, 1)]);
    if year < 2000 {
        rules.close_all([ascension, corpus_christi]);
    }
    if year < 2000 || (2015..=2021).contains(&year) {
        rules.close(whit_monday);
    }
    if year < 2000 || (2014..=2021).contains(&year) {
        rules.close(on(10, 3)); // German unity
    }
    if year < 1995 {
        // Day of repentance: the Wednesday before 23 November.
        rules.close(on_or_before(on(11, 22), Weekday::Wednesday));
    }
    if year >= 2010 {
        rules.close_early(previous_weekday(on(12, 30)), time(14, 0, 0, 0));
    }
    rules
}
