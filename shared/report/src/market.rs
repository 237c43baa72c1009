//! What the listings of an exchange say together of one date. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::listing::ListingReport;
use quantx_market::{Date, InstrumentKind};

/// Fewer listings are no market: two of three lack a session by chance.
const SMALLEST_MARKET: usize = 4;

/// A session that more than the outage share of a market's listings lack, or a day without a session
/// on which they traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketEvent {
    /// The lake's exchange code.
    pub exchange: String,
    /// The session.
    pub date: Date,
    /// Listings without a row.
    pub lacking: usize,
    /// Listings with a row and volume, although the calendar calls the day closed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub trading: usize,
    /// Of the listings without a row, those whose calendar is not sure of the day.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unsure: usize,
    /// Listings asked.
    pub listings: usize,
    /// A vendor outage, an error of the calendar, or a holiday that it does not know.
    pub reading: String,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl MarketEvent {
    /// Whether it is most likely a holiday that an approximate calendar does not know.
    pub fn is_probable_holiday(&self) -> bool {
        self.trading == 0 && 2 * self.unsure > self.lacking
    }
}

/// The listings of one exchange that say something of a date.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Without a row.
    lacking: usize,
    /// Of these, those whose calendar may be wrong about the session.
    unsure: usize,
    /// With volume on a day that the calendar calls closed.
    off_session: usize,
    /// With volume on a session that the calendar is not sure of.
    traded: usize,
}

/// By exchange: how many listings answered, and what they say of each date.
fn tallies(listings: &[ListingReport]) -> BTreeMap<&str, (usize, BTreeMap<Date, Tally>)> {
    let mut exchanges: BTreeMap<&str, (usize, BTreeMap<Date, Tally>)> = BTreeMap::new();
    // Indices and funds follow an exchange each: what one lacks says nothing of the others.
    let is_market =
        |it: &&ListingReport| !InstrumentKind::of_code(&it.exchange).follows_an_exchange();
    for listing in listings
        .iter()
        .filter(is_market)
        .filter(|it| it.last.is_some())
    {
        let (n_listings, dates) = exchanges.entry(&listing.exchange).or_default();
        *n_listings += 1;
        for date in &listing.absent_recently {
            dates.entry(*date).or_default().lacking += 1;
        }
        for date in &listing.maybe_holidays {
            let tally = dates.entry(*date).or_default();
            tally.lacking += 1;
            tally.unsure += 1;
        }
        for row in &listing.off_session {
            dates.entry(row.date).or_default().off_session += 1;
        }
        for date in &listing.traded_approximately {
            dates.entry(*date).or_default().traded += 1;
        }
    }
    exchanges
}

impl Tally {
    /// Whether more than the outage share of a market lack a row.
    fn is_lacked_by_most(self, listings: usize, outage_share: f64) -> bool {
        listings >= SMALLEST_MARKET && self.lacking as f64 > outage_share * listings as f64
    }

    fn reading(self, listings: usize, outage_share: f64) -> Option<&'static str> {
        let most_lack = self.is_lacked_by_most(listings, outage_share);
        // Where the calendar is not sure either, nobody but the whole exchange can tell, however few are asked.
        let all_unsure = self.unsure > 0 && self.unsure == listings;
        if all_unsure || most_lack && 2 * self.unsure > self.lacking {
            Some(
                "a holiday that the approximate calendar does not know, or the vendor is out; the notices say what to write if it was one",
            )
        } else if most_lack {
            Some("vendor outage, or the calendar is wrong about this session")
        } else if self.off_session as f64 > outage_share * listings as f64 {
            // Rows with volume are evidence by themselves.
            Some("the calendar is wrong about this day; its rows are not stored")
        } else {
            None
        }
    }
}

/// The dates of which most of an exchange say what the calendar does not.
pub(super) fn market_events(listings: &[ListingReport], outage_share: f64) -> Vec<MarketEvent> {
    let mut events = Vec::new();
    for (exchange, (listings, dates)) in tallies(listings) {
        for (date, tally) in dates {
            if let Some(reading) = tally.reading(listings, outage_share) {
                events.push(MarketEvent {
                    exchange: exchange.to_owned(),
                    date,
                    lacking: tally.lacking,
                    trading: tally.off_session,
                    unsure: tally.unsure,
                    listings,
                    reading: reading.to_owned(),
                });
            }
        }
    }
    events
}

/// By exchange, the sessions that an approximate calendar is not sure of, that some listing lacks and that others
/// prove: shares changed hands, and not most of the market lack a row. Whoever lacks one has a hole.
pub fn proven_sessions(
    listings: &[ListingReport],
    outage_share: f64,
) -> BTreeMap<String, BTreeSet<Date>> {
    let mut proven: BTreeMap<String, BTreeSet<Date>> = BTreeMap::new();
    for (exchange, (listings, dates)) in tallies(listings) {
        let dates = dates.into_iter().filter(|(_, tally)| {
            tally.unsure > 0 && tally.traded > 0 && !tally.is_lacked_by_most(listings, outage_share)
        });
        let dates: BTreeSet<Date> = dates.map(|(date, _)| date).collect();
        if !dates.is_empty() {
            proven.insert(exchange.to_owned(), dates);
        }
    }
    proven
}

/// What to write into the settings, for each exchange with probable holidays.
pub(super) fn probable_holidays(events: &[MarketEvent]) -> Vec<String> {
    let mut dates: BTreeMap<&str, Vec<Date>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.is_probable_holiday()) {
        dates.entry(&event.exchange).or_default().push(event.date);
    }
    dates
        .into_iter()
        .map(|(exchange, dates)| crate::holidays_to_confirm(exchange, &dates))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::listing::Outcome;
    use super::*;

    const DAY: Date = date(2027, 3, 10);

    /// Listings of Jakarta that answered: so many traded on the day, so many lack it.
    fn jakarta(n_traded: usize, n_lacking: usize) -> Vec<ListingReport> {
        let listing = |index: usize| {
            let listing = quantx_fixtures::us_listing(&format!("S{index}"));
            let mut report = ListingReport::new(&listing, Outcome::Updated);
            report.exchange = "id".to_owned();
            report.last = Some(DAY);
            match index < n_traded {
                true => report.traded_approximately = vec![DAY],
                false => report.maybe_holidays = vec![DAY],
            }
            report
        };
        (0..n_traded + n_lacking).map(listing).collect()
    }

    /// Whether the day is taken for a holiday, and whether whoever lacks it has a hole.
    fn told(n_traded: usize, n_lacking: usize) -> (bool, bool) {
        let listings = jakarta(n_traded, n_lacking);
        let events = market_events(&listings, 0.5);
        assert!(events.iter().all(MarketEvent::is_probable_holiday));
        (
            !events.is_empty(),
            !proven_sessions(&listings, 0.5).is_empty(),
        )
    }

    #[test]
    fn a_day_that_a_whole_exchange_lacks_is_a_probable_holiday_however_few_are_asked() {
        for n in [1, 2, 3, 4, 50] {
            assert_eq!(told(0, n), (true, false), "{n}");
            assert_eq!(told(n, 0), (false, false), "{n}");
        }
    }

    #[test]
    fn a_listing_that_lacks_what_its_neighbours_traded_has_a_hole_whatever_the_calendar_says() {
        for (n_traded, n_lacking) in [(1, 1), (1, 2), (2, 2), (3, 1), (9, 1), (5, 5)] {
            assert_eq!(
                told(n_traded, n_lacking),
                (false, true),
                "{n_traded} {n_lacking}"
            );
        }
        // One row of one of many proves no session.
        for (n_traded, n_lacking) in [(1, 3), (1, 9), (4, 5)] {
            assert_eq!(
                told(n_traded, n_lacking),
                (true, false),
                "{n_traded} {n_lacking}"
            );
        }
    }

    #[test]
    fn indices_that_follow_exchanges_of_their_own_are_no_market() {
        let mut listings = jakarta(3, 3);
        listings
            .iter_mut()
            .for_each(|it| it.exchange = "index".to_owned());
        assert!(proven_sessions(&listings, 0.5).is_empty());
        assert!(market_events(&listings, 0.5).is_empty());
    }

    #[test]
    fn other_exchanges_prove_nothing() {
        let mut listings = jakarta(3, 3);
        for listing in listings
            .iter_mut()
            .filter(|it| !it.maybe_holidays.is_empty())
        {
            listing.exchange = "my".to_owned();
        }
        assert!(proven_sessions(&listings, 0.5).is_empty());
        assert_eq!(market_events(&listings, 0.5).len(), 1);
    }
}
