use super::*;
use quantx_fixtures as fixtures;
use quantx_lake::coverage::{Absence, AbsentSession};
use quantx_market::SessionRange;

fn day(n: i8) -> Date {
    jiff::civil::date(2024, 7, n)
}

/// A listing of which sessions 1 to 10 are expected; `absent` are its absent ones. Every day of the
/// month counts as a session here.
fn found(symbol: &str, absent: &[(i8, Absence)]) -> SurveyedListing {
    let absent: Vec<AbsentSession> = absent
        .iter()
        .map(|(n, absence)| AbsentSession {
            date: day(*n),
            ordinal: usize::from(n.unsigned_abs()),
            absence: *absence,
            asks: if *absence == Absence::Asked { 3 } else { 0 },
        })
        .collect();
    let excused = absent.iter().filter(|s| s.absence.is_excused()).count();
    let missing = absent.len() - excused;
    let last = (1..=10)
        .rev()
        .find(|n| absent.iter().all(|s| s.date != day(*n)));
    SurveyedListing {
        symbol: symbol.to_owned(),
        exchange: "us".to_owned(),
        due: Some(day(10)),
        stored: Some((day(1), day(last.unwrap()))),
        survey: Some(Survey {
            confirmed: BTreeMap::new(),
            range: SessionRange::inclusive(day(1), day(10)),
            cells: Coverage {
                expected: 10,
                present: 10 - absent.len(),
                excused,
                missing,
            },
            unnamed: 0,
            listed_later: 0,
            behind: usize::from(10 - last.unwrap().unsigned_abs()),
            absent,
        }),
        unreadable: None,
    }
}

fn report(listings: Vec<SurveyedListing>, absentees: &[&str]) -> CoverageReport {
    let frame = ExchangeFrame {
        mic: "XNYS".to_owned(),
        approximate: false,
        due: Some(day(10)),
        months: Vec::new(),
    };
    CoverageReport::new(CoverageFindings {
        now: "2024-07-11T02:30:00Z".parse().unwrap(),
        selection: "everything in the lake".to_owned(),
        hole_asks: 3,
        outage_share: 0.5,
        exchanges: BTreeMap::from([("us".to_owned(), frame)]),
        listings,
        not_in_lake: absentees.iter().map(|s| fixtures::us_listing(s)).collect(),
    })
}

use Absence::{ApproximateCalendar, Asked, Missing};

#[test]
fn neighbours_of_one_reason_are_one_hole() {
    let absent = [(2, Missing), (3, Missing), (4, Asked), (7, Missing)];
    let report = report(vec![found("A", &absent)], &[]);
    let holes: Vec<_> = report.listings[0]
        .holes
        .iter()
        .map(|hole| (hole.first, hole.last, hole.sessions, hole.absence))
        .collect();
    assert_eq!(
        holes,
        [
            (day(2), day(3), 2, Missing),
            (day(4), day(4), 1, Asked),
            (day(7), day(7), 1, Missing),
        ]
    );
}

#[test]
fn a_session_that_most_lack_is_one_event_and_no_hole() {
    let lost = |symbol: &str| found(symbol, &[(4, Missing)]);
    let listings = vec![
        lost("A"),
        lost("B"),
        found("C", &[(4, Asked), (5, Missing)]),
        found("D", &[]),
        found("E", &[]),
    ];
    let report = report(listings, &[]);
    let events: Vec<_> = report.market_events.iter().collect();
    assert_eq!(events.len(), 1);
    let event = events[0];
    assert_eq!((event.date, event.kind), (day(4), EventKind::Outage));
    assert_eq!((event.lacking, event.missing, event.listings), (3, 2, 5));
    for listing in &report.listings {
        assert!(listing.holes.iter().all(|hole| hole.first != day(4)));
        let absent: usize = listing.holes.iter().map(|hole| hole.sessions).sum();
        let cells = listing.cells;
        let lacking = cells.excused + cells.missing;
        assert_eq!(
            absent + listing.in_market_events,
            lacking,
            "{}",
            listing.symbol
        );
    }
    // The cells stay counted: an outage is not a full lake.
    assert_eq!(report.totals.missing, 3);
    assert!(!report.is_complete());
}

#[test]
fn half_of_a_market_is_no_event_and_three_listings_are_no_market() {
    let lost = |symbol: &str| found(symbol, &[(4, Missing)]);
    let half = report(
        vec![lost("A"), lost("B"), found("C", &[]), found("D", &[])],
        &[],
    );
    assert_eq!(half.market_events, []);
    assert_eq!(half.listings[0].holes.len(), 1);
    let three = report(vec![lost("A"), lost("B"), lost("C")], &[]);
    assert_eq!(three.market_events, []);
}

#[test]
fn an_event_is_read_by_what_it_looks_like() {
    let check = |absent: &[(i8, Absence)], kind| {
        let listings = ["A", "B", "C", "D"].map(|symbol| found(symbol, absent));
        let kinds: Vec<_> = report(listings.to_vec(), &[])
            .market_events
            .iter()
            .map(|event| event.kind)
            .collect();
        assert_eq!(kinds, [kind]);
    };
    check(&[(10, Missing)], EventKind::NotFetched);
    check(&[(5, Missing)], EventKind::Outage);
    check(&[(5, Asked)], EventKind::Outage);
    check(&[(5, ApproximateCalendar)], EventKind::Holiday);
}

#[test]
fn the_worst_listing_comes_first() {
    let unreadable = SurveyedListing {
        survey: None,
        stored: None,
        unreadable: Some("not a commit record".to_owned()),
        ..found("Z", &[])
    };
    let listings = vec![
        found("B", &[]),
        found("A", &[]),
        found("C", &[(2, Asked)]),
        found("D", &[(2, Missing)]),
        found("E", &[(10, Missing)]),
        unreadable,
    ];
    let report = report(listings, &["NEW", "MORE"]);
    let order: Vec<&str> = report.listings.iter().map(|l| l.symbol.as_str()).collect();
    assert_eq!(order, ["Z", "E", "D", "C", "A", "B"]);
    assert_eq!(report.not_in_lake, ["MORE", "NEW"]);
    let us = &report.exchanges[0];
    assert_eq!(
        (us.listings, us.complete, us.behind, us.not_in_lake),
        (6, 3, 1, 2)
    );
    assert_eq!(us.cells, report.totals);
}

#[test]
fn complete_is_what_lacks_nothing_without_an_excuse() {
    assert!(report(vec![found("A", &[(3, Asked)])], &[]).is_complete());
    assert!(!report(vec![found("A", &[(3, Missing)])], &[]).is_complete());
    assert!(!report(vec![found("A", &[])], &["B"]).is_complete());
    let damaged = SurveyedListing {
        unreadable: Some("damaged".to_owned()),
        ..found("A", &[])
    };
    assert!(!report(vec![damaged], &[]).is_complete());
}
