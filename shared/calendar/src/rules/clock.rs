//! Markets without an exchange: currencies trade around the clock on weekdays, crypto always.

use jiff::civil::{Time, date};

use super::{BASE, Hours, Market, Week};
use crate::WeekMask;

/// Currencies: one session each weekday, from midnight to midnight UTC. Trading starts on Sunday evening in
/// Wellington and ends on Friday evening in New York; vendors book those hours on Monday and Friday.
pub(super) const WEEKDAYS: Market = Market {
    mic: "24x5",
    hours: &[MIDNIGHT_TO_MIDNIGHT],
    exact_from: date(1960, 1, 1),
    ..BASE
};

/// Crypto: one session each day, from midnight to midnight UTC.
pub(super) const ALWAYS: Market = Market {
    mic: "24x7",
    weeks: &[Week::always(WeekMask::EVERY_DAY)],
    ..WEEKDAYS
};

const MIDNIGHT_TO_MIDNIGHT: Hours = Hours::always(Time::midnight(), Time::midnight());
