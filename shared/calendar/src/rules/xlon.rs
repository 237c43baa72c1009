//! London Stock Exchange: the bank holidays of England and Wales.
//!
//! Source: Banking and Financial Dealings Act 1971, gov.uk/bank-holidays, proclamations in the London
//! Gazette; half days from the exchange's business days page.

use jiff::civil::{Time, Weekday, date, time};

use super::days::{easter, last, nth, previous_weekday, shift};
use super::{BASE, Exception, Hours, Market, Year};

const HALF_PAST_NOON: Time = time(12, 30, 0, 0);

pub(super) const MARKET: Market = Market {
    mic: "XLON",
    time_zone: "Europe/London",
    // The open was later than 08:00 before 1999; the calendar's witness has 08:00 throughout.
    hours: &[Hours::always(time(8, 0, 0, 0), time(16, 30, 0, 0))],
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 17] = [
    Exception::open(1995, 5, 1, "May holiday moved to VE day + 50 years"),
    Exception::closed(1995, 5, 8, "VE day + 50 years"),
    Exception::closed(1999, 12, 31, "eve of the year 2000, special bank holiday"),
    Exception::open(2002, 5, 27, "spring holiday moved to the Golden Jubilee"),
    Exception::closed(2002, 6, 3, "Golden Jubilee of Queen Elizabeth II"),
    Exception::closed(2002, 6, 4, "spring holiday, moved to the Golden Jubilee"),
    Exception::closed(2011, 4, 29, "wedding of Prince William"),
    Exception::open(2012, 5, 28, "spring holiday moved to the Diamond Jubilee"),
    Exception::closed(2012, 6, 4, "spring holiday, moved to the Diamond Jubilee"),
    Exception::closed(2012, 6, 5, "Diamond Jubilee of Queen Elizabeth II"),
    Exception::open(2020, 5, 4, "May holiday moved to VE day + 75 years"),
    Exception::closed(2020, 5, 8, "VE day + 75 years"),
    Exception::open(2022, 5, 30, "spring holiday moved to the Platinum Jubilee"),
    Exception::closed(2022, 6, 2, "spring holiday, moved to the Platinum Jubilee"),
    Exception::closed(2022, 6, 3, "Platinum Jubilee of Queen Elizabeth II"),
    Exception::closed(2022, 9, 19, "funeral of Queen Elizabeth II"),
    Exception::closed(2023, 5, 8, "coronation of King Charles III"),
];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    rules.close_or_next_weekday(date(year, 1, 1));
    let easter = easter(year);
    rules.close_all([shift(easter, -2), shift(easter, 1)]);
    rules.close(nth(1, Weekday::Monday, year, 5));
    rules.close(last(Weekday::Monday, year, 5));
    rules.close(last(Weekday::Monday, year, 8));
    // Boxing Day on a Monday stays: it is Christmas on Sunday that moves, to Tuesday.
    let (christmas, boxing_day) = (date(year, 12, 25), date(year, 12, 26));
    rules.close(boxing_day);
    rules.close_or_next_weekday(christmas);
    if matches!(boxing_day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        rules.close_or_next_weekday(boxing_day);
    }
    for eve in [date(year, 12, 24), date(year, 12, 31)] {
        rules.close_early(previous_weekday(eve), HALF_PAST_NOON);
    }
    rules
}
