//! Euronext Paris.
//!
//! Source: euronext.com, "Trading hours and holidays"; one calendar for all Euronext markets of the
//! time since 2002. The French holidays before 2000 as seen in the CAC 40 of 1996 and 1998.

use jiff::civil::{date, time};

use super::days::{easter, shift};
use super::{Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XPAR",
    time_zone: "Europe/Paris",
    hours: &[Hours::always(time(9, 0, 0, 0), time(17, 30, 0, 0))],
    // Only a few months of the older years have been compared with an index.
    exact_from: Some(date(2002, 1, 1)),
    rules,
    exceptions: &[],
};

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    let on = |month, day| date(year, month, day);
    let easter = easter(year);
    rules.close_all([on(1, 1), on(5, 1), on(12, 25), on(12, 26)]);
    rules.close_all([shift(easter, -2), shift(easter, 1)]);
    if year < 2002 {
        rules.close_all([shift(easter, 50), on(7, 14), on(12, 31)]);
    } else {
        rules.close_early(on(12, 31), time(14, 5, 0, 0));
    }
    if year < 2000 {
        // Victory of 1945, Ascension Day, Assumption, All Saints, Armistice of 1918.
        rules.close_all([
            on(5, 8),
            shift(easter, 39),
            on(8, 15),
            on(11, 1),
            on(11, 11),
        ]);
    }
    rules.close_early(on(12, 24), time(14, 5, 0, 0));
    rules
}
