//! Must somebody look today? Red, yellow or green, and why. Pure.
//!
//! Yellow is news: what a run says for the first time, what failed, and what waits for a decision on
//! which stored prices depend. What was said before and still stands is shown by `quantx flags` and
//! colours nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::listing::{ListingReport, Outcome};
use super::market::MarketEvent;
use super::run::Results;
use quantx_lake::remarks::About;
use quantx_market::Date;

/// Whether a run did what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every listing is as expected.
    Green,
    /// Some listings need a look; within the limits of the settings.
    Yellow,
    /// Too many failed, or nothing of what was due was stored.
    Red,
}

/// Limits of the settings that decide the verdict.
#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    /// Share of listings that may fail.
    pub max_failure_rate: f64,
    /// Share of listings beyond which one missing session is a market event.
    pub outage_share: f64,
    /// First and last date that the calendars know.
    pub calendars: (Date, Date),
}

/// The verdict and its reasons: whatever is not green has one.
pub(super) fn judge(
    listings: &[ListingReport],
    results: &Results,
    market_events: &[MarketEvent],
    limits: Thresholds,
) -> (Verdict, Vec<String>) {
    let mut reasons = red_reasons(listings, results, limits);
    let is_red = !reasons.is_empty();
    let events = market_events.iter();
    reasons.extend(events.filter_map(|event| of_market(event, listings)));
    if results.failed > 0 && !is_red {
        reasons.push(format!(
            "{} of {} listings failed: {}",
            results.failed,
            listings.len(),
            named(listings.iter().filter(|l| l.is_failure()))
        ));
    }
    reasons.extend(of_closed_days(listings, market_events));
    reasons.extend(of_holes(listings));
    reasons.extend(of_held_events(listings));
    reasons.extend(of_kinds(listings));
    let verdict = match (is_red, reasons.is_empty()) {
        (true, _) => Verdict::Red,
        (false, false) => Verdict::Yellow,
        (false, true) => Verdict::Green,
    };
    (verdict, reasons)
}

fn red_reasons(listings: &[ListingReport], results: &Results, limits: Thresholds) -> Vec<String> {
    let mut reasons = Vec::new();
    let total = listings.len();
    if results.failed as f64 > limits.max_failure_rate * total as f64 {
        reasons.push(format!(
            "{} of {total} listings failed, more than quality.max_failure_rate ({:.0} %): {}",
            results.failed,
            limits.max_failure_rate * 100.0,
            named(listings.iter().filter(|l| l.is_failure()))
        ));
    }
    let early = listings.iter().filter(|l| l.is_not_listed_yet()).count();
    if early > 0 && early == total {
        reasons.push(format!(
            "nothing was stored: not one of {total} listings was listed in the asked window"
        ));
    }
    // What the vendor does not know is not due: members of old days are delisted for good.
    let is_unknown = |listing: &ListingReport| listing.outcome == Outcome::UnknownSymbol;
    let unknown = listings.iter().filter(|l| is_unknown(l)).count();
    if unknown > 0 && (unknown == total || unknown as f64 > limits.outage_share * total as f64) {
        reasons.push(format!(
            "the vendor knows {unknown} of {total} symbols no more or never did: mistyped, or its answers changed"
        ));
    }
    let stalled = stalled_listings(listings, limits);
    let due: Vec<&ListingReport> = listings
        .iter()
        .filter(|l| l.sessions_due > 0 && !is_unknown(l))
        .filter(|l| !stalled.contains(l.symbol.as_str()))
        .collect();
    let empty = due.iter().filter(|l| l.brought_nothing_of_due()).count();
    if !due.is_empty() && empty == due.len() {
        reasons.push(format!(
            "nothing was stored although sessions were due for {empty} of {total} listings"
        ));
    } else if due.len() >= 4 && empty as f64 > limits.outage_share * due.len() as f64 {
        reasons.push(format!(
            "{empty} of {} listings with sessions due brought none: the vendor is out or its \
             answers changed",
            due.len()
        ));
    }
    reasons
}

/// Listings that were asked in vain for all that is due by an earlier run, where they are not most of their exchange:
/// that they bring nothing is known, and no reason to be red when nothing else is due, as on their exchange's
/// holiday and in the second run of a day.
fn stalled_listings(listings: &[ListingReport], limits: Thresholds) -> BTreeSet<&str> {
    let mut exchanges: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for listing in listings.iter().filter(|l| l.outcome != Outcome::Skipped) {
        let (asked, stalled) = exchanges.entry(&listing.exchange).or_default();
        *asked += 1;
        if listing.stalls_since_an_earlier_run() {
            stalled.push(&listing.symbol);
        }
    }
    let few = exchanges
        .into_values()
        .filter(|(asked, stalled)| stalled.len() as f64 <= limits.outage_share * *asked as f64);
    few.flat_map(|(_, stalled)| stalled).collect()
}

/// A closed day on which shares trade is news once; a session that most lack is reported by the runs
/// that find it lacking first.
fn of_market(event: &MarketEvent, listings: &[ListingReport]) -> Option<String> {
    let is_news = |listing: &ListingReport| {
        let mut remarks = listing.remarks.iter();
        listing.exchange == event.exchange
            && remarks.any(|r| r.about == About::ClosedDay && r.date == event.date)
    };
    let (count, what) = match event.trading {
        0 => (event.lacking, "lack"),
        trading if listings.iter().any(is_news) => (trading, "have volume on"),
        _ => return None,
    };
    Some(format!(
        "{count} of {} listings of {} {what} {}: {}",
        event.listings, event.exchange, event.date, event.reading
    ))
}

/// Rows with volume on days that the calendar calls closed, where fewer than most of a market have them.
fn of_closed_days(listings: &[ListingReport], events: &[MarketEvent]) -> Option<String> {
    let is_told = |listing: &ListingReport, date: Date| {
        let mut events = events.iter().filter(|event| event.trading > 0);
        events.any(|event| event.exchange == listing.exchange && event.date == date)
    };
    let dates = |listing: &ListingReport| -> Vec<Date> {
        let remarks = listing.remarks.iter();
        let closed = remarks.filter(|remark| remark.about == About::ClosedDay);
        let dates = closed.map(|remark| remark.date);
        dates.filter(|date| !is_told(listing, *date)).collect()
    };
    let those: Vec<(&ListingReport, Vec<Date>)> = listings
        .iter()
        .map(|listing| (listing, dates(listing)))
        .filter(|(_, dates)| !dates.is_empty())
        .collect();
    let first = those.iter().flat_map(|(_, dates)| dates).min()?;
    let rows: usize = those.iter().map(|(_, dates)| dates.len()).sum();
    let (n, names) = (
        those.len(),
        named(those.iter().map(|(listing, _)| *listing)),
    );
    Some(format!(
        "{rows} rows with volume of {n} of {} listings are on days that the calendar calls closed, the first on \
         {first}, and are not stored: {names}; `quantx flags` names the days, and what to write if they \
         were sessions",
        listings.len()
    ))
}

/// Holes that are known are asked for again and shown by coverage; news are the others.
fn of_holes(listings: &[ListingReport]) -> Option<String> {
    let new_holes: usize = listings.iter().map(|l| l.new_holes).sum();
    let those = listings.iter().filter(|l| l.new_holes > 0);
    (new_holes > 0).then(|| {
        format!(
            "{new_holes} expected sessions have no row and no excuse, for the first time: {}; \
             `quantx coverage` names them",
            named(those)
        )
    })
}

fn of_held_events(listings: &[ListingReport]) -> Option<String> {
    let held: usize = listings.iter().map(|l| l.held_events().count()).sum();
    let those = listings.iter().filter(|l| l.held_events().next().is_some());
    (held > 0).then(|| {
        format!(
            "{held} dividends or capital gains are held out of Adj Close until somebody decides: {}; \
             `quantx quarantine list` names them",
            named(those)
        )
    })
}

/// One reason for each kind of thing that is said of listings one by one.
fn of_kinds(listings: &[ListingReport]) -> impl Iterator<Item = String> {
    type Is = fn(&ListingReport) -> bool;
    let kinds: [(&str, Is); 7] = [
        ("were not reached, run again to take them up", |l| {
            l.outcome == Outcome::NotReached
        }),
        ("have no data at the vendor", |l| {
            l.outcome == Outcome::NoData && !l.is_not_listed_yet()
        }),
        (
            "have refused rows; `quantx quarantine list` shows them",
            |l| l.has_remark_about(About::RefusedRow),
        ),
        (
            "have stored rows that the vendor contradicts until somebody decides; \
             `quantx quarantine list` shows both",
            |l| l.has_remark_about(About::Contradiction),
        ),
        (
            "have another adjusted close than the vendor's; `quantx flags` shows both",
            |l| l.has_remark_about(About::AdjustedClose),
        ),
        ("have suspect flags; `quantx flags` shows them", |l| {
            l.has_remark_about(About::Suspect)
        }),
        ("have refused events; `quantx flags` shows them", |l| {
            l.has_remark_about(About::RefusedEvent)
        }),
    ];
    let total = listings.len();
    kinds.into_iter().filter_map(move |(what, is_one)| {
        let those: Vec<&ListingReport> = listings.iter().filter(|l| is_one(l)).collect();
        let (n, names) = (those.len(), named(those.into_iter()));
        (n > 0).then(|| format!("{n} of {total} listings {what}: {names}"))
    })
}

/// The first few symbols.
fn named<'a>(listings: impl Iterator<Item = &'a ListingReport>) -> String {
    const NAMED: usize = 5;
    let symbols: Vec<&str> = listings.map(|l| l.symbol.as_str()).collect();
    let more = if symbols.len() > NAMED { ", ..." } else { "" };
    format!("{}{more}", symbols[..symbols.len().min(NAMED)].join(", "))
}
