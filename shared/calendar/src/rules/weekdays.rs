//! Exchanges whose holidays nobody has worked out here yet: weekdays without New Year and Christmas.

use jiff::civil::{Time, date, time};

use super::{Hours, Market, Year};

/// Regular hours from the exchanges' web pages as remembered in 2026; used only to tell when a
/// session is over, so a closing auction more or less does not matter: the lag covers it.
pub(super) const MARKETS: [Market; 12] = [
    market(
        "XAMS",
        "Europe/Amsterdam",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XSWX",
        "Europe/Zurich",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XMIL",
        "Europe/Rome",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XMAD",
        "Europe/Madrid",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XSTO",
        "Europe/Stockholm",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XCSE",
        "Europe/Copenhagen",
        &[hours(time(9, 0, 0, 0), time(17, 0, 0, 0))],
    ),
    market(
        "XOSL",
        "Europe/Oslo",
        &[hours(time(9, 0, 0, 0), time(16, 20, 0, 0))],
    ),
    market(
        "XHEL",
        "Europe/Helsinki",
        &[hours(time(10, 0, 0, 0), time(18, 30, 0, 0))],
    ),
    market(
        "XBRU",
        "Europe/Brussels",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XLIS",
        "Europe/Lisbon",
        &[hours(time(8, 0, 0, 0), time(16, 30, 0, 0))],
    ),
    market(
        "XWBO",
        "Europe/Vienna",
        &[hours(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    ),
    market(
        "XDUB",
        "Europe/Dublin",
        &[hours(time(8, 0, 0, 0), time(16, 30, 0, 0))],
    ),
];

const fn hours(open: Time, close: Time) -> Hours {
    Hours::always(open, close)
}

const fn market(mic: &'static str, time_zone: &'static str, hours: &'static [Hours]) -> Market {
    Market {
        mic,
        time_zone,
        hours,
        exact_from: None,
        rules,
        exceptions: &[],
    }
}

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    rules.close_all([date(year, 1, 1), date(year, 12, 25)]);
    rules
}
