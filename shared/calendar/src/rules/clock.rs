//! Markets without an exchange: currencies trade around the clock on weekdays, crypto always. And the electronic
//! market of the CME, which trades nearly so.

use jiff::civil::{Time, date, time};

use super::days::{easter, shift};
use super::{BASE, Hours, Market, Week, Year};
use crate::WeekMask;

/// Currencies: one session each weekday, from midnight to midnight in London, where vendors of Yahoo's family change
/// the date (measured: EURUSD=X of 2020 has a row of each weekday, stamped midnight in London on both sides of both
/// changes of clocks). Trading starts on Sunday evening in Wellington and ends on Friday evening in New York; vendors
/// book those hours on Monday and Friday.
pub(super) const WEEKDAYS: Market = Market {
    mic: "24x5",
    time_zone: "Europe/London",
    hours: &[MIDNIGHT_TO_MIDNIGHT],
    exact_from: date(1960, 1, 1),
    ..BASE
};

/// Crypto: one session each day, from midnight to midnight UTC.
pub(super) const ALWAYS: Market = Market {
    mic: "24x7",
    time_zone: "UTC",
    weeks: &[Week::always(WeekMask::EVERY_DAY)],
    ..WEEKDAYS
};

/// Futures of the CME group, by the days on which none of them trades. On other holidays of the United States some
/// products trade for half a day and others settle with the day after: no day of this calendar is confirmed.
///
/// The session of a date begins at 18:00 of the day before; vendors stamp it with midnight in New York.
pub(super) const GLOBEX: Market = Market {
    mic: "GLBX",
    time_zone: "America/New_York",
    hours: &[Hours::always(Time::midnight(), time(17, 0, 0, 0))],
    rules: globex,
    // The last before the first: nothing is confirmed.
    exact_from: date(2030, 12, 31),
    exact_to: date(1960, 1, 1),
    ..BASE
};

const MIDNIGHT_TO_MIDNIGHT: Hours = Hours::always(Time::midnight(), Time::midnight());

fn globex(year: i16) -> Year {
    let mut rules = Year::default();
    rules.close(date(year, 1, 1));
    rules.close(shift(easter(year), -2)); // Good Friday
    rules.close(date(year, 12, 25));
    rules
}
