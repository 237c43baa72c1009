//! The rules of each exchange, one file per exchange.

pub(super) mod days;
mod market;
mod weekdays;
mod xetr;
mod xhkg;
mod xlon;
mod xnys;
mod xpar;
mod xtks;

pub(super) use market::Market;
use market::{Exception, Hours, Year};

/// How many exchanges have a calendar.
pub(super) const N_MARKETS: usize = 6 + weekdays::MARKETS.len();

/// Every exchange with a calendar, those with rules first.
pub(super) static MARKETS: [Market; N_MARKETS] = {
    let mut markets = [xnys::MARKET; N_MARKETS];
    markets[1] = xlon::MARKET;
    markets[2] = xetr::MARKET;
    markets[3] = xpar::MARKET;
    markets[4] = xhkg::MARKET;
    markets[5] = xtks::MARKET;
    let mut next = 0;
    while next < weekdays::MARKETS.len() {
        markets[6 + next] = weekdays::MARKETS[next];
        next += 1;
    }
    markets
};
