//! New York Stock Exchange; Nasdaq keeps the same sessions.
//!
//! Source: NYSE Rule 7.2 (holidays) and nyse.com/markets/hours-calendars; exceptions from the
//! exchange's list of special closings.

use jiff::civil::{Time, Weekday, date, time};

use super::days::{easter, last, nearest_weekday, nth, shift, sunday_to_monday};
use super::{BASE, Exception, Hours, Market, Year};

const ONE_PM: Time = time(13, 0, 0, 0);
const TWO_PM: Time = time(14, 0, 0, 0);

pub(super) const MARKET: Market = Market {
    mic: "XNYS",
    time_zone: "America/New_York",
    hours: &[Hours::always(time(9, 30, 0, 0), time(16, 0, 0, 0))],
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 14] = [
    Exception::closed(1994, 4, 27, "day of mourning for President Nixon"),
    Exception::early(date(1997, 12, 26), ONE_PM, "Friday after Christmas"),
    Exception::early(date(1999, 12, 31), ONE_PM, "eve of the year 2000"),
    Exception::closed(2001, 9, 11, "attacks on the World Trade Center"),
    Exception::closed(2001, 9, 12, "attacks on the World Trade Center"),
    Exception::closed(2001, 9, 13, "attacks on the World Trade Center"),
    Exception::closed(2001, 9, 14, "attacks on the World Trade Center"),
    Exception::early(date(2003, 12, 26), ONE_PM, "Friday after Christmas"),
    Exception::closed(2004, 6, 11, "day of mourning for President Reagan"),
    Exception::closed(2007, 1, 2, "day of mourning for President Ford"),
    Exception::closed(2012, 10, 29, "hurricane Sandy"),
    Exception::closed(2012, 10, 30, "hurricane Sandy"),
    Exception::closed(2018, 12, 5, "day of mourning for President Bush (41)"),
    Exception::closed(2025, 1, 9, "day of mourning for President Carter"),
];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    // A New Year's Day on Saturday is not made up for: the Friday ends the accounting year.
    rules.close(sunday_to_monday(date(year, 1, 1)));
    if year >= 1998 {
        rules.close(nth(3, Weekday::Monday, year, 1)); // Martin Luther King Jr.
    }
    rules.close(nth(3, Weekday::Monday, year, 2)); // Washington's Birthday
    rules.close(shift(easter(year), -2)); // Good Friday
    rules.close(last(Weekday::Monday, year, 5)); // Memorial Day
    if year >= 2022 {
        rules.close(nearest_weekday(date(year, 6, 19))); // Juneteenth
    }
    rules.close(nearest_weekday(date(year, 7, 4)));
    rules.close(nth(1, Weekday::Monday, year, 9)); // Labor Day
    let thanksgiving = nth(4, Weekday::Thursday, year, 11);
    rules.close(thanksgiving);
    rules.close(nearest_weekday(date(year, 12, 25)));

    let early = if year < 1993 { TWO_PM } else { ONE_PM };
    if year >= 1992 {
        rules.close_early(shift(thanksgiving, 1), early);
    }
    // On a Friday the day before Christmas is the holiday itself.
    if date(year, 12, 24).weekday() != Weekday::Friday {
        rules.close_early(date(year, 12, 24), early);
    }
    around_independence_day(year, &mut rules);
    rules
}

/// Early closes by 4 July since 1995: the day before, unless that is the holiday; when it was a
/// Thursday, until 2012 the Friday after instead.
fn around_independence_day(year: i16, rules: &mut Year) {
    let eve = date(year, 7, 3);
    let early = match eve.weekday() {
        _ if year < 1995 => return,
        Weekday::Monday | Weekday::Tuesday | Weekday::Thursday => eve,
        Weekday::Wednesday if year >= 2013 => eve,
        Weekday::Wednesday => date(year, 7, 5),
        _ => return,
    };
    rules.close_early(early, ONE_PM);
}
